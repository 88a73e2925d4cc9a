// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with a configuration.

use std::{fmt, path::PathBuf};

use crate::error::{codes, Code, Coded, Severity};

/// A field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field, such as `chain.urls`.
    pub field: &'static str,
    /// The rule that it breaks, as the second half of "`field` ...".
    pub rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.rule)
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It isn't TOML, or a field doesn't exist or has the wrong type.
    #[error("{}{message}", .path.as_ref().map(|path| format!("{}: ", path.display())).unwrap_or_default())]
    Syntax {
        /// The file, if there is one.
        path: Option<PathBuf>,
        /// What TOML says, with line and column where it can.
        message: String,
    },
    /// An override in the environment makes no sense.
    #[error("environment variable {variable}: {reason}")]
    Environment {
        /// Its name. The value isn't shown.
        variable: String,
        /// Why.
        reason: String,
    },
    /// Fields break rules: at least one.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Rules(Vec<Violation>),
    /// The template can't be written.
    #[error("{}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Coded for ConfigError {
    fn code(&self) -> Code {
        match self {
            Self::Read { .. } => codes::CF_001,
            Self::Syntax { .. } => codes::CF_002,
            Self::Rules(_) => codes::CF_003,
            Self::Environment { .. } => codes::CF_004,
            Self::Write { .. } => codes::CF_005,
        }
    }

    fn severity(&self) -> Severity {
        Severity::Fatal
    }
}
