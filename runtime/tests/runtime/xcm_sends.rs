// SPDX-License-Identifier: Apache-2.0

//! Messages that leave: reserve transfers of ASY, messages of accounts, messages of governance.

use assay_runtime::{
    configs::messaging::BaseDeliveryFee, constants::currency::ASY, xcm_config::LocationToAccountId,
    Balances, PolkadotXcm, Runtime, RuntimeOrigin, Treasury,
};
use codec::{Decode, DecodeLimit};
use cumulus_primitives_core::XcmpMessageFormat;
use frame_support::{assert_noop, assert_ok};
use sp_keyring::Sr25519Keyring::{Alice, Bob};
use xcm::{latest::prelude::*, VersionedXcm, MAX_XCM_DECODE_DEPTH};
use xcm_executor::traits::ConvertLocation;

use crate::{
    chain::{account, Chain, PRESETS, SIBLING},
    xcm_common::*,
};

/// Messages that the last block put into the channel to the sibling.
fn sent_to_sibling() -> Vec<Xcm<()>> {
    let mut found = vec![];
    for message in cumulus_pallet_parachain_system::HrmpOutboundMessages::<Runtime>::get() {
        assert_eq!(u32::from(message.recipient), SIBLING);
        let mut data = message.data.as_slice();
        let format = XcmpMessageFormat::decode(&mut data).expect("format");
        while !data.is_empty() {
            let versioned = match format {
                XcmpMessageFormat::ConcatenatedVersionedXcm => {
                    VersionedXcm::<()>::decode_with_depth_limit(MAX_XCM_DECODE_DEPTH, &mut data)
                        .expect("message")
                }
                XcmpMessageFormat::ConcatenatedOpaqueVersionedXcm => {
                    let opaque = Vec::<u8>::decode(&mut data).expect("bytes");
                    VersionedXcm::<()>::decode(&mut opaque.as_slice()).expect("message")
                }
                other => panic!("unexpected format {other:?}"),
            };
            found.push(versioned.try_into().expect("current version"));
        }
    }
    found.retain(|message| !is_version_discovery(message));
    found
}

/// The pallet asks a destination for its version after the first message to it.
fn is_version_discovery(message: &Xcm<()>) -> bool {
    matches!(message.0.first(), Some(SubscribeVersion { .. }))
}

/// Messages that the last block sent to the relay chain.
fn sent_to_relay() -> Vec<Xcm<()>> {
    cumulus_pallet_parachain_system::UpwardMessages::<Runtime>::get()
        .into_iter()
        .filter_map(|bytes| VersionedXcm::<()>::decode(&mut bytes.as_slice()).ok())
        .map(|versioned| versioned.try_into().expect("current version"))
        .filter(|message| !is_version_discovery(message))
        .collect()
}

#[test]
fn an_account_sends_asy_to_a_sibling() {
    for preset in PRESETS {
        let mut chain = Chain::new(preset);
        chain.run(1);
        let amount = 25 * ASY;
        let sovereign = account_of(&sibling());
        let (alice, treasury, issuance) = chain.execute(|| {
            let before = (
                Balances::free_balance(account(Alice)),
                Balances::free_balance(Treasury::account_id()),
                Balances::total_issuance(),
            );
            assert_ok!(PolkadotXcm::transfer_assets(
                RuntimeOrigin::signed(account(Alice)),
                Box::new(sibling().into()),
                Box::new(local(&account(Bob)).into()),
                Box::new(Assets::from(asy(amount)).into()),
                0,
                Unlimited
            ));
            before
        });
        chain.execute(|| {
            // The reserve backs what circulates on the sibling.
            assert_eq!(Balances::free_balance(&sovereign), amount);
            let delivery = Balances::free_balance(Treasury::account_id()) - treasury;
            assert!(
                delivery >= BaseDeliveryFee::get() && delivery < ASY,
                "delivery cost {delivery}"
            );
            assert_eq!(
                Balances::free_balance(account(Alice)),
                alice - amount - delivery
            );
            assert_eq!(Balances::total_issuance(), issuance);
        });
        chain.run(1);
        chain.execute(|| {
            let sent = sent_to_sibling();
            assert_eq!(sent.len(), 1, "{preset}");
            let arriving: Assets = Asset {
                id: asy_abroad(),
                fun: Fungible(amount),
            }
            .into();
            assert!(
                matches!(&sent[0].0[..], [
                    ReserveAssetDeposited(assets),
                    ClearOrigin,
                    BuyExecution { .. },
                    DepositAsset { beneficiary, .. },
                    SetTopic(_),
                ] if *assets == arriving && *beneficiary == local(&account(Bob))),
                "{:?}",
                sent[0]
            );
        });
    }
}

