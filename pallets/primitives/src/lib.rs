// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod codes;
mod concentration;
mod models;
mod position;
mod proof;
pub mod runtime_api;
mod settlement;
mod staking;
#[cfg(feature = "testing")]
pub mod testing;
mod treasury;

pub use concentration::{Concentration, Dimension, EraClock, StakeRecorder, WorkRecorder};
pub use models::{ModelFacts, ModelStatus, Models};
pub use position::Position;
pub use proof::{KeyFacts, KeyRejected, ProofRejected, ProofVerifier, Statement, VerificationCost};
pub use settlement::{OnSettled, Settlement};
pub use staking::{
    CollateralTerms, Fault, LockedCollateral, Payment, PaymentSplit, SlashBeneficiaries,
    SlashOutcome, Staking,
};
pub use treasury::pay_treasury;

/// Identifies a model: numbers are given in the order of registration and never reused.
pub type ModelId = u64;
/// Identifies a job: numbers are given in the order of posting and never reused.
pub type JobId = u64;
/// Number of an era, from 0 at genesis.
pub type EraIndex = u32;
/// An amount of the native token, in its smallest unit.
pub type Balance = u128;
/// An amount of work, in units of circuit cost: what running a model on its inputs takes, whoever runs it and on whatever device.
pub type Work = u128;
