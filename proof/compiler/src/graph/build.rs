// SPDX-License-Identifier: Apache-2.0
//! Adding operations to a graph, simplified on the way: views (transpositions and reshapes) move down past element-wise
//! operations and into the weights of matrix products, so that an activation sits next to the layer that it belongs to.

use std::sync::Arc;

use assay_circuit::{Shape, Window};

use super::{
    function::{Binary, Function},
    window_output, Graph, Linear, Node, Op, Origin, Term, ValueId, Weights, POINTWISE,
};

impl Graph {
    /// A graph that holds its input only.
    pub(crate) fn new(shape: Shape, origin: Origin) -> Self {
        Self {
            nodes: vec![Node {
                op: Op::Input,
                shape,
                origin,
            }],
            output: 0,
        }
    }

    pub(crate) fn shape(&self, id: ValueId) -> Shape {
        self.nodes[id].shape
    }

    pub(crate) fn push(&mut self, op: Op, shape: Shape, origin: &Origin) -> ValueId {
        self.nodes.push(Node {
            op,
            shape,
            origin: origin.clone(),
        });
        self.nodes.len() - 1
    }

    /// The operation applied below a view, and the view again on top of it.
    fn below_view(
        &mut self,
        id: ValueId,
        origin: &Origin,
        apply: impl FnOnce(&mut Self, ValueId) -> ValueId,
    ) -> ValueId {
        let shape = self.shape(id);
        match self.nodes[id].op {
            Op::Transpose { input, axes } => {
                let inner = apply(self, input);
                self.push(Op::Transpose { input: inner, axes }, shape, origin)
            }
            Op::Reshape { input } => {
                let inner = apply(self, input);
                self.push(Op::Reshape { input: inner }, shape, origin)
            }
            _ => apply(self, id),
        }
    }

    fn is_view(&self, id: ValueId) -> bool {
        matches!(self.nodes[id].op, Op::Transpose { .. } | Op::Reshape { .. })
    }

    /// `f(x)` for each cell.
    pub(crate) fn map(
        &mut self,
        input: ValueId,
        function: Arc<Function>,
        origin: &Origin,
    ) -> ValueId {
        if self.is_view(input) {
            return self.below_view(input, origin, |graph, inner| {
                graph.map(inner, function, origin)
            });
        }
        let shape = self.shape(input);
        self.push(Op::Map { input, function }, shape, origin)
    }

    /// `op(a, b)` for each cell; both have the same shape.
    pub(crate) fn combine(
        &mut self,
        op: Binary,
        a: ValueId,
        b: ValueId,
        origin: &Origin,
    ) -> ValueId {
        let shape = self.shape(a);
        debug_assert_eq!(shape, self.shape(b));
        // The same view of two tensors is a view of their combination.
        match (&self.nodes[a].op, &self.nodes[b].op) {
            (
                &Op::Transpose { input: x, axes },
                &Op::Transpose {
                    input: y,
                    axes: other,
                },
            ) if axes == other => {
                let inner = self.combine(op, x, y, origin);
                self.push(Op::Transpose { input: inner, axes }, shape, origin)
            }
            (&Op::Reshape { input: x }, &Op::Reshape { input: y })
                if self.shape(x) == self.shape(y) =>
            {
                let inner = self.combine(op, x, y, origin);
                self.push(Op::Reshape { input: inner }, shape, origin)
            }
            _ => self.push(Op::Combine { op, a, b }, shape, origin),
        }
    }

    /// `scale[k] x + shift[k]` with `k` the index along `axis`, or 0 if the lists have one element.
    pub(crate) fn affine(
        &mut self,
        input: ValueId,
        axis: usize,
        scale: Vec<f32>,
        shift: Vec<f32>,
        origin: &Origin,
    ) -> ValueId {
        if scale.len() == 1 && self.is_view(input) {
            return self.below_view(input, origin, |graph, inner| {
                graph.affine(inner, axis, scale, shift, origin)
            });
        }
        if let Op::Transpose { input: inner, axes } = self.nodes[input].op {
            let shape = self.shape(input);
            let inner = self.affine(inner, axes[axis] as usize, scale, shift, origin);
            return self.push(Op::Transpose { input: inner, axes }, shape, origin);
        }
        if axis != 0 && scale.len() > 1 {
            let front = [[0, 1, 2], [1, 0, 2], [2, 0, 1]][axis];
            let turned = self.transpose(input, front, origin);
            let turned = self.affine(turned, 0, scale, shift, origin);
            return self.transpose(turned, inverse(front), origin);
        }
        let shape = self.shape(input);
        self.push(
            Op::Affine {
                input,
                scale,
                shift,
            },
            shape,
            origin,
        )
    }

