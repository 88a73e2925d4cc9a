// SPDX-License-Identifier: Apache-2.0
//! What an operator sees of a running worker.
//!
//! - [`logs`]: log lines, for people or as JSON;
//! - [`metrics`]: counters and gauges for Prometheus;
//! - [`health`]: how each part is;
//! - [`jobs`]: the history of jobs;
//! - [`server`]: all of that over HTTP, on this machine unless told otherwise.

mod health;
mod jobs;
pub mod logs;
mod metrics;
mod server;

pub use health::{Component, Health, Report, Reporter, State};
pub use jobs::{JobHistory, JobQuery, JobRow, JobStatus, JobsReport, Totals, MAX_ROWS};
pub use metrics::Metrics;
pub use server::{Server, TelemetryError};
