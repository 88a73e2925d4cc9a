// SPDX-License-Identifier: Apache-2.0
//! The `assay` command line: compile a model, look at it, run it.
//!
//! - [`commands`]: one file for each command;
//! - [`exit`]: exit codes;
//! - [`output`]: results for people and, with `--json`, for machines;
//! - [`progress`]: progress bars on stderr, when it is a terminal.

mod commands;
mod exit;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser;

/// Verifiable AI inference: models, proofs and receipts.
#[derive(Debug, Parser)]
#[command(name = "assay", version, propagate_version = true)]
struct Arguments {
    /// Print one JSON document on stdout instead of text.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = output::Output::new(arguments.json);
    exit::report(arguments.command.run(&output))
}
