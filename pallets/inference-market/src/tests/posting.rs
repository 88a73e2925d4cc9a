// SPDX-License-Identifier: Apache-2.0
//! Posting and cancelling jobs.

use assay_pallet_primitives::{testing::RelationModel, Models};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchClass, BoundedVec};
use sp_runtime::{
    traits::{BlakeTwo256, Hash},
    Perbill, TokenError,
};

use crate::{mock::*, *};

fn try_post(terms: TermsOf<Test>) -> sp_runtime::DispatchResult {
    Market::post(signed(REQUESTER), 0, packed(&question(1, 1)), terms)
}

#[test]
fn a_posted_job_holds_the_payment_and_deposits_by_bytes() {
    tell(|| {
        let job = post_for(REQUESTER, &question(1, 3), terms());
        assert_eq!(held(HoldReason::Payment, REQUESTER), 200);
        // Three inputs of four codes of one byte; three outputs of two codes of four bytes.
        assert_eq!(held(HoldReason::JobDeposit, REQUESTER), 100 + 12);
        assert_eq!(held(HoldReason::ReceiptDeposit, REQUESTER), 100 + 24);
        assert_eq!(held(HoldReason::ExpiryRewards, REQUESTER), 3 * REWARD);
        let stored = Jobs::<Test>::get(job).unwrap();
        assert_eq!((stored.inputs, stored.outputs), (3, 6));
        assert_eq!(stored.work, 3_000);
        assert_eq!(stored.state, JobState::Open { since: 1 });
        assert!(OpenJobs::<Test>::contains_key(0, job));
        assert_eq!(Registry::held(0), 1);
        System::assert_has_event(
            Event::Posted {
                job,
                model: 0,
                requester: REQUESTER,
                input_hash: stored.input_hash,
            }
            .into(),
        );
    });
}

#[test]
fn a_cancelled_job_costs_the_posting_fee_and_nothing_else() {
    tell(|| {
        let job = post(1);
        let treasury = free(TREASURY);
        assert_noop!(
            Market::cancel(signed(OTHER), job),
            Error::<Test>::NotRequester
        );
        assert_ok!(Market::cancel(signed(REQUESTER), job));
        assert_eq!(free(REQUESTER), ENDOWMENT - FEE);
        assert_eq!(all_held(REQUESTER), 0);
        assert_eq!(free(TREASURY), treasury);
        assert_eq!(Inputs::<Test>::iter().count(), 0);
        assert_eq!(Registry::held(0), 0);
        assert_eq!(JobsByVersion::<Test>::iter().count(), 0);
        assert_noop!(
            Market::cancel(signed(REQUESTER), job),
            Error::<Test>::UnknownJob
        );
        System::assert_last_event(
            Event::Ended {
                job,
                reason: EndReason::Cancelled,
            }
            .into(),
        );
    });
}

#[test]
fn an_accepted_job_cannot_be_cancelled() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        assert_noop!(
            Market::cancel(signed(REQUESTER), job),
            Error::<Test>::NotOpen
        );
    });
}

#[test]
fn who_cannot_pay_posts_nothing() {
    tell(|| {
        let price = ENDOWMENT;
        let rich = Terms {
            max_price: price,
            ..terms()
        };
        assert_noop!(try_post(rich), TokenError::FundsUnavailable);
        assert_noop!(
            Market::post(signed(STRANGER + 1), 0, packed(&question(1, 1)), terms()),
            TokenError::FundsUnavailable
        );
    });
}

#[test]
fn the_same_question_twice_is_stored_once_and_paid_twice() {
    tell(|| {
        let inputs = question(1, 2);
        post_for(REQUESTER, &inputs, terms());
        let second = post_for(OTHER, &inputs, terms());
        post_for(OTHER, &inputs, terms());
        assert_eq!(Inputs::<Test>::iter().count(), 1);
        assert_eq!(InputJobs::<Test>::iter_values().collect::<Vec<_>>(), [3]);
        assert_eq!(held(HoldReason::Payment, OTHER), 400);
        assert_eq!(held(HoldReason::Payment, REQUESTER), 200);
        assert_ok!(Market::cancel(signed(OTHER), second));
        assert_eq!(InputJobs::<Test>::iter_values().collect::<Vec<_>>(), [2]);
    });
}

#[test]
fn twins_keep_their_inputs_until_the_last_of_them_ends() {
    tell(|| {
        provide(ALICE, 100_000);
        let counts = || InputJobs::<Test>::iter_values().collect::<Vec<_>>();
        let twins = || [REQUESTER, OTHER].map(|who| post_for(who, &question(1, 2), terms()));
        let jobs = twins();
        jobs.iter().for_each(|job| accept(ALICE, *job));
        prove_honestly(ALICE, &jobs[..1]);
        assert_eq!(counts(), [1]);
        prove_honestly(ALICE, &jobs[1..]);
        assert_eq!((counts().len(), Inputs::<Test>::iter().count()), (0, 0));
        // Both in one proof.
        let jobs = twins();
        jobs.iter().for_each(|job| accept(ALICE, *job));
        assert_eq!(counts(), [2]);
        prove_honestly(ALICE, &jobs);
        assert_eq!((counts().len(), Inputs::<Test>::iter().count()), (0, 0));
    });
}

