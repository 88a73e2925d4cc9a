// SPDX-License-Identifier: Apache-2.0
//! Admission of proofs to the pool, as a node asks for it before it takes a transaction in.

use assay_pallet_primitives::testing::RelationModel;
use frame_support::{assert_ok, dispatch::DispatchInfo, weights::Weight};
use sp_runtime::{
    traits::{DispatchTransaction, TransactionExtension},
    transaction_validity::{
        InvalidTransaction, TransactionPriority, TransactionSource, TransactionValidityError,
        ValidTransaction,
    },
    DispatchError,
};

use crate::{
    extension::{priority, CheckProof, MAX_PRIORITY},
    mock::*,
    *,
};

type Extension = CheckProof<Test, ()>;

/// What a node learns of a transaction that `who` has signed.
fn admit(who: AccountId, call: Call<Test>) -> Result<ValidTransaction, TransactionValidityError> {
    let info = DispatchInfo::default();
    let source = TransactionSource::External;
    Extension::new()
        .validate_only(signed(who), &call.into(), &info, 0, source, 0)
        .map(|(validity, (), _)| validity)
}

fn submission(jobs: &[u64], outputs: usize, proof: usize, weight_limit: Weight) -> Call<Test> {
    Call::submit_proof {
        jobs: jobs.to_vec().try_into().unwrap(),
        outputs: vec![0; outputs].try_into().unwrap(),
        proof: vec![0; proof].try_into().unwrap(),
        weight_limit,
    }
}

/// A submission with nothing wrong that can be seen without looking at the proof: the mock's model has two outputs for an input.
fn proof_for(jobs: &[u64]) -> Call<Test> {
    submission(jobs, 2 * jobs.len(), 32, limit(jobs))
}

/// Refused with the error that the call would return.
fn refused(error: Error<Test>) -> Result<ValidTransaction, TransactionValidityError> {
    let DispatchError::Module(module) = error.into() else {
        unreachable!("errors of pallets are of modules");
    };
    Err(InvalidTransaction::Custom(module.error[0]).into())
}

fn accepted(jobs: i32) -> Vec<u64> {
    provide(ALICE, 100_000);
    let jobs: Vec<u64> = (0..jobs).map(post).collect();
    jobs.iter().for_each(|job| accept(ALICE, *job));
    jobs
}

fn priority_of(who: AccountId, jobs: &[u64]) -> TransactionPriority {
    admit(who, proof_for(jobs)).unwrap().priority
}

#[test]
fn a_proof_of_the_holder_is_admitted() {
    tell(|| {
        let jobs = accepted(2);
        let validity = admit(ALICE, proof_for(&jobs)).unwrap();
        // 10 blocks of window, 2 of grace, 4 by which congestion may move the end, and the block before the next one.
        assert_eq!(validity.longevity, 17);
        assert!(validity.propagate);
    });
}

#[test]
fn a_proof_copied_from_the_mempool_never_reaches_the_pool() {
    tell(|| {
        let jobs = accepted(1);
        provide(BOB, 100_000);
        for thief in [BOB, STRANGER] {
            assert_eq!(admit(thief, proof_for(&jobs)), refused(Error::NotHolder));
        }
    });
}

#[test]
fn a_proof_of_who_holds_only_some_of_its_jobs_is_refused() {
    tell(|| {
        let mut jobs = accepted(1);
        provide(BOB, 100_000);
        jobs.push(post(7));
        assert_eq!(admit(ALICE, proof_for(&jobs)), refused(Error::NotHolder));
        accept(BOB, jobs[1]);
        assert_eq!(admit(ALICE, proof_for(&jobs)), refused(Error::NotHolder));
        assert_eq!(admit(BOB, proof_for(&jobs)), refused(Error::NotHolder));
        assert!(admit(ALICE, proof_for(&jobs[..1])).is_ok());
        assert!(admit(BOB, proof_for(&jobs[1..])).is_ok());
    });
}

#[test]
fn a_proof_for_jobs_that_are_settled_or_never_were_is_refused() {
    tell(|| {
        let jobs = accepted(1);
        assert_eq!(admit(ALICE, proof_for(&[9])), refused(Error::UnknownJob));
        prove_honestly(ALICE, &jobs);
        assert_eq!(admit(ALICE, proof_for(&jobs)), refused(Error::UnknownJob));
        assert_eq!(admit(ALICE, proof_for(&[])), refused(Error::NoJobs));
    });
}

#[test]
fn what_the_call_would_refuse_without_looking_at_the_proof_is_refused() {
    tell(|| {
        let jobs = accepted(2);
        let enough = limit(&jobs);
        let backwards = [jobs[1], jobs[0]];
        let cases = [
            (
                submission(&backwards, 4, 32, enough),
                Error::JobsNotAscending,
            ),
            (submission(&jobs, 3, 32, enough), Error::WrongOutputs),
            (submission(&jobs, 4, 399, enough), Error::ProofCallTooLong),
            (
                submission(&jobs, 4, 32, enough - Weight::from_parts(1, 0)),
                Error::WeightLimitTooLow,
            ),
        ];
        for (call, error) in cases {
            assert_eq!(admit(ALICE, call), refused(error));
        }
    });
}

