// SPDX-License-Identifier: Apache-2.0

//! The runtime's interface to the node and to its clients.
//!
//! One file in spite of its length: the macro takes all interfaces together.

use alloc::{vec, vec::Vec};
use assay_pallet_primitives::{
    runtime_api::{DelegationStatus, ProviderStatus},
    Dimension, EraClock, EraIndex, JobId, ModelId,
};
use cumulus_primitives_core::{ParaId, VerifySchedulingSignature};
use frame_support::{
    genesis_builder_helper::{build_state, get_preset},
    weights::Weight,
};
use pallet_inference_market::runtime_api::{OpenJob, Quote};
use sp_api::impl_runtime_apis;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_runtime::{
    traits::Block as BlockT,
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult, ExtrinsicInclusionMode, Perbill,
};
use sp_version::RuntimeVersion;
use xcm::{
    latest::prelude::AssetId, Version as XcmVersion, VersionedAsset, VersionedAssetId,
    VersionedAssets, VersionedLocation, VersionedXcm,
};
use xcm_runtime_apis::{
    authorized_aliases::{Error as AliasError, OriginAliaser},
    conversions::{Error as ConversionError, LocationToAccountHelper},
    dry_run::{CallDryRunEffects, Error as XcmDryRunError, XcmDryRunEffects},
    fees::Error as XcmPaymentError,
    trusted_query::XcmTrustedQueryResult,
};

use crate::{
    configs::system::ConsensusHook,
    constants::consensus::{BLOCK_PROCESSING_VELOCITY, RELAY_PARENT_OFFSET, SLOT_DURATION},
    genesis_config_presets,
    xcm_config::{LocationToAccountId, NativeAssetId, XcmConfig, XcmRouter},
    AccountId, AuraId, Balance, Block, BlockNumber, Concentration, Executive, InferenceMarket,
    InherentDataExt, Nonce, OriginCaller, ParachainInfo, ParachainSystem, PolkadotXcm, Runtime,
    RuntimeCall, RuntimeEvent, RuntimeGenesisConfig, SessionKeys, System, TransactionPayment,
    Verification, VERSION,
};

type AssetExchanger = <XcmConfig as xcm_executor::Config>::AssetExchanger;
type Trader = <XcmConfig as xcm_executor::Config>::Trader;
type SchedulingSignatureVerifier =
    <Runtime as cumulus_pallet_parachain_system::Config>::SchedulingSignatureVerifier;

