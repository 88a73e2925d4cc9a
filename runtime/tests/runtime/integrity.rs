// SPDX-License-Identifier: Apache-2.0

//! What can silently break: numbers that must fit each other, and encodings that must never change.

use assay_runtime::{
    configs::{
        collators::{MAX_CANDIDATES, MAX_INVULNERABLES},
        system::ConsensusHook,
    },
    constants::{
        block::{
            AVERAGE_ON_INITIALIZE_RATIO, MAXIMUM_BLOCK_LENGTH, MAXIMUM_BLOCK_WEIGHT,
            MESSAGE_QUEUE_RATIO, NORMAL_DISPATCH_RATIO, SCHEDULER_RATIO,
        },
        consensus::*,
        currency::*,
        network::{DEFAULT_PARA_ID, SS58_PREFIX},
        time::{DAYS, HOURS, MINUTES},
    },
    fees::{EXTRINSIC_BASE_FEE, TRANSACTION_BYTE_FEE},
    parameters::{types::MAX_PERIOD, Periods},
    AllPalletsWithSystem, Block, Runtime, RuntimeCall, RuntimeEvent, TxExtension,
    UncheckedExtrinsic, VERSION,
};
use frame_support::{
    dispatch::DispatchClass,
    traits::{Get, IntegrityTest, PalletsInfoAccess},
};
use sp_consensus_aura::runtime_decl_for_aura_api::AuraApi;
use sp_runtime::{traits::TransactionExtension, Perbill};

use crate::chain::{Chain, PARA_ID};

#[test]
fn the_chain_is_what_it_says() {
    assert_eq!(VERSION.spec_name, "assay");
    assert_eq!(VERSION.impl_name, "assay");
    assert_eq!((TOKEN_SYMBOL, TOKEN_DECIMALS, SS58_PREFIX), ("ASY", 12, 42));
    assert_eq!(ASY, 10u128.pow(TOKEN_DECIMALS.into()));
    assert_eq!(
        <Runtime as frame_system::Config>::SS58Prefix::get(),
        SS58_PREFIX
    );
    assert_eq!(DEFAULT_PARA_ID, PARA_ID);
    assert_eq!((MINUTES, HOURS, DAYS), (10, 600, 14_400));
}

#[test]
fn every_pallet_passes_its_own_integrity_test() {
    sp_io::TestExternalities::default().execute_with(AllPalletsWithSystem::integrity_test);
}

/// An index is part of every encoded call, event and origin. If this test fails, clients and stored
/// data break.
#[test]
fn pallet_indices_never_change() {
    let found: Vec<_> = AllPalletsWithSystem::infos()
        .into_iter()
        .map(|p| (p.index, p.name))
        .collect();
    let expected = [
        (0, "System"),
        (1, "ParachainSystem"),
        (2, "Timestamp"),
        (3, "ParachainInfo"),
        (4, "WeightReclaim"),
        (5, "ChainParameters"),
        (10, "Balances"),
        (11, "TransactionPayment"),
        (20, "Authorship"),
        (21, "CollatorSelection"),
        (22, "Session"),
        (23, "Aura"),
        (24, "AuraExt"),
        (30, "XcmpQueue"),
        (31, "PolkadotXcm"),
        (32, "CumulusXcm"),
        (33, "MessageQueue"),
        (40, "Utility"),
        (41, "Multisig"),
        (42, "Proxy"),
        (43, "Preimage"),
        (44, "Scheduler"),
        (50, "ModelRegistry"),
        (51, "Verification"),
        (52, "Concentration"),
        (53, "InferenceMarket"),
        (60, "Origins"),
        (61, "ConvictionVoting"),
        (62, "Referenda"),
        (63, "Treasury"),
    ];
    assert_eq!(found, expected);
    assert!(
        !found.iter().any(|(_, name)| name.contains("Sudo")),
        "root is a referendum"
    );
}

/// The order of the extensions is part of every signed transaction.
#[test]
fn transaction_extensions_never_change() {
    let names: Vec<_> = TxExtension::metadata()
        .iter()
        .map(|e| e.identifier)
        .collect();
    assert_eq!(
        names,
        [
            "AuthorizeCall",
            "CheckNonZeroSender",
            "CheckSpecVersion",
            "CheckTxVersion",
            "CheckGenesis",
            "CheckMortality",
            "CheckNonce",
            "CheckWeight",
            "CheckProof",
            "ChargeTransactionPayment",
            "CheckMetadataHash",
            "StorageWeightReclaim",
        ]
    );
}

#[test]
fn types_that_are_moved_often_are_small() {
    // A large call is moved at each level of nesting on a stack of a megabyte.
    assert!(core::mem::size_of::<RuntimeCall>() <= 1_024);
    assert!(core::mem::size_of::<RuntimeEvent>() <= 1_024);
    assert!(core::mem::size_of::<UncheckedExtrinsic>() <= 4_096);
}

