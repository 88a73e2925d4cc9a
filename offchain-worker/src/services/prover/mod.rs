// SPDX-License-Identifier: Apache-2.0
//! Makes proofs: one for as many executed jobs of a model as fit, verified here before it is stored.
//!
//! - [`batch`]: which jobs go into one proof, and whether to wait for more (pure);
//! - [`service`]: proving and verifying on threads of their own.

pub mod batch;
mod service;

pub use service::run;
