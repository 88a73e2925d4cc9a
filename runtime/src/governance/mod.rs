// SPDX-License-Identifier: Apache-2.0

//! Governance: referenda with conviction voting, and the treasury.
//!
//! Anybody who pays the deposits may put a call to a vote. The origin that the call asks for
//! decides its [track](tracks), and the track decides how hard it is to pass: *root* for
//! everything, *treasury* for spends up to [`origins::MAX_TREASURER_SPEND`]. There is no council,
//! no technical committee and no sudo.

pub mod origins;
pub mod tracks;

use frame_support::{
    parameter_types,
    traits::{
        tokens::{currency::ActiveIssuanceOf, PayFromAccount, UnityAssetBalanceConversion},
        ConstU32, EitherOf,
    },
    PalletId,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess, EnsureSigned};
use pallet_treasury::TreasuryAccountId;
use sp_runtime::Permill;

use crate::{
    constants::currency::ASY,
    parameters::getters::{
        TreasuryPayoutPeriod, TreasurySpendPeriod, UndecidingTimeout, VoteLockingPeriod,
    },
    AccountId, Balance, Balances, BlockNumber, Preimage, Referenda, Runtime, RuntimeCall,
    RuntimeEvent, Scheduler, System, Treasury,
};

impl origins::Config for Runtime {}

impl pallet_conviction_voting::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_conviction_voting::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type Polls = Referenda;
    // The treasury's own funds are inactive: they don't count as voters who stayed away.
    type MaxTurnout = ActiveIssuanceOf<Balances, AccountId>;
    type MaxVotes = ConstU32<512>;
    type VoteLockingPeriod = VoteLockingPeriod<Runtime>;
    type BlockNumberProvider = System;
    type VotingHooks = ();
}

parameter_types! {
    /// Deposit for submitting a referendum; returned unless it is rejected or killed.
    pub const SubmissionDeposit: Balance = 10 * ASY;
    /// Referenda look after themselves at every block: no rounding of their wake-ups.
    pub const AlarmInterval: BlockNumber = 1;
}

impl pallet_referenda::Config for Runtime {
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_referenda::weights::SubstrateWeight<Runtime>;
    type Scheduler = Scheduler;
    type Currency = Balances;
    type SubmitOrigin = EnsureSigned<AccountId>;
    type CancelOrigin = EnsureRoot<AccountId>;
    type KillOrigin = EnsureRoot<AccountId>;
    type Slash = Treasury;
    type Votes = pallet_conviction_voting::VotesOf<Runtime>;
    type Tally = pallet_conviction_voting::TallyOf<Runtime>;
    type SubmissionDeposit = SubmissionDeposit;
    type MaxQueued = ConstU32<100>;
    type UndecidingTimeout = UndecidingTimeout<Runtime>;
    type AlarmInterval = AlarmInterval;
    type Tracks = tracks::Tracks;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

parameter_types! {
    /// Source of the treasury's account id.
    pub const TreasuryPalletId: PalletId = parachains_common::TREASURY_PALLET_ID;
    /// The treasury never burns what it did not spend.
    pub const Burn: Permill = Permill::zero();
    /// Root may spend any amount.
    pub const MaxRootSpend: Balance = Balance::MAX;
}

impl pallet_treasury::Config for Runtime {
    type Currency = Balances;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
    type RejectOrigin = EnsureRoot<AccountId>;
    type SpendOrigin =
        EitherOf<EnsureRootWithSuccess<AccountId, MaxRootSpend>, origins::EnsureTreasurer>;
    type SpendPeriod = TreasurySpendPeriod<Runtime>;
    type PayoutPeriod = TreasuryPayoutPeriod<Runtime>;
    type PalletId = TreasuryPalletId;
    type Burn = Burn;
    type BurnDestination = ();
    type SpendFunds = ();
    type MaxApprovals = ConstU32<100>;
    // The treasury holds and pays the native token only.
    type AssetKind = ();
    type Beneficiary = AccountId;
    type BeneficiaryLookup = <Runtime as frame_system::Config>::Lookup;
    type Paymaster = PayFromAccount<Balances, TreasuryAccountId<Runtime>>;
    type BalanceConverter = UnityAssetBalanceConversion;
    type BlockNumberProvider = System;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = BenchmarkTreasury;
}

/// Arguments for the treasury's benchmarks.
#[cfg(feature = "runtime-benchmarks")]
pub struct BenchmarkTreasury;

#[cfg(feature = "runtime-benchmarks")]
impl pallet_treasury::ArgumentsFactory<(), AccountId> for BenchmarkTreasury {
    fn create_asset_kind(_: u32) {}

    fn create_beneficiary(seed: [u8; 32]) -> AccountId {
        AccountId::from(seed)
    }
}
