// SPDX-License-Identifier: Apache-2.0
//! Submitting proofs: what is an error, what is an outcome.

use assay_pallet_primitives::{
    testing::{RelationModel, VERSION},
    Fault, ProofRejected, Staking,
};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo, weights::Weight};

use crate::{mock::*, *};

/// `ALICE` has accepted jobs of one input each.
fn accepted(jobs: i32) -> Vec<u64> {
    provide(ALICE, 100_000);
    let jobs: Vec<u64> = (0..jobs).map(post).collect();
    jobs.iter().for_each(|job| accept(ALICE, *job));
    jobs
}

fn bonded(who: AccountId) -> u128 {
    pallet_verification::Providers::<Test>::get(who)
        .unwrap()
        .own
        .bond
}

#[test]
fn a_valid_proof_pays_provider_owner_and_treasury() {
    tell(|| {
        let jobs = accepted(1);
        let before = (free(ALICE), free(OWNER), free(TREASURY), free(REQUESTER));
        prove_honestly(ALICE, &jobs);
        // Price 100: 2 to the treasury, 10% of 98 to the owner, the rest to the provider.
        assert_eq!(free(TREASURY), before.2 + 2);
        assert_eq!(free(OWNER), before.1 + 9);
        assert_eq!(free(ALICE), before.0 + 89);
        // What the auction didn't take, the deposit for the job and the rewards return; the receipt's deposit stays.
        assert_eq!(free(REQUESTER), before.3 + 100 + 104 + 3 * REWARD);
        assert_eq!(all_held(REQUESTER), 108);
        assert_eq!(Verification::collateral_of(jobs[0]), None);
        assert_eq!(
            Told::get(),
            vec![(0, vec![RelationModel::default().run(&question(0, 1)[0])])]
        );
        assert_eq!(Worked::get()[&ALICE], (1_000, 1_000));
        System::assert_last_event(
            Event::Settled {
                job: 0,
                provider: ALICE,
                price: 100,
                bounty: 0,
            }
            .into(),
        );
    });
}

