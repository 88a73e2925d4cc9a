// SPDX-License-Identifier: Apache-2.0
//! The float graph: the few operations that the operators of ONNX reduce to, on tensors `[channels, height, width]`.
//!
//! - [`build`]: adds operations, simplified as they are added;
//! - [`passes`]: rewrites the graph into the form that has a circuit;
//! - [`function`]: scalar functions, which become activation tables;
//! - [`evaluate`]: what the graph computes, in 32-bit floats.

pub(crate) mod build;
pub(crate) mod evaluate;
pub(crate) mod function;
pub(crate) mod passes;

use std::sync::Arc;

use assay_circuit::{Shape, Window};

use function::{Binary, Function};

/// Index of a node, and of the tensor that it makes. A node reads only tensors with a smaller id.
pub(crate) type ValueId = usize;

/// Weights, shared by the copies of a graph until one changes them.
pub(crate) type Weights = Arc<Vec<f32>>;

/// A graph with one input and one output.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) output: ValueId,
}

/// A tensor and how it is made.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) shape: Shape,
    pub(crate) origin: Origin,
}

/// The ONNX node that an operation comes from, for errors and reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) name: String,
    pub(crate) operator: String,
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Input,
    Linear(Linear),
    /// `y[c, i, j] = scale[c] x[c, i, j] + shift[c]`; a list of one holds for every channel.
    Affine {
        input: ValueId,
        scale: Vec<f32>,
        shift: Vec<f32>,
    },
    /// `y = f(x)` for each cell.
    Map {
        input: ValueId,
        function: Arc<Function>,
    },
    /// `y = op(a, b)` for each cell, on equal shapes.
    Combine {
        op: Binary,
        a: ValueId,
        b: ValueId,
    },
    /// Largest of the cells of a window that are inside the input.
    MaxPool {
        input: ValueId,
        window: Window,
    },
    /// Sum of the cells of a window.
    SumPool {
        input: ValueId,
        window: Window,
    },
    /// Output axis `i` is input axis `axes[i]`.
    Transpose {
        input: ValueId,
        axes: [u8; 3],
    },
    /// The same cells in row-major order.
    Reshape {
        input: ValueId,
    },
    /// Zeros around height and width.
    Pad {
        input: ValueId,
        begin: [u16; 2],
        end: [u16; 2],
    },
}

/// A sum of terms and a bias for each channel.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    pub(crate) terms: Vec<Term>,
    pub(crate) bias: Option<Vec<f32>>,
}

#[derive(Clone, Debug)]
pub(crate) enum Term {
    /// Every output channel is a weighted sum of all cells. Weights `[O, C, H, W]`.
    Gemm { input: ValueId, weights: Weights },
    /// Weights `[O, C / groups, kernel[0], kernel[1]]`; padding with zeros.
    Conv {
        input: ValueId,
        weights: Weights,
        window: Window,
        groups: u32,
    },
    /// `factor x`.
    Scale { input: ValueId, factor: f64 },
}

impl Term {
    pub(crate) fn input(&self) -> ValueId {
        match *self {
            Self::Gemm { input, .. } | Self::Conv { input, .. } | Self::Scale { input, .. } => {
                input
            }
        }
    }

    fn input_mut(&mut self) -> &mut ValueId {
        match self {
            Self::Gemm { input, .. } | Self::Conv { input, .. } | Self::Scale { input, .. } => {
                input
            }
        }
    }
}

impl Op {
    /// What the operation reads.
    pub(crate) fn inputs(&self) -> Vec<ValueId> {
        match self {
            Self::Input => Vec::new(),
            Self::Linear(linear) => linear.terms.iter().map(Term::input).collect(),
            Self::Combine { a, b, .. } => vec![*a, *b],
            Self::Affine { input, .. }
            | Self::Map { input, .. }
            | Self::MaxPool { input, .. }
            | Self::SumPool { input, .. }
            | Self::Transpose { input, .. }
            | Self::Reshape { input }
            | Self::Pad { input, .. } => vec![*input],
        }
    }

    /// Replaces every id that the operation reads.
    pub(crate) fn rename(&mut self, mut new: impl FnMut(ValueId) -> ValueId) {
        match self {
            Self::Input => {}
            Self::Linear(linear) => {
                for term in &mut linear.terms {
                    *term.input_mut() = new(term.input());
                }
            }
            Self::Combine { a, b, .. } => (*a, *b) = (new(*a), new(*b)),
            Self::Affine { input, .. }
            | Self::Map { input, .. }
            | Self::MaxPool { input, .. }
            | Self::SumPool { input, .. }
            | Self::Transpose { input, .. }
            | Self::Reshape { input }
            | Self::Pad { input, .. } => *input = new(*input),
        }
    }

    /// Name for reports.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Input => "Input",
            Self::Linear(linear) => match linear.terms.as_slice() {
                [Term::Gemm { .. }] => "Gemm",
                [Term::Conv { .. }] => "Conv",
                [Term::Scale { .. }] => "Scale",
                _ => "Sum",
            },
            Self::Affine { .. } => "Affine",
            Self::Map { .. } => "Table",
            Self::Combine { .. } => "Combine",
            Self::MaxPool { .. } => "MaxPool",
            Self::SumPool { .. } => "SumPool",
            Self::Transpose { .. } => "Transpose",
            Self::Reshape { .. } => "Reshape",
            Self::Pad { .. } => "Pad",
        }
    }
}

impl Graph {
    /// How often each tensor is read; the output counts as a reader.
    pub(crate) fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.nodes.len()];
        for node in &self.nodes {
            for input in node.op.inputs() {
                uses[input] += 1;
            }
        }
        uses[self.output] += 1;
        uses
    }

    /// The nodes that read each tensor.
    pub(crate) fn readers(&self) -> Vec<Vec<ValueId>> {
        let mut readers = vec![Vec::new(); self.nodes.len()];
        for (id, node) in self.nodes.iter().enumerate() {
            for input in node.op.inputs() {
                readers[input].push(id);
            }
        }
        readers
    }
}

/// Output extents of a window over an input, if every window fits and every padding is smaller than the dilated kernel.
pub(crate) fn window_output(input: [u32; 2], window: &Window) -> Option<[u32; 2]> {
    let mut output = [0; 2];
    for axis in 0..2 {
        let reach = dilated(window.kernel[axis], window.dilation[axis]);
        let (begin, end) = (window.pad_begin[axis] as u64, window.pad_end[axis] as u64);
        if window.stride[axis] == 0 || reach == 0 || begin >= reach || end >= reach {
            return None;
        }
        let padded = input[axis] as u64 + begin + end;
        output[axis] = (padded.checked_sub(reach)? / window.stride[axis] as u64 + 1) as u32;
    }
    Some(output)
}

/// Cells that a kernel with dilation reaches over along one axis; 0 if either is 0.
pub(crate) fn dilated(kernel: u16, dilation: u16) -> u64 {
    if kernel == 0 || dilation == 0 {
        return 0;
    }
    (kernel as u64 - 1) * dilation as u64 + 1
}

/// A window of one cell that moves by one.
pub(crate) const POINTWISE: Window = Window {
    kernel: [1; 2],
    stride: [1; 2],
    dilation: [1; 2],
    pad_begin: [0; 2],
    pad_end: [0; 2],
};
