// SPDX-License-Identifier: Apache-2.0
//! What can go wrong with the database.

use std::path::PathBuf;

use crate::error::{codes, Code, Coded, Severity};

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be opened.
    #[error("{path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: redb::Error,
    },
    /// It can't be read or written, as when the disk is full.
    #[error("the database cannot be read or written")]
    Access(#[source] redb::Error),
    /// A record isn't one of this version.
    #[error("a record in the table `{table}` cannot be decoded: {reason}")]
    Record {
        /// The table.
        table: &'static str,
        /// Why.
        reason: String,
    },
    /// It is another chain's or another provider's.
    #[error("the database belongs to {what} {found}, not to {expected}")]
    Foreign {
        /// What is different.
        what: &'static str,
        /// In the database.
        found: String,
        /// In the configuration, or of the chain.
        expected: String,
    },
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Access(error.into())
    }
}

impl Coded for StoreError {
    fn code(&self) -> Code {
        match self {
            Self::Open { .. } => codes::ST_001,
            Self::Access(_) => codes::ST_002,
            Self::Record { .. } => codes::ST_003,
            Self::Foreign { .. } => codes::ST_004,
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Open { .. } | Self::Access(_) => Severity::Recoverable,
            Self::Record { .. } | Self::Foreign { .. } => Severity::Fatal,
        }
    }
}
