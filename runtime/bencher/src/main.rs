// SPDX-License-Identifier: GPL-3.0-only
//! `assay-bencher`: the SDK's benchmark command for pallets, and nothing else. It executes the blob that `--runtime` names under the
//! executor that nodes use; `scripts/weights.sh` says with which arguments.
//!
//! The SDK's own `frame-omni-bencher` does the same. This one is made of what the node has compiled already.

use clap::Parser;
use frame_benchmarking_cli::PalletCmd;
use sp_runtime::traits::BlakeTwo256;

/// What the blob of a parachain imports besides the functions that every runtime has.
type HostFunctions = cumulus_primitives_proof_size_hostfunction::storage_proof_size::HostFunctions;

fn main() -> sc_cli::Result<()> {
    PalletCmd::parse().run_with_spec::<BlakeTwo256, HostFunctions>(None)
}
