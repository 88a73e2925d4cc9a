// SPDX-License-Identifier: Apache-2.0
//! Registration, own bond, commission, jail, the end of a provider.

use assay_pallet_primitives::{Fault, Staking};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::Perbill;

use crate::{mock::*, *};

fn metadata(bytes: usize) -> frame_support::BoundedVec<u8, <Test as Config>::MaxMetadata> {
    vec![b'a'; bytes].try_into().unwrap()
}

#[test]
fn registration_holds_the_bond_and_a_deposit_by_bytes() {
    tell(|| {
        assert_ok!(Verification::register(
            signed(ALICE),
            metadata(20),
            Perbill::from_percent(10),
            20_000
        ));
        assert_eq!(bonded(ALICE), 20_000);
        assert_eq!(Verification::held(HoldReason::ProviderDeposit, &ALICE), 120);
        assert_eq!(free(ALICE), ENDOWMENT - 20_120);

        assert_ok!(Verification::set_metadata(signed(ALICE), metadata(64)));
        assert_eq!(Verification::held(HoldReason::ProviderDeposit, &ALICE), 164);
        assert_ok!(Verification::set_metadata(signed(ALICE), metadata(0)));
        assert_eq!(Verification::held(HoldReason::ProviderDeposit, &ALICE), 100);
    });
}

#[test]
fn registration_refuses_a_second_record_a_small_bond_and_a_large_commission() {
    tell(|| {
        let register = |bond, percent| {
            Verification::register(
                signed(ALICE),
                metadata(0),
                Perbill::from_percent(percent),
                bond,
            )
        };
        assert_noop!(register(9_999, 0), Error::<Test>::SelfBondTooLow);
        assert_noop!(register(10_000, 51), Error::<Test>::CommissionTooHigh);
        assert_ok!(register(10_000, 50));
        assert_noop!(register(10_000, 50), Error::<Test>::AlreadyProvider);
    });
}

#[test]
fn nobody_stakes_what_it_does_not_have() {
    tell(|| {
        let missing = sp_runtime::TokenError::FundsUnavailable;
        let origin = || signed(ALICE);
        let register_with =
            |bond| Verification::register(origin(), metadata(0), Perbill::zero(), bond);
        // Not even the existential deposit, nor the deposit for the record.
        assert_noop!(register_with(ENDOWMENT), missing);
        assert_noop!(register_with(ENDOWMENT - ED - 99), missing);
        assert_ok!(register_with(ENDOWMENT - ED - 100));
        let extra = BondExtra::FreeBalance(1);
        assert_noop!(Verification::bond_extra(origin(), ALICE, extra), missing);
        let delegate = |amount| Verification::delegate(signed(BOB), ALICE, amount);
        assert_noop!(delegate(ENDOWMENT), missing);
        assert_ok!(delegate(ENDOWMENT - ED));
        assert_noop!(Verification::bond_extra(signed(BOB), ALICE, extra), missing);
    });
}

#[test]
fn only_a_provider_can_act_as_one() {
    tell(|| {
        let error = Error::<Test>::NotProvider;
        assert_noop!(Verification::set_metadata(signed(BOB), metadata(0)), error);
        let error = Error::<Test>::NotProvider;
        assert_noop!(
            Verification::set_commission(signed(BOB), Perbill::zero()),
            error
        );
        assert_noop!(
            Verification::unbond(signed(BOB), 1),
            Error::<Test>::NotProvider
        );
        assert_noop!(
            Verification::unjail(signed(BOB)),
            Error::<Test>::NotProvider
        );
        assert_noop!(
            Verification::retire(signed(BOB)),
            Error::<Test>::NotProvider
        );
        assert_noop!(
            Verification::reap(signed(BOB), BOB),
            Error::<Test>::NotProvider
        );
        assert_noop!(try_accept(1, BOB, 100), Error::<Test>::NotProvider);
    });
}

#[test]
fn own_bond_grows_at_once_and_leaves_after_the_unbonding_period() {
    tell(|| {
        register(ALICE, 10_000);
        assert_ok!(Verification::bond_extra(
            signed(ALICE),
            ALICE,
            BondExtra::FreeBalance(5_000)
        ));
        assert_eq!(bonded(ALICE), 15_000);
        assert_noop!(
            Verification::unbond(signed(ALICE), 5_001),
            Error::<Test>::SelfBondTooLow
        );
        assert_noop!(
            Verification::unbond(signed(ALICE), 15_001),
            Error::<Test>::SelfBondNotFree
        );
        assert_noop!(
            Verification::unbond(signed(ALICE), 0),
            Error::<Test>::SelfBondNotFree
        );
        assert_ok!(Verification::unbond(signed(ALICE), 2_000));
        assert_ok!(Verification::unbond(signed(ALICE), 3_000));
        assert_eq!(bonded(ALICE), 15_000);

        run_to_block(UNBONDING);
        let error = Error::<Test>::NothingToWithdraw;
        assert_noop!(Verification::withdraw(signed(ALICE), ALICE), error);
        run_to_block(1 + UNBONDING);
        assert_ok!(Verification::withdraw(signed(ALICE), ALICE));
        assert_eq!(bonded(ALICE), 10_000);
    });
}

