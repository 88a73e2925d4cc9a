// SPDX-License-Identifier: Apache-2.0
//! A chain with nothing but balances and this pallet.

// FRAME's macros make public what is only for this crate's tests.
#![allow(unreachable_pub)]

use std::collections::BTreeMap;

use assay_pallet_primitives::{
    Balance, CollateralTerms, Fault, JobId, Payment, PaymentSplit, Staking,
};
use codec::Encode;
use frame_support::{
    assert_ok, derive_impl, parameter_types,
    traits::{
        fungible::{InspectHold, Mutate, MutateHold},
        tokens::{Fortitude, Precision, Preservation},
        Hooks,
    },
    PalletId,
};
use frame_system::EnsureRoot;
use sp_runtime::{BuildStorage, DispatchError, FixedU128, Perbill};

use crate::*;

pub(crate) type AccountId = u64;

/// A signer of whom nothing is known.
pub(crate) const ALICE: AccountId = 1;
pub(crate) const BOB: AccountId = 2;
pub(crate) const CAROL: AccountId = 3;
pub(crate) const DAVE: AccountId = 4;
/// Posts jobs and pays for them.
pub(crate) const REQUESTER: AccountId = 10;
/// Owns the model.
pub(crate) const OWNER: AccountId = 11;
/// Where the market keeps bounties.
pub(crate) const BOUNTIES: AccountId = 12;
pub(crate) const TREASURY: AccountId = 99;

pub(crate) const ENDOWMENT: Balance = 10_000_000;
pub(crate) const ED: Balance = 10;
pub(crate) const ERA: u64 = 10;
pub(crate) const UNBONDING: u64 = 60;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Verification: crate,
        Market: market,
    }
);

/// Stands for the market: a reason to hold payments.
#[frame_support::pallet(dev_mode)]
pub(crate) mod market {
    #[pallet::config]
    pub trait Config: frame_system::Config {}
    #[pallet::pallet]
    pub struct Pallet<T>(_);
    #[pallet::composite_enum]
    pub enum HoldReason {
        Payment,
    }
}

impl market::Config for Test {}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Self>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

parameter_types! {
    pub const ExistentialDeposit: Balance = ED;
    pub const PotId: PalletId = PalletId(*b"as/stake");
    pub const TreasuryAccount: AccountId = TREASURY;
    pub const Deposit: Balance = 100;
    pub const ByteDeposit: Balance = 1;
    /// The last stake that was reported of each provider.
    pub static ReportedStake: BTreeMap<AccountId, Balance> = Default::default();
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
    type DustRemoval = DustToTreasury;
    type RuntimeHoldReason = RuntimeHoldReason;
}

/// As in the runtime: dust isn't burnt, so that total issuance never changes.
pub struct DustToTreasury;
impl frame_support::traits::OnUnbalanced<pallet_balances::CreditOf<Test, ()>> for DustToTreasury {
    fn on_nonzero_unbalanced(dust: pallet_balances::CreditOf<Test, ()>) {
        use frame_support::traits::fungible::Balanced;
        let _ = Balances::resolve(&TREASURY, dust);
    }
}

pub struct Recorder;
impl assay_pallet_primitives::StakeRecorder<AccountId, Balance> for Recorder {
    fn note_stake(provider: &AccountId, active: Balance) {
        ReportedStake::mutate(|stakes| stakes.insert(*provider, active));
    }
    fn note_stake_weight() -> frame_support::weights::Weight {
        Default::default()
    }
}

impl Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ParametersOrigin = EnsureRoot<AccountId>;
    type StakeRecorder = Recorder;
    type WeightInfo = ();
    type PalletId = PotId;
    type Treasury = TreasuryAccount;
    type DepositBase = Deposit;
    type DepositPerByte = ByteDeposit;
    type MaxMetadata = frame_support::traits::ConstU32<64>;
    type MaxOpenJobs = frame_support::traits::ConstU32<4>;
    type MaxChunks = frame_support::traits::ConstU32<3>;
    type MaxJobDuration = frame_support::traits::ConstU64<50>;
}

/// Collateral is four times the price, of which 25% compensates, 10% is a bounty, 10% the price of a failed proof: 45% are the
/// provider's own.
pub(crate) fn parameters() -> ParametersOf<Test> {
    EconomicParameters {
        era_length: ERA,
        unbonding_period: UNBONDING,
        min_self_bond: 10_000,
        min_delegation: 1_000,
        collateral_floor: 400,
        collateral_ratio: FixedU128::from_u32(4),
        compensation_share: Perbill::from_percent(25),
        bounty_share: Perbill::from_percent(10),
        invalid_proof_share: Perbill::from_percent(10),
        protocol_fee: Perbill::from_percent(2),
        max_commission: Perbill::from_percent(50),
        max_commission_step: Perbill::from_percent(5),
        commission_delay: 2,
        fault_threshold: 3,
        fault_window: 5,
        jail_period: 20,
    }
}

/// A chain whose accounts 1 to 12 are rich, at block 1.
pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
    let mut storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .unwrap();
    pallet_balances::GenesisConfig::<Test> {
        balances: (1..=12).map(|who| (who, ENDOWMENT)).collect(),
        ..Default::default()
    }
    .assimilate_storage(&mut storage)
    .unwrap();
    crate::GenesisConfig::<Test> {
        parameters: parameters(),
        ..Default::default()
    }
    .assimilate_storage(&mut storage)
    .unwrap();
    let mut ext = sp_io::TestExternalities::new(storage);
    ext.execute_with(|| System::set_block_number(1));
    ext
}

