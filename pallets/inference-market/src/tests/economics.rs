// SPDX-License-Identifier: Apache-2.0
//! Attempts to gain from the rules. In each, what the attackers have in the end is compared with what they had.

use assay_pallet_primitives::Staking;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::Perbill;

use crate::{mock::*, *};

fn bonded(who: AccountId) -> u128 {
    pallet_verification::Providers::<Test>::get(who)
        .unwrap()
        .own
        .bond
}

#[test]
fn self_dealing_gains_nothing() {
    // Own model, own job, own provider, all one person's; proven or not.
    let us = || wealth(OWNER) + wealth(REQUESTER) + wealth(ALICE);
    for honest in [true, false] {
        tell(|| {
            let before = us();
            provide(ALICE, 100_000);
            let job = post(1);
            accept(ALICE, job);
            if honest {
                prove_honestly(ALICE, &[job]);
                assert_eq!(us(), before - FEE - 2);
            } else {
                run_to_block(14);
                assert_ok!(Market::expire(signed(REQUESTER), job));
                assert_ok!(Market::cancel(signed(REQUESTER), job));
                // Of the collateral of 400 only the compensation of 100 came back.
                assert_eq!(us(), before - FEE - 300);
            }
        });
    }
}

#[test]
fn a_provider_cannot_drain_its_delegators() {
    tell(|| {
        // A tenth of the stake is its own.
        provide(ALICE, 10_000);
        assert_ok!(Verification::delegate(signed(DELEGATOR), ALICE, 90_000));
        run_to_block(11);
        let us = || wealth(REQUESTER) + wealth(ALICE);
        let before = us();
        // As large a job of its own as its stake allows.
        let job = post_for(
            REQUESTER,
            &question(1, 1),
            Terms {
                start_price: 5_000,
                max_price: 5_000,
                ..terms()
            },
        );
        accept(ALICE, job);
        skip(13);
        assert_ok!(Market::expire(signed(REQUESTER), job));
        assert_ok!(Market::cancel(signed(REQUESTER), job));
        assert!(us() < before - FEE);
    });
}

#[test]
fn the_stallers_second_account_loses_more_than_the_bounty() {
    tell(|| {
        let us = || wealth(ALICE) + wealth(BOB);
        let before = us();
        provide(ALICE, 100_000);
        provide(BOB, 100_000);
        let job = post(1);
        accept(ALICE, job);
        let collateral = Verification::collateral_of(job).unwrap().total;
        run_to_block(14);
        assert_ok!(Market::expire(signed(BOB), job));
        let bounty = Jobs::<Test>::get(job).unwrap().bounty;
        assert!(
            bounty * 4 <= collateral,
            "the bounty is at most a quarter of the slash"
        );
        // Even at the highest price.
        run_to_block(24);
        accept(BOB, job);
        prove_honestly(BOB, &[job]);
        // An honest completion of the first auction pays 89.
        assert!(us() < before + 89);
        assert!(us() < before);
    });
}

#[test]
fn compensation_never_exceeds_the_price() {
    tell(|| {
        provide(ALICE, 1_000_000);
        let demanding = Terms {
            min_collateral: 100_000,
            ..terms()
        };
        let job = post_for(REQUESTER, &question(1, 1), demanding);
        accept(ALICE, job);
        let requester = wealth(REQUESTER);
        run_to_block(14);
        assert_ok!(Market::expire(signed(REQUESTER), job));
        assert_eq!(bonded(ALICE), 900_000);
        assert_eq!(wealth(REQUESTER), requester + 100);
    });
}

#[test]
fn unbonding_right_before_a_slash_saves_nothing() {
    tell(|| {
        provide(ALICE, 20_000);
        let demanding = Terms {
            min_collateral: 15_000,
            ..terms()
        };
        let job = post_for(REQUESTER, &question(1, 1), demanding);
        accept(ALICE, job);
        // What isn't behind the job can leave, and can still be slashed while it does.
        assert_ok!(Verification::unbond(signed(ALICE), 5_000));
        assert_noop!(
            Verification::unbond(signed(ALICE), 1),
            pallet_verification::Error::<Test>::SelfBondNotFree
        );
        let before = wealth(ALICE);
        run_to_block(14);
        assert_ok!(Market::expire(signed(STRANGER), job));
        assert_eq!(wealth(ALICE), before - 15_000);
        // What was leaving paid first.
        let own = pallet_verification::Providers::<Test>::get(ALICE)
            .unwrap()
            .own;
        assert_eq!(
            own.unbonding.iter().map(|chunk| chunk.amount).sum::<u128>(),
            0
        );
        assert_eq!(own.bond, 5_000);
    });
}

#[test]
fn delegating_right_before_a_reward_earns_nothing() {
    tell(|| {
        provide(ALICE, 100_000);
        let job = post(1);
        accept(ALICE, job);
        assert_ok!(Verification::delegate(signed(DELEGATOR), ALICE, 1_000_000));
        prove_honestly(ALICE, &[job]);
        assert_eq!(Verification::pending_rewards(&ALICE, &DELEGATOR), 0);
    });
}

