// SPDX-License-Identifier: Apache-2.0
//! Which values of a float graph have codes of their own, and how many bits these may have.

use assay_circuit::limits::MAX_RANGE_BITS;

use super::is_rescale;
use crate::graph::{Graph, Op};

/// Which values have codes of their own, and the most bits that these may have.
#[derive(Clone, Debug)]
pub(crate) struct Widths {
    /// 0 where a value has no codes of its own.
    pub(crate) most: Vec<u8>,
}

/// Values whose code width can be chosen. `wide` admits 16 bits.
pub(crate) fn widths(graph: &Graph, wide: bool) -> Widths {
    let uses = graph.uses();
    let limit = if wide { 16 } else { 12 };
    // What the readers of each value take, readers first.
    let mut most = vec![limit; graph.nodes.len()];
    for (id, node) in graph.nodes.iter().enumerate().rev() {
        let own = most[id];
        match &node.op {
            Op::MaxPool { input, .. } => most[*input] = most[*input].min(own).min(MAX_RANGE_BITS),
            Op::SumPool { input, .. } | Op::Transpose { input, .. } | Op::Reshape { input } => {
                most[*input] = most[*input].min(own)
            }
            Op::Map { input, function } => {
                if is_rescale(function).is_some() {
                    most[*input] = most[*input].min(own);
                } else if !(matches!(graph.nodes[*input].op, Op::Linear(_)) && uses[*input] == 1) {
                    most[*input] = most[*input].min(12);
                }
            }
            _ => {}
        }
    }
    let fused = fused(graph);
    for (id, node) in graph.nodes.iter().enumerate() {
        let has_codes = match &node.op {
            Op::Input => true,
            Op::Linear(_) => !fused[id] && id != graph.output,
            Op::Map { input, function } => fused[*input] || is_rescale(function).is_none(),
            _ => false,
        };
        if !has_codes {
            most[id] = 0;
        }
    }
    Widths { most }
}

/// Linear nodes whose only reader is a map.
pub(super) fn fused(graph: &Graph) -> Vec<bool> {
    let uses = graph.uses();
    let mut fused = vec![false; graph.nodes.len()];
    for node in &graph.nodes {
        if let Op::Map { input, .. } = node.op {
            fused[input] = matches!(graph.nodes[input].op, Op::Linear(_)) && uses[input] == 1;
        }
    }
    fused
}
