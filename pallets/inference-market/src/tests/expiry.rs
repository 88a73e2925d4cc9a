// SPDX-License-Identifier: Apache-2.0
//! The end of what nobody ends.

use assay_pallet_primitives::{testing::RelationModel, Fault, Staking};
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};
use sp_runtime::{DispatchResult, Perbill};

use crate::{mock::*, *};

fn bonded(who: AccountId) -> u128 {
    pallet_verification::Providers::<Test>::get(who)
        .unwrap()
        .own
        .bond
}

#[test]
fn an_auction_that_nobody_came_to_returns_everything_but_one_reward() {
    tell(|| {
        let job = post(1);
        run_to_block(21);
        assert_noop!(
            Market::expire(signed(STRANGER), job),
            Error::<Test>::NotOver
        );
        run_to_block(22);
        assert_ok!(Market::expire(signed(STRANGER), job));
        assert_eq!(free(STRANGER), ENDOWMENT + REWARD);
        assert_eq!(free(REQUESTER), ENDOWMENT - FEE - REWARD);
        assert_eq!(all_held(REQUESTER), 0);
        assert_noop!(
            Market::expire(signed(STRANGER), job),
            Error::<Test>::UnknownJob
        );
        System::assert_last_event(
            Event::Ended {
                job,
                reason: EndReason::Unfilled,
            }
            .into(),
        );
    });
}

#[test]
fn a_requester_who_expires_its_own_job_pays_no_reward() {
    tell(|| {
        let job = post(1);
        run_to_block(22);
        assert_ok!(Market::expire(signed(REQUESTER), job));
        assert_eq!(free(REQUESTER), ENDOWMENT - FEE);
    });
}

#[test]
fn a_reward_too_small_to_create_an_account_stays_with_the_requester() {
    tell(|| {
        let small = MarketParameters {
            expiry_reward: ED - 1,
            ..parameters()
        };
        assert_ok!(Market::set_parameters(RuntimeOrigin::root(), small));
        let job = post(1);
        run_to_block(22);
        assert_ok!(Market::expire(signed(1234), job));
        assert_eq!(free(1234), 0);
        assert_eq!(free(REQUESTER), ENDOWMENT - FEE);
    });
}

#[test]
fn a_missed_job_is_slashed_and_auctioned_again_with_its_bounty() {
    tell(|| {
        provide(ALICE, 100_000);
        provide(BOB, 100_000);
        let job = post(1);
        accept(ALICE, job);
        let (requester, treasury) = (wealth(REQUESTER), free(TREASURY));
        run_to_block(14);
        assert_ok!(Market::expire(signed(STRANGER), job));

        // Collateral 400: a quarter compensates, a tenth is the bounty, the rest goes to the treasury.
        assert_eq!(bonded(ALICE), 100_000 - 400);
        assert_eq!(wealth(REQUESTER), requester + 100 - REWARD);
        assert_eq!(free(TREASURY), treasury + 260);
        assert_eq!(free(Market::account_id()), ED + 40);
        let stored = Jobs::<Test>::get(job).unwrap();
        assert_eq!((stored.bounty, stored.auctions_left), (40, 1));
        System::assert_last_event(
            Event::Reopened {
                job,
                bounty: 40,
                auctions_left: 1,
            }
            .into(),
        );

        // The price begins anew.
        run_to_block(16);
        assert_eq!(Market::current_price(job), Some(120));
        let bob = free(BOB);
        accept(BOB, job);
        prove_honestly(BOB, &[job]);
        // 120 and 40, each less 2% (2 and 0) and a royalty of 10% of the rest (11 and 4).
        assert_eq!(free(BOB), bob + (120 - 2 - 11) + (40 - 4));
        assert_eq!(free(Market::account_id()), ED);
        let receipt = Receipts::<Test>::get(job).unwrap();
        assert_eq!((receipt.price, receipt.bounty), (120, 40));
    });
}

#[test]
fn a_second_completion_is_a_new_auction_with_its_own_staked_lock() {
    tell(|| {
        provide(ALICE, 100_000);
        provide(BOB, 100_000);
        let job = post(1);
        accept(ALICE, job);
        let late = answer(ALICE, &[job]);
        run_to_block(14);
        assert_ok!(Market::expire(signed(STRANGER), job));
        assert_eq!(Verification::collateral_of(job), None);
        // The first provider is out of the race, and nobody is in it without stake.
        let error = submit(ALICE, &[job], late).unwrap_err();
        assert_eq!(error.error, Error::<Test>::NotHolder.into());
        accept(BOB, job);
        let lock = Verification::collateral_of(job).unwrap();
        assert_eq!((lock.provider, lock.total), (BOB, 400));
        let error = submit(ALICE, &[job], answer(ALICE, &[job])).unwrap_err();
        assert_eq!(error.error, Error::<Test>::NotHolder.into());
        prove_honestly(BOB, &[job]);
    });
}

