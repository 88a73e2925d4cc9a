// SPDX-License-Identifier: Apache-2.0
//! The pallet's behaviour, told as stories. Every story ends with a check of the whole state, see [`crate::mock::tell`].

mod governance;
mod market;
mod owners;
mod registration;
