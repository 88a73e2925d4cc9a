// SPDX-License-Identifier: Apache-2.0

//! Referenda from submission to enactment, on chains whose periods genesis shortened. The blob is
//! the one of the main network.

use assay_runtime::{
    constants::currency::ASY,
    governance::{
        origins::{Origin as CustomOrigin, MAX_TREASURER_SPEND},
        tracks::{ROOT_DECISION_DEPOSIT, ROOT_TRACK, TREASURY_DECISION_DEPOSIT, TREASURY_TRACK},
    },
    parameters::{CurrentPeriods, Periods},
    Balance, Balances, ConvictionVoting, OriginCaller, Preimage, Referenda, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeOrigin, Treasury,
};
use codec::Encode;
use frame_support::{
    assert_noop, assert_ok,
    traits::{schedule::DispatchTime, Bounded, Currency, PollStatus, Polling},
};
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use pallet_referenda::{ReferendumInfo, ReferendumInfoFor, ReferendumInfoOf, TracksInfo};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave};
use sp_runtime::{
    traits::{BlakeTwo256, Hash},
    DispatchError, MultiAddress,
};

use crate::chain::{account, events, short_periods, Chain};

fn root() -> OriginCaller {
    OriginCaller::system(frame_system::RawOrigin::Root)
}

fn treasurer() -> OriginCaller {
    OriginCaller::Origins(CustomOrigin::Treasurer)
}

fn spend(amount: Balance) -> RuntimeCall {
    RuntimeCall::Treasury(pallet_treasury::Call::spend {
        asset_kind: Box::new(()),
        amount,
        beneficiary: Box::new(MultiAddress::Id(account(Dave))),
        valid_from: None,
    })
}

/// Notes the call, submits it for `origin` and pays both deposits, all by Alice.
fn propose(origin: OriginCaller, call: RuntimeCall) -> u32 {
    let encoded = call.encode();
    let proposal = Bounded::Lookup {
        hash: BlakeTwo256::hash(&encoded),
        len: encoded.len() as u32,
    };
    let alice = RuntimeOrigin::signed(account(Alice));
    assert_ok!(Preimage::note_preimage(alice.clone(), encoded));
    let index = pallet_referenda::ReferendumCount::<Runtime>::get();
    assert_ok!(Referenda::submit(
        alice.clone(),
        Box::new(origin),
        proposal,
        DispatchTime::After(0)
    ));
    assert_ok!(Referenda::place_decision_deposit(alice, index));
    index
}

/// Every development account votes with half of what it owns.
fn everybody_votes(index: u32, aye: bool) {
    for key in Sr25519Keyring::well_known() {
        let vote = AccountVote::Standard {
            vote: Vote {
                aye,
                conviction: Conviction::Locked1x,
            },
            balance: Balances::free_balance(account(key)) / 4 * 3,
        };
        assert_ok!(ConvictionVoting::vote(
            RuntimeOrigin::signed(account(key)),
            index,
            vote
        ));
    }
}

fn info(index: u32) -> ReferendumInfoOf<Runtime, ()> {
    ReferendumInfoFor::<Runtime>::get(index).expect("referendum exists")
}

/// Runs until the scheduler has dispatched a call; returns its result and the number of blocks it
/// took.
fn run_until_dispatched(chain: &mut Chain, limit: u32) -> (Result<(), DispatchError>, u32) {
    for blocks in 1..=limit {
        chain.run(1);
        let dispatched = chain.execute(|| {
            events().into_iter().find_map(|event| match event {
                RuntimeEvent::Scheduler(pallet_scheduler::Event::Dispatched { id, result, .. })
                    // The referenda pallet's own wake-ups have no name.
                    if id.is_some() =>
                {
                    Some(result)
                }
                _ => None,
            })
        });
        if let Some(result) = dispatched {
            return (result, blocks);
        }
    }
    panic!("nothing was dispatched in {limit} blocks");
}

#[test]
fn a_root_referendum_changes_the_chain() {
    let mut chain = Chain::short();
    chain.run(1);
    let new = Periods {
        session: 7,
        ..short_periods()
    };
    let call =
        RuntimeCall::ChainParameters(assay_runtime::parameters::Call::set_periods { periods: new });
    let index = chain.execute(|| {
        let reserved = Balances::reserved_balance(account(Alice));
        let index = propose(root(), call);
        let deposits =
            <Runtime as pallet_referenda::Config>::SubmissionDeposit::get() + ROOT_DECISION_DEPOSIT;
        assert!(Balances::reserved_balance(account(Alice)) >= reserved + deposits);
        everybody_votes(index, true);
        index
    });
    let (result, blocks) = run_until_dispatched(&mut chain, 30);
    assert_ok!(result);
    let track = short_periods().root_track;
    assert!(
        blocks >= track.prepare + track.confirm + track.min_enactment,
        "{blocks} blocks"
    );
    assert!(
        blocks <= track.prepare + track.confirm + track.min_enactment + 2,
        "{blocks} blocks"
    );
    chain.execute(|| {
        assert_eq!(CurrentPeriods::<Runtime>::get(), new);
        assert!(matches!(info(index), ReferendumInfo::Approved(..)));
        // Both deposits come back.
        assert_ok!(Referenda::refund_decision_deposit(
            RuntimeOrigin::signed(account(Bob)),
            index
        ));
        assert_ok!(Referenda::refund_submission_deposit(
            RuntimeOrigin::signed(account(Bob)),
            index
        ));
    });
}

