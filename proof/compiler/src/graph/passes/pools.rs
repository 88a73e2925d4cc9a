// SPDX-License-Identifier: Apache-2.0
//! `f(max x) = max f(x)` for a monotone `f`: an activation after a max pool moves before it, next to the layer whose
//! accumulator it requantises.

use crate::graph::{function::Form, Graph, Op};

pub(super) fn run(graph: &mut Graph) {
    let uses = graph.uses();
    loop {
        let mut moved = false;
        for id in 0..graph.nodes.len() {
            let Op::Map {
                input: pool,
                function,
            } = &graph.nodes[id].op
            else {
                continue;
            };
            let (pool, function) = (*pool, function.clone());
            // A factor is free wherever it is.
            if matches!(function.form(), Form::Affine { .. }) {
                continue;
            }
            let Op::MaxPool { input, window } = graph.nodes[pool].op else {
                continue;
            };
            if uses[pool] != 1 || !function.is_monotone() || !reaches_layer(graph, &uses, input) {
                continue;
            }
            graph.nodes[pool].op = Op::Map { input, function };
            graph.nodes[pool].shape = graph.nodes[input].shape;
            graph.nodes[id].op = Op::MaxPool {
                input: pool,
                window,
            };
            let origin = graph.nodes[pool].origin.clone();
            graph.nodes[pool].origin = std::mem::replace(&mut graph.nodes[id].origin, origin);
            moved = true;
        }
        if !moved {
            return;
        }
    }
}

/// Whether a tensor is made for one reader by a linear node, possibly through more pools.
fn reaches_layer(graph: &Graph, uses: &[usize], id: usize) -> bool {
    uses[id] == 1
        && match graph.nodes[id].op {
            Op::Linear(_) => true,
            Op::MaxPool { input, .. } => reaches_layer(graph, uses, input),
            _ => false,
        }
}
