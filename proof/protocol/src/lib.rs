// SPDX-License-Identifier: Apache-2.0
//! A validity argument for integer circuits: the prover of an off-chain worker and the `no_std` verifier of a runtime.
//!
//! Each module is a sub-protocol: its head states what is proved, how, with which soundness error, and after whom; prover and
//! verifier stand side by side. Without default features the crate is the verifier alone: no threads, no panics, memory bounded by
//! the verifying key. The feature `prover` adds the prover.
//!
//! The argument is sound and succinct. It is not zero-knowledge.

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

pub mod error;
pub mod lookup;
pub mod poly;
pub mod sumcheck;
pub mod transcript;

#[cfg(feature = "prover")]
mod parallel;
#[cfg(test)]
mod testing;

pub use error::VerifyError;
pub use transcript::Transcript;
