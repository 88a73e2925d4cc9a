// SPDX-License-Identifier: Apache-2.0
//! How fast a device is for a model, and what a job should cost on it.
//!
//! | module | purpose |
//! | --- | --- |
//! | `measure` | times running, proving and verifying for several batch sizes |
//! | `price` | turns times into prices (pure) |

mod measure;
mod price;

pub use measure::{measure, BatchTime, BenchError, BenchOptions, ModelBench};
pub use price::{price_of_seconds, Speed, Suggestion};
