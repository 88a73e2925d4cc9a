// SPDX-License-Identifier: Apache-2.0
//! Coming and going of delegators.

use assay_pallet_primitives::{CollateralTerms, Fault, Staking};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::Perbill;

use crate::{mock::*, *};

fn active(provider: AccountId, who: AccountId) -> u128 {
    Verification::delegation_status(&provider, &who)
        .unwrap()
        .active
}

#[test]
fn delegation_becomes_active_the_next_era() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 5_000);
        assert_eq!(staked(BOB), 5_000);
        let status = || Verification::provider_status(&ALICE).unwrap();
        assert_eq!((status().delegated, status().pending), (0, 5_000));
        assert_eq!(active(ALICE, BOB), 0);
        next_era();
        assert_eq!((status().delegated, status().pending), (5_000, 0));
        assert_eq!(active(ALICE, BOB), 5_000);
        // Two additions in two eras, of which nobody touches the first in between.
        delegate(ALICE, BOB, 2_000);
        next_era();
        next_era();
        delegate(ALICE, CAROL, 1_000);
        delegate(ALICE, BOB, 500);
        assert_eq!(active(ALICE, BOB), 7_000);
        next_era();
        assert_eq!(status().delegated, 8_500);
    });
}

#[test]
fn delegations_have_a_minimum_whichever_way_they_shrink() {
    tell(|| {
        register(ALICE, 10_000);
        let error = Error::<Test>::DelegationTooLow;
        assert_noop!(Verification::delegate(signed(BOB), ALICE, 999), error);
        delegate(ALICE, BOB, 1_000);
        let error = Error::<Test>::DelegationTooLow;
        assert_noop!(Verification::delegate(signed(BOB), ALICE, 0), error);
        delegate(ALICE, BOB, 1);
        let error = Error::<Test>::DelegationTooLow;
        assert_noop!(Verification::undelegate(signed(BOB), ALICE, 2), error);
        next_era();
        let error = Error::<Test>::DelegationTooLow;
        assert_noop!(Verification::undelegate(signed(BOB), ALICE, 2), error);
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 1));
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 1_000));
    });
}

#[test]
fn delegating_needs_a_provider_that_is_somebody_else() {
    tell(|| {
        register(ALICE, 10_000);
        let error = Error::<Test>::SelfDelegation;
        assert_noop!(Verification::delegate(signed(ALICE), ALICE, 5_000), error);
        let error = Error::<Test>::NotProvider;
        assert_noop!(Verification::delegate(signed(ALICE), BOB, 5_000), error);
        let error = Error::<Test>::NoDelegation;
        assert_noop!(Verification::undelegate(signed(BOB), ALICE, 1), error);
        assert_noop!(
            Verification::withdraw(signed(BOB), ALICE),
            Error::<Test>::NoDelegation
        );
        let error = Error::<Test>::NoDelegation;
        assert_noop!(Verification::apply_slash(signed(BOB), ALICE, CAROL), error);
    });
}

#[test]
fn what_is_pending_is_free_at_once_and_what_is_active_after_the_unbonding_period() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 5_000);
        next_era();
        delegate(ALICE, BOB, 3_000);
        let error = Error::<Test>::InsufficientDelegation;
        assert_noop!(Verification::undelegate(signed(BOB), ALICE, 8_001), error);
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 4_000));
        assert_eq!(staked(BOB), 5_000);
        assert_eq!(active(ALICE, BOB), 4_000);

        let left = System::block_number();
        assert_noop!(
            Verification::withdraw(signed(BOB), ALICE),
            Error::<Test>::NothingToWithdraw
        );
        run_to_block(left + UNBONDING - 1);
        assert_noop!(
            Verification::withdraw(signed(BOB), ALICE),
            Error::<Test>::NothingToWithdraw
        );
        run_to_block(left + UNBONDING);
        assert_ok!(Verification::withdraw(signed(BOB), ALICE));
        assert_eq!(staked(BOB), 4_000);
        assert_eq!(UnbondingPools::<Test>::iter().count(), 0);
    });
}

