// SPDX-License-Identifier: Apache-2.0
//! Who pays for a fault, and who receives it.

use assay_pallet_primitives::{Fault, SlashBeneficiaries, SlashOutcome, Staking};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::Perbill;

use crate::{mock::*, *};

fn active(provider: AccountId, who: AccountId) -> u128 {
    Verification::delegation_status(&provider, &who).map_or(0, |status| status.active)
}

#[test]
fn a_slash_is_split_among_requester_bounty_and_treasury() {
    tell(|| {
        register(ALICE, 10_000);
        accept(1, ALICE, 1_000);
        let (requester, bounties, treasury) = (free(REQUESTER), free(BOUNTIES), free(TREASURY));
        let outcome = fail(1, Fault::Missed);
        let expected = SlashOutcome {
            own: 4_000,
            delegated: 0,
            compensation: 1_000,
            bounty: 400,
            treasury: 2_600,
        };
        assert_eq!(outcome, expected);
        assert_eq!(free(REQUESTER), requester + 1_000);
        assert_eq!(free(BOUNTIES), bounties + 400);
        assert_eq!(free(TREASURY), treasury + 2_600);
        assert_eq!(bonded(ALICE), 6_000);
    });
}

#[test]
fn compensation_never_exceeds_the_price() {
    tell(|| {
        register(ALICE, 10_000);
        // The least collateral, 400, would compensate with 100.
        accept(1, ALICE, 30);
        assert_eq!(fail(1, Fault::Missed).compensation, 30);
    });
}

#[test]
fn without_another_auction_the_bounty_goes_to_the_treasury() {
    tell(|| {
        register(ALICE, 10_000);
        accept(1, ALICE, 1_000);
        let to = SlashBeneficiaries {
            requester: &REQUESTER,
            bounty: None,
        };
        let outcome = Verification::slash(1, Fault::Missed, to).unwrap();
        assert_eq!((outcome.bounty, outcome.treasury), (0, 3_000));
    });
}

#[test]
fn a_beneficiary_without_an_account_for_so_little_leaves_it_to_the_treasury() {
    tell(|| {
        register(ALICE, 10_000);
        accept(1, ALICE, 5);
        let to = SlashBeneficiaries {
            requester: &77,
            bounty: Some(&BOUNTIES),
        };
        let outcome = Verification::slash(1, Fault::Missed, to).unwrap();
        assert_eq!(
            (outcome.compensation, outcome.bounty, outcome.treasury),
            (0, 40, 360)
        );
    });
}

#[test]
fn a_failed_proof_costs_a_set_part_and_the_job_stays() {
    tell(|| {
        register(ALICE, 10_000);
        accept(1, ALICE, 1_000);
        let outcome = fail(1, Fault::InvalidProof);
        assert_eq!((outcome.own, outcome.treasury), (400, 400));
        let lock = Verification::collateral_of(1).unwrap();
        // Own bond that was free paid, so the same amount of the lock became free.
        assert_eq!((lock.own, lock.total), (3_600, 4_000));
        assert_ok!(Verification::release(1));
        assert_eq!(bonded(ALICE), 9_600);
    });
}

#[test]
fn failing_proofs_burn_neither_the_compensation_nor_the_next_bounty() {
    tell(|| {
        register(ALICE, 10_000);
        accept(1, ALICE, 1_000);
        for _ in 0..7 {
            assert!(Verification::survives_failed_proof(1));
            assert_eq!(fail(1, Fault::InvalidProof).own, 400);
        }
        // 1 200 are left. 800 would be too little for 1 000 of compensation.
        assert!(!Verification::survives_failed_proof(1));
        let expected = SlashOutcome {
            own: 1_200,
            delegated: 0,
            compensation: 1_000,
            bounty: 120,
            treasury: 80,
        };
        assert_eq!(fail(1, Fault::InvalidProof), expected);
        assert_eq!(Verification::collateral_of(1), None);
        assert!(!Verification::survives_failed_proof(1));
        let status = Verification::provider_status(&ALICE).unwrap();
        assert_eq!((status.own_bond, status.own_locked), (6_000, 0));
        assert_eq!((status.open_jobs, status.faults), (0, 8));
    });
}

