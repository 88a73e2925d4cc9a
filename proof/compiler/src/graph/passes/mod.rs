// SPDX-License-Identifier: Apache-2.0
//! Rewrites a graph, without changing what it computes, until it consists of linear nodes, maps, pools and views:
//!
//! 1. [`pads`]: explicit padding moves into the windows of the readers;
//! 2. [`affine`]: normalisations and other per-channel factors move into neighbouring weights;
//! 3. [`regions`]: element-wise subgraphs with one input become maps, sums of different tensors become linear nodes;
//! 4. [`sums`]: linear nodes that only feed a sum become terms of it, scalar factors move into weights;
//! 5. [`pools`]: monotone activations move before a max pool, next to their layer.

mod affine;
mod pads;
mod pools;
mod regions;
mod sums;

use super::{Graph, Op};
use crate::error::{FieldError, Problem, Unsupported};

/// All passes. On success no [`Op::Affine`], [`Op::Combine`] or [`Op::Pad`] is left, every node contributes to the output, and
/// the output is the last node.
pub(crate) fn run(graph: &mut Graph) -> Result<(), FieldError> {
    // Row-major order is the same under every shape.
    while let Op::Reshape { input } = graph.nodes[graph.output].op {
        graph.output = input;
    }
    remove_dead(graph);
    pads::run(graph)?;
    affine::run(graph);
    remove_dead(graph);
    regions::run(graph)?;
    remove_dead(graph);
    sums::run(graph);
    remove_dead(graph);
    pools::run(graph);
    remove_dead(graph);
    if graph.nodes.len() < 2 || !matches!(graph.nodes[0].op, Op::Input) {
        return Err(FieldError::malformed(
            "output",
            "does not depend on the input through any operation",
        ));
    }
    Ok(())
}

/// Removes nodes that do not contribute to the output, and renumbers.
fn remove_dead(graph: &mut Graph) {
    let mut live = vec![false; graph.nodes.len()];
    live[graph.output] = true;
    for id in (0..graph.nodes.len()).rev() {
        if live[id] {
            for input in graph.nodes[id].op.inputs() {
                live[input] = true;
            }
        }
    }
    let mut places = vec![0; graph.nodes.len()];
    let mut kept = 0;
    for (place, live) in places.iter_mut().zip(&live) {
        *place = kept;
        kept += *live as usize;
    }
    let mut index = 0;
    graph.nodes.retain(|_| {
        index += 1;
        live[index - 1]
    });
    for node in &mut graph.nodes {
        node.op.rename(|id| places[id]);
    }
    graph.output = places[graph.output];
}

/// An error about a node of the graph.
fn unsupported(graph: &Graph, id: usize, reason: &str, supported: &str) -> FieldError {
    let node = &graph.nodes[id];
    let dims = |id: usize| {
        graph.nodes[id]
            .shape
            .dims()
            .map(|dim| dim as usize)
            .to_vec()
    };
    let unsupported = Unsupported {
        operator: node.origin.operator.clone(),
        shapes: node.op.inputs().into_iter().map(dims).collect(),
        reason: reason.to_string(),
        supported: supported.to_string(),
    };
    FieldError::new(
        format!("node {:?}", node.origin.name),
        Problem::from(Box::new(unsupported)),
    )
}
