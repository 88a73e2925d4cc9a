// SPDX-License-Identifier: Apache-2.0
//! A chain with nothing but balances and this pallet.

// FRAME's macros make public what is only for this crate's tests.
#![allow(unreachable_pub)]

use assay_pallet_primitives::{
    testing::{RelationModel, RelationVerifier},
    Balance, ModelId,
};
use frame_support::{
    assert_ok, derive_impl, parameter_types,
    traits::{fungible::InspectHold, ConstU32},
    weights::Weight,
};
use frame_system::EnsureRoot;
use sp_core::H256;
use sp_runtime::{BuildStorage, Perbill};

use crate::*;

pub(crate) type AccountId = u64;

/// Owns models.
pub(crate) const OWNER: AccountId = 1;
/// Owns nothing but money.
pub(crate) const BOB: AccountId = 2;
/// Has nothing.
pub(crate) const POOR: AccountId = 3;

pub(crate) const ENDOWMENT: Balance = 1_000_000;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Registry: crate,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Self>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

parameter_types! {
    pub const ExistentialDeposit: Balance = 10;
    pub const Deposit: Balance = 100;
    pub const ByteDeposit: Balance = 1;
    pub const HighestRoyalty: Perbill = Perbill::from_percent(50);
    pub static HeaviestVerification: Weight = Weight::MAX;
    pub BenchmarkKey: Vec<u8> = RelationModel::default().key();
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
    type RuntimeHoldReason = RuntimeHoldReason;
}

impl Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Verifier = RelationVerifier;
    type BarOrigin = EnsureRoot<AccountId>;
    type WeightInfo = ();
    type DepositBase = Deposit;
    type DepositPerByte = ByteDeposit;
    type MaxKeyBytes = ConstU32<256>;
    type MaxText = ConstU32<32>;
    type MaxRoyalty = HighestRoyalty;
    type MaxVerificationWeight = HeaviestVerification;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkKey = BenchmarkKey;
}

/// Runs `story` on a new chain at block 1 and checks that the state is sound and no money was made or lost.
pub(crate) fn tell(story: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        System::set_block_number(1);
        let issuance = Balances::total_issuance();
        story();
        assert_eq!(Balances::total_issuance(), issuance);
        Registry::do_try_state().unwrap();
    });
}

pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
    let mut storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .unwrap();
    pallet_balances::GenesisConfig::<Test> {
        balances: vec![(OWNER, ENDOWMENT), (BOB, ENDOWMENT), (POOR, 50)],
        ..Default::default()
    }
    .assimilate_storage(&mut storage)
    .unwrap();
    storage.into()
}

pub(crate) fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

pub(crate) fn metadata(name: &str) -> MetadataOf<Test> {
    Metadata {
        name: name.as_bytes().to_vec().try_into().unwrap(),
        licence: b"Apache-2.0".to_vec().try_into().unwrap(),
        weights_uri: b"https://example.org/weights".to_vec().try_into().unwrap(),
        weights_hash: H256::repeat_byte(1),
    }
}

pub(crate) fn key() -> frame_support::BoundedVec<u8, ConstU32<256>> {
    RelationModel::default().key().try_into().unwrap()
}

/// Registers the default model for `OWNER` with a royalty of 10%.
pub(crate) fn register() -> ModelId {
    let model = NextModelId::<Test>::get();
    assert_ok!(Registry::register(
        signed(OWNER),
        key(),
        metadata("lenet"),
        Perbill::from_percent(10)
    ));
    model
}

pub(crate) fn deposited(who: AccountId) -> Balance {
    Balances::balance_on_hold(&HoldReason::ModelDeposit.into(), &who)
}
