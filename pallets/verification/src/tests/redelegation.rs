// SPDX-License-Identifier: Apache-2.0
//! Moving a delegation from one provider to another.

use assay_pallet_primitives::Fault;
use frame_support::{assert_noop, assert_ok};

use crate::{mock::*, *};

/// Alice and Carol provide, Bob has delegated 50 000 to Alice.
fn two_providers() {
    register(ALICE, 10_000);
    register(CAROL, 10_000);
    delegate(ALICE, BOB, 50_000);
    next_era();
}

fn status(
    provider: AccountId,
) -> assay_pallet_primitives::runtime_api::DelegationStatus<u128, u64> {
    Verification::delegation_status(&provider, &BOB).unwrap()
}

#[test]
fn redelegated_stake_is_active_at_the_new_provider_the_next_era() {
    tell(|| {
        two_providers();
        assert_ok!(Verification::redelegate(signed(BOB), ALICE, CAROL, 20_000));
        assert_eq!(
            (status(ALICE).active, status(CAROL).pending),
            (30_000, 20_000)
        );
        assert_eq!(staked(BOB), 50_000);
        next_era();
        assert_eq!(status(CAROL).active, 20_000);
        assert_eq!(
            Verification::provider_status(&ALICE).unwrap().delegated,
            30_000
        );
        assert_eq!(
            Verification::provider_status(&CAROL).unwrap().delegated,
            20_000
        );
    });
}

#[test]
fn redelegated_stake_stays_slashable_for_the_old_providers_earlier_jobs() {
    tell(|| {
        two_providers();
        // 4 x 12 000 = 48 000, of which 22 000 to 48 000 - 10 000 are delegated.
        let lock = try_accept(1, ALICE, 5_000).unwrap();
        assert_eq!((lock.own, lock.delegated), (9_000, 11_000));
        assert_ok!(Verification::redelegate(signed(BOB), ALICE, CAROL, 50_000));
        next_era();
        let outcome = fail(1, Fault::Missed);
        // The free own bond of 1 000 stands in first.
        assert_eq!((outcome.own, outcome.delegated), (10_000, 10_000));
        assert_eq!(staked(BOB), 50_000);
        assert_ok!(Verification::apply_slash(signed(DAVE), CAROL, BOB));
        assert_eq!(staked(BOB), 40_000);
        assert_eq!(status(CAROL).active, 40_000);
        assert_eq!(
            Verification::provider_status(&CAROL).unwrap().delegated,
            40_000
        );
        // Nothing is left with the old provider, and nothing is taken twice.
        let error = Error::<Test>::NoDelegation;
        assert_noop!(Verification::apply_slash(signed(DAVE), ALICE, BOB), error);
        let error = Error::<Test>::NothingToApply;
        assert_noop!(Verification::apply_slash(signed(DAVE), CAROL, BOB), error);
    });
}

#[test]
fn redelegated_stake_is_not_slashable_for_the_old_providers_later_jobs() {
    tell(|| {
        two_providers();
        delegate(ALICE, DAVE, 50_000);
        assert_ok!(Verification::redelegate(signed(BOB), ALICE, CAROL, 50_000));
        next_era();
        let lock = try_accept(1, ALICE, 5_000).unwrap();
        assert_eq!(lock.delegated, 11_000);
        fail(1, Fault::Missed);
        let error = Error::<Test>::NothingToApply;
        assert_noop!(Verification::apply_slash(signed(OWNER), CAROL, BOB), error);
        assert_ok!(Verification::apply_slash(signed(OWNER), ALICE, DAVE));
        assert_eq!(staked(DAVE), 40_000);
    });
}

#[test]
fn redelegated_stake_loses_while_it_is_still_pending_at_the_new_provider() {
    tell(|| {
        two_providers();
        try_accept(1, ALICE, 5_000).unwrap();
        assert_ok!(Verification::redelegate(signed(BOB), ALICE, CAROL, 50_000));
        fail(1, Fault::Missed);
        assert_ok!(Verification::apply_slash(signed(DAVE), CAROL, BOB));
        assert_eq!(status(CAROL).pending, 40_000);
        next_era();
        assert_eq!(status(CAROL).active, 40_000);
    });
}

