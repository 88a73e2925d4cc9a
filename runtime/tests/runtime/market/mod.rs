// SPDX-License-Identifier: Apache-2.0

//! The market on the composed runtime, with real keys and real proofs of an example model: whole
//! blocks, signed transactions.

mod admission;
mod full_block;
mod limits;
mod measures;
mod stories;
mod weights;
mod world;
