// SPDX-License-Identifier: Apache-2.0

//! What the chain accepts from other chains and offers to them.
//!
//! ## Offered
//!
//! * **ASY abroad.** This chain is the reserve of ASY. An account sends it to a sibling parachain
//!   with a reserve transfer: the amount moves to the sibling's sovereign account here, which backs
//!   what circulates there. A sibling returns ASY by withdrawing from that account.
//! * **Paid execution.** Anybody whose location has an account here may send a program that begins
//!   by buying its execution with ASY, and may [`Transact`] as that account. This is how another
//!   parachain orders an inference.
//! * **Messages by accounts and by governance** (`send`), with delivery paid in ASY; messages of
//!   this chain's root are free.
//! * **Aliases**: an account may authorise a location elsewhere to act as it
//!   (`add_authorized_alias`).
//! * **HRMP notifications, version subscriptions and expected responses** are accepted unpaid,
//!   because they are how chains keep in touch.
//!
//! ## Refused
//!
//! * Every asset but ASY, the relay chain's token included: no reserve and no teleporter is
//!   trusted, so such an asset can't enter, and nothing but ASY buys execution.
//! * **The relay chain as a user.** It has no account here, so it can neither hold ASY nor buy
//!   execution; its accounts and bodies can.
//! * **Root for the relay chain.** Relay-chain governance has neither superuser rights nor unpaid
//!   execution here. This chain's own referenda are its only root. A relay chain that wants to
//!   overrule a parachain replaces its code, which no configuration here prevents, so a second way
//!   in would add risk and no power.
//! * Arbitrary local programs (`execute`): it waits for weights of single instructions that were
//!   measured here.
//! * Locks, exchanges, exports and NFTs: no such assets or bridges exist here.
//!
//! [`Transact`]: xcm::latest::Instruction::Transact

use frame_support::{
    parameter_types,
    traits::{
        fungible::HoldConsideration, ConstU32, Contains, Equals, Everything, Get,
        LinearStoragePrice, Nothing,
    },
    weights::Weight,
};
use frame_system::EnsureRoot;
use pallet_treasury::TreasuryAccountId;
use pallet_xcm::{AuthorizedAliasers, XcmPassthrough};
use parachains_common::xcm_config::ParentRelayOrSiblingParachains;
use polkadot_parachain_primitives::primitives::Sibling;
use sp_runtime::traits::TypedGet;
use xcm::latest::prelude::*;
use xcm_builder::{
    AccountId32Aliases, AliasChildLocation, AllowHrmpNotificationsFromRelayChain,
    AllowKnownQueryResponses, AllowSubscriptionsFrom, AllowTopLevelPaidExecutionFrom,
    DenyReserveTransferToRelayChain, DenyThenTry, DescribeAccountId32Terminal,
    DescribeAccountKey20Terminal, DescribeBodyTerminal, DescribeFamily, DescribePalletTerminal,
    DescribeTreasuryVoiceTerminal, EnsureXcmOrigin, FixedWeightBounds, FrameTransactionalProcessor,
    FungibleAdapter, HashedDescription, IsConcrete, RelayChainAsNative, SendXcmFeeToAccount,
    SiblingParachainAsNative, SiblingParachainConvertsVia, SignedAccountId32AsNative,
    SignedToAccountId32, SovereignSignedViaLocation, TakeWeightCredit, TrailingSetTopicAsId,
    UsingComponents, WithComputedOrigin, WithUniqueTopic, XcmFeeManagerFromComponents,
};
use xcm_executor::XcmExecutor;

use crate::{
    configs::messaging::PriceForParentDelivery,
    constants::currency::deposit,
    fees::{DealWithFees, WeightToFee},
    parameters::getters::RelayNetworkId,
    AccountId, AllPalletsWithSystem, Balance, Balances, ParachainInfo, ParachainSystem,
    PolkadotXcm, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason, RuntimeOrigin, XcmpQueue,
};

/// Price of one XCM instruction: above what public parachains measure for their dearest one (about
/// 0.7 ms and 9 KiB with the database).
pub const UNIT_WEIGHT_COST: Weight = Weight::from_parts(1_000_000_000, 32 * 1024);
/// Most instructions in a message, nested ones included. A message of this length still fits into
/// what the message queue may use in a block.
pub const MAX_INSTRUCTIONS: u32 = 100;

