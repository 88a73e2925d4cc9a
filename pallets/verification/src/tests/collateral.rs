// SPDX-License-Identifier: Apache-2.0
//! Stake behind jobs.

use assay_pallet_primitives::{CollateralTerms, Fault, SlashBeneficiaries, Staking};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::Perbill;

use crate::{mock::*, *};

fn terms(price: u128, min_collateral: u128) -> CollateralTerms<u128> {
    CollateralTerms {
        price,
        min_collateral,
    }
}

#[test]
fn collateral_follows_harm_as_well_as_price() {
    tell(|| {
        assert_eq!(Verification::collateral(&terms(1, 0)), 400);
        assert_eq!(Verification::collateral(&terms(1_000, 0)), 4_000);
        assert_eq!(Verification::collateral(&terms(1_000, 7_000)), 7_000);
        assert_eq!(Verification::collateral(&terms(u128::MAX, 0)), u128::MAX);
        assert_eq!(Verification::collateral_parts(1_000, 0), (4_000, 1_800));
        // The compensation is at most the price, so the own part of a large collateral is smaller.
        assert_eq!(Verification::collateral_parts(100, 10_000), (10_000, 2_100));
    });
}

#[test]
fn a_lock_takes_the_own_part_first_and_delegations_for_the_rest() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 3_000);
        next_era();
        let lock = accept(1, ALICE, 1_000);
        assert_eq!((lock.own, lock.delegated, lock.era), (1_800, 2_200, 1));
        // 800 delegated are left: own bond covers what delegations don't.
        let lock = accept(2, ALICE, 1_000);
        assert_eq!((lock.own, lock.delegated), (3_200, 800));
        let status = Verification::provider_status(&ALICE).unwrap();
        assert_eq!((status.own_locked, status.delegated_locked), (5_000, 3_000));
        assert_eq!(status.open_jobs, 2);

        assert_ok!(Verification::release(1));
        assert_ok!(Verification::release(2));
        let status = Verification::provider_status(&ALICE).unwrap();
        assert_eq!(
            (status.own_locked, status.delegated_locked, status.open_jobs),
            (0, 0, 0)
        );
    });
}

#[test]
fn accepting_a_job_needs_free_self_bond_for_its_own_part() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 1_000_000);
        next_era();
        // 45% of 4 x 5 600 are more than 10 000.
        assert_noop!(
            try_accept(1, ALICE, 5_600),
            Error::<Test>::InsufficientSelfBond
        );
        accept(1, ALICE, 5_400);
        assert_noop!(
            try_accept(2, ALICE, 500),
            Error::<Test>::InsufficientSelfBond
        );
        accept(2, ALICE, 50);
    });
}

#[test]
fn a_provider_with_stake_for_one_job_cannot_accept_two() {
    tell(|| {
        register(ALICE, 10_000);
        accept(1, ALICE, 2_500);
        assert_eq!(
            Verification::can_accept(&ALICE, &terms(2_500, 0)),
            Err(Error::<Test>::InsufficientSelfBond.into())
        );
        assert_noop!(
            try_accept(2, ALICE, 2_500),
            Error::<Test>::InsufficientSelfBond
        );
        assert_ok!(Verification::release(1));
        assert_ok!(Verification::can_accept(&ALICE, &terms(2_500, 0)));
        accept(2, ALICE, 2_500);
    });
}

#[test]
fn a_job_needs_its_whole_collateral() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 1_000);
        next_era();
        assert_noop!(
            try_accept(1, ALICE, 2_800),
            Error::<Test>::InsufficientStake
        );
        accept(1, ALICE, 2_750);
    });
}

#[test]
fn stake_that_is_not_active_backs_no_job() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 10_000);
        assert_noop!(
            try_accept(1, ALICE, 5_000),
            Error::<Test>::InsufficientStake
        );
        next_era();
        accept(1, ALICE, 5_000);
    });
}

#[test]
fn acceptance_without_stake_is_refused() {
    tell(|| {
        assert_noop!(try_accept(1, DAVE, 1), Error::<Test>::NotProvider);
        register(ALICE, 10_000);
        accept(1, ALICE, 2_500);
        fail(1, Fault::Missed);
        assert_eq!(bonded(ALICE), 0);
        assert_noop!(try_accept(2, ALICE, 1), Error::<Test>::SelfBondTooLow);
    });
}

#[test]
fn jobs_of_a_provider_are_bounded_in_number() {
    tell(|| {
        register(ALICE, 100_000);
        for job in 0..4 {
            accept(job, ALICE, 1);
        }
        assert_noop!(try_accept(4, ALICE, 1), Error::<Test>::TooManyJobs);
        assert_ok!(Verification::release(0));
        accept(4, ALICE, 1);
    });
}

#[test]
fn a_lock_is_released_or_slashed_exactly_once() {
    tell(|| {
        register(ALICE, 20_000);
        accept(1, ALICE, 1_000);
        assert_noop!(try_accept(1, ALICE, 1_000), Error::<Test>::CollateralExists);
        assert_ok!(Verification::release(1));
        assert_noop!(Verification::release(1), Error::<Test>::NoCollateral);
        let to = SlashBeneficiaries {
            requester: &REQUESTER,
            bounty: None,
        };
        assert_noop!(
            Verification::slash(1, Fault::Missed, to),
            Error::<Test>::NoCollateral
        );

        accept(2, ALICE, 1_000);
        assert_eq!(Verification::collateral_of(2).unwrap().total, 4_000);
        fail(2, Fault::Contradicted);
        assert_eq!(Verification::collateral_of(2), None);
        assert_noop!(Verification::release(2), Error::<Test>::NoCollateral);
    });
}

#[test]
fn locked_own_bond_cannot_leave() {
    tell(|| {
        register(ALICE, 20_000);
        accept(1, ALICE, 2_500);
        assert_noop!(
            Verification::unbond(signed(ALICE), 10_001),
            Error::<Test>::SelfBondNotFree
        );
        assert_ok!(Verification::unbond(signed(ALICE), 10_000));
    });
}

#[test]
fn what_clients_are_told_is_what_can_be_locked() {
    tell(|| {
        register(ALICE, 10_000);
        let free = || {
            Verification::provider_status(&ALICE)
                .unwrap()
                .free_collateral
        };
        assert_eq!(free(), 10_000);
        delegate(ALICE, BOB, 1_000_000);
        next_era();
        // 45% of it, each of the three parts rounded up, are just covered.
        assert_eq!(free(), 22_215);
        assert_eq!(parameters().own_part(free(), u128::MAX), 9_998);
        let all = terms(22_215 / 4, 22_215);
        assert_ok!(Verification::lock_collateral(1, &ALICE, &all).map(|_| ()));
        assert_eq!(free(), 0);
        let largest = parameters().largest_own_share();
        assert_eq!(largest, Perbill::from_percent(45));
        assert_eq!(Verification::provider_status(&BOB), None);
        assert_ok!(Verification::release(1));
        assert_ok!(Verification::retire(signed(ALICE)));
        assert_eq!(free(), 0);
    });
}
