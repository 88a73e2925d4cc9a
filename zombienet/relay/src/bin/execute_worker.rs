// SPDX-License-Identifier: GPL-3.0-only
//! Checks the parachain's blocks for a validator, in a process of its own. The node asks for the version, which must be the node's.

polkadot_node_core_pvf_common::decl_worker_main!(
    "execute-worker",
    polkadot_node_core_pvf_execute_worker::worker_entrypoint,
    polkadot_node_primitives::NODE_VERSION,
    "assay",
);
