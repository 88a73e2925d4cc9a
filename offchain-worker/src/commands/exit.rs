// SPDX-License-Identifier: Apache-2.0
//! Exit codes, the same for every command:
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | done; of `run`: it was told to stop and did |
//! | 1 | the command failed; of `run`: a fatal error; of `check`: something that a worker needs is missing |
//! | 2 | the arguments, the configuration or a key are unusable; nothing was begun |

use std::process::ExitCode;

use crate::error::{codes, Coded, ServiceError};

/// Why a command did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the operator gave is unusable.
    Input(ServiceError),
    /// Something failed.
    Failed(ServiceError),
    /// A check didn't pass; that has been printed.
    Unready,
    /// What went wrong is in the log already; this is the exit code.
    Logged(u8),
}

impl Failure {
    /// What the operator gave is unusable.
    pub(super) fn input(error: impl Coded) -> Self {
        Self::Input(error.into())
    }

    /// Something failed.
    pub(super) fn failed(error: impl Coded) -> Self {
        Self::Failed(error.into())
    }
}

/// Says what went wrong on stderr, and gives the exit code.
pub(super) fn report(result: Result<(), Failure>) -> ExitCode {
    let (code, error) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Unready) => {
            eprintln!("{} {}", codes::CM_001, codes::CM_001.meaning);
            return ExitCode::from(1);
        }
        Err(Failure::Logged(code)) => return ExitCode::from(code),
        Err(Failure::Failed(error)) => (1, error),
        Err(Failure::Input(error)) => (2, error),
    };
    eprintln!("error: {error}\n  what to do: {}", error.code().remedy);
    ExitCode::from(code)
}
