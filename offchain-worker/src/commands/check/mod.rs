// SPDX-License-Identifier: Apache-2.0
//! `assay-worker check`: everything that a worker needs, as a table of ticks.
//!
//! - [`local`]: what is on this machine;
//! - [`network`]: what the chain says;
//! - [`report`]: the table.
//!
//! Nothing is changed: no file is left behind, no transaction is sent. The command may run beside a worker.

mod local;
mod network;
mod report;

use clap::Args;

use super::{block_on, exit::Failure, output::Output};
use crate::config::Config;
use report::Report;

/// What to check.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Check only what is on this machine
    #[arg(long)]
    offline: bool,
}

pub(super) fn run(arguments: &Arguments, config: Config, output: &Output) -> Result<(), Failure> {
    let mut report = Report::default();
    local::configuration(&config, &mut report);
    local::data_directory(&config, &mut report);
    let signer = local::key(&config, &mut report);
    local::device(&config, &mut report);
    local::http(&config, &mut report);
    if !arguments.offline {
        block_on(network::check(&config, signer.as_ref(), &mut report))?;
    }
    output.print(&report, Report::text)?;
    if report.ready {
        Ok(())
    } else {
        Err(Failure::Unready)
    }
}
