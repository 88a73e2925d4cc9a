// SPDX-License-Identifier: Apache-2.0
//! Decides which jobs to take.
//!
//! - [`decision`]: whether one job is worth taking now, and for how much (pure);
//! - [`schedule`]: whether everything that was promised still fits before its deadlines (pure);
//! - [`refusals`]: acceptances that failed, and the pauses after them (pure);
//! - [`service`]: looks at the auctions in each view, and orders the submitter to accept.

pub mod decision;
pub mod refusals;
pub mod schedule;
mod service;

pub use decision::{floor, judge, Decline, Offer, Situation, Verdict};
pub use service::{run, Order};