#[test]
fn own_bond_of_too_many_eras_waits() {
    tell(|| {
        register(ALICE, 20_000);
        for _ in 0..3 {
            assert_ok!(Verification::unbond(signed(ALICE), 100));
            next_era();
        }
        assert_noop!(
            Verification::unbond(signed(ALICE), 100),
            Error::<Test>::TooManyChunks
        );
        run_to_block(1 + UNBONDING);
        assert_ok!(Verification::withdraw(signed(ALICE), ALICE));
        assert_ok!(Verification::unbond(signed(ALICE), 100));
    });
}

#[test]
fn commission_changes_are_delayed_and_bounded() {
    tell(|| {
        register(ALICE, 10_000);
        let set =
            |percent| Verification::set_commission(signed(ALICE), Perbill::from_percent(percent));
        assert_noop!(set(51), Error::<Test>::CommissionTooHigh);
        assert_noop!(set(6), Error::<Test>::CommissionStepTooLarge);
        assert_ok!(set(5));
        let commission = || Verification::provider_status(&ALICE).unwrap().commission;
        next_era();
        assert_eq!(commission(), Perbill::zero());
        // A second announcement replaces the first, and counts from what is in force: no stacking of steps.
        assert_noop!(set(10), Error::<Test>::CommissionStepTooLarge);
        assert_ok!(set(4));
        next_era();
        assert_eq!(commission(), Perbill::zero());
        next_era();
        assert_eq!(commission(), Perbill::from_percent(4));
        assert_ok!(set(9));
        assert_ok!(set(0));
        next_era();
        next_era();
        assert_eq!(commission(), Perbill::zero());
    });
}

#[test]
fn repeated_faults_jail_and_time_with_enough_bond_frees() {
    tell(|| {
        register(ALICE, 20_000);
        assert_noop!(
            Verification::unjail(signed(ALICE)),
            Error::<Test>::NotJailed
        );
        for job in 0..3 {
            accept(job, ALICE, 1_000);
        }
        fail(0, Fault::InvalidProof);
        fail(0, Fault::Missed);
        assert_ok!(try_accept(3, ALICE, 100).map(|_| ()));
        fail(1, Fault::Missed);
        assert_noop!(try_accept(4, ALICE, 100), Error::<Test>::ProviderJailed);
        assert_noop!(
            Verification::unjail(signed(ALICE)),
            Error::<Test>::StillJailed
        );

        run_to_block(21);
        assert_eq!(bonded(ALICE), 20_000 - 2 * 4_000);
        assert_ok!(Verification::unjail(signed(ALICE)));
        assert_ok!(try_accept(4, ALICE, 100).map(|_| ()));
        assert_eq!(Verification::provider_status(&ALICE).unwrap().faults, 0);
    });
}

#[test]
fn a_jailed_provider_must_bond_again_before_it_leaves_jail() {
    tell(|| {
        register(ALICE, 13_000);
        for job in 0..3 {
            accept(job, ALICE, 1_000);
        }
        for job in 0..3 {
            fail(job, Fault::Missed);
        }
        assert_eq!(bonded(ALICE), 1_000);
        run_to_block(21);
        assert_noop!(
            Verification::unjail(signed(ALICE)),
            Error::<Test>::SelfBondTooLow
        );
        assert_ok!(Verification::bond_extra(
            signed(ALICE),
            ALICE,
            BondExtra::FreeBalance(9_000)
        ));
        assert_ok!(Verification::unjail(signed(ALICE)));
    });
}

#[test]
fn faults_of_different_windows_do_not_add_up() {
    tell(|| {
        register(ALICE, 30_000);
        for job in 0..3 {
            accept(job, ALICE, 100);
        }
        fail(0, Fault::Missed);
        fail(1, Fault::Missed);
        run_to_block(50);
        assert_eq!(Verification::provider_status(&ALICE).unwrap().faults, 0);
        fail(2, Fault::Missed);
        assert_eq!(Verification::provider_status(&ALICE).unwrap().faults, 1);
        assert_eq!(
            Verification::provider_status(&ALICE).unwrap().jailed_until,
            None
        );
    });
}

