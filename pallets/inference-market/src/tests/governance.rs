// SPDX-License-Identifier: Apache-2.0
//! The market's parameters.

use frame_support::{assert_noop, assert_ok};
use sp_runtime::traits::BadOrigin;

use crate::{mock::*, *};

#[test]
fn only_governance_sets_parameters() {
    tell(|| {
        assert_noop!(
            Market::set_parameters(signed(ALICE), parameters()),
            BadOrigin
        );
        let changed = MarketParameters {
            min_price: 11,
            ..parameters()
        };
        assert_ok!(Market::set_parameters(RuntimeOrigin::root(), changed));
        assert_eq!(Parameters::<Test>::get(), changed);
    });
}

#[test]
fn each_rule_for_parameters_is_enforced() {
    use InvalidParameters::*;
    let good = parameters();
    let mut cases = Vec::new();
    for free in 0..3 {
        let mut bad = good;
        *[
            &mut bad.min_price,
            &mut bad.posting_fee,
            &mut bad.expiry_reward,
        ][free] = 0;
        cases.push((bad, Free));
    }
    for period in 0..4 {
        for value in [0, u64::from(parameters::MAX_PERIOD) + 1] {
            let mut bad = good;
            *[
                &mut bad.max_auction,
                &mut bad.min_proof_window,
                &mut bad.grace,
                &mut bad.receipt_lifetime,
            ][period] = value;
            cases.push((bad, PeriodOutOfRange));
        }
    }
    for max_auctions in [0, parameters::MAX_AUCTIONS + 1] {
        let bad = MarketParameters {
            max_auctions,
            ..good
        };
        cases.push((bad, AuctionsOutOfRange));
    }
    let crossed = MarketParameters {
        min_proof_window: 41,
        ..good
    };
    cases.push((crossed, WindowsCrossed));
    // 60 blocks are the limit: window, grace, extension and the block of the expiry.
    for (max_proof_window, max_extension) in [(54, 4), (40, 18), (u64::MAX, 4)] {
        let long = MarketParameters {
            max_proof_window,
            max_extension,
            ..good
        };
        cases.push((long, JobTooLong));
    }
    tell(|| {
        for (bad, reason) in cases {
            assert_noop!(
                Market::set_parameters(RuntimeOrigin::root(), bad),
                Error::<Test>::InvalidParameters(reason)
            );
        }
        let longest = MarketParameters {
            max_proof_window: 53,
            ..good
        };
        assert_ok!(Market::set_parameters(RuntimeOrigin::root(), longest));
    });
}

#[test]
fn the_default_parameters_are_valid() {
    let default = MarketParameters::<u32>::default();
    assert_eq!(default.validate(4_000), Ok(()));
}

#[test]
#[should_panic(expected = "invalid market parameters")]
fn a_chain_does_not_start_with_invalid_parameters() {
    use sp_runtime::BuildStorage;
    let config = GenesisConfig::<Test> {
        parameters: MarketParameters {
            grace: 0,
            ..parameters()
        },
        ..Default::default()
    };
    let _ = config.build_storage();
}

#[test]
fn a_change_does_not_touch_jobs_in_progress() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        let changed = MarketParameters {
            grace: 1,
            max_extension: 0,
            min_price: 1_000,
            max_auctions: 1,
            expiry_reward: 7,
            ..parameters()
        };
        assert_ok!(Market::set_parameters(RuntimeOrigin::root(), changed));
        assert_eq!(Market::proof_deadline(job), Some(13));
        run_to_block(14);
        assert_ok!(Market::expire(signed(STRANGER), job));
        assert_eq!(free(STRANGER), ENDOWMENT + REWARD);
        assert_eq!(Jobs::<Test>::get(job).unwrap().auctions_left, 1);
        accept(ALICE, job);
        // What is accepted later keeps to the new ones.
        assert_eq!(Market::proof_deadline(job), Some(14 + 10 + 1));
    });
}

#[test]
fn no_change_makes_a_job_outlast_the_stake_behind_it() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post_for(
            REQUESTER,
            &question(1, 1),
            Terms {
                proof_window: 40,
                ..terms()
            },
        );
        // In force together they are fine; with the window of the job they are too long.
        let changed = MarketParameters {
            max_proof_window: 20,
            grace: 25,
            max_extension: 14,
            ..parameters()
        };
        assert_ok!(Market::set_parameters(RuntimeOrigin::root(), changed));
        accept(ALICE, job);
        let stored = Jobs::<Test>::get(job).unwrap();
        let acceptance = stored.acceptance().unwrap();
        let longest = 1 + LongestJob::get() - 1;
        assert_eq!((acceptance.last, acceptance.latest), (longest, longest));
        run_to_block(1 + LongestJob::get());
        assert_ok!(Market::expire(signed(STRANGER), job));
    });
}
