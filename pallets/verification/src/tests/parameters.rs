// SPDX-License-Identifier: Apache-2.0
//! Economic parameters and eras.

use assay_pallet_primitives::EraClock;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{traits::BadOrigin, FixedU128, Perbill};

use crate::{
    mock::*,
    parameters::{MAX_PERIOD, *},
    *,
};

#[test]
fn eras_follow_each_other_and_a_new_length_applies_from_the_next_one() {
    tell(|| {
        assert_eq!(Verification::current_era(), 0);
        run_to_block(9);
        assert_eq!(Verification::current_era(), 0);
        run_to_block(10);
        assert_eq!(Verification::current_era(), 1);
        let mut longer = parameters();
        longer.era_length = 20;
        longer.unbonding_period = 70;
        assert_ok!(Verification::set_parameters(RuntimeOrigin::root(), longer));
        assert_eq!(
            CurrentEra::<Test>::get(),
            EraInfo {
                index: 1,
                start: 10,
                end: 20
            }
        );
        run_to_block(20);
        assert_eq!(
            CurrentEra::<Test>::get(),
            EraInfo {
                index: 2,
                start: 20,
                end: 40
            }
        );
        run_to_block(40);
        assert_eq!(Verification::current_era(), 3);
    });
}

#[test]
fn stake_that_leaves_a_long_era_outlasts_its_jobs_even_if_shorter_periods_come_meanwhile() {
    tell(|| {
        let (long, short) = (100, parameters());
        let mut longer = parameters();
        longer.era_length = long;
        longer.unbonding_period = long + 50;
        assert_ok!(Verification::set_parameters(RuntimeOrigin::root(), longer));
        register(ALICE, 20_000);
        run_to_block(ERA);
        assert_eq!(CurrentEra::<Test>::get().end, ERA + long);
        assert_ok!(Verification::set_parameters(RuntimeOrigin::root(), short));
        assert_ok!(Verification::unbond(signed(ALICE), 10_000));
        // A job that is accepted in the last block of the era is over 50 blocks later, and the bond that left is at risk for it.
        run_to_block(ERA + UNBONDING);
        assert_noop!(
            Verification::withdraw(signed(ALICE), ALICE),
            Error::<Test>::NothingToWithdraw
        );
        run_to_block(ERA + long + 50);
        assert_ok!(Verification::withdraw(signed(ALICE), ALICE));
    });
}

#[test]
fn only_governance_sets_parameters() {
    tell(|| {
        assert_noop!(
            Verification::set_parameters(signed(ALICE), parameters()),
            BadOrigin
        );
        let mut other = parameters();
        other.min_self_bond = 77;
        assert_ok!(Verification::set_parameters(RuntimeOrigin::root(), other));
        assert_eq!(Parameters::<Test>::get(), other);
    });
}

#[test]
fn parameters_outside_sane_bounds_are_refused() {
    use InvalidParameters::*;
    type Change = fn(&mut ParametersOf<Test>);
    let refused: &[(InvalidParameters, Change)] = &[
        (PeriodOutOfRange, |p| p.era_length = 0),
        (PeriodOutOfRange, |p| {
            p.unbonding_period = u64::from(MAX_PERIOD) + 1
        }),
        (PeriodOutOfRange, |p| p.jail_period = 0),
        (PeriodOutOfRange, |p| p.commission_delay = 0),
        (PeriodOutOfRange, |p| p.fault_threshold = 0),
        (PeriodOutOfRange, |p| {
            p.fault_window = MAX_COMMISSION_DELAY + 1
        }),
        (EraTooShort, |p| p.era_length = 1),
        (UnbondingTooShort, |p| p.unbonding_period = 59),
        (UnbondingTooShort, |p| p.era_length = 11),
        (MinimumTooLow, |p| p.min_self_bond = 0),
        (MinimumTooLow, |p| p.collateral_floor = 0),
        (MinimumTooLow, |p| {
            p.min_delegation = LEAST_MIN_DELEGATION - 1
        }),
        (CollateralRatioOutOfRange, |p| {
            p.collateral_ratio = FixedU128::from_u32(101)
        }),
        (CollateralRatioOutOfRange, |p| {
            p.collateral_ratio = FixedU128::from_rational(1, 11)
        }),
        (BountyTooLarge, |p| {
            p.bounty_share = Perbill::from_percent(26)
        }),
        (InvalidProofShareOutOfRange, |p| {
            p.invalid_proof_share = Perbill::zero()
        }),
        (InvalidProofShareOutOfRange, |p| {
            p.invalid_proof_share = Perbill::from_percent(51)
        }),
        (SharesExceedCollateral, |p| {
            p.compensation_share = Perbill::from_percent(81)
        }),
        (ProtocolFeeOutOfRange, |p| p.protocol_fee = Perbill::zero()),
        (ProtocolFeeOutOfRange, |p| {
            p.protocol_fee = Perbill::from_percent(21)
        }),
        (CommissionStepZero, |p| {
            p.max_commission_step = Perbill::zero()
        }),
    ];
    tell(|| {
        for (reason, change) in refused {
            let mut changed = parameters();
            change(&mut changed);
            assert_noop!(
                Verification::set_parameters(RuntimeOrigin::root(), changed),
                Error::<Test>::InvalidParameters(*reason)
            );
        }
    });
}

#[test]
fn the_default_parameters_are_valid_for_jobs_of_a_week() {
    assert_eq!(ParametersOf::<Test>::default().validate(7 * 14_400), Ok(()));
}

#[test]
#[should_panic(expected = "invalid economic parameters: UnbondingTooShort")]
fn genesis_refuses_invalid_parameters() {
    use sp_runtime::BuildStorage;
    let mut parameters = parameters();
    parameters.unbonding_period = 1;
    let genesis = crate::GenesisConfig::<Test> {
        parameters,
        ..Default::default()
    };
    let _ = genesis.build_storage();
}

#[test]
fn unbonding_outlasts_the_longest_job() {
    // A job that is accepted in the last block of an era, by stake that leaves in its first one.
    let (longest, mut parameters) = (50, parameters());
    for (era_length, unbonding_period) in [(10, 60), (20, 70), (2, 52)] {
        parameters.era_length = era_length;
        parameters.unbonding_period = unbonding_period;
        assert_eq!(parameters.validate(longest), Ok(()));
        parameters.unbonding_period -= 1;
        assert_eq!(
            parameters.validate(longest),
            Err(InvalidParameters::UnbondingTooShort)
        );
    }
}
