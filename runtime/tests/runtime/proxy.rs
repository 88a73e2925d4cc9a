// SPDX-License-Identifier: Apache-2.0

//! What each kind of proxy may do.

use assay_runtime::{
    constants::currency::ASY, proxy_type::ProxyType, Balances, Proxy, Runtime, RuntimeCall,
    RuntimeOrigin,
};
use frame_support::{
    assert_ok,
    traits::{GetCallMetadata, InstanceFilter},
};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use sp_runtime::MultiAddress;

use crate::chain::{account, Chain};

const ALL: [ProxyType; 7] = [
    ProxyType::Any,
    ProxyType::NonTransfer,
    ProxyType::Governance,
    ProxyType::Collation,
    ProxyType::CancelProxy,
    ProxyType::Staking,
    ProxyType::Worker,
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
    .into_iter()
    .chain(market_samples())
    .collect()
}

/// Every call of the market's pallets, and the kinds that may make it.
fn market_samples() -> Vec<(RuntimeCall, Vec<ProxyType>)> {
    use pallet_inference_market::Call as Market;
    use pallet_model_registry::Call as Registry;
    use pallet_verification::{BondExtra, Call as Staking};
    use ProxyType::{Any, NonTransfer};
    let (bob, amount) = (account(Bob), ASY);
    let staking = [
        Staking::register {
            metadata: Default::default(),
            commission: Default::default(),
            bond: ASY,
        },
        Staking::set_metadata {
            metadata: Default::default(),
        },
        Staking::set_commission {
            commission: Default::default(),
        },
        Staking::bond_extra {
            provider: bob.clone(),
            extra: BondExtra::Rewards,
        },
        Staking::unbond { amount },
        Staking::delegate {
            provider: bob.clone(),
            amount,
        },
        Staking::undelegate {
            provider: bob.clone(),
            amount,
        },
        Staking::redelegate {
            from: bob.clone(),
            to: account(Charlie),
            amount,
        },
        Staking::withdraw {
            provider: bob.clone(),
        },
        Staking::claim {
            provider: bob.clone(),
        },
        Staking::claim_for {
            provider: bob.clone(),
            delegator: account(Charlie),
        },
        Staking::apply_slash {
            provider: bob.clone(),
            delegator: account(Charlie),
        },
        Staking::unjail {},
        Staking::retire {},
        Staking::reap { provider: bob },
    ];
    let work = [
        Market::accept {
            job: 0,
            min_price: 0,
        },
        Market::publish_early_result {
            job: 0,
            outputs: Default::default(),
        },
        Market::submit_proof {
            jobs: Default::default(),
            outputs: Default::default(),
            proof: Default::default(),
            weight_limit: Default::default(),
        },
        Market::expire { job: 0 },
    ];
    let spending = [
        RuntimeCall::InferenceMarket(Market::post {
            model: 0,
            inputs: Default::default(),
            terms: pallet_inference_market::Terms {
                start_price: ASY,
                max_price: ASY,
                ramp: 0,
                auction: 1,
                proof_window: 4,
                min_collateral: 0,
            },
        }),
        RuntimeCall::InferenceMarket(Market::cancel { job: 0 }),
        RuntimeCall::InferenceMarket(Market::prune_receipt { job: 0 }),
        RuntimeCall::InferenceMarket(Market::set_parameters {
            parameters: Default::default(),
        }),
        RuntimeCall::Verification(Staking::set_parameters {
            parameters: Default::default(),
        }),
        RuntimeCall::ModelRegistry(Registry::register {
            key: Default::default(),
            metadata: Default::default(),
            royalty: Default::default(),
        }),
        RuntimeCall::ModelRegistry(Registry::update_metadata {
            model: 0,
            metadata: Default::default(),
        }),
        RuntimeCall::ModelRegistry(Registry::set_royalty {
            model: 0,
            royalty: Default::default(),
        }),
        RuntimeCall::ModelRegistry(Registry::retire { model: 0 }),
        RuntimeCall::ModelRegistry(Registry::remove { model: 0 }),
        RuntimeCall::ModelRegistry(Registry::bar { model: 0 }),
        RuntimeCall::ModelRegistry(Registry::permit_key {
            digest: Default::default(),
        }),
        RuntimeCall::ModelRegistry(Registry::refresh { model: 0 }),
        RuntimeCall::ModelRegistry(Registry::bar_key {
            digest: Default::default(),
        }),
        RuntimeCall::Verification(Staking::withdraw_for {
            provider: account(Bob),
            delegator: account(Charlie),
        }),
        RuntimeCall::Concentration(pallet_concentration::Call::set_cap { cap: None }),
        RuntimeCall::Concentration(pallet_concentration::Call::prune { limit: 1 }),
    ];
    let staking = staking.map(|call| {
        let kinds = vec![Any, NonTransfer, ProxyType::Staking];
        (RuntimeCall::Verification(call), kinds)
    });
    let work = work.map(|call| {
        let kinds = vec![Any, NonTransfer, ProxyType::Worker];
        (RuntimeCall::InferenceMarket(call), kinds)
    });
    let spending = spending.map(|call| (call, vec![Any]));
    staking.into_iter().chain(work).chain(spending).collect()
}

