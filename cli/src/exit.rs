// SPDX-License-Identifier: Apache-2.0
//! Exit codes, the same for every command:
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | the answer is no: a proof is not valid, a transaction failed, a job ended without an answer; or the machine failed: a result could not be written |
//! | 2 | the input is wrong: a file, a field of it, an argument, a key, or the address of a node; nothing was written or sent |
//! | 130 | interrupted by Ctrl-C: what was sent before takes its course |

use std::process::ExitCode;

use assay_client::{ChainError, KeyError, SubmitError};

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something that the user gave is wrong.
    Input(anyhow::Error),
    /// Something else went wrong.
    Machine(anyhow::Error),
    /// The answer is no; that has been printed.
    Invalid,
    /// The answer is no, for this reason.
    Negative(anyhow::Error),
    /// The user has interrupted the command.
    Interrupted(String),
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        Self::Input(error.into())
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::Input(error.into())
    }
}

impl From<SubmitError> for Failure {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Chain(error) => error.into(),
            SubmitError::Encode(_) => Self::Input(error.into()),
            SubmitError::Rejected(_) | SubmitError::Died { .. } | SubmitError::Dispatch(_) => {
                Self::Negative(error.into())
            }
        }
    }
}

impl From<assay_compiler::Error> for Failure {
    fn from(error: assay_compiler::Error) -> Self {
        Self::Input(error.into())
    }
}

/// Says what went wrong on stderr, and gives the exit code.
pub(crate) fn report(result: Result<(), Failure>) -> ExitCode {
    let (code, error) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Invalid) => return ExitCode::from(1),
        Err(Failure::Interrupted(what)) => {
            eprintln!("interrupted: {what}");
            return ExitCode::from(130);
        }
        Err(Failure::Machine(error) | Failure::Negative(error)) => (1, error),
        Err(Failure::Input(error)) => (2, error),
    };
    // Typed errors hold their source in their own message already.
    let typed = error.downcast_ref::<assay_compiler::Error>().is_some()
        || error.downcast_ref::<ChainError>().is_some()
        || error.downcast_ref::<KeyError>().is_some()
        || error.downcast_ref::<SubmitError>().is_some();
    match (typed, error.source()) {
        (false, Some(source)) => eprintln!("error: {error}: {source}"),
        _ => eprintln!("error: {error}"),
    }
    ExitCode::from(code)
}
