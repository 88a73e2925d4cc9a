// SPDX-License-Identifier: Apache-2.0
//! Group A, the model commitment: how weights, biases and tables lie in the stack.
//!
//! A tensor with structural padding is stored with the axis outermost that leaves the fewest rows
//! of the stack to commit: the weights of a 784 -> 128 layer, input axis outermost, fill 25 of
//! their 32 rows of 4096 cells, the other seven hold nothing but padding. The choice follows from
//! the shapes alone, so prover and verifier agree on it.

use super::tensor::{log_extent, split_at};
use crate::commitment::stack::TensorSize;
use crate::srs::ROW_LEN;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use assay_circuit::ParameterId;

/// A tensor of group A.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterPlan {
    /// What it holds.
    pub id: ParameterId,
    /// Logical extents in canonical order, outermost first, as in
    /// [`assay_circuit::ParameterTensor`].
    pub extents: [u32; 4],
    /// The canonical axis that is stored outermost; the others follow in order.
    pub outer: usize,
}

impl ParameterPlan {
    /// The layout with the fewest rows; canonical order if no other is better.
    pub fn new(id: ParameterId, extents: [u32; 4]) -> Self {
        let rows = |plan: &Self| plan.size().used.div_ceil(ROW_LEN);
        let mut best = Self {
            id,
            extents,
            outer: 0,
        };
        for outer in 1..best.extents.len() {
            let candidate = Self { outer, ..best };
            if rows(&candidate) < rows(&best) {
                best = candidate;
            }
        }
        best
    }

    /// The variables of the whole tensor.
    pub fn num_vars(&self) -> usize {
        self.extents.iter().map(|extent| log_extent(*extent)).sum()
    }

    /// Canonical axes in the order in which they are stored.
    pub fn order(&self) -> impl Iterator<Item = usize> + '_ {
        core::iter::once(self.outer)
            .chain((0..self.extents.len()).filter(|axis| *axis != self.outer))
    }

    /// Where the tensor lies in the stack: its size, and where its last logical cell is.
    pub fn size(&self) -> TensorSize {
        let mut last = 0usize;
        for extent in self.order().filter_map(|axis| self.extents.get(axis)) {
            last = (last << log_extent(*extent)) + (*extent as usize).saturating_sub(1);
        }
        TensorSize {
            log_cells: self.num_vars(),
            used: last + 1,
        }
    }

    /// The point of the stored tensor for a point in canonical order.
    pub fn stored_point(&self, canonical: &[Fr]) -> Vec<Fr> {
        let mut parts = Vec::with_capacity(self.extents.len());
        let mut rest = canonical;
        for extent in &self.extents {
            let (part, tail) = split_at(rest, log_extent(*extent));
            parts.push(part);
            rest = tail;
        }
        self.order()
            .filter_map(|axis| parts.get(axis))
            .flat_map(|part| part.iter().copied())
            .collect()
    }

    /// The padded cells in stored order, of values in canonical order over logical extents.
    #[cfg(feature = "prover")]
    pub fn store<T: Copy>(&self, values: &[T], mut put: impl FnMut(usize, T)) {
        let logs = self.extents.map(log_extent);
        let mut strides = [0usize; 4];
        let mut shift = 0;
        for axis in self.order().collect::<Vec<_>>().into_iter().rev() {
            strides[axis] = 1 << shift;
            shift += logs[axis];
        }
        let mut index = [0u32; 4];
        for value in values {
            let cell = index
                .iter()
                .zip(&strides)
                .map(|(i, stride)| *i as usize * stride)
                .sum();
            put(cell, *value);
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < self.extents[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::poly::multilinear;
    use crate::testing::scalars;

    fn plan(extents: [u32; 4]) -> ParameterPlan {
        ParameterPlan::new(ParameterId::Weights { node: 0, term: 0 }, extents)
    }

    fn rows(extents: [u32; 4]) -> usize {
        plan(extents).size().used.div_ceil(ROW_LEN)
    }

    #[test]
    fn put_the_axis_with_most_padding_outermost() {
        // 784 inputs of 1024, 128 outputs of 128.
        assert_eq!(plan([128, 784, 1, 1]).outer, 1);
        assert_eq!(rows([128, 784, 1, 1]), 25);
        // 10 outputs of 16, 128 inputs: 10 * 128 cells fit a row either way.
        assert_eq!((plan([10, 128, 1, 1]).outer, rows([10, 128, 1, 1])), (0, 1));
        assert_eq!(rows([1448, 1448, 1, 1]), 1448 * 2048 / ROW_LEN);
        assert_eq!(
            plan([1, 1, 1, 1]).size(),
            TensorSize {
                log_cells: 0,
                used: 1
            }
        );
    }

    #[cfg(feature = "prover")]
    #[test]
    fn store_what_its_point_evaluates() {
        for extents in [[3, 5, 2, 7], [1, 9, 1, 3], [128, 784, 1, 1], [2, 1, 1, 1]] {
            let plan = plan(extents);
            let count: u32 = extents.iter().product();
            let values: Vec<i64> = (0..i64::from(count)).map(|i| i * i % 251 - 90).collect();
            let mut stored = alloc::vec![Fr::default(); plan.size().used];
            plan.store(&values, |cell, value| stored[cell] = Fr::from(value));
            // The canonical tensor, padded.
            let logs = extents.map(log_extent);
            let mut canonical = alloc::vec![Fr::default(); 1 << plan.num_vars()];
            for (i, value) in values.iter().enumerate() {
                let [_, b, c, d] = extents.map(|extent| extent as usize);
                let index = [i / (b * c * d), i / (c * d) % b, i / d % c, i % d];
                let cell = (0..4).fold(0, |cell, axis| (cell << logs[axis]) + index[axis]);
                canonical[cell] = Fr::from(*value);
            }
            let point = scalars(3, plan.num_vars());
            let at_stored_point = multilinear::evaluate(&stored, &plan.stored_point(&point));
            assert_eq!(at_stored_point, multilinear::evaluate(&canonical, &point));
        }
    }
}
