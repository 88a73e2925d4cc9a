// SPDX-License-Identifier: Apache-2.0
//! What is stored of providers and delegations, with the invariants that hold between calls.

use assay_pallet_primitives::{Balance, EraIndex};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    traits::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use scale_info::TypeInfo;
use sp_runtime::Perbill;

use crate::fixed;

/// Number of a generation of shares of one provider.
pub type Generation = u32;

/// The era in progress.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct EraInfo<BlockNumber> {
    /// Its number.
    pub index: EraIndex,
    /// Its first block.
    pub start: BlockNumber,
    /// The first block of the next era. Fixed when the era begins.
    pub end: BlockNumber,
}

/// Own bond that a provider has taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OwnChunk<BlockNumber> {
    /// How much.
    pub amount: Balance,
    /// It leaves at the end of this era, and is at risk for jobs accepted up to then.
    pub era: EraIndex,
    /// It can be paid out, and is no longer at risk, from this block on.
    pub matures_at: BlockNumber,
}

/// A provider's own stake, on hold on its account.
#[derive(
    CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[scale_info(skip_type_params(MaxChunks))]
pub struct OwnBond<
    BlockNumber: Clone + Copy + core::fmt::Debug + PartialEq + Eq,
    MaxChunks: Get<u32>,
> {
    /// What is bonded.
    pub bond: Balance,
    /// The part that stands behind open jobs; at most `bond`.
    pub locked: Balance,
    /// What is on its way out, oldest first, no two of one era.
    pub unbonding: BoundedVec<OwnChunk<BlockNumber>, MaxChunks>,
}

impl<BlockNumber: Clone + Copy + core::fmt::Debug + PartialEq + Eq, MaxChunks: Get<u32>>
    OwnBond<BlockNumber, MaxChunks>
{
    /// The bond that stands behind no job.
    pub fn free(&self) -> Balance {
        self.bond.saturating_sub(self.locked)
    }
}

/// The active delegations to one provider, all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Pool {
    /// How often a slash has taken everything.
    pub generation: Generation,
    /// Shares of all active delegations; at least the sum of what they know of.
    pub shares: u128,
    /// Worth of a share, fixed-point: one at the start of a generation, only falls, never below
    /// [`MIN_INDEX`](fixed::MIN_INDEX).
    pub index: u128,
    /// What a share has earned since the provider registered, fixed-point. Never falls.
    pub reward_per_share: u128,
    /// How many delegations have shares of this generation, counting separately those that became active and don't know it yet.
    /// Without any, there are no shares and the index is one.
    pub claims: u32,
    /// The part of the pool's worth that stands behind open jobs.
    pub locked: Balance,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            generation: 0,
            shares: 0,
            index: fixed::ONE,
            reward_per_share: 0,
            claims: 0,
            locked: 0,
        }
    }
}

impl Pool {
    /// What all shares are worth.
    pub fn worth(&self) -> Balance {
        fixed::value(self.shares, self.index)
    }

    /// What stands behind no job.
    pub fn free(&self) -> Balance {
        self.worth().saturating_sub(self.locked)
    }

    /// Whether delegations can become active here. If nearly everything is lost, they can't: a little more would end the generation
    /// and take all of them.
    pub fn is_open(&self) -> bool {
        self.index >= fixed::MIN_OPEN_INDEX
    }

    /// One claim less. Without claims nobody can refer to shares or index, so both start afresh.
    pub fn drop_claim(&mut self) {
        self.claims = self.claims.saturating_sub(1);
        if self.claims == 0 {
            self.shares = 0;
            self.index = fixed::ONE;
        }
    }
}

/// Delegations that become active at the start of an era, or as soon as the pool [is open](Pool::is_open) after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PendingPool {
    /// The era.
    pub era: EraIndex,
    /// Their sum.
    pub amount: Balance,
    /// Their number.
    pub delegations: u32,
}

/// Faults of a provider in the current window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct FaultCount {
    /// How many.
    pub count: u32,
    /// The era of the first one.
    pub since: EraIndex,
}

/// A provider.
#[derive(
    CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[scale_info(skip_type_params(MaxMetadata, MaxChunks))]
pub struct Provider<
    BlockNumber: Clone + Copy + core::fmt::Debug + PartialEq + Eq,
    MaxMetadata: Get<u32>,
    MaxChunks: Get<u32>,
> {
    /// What the provider says of itself, by convention UTF-8: a name, a URL.
    pub metadata: BoundedVec<u8, MaxMetadata>,
    /// Held for the record and its metadata.
    pub deposit: Balance,
    /// Its own stake.
    pub own: OwnBond<BlockNumber, MaxChunks>,
    /// Active delegations.
    pub pool: Pool,
    /// Delegations that wait for the next era.
    pub pending: Option<PendingPool>,
    /// Records of delegations, empty shares included.
    pub delegations: u32,
    /// Rewards of delegators that are in the pallet's account: not claimed, and dust.
    pub rewards_owed: Balance,
    /// Jobs accepted and not settled.
    pub open_jobs: u32,
    /// Part of the delegators' earnings that the provider keeps.
    pub commission: Perbill,
    /// A change of the commission and the era from which it applies.
    pub next_commission: Option<(Perbill, EraIndex)>,
    /// Faults in the current window.
    pub faults: FaultCount,
    /// Set while the provider is in jail: the block from which it may leave.
    pub jailed_until: Option<BlockNumber>,
    /// Whether it is leaving for good.
    pub retired: bool,
}

