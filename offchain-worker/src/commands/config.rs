// SPDX-License-Identifier: Apache-2.0
//! `assay-worker config`: write, check or show the configuration.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use super::{exit::Failure, output::Output, Source, DEFAULT_CONFIG};
use crate::config::template;

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a configuration file with every field documented. Never replaces a file.
    Init {
        /// Where to
        #[arg(long, value_name = "PATH", default_value = DEFAULT_CONFIG)]
        output: PathBuf,
    },
    /// Check the configuration by itself. `assay-worker check` also checks what it refers to.
    Check,
    /// Show the configuration as it is after the file and the environment. Addresses of nodes lose what may be a secret.
    Show,
}

#[derive(Serialize)]
struct Written {
    path: PathBuf,
}

#[derive(Serialize)]
struct Valid {
    file: Option<PathBuf>,
    valid: bool,
}

pub(super) fn run(command: &Command, source: &Source, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Init { output: path } => {
            template::write(path).map_err(Failure::input)?;
            let written = Written { path: path.clone() };
            output.print(&written, |written| {
                format!(
                    "written to {}; set at least account.provider and a key, then run `assay-worker check`",
                    written.path.display()
                )
            })
        }
        Command::Check => {
            source.valid()?;
            let valid = Valid {
                file: source.file().map(ToOwned::to_owned),
                valid: true,
            };
            output.print(&valid, |valid| match &valid.file {
                Some(file) => format!("{} is valid", file.display()),
                None => "no file is used; defaults and environment are valid".to_string(),
            })
        }
        Command::Show => {
            let config = source.load()?.redacted();
            output.print(&config, |config| config.to_toml())
        }
    }
}
