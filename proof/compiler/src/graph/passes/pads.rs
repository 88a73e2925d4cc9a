// SPDX-License-Identifier: Apache-2.0
//! Explicit padding with zeros moves into the windows of convolutions and pools.

use assay_circuit::Window;

use super::unsupported;
use crate::{
    error::FieldError,
    graph::{dilated, function::Form, Graph, Op, Term, ValueId},
};

pub(super) fn run(graph: &mut Graph) -> Result<(), FieldError> {
    let readers = graph.readers();
    for (id, readers) in readers.iter().enumerate() {
        let Op::Pad { input, begin, end } = graph.nodes[id].op else {
            continue;
        };
        let supported = "a Pad with zeros whose readers are convolutions, average pools, or max pools of values that \
                         are never negative, by less than their kernel";
        if id == graph.output {
            return Err(unsupported(
                graph,
                id,
                "a padded tensor is the output",
                supported,
            ));
        }
        let never_negative = is_never_negative(graph, input);
        for &reader in readers {
            let widen = |window: &mut Window| {
                let mut fits = true;
                for axis in 0..2 {
                    window.pad_begin[axis] = window.pad_begin[axis].saturating_add(begin[axis]);
                    window.pad_end[axis] = window.pad_end[axis].saturating_add(end[axis]);
                    let reach = dilated(window.kernel[axis], window.dilation[axis]);
                    fits &= (window.pad_begin[axis].max(window.pad_end[axis]) as u64) < reach;
                }
                fits
            };
            let mut fits = true;
            match &mut graph.nodes[reader].op {
                Op::Linear(linear) => {
                    for term in &mut linear.terms {
                        match term {
                            Term::Conv {
                                input: read,
                                window,
                                ..
                            } if *read == id => {
                                fits &= widen(window);
                                *read = input;
                            }
                            other => fits &= other.input() != id,
                        }
                    }
                }
                Op::SumPool {
                    input: read,
                    window,
                } => {
                    fits = widen(window);
                    *read = input;
                }
                Op::MaxPool {
                    input: read,
                    window,
                } if never_negative => {
                    fits = widen(window);
                    *read = input;
                }
                _ => fits = false,
            }
            if !fits {
                return Err(unsupported(
                    graph,
                    id,
                    "its reader cannot take the padding",
                    supported,
                ));
            }
        }
    }
    Ok(())
}

/// Whether 0 is a lower bound of a tensor, so that a maximum does not tell a zero from nothing.
fn is_never_negative(graph: &Graph, id: ValueId) -> bool {
    match &graph.nodes[id].op {
        Op::Map { function, .. } => {
            matches!(function.form(), Form::Clamp { low, .. } if low >= 0.0)
        }
        Op::MaxPool { input, .. } => is_never_negative(graph, *input),
        _ => false,
    }
}
