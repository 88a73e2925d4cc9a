// SPDX-License-Identifier: Apache-2.0
//! Who does the work, who holds the stake, who makes the blocks.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::weights::Weight;
use scale_info::TypeInfo;
use sp_runtime::{DispatchError, DispatchResult, Perbill};

use crate::{EraIndex, Work};

/// What is concentrated.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Dimension {
    /// Settled work, by provider.
    Work,
    /// Stake, own and delegated, by provider: what is active at the end of the era, once all that was asked for in it has come and gone.
    Stake,
    /// Authored blocks, by collator.
    Blocks,
}

/// How concentrated something was in one era.
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
pub struct Concentration {
    /// Sum over all parties.
    pub total: u128,
    /// Parties with a share above zero.
    pub parties: u32,
    /// Herfindahl-Hirschman index: the sum of the squares of all shares. `1 / parties` if all are equal, 1 if there is only one,
    /// 0 if there is none.
    pub hhi: Perbill,
    /// Nakamoto coefficient: the least number of parties that together have more than half. `None` if it exceeds the number of
    /// largest parties that the chain keeps, and for an era in which nothing happened.
    pub nakamoto: Option<u32>,
}

/// Which era it is. Stake comes and goes, and concentration is measured, by eras.
pub trait EraClock {
    /// The era of the current block.
    fn current_era() -> EraIndex;

    /// Makes `era` the present one. What an era leaves behind elsewhere isn't made up.
    #[cfg(feature = "runtime-benchmarks")]
    fn set_era(era: EraIndex);
}

/// Measures the work of providers and enforces the cap on one provider's share of it.
pub trait WorkRecorder<AccountId> {
    /// Records that `provider` accepts a job of `work` units.
    ///
    /// # Errors
    ///
    /// The provider would have more than the capped share of the work that is accepted in this era. Nothing is recorded then.
    fn note_accepted(provider: &AccountId, work: Work) -> DispatchResult;

    /// Records that `provider` has settled a job of `work` units. Saturates, never fails.
    fn note_settled(provider: &AccountId, work: Work);

    /// The most that [`note_accepted`](Self::note_accepted) takes.
    fn note_accepted_weight() -> Weight;

    /// The most that [`note_settled`](Self::note_settled) takes.
    fn note_settled_weight() -> Weight;
}

impl<AccountId> WorkRecorder<AccountId> for () {
    fn note_accepted(_: &AccountId, _: Work) -> Result<(), DispatchError> {
        Ok(())
    }
    fn note_settled(_: &AccountId, _: Work) {}
    fn note_accepted_weight() -> Weight {
        Weight::zero()
    }
    fn note_settled_weight() -> Weight {
        Weight::zero()
    }
}

/// Measures the stake of providers.
pub trait StakeRecorder<AccountId, Balance> {
    /// `provider` has `stake`, own and delegated, with which the next era would begin. Never fails.
    fn note_stake(provider: &AccountId, stake: Balance);

    /// The most that [`note_stake`](Self::note_stake) takes.
    fn note_stake_weight() -> Weight;
}

impl<AccountId, Balance> StakeRecorder<AccountId, Balance> for () {
    fn note_stake(_: &AccountId, _: Balance) {}
    fn note_stake_weight() -> Weight {
        Weight::zero()
    }
}
