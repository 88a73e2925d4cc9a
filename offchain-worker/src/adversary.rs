// SPDX-License-Identifier: Apache-2.0
//! Workers that break their promises, for tests and the demonstration of what happens to them. Nothing else can make one.

use assay_client::types::JobId;

use crate::{
    error::ServiceError,
    services::{Conduct, Hooks},
    worker::{Parts, Worker, WorkerHandle},
};

/// What a dishonest worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misdeed {
    /// It changes an output after proving, and submits it without its own check.
    LyingProof,
    /// It publishes a wrong output early, and proves the right one.
    LyingEarlyResult,
    /// It accepts jobs, and is silent then.
    Silence,
}

/// [`Worker::start`], but dishonest.
///
/// # Errors
///
/// As there.
pub async fn start(parts: Parts, misdeed: Misdeed) -> Result<WorkerHandle, ServiceError> {
    Worker::start_with(parts, hooks(misdeed)).await
}

/// The hooks of a dishonest worker.
pub fn hooks(misdeed: Misdeed) -> Hooks {
    let conduct = match misdeed {
        Misdeed::LyingProof => Conduct::LyingProof,
        Misdeed::LyingEarlyResult => Conduct::LyingEarlyResult,
        Misdeed::Silence => Conduct::Silence,
    };
    Hooks {
        conduct,
        ..Hooks::default()
    }
}

/// Changes the first output code of each job.
pub(crate) fn falsify(outputs: &mut [(JobId, Vec<i32>)]) {
    for (_, codes) in outputs {
        if let Some(code) = codes.first_mut() {
            *code ^= 1;
        }
    }
}