#[test]
fn delegators_earn_their_share_of_what_the_market_pays() {
    tell(|| {
        provide(ALICE, 100_000);
        assert_ok!(Verification::delegate(signed(DELEGATOR), ALICE, 100_000));
        run_to_block(11);
        let job = post(1);
        accept(ALICE, job);
        let alice = free(ALICE);
        prove_honestly(ALICE, &[job]);
        // Half of 89, rounded in favour of the provider.
        assert_eq!(Verification::pending_rewards(&ALICE, &DELEGATOR), 44);
        assert_eq!(free(ALICE), alice + 45);
    });
}

#[test]
fn spam_of_jobs_costs_the_spammer() {
    tell(|| {
        let (spammer, treasury) = (wealth(OTHER), wealth(TREASURY));
        for seed in 0..50 {
            let job = post_for(OTHER, &question(seed, 1), terms());
            if seed % 2 == 0 {
                assert_ok!(Market::cancel(signed(OTHER), job));
            }
        }
        skip(21);
        for job in Jobs::<Test>::iter_keys().collect::<Vec<_>>() {
            assert_ok!(Market::expire(signed(STRANGER), job));
        }
        assert_eq!(wealth(OTHER), spammer - 50 * FEE - 25 * REWARD);
        assert_eq!(wealth(TREASURY), treasury + 50 * FEE);
        assert_eq!(Jobs::<Test>::iter().count(), 0);
        assert_eq!(Inputs::<Test>::iter().count(), 0);
    });
}

#[test]
fn the_same_job_pays_twice_only_if_posted_twice() {
    tell(|| {
        provide(ALICE, 100_000);
        let inputs = question(1, 1);
        let once = post_for(REQUESTER, &inputs, terms());
        accept(ALICE, once);
        let proof = answer(ALICE, &[once]);
        let copy = answer(ALICE, &[once]);
        assert_ok!(submit(ALICE, &[once], proof));
        let error = submit(ALICE, &[once], copy).unwrap_err();
        assert_eq!(error.error, Error::<Test>::UnknownJob.into());
        // The same question once more needs a proof of its own.
        let twice = post_for(REQUESTER, &inputs, terms());
        accept(ALICE, twice);
        let model = assay_pallet_primitives::testing::RelationModel::default();
        let replayed = answer_with(ALICE, &[once], &inputs, &[model.run(&inputs[0])]);
        assert_ok!(submit(ALICE, &[twice], replayed));
        assert!(!Receipts::<Test>::contains_key(twice));
        prove_honestly(ALICE, &[twice]);
        assert!(Receipts::<Test>::contains_key(twice));
    });
}

#[test]
fn dust_amounts_and_rounding_never_create_money() {
    // `tell` compares the issuance.
    tell(|| {
        provide(ALICE, 100_000);
        assert_ok!(Verification::delegate(signed(DELEGATOR), ALICE, 1_001));
        run_to_block(11);
        assert_ok!(Registry::set_royalty(
            signed(OWNER),
            0,
            Perbill::from_rational(1u32, 3)
        ));
        for price in 10..40 {
            let job = post_for(
                REQUESTER,
                &question(price as i32, 1),
                Terms {
                    start_price: price,
                    max_price: price + 3,
                    ..terms()
                },
            );
            accept(ALICE, job);
            let before = wealth(REQUESTER);
            prove_honestly(ALICE, &[job]);
            assert_eq!(wealth(REQUESTER), before - price);
        }
    });
}

#[test]
fn a_staller_with_the_largest_bounty_and_the_requester_as_an_accomplice_loses() {
    tell(|| {
        pallet_verification::Parameters::<Test>::mutate(|set| {
            set.bounty_share = pallet_verification::parameters::MAX_BOUNTY_SHARE;
        });
        let us = || wealth(ALICE) + wealth(BOB) + wealth(REQUESTER);
        let before = us();
        provide(ALICE, 100_000);
        provide(BOB, 100_000);
        let job = post(1);
        accept(ALICE, job);
        run_to_block(14);
        assert_ok!(Market::expire(signed(BOB), job));
        // A quarter of the 400 compensates the requester, a quarter is the bounty; half is gone.
        assert_eq!(Jobs::<Test>::get(job).unwrap().bounty, 100);
        accept(BOB, job);
        prove_honestly(BOB, &[job]);
        // And of price and bounty the treasury and the owner have their parts: 2 and 9 of each.
        assert_eq!(us(), before - FEE - 200 - 2 * 11);
    });
}

#[test]
fn an_owner_of_weights_that_nobody_can_prove_receives_at_most_the_price() {
    tell(|| {
        let owners = || wealth(OWNER) + wealth(REQUESTER);
        let demanding = Terms {
            min_collateral: 50_000,
            ..terms()
        };
        provide(ALICE, 100_000);
        provide(BOB, 100_000);
        let job = post_for(REQUESTER, &question(1, 1), demanding);
        // Whoever doesn't check the weights before it accepts.
        for victim in [ALICE, BOB] {
            let before = owners();
            accept(victim, job);
            let stored = Jobs::<Test>::get(job).unwrap();
            let price = stored.acceptance().unwrap().price;
            skip(13);
            assert_ok!(Market::expire(signed(STRANGER), job));
            assert_eq!(bonded(victim), 50_000);
            assert_eq!(owners(), before + price - REWARD);
        }
        assert_ok!(Market::cancel(signed(REQUESTER), job));
    });
}