#[test]
fn expiry_and_proof_never_both_count_in_one_block() {
    for (block, expire_first) in [(13, true), (13, false), (14, true), (14, false)] {
        tell(|| {
            provide(ALICE, 100_000);
            let job = post(1);
            accept(ALICE, job);
            run_to_block(block);
            let honest = answer(ALICE, &[job]);
            let expire = || Market::expire(signed(STRANGER), job);
            let prove = |honest| {
                let result = submit(ALICE, &[job], honest);
                result.map(|_| ()).map_err(|error| error.error)
            };
            let (expired, proven) = if expire_first {
                let expired = expire();
                (expired, prove(honest))
            } else {
                let proven = prove(honest);
                (expire(), proven)
            };
            let in_time = block == 13;
            let refused = |error: Error<Test>| DispatchResult::Err(error.into());
            let expected = match (in_time, expire_first) {
                (true, true) => (refused(Error::NotOver), Ok(())),
                (true, false) => (refused(Error::UnknownJob), Ok(())),
                (false, true) => (Ok(()), refused(Error::NotHolder)),
                (false, false) => (Ok(()), refused(Error::TooLate)),
            };
            assert_eq!((expired, proven), expected);
            // Either paid or slashed.
            let (slash, bounty) = if in_time { (0, 0) } else { (400, 40) };
            assert_eq!(bonded(ALICE), 100_000 - slash);
            assert_eq!(free(Market::account_id()), ED + bounty);
            assert_eq!(Receipts::<Test>::contains_key(job), in_time);
            assert_eq!(Jobs::<Test>::contains_key(job), !in_time);
            assert_eq!(Verification::collateral_of(job), None);
            let reward = if in_time { 0 } else { REWARD };
            assert_eq!(free(STRANGER), ENDOWMENT + reward);
        });
    }
}

#[test]
fn a_provider_earns_nothing_by_expiring_the_job_that_it_has_failed() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        run_to_block(14);
        let alice = free(ALICE);
        assert_ok!(Market::expire(signed(ALICE), job));
        assert_eq!(free(ALICE), alice);
        // The reward returns to the requester with the rest.
        assert_ok!(Market::cancel(signed(REQUESTER), job));
        assert_eq!(free(REQUESTER), ENDOWMENT + 100 - FEE);
        // An auction that nobody came to is another matter: anyone may end it.
        let job = post(1);
        skip(21);
        assert_ok!(Market::expire(signed(ALICE), job));
        assert_eq!(free(ALICE), alice + REWARD);
    });
}

#[test]
fn a_bounty_that_the_treasury_cannot_take_is_burnt() {
    new_test_ext().execute_with(|| {
        pallet_verification::Parameters::<Test>::mutate(|set| {
            set.bounty_share = Perbill::from_percent(2);
        });
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        run_to_block(14);
        assert_ok!(Market::expire(signed(STRANGER), job));
        assert_eq!(Jobs::<Test>::get(job).unwrap().bounty, 8);
        assert_ok!(Balances::transfer_all(signed(TREASURY), BOB, false));
        let issuance = Balances::total_issuance();
        assert_ok!(Market::cancel(signed(REQUESTER), job));
        assert_eq!(wealth(TREASURY), 0);
        assert_eq!(Balances::total_issuance(), issuance - 8);
        assert_eq!(free(Market::account_id()), ED);
        check();
    });
}

#[test]
fn after_the_last_auction_a_failed_job_ends_and_its_bounty_goes_to_the_treasury() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        for auction in 0..3 {
            accept(ALICE, job);
            let treasury = free(TREASURY);
            skip(13);
            assert_ok!(Market::expire(signed(STRANGER), job));
            let bounty = if auction == 2 { 80 + 40 } else { 0 };
            assert_eq!(free(TREASURY), treasury + 260 + bounty);
        }
        assert_eq!(Jobs::<Test>::iter().count(), 0);
        assert_eq!(all_held(REQUESTER), 0);
        // Compensated three times by the price, less what it spent: the fee and three rewards.
        assert_eq!(free(REQUESTER), ENDOWMENT + 300 - FEE - 3 * REWARD);
        assert_eq!(free(Market::account_id()), ED);
        System::assert_last_event(
            Event::Ended {
                job,
                reason: EndReason::Failed,
            }
            .into(),
        );
    });
}

#[test]
fn the_bounty_of_a_cancelled_job_goes_to_the_treasury() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        run_to_block(14);
        assert_ok!(Market::expire(signed(REQUESTER), job));
        let (treasury, requester) = (free(TREASURY), wealth(REQUESTER));
        assert_ok!(Market::cancel(signed(REQUESTER), job));
        assert_eq!(free(TREASURY), treasury + 40);
        assert_eq!(wealth(REQUESTER), requester);
    });
}