#[test]
fn block_weights_are_consistent() {
    let weights = <Runtime as frame_system::Config>::BlockWeights::get();
    weights.clone().validate().expect("valid weights");
    assert_eq!(weights.max_block, MAXIMUM_BLOCK_WEIGHT);
    let normal = weights.get(DispatchClass::Normal);
    let operational = weights.get(DispatchClass::Operational);
    assert_eq!(
        normal.max_total,
        Some(NORMAL_DISPATCH_RATIO * MAXIMUM_BLOCK_WEIGHT)
    );
    assert_eq!(
        normal
            .max_total
            .unwrap()
            .saturating_add(operational.reserved.unwrap()),
        MAXIMUM_BLOCK_WEIGHT
    );
    // A transaction of the largest allowed weight fits into a block with the usual hooks.
    assert!(normal
        .max_extrinsic
        .unwrap()
        .all_lt(normal.max_total.unwrap()));
    // The execution time leaves the validators' two seconds at the reference machine's speed.
    assert_eq!(MAXIMUM_BLOCK_WEIGHT.ref_time(), 2_000_000_000_000);
    let length = <Runtime as frame_system::Config>::BlockLength::get();
    assert_eq!(
        *length.max.get(DispatchClass::Operational),
        MAXIMUM_BLOCK_LENGTH
    );
    assert!(u64::from(MAXIMUM_BLOCK_LENGTH) < MAXIMUM_BLOCK_WEIGHT.proof_size());
}

/// Messages, scheduled calls and the other hooks run before the first transaction. Together they
/// must leave the block valid.
#[test]
fn hooks_fit_into_a_block() {
    let parts = [
        MESSAGE_QUEUE_RATIO,
        SCHEDULER_RATIO,
        AVERAGE_ON_INITIALIZE_RATIO,
    ];
    let sum: u32 = parts.iter().map(|part| part.deconstruct()).sum();
    assert!(sum <= Perbill::one().deconstruct());
}

#[test]
fn consensus_constants_fit_each_other() {
    let slot: u64 = <Runtime as pallet_aura::Config>::SlotDuration::get();
    assert_eq!(slot, SLOT_DURATION);
    assert_eq!(
        <Runtime as AuraApi<Block, assay_runtime::AuraId>>::slot_duration().as_millis(),
        SLOT_DURATION
    );
    // The consensus hook derives the parachain's slot from the relay chain's.
    assert_eq!(u64::from(RELAY_CHAIN_SLOT_DURATION_MILLIS), SLOT_DURATION);
    // Async backing needs room for a block on top of the one that waits for inclusion.
    const { assert!(UNINCLUDED_SEGMENT_CAPACITY > BLOCK_PROCESSING_VELOCITY) };
    // On a chain without blocks anything can be built.
    Chain::new("development").execute(|| {
        assert!(ConsensusHook::can_build_upon(Default::default(), 0.into()));
    });
}

#[test]
fn aura_has_room_for_all_collators() {
    let authorities: u32 = <Runtime as pallet_aura::Config>::MaxAuthorities::get();
    assert!(authorities >= MAX_CANDIDATES + MAX_INVULNERABLES);
}

#[test]
fn existential_deposit_and_fees_are_of_sane_size() {
    assert_eq!(
        <Runtime as pallet_balances::Config>::ExistentialDeposit::get(),
        EXISTENTIAL_DEPOSIT
    );
    // Opening an account costs more than a transaction, so dust is never the cheaper way to fill
    // the state.
    let small_transaction = EXTRINSIC_BASE_FEE + 150 * TRANSACTION_BYTE_FEE;
    const { assert!(EXISTENTIAL_DEPOSIT > 0) };
    assert!(small_transaction < EXISTENTIAL_DEPOSIT);
    assert!(EXISTENTIAL_DEPOSIT < ASY);
    // State is dearer than traffic.
    assert!(deposit(1, 0) > EXISTENTIAL_DEPOSIT);
    assert!(deposit(0, 1_000) > 1_000 * TRANSACTION_BYTE_FEE);
    // A deposit for anything that a call can carry is far from overflow.
    assert!(deposit(u32::MAX, u32::MAX) < u128::MAX / 2);
}

#[test]
fn periods_of_the_main_network_are_reasonable() {
    let periods = Periods::default();
    assert_eq!(periods.validate(), Ok(()));
    assert!(periods.session >= HOURS && periods.session <= DAYS);
    for track in [periods.root_track, periods.treasury_track] {
        assert!(track.decision >= 7 * DAYS && track.confirm >= 12 * HOURS);
    }
    // Sums of a few periods and the number of any block of the next five hundred years fit the
    // type.
    let five_centuries = 500 * 365 * u64::from(DAYS);
    assert!(five_centuries + 4 * u64::from(MAX_PERIOD) < u64::from(u32::MAX));
}
