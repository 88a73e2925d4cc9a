// SPDX-License-Identifier: Apache-2.0
//! Jobs and receipts, as `pallet-inference-market` stores them, and what its runtime API answers.

use super::{mirrors, Balance, BlockNumber, JobId, ModelId, Perbill, Position, Weight, Work};
use crate::{AccountId, Hash};

mirrors! {
    /// The conditions of a job, as its requester states them.
    #[derive(Copy)]
    pub struct Terms {
        /// The price at which an auction begins; at least the chain's minimum, at most `max_price`.
        pub start_price: Balance,
        /// The price at which it ends.
        pub max_price: Balance,
        /// Blocks in which the price rises; at most `auction`.
        pub ramp: BlockNumber,
        /// Blocks in which the job can be accepted.
        pub auction: BlockNumber,
        /// Blocks from acceptance to the deadline of the proof.
        pub proof_window: BlockNumber,
        /// The least collateral that a provider puts behind the job; 0 to leave it to the chain.
        pub min_collateral: Balance,
    }

    /// What a provider has promised.
    pub struct Acceptance {
        /// Who accepted.
        pub provider: AccountId,
        /// The price of that block, without the bounty.
        pub price: Balance,
        /// The last block in which a proof counts, if no block was congested.
        pub last: BlockNumber,
        /// The last block in which a proof counts, however many were.
        pub latest: BlockNumber,
        /// Congested blocks of the chain's life up to the acceptance.
        pub congested: u32,
    }

    /// Where a job stands.
    pub enum JobState {
        /// In auction.
        Open {
            /// The first block of the auction.
            since: BlockNumber,
        },
        /// A provider works on it.
        Accepted(Acceptance),
    }

    /// A job that has not ended.
    pub struct Job {
        /// Who asks and pays.
        pub requester: AccountId,
        /// Who is asked.
        pub model: ModelId,
        /// Its owner when the job was posted.
        pub model_owner: AccountId,
        /// Its royalty when the job was posted.
        pub royalty: Perbill,
        /// Version of the verifier that settles the job.
        pub verifier_version: u16,
        /// The conditions.
        pub terms: Terms,
        /// Digest of the packed inputs, under which they are stored.
        pub input_hash: Hash,
        /// Number of inputs, at least one.
        pub inputs: u32,
        /// Codes of all outputs together.
        pub outputs: u32,
        /// Work of all inputs together.
        pub work: Work,
        /// Auctions that may still begin after the present one.
        pub auctions_left: u32,
        /// What is paid besides the price.
        pub bounty: Balance,
        /// Held for the record and the inputs.
        pub deposit: Balance,
        /// Held for the receipt.
        pub receipt_deposit: Balance,
        /// Paid to who expires an auction of the job.
        pub expiry_reward: Balance,
        /// Held for such rewards.
        pub rewards_left: Balance,
        /// Where it was posted.
        pub posted: Position,
        /// Where it stands.
        pub state: JobState,
    }

    /// Packed inputs, stored once for all jobs that have them.
    pub struct StoredInputs {
        /// The bytes; see [`codes`](crate::codes).
        pub packed: Vec<u8>,
    }

    /// A proven answer.
    pub struct Receipt {
        /// Who asked.
        pub requester: AccountId,
        /// Who answered.
        pub provider: AccountId,
        /// The model.
        pub model: ModelId,
        /// Digest of its key.
        pub key: Hash,
        /// Digest of the packed inputs.
        pub input_hash: Hash,
        /// The output codes, input after input.
        pub outputs: Vec<i32>,
        /// What was paid, without the bounty.
        pub price: Balance,
        /// The bounty that was paid.
        pub bounty: Balance,
        /// Where the model's key entered the chain.
        pub registered: Position,
        /// Where the inputs entered the chain.
        pub posted: Position,
        /// Where the proof entered the chain.
        pub settled: Position,
        /// The first block in which it can be pruned.
        pub expires: BlockNumber,
        /// Held from the requester.
        pub deposit: Balance,
    }

    /// A job in auction, as of the block in which it is asked for.
    pub struct OpenJob {
        /// Its number.
        pub job: JobId,
        /// The price of this block.
        pub price: Balance,
        /// What is paid besides.
        pub bounty: Balance,
        /// The price at the end of the ramp.
        pub max_price: Balance,
        /// The collateral that accepting it locks now.
        pub collateral: Balance,
        /// Number of inputs.
        pub inputs: u32,
        /// Work of all inputs.
        pub work: Work,
        /// The last block in which it can be accepted.
        pub auction_ends: BlockNumber,
        /// Blocks from acceptance to the deadline, without grace.
        pub proof_window: BlockNumber,
    }

    /// What asking a model costs, besides the price.
    pub struct Quote {
        /// The least price.
        pub min_price: Balance,
        /// Paid to the treasury when the job is posted.
        pub posting_fee: Balance,
        /// Held until the job ends.
        pub job_deposit: Balance,
        /// Held until the receipt is pruned.
        pub receipt_deposit: Balance,
        /// Held for those who expire the job.
        pub expiry_rewards: Balance,
        /// The shortest proof window.
        pub shortest_window: BlockNumber,
        /// Work of all inputs.
        pub work: Work,
        /// The weight limit that `submit_proof` needs.
        pub verification_weight: Weight,
    }

    /// Why a job ended without an answer.
    #[derive(Copy)]
    pub enum EndReason {
        /// The requester cancelled it.
        Cancelled,
        /// Nobody accepted it.
        Unfilled,
        /// The provider of its last auction failed.
        Failed,
        /// Governance barred its model.
        ModelBarred,
        /// The chain has no verifier for its model any more.
        Unsupported,
    }

    /// Why a proof was rejected.
    #[derive(Copy)]
    pub enum ProofRejected {
        /// The stored key can't be read. Nobody is punished for it.
        Key,
        /// An input or output does not have the model's shape or range.
        Statement,
        /// Not the encoding of a proof under this key.
        Malformed,
        /// A check of the argument fails.
        Invalid,
    }

    /// How a call of `submit_proof` ended.
    #[derive(Copy)]
    pub enum ProofOutcome {
        /// The outputs are proven.
        Accepted,
        /// They aren't: the collateral of each job is slashed.
        Rejected(ProofRejected),
    }
}

/// What the market allows in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MarketLimits {
    /// Jobs that one proof settles.
    pub max_jobs_per_proof: u32,
    /// Bytes of a call of `submit_proof`.
    pub max_proof_call_bytes: u32,
    /// Bytes of a job's packed inputs.
    pub max_input_bytes: u32,
    /// Output codes of a job.
    pub max_outputs: u32,
    /// What verifying a proof and settling its jobs may weigh together.
    pub max_proof_weight: Weight,
    /// What settling each job of a proof weighs.
    pub job_weight: Weight,
}

impl Job {
    /// What a provider has promised, if one has.
    pub fn acceptance(&self) -> Option<&Acceptance> {
        match &self.state {
            JobState::Open { .. } => None,
            JobState::Accepted(acceptance) => Some(acceptance),
        }
    }
}
