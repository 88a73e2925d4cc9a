// SPDX-License-Identifier: Apache-2.0
//! Attempts to gain by cheating. Each test is an attack, with the attacker's accounts and their sum before and after.

use assay_pallet_primitives::{CollateralTerms, Fault, SlashBeneficiaries, Staking};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::Perbill;

use crate::{mock::*, *};

/// All that an account owns: free, held, and what it could claim of Alice's rewards.
fn wealth(who: AccountId) -> u128 {
    use frame_support::traits::fungible::Inspect;
    <Balances as Inspect<AccountId>>::total_balance(&who)
        + Verification::pending_rewards(&ALICE, &who)
}

/// The provider Alice, her requester and her second provider account are one person.
fn slash_to(job: u64, fault: Fault, requester: AccountId, bounty: AccountId) {
    let to = SlashBeneficiaries {
        requester: &requester,
        bounty: Some(&bounty),
    };
    Verification::slash(job, fault, to).unwrap();
}

#[test]
fn a_delegator_is_not_drained_by_its_own_provider() {
    // 10% self-bond, 90% delegated: the provider posts jobs from a second account and lets them expire.
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 90_000);
        next_era();
        let before = wealth(ALICE) + wealth(REQUESTER);
        // The own part of a collateral as large as all stake isn't there.
        let all = CollateralTerms {
            price: 25_000,
            min_collateral: 100_000,
        };
        let error = Error::<Test>::InsufficientSelfBond;
        assert_noop!(Verification::lock_collateral(1, &ALICE, &all), error);
        // The largest job that it can accept, and it collects compensation and bounty itself.
        let largest = CollateralTerms {
            price: 5_555,
            min_collateral: 0,
        };
        let lock = Verification::lock_collateral(1, &ALICE, &largest).unwrap();
        assert!(lock.delegated > lock.own);
        slash_to(1, Fault::Missed, REQUESTER, REQUESTER);
        let after = wealth(ALICE) + wealth(REQUESTER);
        assert!(after < before, "the attacker gained {}", after - before);
        // A tenth of the collateral, the price of a failed proof, is the least that the attacker loses.
        assert!(before - after >= lock.total / 10);
    });
}

#[test]
fn a_large_min_collateral_does_not_drain_delegators_either() {
    // With a small price the own part is smaller; what the attacker receives is smaller, too.
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 90_000);
        next_era();
        let before = wealth(ALICE) + wealth(REQUESTER);
        let terms = CollateralTerms {
            price: 1,
            min_collateral: 49_000,
        };
        let lock = Verification::lock_collateral(1, &ALICE, &terms).unwrap();
        assert_eq!((lock.own, lock.delegated), (9_801, 39_199));
        slash_to(1, Fault::Missed, REQUESTER, REQUESTER);
        assert!(wealth(ALICE) + wealth(REQUESTER) < before);
    });
}

#[test]
fn failed_proofs_do_not_turn_delegated_money_into_compensation() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 90_000);
        next_era();
        let before = wealth(ALICE) + wealth(REQUESTER);
        accept(1, ALICE, 5_555);
        for _ in 0..2 {
            slash_to(1, Fault::InvalidProof, REQUESTER, REQUESTER);
        }
        // The second left too little of the own part: it was the end, for delegators as well.
        assert_eq!(Verification::collateral_of(1), None);
        assert!(wealth(ALICE) + wealth(REQUESTER) < before);
        assert_eq!(bonded(ALICE), 0);
    });
}

#[test]
fn self_dealing_gains_nothing_because_the_protocol_fee_makes_wash_trading_cost() {
    // Own job, own provider, own model: every round costs the protocol fee.
    tell(|| {
        assert_ok!(Verification::register(
            signed(ALICE),
            Default::default(),
            Perbill::from_percent(50),
            10_000
        ));
        let attacker = || wealth(ALICE) + wealth(REQUESTER) + wealth(OWNER);
        let before = attacker();
        for job in 0..5 {
            accept(job, ALICE, 1_000);
            pay(ALICE, 1_000, Perbill::from_percent(30));
            assert_ok!(Verification::release(job));
        }
        assert_eq!(attacker(), before - 5 * 20);
    });
}

