// SPDX-License-Identifier: Apache-2.0
//! Factors and summands of channels, as of BatchNormalization, move into the weights before them, else into the weights
//! after them, else become a convolution of one cell and one channel.

use std::sync::Arc;

use crate::graph::{function::Form, Graph, Linear, Op, Term, ValueId, POINTWISE};

pub(super) fn run(graph: &mut Graph) {
    let mut uses = graph.uses();
    for id in 0..graph.nodes.len() {
        fold_backward(graph, &mut uses, id);
    }
    for id in 0..graph.nodes.len() {
        fold_forward(graph, id);
    }
    for node in &mut graph.nodes {
        if let Op::Affine {
            input,
            scale,
            shift,
        } = &node.op
        {
            let channels = node.shape.channels;
            let spread = |list: &[f32]| match list {
                &[value] => vec![value; channels as usize],
                list => list.to_vec(),
            };
            let weights = Arc::new(spread(scale));
            let term = Term::Conv {
                input: *input,
                weights,
                window: POINTWISE,
                groups: channels,
            };
            node.op = Op::Linear(Linear {
                terms: vec![term],
                bias: Some(spread(shift)),
            });
        }
    }
}

/// The factors and summands of a node that is `scale[c] x + shift[c]`; lists of one hold for every channel.
fn as_affine(op: &Op) -> Option<(ValueId, Vec<f32>, Vec<f32>)> {
    match op {
        Op::Affine {
            input,
            scale,
            shift,
        } => Some((*input, scale.clone(), shift.clone())),
        Op::Map { input, function } => match function.form() {
            Form::Affine { scale, shift } if scale != 0.0 => {
                Some((*input, vec![scale as f32], vec![shift as f32]))
            }
            _ => None,
        },
        _ => None,
    }
}

fn at(list: &[f32], channel: usize) -> f32 {
    if list.len() == 1 {
        list[0]
    } else {
        list[channel]
    }
}

/// Into the linear or affine node before it, if that has no other reader.
fn fold_backward(graph: &mut Graph, uses: &mut [usize], id: ValueId) {
    let Some((input, scale, shift)) = as_affine(&graph.nodes[id].op) else {
        return;
    };
    if uses[input] != 1 {
        return;
    }
    let channels = graph.nodes[id].shape.channels as usize;
    let before = graph.nodes[input].op.clone();
    if let Op::Linear(mut linear) = before {
        if linear
            .terms
            .iter()
            .any(|term| matches!(term, Term::Scale { .. }))
        {
            return;
        }
        for term in &mut linear.terms {
            if let Term::Gemm { weights, .. } | Term::Conv { weights, .. } = term {
                let row = weights.len() / channels;
                for (channel, row) in Arc::make_mut(weights).chunks_exact_mut(row).enumerate() {
                    row.iter_mut()
                        .for_each(|weight| *weight *= at(&scale, channel));
                }
            }
        }
        let bias = linear.bias.unwrap_or_else(|| vec![0.0; channels]);
        let folded = bias
            .iter()
            .enumerate()
            .map(|(c, b)| b * at(&scale, c) + at(&shift, c))
            .collect();
        graph.nodes[id].op = Op::Linear(Linear {
            terms: linear.terms,
            bias: Some(folded),
        });
        graph.nodes[id].origin = graph.nodes[input].origin.clone();
        forget(graph, uses, input);
    } else if let (Op::Affine { .. }, Some((source, first_scale, first_shift))) =
        (&before, as_affine(&before))
    {
        let length = scale.len().max(first_scale.len());
        let scales = (0..length)
            .map(|c| at(&scale, c) * at(&first_scale, c))
            .collect();
        let shifts = (0..length)
            .map(|c| at(&scale, c) * at(&first_shift, c) + at(&shift, c))
            .collect();
        graph.nodes[id].op = Op::Affine {
            input: source,
            scale: scales,
            shift: shifts,
        };
        forget(graph, uses, input);
    }
}

/// Frees the weights of a node that nothing reads any more. Its own inputs keep their number of readers: the node that
/// replaced it reads them.
fn forget(graph: &mut Graph, uses: &mut [usize], id: ValueId) {
    uses[id] = 0;
    graph.nodes[id].op = Op::Input;
}

