// SPDX-License-Identifier: Apache-2.0
//! Ninety eras are kept.

use assay_pallet_primitives::{Dimension, StakeRecorder, WorkRecorder};
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};

use crate::{mock::*, *};

/// An era with work of `providers`.
fn era_of(providers: u64) {
    for provider in 1..=providers {
        Concentration::note_accepted(&provider, 5).unwrap();
        Concentration::note_settled(&provider, 5);
        Concentration::note_stake(&provider, u128::from(provider) + u128::from(Era::get()));
    }
    next_era();
}

fn entries() -> usize {
    Amounts::<Test>::iter().count()
        + Accepted::<Test>::iter().count()
        + AcceptedTotal::<Test>::iter().count()
        + Summaries::<Test>::iter().count()
}

#[test]
fn ninety_eras_are_kept_and_older_ones_removed() {
    tell(|| {
        for _ in 0..=KEPT_ERAS {
            era_of(2);
            idle();
        }
        // Era 0 was removed as soon as 90 were between it and the present one.
        assert_eq!(Era::get(), 91);
        assert_eq!(OldestEra::<Test>::get(), 1);
        assert_eq!(Concentration::concentration(0, Dimension::Work), None);
        assert_eq!(
            Concentration::concentration(1, Dimension::Work)
                .unwrap()
                .total,
            10
        );
        assert_eq!(
            Concentration::concentration(1, Dimension::Stake)
                .unwrap()
                .parties,
            2
        );
        assert_eq!(entries(), 90 * (2 + 2 + 1 + 2));
    });
}

#[test]
fn pruning_stops_at_its_limit_and_goes_on_where_it_stopped() {
    let mut ext = new_test_ext();
    ext.execute_with(|| {
        era_of(50);
        for _ in 0..KEPT_ERAS {
            era_of(1);
        }
    });
    let mut blocks = 0;
    let mut left = 50 + 50;
    while left > 0 {
        // What a limit counts is what earlier blocks have written.
        ext.commit_all().unwrap();
        ext.execute_with(|| {
            let weight = <() as WeightInfo>::prune(10);
            let used = Concentration::on_idle(System::block_number(), weight);
            assert!(used.all_lte(weight));
            Concentration::do_try_state().unwrap();
            let now = Amounts::<Test>::iter_prefix((0,)).count()
                + Accepted::<Test>::iter_prefix(0).count();
            assert!(left - now <= 10, "{} entries went in one block", left - now);
            left = now;
            blocks += 1;
            assert!(blocks < 20);
        });
    }
    assert!(blocks >= 10);
    ext.commit_all().unwrap();
    ext.execute_with(|| {
        idle();
        assert_eq!(OldestEra::<Test>::get(), 1);
        assert_eq!(Summaries::<Test>::iter_prefix(0).count(), 0);
        Concentration::do_try_state().unwrap();
    });
}

#[test]
fn a_full_block_prunes_nothing() {
    tell(|| {
        era_of(5);
        for _ in 0..=KEPT_ERAS {
            era_of(1);
        }
        let before = entries();
        assert_eq!(Concentration::on_idle(1, Weight::zero()), Weight::zero());
        assert_eq!(entries(), before);
    });
}

#[test]
fn anyone_may_prune_what_is_too_old_and_nothing_else() {
    tell(|| {
        let prune = |limit| Concentration::prune(RuntimeOrigin::signed(1), limit);
        era_of(5);
        assert_noop!(prune(10), Error::<Test>::NothingToPrune);
        for _ in 0..KEPT_ERAS {
            era_of(1);
        }
        assert_noop!(prune(0), Error::<Test>::LimitOutOfRange);
        assert_noop!(prune(MAX_PRUNED + 1), Error::<Test>::LimitOutOfRange);
        while OldestEra::<Test>::get() == 0 {
            assert_ok!(prune(10));
        }
        assert_noop!(prune(10), Error::<Test>::NothingToPrune);
    });
}
