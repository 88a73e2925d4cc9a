// SPDX-License-Identifier: Apache-2.0
//! Why a question to the chain has no answer.

use assay_client::{ChainError, SubmitError};

use crate::error::{codes, Code, Coded, Severity};

/// Why a question to the chain has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// The node can't be reached, or doesn't have what was asked for.
    #[error("the chain cannot be asked: {0}")]
    Unavailable(String),
    /// The node doesn't answer in time.
    #[error("the node has not answered within {seconds} s ({what})")]
    TimedOut {
        /// What was asked.
        what: &'static str,
        /// The time it had.
        seconds: u64,
    },
    /// It is another chain.
    #[error("the node is on a chain with genesis 0x{}, the configuration asks for 0x{}", hex::encode(.found), hex::encode(.expected))]
    Genesis {
        /// The node's.
        found: [u8; 32],
        /// The configuration's.
        expected: [u8; 32],
    },
    /// The answer makes no sense to this version of the worker.
    #[error("the node's answer cannot be used: {0}")]
    Incompatible(String),
    /// The node refuses a transaction.
    #[error("the node refuses the transaction: {0}")]
    Refused(String),
}

impl From<ChainError> for PortError {
    fn from(error: ChainError) -> Self {
        if error.is_transient() {
            Self::Unavailable(error.to_string())
        } else {
            Self::Incompatible(error.to_string())
        }
    }
}

impl From<SubmitError> for PortError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Chain(error) => error.into(),
            SubmitError::Rejected(reason) => Self::Refused(reason),
            SubmitError::Encode(reason) => Self::Incompatible(reason),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl Coded for PortError {
    fn code(&self) -> Code {
        match self {
            Self::Unavailable(_) => codes::CH_001,
            Self::TimedOut { .. } => codes::CH_002,
            Self::Genesis { .. } => codes::CH_003,
            Self::Incompatible(_) => codes::CH_004,
            Self::Refused(_) => codes::TX_001,
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Genesis { .. } => Severity::Fatal,
            // A runtime upgrade may be on its way back, or the operator updates the worker: jobs are kept meanwhile.
            _ => Severity::Recoverable,
        }
    }
}
