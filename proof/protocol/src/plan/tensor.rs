// SPDX-License-Identifier: Apache-2.0
//! The tensors of a circuit as multilinear polynomials, and where a claim about one ends.
//!
//! The variables of a tensor are `(batch, channel, height, width)`, batch most significant. A
//! virtual tensor is not committed: a claim about it becomes one about another tensor.
//! [`Reshape`](assay_circuit::Node::Reshape) is the identity on the flat index,
//! [`Transpose`](assay_circuit::Node::Transpose) permutes the parts of the point; a sum pool needs
//! a sumcheck.

use alloc::vec::Vec;
use ark_bls12_381::Fr;
use assay_circuit::{Range, Shape, TensorId};

/// `ceil(log2(extent))`: the variables of an axis.
pub fn log_extent(extent: u32) -> usize {
    (u32::BITS - extent.saturating_sub(1).leading_zeros()) as usize
}

/// A tensor of the circuit, batch axis apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorPlan {
    /// Logical shape.
    pub shape: Shape,
    /// Variables of the channel, height and width axes.
    pub logs: [usize; 3],
    /// An interval that holds every cell, pads included.
    pub range: Range,
    /// What proves a claim about it.
    pub source: Source,
}

/// What proves a claim about a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The public input: the verifier evaluates it.
    Input,
    /// A committed tensor of the witness: its index.
    Witness(usize),
    /// The uncommitted accumulator of a node (index) that is the circuit's output: a linear
    /// sumcheck.
    Accumulator(usize),
    /// A sum pool node (index): a view sumcheck.
    Sum(usize),
    /// The cells of another tensor in the same order.
    Alias(TensorId),
    /// Another tensor with permuted axes: this one's axis `i` is that one's axis `axes[i]`.
    Permuted(TensorId, [usize; 3]),
}

impl TensorPlan {
    /// Variables without the batch.
    pub fn num_vars(&self) -> usize {
        self.logs.iter().sum()
    }

    /// The range of the variables `(channel, height, width)` in a point with `log_batch` batch
    /// variables.
    pub fn split<'a>(&self, point: &'a [Fr], log_batch: usize) -> [&'a [Fr]; 4] {
        let (batch, rest) = split_at(point, log_batch);
        let (channel, rest) = split_at(rest, self.logs[0]);
        let (height, width) = split_at(rest, self.logs[1]);
        [batch, channel, height, width]
    }
}

/// `split_at` that gives what there is instead of a panic.
pub fn split_at<T>(values: &[T], at: usize) -> (&[T], &[T]) {
    values.split_at(at.min(values.len()))
}

/// Follows aliases and permutations from `tensor` at `point`: the tensor that proves the claim, and
/// the point there. `None` if an id is out of range, which no plan contains.
pub fn resolve(
    tensors: &[TensorPlan],
    log_batch: usize,
    mut tensor: TensorId,
    mut point: Vec<Fr>,
) -> Option<(TensorId, Vec<Fr>)> {
    // Every step leads to a smaller id.
    for _ in 0..=tensors.len() {
        let plan = tensors.get(usize::from(tensor))?;
        match plan.source {
            Source::Alias(input) => tensor = input,
            Source::Permuted(input, axes) => {
                let [batch, parts @ ..] = plan.split(&point, log_batch);
                let mut permuted: [&[Fr]; 3] = [&[]; 3];
                for (part, axis) in parts.into_iter().zip(axes) {
                    *permuted.get_mut(axis)? = part;
                }
                point = [batch, permuted[0], permuted[1], permuted[2]].concat();
                tensor = input;
            }
            _ => return Some((tensor, point)),
        }
    }
    None
}

/// The tensor at the end of the aliases and permutations of `tensor`.
pub fn base(tensors: &[TensorPlan], mut tensor: TensorId) -> Option<TensorId> {
    for _ in 0..=tensors.len() {
        match tensors.get(usize::from(tensor))?.source {
            Source::Alias(input) | Source::Permuted(input, _) => tensor = input,
            _ => return Some(tensor),
        }
    }
    None
}

/// The tensor at the end of the aliases of `tensor`: the same values at the same points.
pub fn unalias(tensors: &[TensorPlan], mut tensor: TensorId) -> TensorId {
    while let Some(Source::Alias(input)) = tensors.get(usize::from(tensor)).map(|t| t.source) {
        if input >= tensor {
            break;
        }
        tensor = input;
    }
    tensor
}