/// A call that nobody has thought about here must not slip through.
#[test]
fn every_call_of_the_market_is_among_the_samples() {
    use frame_support::traits::GetCallName;
    let of = |pallet: &str| {
        let calls = market_samples();
        let names = calls.iter().map(|(call, _)| call.get_call_metadata());
        let mut names: Vec<_> = names
            .filter(|call| call.pallet_name == pallet)
            .map(|call| call.function_name)
            .collect();
        names.sort();
        names
    };
    let all = |names: &[&'static str]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    assert_eq!(
        of("Verification"),
        all(pallet_verification::Call::<Runtime>::get_call_names())
    );
    assert_eq!(
        of("InferenceMarket"),
        all(pallet_inference_market::Call::<Runtime>::get_call_names())
    );
    assert_eq!(
        of("ModelRegistry"),
        all(pallet_model_registry::Call::<Runtime>::get_call_names())
    );
    assert_eq!(
        of("Concentration"),
        all(pallet_concentration::Call::<Runtime>::get_call_names())
    );
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

/// Whoever steals a worker's key gets no funds with it: not directly, not wrapped, not as a proxy of another kind, and it can't
/// appoint more proxies.
#[test]
fn a_workers_key_cannot_move_funds() {
    Chain::new("development").execute(|| {
        let (alice, bob) = (account(Alice), account(Bob));
        assert_ok!(Proxy::add_proxy(
            RuntimeOrigin::signed(alice.clone()),
            MultiAddress::Id(bob.clone()),
            ProxyType::Worker,
            0
        ));
        let appoint = RuntimeCall::Proxy(pallet_proxy::Call::add_proxy {
            delegate: MultiAddress::Id(bob.clone()),
            proxy_type: ProxyType::Any,
            delay: 0,
        });
        let delegate = RuntimeCall::Verification(pallet_verification::Call::delegate {
            provider: account(Charlie),
            amount: 10 * ASY,
        });
        let batch = |call: &RuntimeCall| {
            RuntimeCall::Utility(pallet_utility::Call::batch_all {
                calls: vec![call.clone()],
            })
        };
        let before = frame_system::Account::<Runtime>::get(&alice).data;
        for call in [transfer(), appoint, delegate] {
            for call in [batch(&call), call] {
                assert_ok!(Proxy::proxy(
                    RuntimeOrigin::signed(bob.clone()),
                    MultiAddress::Id(alice.clone()),
                    Some(ProxyType::Worker),
                    Box::new(call),
                ));
                assert_eq!(frame_system::Account::<Runtime>::get(&alice).data, before);
            }
        }
        assert_eq!(pallet_proxy::Proxies::<Runtime>::get(&alice).0.len(), 1);
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