#[test]
fn a_rejected_referendum_changes_nothing() {
    let mut chain = Chain::short();
    chain.run(1);
    let index = chain.execute(|| {
        let call = RuntimeCall::ChainParameters(assay_runtime::parameters::Call::set_periods {
            periods: Periods::default(),
        });
        let index = propose(root(), call);
        everybody_votes(index, false);
        index
    });
    let track = short_periods().root_track;
    chain.run(track.prepare + track.decision + 2);
    chain.execute(|| {
        assert!(matches!(info(index), ReferendumInfo::Rejected(..)));
        assert_eq!(CurrentPeriods::<Runtime>::get(), short_periods());
    });
}

#[test]
fn few_votes_are_not_enough_for_root() {
    let mut chain = Chain::short();
    chain.run(1);
    let index = chain.execute(|| {
        let index = propose(
            root(),
            RuntimeCall::System(frame_system::Call::remark { remark: vec![1] }),
        );
        let vote = AccountVote::Standard {
            vote: Vote {
                aye: true,
                conviction: Conviction::Locked6x,
            },
            // All ayes, six-fold, but 2% of the tokens.
            balance: Balances::active_issuance() / 50,
        };
        assert_ok!(ConvictionVoting::vote(
            RuntimeOrigin::signed(account(Bob)),
            index,
            vote
        ));
        index
    });
    let track = short_periods().root_track;
    chain.run(track.prepare + track.decision + 2);
    chain.execute(|| assert!(matches!(info(index), ReferendumInfo::Rejected(..))));
}

/// A chain whose treasury has a million ASY.
fn chain_with_funded_treasury() -> Chain {
    let mut chain = Chain::short();
    chain.run(1);
    chain.execute(|| {
        let _ =
            <Balances as Currency<_>>::deposit_creating(&Treasury::account_id(), 1_000_000 * ASY);
    });
    chain
}

#[test]
fn a_treasury_referendum_pays_its_beneficiary() {
    let mut chain = chain_with_funded_treasury();
    let amount = MAX_TREASURER_SPEND;
    let (index, before) = chain.execute(|| {
        let index = propose(treasurer(), spend(amount));
        everybody_votes(index, true);
        (index, Balances::free_balance(account(Dave)))
    });
    chain.execute(|| {
        let ReferendumInfo::Ongoing(status) = info(index) else {
            panic!("ongoing")
        };
        assert_eq!(status.track, TREASURY_TRACK);
        assert_eq!(
            status.decision_deposit.unwrap().amount,
            TREASURY_DECISION_DEPOSIT
        );
    });
    let (result, _) = run_until_dispatched(&mut chain, 30);
    assert_ok!(result);
    chain.execute(|| {
        let issuance = Balances::total_issuance();
        let treasury = Balances::free_balance(Treasury::account_id());
        assert_ok!(Treasury::payout(RuntimeOrigin::signed(account(Bob)), 0));
        assert_eq!(Balances::free_balance(account(Dave)), before + amount);
        assert_eq!(
            Balances::free_balance(Treasury::account_id()),
            treasury - amount
        );
        assert_eq!(Balances::total_issuance(), issuance);
        // Once.
        assert!(Treasury::payout(RuntimeOrigin::signed(account(Bob)), 0).is_err());
    });
}

#[test]
fn an_approved_spend_expires() {
    let mut chain = chain_with_funded_treasury();
    chain.execute(|| {
        assert_ok!(Treasury::spend(
            RuntimeOrigin::root(),
            Box::new(()),
            ASY,
            Box::new(MultiAddress::Id(account(Dave))),
            None
        ));
    });
    chain.run(short_periods().treasury_payout + 1);
    chain.execute(|| {
        assert_noop!(
            Treasury::payout(RuntimeOrigin::signed(account(Bob)), 0),
            pallet_treasury::Error::<Runtime>::SpendExpired
        );
    });
}