/// Runs `story` on a new chain and checks that the state is sound and no money was made or lost.
pub(crate) fn tell(story: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        let issuance = Balances::total_issuance();
        story();
        assert_eq!(
            Balances::total_issuance(),
            issuance,
            "money was made or burnt"
        );
        Verification::do_try_state().unwrap();
        check_books();
    });
}

/// Every hold is somebody's stake or deposit, and there is no more money than what accounts have.
pub(crate) fn check_books() {
    let mut records = BTreeMap::<(AccountId, Vec<u8>), Balance>::new();
    let mut add = |who, reason: HoldReason, amount| {
        let reason = RuntimeHoldReason::from(reason).encode();
        *records.entry((who, reason)).or_default() += amount;
    };
    for (who, provider) in Providers::<Test>::iter() {
        let leaving = provider.own.unbonding.iter().map(|chunk| chunk.amount);
        let own = provider.own.bond + leaving.sum::<Balance>();
        add(who, HoldReason::SelfBond, own);
        add(who, HoldReason::ProviderDeposit, provider.deposit);
    }
    for (_, who, delegation) in Delegations::<Test>::iter() {
        add(who, HoldReason::Delegation, delegation.total_held());
    }
    records.retain(|_, amount| *amount > 0);
    let holds = pallet_balances::Holds::<Test>::iter();
    let held = holds.flat_map(|(who, holds)| {
        let amounts = holds.into_iter();
        amounts.map(move |hold| ((who, hold.id.encode()), hold.amount))
    });
    assert_eq!(records, held.collect(), "what is held isn't what is known");

    let accounts = frame_system::Account::<Test>::iter_values();
    let all: Balance = accounts.map(|a| a.data.free + a.data.reserved).sum();
    assert_eq!(all, Balances::total_issuance(), "money of nobody");
}

pub(crate) fn run_to_block(block: u64) {
    while System::block_number() < block {
        let next = System::block_number() + 1;
        System::set_block_number(next);
        Verification::on_initialize(next);
    }
}

pub(crate) fn next_era() {
    run_to_block(CurrentEra::<Test>::get().end);
}

pub(crate) fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// Makes `who` a provider without commission.
pub(crate) fn register(who: AccountId, bond: Balance) {
    assert_ok!(Verification::register(
        signed(who),
        Default::default(),
        Perbill::zero(),
        bond
    ));
}

pub(crate) fn delegate(provider: AccountId, who: AccountId, amount: Balance) {
    assert_ok!(Verification::delegate(signed(who), provider, amount));
}

/// Puts four times `price` behind `job`.
pub(crate) fn accept(job: JobId, provider: AccountId, price: Balance) -> LockOf<Test> {
    try_accept(job, provider, price).unwrap()
}

pub(crate) fn try_accept(
    job: JobId,
    provider: AccountId,
    price: Balance,
) -> Result<LockOf<Test>, DispatchError> {
    Verification::lock_collateral(
        job,
        &provider,
        &CollateralTerms {
            price,
            min_collateral: 0,
        },
    )
}

/// Registers `provider`, one fault of job 901 away from losing 10 995 of the 11 000 that `delegator` delegates to it.
pub(crate) fn at_the_brink(provider: AccountId, delegator: AccountId) {
    register(provider, 10_005);
    delegate(provider, delegator, 11_000);
    next_era();
    let lock = accept(901, provider, 5_000);
    assert_eq!((lock.own, lock.delegated), (9_000, 11_000));
    // All but 5 of the own bond that would stand in goes with another job.
    assert_eq!(accept(902, provider, 250).own, 1_000);
}

/// The treasury's account is gone.
pub(crate) fn dissolve_treasury() {
    assert_ok!(<Balances as Mutate<AccountId>>::burn_from(
        &TREASURY,
        free(TREASURY),
        Preservation::Expendable,
        Precision::Exact,
        Fortitude::Force,
    ));
    assert!(!System::account_exists(&TREASURY));
}

/// The provider fails at `job`.
pub(crate) fn fail(job: JobId, fault: Fault) -> assay_pallet_primitives::SlashOutcome<Balance> {
    let to = assay_pallet_primitives::SlashBeneficiaries {
        requester: &REQUESTER,
        bounty: Some(&BOUNTIES),
    };
    Verification::slash(job, fault, to).unwrap()
}

/// The requester pays `amount`, which is held like a payment, for work of `provider`.
pub(crate) fn pay(provider: AccountId, amount: Balance, royalty: Perbill) -> PaymentSplit<Balance> {
    let reason: RuntimeHoldReason = market::HoldReason::Payment.into();
    assert_ok!(Balances::hold(&reason, &REQUESTER, amount));
    let split = Verification::pay(&Payment {
        payer: &REQUESTER,
        held: Some(&reason),
        amount,
        provider: &provider,
        model_owner: &OWNER,
        royalty,
    })
    .unwrap();
    assert_eq!(Balances::balance_on_hold(&reason, &REQUESTER), 0);
    assert_eq!(
        split.protocol_fee + split.royalty + split.provider + split.delegators,
        amount
    );
    split
}

pub(crate) fn free(who: AccountId) -> Balance {
    Balances::free_balance(who)
}

pub(crate) fn staked(who: AccountId) -> Balance {
    Verification::held(HoldReason::Delegation, &who)
}

pub(crate) fn bonded(who: AccountId) -> Balance {
    Verification::held(HoldReason::SelfBond, &who)
}
