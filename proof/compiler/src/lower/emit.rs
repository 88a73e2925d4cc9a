// SPDX-License-Identifier: Apache-2.0
//! Nodes of the circuit, as they are appended.

use assay_circuit::{
    Linear as CircuitLinear, Node as CircuitNode, Range, Requantise, Shape, TensorId,
    Term as CircuitTerm, Window,
};

use super::{Code, Layer, Lowering};
use crate::{
    graph::{Linear, Term, ValueId},
    quantise::linear::{Fitted, FittedSummand},
};

impl Lowering<'_> {
    pub(super) fn emit(&mut self, node: CircuitNode, shape: Shape) -> TensorId {
        self.nodes.push(node);
        self.sources.push(self.present);
        self.shapes.push(shape);
        // More nodes than an identifier can count are refused at the end.
        self.nodes.len().min(TensorId::MAX as usize) as TensorId
    }

    pub(super) fn emit_pool(&mut self, input: TensorId, window: Window, max: bool) -> TensorId {
        let from = self.shapes[input as usize];
        // The graph's shapes were computed with the same formula.
        let [height, width] =
            crate::graph::window_output([from.height, from.width], &window).unwrap_or_default();
        let shape = Shape {
            height,
            width,
            ..from
        };
        let node = if max {
            CircuitNode::MaxPool { input, window }
        } else {
            CircuitNode::SumPool { input, window }
        };
        self.emit(node, shape)
    }

    #[allow(clippy::too_many_arguments)] // Each is a different result of quantising the node.
    pub(super) fn emit_linear(
        &mut self,
        linear: &Linear,
        shape: Shape,
        fitted: &Fitted,
        table: Option<u16>,
        scale: f64,
        range: Range,
        error: f64,
    ) -> Code {
        let mut terms = Vec::with_capacity(linear.terms.len());
        for (term, summand) in linear.terms.iter().zip(&fitted.summands) {
            let input = self.code(term.input()).tensor;
            terms.push(match (term, summand) {
                (Term::Gemm { .. }, FittedSummand::Weights { weights, bits }) => {
                    self.parameters.weights.push(weights.clone());
                    CircuitTerm::Gemm {
                        input,
                        weight_bits: *bits,
                    }
                }
                (Term::Conv { window, groups, .. }, FittedSummand::Weights { weights, bits }) => {
                    self.parameters.weights.push(weights.clone());
                    CircuitTerm::Conv {
                        input,
                        window: *window,
                        groups: *groups,
                        weight_bits: *bits,
                    }
                }
                (_, FittedSummand::Scale { factor }) => CircuitTerm::Scale {
                    input,
                    factor: *factor,
                },
                (Term::Scale { .. }, FittedSummand::Weights { .. }) => {
                    unreachable!("summands are made from the terms")
                }
            });
        }
        if let Some(bias) = &fitted.bias {
            self.parameters.biases.push(bias.clone());
        }
        let requantise = table.map(|table| Requantise {
            shift: fitted.shift,
            table,
        });
        let node = CircuitLinear {
            shape,
            terms,
            bias: fitted.bias.is_some(),
            requantise,
        };
        let tensor = self.emit(CircuitNode::Linear(node), shape);
        Code {
            tensor,
            scale,
            range,
            error,
        }
    }

    pub(super) fn record(
        &mut self,
        value: ValueId,
        code: Code,
        fitted: Option<&Fitted>,
        width: Option<u8>,
    ) {
        let weights = |fitted: &Fitted| {
            let bits = |summand: &FittedSummand| match summand {
                FittedSummand::Weights { bits, .. } => Some(*bits),
                FittedSummand::Scale { .. } => None,
            };
            fitted.summands.iter().filter_map(bits).max()
        };
        self.layers.push(Layer {
            value,
            tensor: code.tensor,
            scale: code.scale,
            range: code.range,
            shift: fitted.map(|fitted| fitted.shift),
            width,
            weight_bits: fitted.and_then(weights),
            error_bound: code.error,
        });
    }
}