#[test]
fn asy_is_not_sent_to_the_relay_chain_or_without_a_channel() {
    let mut chain = Chain::new("development");
    chain.run(1);
    for destination in [relay(), Location::new(1, [Parachain(2_999)])] {
        chain.execute(|| {
            let before = Balances::free_balance(account(Alice));
            let result = frame_support::storage::with_storage_layer(|| {
                PolkadotXcm::limited_reserve_transfer_assets(
                    RuntimeOrigin::signed(account(Alice)),
                    Box::new(destination.clone().into()),
                    Box::new(local(&account(Bob)).into()),
                    Box::new(Assets::from(asy(ASY)).into()),
                    0,
                    Unlimited,
                )
            });
            assert!(result.is_err(), "{destination:?}");
            assert_eq!(Balances::free_balance(account(Alice)), before);
        });
    }
    chain.run(1);
    chain.execute(|| {
        assert!(sent_to_relay().is_empty());
        assert!(sent_to_sibling().is_empty());
    });
}

#[test]
fn an_account_sends_messages_under_its_own_name_and_pays() {
    let mut chain = Chain::new("development");
    chain.run(1);
    chain.execute(|| {
        for destination in [relay(), sibling()] {
            let before = Balances::free_balance(account(Alice));
            let message = Xcm::<()>(vec![ClearTopic]);
            assert_ok!(PolkadotXcm::send(
                RuntimeOrigin::signed(account(Alice)),
                Box::new(destination.into()),
                Box::new(VersionedXcm::from(message)),
            ));
            assert!(Balances::free_balance(account(Alice)) <= before - BaseDeliveryFee::get());
        }
    });
    chain.run(1);
    chain.execute(|| {
        let name: InteriorLocation = AccountId32 {
            network: Some(NetworkId::Polkadot),
            id: account(Alice).into(),
        }
        .into();
        for sent in [sent_to_relay(), sent_to_sibling()] {
            assert_eq!(sent.len(), 1);
            assert!(
                matches!(
                    &sent[0].0[..],
                    [DescendOrigin(who), ClearTopic, SetTopic(_)] if *who == name
                ),
                "{:?}",
                sent[0]
            );
        }
    });
}

#[test]
fn root_sends_messages_of_the_chain_for_free() {
    let mut chain = Chain::new("development");
    chain.run(1);
    chain.execute(|| {
        let issuance = Balances::total_issuance();
        assert_ok!(PolkadotXcm::send(
            RuntimeOrigin::root(),
            Box::new(relay().into()),
            Box::new(VersionedXcm::from(Xcm::<()>(vec![ClearTopic]))),
        ));
        assert_eq!(Balances::total_issuance(), issuance);
    });
    chain.run(1);
    chain.execute(|| {
        let sent = sent_to_relay();
        assert_eq!(sent.len(), 1);
        assert!(
            matches!(&sent[0].0[..], [ClearTopic, SetTopic(_)]),
            "{:?}",
            sent[0]
        );
    });
}

#[test]
fn an_account_that_cannot_pay_the_delivery_sends_nothing() {
    Chain::new("development").execute(|| {
        let poor = assay_runtime::AccountId::from([3; 32]);
        assert_noop!(
            PolkadotXcm::send(
                RuntimeOrigin::signed(poor),
                Box::new(sibling().into()),
                Box::new(VersionedXcm::from(Xcm::<()>(vec![ClearTopic]))),
            ),
            pallet_xcm::Error::<Runtime>::FeesNotMet
        );
    });
}

/// Accounts of locations are where others keep money: they never move.
#[test]
fn locations_keep_their_accounts() {
    Chain::new("development").execute(|| {
        let of = |location: Location| LocationToAccountId::convert_location(&location);
        // Neither the relay chain nor the chain itself has one.
        assert_eq!(of(relay()), None);
        assert_eq!(of(Location::here()), None);
        // "sibl" and the para id, padded.
        let mut para = [0; 32];
        para[..4].copy_from_slice(b"sibl");
        para[4..8].copy_from_slice(&SIBLING.to_le_bytes());
        assert_eq!(of(sibling()), Some(para.into()));
        // Local accounts are themselves, under the right network only.
        for network in [None, Some(NetworkId::Polkadot)] {
            let who = AccountId32 {
                network,
                id: account(Bob).into(),
            };
            assert_eq!(of(who.into()), Some(account(Bob)));
        }
        let stranger = AccountId32 {
            network: Some(NetworkId::Kusama),
            id: account(Bob).into(),
        };
        assert_ne!(of(stranger.into()), Some(account(Bob)));
        // An account on the sibling is neither the sibling nor the same key here.
        let remote = Location::new(
            1,
            [
                Parachain(SIBLING),
                AccountId32 {
                    network: None,
                    id: account(Bob).into(),
                },
            ],
        );
        let owned = of(remote).expect("described location");
        assert_ne!(owned, account(Bob));
        assert_ne!(owned, account_of(&sibling()));
    });
}