#[test]
fn shape_and_range_of_input_codes_are_checked_at_posting() {
    tell(|| {
        // Codes from -4 to 4, four of them.
        let model = publish(RelationModel {
            input_min: -4,
            input_max: 4,
            ..RelationModel::default()
        });
        let post = |bytes: Vec<u8>| {
            let bytes = BoundedVec::try_from(bytes).unwrap();
            Market::post(signed(REQUESTER), model, bytes, terms())
        };
        assert_noop!(post(vec![]), Error::<Test>::WrongInputShape);
        assert_noop!(post(vec![0; 3]), Error::<Test>::WrongInputShape);
        assert_noop!(post(vec![0; 5]), Error::<Test>::WrongInputShape);
        assert_noop!(post(vec![0, 0, 9, 0]), Error::<Test>::InputOutOfRange);
        assert_noop!(post(vec![0; 4 * 9]), Error::<Test>::TooManyInputs);
        assert_ok!(post(vec![0, 8, 4, 0]));
    });
}

#[test]
fn nobody_can_be_paid_for_an_unprovable_job() {
    tell(|| {
        // More outputs than a receipt takes, or than fit a call beside the proof.
        let talkative = |output_elements| {
            publish(RelationModel {
                output_elements,
                ..RelationModel::default()
            })
        };
        let post = |model| Market::post(signed(REQUESTER), model, packed(&question(1, 1)), terms());
        let too_talkative = talkative(65);
        assert_noop!(post(too_talkative), Error::<Test>::AnswerTooLong);
        assert_ok!(post(talkative(64)));
        // A batch that takes longer to verify than a block has.
        let heavy = publish(RelationModel {
            input_elements: 1,
            output_elements: 1,
            max_batch: 64,
            ..RelationModel::default()
        });
        let post = |inputs| {
            let bytes = BoundedVec::try_from(vec![0; inputs]).unwrap();
            Market::post(signed(REQUESTER), heavy, bytes, terms())
        };
        // Five units and one for each input, of the 50 or so that an extrinsic may take.
        assert_noop!(post(64), Error::<Test>::AnswerTooHeavy);
        assert_eq!(Market::quote(heavy, 64), None);
        assert!(Market::quote(heavy, 30).is_some());
        assert_ok!(post(30));
    });
}

#[test]
fn the_heaviest_job_leaves_room_for_what_surrounds_its_proof() {
    tell(|| {
        let model = publish(RelationModel {
            input_elements: 1,
            output_elements: 1,
            max_batch: 64,
            ..RelationModel::default()
        });
        let post = |inputs: u32| {
            let bytes = BoundedVec::try_from(vec![0; inputs as usize]).unwrap();
            Market::post(signed(REQUESTER), model, bytes, terms())
        };
        let most = Weights::get().get(DispatchClass::Normal).max_extrinsic;
        let whole = |inputs| {
            Market::verification_weight(&key_facts(model), inputs)
                + Market::submission_weight(1)
                + Around::get()
        };
        let heaviest = (1..=64).rfind(|inputs| whole(*inputs).all_lte(most.unwrap()));
        let heaviest = heaviest.unwrap();
        assert!(Market::quote(model, heaviest).is_some());
        assert_ok!(post(heaviest));
        assert_eq!(Market::quote(model, heaviest + 1), None);
        assert_noop!(post(heaviest + 1), Error::<Test>::AnswerTooHeavy);
        // Clients add up the same for many jobs.
        let jobs = Market::submission_weight(5) - Market::submission_weight(0);
        let looked_up = <() as WeightInfo>::check_proof(5) - <() as WeightInfo>::check_proof(0);
        assert_eq!(Market::job_weight().saturating_mul(5), jobs + looked_up);
    });
}

#[test]
fn the_length_of_a_proof_counts_for_the_inputs_of_the_job_and_not_for_the_largest_batch() {
    tell(|| {
        pallet_model_registry::Models::<Test>::mutate(0, |model| {
            let cost = &mut model.as_mut().unwrap().key.cost;
            cost.single_proof_bytes = 100;
            cost.proof_bytes_per_input = 90;
            cost.max_proof_bytes = 730;
        });
        // A call has 400 bytes: 40 besides outputs and proof, 8 for the outputs of each input.
        let post = |inputs| {
            let inputs = packed(&question(1, inputs));
            Market::post(signed(REQUESTER), 0, inputs, terms())
        };
        for inputs in [1, 3] {
            assert_ok!(post(inputs));
            assert!(Market::quote(0, inputs as u32).is_some());
        }
        for inputs in [4, 8] {
            assert_noop!(post(inputs), Error::<Test>::AnswerTooLong);
            assert_eq!(Market::quote(0, inputs as u32), None);
        }
    });
}

