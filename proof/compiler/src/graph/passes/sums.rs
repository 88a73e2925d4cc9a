// SPDX-License-Identifier: Apache-2.0
//! Linear nodes that only feed a sum become terms of it; scalar factors and summands move into linear nodes. So a residual
//! connection costs one requantisation, `acc = sum W X + c skip`.

use std::sync::Arc;

use assay_circuit::limits::MAX_TERMS;

use crate::graph::{function::Form, Graph, Linear, Op, Term, ValueId};

pub(super) fn run(graph: &mut Graph) {
    for id in 0..graph.nodes.len() {
        fold_scalar(graph, id);
        while absorb_one(graph, id) {}
    }
}

/// `scale` and `shift` of a map `scale x + shift`.
fn scalar_affine(op: &Op) -> Option<(ValueId, f64, f64)> {
    let Op::Map { input, function } = op else {
        return None;
    };
    match function.form() {
        Form::Affine { scale, shift } if scale != 0.0 => Some((*input, scale, shift)),
        _ => None,
    }
}

fn scale_linear(linear: &mut Linear, factor: f64) {
    for term in &mut linear.terms {
        match term {
            Term::Gemm { weights, .. } | Term::Conv { weights, .. } => {
                if factor != 1.0 {
                    Arc::make_mut(weights)
                        .iter_mut()
                        .for_each(|weight| *weight *= factor as f32);
                }
            }
            Term::Scale { factor: own, .. } => *own *= factor,
        }
    }
    for bias in linear.bias.iter_mut().flatten() {
        *bias *= factor as f32;
    }
}

fn add_bias(linear: &mut Linear, bias: Option<&[f32]>, channels: usize) {
    if let Some(bias) = bias {
        let own = linear.bias.get_or_insert_with(|| vec![0.0; channels]);
        own.iter_mut()
            .zip(bias)
            .for_each(|(own, bias)| *own += bias);
    }
}

/// A map `scale x + shift` joins the linear node before it or becomes one; `scale x` with a positive factor is free.
fn fold_scalar(graph: &mut Graph, id: ValueId) {
    let Some((input, scale, shift)) = scalar_affine(&graph.nodes[id].op) else {
        return;
    };
    let channels = graph.nodes[id].shape.channels as usize;
    let only_reader = graph.uses()[input] == 1;
    let mut linear = match &graph.nodes[input].op {
        Op::Linear(linear) if only_reader => linear.clone(),
        _ if shift == 0.0 && scale > 0.0 => return,
        _ => Linear {
            terms: vec![Term::Scale { input, factor: 1.0 }],
            bias: None,
        },
    };
    scale_linear(&mut linear, scale);
    if shift != 0.0 {
        add_bias(&mut linear, Some(&vec![shift as f32; channels]), channels);
    }
    graph.nodes[id].op = Op::Linear(linear);
}

/// Replaces one `factor * node` term by the terms of the node. False if there was none to replace.
fn absorb_one(graph: &mut Graph, id: ValueId) -> bool {
    let Op::Linear(linear) = &graph.nodes[id].op else {
        return false;
    };
    let channels = graph.nodes[id].shape.channels as usize;
    let uses = graph.uses();
    for (index, term) in linear.terms.iter().enumerate() {
        let &Term::Scale { input, factor } = term else {
            continue;
        };
        let mut joined = linear.clone();
        match &graph.nodes[input].op {
            Op::Linear(inner) if uses[input] == 1 => {
                if linear.terms.len() - 1 + inner.terms.len() > MAX_TERMS {
                    continue;
                }
                let mut inner = inner.clone();
                scale_linear(&mut inner, factor);
                joined.terms.splice(index..=index, inner.terms);
                add_bias(&mut joined, inner.bias.as_deref(), channels);
            }
            op => {
                let Some((source, scale, shift)) = scalar_affine(op) else {
                    continue;
                };
                joined.terms[index] = Term::Scale {
                    input: source,
                    factor: factor * scale,
                };
                if shift != 0.0 {
                    let shift = vec![(shift * factor) as f32; channels];
                    add_bias(&mut joined, Some(&shift), channels);
                }
            }
        }
        graph.nodes[id].op = Op::Linear(joined);
        return true;
    }
    false
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::graph::{
        evaluate::evaluate,
        function::{Binary, Function, Unary},
        Origin, POINTWISE,
    };
    use assay_circuit::Shape;

    #[test]
    fn fuse_a_residual_block() {
        let origin = Origin::default();
        let mut graph = Graph::new(Shape::new(2, 3, 3), origin.clone());
        let relu = Arc::new(Function::unary(Unary::Clip {
            low: 0.0,
            high: f64::INFINITY,
        }));
        let weights =
            |seed: i32| Arc::new((0..4).map(|i| ((i * 3 + seed) % 5) as f32 - 2.0).collect());
        let conv = |graph: &mut Graph, input, seed| {
            graph
                .conv(
                    input,
                    weights(seed),
                    POINTWISE,
                    1,
                    Some(vec![0.5, 1.5]),
                    &origin,
                )
                .unwrap()
        };
        let stem = conv(&mut graph, 0, 1);
        let skip = graph.map(stem, relu.clone(), &origin);
        let inner = conv(&mut graph, skip, 2);
        let inner = graph.map(inner, relu.clone(), &origin);
        let inner = conv(&mut graph, inner, 3);
        let halved = graph.map(skip, Arc::new(Function::rescale(0.5)), &origin);
        let sum = graph.combine(Binary::Sub, inner, halved, &origin);
        let projected = conv(&mut graph, skip, 4);
        let sum = graph.combine(Binary::Add, projected, sum, &origin);
        graph.output = graph.map(sum, relu, &origin);
        let input: Vec<f32> = (0..18).map(|i| (i % 7) as f32 - 3.0).collect();
        let before = evaluate(&graph, &input);
        super::super::run(&mut graph).unwrap();
        let names: Vec<&str> = graph.nodes.iter().map(|node| node.op.name()).collect();
        assert_eq!(
            names,
            ["Input", "Conv", "Table", "Conv", "Table", "Sum", "Table"]
        );
        for (a, b) in before.iter().zip(evaluate(&graph, &input)) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
}