#[test]
fn one_proof_settles_many_jobs_of_many_inputs() {
    tell(|| {
        provide(ALICE, 100_000);
        let first = post_for(REQUESTER, &question(1, 2), terms());
        let second = post_for(OTHER, &question(2, 1), terms());
        let third = post_for(REQUESTER, &question(3, 3), terms());
        let jobs = [first, second, third];
        jobs.iter().for_each(|job| accept(ALICE, *job));
        prove_honestly(ALICE, &jobs);
        let model = RelationModel::default();
        for (job, inputs) in jobs
            .iter()
            .zip([question(1, 2), question(2, 1), question(3, 3)])
        {
            let outputs: Vec<Vec<i32>> = inputs.iter().map(|input| model.run(input)).collect();
            assert_eq!(
                Receipts::<Test>::get(job).unwrap().outputs.into_inner(),
                outputs.concat()
            );
        }
        assert_eq!(Told::get().len(), 3);
        assert_eq!(Jobs::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_failing_proof_is_an_outcome_not_an_error() {
    tell(|| {
        let jobs = accepted(1);
        let mut bad = answer(ALICE, &jobs);
        bad.outputs[0] += 1;
        let info = submit(ALICE, &jobs, bad).unwrap();
        // The weight of the verification is charged.
        assert!(info.actual_weight.unwrap().all_gte(limit(&jobs)));
        // A tenth of the collateral of 400 is gone; the job stays.
        assert_eq!(bonded(ALICE), 100_000 - 40);
        let job = Jobs::<Test>::get(jobs[0]).unwrap();
        assert_eq!(job.acceptance().unwrap().provider, ALICE);
        System::assert_has_event(
            Event::ProofChecked {
                provider: ALICE,
                first: jobs[0],
                jobs: 1,
                outcome: ProofOutcome::Rejected(ProofRejected::Invalid),
            }
            .into(),
        );
        // In time, the right one still counts.
        prove_honestly(ALICE, &jobs);
        assert_eq!(bonded(ALICE), 100_000 - 40);
        assert!(Receipts::<Test>::contains_key(jobs[0]));
    });
}

#[test]
fn a_malformed_proof_is_an_outcome_too() {
    tell(|| {
        let jobs = accepted(1);
        let mut bad = answer(ALICE, &jobs);
        bad.proof.pop();
        assert_ok!(submit(ALICE, &jobs, bad));
        assert_eq!(bonded(ALICE), 100_000 - 40);
        System::assert_has_event(
            Event::ProofChecked {
                provider: ALICE,
                first: jobs[0],
                jobs: 1,
                outcome: ProofOutcome::Rejected(ProofRejected::Malformed),
            }
            .into(),
        );
    });
}

#[test]
fn a_failing_proof_of_a_batch_costs_every_job_of_it() {
    tell(|| {
        let jobs = accepted(3);
        let mut bad = answer(ALICE, &jobs);
        *bad.outputs.last_mut().unwrap() += 1;
        assert_ok!(submit(ALICE, &jobs, bad));
        assert_eq!(bonded(ALICE), 100_000 - 3 * 40);
        assert_eq!(Jobs::<Test>::iter().count(), 3);
    });
}

#[test]
fn failing_again_and_again_ends_the_job_before_the_compensation_is_burnt() {
    tell(|| {
        let jobs = accepted(1);
        let bad = || {
            let mut bad = answer(ALICE, &jobs);
            bad.proof[0] ^= 1;
            bad
        };
        for failure in 1..=7 {
            assert_ok!(submit(ALICE, &jobs, bad()));
            assert_eq!(bonded(ALICE), 100_000 - 40 * failure);
        }
        let requester = free(REQUESTER);
        assert_ok!(submit(ALICE, &jobs, bad()));
        // Of the 120 that were left, 100 compensate as if the deadline had been missed, and a tenth is the bounty.
        assert_eq!(bonded(ALICE), 100_000 - 400);
        assert_eq!(free(REQUESTER), requester + 100);
        let job = Jobs::<Test>::get(jobs[0]).unwrap();
        assert!(job.acceptance().is_none());
        assert_eq!(job.bounty, 12);
        let failed = System::events().into_iter().find_map(|e| match e.event {
            RuntimeEvent::Market(Event::Failed { fault, .. }) => Some(fault),
            _ => None,
        });
        assert_eq!(failed, Some(Fault::InvalidProof));
        let error = Error::<Test>::NotHolder;
        assert_noop_with_weight(submit(ALICE, &jobs, bad()), 1, error);
    });
}

#[test]
fn a_proof_copied_from_the_mempool_by_another_account_is_worth_nothing() {
    tell(|| {
        let jobs = accepted(1);
        let honest = || answer(ALICE, &jobs);
        // A stranger doesn't hold the job.
        assert_noop_with_weight(
            submit(BOB, &jobs, honest()),
            jobs.len(),
            Error::<Test>::NotHolder,
        );
        // A provider that holds the same question under another number is bound by its own name and number.
        provide(BOB, 100_000);
        let own = post_for(OTHER, &question(0, 1), terms());
        accept(BOB, own);
        assert_ok!(submit(BOB, &[own], honest()));
        assert_eq!(bonded(BOB), 100_000 - 40);
        assert!(!Receipts::<Test>::contains_key(own));
        prove_honestly(ALICE, &jobs);
    });
}

/// For calls of so many jobs, whose errors say what they weigh.
fn assert_noop_with_weight(
    result: frame_support::dispatch::DispatchResultWithPostInfo,
    jobs: usize,
    expected: Error<Test>,
) {
    let error = result.unwrap_err();
    assert_eq!(error.error, expected.into());
    // Refused before anything was verified: what it weighs is the looking up alone.
    let looked_up = Market::submission_weight(jobs as u32);
    assert_eq!(error.post_info.actual_weight, Some(looked_up));
}

#[test]
fn if_any_job_in_a_batch_is_not_held_by_the_submitter_nothing_is_verified() {
    tell(|| {
        let mut jobs = accepted(2);
        provide(BOB, 100_000);
        let of_bob = post(7);
        accept(BOB, of_bob);
        let open = post(8);
        let root = sp_io::storage::root(sp_runtime::StateVersion::V1);
        for other in [of_bob, open] {
            jobs.push(other);
            let honest = answer(ALICE, &jobs);
            assert_noop_with_weight(
                submit(ALICE, &jobs, honest),
                jobs.len(),
                Error::<Test>::NotHolder,
            );
            jobs.pop();
        }
        let mut honest = answer(ALICE, &jobs);
        honest.outputs.extend([0, 0]);
        jobs.push(99);
        assert_noop_with_weight(
            submit(ALICE, &jobs, honest),
            jobs.len(),
            Error::<Test>::UnknownJob,
        );
        assert_eq!(root, sp_io::storage::root(sp_runtime::StateVersion::V1));
        jobs.pop();
        prove_honestly(ALICE, &jobs);
    });
}

#[test]
fn jobs_of_a_proof_come_in_ascending_order_each_once() {
    tell(|| {
        let jobs = accepted(2);
        for order in [[1, 0], [0, 0]] {
            let order = order.map(|i: usize| jobs[i]);
            let honest = answer(ALICE, &order);
            assert_noop_with_weight(
                submit(ALICE, &order, honest),
                order.len(),
                Error::<Test>::JobsNotAscending,
            );
        }
        let nothing = Answer {
            outputs: vec![],
            proof: vec![],
        };
        let result = submit(ALICE, &[], nothing);
        assert_eq!(result.unwrap_err().error, Error::<Test>::NoJobs.into());
    });
}

#[test]
fn jobs_of_two_models_need_two_proofs() {
    tell(|| {
        let mut jobs = accepted(1);
        let other = publish(RelationModel::default());
        assert_ok!(Market::post(
            signed(REQUESTER),
            other,
            packed(&question(1, 1)),
            terms()
        ));
        jobs.push(1);
        accept(ALICE, 1);
        let honest = answer(ALICE, &jobs);
        assert_noop_with_weight(
            submit(ALICE, &jobs, honest),
            jobs.len(),
            Error::<Test>::DifferentModels,
        );
    });
}

#[test]
fn one_proof_covers_no_more_inputs_than_the_key_says() {
    tell(|| {
        provide(ALICE, 100_000);
        let jobs = [
            post_for(REQUESTER, &question(1, 5), terms()),
            post_for(REQUESTER, &question(2, 4), terms()),
        ];
        jobs.iter().for_each(|job| accept(ALICE, *job));
        let honest = answer(ALICE, &jobs);
        assert_noop_with_weight(
            submit(ALICE, &jobs, honest),
            jobs.len(),
            Error::<Test>::TooManyInputs,
        );
    });
}

#[test]
fn a_wrong_number_of_outputs_is_an_error() {
    tell(|| {
        let jobs = accepted(1);
        let mut short = answer(ALICE, &jobs);
        short.outputs.pop();
        assert_noop_with_weight(
            submit(ALICE, &jobs, short),
            jobs.len(),
            Error::<Test>::WrongOutputs,
        );
    });
}

#[test]
fn proof_calls_have_a_limited_length() {
    tell(|| {
        let jobs = accepted(1);
        let mut long = answer(ALICE, &jobs);
        long.proof.resize(400, 0);
        assert_noop_with_weight(
            submit(ALICE, &jobs, long),
            jobs.len(),
            Error::<Test>::ProofCallTooLong,
        );
        // The bound that the pallet computes is a bound.
        let honest = answer(ALICE, &jobs);
        let (outputs, proof) = (honest.outputs.len() as u32, honest.proof.len() as u32);
        let call = RuntimeCall::Market(Call::submit_proof {
            jobs: jobs.clone().try_into().unwrap(),
            outputs: honest.outputs.try_into().unwrap(),
            proof: honest.proof.try_into().unwrap(),
            weight_limit: Weight::MAX,
        });
        use codec::Encode;
        assert!(call.encoded_size() as u32 <= Market::call_bytes(1, outputs, proof));
    });
}

#[test]
fn the_weight_limit_must_cover_the_stored_cost_and_the_rest_is_refunded() {
    tell(|| {
        let jobs = accepted(1);
        let call = |weight_limit| {
            let honest = answer(ALICE, &jobs);
            Call::<Test>::submit_proof {
                jobs: jobs.clone().try_into().unwrap(),
                outputs: honest.outputs.try_into().unwrap(),
                proof: honest.proof.try_into().unwrap(),
                weight_limit,
            }
        };
        use frame_support::traits::UnfilteredDispatchable;
        let cost = limit(&jobs);
        let (time, size) = (cost.ref_time(), cost.proof_size());
        for low in [
            Weight::from_parts(time - 1, size),
            Weight::from_parts(time, size - 1),
        ] {
            let result = call(low).dispatch_bypass_filter(signed(ALICE));
            assert_noop_with_weight(result, 1, Error::<Test>::WeightLimitTooLow);
        }
        let generous = call(cost.saturating_mul(10));
        let charged = generous.get_dispatch_info().call_weight;
        assert!(charged.all_gte(cost.saturating_mul(10)));
        let paid = generous.dispatch_bypass_filter(signed(ALICE)).unwrap();
        let exact = Market::submission_weight(1).saturating_add(cost);
        assert_eq!(paid.actual_weight, Some(exact));
    });
}

#[test]
fn a_proof_counts_up_to_the_last_block_of_grace() {
    for (block, counts) in [(11, true), (13, true), (14, false)] {
        tell(|| {
            let jobs = accepted(1);
            run_to_block(block);
            let honest = answer(ALICE, &jobs);
            let result = submit(ALICE, &jobs, honest);
            assert_eq!(result.is_ok(), counts, "block {block}");
            if !counts {
                assert_eq!(result.unwrap_err().error, Error::<Test>::TooLate.into());
            }
        });
    }
}

#[test]
fn blocks_full_of_proofs_do_not_count_against_the_provider() {
    tell(|| {
        let jobs = accepted(1);
        assert_eq!(Market::proof_deadline(jobs[0]), Some(13));
        for block in 2..=8 {
            run_to_block(block);
            ProofWeight::<Test>::put(Weight::from_parts(60_000_000_000, 0));
        }
        run_to_block(14);
        // Seven blocks were full, but at most four count.
        assert_eq!(CongestedBlocks::<Test>::get(), 7);
        assert_eq!(Market::proof_deadline(jobs[0]), Some(17));
        assert_noop!(
            Market::expire(signed(STRANGER), jobs[0]),
            Error::<Test>::NotOver
        );
        run_to_block(17);
        prove_honestly(ALICE, &jobs);
    });
}

#[test]
fn what_proofs_weigh_makes_a_block_congested() {
    tell(|| {
        // Nine verifications of six units and more: above fifty.
        let jobs = accepted(9);
        for job in &jobs {
            prove_honestly(ALICE, &[*job]);
        }
        assert!(ProofWeight::<Test>::get().ref_time() > 50_000_000_000);
        skip(1);
        assert_eq!(CongestedBlocks::<Test>::get(), 1);
        assert!(!ProofWeight::<Test>::exists());
        skip(1);
        assert_eq!(CongestedBlocks::<Test>::get(), 1);
    });
}

#[test]
fn a_barred_model_settles_nothing() {
    tell(|| {
        let jobs = accepted(1);
        assert_ok!(Registry::bar(RuntimeOrigin::root(), 0));
        let honest = answer(ALICE, &jobs);
        assert_noop_with_weight(
            submit(ALICE, &jobs, honest),
            jobs.len(),
            Error::<Test>::ModelBarred,
        );
    });
}

#[test]
fn nobody_is_punished_for_a_key_that_the_chain_lost() {
    new_test_ext().execute_with(|| {
        let jobs = accepted(1);
        let honest = answer(ALICE, &jobs);
        pallet_model_registry::Keys::<Test>::remove(0);
        let error = submit(ALICE, &jobs, honest).unwrap_err();
        assert_eq!(error.error, Error::<Test>::VerifierFailed.into());
        let broken = vec![1, 2, 3].try_into().unwrap();
        pallet_model_registry::Keys::<Test>::insert(0, frame_support::BoundedVec::clone(&broken));
        let model = RelationModel::default();
        let inputs = question(0, 1);
        let honest = answer_with(ALICE, &jobs, &inputs, &[model.run(&inputs[0])]);
        let error = submit(ALICE, &jobs, honest).unwrap_err();
        assert_eq!(error.error, Error::<Test>::VerifierFailed.into());
        assert_eq!(bonded(ALICE), 100_000);
    });
}

#[test]
fn nobody_is_punished_for_a_verifier_that_the_chain_lost() {
    tell(|| {
        let jobs = accepted(1);
        let open = post(7);
        let honest = answer(ALICE, &jobs);
        // After a runtime upgrade that should not have been: its own check says so.
        let gone = VERSION + 1;
        for job in [jobs[0], open] {
            Jobs::<Test>::mutate(job, |job| job.as_mut().unwrap().verifier_version = gone);
        }
        JobsByVersion::<Test>::remove(VERSION);
        JobsByVersion::<Test>::insert(gone, 2);
        assert!(Market::do_try_state().is_err());

        let failed = Error::<Test>::VerifierFailed;
        assert_noop_with_weight(submit(ALICE, &jobs, honest), 1, failed);
        let failed = Error::<Test>::VerifierFailed;
        assert_noop!(Market::accept(signed(ALICE), open, 0), failed);
        assert_eq!(Market::current_price(open), None);
        // Past the deadline it is still nobody's fault.
        run_to_block(20);
        for job in [jobs[0], open] {
            assert_ok!(Market::expire(signed(STRANGER), job));
            let reason = EndReason::Unsupported;
            System::assert_last_event(Event::Ended { job, reason }.into());
            assert_eq!(Verification::collateral_of(job), None);
        }
        assert_eq!(bonded(ALICE), 100_000);
        assert_eq!(free(REQUESTER), ENDOWMENT - 2 * (FEE + REWARD));
    });
}

#[test]
fn nothing_is_posted_for_a_model_that_the_chain_cannot_verify() {
    tell(|| {
        let set = |version| {
            pallet_model_registry::Models::<Test>::mutate(0, |model| {
                model.as_mut().unwrap().key.verifier_version = version;
            });
        };
        set(VERSION + 1);
        assert_noop!(
            Market::post(signed(REQUESTER), 0, packed(&question(1, 1)), terms()),
            Error::<Test>::VerifierFailed
        );
        assert_eq!(Market::quote(0, 1), None);
        set(VERSION);
        post(1);
    });
}

#[test]
fn a_batch_with_one_job_past_its_end_changes_nothing() {
    tell(|| {
        let mut jobs = accepted(1);
        run_to_block(5);
        let later = post(7);
        accept(ALICE, later);
        jobs.push(later);
        run_to_block(14);
        let honest = answer(ALICE, &jobs);
        let root = || sp_io::storage::root(sp_runtime::StateVersion::V1);
        let before = root();
        assert_noop_with_weight(submit(ALICE, &jobs, honest), 2, Error::<Test>::TooLate);
        assert_eq!(root(), before);
        // The other one by itself is in time.
        prove_honestly(ALICE, &[later]);
    });
}

#[test]
fn an_account_of_32_bytes_stands_for_itself_in_a_statement() {
    use codec::Encode;
    use sp_runtime::traits::{BlakeTwo256, Hash};
    // Accounts of tests have eight bytes.
    assert_eq!(
        Market::proof_identity(&ALICE),
        BlakeTwo256::hash(&ALICE.encode()).0
    );
}