#[test]
fn barring_a_model_releases_its_jobs_without_a_slash() {
    tell(|| {
        provide(ALICE, 100_000);
        let accepted = post(1);
        accept(ALICE, accepted);
        let open = post(2);
        assert_noop!(
            Market::expire(signed(STRANGER), open),
            Error::<Test>::NotOver
        );
        assert_ok!(Registry::bar(RuntimeOrigin::root(), 0));
        for job in [accepted, open] {
            assert_ok!(Market::expire(signed(STRANGER), job));
            System::assert_last_event(
                Event::Ended {
                    job,
                    reason: EndReason::ModelBarred,
                }
                .into(),
            );
        }
        assert_eq!(bonded(ALICE), 100_000);
        assert_eq!(Verification::collateral_of(accepted), None);
        assert_eq!(free(REQUESTER), ENDOWMENT - 2 * (FEE + REWARD));
        assert_ok!(Registry::remove(signed(OWNER), 0));
    });
}

#[test]
fn a_missed_deadline_of_a_barred_model_is_no_fault() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        run_to_block(20);
        assert_ok!(Registry::bar(RuntimeOrigin::root(), 0));
        assert_ok!(Market::expire(signed(STRANGER), job));
        assert_eq!(bonded(ALICE), 100_000);
    });
}

#[test]
fn barring_a_model_releases_the_jobs_of_another_with_the_same_key() {
    tell(|| {
        let copy = publish(RelationModel::default());
        provide(ALICE, 100_000);
        let job = NextJobId::<Test>::get();
        let inputs = packed(&question(1, 1));
        assert_ok!(Market::post(signed(REQUESTER), copy, inputs, terms()));
        accept(ALICE, job);
        assert_ok!(Registry::bar(RuntimeOrigin::root(), 0));
        assert_ok!(Market::expire(signed(STRANGER), job));
        assert_eq!(bonded(ALICE), 100_000);
        assert_eq!(Verification::collateral_of(job), None);
        assert_ok!(Registry::remove(signed(OWNER), copy));
    });
}

#[test]
fn on_idle_ends_a_bounded_number_of_jobs_a_block_for_no_reward() {
    tell(|| {
        provide(ALICE, 100_000);
        for seed in 0..10 {
            post(seed);
        }
        accept(ALICE, 0);
        run_to_block(22);
        // Four a block, then the round begins anew.
        let plenty = Weight::from_parts(u64::MAX, u64::MAX);
        for (left, open) in [(7, 6), (3, 2), (1, 1)] {
            let spent = Market::on_idle(System::block_number(), plenty);
            assert!(spent.all_gt(Weight::zero()));
            let all = Jobs::<Test>::iter().count();
            assert!(all <= left && all >= open, "{all} jobs are left");
            check();
        }
        // The accepted one was missed and is in auction again.
        assert_eq!(bonded(ALICE), 100_000 - 400);
        assert_eq!(Jobs::<Test>::iter_keys().collect::<Vec<_>>(), vec![0]);
        assert_eq!(free(STRANGER), ENDOWMENT);
        assert_eq!(SweepCursor::<Test>::get(), None);
        assert_eq!(
            market_events()
                .iter()
                .filter(|event| matches!(
                    event,
                    Event::Failed {
                        fault: Fault::Missed,
                        ..
                    }
                ))
                .count(),
            1
        );
    });
}

#[test]
fn on_idle_never_takes_more_than_it_is_given() {
    tell(|| {
        for seed in 0..6 {
            post(seed);
        }
        run_to_block(22);
        let sweep = <() as WeightInfo>::sweep();
        let one = sweep
            .saturating_add(<() as WeightInfo>::sweep_job())
            .saturating_add(Market::expiry_weight());
        assert_eq!(Market::on_idle(22, Weight::zero()), Weight::zero());
        assert_eq!(Market::on_idle(22, sweep), sweep);
        assert_eq!(Jobs::<Test>::iter().count(), 6);
        let almost = one.saturating_sub(Weight::from_parts(1, 0));
        assert!(Market::on_idle(22, almost).all_lte(almost));
        assert_eq!(Jobs::<Test>::iter().count(), 6);
        assert!(Market::on_idle(22, one).all_lte(one));
        assert_eq!(Jobs::<Test>::iter().count(), 5);
    });
}

#[test]
fn the_sweep_goes_round_jobs_that_are_not_over() {
    tell(|| {
        for seed in 0..6 {
            post(seed);
        }
        let plenty = Weight::from_parts(u64::MAX, u64::MAX);
        for _ in 0..5 {
            Market::on_idle(1, plenty);
        }
        assert_eq!(Jobs::<Test>::iter().count(), 6);
        run_to_block(22);
        for _ in 0..4 {
            Market::on_idle(22, plenty);
        }
        assert_eq!(Jobs::<Test>::iter().count(), 0);
    });
}
