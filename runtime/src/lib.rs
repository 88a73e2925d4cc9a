// SPDX-License-Identifier: Apache-2.0

//! # The Assay runtime
//!
//! The state transition function of the Assay parachain: this crate composes pallets and holds as
//! little logic of its own as possible.
//!
//! * [`constants`]: the numbers that define the chain, with their units.
//! * [`configs`]: the configuration of every pallet, by area.
//! * [`governance`]: origins and referendum tracks. There is no sudo: root is a referendum.
//! * [`parameters`]: a small pallet that keeps the periods of the chain in storage, so that one
//!   blob serves the main network, test networks and tests alike.
//! * [`xcm_config`]: what the chain accepts from and offers to other chains.
//! * [`fees`]: what a transaction costs and who receives it.
//! * [`proof_calls`]: how proofs are found in transactions, before they are admitted to the pool.
//! * [`proxy_type`]: what a proxy may do for an account.
//! * [`genesis_config_presets`]: the `development` and `local_testnet` chains.
//! * [`apis`]: the runtime's interface to the node.
//!
//! ## Pallet indices
//!
//! An index is part of the encoding of every call, event and origin, so it never changes and is
//! never used again.
//!
//! | range | use |
//! | --- | --- |
//! | 0..=9 | the parachain itself |
//! | 10..=19 | money |
//! | 20..=29 | collators; the order of the first four matters |
//! | 30..=39 | XCM |
//! | 40..=49 | accounts and utilities |
//! | 50..=59 | models, staking, concentration, the market; the order matters |
//! | 60..=69 | governance |

#![cfg_attr(not(feature = "std"), no_std)]
// The macros that compose a runtime emit items without documentation, and functions of the blob's
// interface that are unsafe by nature. Nothing in this crate is either by hand.
#![allow(missing_docs, unsafe_code)]
// The runtime macro recurses once per pallet and more.
#![recursion_limit = "512"]

extern crate alloc;

// Ahead of `apis`, which uses its macros.
#[cfg(feature = "runtime-benchmarks")]
#[macro_use]
mod benchmarks;

pub mod apis;
pub mod configs;
pub mod constants;
pub mod fees;
pub mod genesis_config_presets;
pub mod governance;
pub mod parameters;
pub mod proof_calls;
pub mod proxy_type;
pub mod weights;
pub mod xcm_config;

use alloc::{borrow::Cow, vec::Vec};
use sp_runtime::{generic, impl_opaque_keys, MultiAddress};
use sp_version::RuntimeVersion;

pub use parachains_common::{
    AccountId, AuraId, Balance, BlockNumber, Hash, Header, Nonce, Signature,
};

// The WebAssembly blob, when it was built.
#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

/// How transactions name an account.
pub type Address = MultiAddress<AccountId, ()>;

/// A block of this chain.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// What a transaction carries besides its call, in the order in which it is encoded and checked.
///
/// The whole pipeline is wrapped, so that proof size that was charged in advance and not used goes
/// back to the block.
pub type TxExtension = cumulus_pallet_weight_reclaim::StorageWeightReclaim<
    Runtime,
    (
        frame_system::AuthorizeCall<Runtime>,
        frame_system::CheckNonZeroSender<Runtime>,
        frame_system::CheckSpecVersion<Runtime>,
        frame_system::CheckTxVersion<Runtime>,
        frame_system::CheckGenesis<Runtime>,
        frame_system::CheckEra<Runtime>,
        frame_system::CheckNonce<Runtime>,
        frame_system::CheckWeight<Runtime>,
        pallet_inference_market::extension::CheckProof<Runtime, proof_calls::ProofCalls>,
        pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
        frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
    ),
>;

/// A transaction as it comes from the network.
pub type UncheckedExtrinsic =
    generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

/// Orders the calls to the pallets' hooks and dispatches transactions.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

impl_opaque_keys! {
    /// The keys that a collator signs blocks with.
    pub struct SessionKeys {
        /// Key of the Aura slots.
        pub aura: Aura,
    }
}