#[test]
fn a_provider_without_spare_bond_survives_one_failed_proof() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 50_000);
        next_era();
        let lock = accept(1, ALICE, 1_000);
        assert_eq!((lock.own, lock.delegated), (1_800, 2_200));
        // One unit stays free.
        assert_eq!(accept(2, ALICE, 4_555).own, 8_199);
        assert_eq!(fail(1, Fault::InvalidProof).own, 400);
        let lock = Verification::collateral_of(1).unwrap();
        assert_eq!((lock.own, lock.delegated), (1_401, 2_199));
        let expected = SlashOutcome {
            own: 1_401,
            delegated: 2_199,
            compensation: 1_000,
            bounty: 360,
            treasury: 41,
        };
        assert_eq!(fail(1, Fault::InvalidProof), expected);
    });
}

#[test]
fn no_failing_proof_is_free_even_if_nobody_is_owed_anything() {
    tell(|| {
        let mut nothing = parameters();
        nothing.compensation_share = Perbill::zero();
        nothing.bounty_share = Perbill::zero();
        assert_ok!(Verification::set_parameters(RuntimeOrigin::root(), nothing));
        register(ALICE, 10_000);
        accept(1, ALICE, 1_000);
        for failure in 1..=10 {
            assert_eq!(fail(1, Fault::InvalidProof).own, 400);
            assert_eq!(Verification::collateral_of(1).is_some(), failure < 10);
        }
        assert_eq!(bonded(ALICE), 6_000);
    });
}

#[test]
fn a_failed_proof_is_the_last_if_governance_has_raised_what_is_owed() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 50_000);
        next_era();
        accept(1, ALICE, 5_500);
        let mut more = parameters();
        more.bounty_share = Perbill::from_percent(25);
        assert_ok!(Verification::set_parameters(RuntimeOrigin::root(), more));
        let outcome = fail(1, Fault::InvalidProof);
        assert_eq!((outcome.own, outcome.delegated), (10_000, 12_000));
        assert_eq!((outcome.compensation, outcome.bounty), (5_500, 4_500));
        assert_eq!(Verification::collateral_of(1), None);
    });
}

#[test]
fn self_bond_pays_first() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 50_000);
        next_era();
        let lock = accept(1, ALICE, 1_000);
        assert_eq!((lock.own, lock.delegated), (1_800, 2_200));
        // Free own bond stands in for the delegated part.
        let outcome = fail(1, Fault::Missed);
        assert_eq!((outcome.own, outcome.delegated), (4_000, 0));
        assert_eq!(bonded(ALICE), 6_000);
        assert_noop!(
            Verification::apply_slash(signed(DAVE), ALICE, BOB),
            Error::<Test>::NothingToApply
        );
    });
}

#[test]
fn own_bond_on_its_way_out_pays_before_delegators() {
    tell(|| {
        register(ALICE, 19_000);
        delegate(ALICE, BOB, 50_000);
        next_era();
        let lock = accept(1, ALICE, 5_000);
        assert_eq!((lock.own, lock.delegated), (9_000, 11_000));
        assert_ok!(Verification::unbond(signed(ALICE), 9_000));
        next_era();
        let outcome = fail(1, Fault::Missed);
        assert_eq!((outcome.own, outcome.delegated), (19_000, 1_000));
        assert_eq!(bonded(ALICE), 0);
    });
}

#[test]
fn own_bond_that_left_before_the_job_is_not_at_risk() {
    tell(|| {
        register(ALICE, 19_000);
        delegate(ALICE, BOB, 50_000);
        assert_ok!(Verification::unbond(signed(ALICE), 9_000));
        next_era();
        accept(1, ALICE, 5_000);
        let outcome = fail(1, Fault::Missed);
        assert_eq!((outcome.own, outcome.delegated), (10_000, 10_000));
        assert_eq!(bonded(ALICE), 9_000);
    });
}

#[test]
fn compensation_and_bounty_come_only_from_the_providers_own_bond() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 50_000);
        next_era();
        accept(1, ALICE, 5_500);
        let outcome = fail(1, Fault::Contradicted);
        assert_eq!((outcome.own, outcome.delegated), (10_000, 12_000));
        assert_eq!((outcome.compensation, outcome.bounty), (5_500, 2_200));
        assert_eq!(
            outcome.own,
            outcome.compensation + outcome.bounty + outcome.treasury
        );
        let treasury = free(TREASURY);
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, BOB));
        assert_eq!(free(TREASURY), treasury + 12_000);
    });
}

