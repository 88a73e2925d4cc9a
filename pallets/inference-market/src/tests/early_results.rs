// SPDX-License-Identifier: Apache-2.0
//! Outputs that are published before they are proven.

use assay_pallet_primitives::{Fault, Staking};
use frame_support::{assert_noop, assert_ok, BoundedVec};

use crate::{mock::*, *};

fn publish_outputs(who: AccountId, job: u64, outputs: Vec<i32>) -> sp_runtime::DispatchResult {
    Market::publish_early_result(signed(who), job, BoundedVec::try_from(outputs).unwrap())
}

#[test]
fn an_early_result_that_is_proven_costs_nothing() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        let right = answer(ALICE, &[job]).outputs;
        assert_ok!(publish_outputs(ALICE, job, right.clone()));
        assert_eq!(EarlyResults::<Test>::get(job).unwrap().into_inner(), right);
        // Its collateral stays behind the job until it is settled.
        assert_eq!(Verification::collateral_of(job).unwrap().total, 400);
        prove_honestly(ALICE, &[job]);
        assert!(!EarlyResults::<Test>::contains_key(job));
        assert_eq!(Verification::collateral_of(job), None);
        assert_eq!(Receipts::<Test>::get(job).unwrap().provider, ALICE);
    });
}

#[test]
fn only_the_holder_publishes_once_and_in_time() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        let no = Error::<Test>::NotHolder;
        assert_noop!(publish_outputs(ALICE, job, vec![0, 0]), no);
        accept(ALICE, job);
        assert_noop!(
            publish_outputs(BOB, job, vec![0, 0]),
            Error::<Test>::NotHolder
        );
        assert_noop!(
            publish_outputs(ALICE, job, vec![0]),
            Error::<Test>::WrongOutputs
        );
        assert_noop!(
            publish_outputs(ALICE, 9, vec![0, 0]),
            Error::<Test>::UnknownJob
        );
        assert_ok!(publish_outputs(ALICE, job, vec![0, 0]));
        let again = publish_outputs(ALICE, job, vec![1, 1]);
        assert_noop!(again, Error::<Test>::AlreadyPublished);

        let late = post(2);
        accept(ALICE, late);
        skip(13);
        assert_noop!(
            publish_outputs(ALICE, late, vec![0, 0]),
            Error::<Test>::TooLate
        );
    });
}

#[test]
fn nothing_is_published_for_a_barred_model() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        assert_ok!(Registry::bar(RuntimeOrigin::root(), 0));
        assert_noop!(
            publish_outputs(ALICE, job, vec![0, 0]),
            Error::<Test>::ModelBarred
        );
    });
}

#[test]
fn a_proven_output_that_contradicts_the_early_result_is_slashed_and_auctioned_again() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        assert_ok!(publish_outputs(ALICE, job, vec![1, 2]));
        let requester = wealth(REQUESTER);
        let proof = answer(ALICE, &[job]);
        assert_ok!(submit(ALICE, &[job], proof));
        assert_eq!(bonded(ALICE), 100_000 - 400);
        // A quarter of the collateral, which is the price.
        assert_eq!(wealth(REQUESTER), requester + 100);
        let stored = Jobs::<Test>::get(job).unwrap();
        assert_eq!(stored.state, JobState::Open { since: 1 });
        assert_eq!(stored.bounty, 40);
        assert_eq!(stored.auctions_left, 1);
        assert!(!EarlyResults::<Test>::contains_key(job));
        assert!(!Receipts::<Test>::contains_key(job));
        let fault = market_events().into_iter().find_map(|event| match event {
            Event::Failed { fault, .. } => Some(fault),
            _ => None,
        });
        assert_eq!(fault, Some(Fault::Contradicted));
    });
}

#[test]
fn silence_after_an_early_result_is_punished_like_a_lie() {
    let slash_after = |publish: bool, prove: bool| {
        let mut lost = 0;
        let mut fault = None;
        tell(|| {
            provide(ALICE, 100_000);
            let job = post(1);
            accept(ALICE, job);
            if publish {
                assert_ok!(publish_outputs(ALICE, job, vec![1, 2]));
            }
            if prove {
                let proof = answer(ALICE, &[job]);
                assert_ok!(submit(ALICE, &[job], proof));
            } else {
                skip(13);
                assert_ok!(Market::expire(signed(STRANGER), job));
            }
            lost = 100_000 - bonded(ALICE);
            fault = market_events().into_iter().find_map(|event| match event {
                Event::Failed { fault, .. } => Some(fault),
                _ => None,
            });
        });
        (lost, fault)
    };
    let lie = slash_after(true, true);
    let silence = slash_after(true, false);
    assert_eq!(lie, silence);
    assert_eq!(lie, (400, Some(Fault::Contradicted)));
    assert_eq!(slash_after(false, false), (400, Some(Fault::Missed)));
}

fn bonded(who: AccountId) -> u128 {
    pallet_verification::Providers::<Test>::get(who)
        .unwrap()
        .own
        .bond
}

#[test]
fn one_contradicted_job_of_a_batch_fails_and_the_others_are_paid() {
    tell(|| {
        provide(ALICE, 100_000);
        let jobs: Vec<u64> = (1..4).map(post).collect();
        jobs.iter().for_each(|job| accept(ALICE, *job));
        assert_ok!(publish_outputs(ALICE, jobs[1], vec![1, 2]));
        let alice = free(ALICE);
        prove_honestly(ALICE, &jobs);
        // Twice the price of 100, less fee and royalty.
        assert_eq!(free(ALICE), alice + 2 * 89);
        assert_eq!(bonded(ALICE), 100_000 - 400);
        for (job, settled) in jobs.iter().zip([true, false, true]) {
            assert_eq!(Receipts::<Test>::contains_key(job), settled);
            assert_eq!(Jobs::<Test>::contains_key(job), !settled);
            assert!(!EarlyResults::<Test>::contains_key(job));
        }
        let failed = Jobs::<Test>::get(jobs[1]).unwrap();
        assert_eq!(failed.state, JobState::Open { since: 1 });
        assert_eq!(Verification::collateral_of(jobs[1]), None);
    });
}

#[test]
fn a_false_early_result_of_a_barred_model_is_released_without_a_slash() {
    // Nobody can prove that it is false any more.
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        assert_ok!(publish_outputs(ALICE, job, vec![1, 2]));
        assert_ok!(Registry::bar(RuntimeOrigin::root(), 0));
        skip(20);
        assert_ok!(Market::expire(signed(STRANGER), job));
        assert_eq!(bonded(ALICE), 100_000);
        assert_eq!(Verification::collateral_of(job), None);
        assert_eq!(EarlyResults::<Test>::iter().count(), 0);
        let reason = EndReason::ModelBarred;
        System::assert_last_event(Event::Ended { job, reason }.into());
    });
}
