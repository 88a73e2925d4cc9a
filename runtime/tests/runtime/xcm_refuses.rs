// SPDX-License-Identifier: Apache-2.0

//! Messages and calls that are refused.

use assay_runtime::{
    constants::currency::ASY, xcm_config::XcmOriginToTransactDispatchOrigin, Balances, PolkadotXcm,
    Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, System,
};
use codec::Encode;
use frame_support::{assert_noop, weights::Weight};
use sp_keyring::Sr25519Keyring::{Alice, Bob};
use xcm::latest::prelude::*;
use xcm_executor::traits::ConvertOrigin;

use crate::{
    chain::{account, Chain, PRESETS},
    xcm_common::*,
};

fn remark(origin_kind: OriginKind) -> Instruction<RuntimeCall> {
    let call = RuntimeCall::System(frame_system::Call::remark_with_event { remark: vec![1] });
    Transact {
        origin_kind,
        fallback_max_weight: None,
        call: call.encode().into(),
    }
}

fn remarked() -> bool {
    System::events().iter().any(|record| {
        matches!(
            record.event,
            RuntimeEvent::System(frame_system::Event::Remarked { .. })
        )
    })
}

#[test]
fn unpaid_execution_from_anybody() {
    let strangers = [
        sibling(),
        relay(),
        Location::new(1, [Parachain(1_000)]),
        Location::new(
            1,
            [Plurality {
                id: BodyId::Executive,
                part: BodyPart::Voice,
            }],
        ),
        Location::new(2, [GlobalConsensus(NetworkId::Kusama)]),
    ];
    for preset in PRESETS {
        Chain::new(preset).execute(|| {
            for origin in &strangers {
                let explicit = Xcm(vec![
                    UnpaidExecution {
                        weight_limit: Unlimited,
                        check_origin: None,
                    },
                    remark(OriginKind::Xcm),
                ]);
                assert_eq!(
                    failure(receive(origin.clone(), explicit)),
                    XcmError::Barrier
                );
                let silent = Xcm(vec![remark(OriginKind::SovereignAccount)]);
                assert_eq!(failure(receive(origin.clone(), silent)), XcmError::Barrier);
            }
            assert!(!remarked());
        });
    }
}

#[test]
fn payment_that_does_not_cover_the_message() {
    Chain::new("development").execute(|| {
        fund(&sibling(), 100 * ASY);
        let before = Balances::free_balance(account_of(&sibling()));
        let outcome = receive(
            sibling(),
            paid(1, vec![remark(OriginKind::SovereignAccount)], &account(Bob)),
        );
        assert_eq!(failure(outcome), XcmError::TooExpensive);
        assert!(!remarked());
        // At most what the message offered is gone.
        assert!(Balances::free_balance(account_of(&sibling())) >= before - 1);
    });
}

#[test]
fn withdrawing_what_the_location_does_not_own() {
    Chain::new("development").execute(|| {
        let outcome = receive(sibling(), paid(ASY, vec![], &account(Bob)));
        assert_eq!(
            failure(outcome),
            XcmError::FailedToTransactAsset("Funds are unavailable")
        );
    });
}

/// The relay chain's token, from whoever could claim to be its reserve, and an invented token.
#[test]
fn foreign_assets_as_deposits_teleports_and_fees() {
    let asset_hub = Location::new(1, [Parachain(1_000)]);
    let assets: [Asset; 3] = [
        (Location::parent(), ASY).into(),
        (Location::new(1, [Parachain(2_000), GeneralIndex(7)]), ASY).into(),
        (Location::new(1, [Parachain(crate::chain::PARA_ID)]), ASY).into(),
    ];
    for preset in PRESETS {
        Chain::new(preset).execute(|| {
            let issuance = Balances::total_issuance();
            for origin in [relay(), asset_hub.clone(), sibling()] {
                for asset in &assets {
                    let then = |first: Instruction<RuntimeCall>| {
                        Xcm(vec![
                            first,
                            ClearOrigin,
                            BuyExecution {
                                fees: asset.clone(),
                                weight_limit: Unlimited,
                            },
                            DepositAsset {
                                assets: AllCounted(1).into(),
                                beneficiary: local(&account(Bob)),
                            },
                        ])
                    };
                    let reserve = then(ReserveAssetDeposited(asset.clone().into()));
                    assert_eq!(
                        failure(receive(origin.clone(), reserve)),
                        XcmError::UntrustedReserveLocation
                    );
                    let teleport = then(ReceiveTeleportedAsset(asset.clone().into()));
                    assert_eq!(
                        failure(receive(origin.clone(), teleport)),
                        XcmError::UntrustedTeleportLocation
                    );
                    let withdraw = then(WithdrawAsset(asset.clone().into()));
                    assert_ne!(
                        failure(receive(origin.clone(), withdraw)),
                        XcmError::Barrier,
                        "refused by the asset, not by chance"
                    );
                }
                // ASY itself has its reserve here: nobody else can mint it.
                let minted = Xcm(vec![
                    ReserveAssetDeposited(asy(ASY).into()),
                    ClearOrigin,
                    BuyExecution {
                        fees: asy(ASY),
                        weight_limit: Unlimited,
                    },
                    DepositAsset {
                        assets: AllCounted(1).into(),
                        beneficiary: local(&account(Bob)),
                    },
                ]);
                assert_eq!(
                    failure(receive(origin, minted)),
                    XcmError::UntrustedReserveLocation
                );
            }
            assert_eq!(Balances::total_issuance(), issuance);
        });
    }
}

