// SPDX-License-Identifier: Apache-2.0
//! A chain with nothing but this pallet, and eras at the tests' will.

// FRAME's macros make public what is only for this crate's tests.
#![allow(unreachable_pub)]

use assay_pallet_primitives::{EraClock, EraIndex};
use frame_support::{derive_impl, parameter_types, traits::Hooks, weights::Weight};
use frame_system::EnsureRoot;
use sp_runtime::BuildStorage;

use crate::*;

pub(crate) type AccountId = u64;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Concentration: crate,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Self>;
}

parameter_types! {
    /// The era that staking would be in.
    pub static Era: EraIndex = 0;
}

pub struct Clock;
impl EraClock for Clock {
    fn current_era() -> EraIndex {
        Era::get()
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn set_era(era: EraIndex) {
        Era::set(era);
    }
}

impl Config for Test {
    type Eras = Clock;
    type CapOrigin = EnsureRoot<AccountId>;
    type WeightInfo = ();
    type MaxLargest = frame_support::traits::ConstU32<4>;
}

pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
    Era::set(0);
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .unwrap();
    let mut ext = sp_io::TestExternalities::new(storage);
    ext.execute_with(|| System::set_block_number(1));
    ext
}

/// Runs `story` on a new chain and checks that the state is sound.
pub(crate) fn tell(story: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        story();
        Concentration::do_try_state().unwrap();
    });
}

/// The next block, with nothing in it.
pub(crate) fn next_block() {
    let next = System::block_number() + 1;
    System::set_block_number(next);
    Concentration::on_initialize(next);
}

/// The first block of the next era.
pub(crate) fn next_era() {
    Era::mutate(|era| *era += 1);
    next_block();
}

/// Ends a block with plenty of weight to spare.
pub(crate) fn idle() -> Weight {
    Concentration::on_idle(System::block_number(), Weight::MAX)
}
