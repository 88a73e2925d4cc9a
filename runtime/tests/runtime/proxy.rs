// SPDX-License-Identifier: Apache-2.0

//! What each kind of proxy may do.

use assay_runtime::{
    constants::currency::ASY, proxy_type::ProxyType, Balances, Proxy, Runtime, RuntimeCall,
    RuntimeOrigin,
};
use frame_support::{assert_ok, traits::InstanceFilter};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use sp_runtime::MultiAddress;

use crate::chain::{account, Chain};

const ALL: [ProxyType; 5] = [
    ProxyType::Any,
    ProxyType::NonTransfer,
    ProxyType::Governance,
    ProxyType::Collation,
    ProxyType::CancelProxy,
];

fn transfer() -> RuntimeCall {
    RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
        dest: MultiAddress::Id(account(Charlie)),
        value: ASY,
    })
}

/// A call, and the kinds that may make it.
fn samples() -> Vec<(RuntimeCall, Vec<ProxyType>)> {
    use ProxyType::*;
    vec![
        (transfer(), vec![Any]),
        (
            RuntimeCall::System(frame_system::Call::remark { remark: vec![] }),
            vec![Any, NonTransfer],
        ),
        (
            RuntimeCall::PolkadotXcm(pallet_xcm::Call::force_suspension { suspended: true }),
            vec![Any],
        ),
        (
            RuntimeCall::Referenda(pallet_referenda::Call::place_decision_deposit { index: 0 }),
            vec![Any, NonTransfer, Governance],
        ),
        (
            RuntimeCall::ConvictionVoting(pallet_conviction_voting::Call::remove_vote {
                class: None,
                index: 0,
            }),
            vec![Any, NonTransfer, Governance],
        ),
        (
            RuntimeCall::Preimage(pallet_preimage::Call::note_preimage { bytes: vec![] }),
            vec![Any, NonTransfer, Governance],
        ),
        (
            RuntimeCall::Treasury(pallet_treasury::Call::payout { index: 0 }),
            vec![Any, NonTransfer, Governance],
        ),
        (
            RuntimeCall::Treasury(pallet_treasury::Call::void_spend { index: 0 }),
            vec![Any],
        ),
        (
            RuntimeCall::CollatorSelection(
                pallet_collator_selection::Call::register_as_candidate {},
            ),
            vec![Any, NonTransfer, Collation],
        ),
        (
            RuntimeCall::Session(pallet_session::Call::purge_keys {}),
            vec![Any, NonTransfer, Collation],
        ),
        (
            RuntimeCall::Proxy(pallet_proxy::Call::reject_announcement {
                delegate: MultiAddress::Id(account(Bob)),
                call_hash: Default::default(),
            }),
            vec![Any, NonTransfer, CancelProxy],
        ),
        (
            RuntimeCall::Proxy(pallet_proxy::Call::remove_proxies {}),
            vec![Any, NonTransfer],
        ),
        (
            RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![] }),
            ALL.to_vec(),
        ),
    ]
}

#[test]
fn every_kind_allows_exactly_what_it_should() {
    for (call, allowed) in samples() {
        for kind in ALL {
            assert_eq!(
                kind.filter(&call),
                allowed.contains(&kind),
                "{kind:?}: {call:?}"
            );
        }
    }
}

#[test]
fn a_superset_allows_at_least_as_much() {
    for larger in ALL {
        assert!(larger.is_superset(&larger));
        for smaller in ALL.into_iter().filter(|kind| larger.is_superset(kind)) {
            for (call, _) in samples() {
                assert!(
                    !smaller.filter(&call) || larger.filter(&call),
                    "{larger:?} {smaller:?}"
                );
            }
        }
    }
    assert!(!ProxyType::Governance.is_superset(&ProxyType::Collation));
    assert!(!ProxyType::NonTransfer.is_superset(&ProxyType::Any));
    assert_eq!(ProxyType::default(), ProxyType::Any);
}

#[test]
fn a_batch_does_not_smuggle_a_transfer_past_the_filter() {
    Chain::new("development").execute(|| {
        let (alice, bob) = (account(Alice), account(Bob));
        assert_ok!(Proxy::add_proxy(
            RuntimeOrigin::signed(alice.clone()),
            MultiAddress::Id(bob.clone()),
            ProxyType::Governance,
            0
        ));
        let before = Balances::free_balance(account(Charlie));
        let attempts = [
            transfer(),
            RuntimeCall::Utility(pallet_utility::Call::batch {
                calls: vec![transfer()],
            }),
            RuntimeCall::Utility(pallet_utility::Call::force_batch {
                calls: vec![transfer()],
            }),
            RuntimeCall::Utility(pallet_utility::Call::as_derivative {
                index: 0,
                call: Box::new(transfer()),
            }),
        ];
        for call in attempts {
            let _ = Proxy::proxy(
                RuntimeOrigin::signed(bob.clone()),
                MultiAddress::Id(alice.clone()),
                None,
                Box::new(call),
            );
            assert_eq!(Balances::free_balance(account(Charlie)), before);
        }
        // The same with a proxy for everything works.
        assert_ok!(Proxy::add_proxy(
            RuntimeOrigin::signed(alice.clone()),
            MultiAddress::Id(bob.clone()),
            ProxyType::Any,
            0
        ));
        assert_ok!(Proxy::proxy(
            RuntimeOrigin::signed(bob),
            MultiAddress::Id(alice),
            Some(ProxyType::Any),
            Box::new(transfer()),
        ));
        assert_eq!(Balances::free_balance(account(Charlie)), before + ASY);
    });
}

#[test]
fn the_encoding_of_the_kinds_never_changes() {
    use codec::Encode;
    for (index, kind) in ALL.into_iter().enumerate() {
        assert_eq!(kind.encode(), [index as u8]);
    }
    let _: ProxyType = <Runtime as pallet_proxy::Config>::ProxyType::default();
}
