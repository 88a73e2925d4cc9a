// SPDX-License-Identifier: Apache-2.0

//! Tests of the chain-parameters pallet inside the real runtime.

use frame_support::{assert_noop, assert_ok, traits::Get};
use sp_runtime::{BuildStorage, DispatchError};
use xcm::latest::NetworkId;

use super::{types::*, *};
use crate::{AccountId, ChainParameters, Runtime, RuntimeEvent, RuntimeOrigin, System};

fn new_test_ext(periods: Periods) -> sp_io::TestExternalities {
    let mut storage = frame_system::GenesisConfig::<Runtime>::default()
        .build_storage()
        .unwrap();
    GenesisConfig::<Runtime> {
        periods,
        ..Default::default()
    }
    .assimilate_storage(&mut storage)
    .unwrap();
    let mut ext = sp_io::TestExternalities::new(storage);
    ext.execute_with(|| System::set_block_number(1));
    ext
}

/// The default periods after one change.
fn with(change: impl FnOnce(&mut Periods)) -> Periods {
    let mut periods = Periods::default();
    change(&mut periods);
    periods
}

fn shortest() -> Periods {
    let track = TrackPeriods {
        prepare: 1,
        decision: 1,
        confirm: 1,
        min_enactment: 1,
    };
    Periods {
        session: MIN_SESSION,
        treasury_spend: 1,
        treasury_payout: 1,
        vote_locking: 1,
        undeciding_timeout: 2,
        root_track: track,
        treasury_track: track,
    }
}

#[test]
fn both_ends_of_every_range_are_valid() {
    assert_eq!(Periods::default().validate(), Ok(()));
    assert_eq!(shortest().validate(), Ok(()));
    let track = TrackPeriods {
        prepare: MAX_PERIOD - 1,
        decision: MAX_PERIOD,
        confirm: MAX_PERIOD,
        min_enactment: MAX_PERIOD,
    };
    let longest = Periods {
        session: MAX_SESSION,
        treasury_spend: MAX_PERIOD,
        treasury_payout: MAX_PERIOD,
        vote_locking: MAX_PERIOD,
        undeciding_timeout: MAX_PERIOD,
        root_track: track,
        treasury_track: track,
    };
    assert_eq!(longest.validate(), Ok(()));
}

#[test]
fn every_range_is_checked() {
    for session in [0, MIN_SESSION - 1, MAX_SESSION + 1, u32::MAX] {
        assert_eq!(
            with(|p| p.session = session).validate(),
            Err(InvalidPeriods::SessionOutOfRange)
        );
    }
    let fields: [fn(&mut Periods) -> &mut u32; 12] = [
        |p| &mut p.treasury_spend,
        |p| &mut p.treasury_payout,
        |p| &mut p.vote_locking,
        |p| &mut p.undeciding_timeout,
        |p| &mut p.root_track.prepare,
        |p| &mut p.root_track.decision,
        |p| &mut p.root_track.confirm,
        |p| &mut p.root_track.min_enactment,
        |p| &mut p.treasury_track.prepare,
        |p| &mut p.treasury_track.decision,
        |p| &mut p.treasury_track.confirm,
        |p| &mut p.treasury_track.min_enactment,
    ];
    for field in fields {
        for value in [0, MAX_PERIOD + 1, u32::MAX] {
            assert_eq!(
                with(|p| *field(p) = value).validate(),
                Err(InvalidPeriods::PeriodOutOfRange)
            );
        }
    }
}

#[test]
fn relations_between_periods_are_checked_on_both_tracks() {
    let tracks: [fn(&mut Periods) -> &mut TrackPeriods; 2] =
        [|p| &mut p.root_track, |p| &mut p.treasury_track];
    for track in tracks {
        assert_eq!(
            with(|p| {
                let t = track(p);
                t.confirm = t.decision + 1;
            })
            .validate(),
            Err(InvalidPeriods::ConfirmationExceedsDecision)
        );
        assert_eq!(
            with(|p| track(p).min_enactment = p.vote_locking + 1).validate(),
            Err(InvalidPeriods::VoteLockBelowEnactment)
        );
        assert_eq!(
            with(|p| track(p).prepare = p.undeciding_timeout).validate(),
            Err(InvalidPeriods::TimeoutWithinPreparation)
        );
    }
}

