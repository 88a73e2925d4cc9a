// SPDX-License-Identifier: Apache-2.0

//! Balances and transaction fees.

use frame_support::{
    parameter_types,
    traits::{tokens::imbalance::ResolveTo, ConstU32, ConstU8, VariantCountOf},
    weights::ConstantMultiplier,
};
use pallet_transaction_payment::FungibleAdapter;
use pallet_treasury::TreasuryAccountId;
use polkadot_runtime_common::SlowAdjustingFeeUpdate;

use crate::{
    constants::currency::EXISTENTIAL_DEPOSIT,
    fees::{DealWithFees, WeightToFee, TRANSACTION_BYTE_FEE},
    Balance, Balances, Runtime, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, System,
};

parameter_types! {
    /// Least balance of an account.
    pub const ExistentialDeposit: Balance = EXISTENTIAL_DEPOSIT;
    /// Fee per byte of a transaction, also the price per byte of a message to another chain.
    pub const TransactionByteFee: Balance = TRANSACTION_BYTE_FEE;
}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type Balance = Balance;
    // What is left in an account that falls under the existential deposit goes to the treasury.
    type DustRemoval = ResolveTo<TreasuryAccountId<Runtime>, Balances>;
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, DealWithFees>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightToFee = WeightToFee;
    type LengthToFee = ConstantMultiplier<Balance, TransactionByteFee>;
    type FeeMultiplierUpdate = SlowAdjustingFeeUpdate<Self>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}
