// SPDX-License-Identifier: GPL-3.0-only
//! Compiles the parachain's validation code for a validator, in a process of its own. The node asks for the version, which must be
//! the node's.

polkadot_node_core_pvf_common::decl_worker_main!(
    "prepare-worker",
    polkadot_node_core_pvf_prepare_worker::worker_entrypoint,
    polkadot_node_primitives::NODE_VERSION,
    "assay",
);