    /// Output axis `i` is input axis `axes[i]`.
    pub(crate) fn transpose(&mut self, input: ValueId, axes: [u8; 3], origin: &Origin) -> ValueId {
        if let Op::Transpose {
            input: inner,
            axes: first,
        } = self.nodes[input].op
        {
            return self.transpose(inner, axes.map(|axis| first[axis as usize]), origin);
        }
        if axes == [0, 1, 2] {
            return input;
        }
        let dims = self.shape(input).dims();
        let [channels, height, width] = axes.map(|axis| dims[axis as usize]);
        self.push(
            Op::Transpose { input, axes },
            Shape {
                channels,
                height,
                width,
            },
            origin,
        )
    }

    /// The same cells in row-major order under another shape with as many cells.
    pub(crate) fn reshape(&mut self, input: ValueId, shape: Shape, origin: &Origin) -> ValueId {
        debug_assert_eq!(shape.cells(), self.shape(input).cells());
        if self.shape(input) == shape {
            return input;
        }
        match self.nodes[input].op {
            Op::Reshape { input: inner } => self.reshape(inner, shape, origin),
            _ => self.push(Op::Reshape { input }, shape, origin),
        }
    }

    /// A matrix `[O, cells]` times all cells of the input in row-major order.
    pub(crate) fn gemm(
        &mut self,
        mut input: ValueId,
        mut weights: Weights,
        bias: Option<Vec<f32>>,
        origin: &Origin,
    ) -> ValueId {
        let outputs = (weights.len() as u64 / self.shape(input).cells()) as u32;
        // Views are permutations of the matrix's columns.
        loop {
            match self.nodes[input].op {
                Op::Reshape { input: inner } => input = inner,
                Op::Transpose { input: inner, axes } => {
                    weights = Arc::new(permute_columns(&weights, self.shape(inner).dims(), axes));
                    input = inner;
                }
                _ => break,
            }
        }
        let shape = Shape {
            channels: outputs,
            height: 1,
            width: 1,
        };
        let linear = Linear {
            terms: vec![Term::Gemm { input, weights }],
            bias,
        };
        self.push(Op::Linear(linear), shape, origin)
    }

    /// A convolution with weights `[O, C / groups, kernel[0], kernel[1]]`; `None` if the window does not fit the input.
    pub(crate) fn conv(
        &mut self,
        input: ValueId,
        weights: Weights,
        window: Window,
        groups: u32,
        bias: Option<Vec<f32>>,
        origin: &Origin,
    ) -> Option<ValueId> {
        let shape = self.shape(input);
        let [height, width] = window_output([shape.height, shape.width], &window)?;
        let covers =
            [window.kernel[0] as u32, window.kernel[1] as u32] == [shape.height, shape.width];
        if covers && groups == 1 && window.pad_begin == [0; 2] && window.pad_end == [0; 2] {
            return Some(self.gemm(input, weights, bias, origin));
        }
        let inputs_each = shape.channels / groups;
        let outputs = weights.len() as u32 / (inputs_each * window.taps());
        let outputs_each = outputs / groups;
        let dense =
            groups > 1 && !(inputs_each.is_power_of_two() && outputs_each.is_power_of_two());
        let term = if dense {
            let weights = Arc::new(ungroup(&weights, inputs_each, outputs_each, groups));
            Term::Conv {
                input,
                weights,
                window,
                groups: 1,
            }
        } else {
            Term::Conv {
                input,
                weights,
                window,
                groups,
            }
        };
        let shape = Shape {
            channels: outputs,
            height,
            width,
        };
        Some(self.push(
            Op::Linear(Linear {
                terms: vec![term],
                bias,
            }),
            shape,
            origin,
        ))
    }

    /// A matrix `[O, extent]` times the vectors along `axis`.
    pub(crate) fn matmul_along(
        &mut self,
        input: ValueId,
        axis: usize,
        weights: Weights,
        origin: &Origin,
    ) -> ValueId {
        let dims = self.shape(input).dims();
        if dims[axis] as u64 == self.shape(input).cells() {
            let product = self.gemm(input, weights, None, origin);
            let mut out = [1; 3];
            out[axis] = self.shape(product).channels;
            let [channels, height, width] = out;
            return self.reshape(
                product,
                Shape {
                    channels,
                    height,
                    width,
                },
                origin,
            );
        }
        let front: [u8; 3] = [[0, 1, 2], [1, 0, 2], [2, 0, 1]][axis];
        let turned = self.transpose(input, front, origin);
        let product = self
            .conv(turned, weights, POINTWISE, 1, None, origin)
            .expect("a kernel of one cell fits");
        self.transpose(product, inverse(front), origin)
    }
}

