// SPDX-License-Identifier: Apache-2.0

//! The pallets whose weights are measured on this runtime.

frame_benchmarking::define_benchmarks!(
    [frame_system, SystemBench::<Runtime>]
    [frame_system_extensions, SystemExtensionsBench::<Runtime>]
    [cumulus_pallet_parachain_system, ParachainSystem]
    [cumulus_pallet_weight_reclaim, WeightReclaim]
    [cumulus_pallet_xcmp_queue, XcmpQueue]
    [chain_parameters, ChainParameters]
    [pallet_balances, Balances]
    [pallet_collator_selection, CollatorSelection]
    [pallet_concentration, Concentration]
    [pallet_conviction_voting, ConvictionVoting]
    [pallet_inference_market, InferenceMarket]
    [pallet_message_queue, MessageQueue]
    [pallet_model_registry, ModelRegistry]
    [pallet_multisig, Multisig]
    [pallet_preimage, Preimage]
    [pallet_proxy, Proxy]
    [pallet_referenda, Referenda]
    [pallet_scheduler, Scheduler]
    [pallet_session, SessionBench::<Runtime>]
    [pallet_timestamp, Timestamp]
    [pallet_transaction_payment, TransactionPayment]
    [pallet_treasury, Treasury]
    [pallet_utility, Utility]
    [pallet_verification, Verification]
);
