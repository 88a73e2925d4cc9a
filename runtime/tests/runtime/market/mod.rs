// SPDX-License-Identifier: Apache-2.0

//! The market on the composed runtime, with real keys and real proofs of an example model: whole
//! blocks, signed transactions.

mod limits;
mod measures;
mod stories;
mod world;
