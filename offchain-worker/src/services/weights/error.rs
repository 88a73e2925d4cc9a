// SPDX-License-Identifier: Apache-2.0
//! Why a model isn't ready.

use assay_client::types::ModelId;

use crate::{
    chain::PortError,
    error::{codes, Code, Coded, Severity},
    executor::ExecutorError,
};

/// Why a model isn't ready.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The address isn't one that may be fetched.
    #[error("the address of the weights is not allowed: {0}")]
    Address(String),
    /// The file can't be had.
    #[error("the weights cannot be fetched: {0}")]
    Fetch(String),
    /// The file is larger than is allowed.
    #[error("the weights have more than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: u64,
    },
    /// It is another file.
    #[error("the weights have the SHA-256 hash {found}, the chain says {expected}")]
    Hash {
        /// Of the file.
        found: String,
        /// On the chain.
        expected: String,
    },
    /// The parameters don't belong to the circuit, or break a bound of it.
    #[error("the weights do not fit the circuit: {0}")]
    Parameters(String),
    /// The key on the chain can't be used.
    #[error("the verifying key on the chain cannot be used: {0}")]
    Key(String),
    /// The chain's commitment is to other weights.
    #[error("the commitment to the weights is not the one in the chain's verifying key")]
    Commitment,
    /// The model isn't on the chain.
    #[error("model {0} is not registered")]
    Unknown(ModelId),
    /// The device can't run it.
    #[error(transparent)]
    Device(#[from] ExecutorError),
    /// A trial run failed.
    #[error("a trial proof failed: {0}")]
    Trial(String),
    /// The chain can't be asked.
    #[error(transparent)]
    Chain(#[from] PortError),
}

impl Coded for WeightsError {
    fn code(&self) -> Code {
        match self {
            Self::Address(_) => codes::MD_001,
            Self::Fetch(_) | Self::TooLong { .. } => codes::MD_002,
            Self::Hash { .. } => codes::MD_003,
            Self::Parameters(_) => codes::MD_004,
            Self::Key(_) | Self::Commitment => codes::MD_005,
            Self::Unknown(_) => codes::MD_006,
            Self::Device(error) => error.code(),
            Self::Trial(_) => codes::MD_007,
            Self::Chain(error) => error.code(),
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Device(error) => error.severity(),
            _ => Severity::Recoverable,
        }
    }
}