#[test]
fn a_slash_reaches_each_delegator_once_when_it_is_next_touched() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 30_000);
        delegate(ALICE, CAROL, 10_000);
        next_era();
        accept(1, ALICE, 5_000);
        assert_eq!(fail(1, Fault::Missed).delegated, 10_000);
        // Nobody has been touched: the money is where it was, and what it is worth is known.
        assert_eq!((staked(BOB), staked(CAROL)), (30_000, 10_000));
        assert_eq!((active(ALICE, BOB), active(ALICE, CAROL)), (22_500, 7_500));
        assert_eq!(
            Verification::provider_status(&ALICE).unwrap().delegated,
            30_000
        );

        let treasury = free(TREASURY);
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, BOB));
        let error = Error::<Test>::NothingToApply;
        assert_noop!(Verification::apply_slash(signed(DAVE), ALICE, BOB), error);
        assert_ok!(Verification::undelegate(signed(CAROL), ALICE, 7_500));
        assert_eq!((staked(BOB), staked(CAROL)), (22_500, 7_500));
        assert_eq!(free(TREASURY), treasury + 10_000);
    });
}

#[test]
fn a_chunk_is_slashable_only_for_jobs_accepted_before_it_left() {
    tell(|| {
        register(ALICE, 19_000);
        delegate(ALICE, BOB, 20_000);
        delegate(ALICE, CAROL, 40_000);
        next_era();
        accept(1, ALICE, 5_000);
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 20_000));
        next_era();
        accept(2, ALICE, 5_000);
        // A job that was accepted after Bob had left: of its 20 000 own bond pays 10 000, Carol the rest.
        assert_eq!(fail(2, Fault::Missed).delegated, 10_000);
        let error = Error::<Test>::NothingToApply;
        assert_noop!(Verification::apply_slash(signed(DAVE), ALICE, BOB), error);
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, CAROL));
        assert_eq!(staked(CAROL), 30_000);
        // A job that was accepted when he was there: his 20 000 and Carol's 30 000 pay alike.
        assert_eq!(fail(1, Fault::Missed).delegated, 11_000);
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, BOB));
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, CAROL));
        assert_eq!(staked(BOB), 15_600);
        assert_eq!(staked(CAROL), 23_400);
    });
}

#[test]
fn matured_stake_is_not_at_risk_even_if_it_was_not_withdrawn() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 20_000);
        delegate(ALICE, CAROL, 20_000);
        next_era();
        accept(1, ALICE, 5_000);
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 20_000));
        let left = System::block_number();
        // Longer than a job may last: the market settles every job before this.
        run_to_block(left + UNBONDING);
        let outcome = fail(1, Fault::Missed);
        assert_eq!((outcome.own, outcome.delegated), (10_000, 10_000));
        assert_ok!(Verification::withdraw(signed(BOB), ALICE));
        assert_eq!(free(BOB), ENDOWMENT);
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, CAROL));
        assert_eq!(staked(CAROL), 10_000);
    });
}

#[test]
fn a_full_wipe_starts_a_new_share_generation() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 11_000);
        next_era();
        let lock = accept(1, ALICE, 5_000);
        assert_eq!((lock.own, lock.delegated), (9_000, 11_000));
        pay(ALICE, 2_100, Default::default());
        let earned = Verification::pending_rewards(&ALICE, &BOB);
        assert_eq!(earned, 2_058 * 11 / 21);
        // Own bond that would stand in goes with another job.
        accept(2, ALICE, 250);
        delegate(ALICE, CAROL, 3_000);
        let outcome = fail(1, Fault::Missed);
        assert_eq!((outcome.own, outcome.delegated), (9_000, 11_000));
        let pool = Providers::<Test>::get(ALICE).unwrap().pool;
        assert_eq!(
            (pool.generation, pool.shares, pool.index),
            (1, 0, fixed::ONE)
        );

        // Carol was not active and has lost nothing; what came after the wipe has nothing to do with it.
        next_era();
        delegate(ALICE, BOB, 4_000);
        assert_eq!(staked(BOB), 4_000);
        next_era();
        assert_eq!((active(ALICE, BOB), active(ALICE, CAROL)), (4_000, 3_000));
        // Rewards of before the wipe stay Bob's.
        assert_eq!(Verification::pending_rewards(&ALICE, &BOB), earned);
        assert_ok!(Verification::claim(signed(BOB), ALICE));
        assert_eq!(ClosedGenerations::<Test>::iter().count(), 0);
        assert_ok!(Verification::release(2));
    });
}