#[test]
fn a_provider_retires_without_open_jobs_and_is_reaped_when_everybody_is_out() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 5_000);
        accept(1, ALICE, 100);
        assert_noop!(Verification::retire(signed(ALICE)), Error::<Test>::OpenJobs);
        assert_ok!(Verification::release(1));
        assert_ok!(Verification::retire(signed(ALICE)));

        assert_noop!(
            Verification::retire(signed(ALICE)),
            Error::<Test>::ProviderRetired
        );
        assert_noop!(try_accept(2, ALICE, 100), Error::<Test>::ProviderRetired);
        let error = Error::<Test>::ProviderRetired;
        assert_noop!(Verification::delegate(signed(CAROL), ALICE, 5_000), error);
        let more = BondExtra::FreeBalance(1);
        let error = Error::<Test>::ProviderRetired;
        assert_noop!(Verification::bond_extra(signed(ALICE), ALICE, more), error);
        assert_noop!(
            Verification::reap(signed(DAVE), ALICE),
            Error::<Test>::NotReapable
        );

        next_era();
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 5_000));
        run_to_block(100);
        assert_ok!(Verification::withdraw(signed(ALICE), ALICE));
        assert_noop!(
            Verification::reap(signed(DAVE), ALICE),
            Error::<Test>::NotReapable
        );
        assert_ok!(Verification::withdraw(signed(BOB), ALICE));
        assert_ok!(Verification::reap(signed(DAVE), ALICE));
        assert_eq!(free(ALICE), ENDOWMENT);
        assert_eq!(free(BOB), ENDOWMENT);
        assert_eq!(Providers::<Test>::count(), 0);
        assert_eq!(UnbondingPools::<Test>::iter().count(), 0);
        assert_eq!(Activations::<Test>::iter().count(), 0);

        register(ALICE, 10_000);
    });
}

#[test]
fn nobody_keeps_the_record_of_a_retired_provider_by_staying() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 5_000);
        next_era();
        let put_out = || Verification::withdraw_for(signed(DAVE), ALICE, BOB);
        assert_noop!(put_out(), Error::<Test>::NotReapable);
        assert_ok!(Verification::retire(signed(ALICE)));
        // Bob has all the time until Alice's bond is out to redelegate.
        assert_noop!(put_out(), Error::<Test>::NotReapable);
        run_to_block(System::block_number() + UNBONDING);
        assert_noop!(put_out(), Error::<Test>::NotReapable);
        assert_ok!(Verification::withdraw(signed(ALICE), ALICE));

        assert_ok!(put_out());
        let status = Verification::delegation_status(&ALICE, &BOB).unwrap();
        assert_eq!((status.active, status.unbonding[0].0), (0, 5_000));
        assert_noop!(put_out(), Error::<Test>::NothingToWithdraw);
        let error = Error::<Test>::NoDelegation;
        assert_noop!(
            Verification::withdraw_for(signed(DAVE), ALICE, CAROL),
            error
        );
        run_to_block(System::block_number() + UNBONDING);
        assert_ok!(put_out());
        assert_ok!(Verification::reap(signed(DAVE), ALICE));
        assert_eq!((free(ALICE), free(BOB)), (ENDOWMENT, ENDOWMENT));
    });
}

#[test]
fn a_record_of_nothing_but_a_past_risk_is_removed_for_its_owner() {
    tell(|| {
        register(ALICE, 10_000);
        register(CAROL, 10_000);
        delegate(ALICE, BOB, 11_000);
        next_era();
        assert_ok!(Verification::redelegate(signed(BOB), ALICE, CAROL, 11_000));
        let matures = System::block_number() + UNBONDING;
        next_era();
        // All that is delegated to Carol goes, and all that she has.
        accept(1, CAROL, 5_000);
        accept(2, CAROL, 250);
        assert_eq!(fail(1, Fault::Missed).delegated, 11_000);
        fail(2, Fault::Missed);
        assert_ok!(Verification::retire(signed(CAROL)));
        let put_out = || Verification::withdraw_for(signed(DAVE), CAROL, BOB);
        assert_noop!(put_out(), Error::<Test>::NothingToWithdraw);
        run_to_block(matures);
        assert_ok!(put_out());
        assert_eq!(staked(BOB), 0);
        assert_ok!(Verification::reap(signed(DAVE), CAROL));
    });
}

#[test]
fn what_is_measured_is_the_stake_with_which_the_next_era_begins() {
    tell(|| {
        let reported = || ReportedStake::get()[&ALICE];
        register(ALICE, 10_000);
        assert_eq!(reported(), 10_000);
        delegate(ALICE, BOB, 5_000);
        assert_eq!(reported(), 15_000);
        // Nobody touches the provider, and yet it is right.
        next_era();
        assert_eq!(reported(), 15_000);
        let status = Verification::provider_status(&ALICE).unwrap();
        assert_eq!(status.own_bond + status.delegated, 15_000);
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 1_000));
        assert_eq!(reported(), 14_000);
        accept(1, ALICE, 1_000);
        fail(1, Fault::Missed);
        assert_eq!(reported(), 10_000);
    });
}
