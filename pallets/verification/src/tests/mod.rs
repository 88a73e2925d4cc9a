// SPDX-License-Identifier: Apache-2.0
//! The pallet's behaviour, told as stories. Every story ends with a check of the whole state, see [`crate::mock::tell`].

mod collateral;
mod delegation;
mod economics;
mod fixtures;
mod parameters;
mod proof;
mod providers;
mod random;
mod redelegation;
mod rewards;
mod slashing;