/// Relay-chain governance is not root here, paid or not; nor is anybody else.
#[test]
fn superuser_calls() {
    Chain::new("development").execute(|| {
        let payers = [
            sibling(),
            Location::new(1, [Parachain(1_000)]),
            Location::new(
                1,
                [Plurality {
                    id: BodyId::Executive,
                    part: BodyPart::Voice,
                }],
            ),
        ];
        for origin in payers {
            fund(&origin, 100 * ASY);
            let call = RuntimeCall::System(frame_system::Call::set_heap_pages { pages: 64 });
            let program = paid(
                AMPLE_FEE,
                vec![Transact {
                    origin_kind: OriginKind::Superuser,
                    fallback_max_weight: None,
                    call: call.encode().into(),
                }],
                &account(Bob),
            );
            assert_eq!(failure(receive(origin, program)), XcmError::BadOrigin);
        }
        // The relay chain itself has no account to pay from.
        let program = paid(
            AMPLE_FEE,
            vec![remark(OriginKind::Superuser)],
            &account(Bob),
        );
        assert_eq!(
            failure(receive(relay(), program)),
            XcmError::FailedToTransactAsset("AccountIdConversionFailed")
        );
        assert!(!remarked());
        // No kind of origin turns any of them into root.
        for origin in [relay(), sibling()] {
            for kind in [OriginKind::Superuser, OriginKind::Native, OriginKind::Xcm] {
                let converted =
                    XcmOriginToTransactDispatchOrigin::convert_origin(origin.clone(), kind);
                let is_root = converted.is_ok_and(|o| frame_system::ensure_root(o).is_ok());
                assert!(!is_root, "{origin:?} {kind:?}");
            }
        }
    });
}

#[test]
fn acting_as_somebody_else() {
    Chain::new("development").execute(|| {
        fund(&sibling(), 100 * ASY);
        let victims = [
            local(&account(Alice)),
            Location::parent(),
            Location::here(),
            Location::new(1, [Parachain(2_001)]),
        ];
        for victim in victims {
            let program = paid(AMPLE_FEE, vec![AliasOrigin(victim)], &account(Bob));
            assert_eq!(failure(receive(sibling(), program)), XcmError::NoPermission);
        }
    });
}

#[test]
fn local_programs_teleports_and_transfers_of_other_assets() {
    Chain::new("development").execute(|| {
        let alice = || RuntimeOrigin::signed(account(Alice));
        let program = Xcm(vec![ClearOrigin]);
        assert_noop!(
            PolkadotXcm::execute(
                alice(),
                Box::new(xcm::VersionedXcm::from(program)),
                Weight::from_parts(10_000_000_000, 1_000_000)
            )
            .map_err(|error| error.error),
            pallet_xcm::Error::<Runtime>::Filtered
        );
        let beneficiary = local(&account(Bob));
        assert_noop!(
            PolkadotXcm::limited_teleport_assets(
                alice(),
                Box::new(sibling().into()),
                Box::new(beneficiary.clone().into()),
                Box::new(Assets::from(asy(ASY)).into()),
                0,
                Unlimited
            ),
            pallet_xcm::Error::<Runtime>::Filtered
        );
        let dot: Assets = (Location::parent(), ASY).into();
        assert_noop!(
            PolkadotXcm::limited_reserve_transfer_assets(
                alice(),
                Box::new(sibling().into()),
                Box::new(beneficiary.into()),
                Box::new(dot.into()),
                0,
                Unlimited
            ),
            pallet_xcm::Error::<Runtime>::Filtered
        );
    });
}

#[test]
fn a_message_that_is_too_long_or_too_deep() {
    Chain::new("development").execute(|| {
        fund(&sibling(), 100 * ASY);
        let long = paid(ASY, vec![ClearTopic; 200], &account(Bob));
        assert!(matches!(receive(sibling(), long), Outcome::Error(_)));
        let mut deep = Xcm::<RuntimeCall>(vec![ClearOrigin]);
        for _ in 0..120 {
            deep = Xcm(vec![SetAppendix(deep)]);
        }
        assert!(matches!(receive(sibling(), deep), Outcome::Error(_)));
    });
}
