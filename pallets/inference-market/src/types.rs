// SPDX-License-Identifier: Apache-2.0
//! What is stored of jobs and receipts, with the invariants that hold between calls.

use assay_pallet_primitives::{Balance, ModelId, Position, ProofRejected, Work};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    traits::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::Perbill;

/// The conditions of a job, as its requester states them.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Terms<BlockNumber> {
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
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Acceptance<AccountId, BlockNumber> {
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
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum JobState<AccountId, BlockNumber> {
    /// In auction.
    Open {
        /// The first block of the auction.
        since: BlockNumber,
    },
    /// A provider works on it.
    Accepted(Acceptance<AccountId, BlockNumber>),
}

/// A job that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Job<AccountId, BlockNumber> {
    /// Who asks and pays.
    pub requester: AccountId,
    /// Who is asked. The model is held until the job ends.
    pub model: ModelId,
    /// Its owner when the job was posted.
    pub model_owner: AccountId,
    /// Its royalty when the job was posted.
    pub royalty: Perbill,
    /// Version of the verifier that settles the job.
    pub verifier_version: u16,
    /// The conditions.
    pub terms: Terms<BlockNumber>,
    /// Digest of the packed inputs, under which they are stored.
    pub input_hash: H256,
    /// Number of inputs, at least one.
    pub inputs: u32,
    /// Codes of all outputs together.
    pub outputs: u32,
    /// Work of all inputs together.
    pub work: Work,
    /// Auctions that may still begin after the present one.
    pub auctions_left: u32,
    /// What is left of slashes for whoever completes the job; in the pallet's account.
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
    pub state: JobState<AccountId, BlockNumber>,
}

impl<AccountId, BlockNumber> Job<AccountId, BlockNumber> {
    /// What a provider has promised, if one has.
    pub fn acceptance(&self) -> Option<&Acceptance<AccountId, BlockNumber>> {
        match &self.state {
            JobState::Open { .. } => None,
            JobState::Accepted(acceptance) => Some(acceptance),
        }
    }
}

/// Packed inputs, stored once for all jobs that have them.
#[derive(
    CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[codec(mel_bound())]
#[scale_info(skip_type_params(MaxBytes))]
pub struct StoredInputs<MaxBytes: Get<u32>> {
    /// The bytes.
    pub packed: BoundedVec<u8, MaxBytes>,
}

/// A proven answer.
#[derive(
    CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[codec(mel_bound(AccountId: MaxEncodedLen, BlockNumber: MaxEncodedLen))]
#[scale_info(skip_type_params(MaxOutputs))]
pub struct Receipt<
    AccountId: Clone + core::fmt::Debug + PartialEq + Eq,
    BlockNumber: Clone + core::fmt::Debug + PartialEq + Eq,
    MaxOutputs: Get<u32>,
> {
    /// Who asked.
    pub requester: AccountId,
    /// Who answered.
    pub provider: AccountId,
    /// The model.
    pub model: ModelId,
    /// Digest of its key.
    pub key: H256,
    /// Digest of the packed inputs.
    pub input_hash: H256,
    /// The output codes, input after input.
    pub outputs: BoundedVec<i32, MaxOutputs>,
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

/// Why a job ended without an answer.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
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

/// How a call of `submit_proof` ended.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProofOutcome {
    /// The outputs are proven.
    Accepted,
    /// They aren't: the collateral of each job is slashed.
    Rejected(ProofRejected),
}
