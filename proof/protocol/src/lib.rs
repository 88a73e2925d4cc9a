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

pub mod commitment;
pub mod cost;
pub mod error;
pub mod key;
pub mod layers;
pub mod ledger;
pub mod lookup;
pub mod msm;
pub mod plan;
pub mod poly;
pub mod proof;
pub mod srs;
pub mod statement;
pub mod sumcheck;
pub mod transcript;
pub mod verifier;

#[cfg(feature = "prover")]
pub mod backend;
#[cfg(feature = "prover")]
mod parallel;
#[cfg(feature = "prover")]
pub mod prover;
#[cfg(feature = "prover")]
pub mod tamper;
#[cfg(test)]
mod testing;
#[cfg(feature = "prover")]
pub mod witness;

pub use cost::Cost;
pub use error::VerifyError;
pub use key::{KeyError, VerifyingKey};
pub use plan::{BatchSize, Plan, PlanError};
pub use proof::{Proof, ProofShape};
pub use statement::{Context, Statement};
pub use transcript::Transcript;
pub use verifier::{verify, verify_with};

#[cfg(feature = "prover")]
pub use {
    key::ProvingKey,
    prover::{prove, Proven},
    witness::ProveError,
};