#[test]
fn stake_of_too_many_eras_waits() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 5_000);
        for _ in 0..3 {
            next_era();
            assert_ok!(Verification::undelegate(signed(BOB), ALICE, 100));
            assert_ok!(Verification::undelegate(signed(BOB), ALICE, 100));
        }
        next_era();
        let error = Error::<Test>::TooManyChunks;
        assert_noop!(Verification::undelegate(signed(BOB), ALICE, 100), error);
        run_to_block(200);
        assert_ok!(Verification::withdraw(signed(BOB), ALICE));
        assert_eq!(staked(BOB), 4_400);
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 100));
    });
}

#[test]
fn a_delegation_taken_back_before_it_was_active_leaves_no_trace() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 5_000);
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 5_000));
        assert_eq!(free(BOB), ENDOWMENT);
        assert_eq!(Delegations::<Test>::iter().count(), 0);
        let provider = Providers::<Test>::get(ALICE).unwrap();
        assert_eq!((provider.delegations, provider.pending), (0, None));
    });
}

#[test]
fn who_waits_for_a_pool_that_is_depleted_meanwhile_stays_out_of_it() {
    tell(|| {
        at_the_brink(ALICE, BOB);
        delegate(ALICE, CAROL, 3_000);
        delegate(ALICE, DAVE, 3_000);
        assert_eq!(fail(901, Fault::Missed).delegated, 10_995);
        // Not measured as what the next era begins with, either.
        assert_eq!(ReportedStake::get()[&ALICE], 1_004);
        next_era();
        let status = || Verification::provider_status(&ALICE).unwrap();
        assert_eq!((status().delegated, status().pending), (4, 6_000));
        assert_eq!((active(ALICE, BOB), active(ALICE, DAVE)), (4, 0));
        // Waiting is no obligation.
        assert_ok!(Verification::undelegate(signed(CAROL), ALICE, 3_000));
        assert_eq!(free(CAROL), ENDOWMENT);
        next_era();
        // With the last of the old ones out, the new one is in.
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 4));
        assert_eq!(active(ALICE, DAVE), 3_000);
        assert_eq!((status().delegated, status().pending), (3_000, 0));
        delegate(ALICE, CAROL, 5_000);
        let earned = pay(ALICE, 1_000, Perbill::zero()).delegators;
        assert_eq!(Verification::pending_rewards(&ALICE, &DAVE), earned);
        next_era();
        assert_eq!((active(ALICE, CAROL), active(ALICE, DAVE)), (5_000, 3_000));
    });
}

#[test]
fn a_depleted_pool_takes_no_delegation_until_it_is_empty() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 5_000_000);
        next_era();
        // 4 995 500 of the 5 000 000 go: the index falls below a thousandth.
        Parameters::<Test>::mutate(|p| {
            p.compensation_share = Perbill::zero();
            p.bounty_share = Perbill::zero();
            p.invalid_proof_share = Perbill::from_parts(1_000_000);
        });
        let terms = CollateralTerms {
            price: 1_000,
            min_collateral: 5_005_500,
        };
        let lock = Verification::lock_collateral(1, &ALICE, &terms).unwrap();
        assert_eq!(lock.own + lock.delegated, 5_005_500);
        fail(1, Fault::Missed);
        let error = Error::<Test>::PoolDepleted;
        assert_noop!(Verification::delegate(signed(CAROL), ALICE, 5_000), error);
        assert_ok!(Verification::apply_slash(signed(CAROL), ALICE, BOB));
        assert_eq!(staked(BOB), 4_500);
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 4_500));
        delegate(ALICE, CAROL, 5_000);
        next_era();
        assert_eq!(active(ALICE, CAROL), 5_000);
    });
}
