// SPDX-License-Identifier: Apache-2.0
//! `assay job`: ask models on the chain.
//!
//! - [`post`]: quotes the cost, and posts a job;
//! - [`watch`]: follows a job to its receipt;
//! - [`list`]: jobs in progress, and receipts; ends a job in auction.

mod list;
mod post;
mod watch;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Ask a model. Prints what it costs, and the job's number.
    Post(post::Post),
    /// Follow a job: its price, acceptance, early result, proof, settlement or failure. Exit code 0 if it is settled, 1 if it
    /// ended without an answer.
    Watch(watch::Watch),
    /// List jobs in progress.
    List(list::List),
    /// End a job of yours that nobody has accepted.
    Cancel(list::Cancel),
}

impl Job {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Post(post) => post.run(output),
            Self::Watch(watch) => watch.run(output),
            Self::List(list) => list.run(output),
            Self::Cancel(cancel) => cancel.run(output),
        }
    }
}
