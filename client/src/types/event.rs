// SPDX-License-Identifier: Apache-2.0
//! Events that clients act on.

use serde::Serialize;

use super::{
    Balance, BlockNumber, EndReason, Fault, JobId, ModelId, Perbill, ProofOutcome, SlashOutcome,
};
use crate::{AccountId, Hash};

/// An event of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Event {
    /// A job was posted, and its first auction began.
    Posted {
        /// The job.
        job: JobId,
        /// The model.
        model: ModelId,
        /// Who asks.
        requester: AccountId,
        /// Digest of the packed inputs.
        input_hash: Hash,
    },
    /// A provider accepted a job.
    Accepted {
        /// The job.
        job: JobId,
        /// The provider.
        provider: AccountId,
        /// What it will be paid, fees and royalty included and the bounty not.
        price: Balance,
        /// The last block in which a proof counts, if no block is congested until then.
        last: BlockNumber,
    },
    /// A provider published the outputs of a job before proving them.
    EarlyResultPublished {
        /// The job.
        job: JobId,
        /// BLAKE2-256 of the SCALE encoding of the vector of output codes.
        digest: Hash,
    },
    /// A proof was checked.
    ProofChecked {
        /// Who submitted it.
        provider: AccountId,
        /// The first of its jobs.
        first: JobId,
        /// How many jobs it is for.
        jobs: u32,
        /// Whether it proves the outputs.
        outcome: ProofOutcome,
    },
    /// A job is answered, proven and paid for.
    Settled {
        /// The job.
        job: JobId,
        /// Who answered.
        provider: AccountId,
        /// What the requester paid.
        price: Balance,
        /// What was paid besides.
        bounty: Balance,
    },
    /// The provider of a job has failed and lost the job.
    Failed {
        /// The job.
        job: JobId,
        /// The provider.
        provider: AccountId,
        /// What it did.
        fault: Fault,
        /// Where its collateral went.
        outcome: SlashOutcome,
    },
    /// A failed job is in auction again.
    Reopened {
        /// The job.
        job: JobId,
        /// What is paid besides the price.
        bounty: Balance,
        /// Auctions that may still follow this one.
        auctions_left: u32,
    },
    /// A job ended without an answer.
    Ended {
        /// The job.
        job: JobId,
        /// Why.
        reason: EndReason,
    },
    /// A receipt was removed.
    ReceiptPruned {
        /// The job.
        job: JobId,
    },
    /// A model was registered.
    ModelRegistered {
        /// Its number.
        model: ModelId,
        /// Its owner.
        owner: AccountId,
        /// Digest of its key.
        digest: Hash,
        /// Its royalty.
        royalty: Perbill,
    },
    /// A provider was slashed.
    Slashed {
        /// The job.
        job: JobId,
        /// The provider.
        provider: AccountId,
        /// What it did.
        fault: Fault,
        /// Where the money went.
        outcome: SlashOutcome,
    },
    /// Some other event.
    Other {
        /// Name of the pallet.
        pallet: String,
        /// Name of the event.
        name: String,
    },
}

impl Event {
    /// The job that the event is about, if it is about one.
    pub fn job(&self) -> Option<JobId> {
        match self {
            Self::Posted { job, .. }
            | Self::Accepted { job, .. }
            | Self::EarlyResultPublished { job, .. }
            | Self::Settled { job, .. }
            | Self::Failed { job, .. }
            | Self::Reopened { job, .. }
            | Self::Ended { job, .. }
            | Self::ReceiptPruned { job }
            | Self::Slashed { job, .. } => Some(*job),
            Self::ProofChecked { .. } | Self::ModelRegistered { .. } | Self::Other { .. } => None,
        }
    }
}
