// SPDX-License-Identifier: Apache-2.0
//! Signs and sends transactions. It alone uses the key, so nonces are given out one after another.
//!
//! - [`service`]: the loop: orders of the pricer, proofs and early results from the database;
//! - [`signing`]: a nonce, a signature, and what is stored of both before anything is sent;
//! - [`sending`]: the same bytes again until they are in a block.

mod sending;
mod service;
mod signing;

pub use service::run;
