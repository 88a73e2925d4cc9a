// SPDX-License-Identifier: Apache-2.0
//! Exit codes, the same for every command:
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | the machine failed: a result could not be written; of `verify`: the proof is not valid |
//! | 2 | the input is wrong: a file, a field of it, or an argument; nothing was written |

use std::process::ExitCode;

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something that the user gave is wrong.
    Input(anyhow::Error),
    /// Something else went wrong.
    Machine(anyhow::Error),
    /// A proof is not valid; that has been printed.
    Invalid,
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
        Err(Failure::Machine(error)) => (1, error),
        Err(Failure::Input(error)) => (2, error),
    };
    // The compiler's errors hold their source in their own message already.
    let typed = error.downcast_ref::<assay_compiler::Error>().is_some();
    match (typed, error.source()) {
        (false, Some(source)) => eprintln!("error: {error}: {source}"),
        _ => eprintln!("error: {error}"),
    }
    ExitCode::from(code)
}
