// SPDX-License-Identifier: Apache-2.0

//! Messages from other chains that are accepted, and what they do.

use assay_runtime::{
    constants::currency::ASY,
    xcm_config::{Weigher, MAX_INSTRUCTIONS, UNIT_WEIGHT_COST},
    Balances, Block, PolkadotXcm, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, Treasury,
};
use codec::Encode;
use frame_support::{assert_ok, weights::Weight};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use xcm::{latest::prelude::*, VersionedAssetId, VersionedXcm};
use xcm_executor::traits::WeightBounds;
use xcm_runtime_apis::fees::runtime_decl_for_xcm_payment_api::XcmPaymentApiV2 as XcmPaymentApi;

use crate::{
    chain::{account, events, Chain, PRESETS},
    xcm_common::*,
};

#[test]
fn a_sibling_pays_for_its_message_and_returns_asy() {
    for preset in PRESETS {
        let mut chain = Chain::new(preset);
        chain.run(1);
        let (sovereign, charlie, issuance, earned) = chain.execute(|| {
            let sovereign = fund(&sibling(), 100 * ASY);
            // The sibling burnt ten of its derivative tokens and releases them from the reserve to
            // Bob.
            let message = paid(10 * ASY, vec![], &account(Charlie));
            deliver(message);
            (
                sovereign,
                Balances::free_balance(account(Charlie)),
                Balances::total_issuance(),
                Balances::free_balance(Treasury::account_id()),
            )
        });
        chain.run(1);
        chain.execute(|| {
            assert_eq!(processed(), [true], "{preset}");
            assert_eq!(Balances::free_balance(&sovereign), 90 * ASY);
            let fee = charlie + 10 * ASY - Balances::free_balance(account(Charlie));
            assert!(fee > 0 && fee < ASY / 10, "execution cost {fee}");
            assert_eq!(Balances::total_issuance(), issuance);
            // The treasury has its part of the fee.
            let part = Balances::free_balance(Treasury::account_id()) - earned;
            assert_eq!(part, fee - assay_runtime::fees::AUTHOR_SHARE.mul_floor(fee));
        });
    }
}

#[test]
fn a_sibling_acts_as_its_own_account_with_transact() {
    let mut chain = Chain::new("development");
    chain.run(1);
    let sovereign = chain.execute(|| {
        let sovereign = fund(&sibling(), 100 * ASY);
        let call = RuntimeCall::System(frame_system::Call::remark_with_event {
            remark: vec![1, 2, 3],
        });
        deliver(paid(
            AMPLE_FEE,
            vec![Transact {
                origin_kind: OriginKind::SovereignAccount,
                fallback_max_weight: None,
                call: call.encode().into(),
            }],
            &sovereign,
        ));
        sovereign
    });
    chain.run(1);
    chain.execute(|| {
        assert_eq!(processed(), [true]);
        assert!(events().iter().any(|event| matches!(
            event,
            RuntimeEvent::System(frame_system::Event::Remarked { sender, .. })
                if *sender == sovereign
        )));
    });
}

#[test]
fn an_account_on_a_sibling_has_its_own_account_here() {
    Chain::new("development").execute(|| {
        let remote = Location::new(
            1,
            [
                Parachain(crate::chain::SIBLING),
                AccountId32 {
                    network: None,
                    id: [5; 32],
                },
            ],
        );
        let owned = fund(&remote, 10 * ASY);
        assert_ne!(owned, account_of(&sibling()));
        let call = RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
            dest: account(Bob).into(),
            value: ASY,
        });
        let bob = Balances::free_balance(account(Bob));
        let mut program = vec![DescendOrigin(
            AccountId32 {
                network: None,
                id: [5; 32],
            }
            .into(),
        )];
        program.extend(
            paid(
                AMPLE_FEE,
                vec![
                    Transact {
                        origin_kind: OriginKind::SovereignAccount,
                        fallback_max_weight: None,
                        call: call.encode().into(),
                    },
                    ExpectTransactStatus(MaybeErrorCode::Success),
                ],
                &owned,
            )
            .0,
        );
        assert_ok!(receive(sibling(), Xcm(program)).ensure_complete());
        assert_eq!(Balances::free_balance(account(Bob)), bob + ASY);
    });
}

#[test]
fn version_subscriptions_and_hrmp_notifications_are_free() {
    let mut chain = Chain::new("development");
    chain.run(1);
    chain.execute(|| {
        let subscribe = SubscribeVersion {
            query_id: 1,
            max_response_weight: Weight::zero(),
        };
        assert_ok!(receive(sibling(), Xcm(vec![subscribe])).ensure_complete());
        let request = HrmpNewChannelOpenRequest {
            sender: 2_004,
            max_message_size: 1_024,
            max_capacity: 8,
        };
        assert_ok!(receive(relay(), Xcm(vec![request])).ensure_complete());
    });
}