#[test]
fn redelegated_stake_cannot_hop_on_or_leave_before_it_has_matured() {
    tell(|| {
        two_providers();
        register(DAVE, 10_000);
        delegate(CAROL, BOB, 5_000);
        assert_ok!(Verification::redelegate(signed(BOB), ALICE, CAROL, 20_000));
        let moved = System::block_number();
        let error = Error::<Test>::StillAtRiskElsewhere;
        assert_noop!(Verification::undelegate(signed(BOB), CAROL, 5_001), error);
        next_era();
        let error = Error::<Test>::StillAtRiskElsewhere;
        assert_noop!(
            Verification::redelegate(signed(BOB), CAROL, DAVE, 5_001),
            error
        );
        assert_ok!(Verification::undelegate(signed(BOB), CAROL, 5_000));
        run_to_block(moved + UNBONDING);
        assert_ok!(Verification::redelegate(signed(BOB), CAROL, DAVE, 20_000));
    });
}

#[test]
fn redelegated_stake_is_not_free_at_once_because_other_stake_is_there() {
    tell(|| {
        two_providers();
        delegate(CAROL, BOB, 50_000);
        next_era();
        assert_ok!(Verification::redelegate(signed(BOB), ALICE, CAROL, 50_000));
        assert_ok!(Verification::undelegate(signed(BOB), CAROL, 50_000));
        // What was active at Carol is on its way out, and at risk for her jobs: it doesn't stand for what Alice may lose, too.
        assert_eq!(staked(BOB), 100_000);
        assert_eq!((status(CAROL).active, status(CAROL).pending), (0, 50_000));
        // What comes on top is free as ever.
        delegate(CAROL, BOB, 5_000);
        assert_ok!(Verification::undelegate(signed(BOB), CAROL, 5_000));
        assert_eq!(staked(BOB), 100_000);
    });
}

#[test]
fn a_second_redelegation_to_one_provider_waits_unless_it_is_the_same_move() {
    tell(|| {
        two_providers();
        register(DAVE, 10_000);
        delegate(DAVE, BOB, 5_000);
        let redelegate = |from, amount| Verification::redelegate(signed(BOB), from, CAROL, amount);
        assert_ok!(redelegate(ALICE, 20_000));
        assert_ok!(redelegate(ALICE, 10_000));
        next_era();
        assert_noop!(
            redelegate(ALICE, 10_000),
            Error::<Test>::RedelegationInProgress
        );
        assert_noop!(
            redelegate(DAVE, 5_000),
            Error::<Test>::RedelegationInProgress
        );
        run_to_block(200);
        assert_ok!(redelegate(DAVE, 5_000));
        assert_eq!(status(CAROL).active, 30_000);
    });
}

#[test]
fn redelegation_needs_two_providers_and_active_stake() {
    tell(|| {
        two_providers();
        delegate(ALICE, BOB, 5_000);
        let redelegate = |to, amount| Verification::redelegate(signed(BOB), ALICE, to, amount);
        assert_noop!(redelegate(ALICE, 10_000), Error::<Test>::SameProvider);
        assert_noop!(redelegate(DAVE, 10_000), Error::<Test>::NotProvider);
        assert_noop!(
            redelegate(CAROL, 50_001),
            Error::<Test>::InsufficientDelegation
        );
        assert_noop!(redelegate(CAROL, 999), Error::<Test>::DelegationTooLow);
    });
}

#[test]
fn redelegation_needs_a_provider_that_takes_delegations() {
    tell(|| {
        two_providers();
        register(BOB, 10_000);
        at_the_brink(DAVE, OWNER);
        fail(901, Fault::Missed);
        assert_ok!(Verification::retire(signed(CAROL)));
        let redelegate = |to| Verification::redelegate(signed(BOB), ALICE, to, 10_000);
        assert_noop!(redelegate(BOB), Error::<Test>::SelfDelegation);
        assert_noop!(redelegate(CAROL), Error::<Test>::ProviderRetired);
        assert_noop!(redelegate(DAVE), Error::<Test>::PoolDepleted);
    });
}
