// SPDX-License-Identifier: Apache-2.0
//! Fetches the weights of models, checks them, and puts the models on the device.
//!
//! The chain has a model's verifying key (circuit and commitment), the SHA-256 hash of the file with its weights, and an address that the
//! owner claims to have it. Nothing that comes from there is believed: size, time and redirects are bounded, the hash must match,
//! the circuit's every bound must hold for the parameters, and the commitment is recomputed and compared with the chain's key.
//!
//! - [`address`]: which addresses are fetched (pure);
//! - [`fetch`]: a file, or HTTP(S);
//! - [`cache`]: files by content hash, bounded;
//! - [`check`]: from bytes to a model that is the chain's;
//! - [`service`]: which models are needed, and when a failed one is tried again.

pub mod address;
mod cache;
pub mod check;
mod error;
mod fetch;
mod service;

pub use cache::Cache;
pub use error::WeightsError;
pub use fetch::{fetch, FetchLimits};
pub use service::run;