#[test]
fn the_treasury_track_cannot_spend_more_than_its_limit() {
    let mut chain = chain_with_funded_treasury();
    chain.execute(|| {
        let index = propose(treasurer(), spend(MAX_TREASURER_SPEND + 1));
        everybody_votes(index, true);
    });
    let (result, _) = run_until_dispatched(&mut chain, 30);
    assert_eq!(
        result,
        Err(pallet_treasury::Error::<Runtime>::InsufficientPermission.into())
    );
}

#[test]
fn the_limit_holds_for_all_spends_of_a_referendum_together() {
    let mut chain = chain_with_funded_treasury();
    chain.execute(|| {
        let half = MAX_TREASURER_SPEND / 2 + 1;
        let call = RuntimeCall::Utility(pallet_utility::Call::batch_all {
            calls: vec![spend(half), spend(half)],
        });
        let index = propose(treasurer(), call);
        everybody_votes(index, true);
    });
    let (result, _) = run_until_dispatched(&mut chain, 30);
    assert_eq!(
        result,
        Err(pallet_treasury::Error::<Runtime>::InsufficientPermission.into())
    );
    chain.execute(|| assert_eq!(pallet_treasury::SpendCount::<Runtime>::get(), 0));
}

#[test]
fn the_treasurer_is_not_root_and_root_may_spend_anything() {
    chain_with_funded_treasury().execute(|| {
        let treasurer: RuntimeOrigin = CustomOrigin::Treasurer.into();
        assert_noop!(
            assay_runtime::ChainParameters::set_periods(treasurer, Periods::default()),
            DispatchError::BadOrigin
        );
        assert_ok!(Treasury::spend(
            RuntimeOrigin::root(),
            Box::new(()),
            MAX_TREASURER_SPEND * 5,
            Box::new(MultiAddress::Id(account(Dave))),
            None
        ));
        assert_noop!(
            Treasury::spend(
                RuntimeOrigin::signed(account(Alice)),
                Box::new(()),
                1,
                Box::new(MultiAddress::Id(account(Alice))),
                None
            ),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn only_the_two_origins_have_a_track() {
    type Tracks = <Runtime as pallet_referenda::Config>::Tracks;
    assert_eq!(Tracks::track_for(&root()), Ok(ROOT_TRACK));
    assert_eq!(Tracks::track_for(&treasurer()), Ok(TREASURY_TRACK));
    let signed = OriginCaller::system(frame_system::RawOrigin::Signed(account(Alice)));
    assert_eq!(Tracks::track_for(&signed), Err(()));
    assert_eq!(
        Tracks::track_for(&OriginCaller::system(frame_system::RawOrigin::None)),
        Err(())
    );
    Chain::short().execute(|| {
        assert_ok!(Tracks::check_integrity());
        for track in Tracks::tracks() {
            let expected = short_periods().root_track;
            assert_eq!(track.info.decision_period, expected.decision);
            assert_eq!(Tracks::info(track.id).as_deref(), Some(&track.info));
        }
    });
}

/// A curve that ends above where it should would make a track impassable, one that starts low would
/// make it trivial.
#[test]
fn curves_fall_between_sane_bounds() {
    use sp_runtime::Perbill;
    Chain::short().execute(|| {
        for track in <Runtime as pallet_referenda::Config>::Tracks::tracks() {
            let (approval, support) = (&track.info.min_approval, &track.info.min_support);
            let at = |curve: &pallet_referenda::Curve, percent| {
                curve.threshold(Perbill::from_percent(percent))
            };
            assert!(at(approval, 0) >= Perbill::from_percent(99));
            // The solver of the curve's parameters is right to a few parts in a billion.
            assert!(at(approval, 100) >= Perbill::from_parts(499_999_990));
            assert!(at(approval, 100) <= Perbill::from_percent(50));
            assert!(at(support, 0) >= Perbill::from_percent(49));
            assert!(at(support, 100) >= Perbill::from_percent(1));
            assert!(at(support, 100) <= Perbill::from_percent(5));
            for percent in 0..100 {
                assert!(at(approval, percent + 1) <= at(approval, percent));
                assert!(at(support, percent + 1) <= at(support, percent));
            }
        }
    });
}

#[test]
fn a_referendum_without_a_decision_deposit_times_out() {
    let mut chain = Chain::short();
    chain.run(1);
    chain.execute(|| {
        let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] }).encode();
        let proposal = Bounded::Inline(call.try_into().expect("short"));
        assert_ok!(Referenda::submit(
            RuntimeOrigin::signed(account(Charlie)),
            Box::new(root()),
            proposal,
            DispatchTime::After(0)
        ));
    });
    chain.run(short_periods().undeciding_timeout + 2);
    chain.execute(|| {
        assert!(matches!(info(0), ReferendumInfo::TimedOut(..)));
        Referenda::access_poll(0, |status: PollStatus<_, _, _>| {
            assert!(matches!(status, PollStatus::None));
        });
    });
}
