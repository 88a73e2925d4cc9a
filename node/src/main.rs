// SPDX-License-Identifier: GPL-3.0-only
//! `assay-node`: a development chain on one machine, a full node, a collator, and the tool that
//! exports chain specifications and manages keys.
//!
//! The node itself is `polkadot-omni-node-lib`; this crate gives it the Assay runtime and refuses,
//! with one line each, what the library would accept in silence or report obscurely:
//!
//! - [`arguments`]: the command line, its defaults for development, and what is checked before
//!   anything starts;
//! - [`chain_spec`]: the built-in chain specifications and those read from a file;
//! - [`export`]: the `export-chain-spec` command;
//! - [`ports`]: the ports that the node is going to listen on, probed first.

mod arguments;
mod chain_spec;
mod export;
mod ports;

use polkadot_omni_node_lib::{run_with_custom_cli, RunConfig};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("assay-node: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    // What does not parse, and every subcommand, is the library's.
    if let Some(cli) = arguments::parse(std::env::args_os()) {
        arguments::check(&cli)?;
        ports::probe(&ports::endpoints(&cli)?)?;
    }
    let config = RunConfig::new(
        Box::new(chain_spec::AssayRuntime),
        Box::new(chain_spec::SpecLoader),
    );
    run_with_custom_cli::<arguments::Binary, export::Subcommands>(config).map_err(|error| {
        match error {
            // Without the words "Invalid input": the message says what was wrong with it.
            sc_cli::Error::Input(message) => message,
            other => other.to_string(),
        }
    })
}