impl<
        BlockNumber: Clone + Copy + core::fmt::Debug + PartialEq + Eq,
        MaxMetadata: Get<u32>,
        MaxChunks: Get<u32>,
    > Provider<BlockNumber, MaxMetadata, MaxChunks>
{
    /// Whether it has retired and has no own stake left.
    pub fn is_out(&self) -> bool {
        self.retired && self.own.bond == 0 && self.own.unbonding.is_empty()
    }
}

/// Stake on its way out of one provider's pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Chunk {
    /// It left at the end of this era.
    pub era: EraIndex,
    /// Its shares in the provider's unbonding pool of that era.
    pub shares: u128,
    /// What is held for it; at least what the shares are worth.
    pub held: Balance,
}

/// Stake that came by redelegation and is still at risk for its old provider's earlier jobs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Incoming<AccountId> {
    /// The old provider.
    pub from: AccountId,
    /// It left at the end of this era.
    pub era: EraIndex,
    /// Its shares in the old provider's unbonding pool of that era.
    pub shares: u128,
    /// Worth of these shares when last applied here.
    pub worth: Balance,
}

/// What one account has delegated to one provider.
#[derive(
    CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[scale_info(skip_type_params(MaxChunks))]
pub struct Delegation<AccountId: Clone + core::fmt::Debug + PartialEq + Eq, MaxChunks: Get<u32>> {
    /// The generation that `shares` are of.
    pub generation: Generation,
    /// Active shares.
    pub shares: u128,
    /// What is held for the active shares; at least what they are worth.
    pub held: Balance,
    /// The pool's reward per share when this record was last touched.
    pub reward_checkpoint: u128,
    /// Rewards earned up to then and not claimed.
    pub rewards: Balance,
    /// What becomes active and at the start of which era.
    pub pending: Option<(EraIndex, Balance)>,
    /// What is on its way out, oldest first, no two of one era.
    pub unbonding: BoundedVec<Chunk, MaxChunks>,
    /// The part of `held` and `pending` that came by redelegation and hasn't matured at its old provider.
    pub incoming: Option<Incoming<AccountId>>,
}

impl<AccountId: Clone + core::fmt::Debug + PartialEq + Eq, MaxChunks: Get<u32>> Default
    for Delegation<AccountId, MaxChunks>
{
    fn default() -> Self {
        Self {
            generation: 0,
            shares: 0,
            held: 0,
            reward_checkpoint: 0,
            rewards: 0,
            pending: None,
            unbonding: BoundedVec::new(),
            incoming: None,
        }
    }
}

impl<AccountId: Clone + core::fmt::Debug + PartialEq + Eq, MaxChunks: Get<u32>>
    Delegation<AccountId, MaxChunks>
{
    /// What waits for the next era.
    pub fn pending_amount(&self) -> Balance {
        self.pending.map_or(0, |(_, amount)| amount)
    }

    /// Active and pending.
    pub fn staked(&self) -> Balance {
        self.held.saturating_add(self.pending_amount())
    }

    /// The part of it that came by redelegation and is at risk for the old provider's jobs.
    pub fn at_risk_elsewhere(&self) -> Balance {
        self.incoming.as_ref().map_or(0, |incoming| incoming.worth)
    }

    /// Everything that is held for this delegation.
    pub fn total_held(&self) -> Balance {
        self.unbonding
            .iter()
            .fold(self.staked(), |sum, chunk| sum.saturating_add(chunk.held))
    }

    /// Whether nothing is left to keep a record for.
    pub fn is_empty(&self) -> bool {
        self.shares == 0
            && self.total_held() == 0
            && self.unbonding.is_empty()
            && self.pending.is_none()
            && self.incoming.is_none()
            && self.rewards == 0
    }
}

/// The state of a pool when pending delegations became active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Activation {
    /// The pool's generation then.
    pub generation: Generation,
    /// The index at which they bought shares.
    pub index: u128,
    /// The reward per share from which they earn.
    pub reward_per_share: u128,
    /// Delegations that have not computed their shares yet.
    pub claims: u32,
}

/// What is left of a generation that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct ClosedGeneration {
    /// The reward per share when it ended.
    pub reward_per_share: u128,
    /// Delegations that have not taken note.
    pub claims: u32,
}

/// Stake that left one provider in one era.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct UnbondingPool<BlockNumber> {
    /// Shares of all chunks.
    pub shares: u128,
    /// Worth of a share, fixed-point; starts at one and only falls.
    pub index: u128,
    /// The chunks can be paid out, and are no longer at risk, from this block on.
    pub matures_at: BlockNumber,
    /// Number of chunks.
    pub chunks: u32,
}

/// Where an addition to a stake comes from.
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
pub enum BondExtra {
    /// This much of the caller's free balance.
    FreeBalance(Balance),
    /// All rewards that the caller can claim at this provider.
    Rewards,
}