parameter_types! {
    /// The relay chain as seen from here.
    pub const RelayLocation: Location = Location::parent();
    /// ASY as seen from here: the asset of the chain itself.
    pub const NativeLocation: Location = Location::here();
    /// ASY as an asset id.
    pub NativeAssetId: AssetId = AssetId(NativeLocation::get());
    /// The network that account locations may name.
    pub RelayNetwork: Option<NetworkId> = RelayNetworkId::<Runtime>::get();
    /// The native origin of messages from the relay chain.
    pub RelayChainOrigin: RuntimeOrigin = cumulus_pallet_xcm::Origin::Relay.into();
    /// This chain's place in the universe.
    pub UniversalLocation: InteriorLocation = [
        GlobalConsensus(RelayNetworkId::<Runtime>::get()),
        Parachain(ParachainInfo::parachain_id().into()),
    ].into();
    /// See [`UNIT_WEIGHT_COST`].
    pub const UnitWeightCost: Weight = UNIT_WEIGHT_COST;
    /// See [`MAX_INSTRUCTIONS`].
    pub const MaxInstructions: u32 = MAX_INSTRUCTIONS;
    /// Only one asset exists here; a few more leave room for failed conversions.
    pub const MaxAssetsIntoHolding: u32 = 8;
    /// The chain itself, whose messages travel free.
    pub const RootLocation: Location = Location::here();
    /// Receives delivery fees.
    pub TreasuryAccount: AccountId = TreasuryAccountId::<Runtime>::get();
}

/// Which account a location owns.
///
/// The relay chain itself owns none, though accounts and bodies on it do. It can't hold ASY for
/// anybody, so a transfer to it would be lost there: without an account it fails here instead.
pub type LocationToAccountId = (
    // Sibling parachains.
    SiblingParachainConvertsVia<Sibling, AccountId>,
    // Local accounts.
    AccountId32Aliases<RelayNetwork, AccountId>,
    // Accounts, pallets and bodies on other chains, by the hash of their description.
    HashedDescription<AccountId, DescribeFamily<DescribeInside>>,
);

/// Descriptions of what lies inside a chain; the chains themselves are left out, see
/// [`LocationToAccountId`].
type DescribeInside = (
    DescribePalletTerminal,
    DescribeAccountId32Terminal,
    DescribeAccountKey20Terminal,
    DescribeTreasuryVoiceTerminal,
    DescribeBodyTerminal,
);

/// Moves ASY. Teleports are not tracked because none are accepted.
pub type AssetTransactor =
    FungibleAdapter<Balances, IsConcrete<NativeLocation>, LocationToAccountId, AccountId, ()>;

/// The origin that a `Transact` dispatches with, by the kind that it asks for. No location becomes
/// root.
pub type XcmOriginToTransactDispatchOrigin = (
    // The account of the location.
    SovereignSignedViaLocation<LocationToAccountId, RuntimeOrigin>,
    // The relay chain as itself.
    RelayChainAsNative<RelayChainOrigin, RuntimeOrigin>,
    // A sibling as itself.
    SiblingParachainAsNative<cumulus_pallet_xcm::Origin, RuntimeOrigin>,
    // A local account as itself.
    SignedAccountId32AsNative<RelayNetwork, RuntimeOrigin>,
    // The location, for pallets that know locations.
    XcmPassthrough<RuntimeOrigin>,
);

/// Decides whether a message is executed at all.
pub type Barrier = TrailingSetTopicAsId<
    DenyThenTry<
        DenyReserveTransferToRelayChain,
        (
            TakeWeightCredit,
            AllowKnownQueryResponses<PolkadotXcm>,
            WithComputedOrigin<
                (
                    AllowTopLevelPaidExecutionFrom<Everything>,
                    AllowSubscriptionsFrom<ParentRelayOrSiblingParachains>,
                    AllowHrmpNotificationsFromRelayChain,
                ),
                UniversalLocation,
                ConstU32<8>,
            >,
        ),
    >,
>;

/// Whom a location may act as: what lies inside it, and who authorised it.
pub type TrustedAliasers = (AliasChildLocation, AuthorizedAliasers<Runtime>);

/// Weight of a message: a fixed price per instruction, and the declared weight of calls.
pub type Weigher = FixedWeightBounds<UnitWeightCost, RuntimeCall, MaxInstructions>;

/// Sells execution for ASY; the proceeds are split like any fee.
pub type Trader = UsingComponents<WeightToFee, NativeLocation, AccountId, Balances, DealWithFees>;

/// Configuration of the XCM executor.
pub struct XcmConfig;

