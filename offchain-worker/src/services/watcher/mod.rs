// SPDX-License-Identifier: Apache-2.0
//! Watches the chain: at each new best block it asks what the chain says of the provider's jobs and transactions, writes down what
//! follows, and tells the other services.
//!
//! - [`service`]: the loop, and what happens while no block comes;
//! - [`reconcile`]: brings the database in line with the chain. It is the only place where jobs end.

mod reconcile;
mod service;

pub use service::run;