#[test]
fn a_slash_while_everybody_is_on_the_way_out_leaves_the_pool_open() {
    tell(|| {
        at_the_brink(ALICE, BOB);
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 11_000));
        assert_eq!(fail(901, Fault::Missed).delegated, 10_995);
        // What Bob has lost is no affair of those who come later.
        delegate(ALICE, CAROL, 5_000);
        next_era();
        assert_eq!(active(ALICE, CAROL), 5_000);
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, BOB));
        assert_eq!(staked(BOB), 4);
    });
}

#[test]
fn a_wipe_takes_a_delegation_that_became_active_and_was_never_touched() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 5_500);
        next_era();
        delegate(ALICE, BOB, 5_500);
        next_era();
        accept(1, ALICE, 5_000);
        accept(2, ALICE, 250);
        assert_eq!(fail(1, Fault::Missed).delegated, 11_000);
        assert_eq!(active(ALICE, BOB), 0);
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, BOB));
        assert_eq!(staked(BOB), 0);
        assert_eq!(Delegations::<Test>::iter().count(), 0);
        assert_eq!(ClosedGenerations::<Test>::iter().count(), 0);
        assert_eq!(Activations::<Test>::iter().count(), 0);
    });
}

#[test]
fn two_jobs_that_fail_together_are_both_covered() {
    tell(|| {
        for order in [[1, 2], [2, 1]] {
            register(ALICE, 18_000);
            delegate(ALICE, BOB, 22_000);
            next_era();
            let locks = [accept(1, ALICE, 5_000), accept(2, ALICE, 5_000)];
            assert_eq!(locks.map(|lock| lock.delegated), [11_000, 11_000]);
            // Bob tries to be out before.
            assert_ok!(Verification::undelegate(signed(BOB), ALICE, 22_000));
            for job in order {
                let outcome = fail(job, Fault::Missed);
                assert_eq!((outcome.own, outcome.delegated), (9_000, 11_000));
            }
            assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, BOB));
            assert_eq!(staked(BOB), 0);
            run_to_block(System::block_number() + 100);
            assert_ok!(Verification::retire(signed(ALICE)));
            assert_ok!(Verification::withdraw(signed(BOB), ALICE));
            assert_ok!(Verification::reap(signed(DAVE), ALICE));
        }
    });
}

#[test]
fn a_slash_lands_even_if_the_treasury_is_gone() {
    new_test_ext().execute_with(|| {
        register(ALICE, 10_000);
        dissolve_treasury();
        Parameters::<Test>::mutate(|p| p.collateral_floor = 9);
        accept(2, ALICE, 1);
        let issuance = Balances::total_issuance();
        // Too little to create the account again: burnt, and nobody keeps it.
        let outcome = fail(2, Fault::InvalidProof);
        assert_eq!(outcome.treasury, 1);
        assert_eq!(bonded(ALICE), 9_999);
        assert_eq!(Balances::total_issuance(), issuance - 1);
    });
}

#[test]
fn slashing_never_loops_over_delegators() {
    tell(|| {
        register(ALICE, 10_000);
        for who in 2..=9 {
            delegate(ALICE, who, 10_000);
        }
        next_era();
        accept(1, ALICE, 5_000);
        let records = || Delegations::<Test>::iter().collect::<Vec<_>>();
        let before = records();
        assert_eq!(fail(1, Fault::Missed).delegated, 10_000);
        assert_eq!(records(), before);
        for who in 2..=9 {
            assert_eq!(staked(who), 10_000);
            assert_eq!(active(ALICE, who), 8_750);
        }
    });
}

#[test]
fn the_bounty_is_at_most_a_quarter_of_the_slash() {
    tell(|| {
        let mut largest = parameters();
        largest.bounty_share = crate::parameters::MAX_BOUNTY_SHARE;
        assert_ok!(Verification::set_parameters(RuntimeOrigin::root(), largest));
        register(ALICE, 10_000);
        accept(1, ALICE, 1_001);
        // A failed proof before makes the last slash smaller, and the bounty with it.
        fail(1, Fault::InvalidProof);
        let outcome = fail(1, Fault::Missed);
        assert!(outcome.bounty > 0);
        assert!(outcome.bounty * 4 <= outcome.own + outcome.delegated);
    });
}
