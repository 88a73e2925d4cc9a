// SPDX-License-Identifier: GPL-3.0-only
//! The relay chain's node, as `polkadot` is, with the chain `rococo-local`.

/// Parses the command line and runs.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(polkadot_cli::run()?)
}