impl xcm_executor::Config for XcmConfig {
    type RuntimeCall = RuntimeCall;
    type XcmSender = XcmRouter;
    type XcmEventEmitter = PolkadotXcm;
    type AssetTransactor = AssetTransactor;
    type OriginConverter = XcmOriginToTransactDispatchOrigin;
    // No foreign asset enters.
    type IsReserve = ();
    type IsTeleporter = ();
    type Aliasers = TrustedAliasers;
    type UniversalLocation = UniversalLocation;
    type Barrier = Barrier;
    type Weigher = Weigher;
    type Trader = Trader;
    type ResponseHandler = PolkadotXcm;
    type AssetTrap = PolkadotXcm;
    type AssetLocker = ();
    type AssetExchanger = ();
    type SubscriptionService = PolkadotXcm;
    type PalletInstancesInfo = AllPalletsWithSystem;
    type MaxAssetsIntoHolding = MaxAssetsIntoHolding;
    type FeeManager = XcmFeeManagerFromComponents<
        Equals<RootLocation>,
        SendXcmFeeToAccount<Self::AssetTransactor, TreasuryAccount>,
    >;
    type MessageExporter = ();
    type UniversalAliases = Nothing;
    type CallDispatcher = RuntimeCall;
    type SafeCallFilter = Everything;
    type TransactionalProcessor = FrameTransactionalProcessor;
    type HrmpNewChannelOpenRequestHandler = ();
    type HrmpChannelAcceptedHandler = ();
    type HrmpChannelClosingHandler = ();
    type XcmRecorder = PolkadotXcm;
}

/// How a local account is seen by other chains.
pub type LocalOriginToLocation = SignedToAccountId32<RuntimeOrigin, AccountId, RelayNetwork>;

/// Carries messages to the relay chain and to siblings, each with a unique topic by which it can be
/// followed.
pub type XcmRouter = WithUniqueTopic<(
    cumulus_primitives_utility::ParentAsUmp<ParachainSystem, PolkadotXcm, PriceForParentDelivery>,
    XcmpQueue,
)>;

/// Reserve transfers that accounts may make: ASY and nothing else.
pub struct OnlyNative;

impl Contains<(Location, alloc::vec::Vec<Asset>)> for OnlyNative {
    fn contains((_, assets): &(Location, alloc::vec::Vec<Asset>)) -> bool {
        assets.iter().all(|asset| asset.id == NativeAssetId::get())
    }
}

parameter_types! {
    /// Deposit for having authorised aliases.
    pub const AliasDepositPerItem: Balance = deposit(1, 0);
    /// Deposit per byte of authorised aliases.
    pub const AliasDepositPerByte: Balance = deposit(0, 1);
    /// Marks the held deposit.
    pub const AuthorizeAliasHoldReason: RuntimeHoldReason =
        RuntimeHoldReason::PolkadotXcm(pallet_xcm::HoldReason::AuthorizeAlias);
}

impl pallet_xcm::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type RuntimeCall = RuntimeCall;
    type SendXcmOrigin = EnsureXcmOrigin<RuntimeOrigin, LocalOriginToLocation>;
    type XcmRouter = XcmRouter;
    type ExecuteXcmOrigin = EnsureXcmOrigin<RuntimeOrigin, LocalOriginToLocation>;
    type XcmExecuteFilter = Nothing;
    type XcmExecutor = XcmExecutor<XcmConfig>;
    type XcmTeleportFilter = Nothing;
    type XcmReserveTransferFilter = OnlyNative;
    type Weigher = Weigher;
    type UniversalLocation = UniversalLocation;
    const VERSION_DISCOVERY_QUEUE_SIZE: u32 = 100;
    type AdvertisedXcmVersion = pallet_xcm::CurrentXcmVersion;
    type Currency = Balances;
    // No remote locks.
    type CurrencyMatcher = ();
    type TrustedLockers = ();
    type MaxLockers = ConstU32<0>;
    type MaxRemoteLockConsumers = ConstU32<0>;
    type RemoteLockConsumerIdentifier = ();
    type SovereignAccountOf = LocationToAccountId;
    type AdminOrigin = EnsureRoot<AccountId>;
    type WeightInfo = crate::weights::pallet_xcm::WeightInfo<Runtime>;
    type AuthorizedAliasConsideration = HoldConsideration<
        AccountId,
        Balances,
        AuthorizeAliasHoldReason,
        LinearStoragePrice<AliasDepositPerItem, AliasDepositPerByte, Balance>,
    >;
}

impl cumulus_pallet_xcm::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type XcmExecutor = XcmExecutor<XcmConfig>;
}
