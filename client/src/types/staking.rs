// SPDX-License-Identifier: Apache-2.0
//! Providers, delegations and balances, as `pallet-verification` and its runtime API give them.

use super::{mirrors, Balance, BlockNumber, EraIndex, Perbill};

mirrors! {
    /// A provider's own stake.
    pub struct OwnBond {
        /// What is bonded.
        pub bond: Balance,
        /// The part that stands behind open jobs.
        pub locked: Balance,
    }

    /// A provider's record. [`ProviderStatus`] has the amounts.
    pub struct Provider {
        /// What it says of itself, by convention UTF-8: a name, a URL. Hostile: print it with
        /// [`Metadata::text`](super::Metadata::text).
        pub metadata: Vec<u8>,
        /// Held for the record and its metadata.
        pub deposit: Balance,
        /// Its own stake.
        pub own: OwnBond,
        /// Number of delegations.
        pub delegations: u32,
        /// Jobs accepted and not settled.
        pub open_jobs: u32,
        /// Part of the delegators' earnings that the provider keeps.
        pub commission: Perbill,
        /// A change of the commission and the era from which it applies.
        pub next_commission: Option<(Perbill, EraIndex)>,
        /// Set while the provider is in jail: the block from which it may leave.
        pub jailed_until: Option<BlockNumber>,
        /// Whether it is leaving for good.
        pub retired: bool,
    }

    /// A provider's state. Amounts are what they would be if every pending slash were applied.
    pub struct ProviderStatus {
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

    /// A delegation. Amounts are what they would be if every pending slash were applied.
    pub struct DelegationStatus {
        /// Earning and at risk.
        pub active: Balance,
        /// Becomes active with the next era.
        pub pending: Balance,
        /// On its way out: amounts and the blocks from which they can be withdrawn.
        pub unbonding: Vec<(Balance, BlockNumber)>,
        /// Rewards that can be claimed.
        pub rewards: Balance,
    }

    /// Where an addition to a stake comes from.
    #[derive(Copy)]
    pub enum BondExtra {
        /// This much of the caller's free balance.
        FreeBalance(Balance),
        /// All rewards that the caller can claim at this provider.
        Rewards,
    }

    /// What a provider did wrong.
    #[derive(Copy)]
    pub enum Fault {
        /// It submitted a proof that fails the check.
        InvalidProof,
        /// It let the deadline pass without a proof.
        Missed,
        /// A proven output contradicts what it had published before.
        Contradicted,
    }

    /// Where the money of a slash went.
    #[derive(Copy)]
    pub struct SlashOutcome {
        /// Taken from the provider's own bond.
        pub own: Balance,
        /// Lost by delegators.
        pub delegated: Balance,
        /// Paid to the requester.
        pub compensation: Balance,
        /// Added to the next auction.
        pub bounty: Balance,
        /// Paid to the treasury out of the own bond.
        pub treasury: Balance,
    }
}

/// The balance of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AccountBalance {
    /// Transactions that it has made.
    pub nonce: u32,
    /// Not held. Some of it may be frozen.
    pub free: Balance,
    /// Held: payments, deposits, stake.
    pub reserved: Balance,
    /// What of free and reserved together can't leave.
    pub frozen: Balance,
}
