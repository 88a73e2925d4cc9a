// SPDX-License-Identifier: Apache-2.0

//! Weights of this runtime.
//!
//! Block, extrinsic and database weights are the SDK's figures for its reference machine. The
//! configuration of a pallet names the `SubstrateWeight` that the pallet ships, which is generic
//! over the database weights given here. See the README in this folder.

pub use frame_support::weights::constants::{
    BlockExecutionWeight, ExtrinsicBaseWeight, RocksDbWeight,
};

pub mod pallet_xcm;
