// SPDX-License-Identifier: Apache-2.0
//! The `assay` command line: compile a model, look at it, run it, prove it; and the chain: register models, post jobs and
//! follow them to their receipts, stake, look at providers and concentration.
//!
//! - [`account`]: whose key signs, and where it comes from;
//! - [`commands`]: one file for each command;
//! - [`connection`]: the node that is asked;
//! - [`evidence`]: checks a settled job's evidence without any node;
//! - [`inputs`]: inputs of models from files;
//! - [`exit`]: exit codes;
//! - [`output`]: results for people and, with `--json`, for machines;
//! - [`progress`]: progress bars on stderr, when it is a terminal;
//! - [`transact`]: signs and sends a call, and reports what became of it.

mod account;
mod commands;
mod connection;
mod evidence;
mod exit;
mod inputs;
mod output;
mod progress;
mod transact;

use std::process::ExitCode;

use clap::Parser;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    the answer is no (a proof is not valid, a transaction failed, a job ended without an answer), or the machine failed
  2    the input is wrong (a file, an argument, a key, the address of a node); nothing was written or sent
  130  interrupted by Ctrl-C";

/// Verifiable AI inference: models, proofs and receipts.
#[derive(Debug, Parser)]
#[command(name = "assay", version, propagate_version = true, after_help = EXIT_CODES)]
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