#[test]
fn a_job_for_no_active_model_is_refused() {
    tell(|| {
        let post = |model| Market::post(signed(REQUESTER), model, packed(&question(1, 1)), terms());
        assert_noop!(post(9), pallet_model_registry::Error::<Test>::UnknownModel);
        assert_ok!(Registry::retire(signed(OWNER), 0));
        assert_noop!(post(0), pallet_model_registry::Error::<Test>::ModelRetired);
    });
}

#[test]
fn prices_outside_their_range_are_refused() {
    tell(|| {
        let prices = |start_price, max_price| {
            try_post(Terms {
                start_price,
                max_price,
                ..terms()
            })
        };
        assert_noop!(prices(9, 200), Error::<Test>::PriceOutOfRange);
        assert_noop!(prices(201, 200), Error::<Test>::PriceOutOfRange);
        assert_ok!(prices(10, 10));
    });
}

#[test]
fn auctions_outside_their_range_are_refused() {
    tell(|| {
        let times = |ramp, auction| {
            try_post(Terms {
                ramp,
                auction,
                ..terms()
            })
        };
        assert_noop!(times(0, 0), Error::<Test>::AuctionOutOfRange);
        assert_noop!(times(21, 20), Error::<Test>::AuctionOutOfRange);
        assert_noop!(times(0, 51), Error::<Test>::AuctionOutOfRange);
        assert_ok!(times(50, 50));
    });
}

#[test]
fn the_shortest_proof_window_is_four_times_the_number_of_collators() {
    tell(|| {
        let window = |proof_window| {
            try_post(Terms {
                proof_window,
                ..terms()
            })
        };
        // The parameters ask for 8.
        CollatorCount::set(1);
        assert_noop!(window(7), Error::<Test>::ProofWindowOutOfRange);
        assert_ok!(window(8));
        CollatorCount::set(5);
        assert_noop!(window(19), Error::<Test>::ProofWindowOutOfRange);
        assert_ok!(window(20));
        assert_noop!(window(41), Error::<Test>::ProofWindowOutOfRange);
        // With very many collators the longest window is the only one.
        CollatorCount::set(u32::MAX);
        assert_noop!(window(39), Error::<Test>::ProofWindowOutOfRange);
        assert_ok!(window(40));
        assert_eq!(Market::quote(0, 1).unwrap().shortest_window, 40);
    });
}

#[test]
fn numbers_are_given_in_order_and_do_not_overflow() {
    tell(|| {
        assert_eq!(post(1), 0);
        assert_ok!(Market::cancel(signed(REQUESTER), 0));
        assert_eq!(post(1), 1);
        NextJobId::<Test>::put(u64::MAX);
        assert_noop!(try_post(terms()), Error::<Test>::NumbersExhausted);
    });
}

#[test]
fn a_counter_that_is_full_refuses_a_job() {
    tell(|| {
        let full = Error::<Test>::NumbersExhausted;
        let hash = BlakeTwo256::hash(&packed(&question(1, 1)));
        InputJobs::<Test>::insert(hash, u32::MAX);
        assert_noop!(try_post(terms()), full);
        InputJobs::<Test>::remove(hash);
        let version = assay_pallet_primitives::testing::VERSION;
        JobsByVersion::<Test>::insert(version, u32::MAX);
        assert_noop!(try_post(terms()), Error::<Test>::NumbersExhausted);
        JobsByVersion::<Test>::remove(version);
        assert_ok!(try_post(terms()));
    });
}

#[test]
fn a_posting_fee_that_the_treasury_cannot_take_is_burnt() {
    new_test_ext().execute_with(|| {
        let small = MarketParameters {
            posting_fee: ED - 1,
            ..parameters()
        };
        assert_ok!(Market::set_parameters(RuntimeOrigin::root(), small));
        assert_ok!(Balances::transfer_all(signed(TREASURY), BOB, false));
        let issuance = Balances::total_issuance();
        let job = post(1);
        assert_eq!(wealth(TREASURY), 0);
        assert_eq!(Balances::total_issuance(), issuance - (ED - 1));
        assert_ok!(Market::cancel(signed(REQUESTER), job));
        assert_eq!(free(REQUESTER), ENDOWMENT - (ED - 1));
        check();
    });
}

#[test]
fn the_royalty_is_the_one_at_posting() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        assert_ok!(Registry::set_royalty(
            signed(OWNER),
            0,
            Perbill::from_percent(50)
        ));
        accept(ALICE, job);
        let owner = free(OWNER);
        prove_honestly(ALICE, &[job]);
        // Price 100, fee 2, royalty 10% of 98.
        assert_eq!(free(OWNER), owner + 9);
    });
}

#[test]
fn a_job_records_the_verifier_version_until_it_ends() {
    tell(|| {
        let first = post(1);
        let second = post(2);
        let version = assay_pallet_primitives::testing::VERSION;
        assert_eq!(Jobs::<Test>::get(first).unwrap().verifier_version, version);
        assert_eq!(JobsByVersion::<Test>::get(version), 2);
        assert_ok!(Market::cancel(signed(REQUESTER), first));
        assert_eq!(JobsByVersion::<Test>::get(version), 1);
        assert_ok!(Market::cancel(signed(REQUESTER), second));
        assert!(!JobsByVersion::<Test>::contains_key(version));
    });
}