#[test]
fn the_stallers_second_account_loses_by_collecting_the_bounty() {
    tell(|| {
        register(ALICE, 10_000);
        register(DAVE, 10_000);
        let attacker = || wealth(ALICE) + wealth(DAVE);
        let before = attacker();
        accept(1, ALICE, 1_000);
        let outcome = fail(1, Fault::Missed);
        // The second account completes the job for the raised price, with a staked lock of its own.
        accept(1, DAVE, 1_000);
        let split = pay(DAVE, 1_000, Perbill::zero());
        assert_ok!(Verification::release(1));
        gift_from_bounties(DAVE, outcome.bounty);
        assert_eq!(attacker(), before + split.provider + outcome.bounty - 4_000);
        assert!(attacker() < before);
        assert!(outcome.bounty * 4 <= outcome.own);
    });
}

fn gift_from_bounties(who: AccountId, amount: u128) {
    use frame_support::traits::{fungible::Mutate, tokens::Preservation};
    assert_ok!(<Balances as Mutate<AccountId>>::transfer(
        &BOUNTIES,
        &who,
        amount,
        Preservation::Preserve
    ));
}

#[test]
fn unbonding_right_before_a_slash_saves_nothing() {
    tell(|| {
        register(ALICE, 19_000);
        delegate(ALICE, BOB, 11_000);
        next_era();
        accept(1, ALICE, 5_000);
        assert_ok!(Verification::unbond(signed(ALICE), 9_000));
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 11_000));
        let outcome = fail(1, Fault::Missed);
        assert_eq!((outcome.own, outcome.delegated), (19_000, 1_000));
        assert_eq!(bonded(ALICE), 0);
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, BOB));
        // An eleventh is no fixed-point number: the unit that rounding takes is the treasury's.
        assert_eq!(staked(BOB), 9_999);
    });
}

#[test]
fn delegating_to_share_a_slash_helps_nobody_who_was_there() {
    // The attacker delegates much through a second account, so that it would dilute a slash that is certain to come.
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 11_000);
        next_era();
        accept(1, ALICE, 5_000);
        delegate(ALICE, CAROL, 1_000_000);
        assert_eq!(fail(1, Fault::Missed).delegated, 10_000);
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, BOB));
        // An eleventh is no fixed-point number: the unit that rounding takes is the treasury's.
        assert_eq!(staked(BOB), 999);
        assert_ok!(Verification::undelegate(signed(CAROL), ALICE, 1_000_000));
        assert_eq!(free(CAROL), ENDOWMENT);
    });
}

