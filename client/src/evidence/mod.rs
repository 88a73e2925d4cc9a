// SPDX-License-Identifier: Apache-2.0
//! Everything that proves a settled job, in one self-contained record: verifying key, inputs, outputs, proof, and what
//! the proof is bound to. Who has it needs neither a node nor trust to check that the model gave this output; that the
//! chain has this receipt is what a node says.
//!
//! - [`collect`]: finds the parts in the blocks that the receipt names;
//! - [`search`]: finds calls in an extrinsic, whatever they are wrapped in.

mod collect;
mod search;

use serde::{Deserialize, Serialize};

use crate::{
    chain::ChainError,
    types::{JobId, Receipt},
    Hash,
};

/// Version of the record's JSON form.
pub const FORMAT: u32 = 1;

/// What proves a settled job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// [`FORMAT`].
    pub format: u32,
    /// Hash of the chain's first block.
    pub chain_id: Hash,
    /// The job.
    pub job: JobId,
    /// Its receipt.
    pub receipt: Receipt,
    /// The model's verifying key.
    #[serde(with = "hexadecimal")]
    pub key: Vec<u8>,
    /// The jobs that the proof settles, in its order; the job is one of them.
    pub jobs: Vec<ProvenJob>,
    /// The output codes of all these jobs, one after the other.
    pub outputs: Vec<i32>,
    /// The proof.
    #[serde(with = "hexadecimal")]
    pub proof: Vec<u8>,
}

/// A job that a proof settles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenJob {
    /// The job.
    pub job: JobId,
    /// Its packed inputs; see [`codes`](crate::codes).
    #[serde(with = "hexadecimal")]
    pub inputs: Vec<u8>,
}

/// Why a job's evidence can't be collected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// The chain could not be asked.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// There is no receipt.
    #[error("job {0} has no receipt: it isn't settled, or its receipt was pruned")]
    NoReceipt(JobId),
    /// A part is nowhere that it should be.
    #[error("{what} is not in the chain's data at {place}: the node has pruned it, or doesn't tell the truth; ask an archive node")]
    Missing {
        /// What.
        what: String,
        /// Where it should be.
        place: String,
    },
}

mod hexadecimal {
    use serde::{de::Error, Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("0x{}", hex::encode(bytes)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        let digits = text
            .strip_prefix("0x")
            .ok_or_else(|| D::Error::custom("hexadecimal digits must begin with 0x"))?;
        hex::decode(digits).map_err(D::Error::custom)
    }
}
