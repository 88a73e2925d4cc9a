// SPDX-License-Identifier: Apache-2.0

//! Weights of this runtime.
//!
//! Block, extrinsic and database weights are the SDK's figures for its reference machine. Our own pallets
//! are measured in this runtime's blob (`make weights`): a file each. For the SDK's pallets the
//! configuration names the `SubstrateWeight` that the pallet ships, which is generic over the database
//! weights given here. See the README in this folder.

pub use frame_support::weights::constants::{
    BlockExecutionWeight, ExtrinsicBaseWeight, RocksDbWeight,
};

pub mod chain_parameters;
pub mod pallet_concentration;
pub mod pallet_inference_market;
pub mod pallet_model_registry;
pub mod pallet_verification;
pub mod pallet_xcm;

/// A measured time, in picoseconds, with a margin of a quarter: collators' machines are not all as fast
/// as the one that measured, and not as idle. Saturates.
pub const fn measured(picoseconds: u64) -> u64 {
    picoseconds.saturating_add(picoseconds / 4)
}