#[test]
fn root_replaces_the_periods_and_the_getters_follow() {
    new_test_ext(Periods::default()).execute_with(|| {
        let (old, new) = (Periods::default(), shortest());
        assert_ok!(ChainParameters::set_periods(RuntimeOrigin::root(), new));
        System::assert_last_event(RuntimeEvent::ChainParameters(Event::PeriodsChanged {
            old,
            new,
        }));
        assert_eq!(CurrentPeriods::<Runtime>::get(), new);
        assert_eq!(getters::SessionLength::<Runtime>::get(), new.session);
        assert_eq!(
            getters::TreasurySpendPeriod::<Runtime>::get(),
            new.treasury_spend
        );
        assert_eq!(
            getters::TreasuryPayoutPeriod::<Runtime>::get(),
            new.treasury_payout
        );
        assert_eq!(
            getters::VoteLockingPeriod::<Runtime>::get(),
            new.vote_locking
        );
        assert_eq!(
            getters::UndecidingTimeout::<Runtime>::get(),
            new.undeciding_timeout
        );
    });
}

#[test]
fn nobody_but_root_may_set_periods() {
    new_test_ext(Periods::default()).execute_with(|| {
        let origins = [
            RuntimeOrigin::none(),
            RuntimeOrigin::signed(AccountId::from([1; 32])),
            crate::governance::origins::Origin::Treasurer.into(),
        ];
        for origin in origins {
            assert_noop!(
                ChainParameters::set_periods(origin, shortest()),
                DispatchError::BadOrigin
            );
        }
    });
}

#[test]
fn an_invalid_set_changes_nothing() {
    new_test_ext(Periods::default()).execute_with(|| {
        assert_noop!(
            ChainParameters::set_periods(RuntimeOrigin::root(), with(|p| p.session = 0)),
            Error::<Runtime>::SessionOutOfRange
        );
        assert_noop!(
            ChainParameters::set_periods(RuntimeOrigin::root(), with(|p| p.vote_locking = 0)),
            Error::<Runtime>::PeriodOutOfRange
        );
        assert_noop!(
            ChainParameters::set_periods(
                RuntimeOrigin::root(),
                with(|p| p.root_track.confirm = p.root_track.decision + 1)
            ),
            Error::<Runtime>::ConfirmationExceedsDecision
        );
        assert_noop!(
            ChainParameters::set_periods(RuntimeOrigin::root(), with(|p| p.vote_locking = 1)),
            Error::<Runtime>::VoteLockBelowEnactment
        );
        assert_noop!(
            ChainParameters::set_periods(RuntimeOrigin::root(), with(|p| p.undeciding_timeout = 1)),
            Error::<Runtime>::TimeoutWithinPreparation
        );
    });
}

#[test]
fn genesis_sets_periods_and_network() {
    new_test_ext(shortest()).execute_with(|| {
        assert_eq!(CurrentPeriods::<Runtime>::get(), shortest());
        assert_eq!(RelayNetwork::<Runtime>::get(), NetworkId::Polkadot);
    });
}

#[test]
#[should_panic(expected = "invalid chain parameters: SessionOutOfRange")]
fn genesis_refuses_invalid_periods() {
    new_test_ext(with(|p| p.session = 0));
}

#[test]
fn the_proof_size_of_a_read_covers_the_value() {
    use codec::MaxEncodedLen;
    // The SDK's estimate for a single value: the path in the trie plus the value.
    let estimate = 1_485 + Periods::max_encoded_len() as u64;
    assert!(<Runtime as Config>::WeightInfo::read_periods().proof_size() >= estimate);
}