/// Into every linear node that reads it, if all can take it.
fn fold_forward(graph: &mut Graph, id: ValueId) {
    let Some((input, scale, shift)) = as_affine(&graph.nodes[id].op) else {
        return;
    };
    if id == graph.output {
        return;
    }
    let shifted = shift.iter().any(|&shift| shift != 0.0);
    let readers = graph.readers().swap_remove(id);
    let can_take = |reader: &ValueId| match &graph.nodes[*reader].op {
        Op::Linear(linear) => linear
            .terms
            .iter()
            .filter(|term| term.input() == id)
            .all(|term| match term {
                Term::Gemm { .. } => true,
                // Padding is zero after the shift.
                Term::Conv { window, .. } => {
                    !shifted || (window.pad_begin == [0; 2] && window.pad_end == [0; 2])
                }
                Term::Scale { .. } => false,
            }),
        _ => false,
    };
    if readers.is_empty() || !readers.iter().all(can_take) {
        return;
    }
    let shape = graph.nodes[id].shape;
    let plane = (shape.height * shape.width) as usize;
    for reader in readers {
        let outputs = graph.nodes[reader].shape.channels as usize;
        let Op::Linear(linear) = &mut graph.nodes[reader].op else {
            continue;
        };
        let mut bias = linear.bias.take().unwrap_or_else(|| vec![0.0; outputs]);
        for term in &mut linear.terms {
            if term.input() != id {
                continue;
            }
            *term.input_mut() = input;
            // Consecutive weights that read one channel, the channels of a row, and the first channel of row `o`.
            let (run, channels, first): (usize, usize, Box<dyn Fn(usize) -> usize>) = match term {
                Term::Conv { window, groups, .. } => {
                    let each = shape.channels as usize / *groups as usize;
                    let outputs_each = outputs / *groups as usize;
                    let taps = window.kernel[0] as usize * window.kernel[1] as usize;
                    (
                        taps,
                        each,
                        Box::new(move |output| output / outputs_each * each),
                    )
                }
                _ => (plane, shape.channels as usize, Box::new(|_| 0)),
            };
            if let Term::Gemm { weights, .. } | Term::Conv { weights, .. } = term {
                let rows = Arc::make_mut(weights).chunks_exact_mut(run * channels);
                for (output, row) in rows.enumerate() {
                    let mut moved = 0.0f64;
                    for (c, weights) in row.chunks_exact_mut(run).enumerate() {
                        let channel = first(output) + c;
                        for weight in weights {
                            moved += *weight as f64 * at(&shift, channel) as f64;
                            *weight *= at(&scale, channel);
                        }
                    }
                    bias[output] += moved as f32;
                }
            }
        }
        linear.bias = Some(bias);
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::graph::{evaluate::evaluate, function::Function, Origin};
    use assay_circuit::{Shape, Window};

    fn kernel(side: u16, pad: u16) -> Window {
        Window {
            kernel: [side; 2],
            stride: [1; 2],
            dilation: [1; 2],
            pad_begin: [pad; 2],
            pad_end: [pad; 2],
        }
    }

    /// conv, normalise, conv with or without padding: `fold` says what is left of the normalisation.
    fn check(pad: u16, shared: bool, expected_nodes: usize) {
        let origin = Origin::default();
        let mut graph = Graph::new(Shape::new(2, 4, 4), origin.clone());
        let first: Vec<f32> = (0..2 * 2 * 9).map(|i| ((i * 5) % 7) as f32 - 3.0).collect();
        let second: Vec<f32> = (0..2 * 9).map(|i| ((i * 3) % 5) as f32 - 2.0).collect();
        let x = if shared {
            // The normalisation is the first node: nothing is before it.
            0
        } else {
            graph
                .conv(
                    0,
                    Arc::new(first),
                    kernel(3, 1),
                    1,
                    Some(vec![1.0, -1.0]),
                    &origin,
                )
                .unwrap()
        };
        let normal = graph.affine(x, 0, vec![0.5, -2.0], vec![3.0, 0.25], &origin);
        let y = graph
            .conv(normal, Arc::new(second), kernel(3, pad), 1, None, &origin)
            .unwrap();
        graph.output = graph.map(y, Arc::new(Function::rescale(3.0)), &origin);
        let input: Vec<f32> = (0..32).map(|i| (i % 9) as f32 - 4.0).collect();
        let before = evaluate(&graph, &input);
        super::super::run(&mut graph).unwrap();
        assert_eq!(graph.nodes.len(), expected_nodes);
        for (a, b) in before.iter().zip(evaluate(&graph, &input)) {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
    }

    #[test]
    fn fold_backward() {
        check(1, false, 3);
    }

    #[test]
    fn fold_forward_where_there_is_no_padding() {
        check(0, true, 2);
    }

    #[test]
    fn keep_a_shift_before_padding() {
        check(1, true, 3);
    }
}
