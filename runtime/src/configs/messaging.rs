// SPDX-License-Identifier: Apache-2.0

//! The queues between this chain and others. What messages may do is in [`crate::xcm_config`].

use cumulus_primitives_core::{AggregateMessageOrigin, ParaId};
use frame_support::{
    parameter_types,
    traits::{ConstU32, TransformOrigin},
    weights::Weight,
};
use frame_system::EnsureRoot;
use parachains_common::message_queue::{NarrowOriginToSibling, ParaIdToSibling};
use polkadot_runtime_common::xcm_sender::ExponentialPrice;

use crate::{
    configs::money::TransactionByteFee,
    constants::{
        block::{MAXIMUM_BLOCK_WEIGHT, MESSAGE_QUEUE_RATIO},
        currency::MILLI_ASY,
    },
    xcm_config::{NativeAssetId, XcmOriginToTransactDispatchOrigin},
    AccountId, Balance, MessageQueue, ParachainSystem, PolkadotXcm, Runtime, RuntimeEvent,
    XcmpQueue,
};

/// Largest page of messages, in bytes. HRMP channels of the relay chain carry messages of up to 100
/// KiB, plus room for the page's header.
pub const MAX_PAGE_SIZE: u32 = 103 * 1024;

parameter_types! {
    /// Weight that inbound messages may use before the first transaction of a block, and again
    /// from what is left after the last one.
    pub MessageQueueServiceWeight: Weight = MESSAGE_QUEUE_RATIO * MAXIMUM_BLOCK_WEIGHT;
    /// Price of a message to another chain, before its length: 0.01 ASY. It grows exponentially
    /// while a queue is congested.
    pub const BaseDeliveryFee: Balance = 10 * MILLI_ASY;
}

/// Price of a message to a sibling parachain.
pub type PriceForSiblingDelivery =
    ExponentialPrice<NativeAssetId, BaseDeliveryFee, TransactionByteFee, XcmpQueue>;
/// Price of a message to the relay chain.
pub type PriceForParentDelivery =
    ExponentialPrice<NativeAssetId, BaseDeliveryFee, TransactionByteFee, ParachainSystem>;

impl cumulus_pallet_xcmp_queue::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ChannelInfo = ParachainSystem;
    type VersionWrapper = PolkadotXcm;
    type XcmpQueue = TransformOrigin<MessageQueue, AggregateMessageOrigin, ParaId, ParaIdToSibling>;
    type MaxInboundSuspended = ConstU32<1_000>;
    type MaxActiveOutboundChannels = ConstU32<128>;
    type MaxPageSize = ConstU32<MAX_PAGE_SIZE>;
    type ControllerOrigin = EnsureRoot<AccountId>;
    type ControllerOriginConverter = XcmOriginToTransactDispatchOrigin;
    type PriceForSiblingDelivery = PriceForSiblingDelivery;
    type WeightInfo = cumulus_pallet_xcmp_queue::weights::SubstrateWeight<Runtime>;
}

impl pallet_message_queue::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_message_queue::weights::SubstrateWeight<Runtime>;
    #[cfg(not(feature = "runtime-benchmarks"))]
    type MessageProcessor = xcm_builder::ProcessXcmMessage<
        AggregateMessageOrigin,
        xcm_executor::XcmExecutor<crate::xcm_config::XcmConfig>,
        crate::RuntimeCall,
    >;
    #[cfg(feature = "runtime-benchmarks")]
    type MessageProcessor =
        pallet_message_queue::mock_helpers::NoopMessageProcessor<AggregateMessageOrigin>;
    type Size = u32;
    // The XCMP queue only knows siblings.
    type QueueChangeHandler = NarrowOriginToSibling<XcmpQueue>;
    type QueuePausedQuery = NarrowOriginToSibling<XcmpQueue>;
    type HeapSize = ConstU32<MAX_PAGE_SIZE>;
    type MaxStale = ConstU32<8>;
    type ServiceWeight = MessageQueueServiceWeight;
    type IdleMaxServiceWeight = MessageQueueServiceWeight;
}