/// The version of this runtime.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("assay"),
    impl_name: Cow::Borrowed("assay"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 0,
    apis: apis::RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    // The parachain itself.
    #[runtime::pallet_index(0)]
    pub type System = frame_system::Pallet<Runtime>;
    #[runtime::pallet_index(1)]
    pub type ParachainSystem = cumulus_pallet_parachain_system::Pallet<Runtime>;
    #[runtime::pallet_index(2)]
    pub type Timestamp = pallet_timestamp::Pallet<Runtime>;
    #[runtime::pallet_index(3)]
    pub type ParachainInfo = parachain_info::Pallet<Runtime>;
    #[runtime::pallet_index(4)]
    pub type WeightReclaim = cumulus_pallet_weight_reclaim::Pallet<Runtime>;
    // Ahead of every pallet that reads a period, so that its genesis is built first.
    #[runtime::pallet_index(5)]
    pub type ChainParameters = crate::parameters::Pallet<Runtime>;

    // Money.
    #[runtime::pallet_index(10)]
    pub type Balances = pallet_balances::Pallet<Runtime>;
    #[runtime::pallet_index(11)]
    pub type TransactionPayment = pallet_transaction_payment::Pallet<Runtime>;

    // Collators. The order of the first four must not change: a session ends before Aura reads its
    // authorities.
    #[runtime::pallet_index(20)]
    pub type Authorship = pallet_authorship::Pallet<Runtime>;
    #[runtime::pallet_index(21)]
    pub type CollatorSelection = pallet_collator_selection::Pallet<Runtime>;
    #[runtime::pallet_index(22)]
    pub type Session = pallet_session::Pallet<Runtime>;
    #[runtime::pallet_index(23)]
    pub type Aura = pallet_aura::Pallet<Runtime>;
    #[runtime::pallet_index(24)]
    pub type AuraExt = cumulus_pallet_aura_ext::Pallet<Runtime>;

    // XCM.
    #[runtime::pallet_index(30)]
    pub type XcmpQueue = cumulus_pallet_xcmp_queue::Pallet<Runtime>;
    #[runtime::pallet_index(31)]
    pub type PolkadotXcm = pallet_xcm::Pallet<Runtime>;
    #[runtime::pallet_index(32)]
    pub type CumulusXcm = cumulus_pallet_xcm::Pallet<Runtime>;
    #[runtime::pallet_index(33)]
    pub type MessageQueue = pallet_message_queue::Pallet<Runtime>;

    // Accounts and utilities.
    #[runtime::pallet_index(40)]
    pub type Utility = pallet_utility::Pallet<Runtime>;
    #[runtime::pallet_index(41)]
    pub type Multisig = pallet_multisig::Pallet<Runtime>;
    #[runtime::pallet_index(42)]
    pub type Proxy = pallet_proxy::Pallet<Runtime>;
    #[runtime::pallet_index(43)]
    pub type Preimage = pallet_preimage::Pallet<Runtime>;
    #[runtime::pallet_index(44)]
    pub type Scheduler = pallet_scheduler::Pallet<Runtime>;

    // The market. An era begins in Verification; Concentration, after it, closes the last one.
    #[runtime::pallet_index(50)]
    pub type ModelRegistry = pallet_model_registry::Pallet<Runtime>;
    #[runtime::pallet_index(51)]
    pub type Verification = pallet_verification::Pallet<Runtime>;
    #[runtime::pallet_index(52)]
    pub type Concentration = pallet_concentration::Pallet<Runtime>;
    #[runtime::pallet_index(53)]
    pub type InferenceMarket = pallet_inference_market::Pallet<Runtime>;

    // Governance.
    #[runtime::pallet_index(60)]
    pub type Origins = crate::governance::origins::Pallet<Runtime>;
    #[runtime::pallet_index(61)]
    pub type ConvictionVoting = pallet_conviction_voting::Pallet<Runtime>;
    #[runtime::pallet_index(62)]
    pub type Referenda = pallet_referenda::Pallet<Runtime>;
    #[runtime::pallet_index(63)]
    pub type Treasury = pallet_treasury::Pallet<Runtime>;
}

// The entry point through which relay-chain validators check a block.
cumulus_pallet_parachain_system::register_validate_block! {
    Runtime = Runtime,
    BlockExecutor = cumulus_pallet_aura_ext::BlockExecutor::<Runtime, Executive>,
}
