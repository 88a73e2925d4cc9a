// SPDX-License-Identifier: GPL-3.0-only
//! A node that is killed goes on where it was.

use crate::support::Node;

#[test]
fn a_killed_node_continues_its_chain() {
    let base_path = tempfile::tempdir().unwrap();

    let node = Node::start(base_path.path());
    node.wait_for(3);
    let reached = node.finalised();
    let hashes: Vec<_> = (0..=reached)
        .map(|number| node.block_hash(number).unwrap())
        .collect();
    drop(node);

    for restart in 1..=2 {
        let node = Node::start(base_path.path());
        for (number, hash) in hashes.iter().enumerate() {
            assert_eq!(
                node.block_hash(number as u64).as_ref(),
                Some(hash),
                "block {number}"
            );
        }
        node.wait_for(reached + 2 * restart);
    }
}