#[test]
fn a_proof_for_models_or_inputs_that_do_not_go_together_is_refused() {
    tell(|| {
        let jobs = accepted(1);
        let copy = publish(RelationModel::default());
        let other = NextJobId::<Test>::get();
        let inputs = packed(&question(1, 1));
        assert_ok!(Market::post(signed(REQUESTER), copy, inputs, terms()));
        accept(ALICE, other);
        let mixed = [jobs[0], other];
        assert_eq!(
            admit(ALICE, proof_for(&mixed)),
            refused(Error::DifferentModels)
        );
        // One proof covers eight inputs.
        let large = [5, 4].map(|n| post_for(REQUESTER, &question(1, n), terms()));
        large.iter().for_each(|job| accept(ALICE, *job));
        let call = submission(&large, 18, 32, limit(&large));
        assert_eq!(admit(ALICE, call), refused(Error::TooManyInputs));
    });
}

#[test]
fn a_proof_that_the_chain_cannot_or_may_not_verify_is_refused() {
    new_test_ext().execute_with(|| {
        let jobs = accepted(1);
        let proof = proof_for(&jobs);
        let stored = Jobs::<Test>::get(jobs[0]).unwrap();
        Jobs::<Test>::mutate(jobs[0], |job| job.as_mut().unwrap().verifier_version += 1);
        assert_eq!(admit(ALICE, proof.clone()), refused(Error::VerifierFailed));
        Jobs::<Test>::insert(jobs[0], stored);
        assert_ok!(Registry::bar(RuntimeOrigin::root(), 0));
        assert_eq!(admit(ALICE, proof.clone()), refused(Error::ModelBarred));
        pallet_model_registry::Models::<Test>::remove(0);
        assert_eq!(admit(ALICE, proof), refused(Error::UnknownModel));
    });
}

#[test]
fn a_proof_past_the_deadline_is_refused_unless_congestion_has_moved_it() {
    tell(|| {
        let jobs = accepted(1);
        let last = Market::proof_deadline(jobs[0]).unwrap();
        System::set_block_number(last);
        assert!(admit(ALICE, proof_for(&jobs)).is_ok());
        System::set_block_number(last + 1);
        assert_eq!(admit(ALICE, proof_for(&jobs)), refused(Error::TooLate));
        CongestedBlocks::<Test>::mutate(|blocks| *blocks += 1);
        assert!(admit(ALICE, proof_for(&jobs)).is_ok());
    });
}

#[test]
fn the_priority_of_a_proof_doubles_with_every_block_until_its_deadline() {
    tell(|| {
        let jobs = accepted(1);
        let last = Market::proof_deadline(jobs[0]).unwrap();
        let mut before = None;
        for block in System::block_number()..=last {
            System::set_block_number(block);
            let now = priority_of(ALICE, &jobs);
            assert!(before.is_none_or(|before| now == 2 * before));
            before = Some(now);
        }
        assert_eq!(before, Some(MAX_PRIORITY));
    });
}

#[test]
fn a_proof_for_many_jobs_has_the_priority_of_the_earliest_deadline() {
    tell(|| {
        provide(ALICE, 100_000);
        let early = post(0);
        accept(ALICE, early);
        let deadline = Market::proof_deadline(early).unwrap();
        System::set_block_number(5);
        let late = post(1);
        accept(ALICE, late);
        let left = (deadline - 5) as u32;
        assert_eq!(priority_of(ALICE, &[early, late]), priority(left));
        assert_eq!(priority_of(ALICE, &[late]), priority(left + 4));
    });
}

#[test]
fn two_proofs_for_a_job_do_not_wait_side_by_side() {
    tell(|| {
        let jobs = accepted(3);
        let tags = |jobs: &[u64]| admit(ALICE, proof_for(jobs)).unwrap().provides;
        let (both, second) = (tags(&jobs[..2]), tags(&jobs[1..]));
        assert_eq!(both.len(), 2);
        assert!(second.contains(&both[1]));
        assert!(!second.contains(&both[0]));
    });
}

#[test]
fn other_calls_and_unsigned_ones_pass_untouched_and_free() {
    tell(|| {
        let jobs = accepted(1);
        let accept = Call::<Test>::accept {
            job: jobs[0],
            min_price: 0,
        };
        assert_eq!(
            admit(STRANGER, accept.clone()),
            Ok(ValidTransaction::default())
        );
        assert_eq!(Extension::new().weight(&accept.into()), Weight::zero());
        let transfer = pallet_balances::Call::<Test>::transfer_all {
            dest: BOB,
            keep_alive: false,
        };
        assert_eq!(Extension::new().weight(&transfer.into()), Weight::zero());
        // Nobody has signed this one. Whether it may come at all is for others to say.
        let (info, source) = (DispatchInfo::default(), TransactionSource::External);
        let call = proof_for(&jobs).into();
        let implication = sp_runtime::traits::TxBaseImplication(&call);
        let validity = Extension::new().validate(
            RuntimeOrigin::none(),
            &call,
            &info,
            0,
            (),
            &implication,
            source,
        );
        assert_eq!(validity.unwrap().0, ValidTransaction::default());
    });
}

#[test]
fn looking_up_the_jobs_is_charged() {
    tell(|| {
        let jobs = accepted(3);
        let weight = |jobs: &[u64]| Extension::new().weight(&proof_for(jobs).into());
        assert_eq!(weight(&jobs), <() as WeightInfo>::check_proof(3));
        assert!(weight(&jobs).all_gt(weight(&jobs[..1])));
    });
}

#[test]
fn the_extension_adds_nothing_to_a_transaction() {
    use codec::Encode;
    let extension = Extension::new();
    assert!(extension.encode().is_empty());
    assert!(TransactionExtension::<RuntimeCall>::implicit(&extension)
        .unwrap()
        .encode()
        .is_empty());
}