#[test]
fn an_account_may_authorise_a_location_to_act_as_it() {
    Chain::new("development").execute(|| {
        let remote = Location::new(
            1,
            [
                Parachain(crate::chain::SIBLING),
                AccountId32 {
                    network: None,
                    id: [5; 32],
                },
            ],
        );
        let owned = fund(&remote, 10 * ASY);
        let target = local(&account(Charlie));
        let attempt = || {
            let mut program = vec![DescendOrigin(
                AccountId32 {
                    network: None,
                    id: [5; 32],
                }
                .into(),
            )];
            program.extend(paid(AMPLE_FEE, vec![AliasOrigin(target.clone())], &owned).0);
            receive(sibling(), Xcm(program))
        };
        assert_eq!(failure(attempt()), XcmError::NoPermission);
        assert_ok!(PolkadotXcm::add_authorized_alias(
            RuntimeOrigin::signed(account(Charlie)),
            Box::new(remote.clone().into()),
            None
        ));
        assert_ok!(attempt().ensure_complete());
        // The deposit is held and comes back.
        assert!(Balances::reserved_balance(account(Charlie)) > 0);
        assert_ok!(PolkadotXcm::remove_authorized_alias(
            RuntimeOrigin::signed(account(Charlie)),
            Box::new(remote.clone().into())
        ));
        assert_eq!(failure(attempt()), XcmError::NoPermission);
        assert_eq!(Balances::reserved_balance(account(Charlie)), 0);
    });
}

#[test]
fn assets_that_a_message_leaves_behind_can_be_claimed() {
    let mut chain = Chain::new("development");
    chain.run(1);
    chain.execute(|| {
        fund(&sibling(), 100 * ASY);
        let program = Xcm(vec![
            WithdrawAsset(asy(10 * ASY).into()),
            BuyExecution {
                fees: asy(ASY),
                weight_limit: Unlimited,
            },
            Trap(7),
        ]);
        assert_eq!(failure(receive(sibling(), program)), XcmError::Trap(7));
        let trapped = events()
            .into_iter()
            .find_map(|event| match event {
                RuntimeEvent::PolkadotXcm(pallet_xcm::Event::AssetsTrapped { assets, .. }) => {
                    Some(assets)
                }
                _ => None,
            })
            .expect("the rest is trapped");
        let assets: Assets = trapped.try_into().expect("current version");
        let bob = Balances::free_balance(account(Bob));
        let claim = Xcm(vec![
            ClaimAsset {
                assets,
                ticket: Location::here(),
            },
            BuyExecution {
                fees: asy(ASY),
                weight_limit: Unlimited,
            },
            DepositAsset {
                assets: AllCounted(1).into(),
                beneficiary: local(&account(Bob)),
            },
        ]);
        assert_ok!(receive(sibling(), claim).ensure_complete());
        assert!(Balances::free_balance(account(Bob)) > bob + 8 * ASY);
    });
}

#[test]
fn weights_of_messages_are_sane() {
    Chain::new("development").execute(|| {
        let weigh = |n: usize| {
            let mut message = Xcm::<RuntimeCall>(vec![ClearOrigin; n]);
            Weigher::weight(&mut message, Weight::MAX)
        };
        assert_eq!(weigh(1).unwrap(), UNIT_WEIGHT_COST);
        let longest = weigh(MAX_INSTRUCTIONS as usize).unwrap();
        assert_eq!(
            longest,
            UNIT_WEIGHT_COST.saturating_mul(MAX_INSTRUCTIONS.into())
        );
        assert!(weigh(MAX_INSTRUCTIONS as usize + 1).is_err());
        // The longest message is not stuck in the queue for ever.
        let service: Weight = assay_runtime::configs::messaging::MessageQueueServiceWeight::get();
        let overhead = Weight::from_parts(2_000_000_000, 128 * 1024);
        assert!(
            longest.saturating_add(overhead).all_lte(service),
            "{longest:?}"
        );
        // A nested message counts whole.
        let mut nested = Xcm::<RuntimeCall>(vec![SetAppendix(Xcm(vec![ClearOrigin; 9]))]);
        assert_eq!(
            Weigher::weight(&mut nested, Weight::MAX).unwrap(),
            UNIT_WEIGHT_COST.saturating_mul(10)
        );
    });
}

#[test]
fn the_payment_api_names_asy_and_charges_what_the_executor_charges() {
    let mut chain = Chain::new("development");
    chain.run(1);
    chain.execute(|| {
        let assets =
            <Runtime as XcmPaymentApi<Block>>::query_acceptable_payment_assets(XCM_VERSION)
                .expect("supported version");
        let here = VersionedAssetId::from(AssetId(Location::here()));
        assert_eq!(assets, std::slice::from_ref(&here));

        let sovereign = fund(&sibling(), 100 * ASY);
        let program = paid(AMPLE_FEE, vec![], &account(Alice));
        let weight = <Runtime as XcmPaymentApi<Block>>::query_xcm_weight(VersionedXcm::from(
            Xcm::<()>(program.clone().0.into_iter().map(|i| i.into()).collect()),
        ))
        .expect("weighable");
        let announced = <Runtime as XcmPaymentApi<Block>>::query_weight_to_asset_fee(weight, here)
            .expect("ASY is accepted");
        let dot = VersionedAssetId::from(AssetId(Location::parent()));
        assert!(<Runtime as XcmPaymentApi<Block>>::query_weight_to_asset_fee(weight, dot).is_err());

        let refund = account(Bob);
        let before = Balances::free_balance(&refund);
        assert_ok!(receive(sibling(), paid(AMPLE_FEE, vec![], &refund)).ensure_complete());
        assert_eq!(Balances::free_balance(&sovereign), 100 * ASY - AMPLE_FEE);
        assert_eq!(
            before + AMPLE_FEE - Balances::free_balance(&refund),
            announced
        );
    });
}
