// SPDX-License-Identifier: Apache-2.0

//! Who produces blocks: authorship, collator selection, sessions, Aura.
//!
//! Collators are the invulnerables, whom root names, and the candidates with the largest bonds.
//! They earn the author's share of fees and tips directly, see [`crate::fees`]. The pot of the
//! collator-selection pallet pays half of its balance to the author of every block; it
//! is empty unless somebody, for example a treasury spend, pays into it: that is how governance can
//! subsidise collators.

use frame_support::{
    parameter_types,
    traits::{ConstBool, ConstU32, ConstU64, Get},
    PalletId,
};
use frame_system::EnsureRoot;
use pallet_session::PeriodicSessions;

use crate::{
    constants::{consensus::SLOT_DURATION, currency::deposit},
    parameters::getters::SessionLength,
    AccountId, Aura, AuraId, Balance, Balances, BlockNumber, CollatorSelection, Concentration,
    Runtime, RuntimeEvent, Session, SessionKeys,
};

/// Most candidates that may register.
pub const MAX_CANDIDATES: u32 = 100;
/// Most collators that root may name.
pub const MAX_INVULNERABLES: u32 = 20;

impl pallet_authorship::Config for Runtime {
    type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Aura>;
    // Collators are paid, and their shares of the blocks are measured.
    type EventHandler = (CollatorSelection, Concentration);
}

parameter_types! {
    /// Sessions begin at multiples of their length.
    pub const SessionOffset: BlockNumber = 0;
    /// Deposit for the keys of one account: the entry that holds them and the one that finds the
    /// owner of a key.
    pub const KeyDeposit: Balance = deposit(2, 100);
}

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = pallet_collator_selection::IdentityCollator;
    type ShouldEndSession = PeriodicSessions<SessionLength<Runtime>, SessionOffset>;
    type NextSessionRotation = PeriodicSessions<SessionLength<Runtime>, SessionOffset>;
    type SessionManager = CollatorSelection;
    type SessionHandler = <SessionKeys as sp_runtime::traits::OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    type DisablingStrategy = ();
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type KeyDeposit = KeyDeposit;
}

parameter_types! {
    /// Source of the account id of the collators' pot.
    pub const PotId: PalletId = PalletId(*b"PotStake");
}

/// Blocks without one of its own after which a candidate is removed: a session, but never fewer than two turns of all collators that
/// there can be, since governance may make sessions shorter than that.
pub struct KickThreshold;

impl Get<BlockNumber> for KickThreshold {
    fn get() -> BlockNumber {
        SessionLength::<Runtime>::get().max(2 * (MAX_CANDIDATES + MAX_INVULNERABLES))
    }
}

impl pallet_collator_selection::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type UpdateOrigin = EnsureRoot<AccountId>;
    type PotId = PotId;
    type MaxCandidates = ConstU32<MAX_CANDIDATES>;
    // Nobody may leave if that would leave a single collator, who could censor and stall.
    type MinEligibleCollators = ConstU32<2>;
    type MaxInvulnerables = ConstU32<MAX_INVULNERABLES>;
    type KickThreshold = KickThreshold;
    type ValidatorId = AccountId;
    type ValidatorIdOf = pallet_collator_selection::IdentityCollator;
    type ValidatorRegistration = Session;
    type WeightInfo = pallet_collator_selection::weights::SubstrateWeight<Runtime>;
}

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuraId;
    type DisabledValidators = ();
    type MaxAuthorities = ConstU32<{ MAX_CANDIDATES + MAX_INVULNERABLES }>;
    // Async backing: a collator may build on its own unincluded block within one slot.
    type AllowMultipleBlocksPerSlot = ConstBool<true>;
    type SlotDuration = ConstU64<SLOT_DURATION>;
}

impl cumulus_pallet_aura_ext::Config for Runtime {}
