// SPDX-License-Identifier: Apache-2.0
//! The cap on one provider's share.

use assay_pallet_primitives::WorkRecorder;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{traits::BadOrigin, Perbill};

use crate::{mock::*, *};

fn cap(percent: u32, min_active: u32, floor: u128) -> ShareCap {
    ShareCap {
        cap: Perbill::from_percent(percent),
        min_active,
        floor,
    }
}

fn set(cap: ShareCap) {
    assert_ok!(Concentration::set_cap(RuntimeOrigin::root(), Some(cap)));
}

fn accept(provider: u64, work: u128) -> sp_runtime::DispatchResult {
    Concentration::note_accepted(&provider, work)
}

/// An era in which each of `providers` accepts and settles 100 units.
fn busy_era(providers: u64) {
    for provider in 1..=providers {
        accept(provider, 100).unwrap();
        Concentration::note_settled(&provider, 100);
    }
    next_era();
}

#[test]
fn without_a_cap_one_provider_may_do_everything() {
    tell(|| {
        busy_era(10);
        assert_ok!(accept(1, u128::MAX / 2));
    });
}

#[test]
fn the_cap_compares_with_the_mean_of_past_eras_plus_a_floor() {
    tell(|| {
        set(cap(50, 2, 40));
        busy_era(2);
        busy_era(4);
        // Mean of 200 and 400, plus 40, of which half.
        assert_eq!(Concentration::allowance(), Some(170));
        assert_ok!(accept(1, 100));
        assert_noop!(accept(1, 71), Error::<Test>::ShareCapExceeded);
        assert_ok!(accept(1, 70));
        assert_noop!(accept(1, 1), Error::<Test>::ShareCapExceeded);
        assert_ok!(accept(2, 170));
        next_era();
        // Nobody settled anything: fewer than two were active.
        assert_eq!(Concentration::allowance(), None);
    });
}

#[test]
fn the_first_job_of_an_era_is_accepted_although_it_is_all_of_it() {
    tell(|| {
        set(cap(50, 2, 100));
        busy_era(2);
        assert_ok!(accept(1, 100));
    });
}

#[test]
fn the_cap_waits_for_enough_active_providers() {
    tell(|| {
        set(cap(34, 3, 1));
        busy_era(2);
        assert_ok!(accept(1, 1_000_000));
        busy_era(3);
        assert_noop!(accept(1, 1_000_000), Error::<Test>::ShareCapExceeded);
    });
}

#[test]
fn only_the_last_eras_count() {
    tell(|| {
        set(cap(50, 2, 1));
        for _ in 0..20 {
            busy_era(10);
        }
        for _ in 0..MEAN_ERAS {
            busy_era(2);
        }
        assert_eq!(Concentration::allowance(), Some(100));
    });
}

#[test]
fn only_governance_sets_a_cap_under_which_the_market_can_work() {
    tell(|| {
        let some = Some(cap(50, 2, 1));
        assert_noop!(
            Concentration::set_cap(RuntimeOrigin::signed(1), some),
            BadOrigin
        );
        let set = |cap| Concentration::set_cap(RuntimeOrigin::root(), Some(cap));
        let error = Error::<Test>::InvalidCap(InvalidCap::FloorZero);
        assert_noop!(set(cap(50, 2, 0)), error);
        let error = Error::<Test>::InvalidCap(InvalidCap::CapTooTight);
        assert_noop!(set(cap(33, 3, 1)), error);
        assert_ok!(set(cap(34, 3, 1)));
        assert_ok!(Concentration::set_cap(RuntimeOrigin::root(), None));
        assert_eq!(Cap::<Test>::get(), None);
    });
}

#[test]
fn many_accounts_evade_the_cap_as_the_readme_says() {
    tell(|| {
        set(cap(50, 2, 10));
        busy_era(2);
        // One owner, two accounts, all of the work.
        assert_ok!(accept(8, 105));
        assert_ok!(accept(9, 105));
    });
}

#[test]
fn genesis_sets_a_cap() {
    use sp_runtime::BuildStorage;
    let genesis = crate::GenesisConfig::<Test> {
        cap: Some(cap(50, 2, 10)),
        ..Default::default()
    };
    let mut ext = sp_io::TestExternalities::new(genesis.build_storage().unwrap());
    ext.execute_with(|| assert_eq!(Cap::<Test>::get(), Some(cap(50, 2, 10))));
}

#[test]
#[should_panic(expected = "invalid cap: CapTooTight")]
fn genesis_refuses_an_invalid_cap() {
    use sp_runtime::BuildStorage;
    let genesis = crate::GenesisConfig::<Test> {
        cap: Some(cap(1, 2, 10)),
        ..Default::default()
    };
    let _ = genesis.build_storage();
}