impl_runtime_apis! {
    impl sp_api::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            VERSION
        }

        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            Executive::execute_block(block)
        }

        fn initialize_block(header: &<Block as BlockT>::Header) -> ExtrinsicInclusionMode {
            Executive::initialize_block(header)
        }
    }

    impl sp_api::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata {
            OpaqueMetadata::new(Runtime::metadata().into())
        }

        fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
            Runtime::metadata_at_version(version)
        }

        fn metadata_versions() -> Vec<u32> {
            Runtime::metadata_versions()
        }
    }

    impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
        fn execute_view_function(
            id: frame_support::view_functions::ViewFunctionId,
            input: Vec<u8>,
        ) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
            Runtime::execute_view_function(id, input)
        }
    }

    impl sp_block_builder::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
            Executive::apply_extrinsic(extrinsic)
        }

        fn finalize_block() -> <Block as BlockT>::Header {
            Executive::finalize_block()
        }

        fn inherent_extrinsics(
            data: sp_inherents::InherentData,
        ) -> Vec<<Block as BlockT>::Extrinsic> {
            data.create_extrinsics()
        }

        fn check_inherents(
            block: <Block as BlockT>::LazyBlock,
            data: sp_inherents::InherentData,
        ) -> sp_inherents::CheckInherentsResult {
            data.check_extrinsics(&block)
        }
    }

    impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(
            source: TransactionSource,
            tx: <Block as BlockT>::Extrinsic,
            block_hash: <Block as BlockT>::Hash,
        ) -> TransactionValidity {
            Executive::validate_transaction(source, tx, block_hash)
        }
    }

    impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
        fn offchain_worker(header: &<Block as BlockT>::Header) {
            Executive::offchain_worker(header)
        }
    }

    impl sp_session::SessionKeys<Block> for Runtime {
        fn generate_session_keys(
            owner: Vec<u8>,
            seed: Option<Vec<u8>>,
        ) -> sp_session::OpaqueGeneratedSessionKeys {
            SessionKeys::generate(&owner, seed).into()
        }

        fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
            SessionKeys::decode_into_raw_public_keys(&encoded)
        }
    }

    impl sp_consensus_aura::AuraApi<Block, AuraId> for Runtime {
        fn slot_duration() -> sp_consensus_aura::SlotDuration {
            sp_consensus_aura::SlotDuration::from_millis(SLOT_DURATION)
        }

        fn authorities() -> Vec<AuraId> {
            pallet_aura::Authorities::<Runtime>::get().into_inner()
        }
    }

    impl cumulus_primitives_aura::AuraUnincludedSegmentApi<Block> for Runtime {
        fn can_build_upon(
            included_hash: <Block as BlockT>::Hash,
            slot: cumulus_primitives_aura::Slot,
        ) -> bool {
            ConsensusHook::can_build_upon(included_hash, slot)
        }
    }

    impl cumulus_primitives_core::CollectCollationInfo<Block> for Runtime {
        fn collect_collation_info(
            header: &<Block as BlockT>::Header,
        ) -> cumulus_primitives_core::CollationInfo {
            ParachainSystem::collect_collation_info(header)
        }
    }

    impl cumulus_primitives_core::GetParachainInfo<Block> for Runtime {
        fn parachain_id() -> ParaId {
            ParachainInfo::parachain_id()
        }
    }

    impl cumulus_primitives_core::RelayParentOffsetApi<Block> for Runtime {
        fn relay_parent_offset() -> u32 {
            RELAY_PARENT_OFFSET
        }

        fn max_claim_queue_offset() -> u8 {
            ParachainSystem::max_claim_queue_offset()
        }
    }

    impl cumulus_primitives_core::SchedulingV3EnabledApi<Block> for Runtime {
        fn scheduling_v3_enabled() -> bool {
            SchedulingSignatureVerifier::V3_SCHEDULING_ENABLED
        }
    }

    impl cumulus_primitives_core::TargetBlockRate<Block> for Runtime {
        fn target_block_rate() -> u32 {
            BLOCK_PROCESSING_VELOCITY
        }
    }

    impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(account: AccountId) -> Nonce {
            System::account_nonce(account)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance>
        for Runtime
    {
        fn query_info(
            uxt: <Block as BlockT>::Extrinsic,
            len: u32,
        ) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_info(uxt, len)
        }

        fn query_fee_details(
            uxt: <Block as BlockT>::Extrinsic,
            len: u32,
        ) -> pallet_transaction_payment::FeeDetails<Balance> {
            TransactionPayment::query_fee_details(uxt, len)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl
        pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<
            Block,
            Balance,
            RuntimeCall,
        > for Runtime
    {
        fn query_call_info(
            call: RuntimeCall,
            len: u32,
        ) -> pallet_transaction_payment::RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_call_info(call, len)
        }

        fn query_call_fee_details(
            call: RuntimeCall,
            len: u32,
        ) -> pallet_transaction_payment::FeeDetails<Balance> {
            TransactionPayment::query_call_fee_details(call, len)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl xcm_runtime_apis::fees::XcmPaymentApi<Block> for Runtime {
        fn query_acceptable_payment_assets(
            version: XcmVersion,
        ) -> Result<Vec<VersionedAssetId>, XcmPaymentError> {
            let assets: Vec<AssetId> = vec![NativeAssetId::get()];
            PolkadotXcm::query_acceptable_payment_assets(version, assets)
        }

        fn query_weight_to_asset_fee(
            weight: Weight,
            asset: VersionedAssetId,
        ) -> Result<u128, XcmPaymentError> {
            PolkadotXcm::query_weight_to_asset_fee::<Trader>(weight, asset)
        }

        fn query_xcm_weight(message: VersionedXcm<()>) -> Result<Weight, XcmPaymentError> {
            PolkadotXcm::query_xcm_weight(message)
        }

        fn query_delivery_fees(
            destination: VersionedLocation,
            message: VersionedXcm<()>,
            asset_id: VersionedAssetId,
        ) -> Result<VersionedAssets, XcmPaymentError> {
            PolkadotXcm::query_delivery_fees::<AssetExchanger>(destination, message, asset_id)
        }
    }

    impl xcm_runtime_apis::dry_run::DryRunApi<Block, RuntimeCall, RuntimeEvent, OriginCaller>
        for Runtime
    {
        fn dry_run_call(
            origin: OriginCaller,
            call: RuntimeCall,
            result_xcms_version: XcmVersion,
        ) -> Result<CallDryRunEffects<RuntimeEvent>, XcmDryRunError> {
            PolkadotXcm::dry_run_call::<Runtime, XcmRouter, OriginCaller, RuntimeCall>(
                origin,
                call,
                result_xcms_version,
            )
        }

        fn dry_run_xcm(
            origin_location: VersionedLocation,
            xcm: VersionedXcm<RuntimeCall>,
        ) -> Result<XcmDryRunEffects<RuntimeEvent>, XcmDryRunError> {
            PolkadotXcm::dry_run_xcm::<XcmRouter>(origin_location, xcm)
        }
    }

    impl xcm_runtime_apis::conversions::LocationToAccountApi<Block, AccountId> for Runtime {
        fn convert_location(location: VersionedLocation) -> Result<AccountId, ConversionError> {
            LocationToAccountHelper::<AccountId, LocationToAccountId>::convert_location(location)
        }
    }

    impl xcm_runtime_apis::trusted_query::TrustedQueryApi<Block> for Runtime {
        fn is_trusted_reserve(
            asset: VersionedAsset,
            location: VersionedLocation,
        ) -> XcmTrustedQueryResult {
            PolkadotXcm::is_trusted_reserve(asset, location)
        }

        fn is_trusted_teleporter(
            asset: VersionedAsset,
            location: VersionedLocation,
        ) -> XcmTrustedQueryResult {
            PolkadotXcm::is_trusted_teleporter(asset, location)
        }
    }

    impl xcm_runtime_apis::authorized_aliases::AuthorizedAliasersApi<Block> for Runtime {
        fn authorized_aliasers(
            target: VersionedLocation,
        ) -> Result<Vec<OriginAliaser>, AliasError> {
            PolkadotXcm::authorized_aliasers(target)
        }

        fn is_authorized_alias(
            origin: VersionedLocation,
            target: VersionedLocation,
        ) -> Result<bool, AliasError> {
            PolkadotXcm::is_authorized_alias(origin, target)
        }
    }

    impl pallet_inference_market::runtime_api::MarketApi<Block, AccountId, Balance, BlockNumber>
        for Runtime
    {
        fn open_jobs(model: ModelId, limit: u32) -> Vec<OpenJob<Balance, BlockNumber>> {
            InferenceMarket::open_jobs(model, limit)
        }

        fn current_price(job: JobId) -> Option<Balance> {
            InferenceMarket::current_price(job)
        }

        fn proof_deadline(job: JobId) -> Option<BlockNumber> {
            InferenceMarket::proof_deadline(job)
        }

        fn quote(model: ModelId, inputs: u32) -> Option<Quote<Balance, BlockNumber>> {
            InferenceMarket::quote(model, inputs)
        }

        fn can_accept(provider: AccountId, job: JobId) -> bool {
            InferenceMarket::can_accept(&provider, job)
        }
    }

    impl assay_pallet_primitives::runtime_api::StakingApi<Block, AccountId, Balance, BlockNumber>
        for Runtime
    {
        fn current_era() -> EraIndex {
            <Verification as EraClock>::current_era()
        }

        fn provider_status(provider: AccountId) -> Option<ProviderStatus<Balance, BlockNumber>> {
            Verification::provider_status(&provider)
        }

        fn delegation_status(
            provider: AccountId,
            delegator: AccountId,
        ) -> Option<DelegationStatus<Balance, BlockNumber>> {
            Verification::delegation_status(&provider, &delegator)
        }

        fn pending_rewards(provider: AccountId, delegator: AccountId) -> Balance {
            Verification::pending_rewards(&provider, &delegator)
        }

        fn collateral(price: Balance, min_collateral: Balance) -> (Balance, Balance) {
            Verification::collateral_parts(price, min_collateral)
        }
    }

    impl assay_pallet_primitives::runtime_api::ConcentrationApi<Block, AccountId> for Runtime {
        fn concentration(
            era: EraIndex,
            dimension: Dimension,
        ) -> Option<assay_pallet_primitives::Concentration> {
            Concentration::concentration(era, dimension)
        }

        fn largest(era: EraIndex, dimension: Dimension) -> Vec<(AccountId, Perbill)> {
            Concentration::largest(era, dimension)
        }

        fn share(era: EraIndex, dimension: Dimension, party: AccountId) -> Option<Perbill> {
            Concentration::share(era, dimension, &party)
        }
    }

    impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
        fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
            build_state::<RuntimeGenesisConfig>(config)
        }

        fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
            get_preset::<RuntimeGenesisConfig>(id, genesis_config_presets::get_preset)
        }

        fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
            genesis_config_presets::preset_names()
        }
    }

    #[cfg(feature = "try-runtime")]
    impl frame_try_runtime::TryRuntime<Block> for Runtime {
        fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
            // A panic carries the reason and a backtrace to the tool that calls this; no node
            // ever does.
            let weight = Executive::try_runtime_upgrade(checks).unwrap();
            let limits = <Runtime as frame_system::Config>::BlockWeights::get();
            (weight, limits.max_block)
        }

        fn execute_block(
            block: <Block as BlockT>::LazyBlock,
            state_root_check: bool,
            signature_check: bool,
            select: frame_try_runtime::TryStateSelect,
        ) -> Weight {
            Executive::try_execute_block(block, state_root_check, signature_check, select).unwrap()
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    impl frame_benchmarking::Benchmark<Block> for Runtime {
        fn benchmark_metadata(
            extra: bool,
        ) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
            use crate::*;
            use cumulus_pallet_session_benchmarking::Pallet as SessionBench;
            use frame_benchmarking::BenchmarkList;
            use frame_support::traits::StorageInfoTrait;
            use frame_system_benchmarking::{
                extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench,
            };

            let mut list = Vec::<BenchmarkList>::new();
            list_benchmarks!(list, extra);
            (list, AllPalletsWithSystem::storage_info())
        }

        #[allow(non_local_definitions)]
        fn dispatch_benchmark(
            config: frame_benchmarking::BenchmarkConfig,
        ) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
            use crate::*;
            use codec::Encode;
            use cumulus_pallet_session_benchmarking::Pallet as SessionBench;
            use frame_benchmarking::{BenchmarkBatch, BenchmarkError};
            use frame_support::traits::WhitelistedStorageKeys;
            use frame_system_benchmarking::{
                extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench,
            };
            use sp_storage::TrackedStorageKey;

            impl frame_system_benchmarking::Config for Runtime {
                fn setup_set_code_requirements(code: &Vec<u8>) -> Result<(), BenchmarkError> {
                    ParachainSystem::initialize_for_set_code_benchmark(code.len() as u32);
                    Ok(())
                }

                fn verify_set_code() {
                    System::assert_last_event(
                        cumulus_pallet_parachain_system::Event::<Runtime>::ValidationFunctionStored
                            .into(),
                    );
                }
            }

            impl cumulus_pallet_session_benchmarking::Config for Runtime {
                fn generate_session_keys_and_proof(owner: AccountId) -> (SessionKeys, Vec<u8>) {
                    let generated = SessionKeys::generate(&owner.encode(), None);
                    (generated.keys, generated.proof.encode())
                }
            }

            impl pallet_transaction_payment::BenchmarkConfig for Runtime {}

            let whitelist: Vec<TrackedStorageKey> =
                AllPalletsWithSystem::whitelisted_storage_keys();
            let mut batches = Vec::<BenchmarkBatch>::new();
            let params = (&config, &whitelist);
            add_benchmarks!(params, batches);
            Ok(batches)
        }
    }
}
