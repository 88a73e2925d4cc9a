// SPDX-License-Identifier: Apache-2.0
//! The pallet's behaviour, told as stories. Every story ends with a check of the whole state, see [`crate::mock::tell`].

mod cap;
mod measures;
mod pruning;
mod random;