#[test]
fn dust_and_rounding_never_create_money() {
    tell(|| {
        assert_ok!(Verification::register(
            signed(ALICE),
            Default::default(),
            Perbill::from_parts(333_333_333),
            10_000
        ));
        delegate(ALICE, BOB, 33_333);
        delegate(ALICE, CAROL, 66_667);
        next_era();
        let everybody = || wealth(ALICE) + wealth(BOB) + wealth(CAROL);
        let (mut delegated, mut applied) = (0, 0);
        for round in 0..50u64 {
            let before = everybody();
            // More than the own bond, so that delegators pay odd amounts.
            let terms = CollateralTerms {
                price: 2_500 - u128::from(round),
                min_collateral: 15_001 + u128::from(round),
            };
            if let Ok(lock) = Verification::lock_collateral(round, &ALICE, &terms) {
                let lost = Verification::slash(
                    round,
                    Fault::Missed,
                    SlashBeneficiaries {
                        requester: &REQUESTER,
                        bounty: None,
                    },
                )
                .unwrap();
                assert!(lost.own + lost.delegated <= lock.total);
                delegated += lost.delegated;
            }
            let result = Verification::apply_slash(signed(DAVE), ALICE, BOB);
            applied += u32::from(result.is_ok());
            let _ = Verification::undelegate(signed(CAROL), ALICE, 7);
            let _ = Verification::undelegate(signed(BOB), ALICE, 1);
            assert!(everybody() <= before);
            let earned = pay(ALICE, 7 + u128::from(round), Perbill::from_percent(3));
            assert!(everybody() <= before + earned.provider + earned.delegators);
            let _ = Verification::claim(signed(BOB), ALICE);
            let _ = Verification::delegate(signed(CAROL), ALICE, 1_001);
            let extra = BondExtra::FreeBalance(10_007 - bonded(ALICE).min(10_007));
            assert_ok!(Verification::bond_extra(signed(ALICE), ALICE, extra));
            let _ = Verification::unjail(signed(ALICE));
            next_era();
            let _ = Verification::withdraw(signed(CAROL), ALICE);
            Verification::do_try_state().unwrap();
        }
        assert!(delegated > 50_000 && applied > 10);
        assert!(wealth(BOB) < ENDOWMENT && wealth(CAROL) < ENDOWMENT);
    });
}

#[test]
fn an_account_cannot_shed_a_slash_by_emptying_itself() {
    // What is held can't be transferred, and a slash ignores what else locks it.
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 11_000);
        next_era();
        accept(1, ALICE, 5_000);
        use frame_support::traits::{LockableCurrency, WithdrawReasons};
        <Balances as LockableCurrency<AccountId>>::set_lock(
            *b"votelock",
            &BOB,
            ENDOWMENT,
            WithdrawReasons::all(),
        );
        assert_eq!(fail(1, Fault::Missed).delegated, 10_000);
        assert_ok!(Verification::apply_slash(signed(DAVE), ALICE, BOB));
        // An eleventh is no fixed-point number: the unit that rounding takes is the treasury's.
        assert_eq!(staked(BOB), 999);
    });
}

#[test]
fn redelegating_away_from_a_slash_saves_nothing() {
    tell(|| {
        register(ALICE, 10_000);
        register(CAROL, 10_000);
        delegate(ALICE, BOB, 11_000);
        next_era();
        accept(1, ALICE, 5_000);
        assert_ok!(Verification::redelegate(signed(BOB), ALICE, CAROL, 11_000));
        assert_eq!(fail(1, Fault::Missed).delegated, 10_000);
        let error = Error::<Test>::StillAtRiskElsewhere;
        assert_noop!(
            Verification::undelegate(signed(BOB), CAROL, 11_000 - 10_001),
            error
        );
        assert_ok!(Verification::apply_slash(signed(DAVE), CAROL, BOB));
        assert_eq!(wealth(BOB), ENDOWMENT - 10_001);
    });
}

#[test]
fn stake_that_a_slash_will_take_cannot_be_slashed_away_from_the_treasury() {
    // The attacker redelegates to its own second provider and lets that one fail as well: each unit is lost once, to the treasury.
    tell(|| {
        register(ALICE, 10_000);
        register(CAROL, 10_000);
        delegate(ALICE, BOB, 11_000);
        next_era();
        accept(1, ALICE, 5_000);
        assert_ok!(Verification::redelegate(signed(BOB), ALICE, CAROL, 11_000));
        next_era();
        accept(2, CAROL, 5_000);
        assert_eq!(fail(2, Fault::Missed).delegated, 10_000);
        assert_eq!(fail(1, Fault::Missed).delegated, 10_000);
        let treasury = free(TREASURY);
        assert_ok!(Verification::apply_slash(signed(DAVE), CAROL, BOB));
        assert_eq!(staked(BOB), 0);
        assert_eq!(free(TREASURY), treasury + 11_000);
    });
}
