// SPDX-License-Identifier: Apache-2.0
//! The pallet's behaviour, told as stories. Every story ends with a check of the state of all pallets, see [`crate::mock::tell`].

mod accepting;
mod consumer;
mod early_results;
mod economics;
mod expiry;
mod extension;
mod governance;
mod posting;
mod proofs;
mod random;
mod receipts;
mod views;