/// The permutation that undoes `axes`.
pub(crate) fn inverse(axes: [u8; 3]) -> [u8; 3] {
    let mut inverse = [0; 3];
    for (index, &axis) in axes.iter().enumerate() {
        inverse[axis as usize] = index as u8;
    }
    inverse
}

/// Rewrites the columns of a matrix over a transposed tensor for the tensor itself, whose shape is `dims`.
fn permute_columns(weights: &[f32], dims: [u32; 3], axes: [u8; 3]) -> Vec<f32> {
    let dims = dims.map(|dim| dim as usize);
    let strides = [dims[1] * dims[2], dims[2], 1];
    let outer = axes.map(|axis| dims[axis as usize]);
    let steps = axes.map(|axis| strides[axis as usize]);
    let columns = dims.iter().product::<usize>();
    let mut permuted = vec![0.0; weights.len()];
    for (from, to) in weights
        .chunks_exact(columns)
        .zip(permuted.chunks_exact_mut(columns))
    {
        let mut next = from.iter();
        for a in 0..outer[0] {
            for b in 0..outer[1] {
                let base = a * steps[0] + b * steps[1];
                for (c, value) in (0..outer[2]).zip(&mut next) {
                    to[base + c * steps[2]] = *value;
                }
            }
        }
    }
    permuted
}

/// The weights of a convolution with groups as those of one without: zero between groups.
fn ungroup(weights: &[f32], inputs_each: u32, outputs_each: u32, groups: u32) -> Vec<f32> {
    let (inputs_each, outputs_each, groups) =
        (inputs_each as usize, outputs_each as usize, groups as usize);
    let taps = weights.len() / (inputs_each * outputs_each * groups);
    let row = inputs_each * taps;
    let mut dense = vec![0.0; weights.len() * groups];
    for (output, from) in weights.chunks_exact(row).enumerate() {
        let group = output / outputs_each;
        let start = (output * groups + group) * row;
        dense[start..start + row].copy_from_slice(from);
    }
    dense
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::graph::evaluate::evaluate;

    fn shape(channels: u32, height: u32, width: u32) -> Shape {
        Shape {
            channels,
            height,
            width,
        }
    }

    #[test]
    fn absorb_views_into_a_matrix() {
        let origin = Origin::default();
        let ramp: Vec<f32> = (0..24).map(|i| i as f32).collect();
        let weights: Weights = Arc::new((0..48).map(|i| ((i * 7) % 11) as f32 - 5.0).collect());
        let axes = [2, 0, 1];

        let mut absorbed = Graph::new(shape(2, 3, 4), origin.clone());
        let turned = absorbed.transpose(0, axes, &origin);
        let flat = absorbed.reshape(turned, shape(24, 1, 1), &origin);
        absorbed.output = absorbed.gemm(flat, weights.clone(), None, &origin);
        assert!(
            matches!(&absorbed.nodes[absorbed.output].op, Op::Linear(l) if l.terms[0].input() == 0)
        );

        let mut plain = Graph::new(shape(2, 3, 4), origin.clone());
        let turned = plain.push(Op::Transpose { input: 0, axes }, shape(4, 2, 3), &origin);
        let terms = vec![Term::Gemm {
            input: turned,
            weights,
        }];
        plain.output = plain.push(
            Op::Linear(Linear { terms, bias: None }),
            shape(2, 1, 1),
            &origin,
        );

        assert_eq!(evaluate(&absorbed, &ramp), evaluate(&plain, &ramp));
    }

    #[test]
    fn make_awkward_groups_dense() {
        let origin = Origin::default();
        let mut graph = Graph::new(shape(6, 2, 2), origin.clone());
        // Two groups of three inputs and one output, a pointwise kernel.
        let weights = Arc::new(vec![1.0, 2.0, 3.0, 10.0, 20.0, 30.0]);
        graph.output = graph.conv(0, weights, POINTWISE, 2, None, &origin).unwrap();
        let input: Vec<f32> = (0..24).map(|i| (i / 4) as f32).collect();
        let output = evaluate(&graph, &input);
        assert_eq!(output, [8.0, 8.0, 8.0, 8.0, 260.0, 260.0, 260.0, 260.0]);
    }

    #[test]
    fn invert_permutations() {
        assert_eq!(inverse([2, 0, 1]), [1, 2, 0]);
    }
}
