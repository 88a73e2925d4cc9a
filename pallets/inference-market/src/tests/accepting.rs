// SPDX-License-Identifier: Apache-2.0
//! The auction.

use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use crate::{mock::*, *};
use assay_pallet_primitives::Staking;

#[test]
fn the_price_is_that_of_the_block_of_acceptance() {
    for (block, price) in [(1, 100), (2, 110), (6, 150), (11, 200), (21, 200)] {
        tell(|| {
            provide(ALICE, 100_000);
            let job = post(1);
            run_to_block(block);
            assert_eq!(Market::current_price(job), Some(price));
            accept(ALICE, job);
            let stored = Jobs::<Test>::get(job).unwrap();
            let acceptance = stored.acceptance().unwrap();
            assert_eq!(acceptance.price, price);
            assert_eq!(acceptance.provider, ALICE);
            // Ten blocks of window, two of grace.
            assert_eq!(acceptance.last, block + 12);
            assert!(!OpenJobs::<Test>::contains_key(0, job));
            assert_eq!(Verification::collateral_of(job).unwrap().total, 4 * price);
        });
    }
}

#[test]
fn nobody_accepts_after_the_auction() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        run_to_block(22);
        assert_noop!(
            Market::accept(signed(ALICE), job, 0),
            Error::<Test>::AuctionOver
        );
        assert_eq!(Market::current_price(job), None);
    });
}

#[test]
fn a_provider_names_the_least_price_it_works_for() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        assert_noop!(
            Market::accept(signed(ALICE), job, 101),
            Error::<Test>::PriceTooLow
        );
        run_to_block(2);
        assert_ok!(Market::accept(signed(ALICE), job, 101));
    });
}

#[test]
fn a_job_is_accepted_once() {
    tell(|| {
        provide(ALICE, 100_000);
        provide(BOB, 100_000);
        let job = post(1);
        accept(ALICE, job);
        assert_noop!(Market::accept(signed(BOB), job, 0), Error::<Test>::NotOpen);
        assert_noop!(
            Market::accept(signed(ALICE), job, 0),
            Error::<Test>::NotOpen
        );
        assert_noop!(Market::accept(signed(BOB), 9, 0), Error::<Test>::UnknownJob);
    });
}

#[test]
fn acceptance_without_stake_is_refused() {
    tell(|| {
        let job = post(1);
        assert_noop!(
            Market::accept(signed(STRANGER), job, 0),
            pallet_verification::Error::<Test>::NotProvider
        );
        assert!(!Market::can_accept(&STRANGER, job));
    });
}

#[test]
fn collateral_is_the_largest_of_floor_ratio_and_the_requesters_minimum() {
    tell(|| {
        provide(ALICE, 100_000);
        let collateral = |start_price, min_collateral| {
            let job = post_for(
                REQUESTER,
                &question(1, 1),
                Terms {
                    start_price,
                    min_collateral,
                    ..terms()
                },
            );
            accept(ALICE, job);
            Verification::collateral_of(job).unwrap().total
        };
        assert_eq!(collateral(10, 0), 400);
        assert_eq!(collateral(150, 0), 600);
        assert_eq!(collateral(150, 5_000), 5_000);
    });
}

#[test]
fn a_provider_with_stake_for_one_job_cannot_accept_two() {
    tell(|| {
        provide(ALICE, 10_000);
        let demanding = Terms {
            min_collateral: 6_000,
            ..terms()
        };
        let first = post_for(REQUESTER, &question(1, 1), demanding);
        let second = post_for(REQUESTER, &question(2, 1), demanding);
        assert!(Market::can_accept(&ALICE, second));
        accept(ALICE, first);
        assert!(!Market::can_accept(&ALICE, second));
        assert_noop!(
            Market::accept(signed(ALICE), second, 0),
            pallet_verification::Error::<Test>::InsufficientStake
        );
        // With the first one settled, it can.
        prove_honestly(ALICE, &[first]);
        accept(ALICE, second);
    });
}

#[test]
fn a_provider_above_its_share_of_work_is_refused() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        Worked::mutate(|worked| worked.insert(ALICE, (WORK_CAP, 0)));
        assert_noop!(
            Market::accept(signed(ALICE), job, 0),
            DispatchError::Other("share of work exceeded")
        );
    });
}

#[test]
fn a_barred_model_takes_no_acceptance() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        assert_ok!(Registry::bar(RuntimeOrigin::root(), 0));
        assert_noop!(
            Market::accept(signed(ALICE), job, 0),
            Error::<Test>::ModelBarred
        );
    });
}

#[test]
fn a_retired_model_still_serves_the_jobs_in_progress() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        assert_ok!(Registry::retire(signed(OWNER), 0));
        accept(ALICE, job);
        assert_noop!(
            Registry::remove(signed(OWNER), 0),
            pallet_model_registry::Error::<Test>::InUse
        );
        prove_honestly(ALICE, &[job]);
        assert_ok!(Registry::remove(signed(OWNER), 0));
    });
}

#[test]
fn a_jailed_provider_can_still_prove_what_it_has_accepted() {
    tell(|| {
        pallet_verification::Parameters::<Test>::mutate(|set| set.fault_threshold = 1);
        provide(ALICE, 100_000);
        let jobs = [post(1), post(2)];
        jobs.iter().for_each(|job| accept(ALICE, *job));
        let mut wrong = answer(ALICE, &jobs[..1]);
        wrong.outputs[0] += 1;
        assert_ok!(submit(ALICE, &jobs[..1], wrong));
        let jailed = || {
            pallet_verification::Providers::<Test>::get(ALICE)
                .unwrap()
                .jailed_until
        };
        assert!(jailed().is_some());
        let another = post(3);
        assert!(!Market::can_accept(&ALICE, another));
        assert_noop!(
            Market::accept(signed(ALICE), another, 0),
            pallet_verification::Error::<Test>::ProviderJailed
        );
        prove_honestly(ALICE, &jobs);
        assert!(jobs.iter().all(|job| Receipts::<Test>::contains_key(job)));
        // When it has served its time, it accepts again.
        run_to_block(jailed().unwrap());
        assert_ok!(Verification::unjail(signed(ALICE)));
        accept(ALICE, another);
    });
}

#[test]
fn nothing_is_done_for_a_model_that_is_gone() {
    // It never is while a job holds it.
    new_test_ext().execute_with(|| {
        provide(ALICE, 100_000);
        let (job, open) = (post(1), post(2));
        accept(ALICE, job);
        let answer = answer(ALICE, &[job]);
        pallet_model_registry::Models::<Test>::remove(0);
        let gone = || Error::<Test>::UnknownModel;
        assert_noop!(Market::accept(signed(ALICE), open, 0), gone());
        let outputs = answer.outputs.clone().try_into().unwrap();
        assert_noop!(
            Market::publish_early_result(signed(ALICE), job, outputs),
            gone()
        );
        let submitted = submit(ALICE, &[job], answer);
        assert_eq!(submitted.unwrap_err().error, gone().into());
    });
}
