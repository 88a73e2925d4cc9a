// SPDX-License-Identifier: Apache-2.0
//! What clients ask of staking and of concentration.

use alloc::vec::Vec;
use codec::{Codec, Decode, Encode};
use scale_info::TypeInfo;
use sp_runtime::Perbill;

use crate::{Concentration, Dimension, EraIndex};

/// A provider as a client sees it. Amounts are what they would be if every pending slash were applied.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ProviderStatus<Balance, BlockNumber> {
    /// Own bond, what is unbonding left out.
    pub own_bond: Balance,
    /// The part of the own bond that stands behind accepted jobs.
    pub own_locked: Balance,
    /// Active delegations.
    pub delegated: Balance,
    /// The part of the delegations that stands behind accepted jobs.
    pub delegated_locked: Balance,
    /// Delegations that become active with the next era.
    pub pending: Balance,
    /// Jobs accepted and not settled.
    pub open_jobs: u32,
    /// The largest collateral that the provider could lock now, whatever the price.
    pub free_collateral: Balance,
    /// Part of the delegators' earnings that the provider keeps.
    pub commission: Perbill,
    /// A change of it and the era in which it takes effect.
    pub next_commission: Option<(Perbill, EraIndex)>,
    /// Faults counted in the current window.
    pub faults: u32,
    /// Jailed until this block, and then until it asks to be unjailed.
    pub jailed_until: Option<BlockNumber>,
    /// Whether it takes no jobs and no delegations any more.
    pub retired: bool,
}

/// A delegation as a client sees it. Amounts are what they would be if every pending slash were applied.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct DelegationStatus<Balance, BlockNumber> {
    /// Earning and at risk.
    pub active: Balance,
    /// Becomes active with the next era.
    pub pending: Balance,
    /// On its way out: amounts and the blocks from which they can be withdrawn.
    pub unbonding: Vec<(Balance, BlockNumber)>,
    /// Rewards that can be claimed.
    pub rewards: Balance,
}

sp_api::decl_runtime_apis! {
    /// Providers and delegations.
    pub trait StakingApi<AccountId, Balance, BlockNumber>
    where
        AccountId: Codec,
        Balance: Codec,
        BlockNumber: Codec,
    {
        /// The era of the current block.
        fn current_era() -> EraIndex;

        /// The state of one provider.
        fn provider_status(provider: AccountId) -> Option<ProviderStatus<Balance, BlockNumber>>;

        /// The state of one delegation.
        fn delegation_status(
            provider: AccountId,
            delegator: AccountId,
        ) -> Option<DelegationStatus<Balance, BlockNumber>>;

        /// Rewards that `delegator` can claim at `provider`.
        fn pending_rewards(provider: AccountId, delegator: AccountId) -> Balance;

        /// The collateral that a job needs, and the part of it that must be the provider's own.
        fn collateral(price: Balance, min_collateral: Balance) -> (Balance, Balance);
    }

    /// Concentration of work, stake and block production.
    pub trait ConcentrationApi<AccountId>
    where
        AccountId: Codec,
    {
        /// The numbers of an era: final for a past one, so far for the current one, `None` for one that is no longer kept.
        fn concentration(era: EraIndex, dimension: Dimension) -> Option<Concentration>;

        /// The largest parties of an era with their shares, largest first.
        fn largest(era: EraIndex, dimension: Dimension) -> Vec<(AccountId, Perbill)>;

        /// One party's share in an era. `None` if it isn't known: for an era that isn't kept, and for the stake of a past era unless
        /// the party was among the largest.
        fn share(era: EraIndex, dimension: Dimension, party: AccountId) -> Option<Perbill>;
    }
}
