// SPDX-License-Identifier: Apache-2.0
//! Commitments to the rows of a stack.
//!
//! **Statement.** `C_i = sum_j c_ij [tau^j]_1`, where `c_ij` is cell `j` of row `i`: the KZG commitment to the polynomial whose
//! *coefficients* are the row. Binding under the strong discrete logarithm assumption for the ceremony's 4096 powers (Kate,
//! Zaverucha, Goldberg, Asiacrypt 2010); it does not hide.
//!
//! **Prover.** Cells are small integers: a bucket pass of the row costs one affine addition a non-zero cell, for each digit of
//! [`WINDOW`](crate::msm::fixed_base::WINDOW) bits. Rows are independent and run in parallel.

use super::stack::{Slot, StackLayout};
use super::LayoutError;
use crate::msm::fixed_base;
use crate::poly::small::{self, SmallInt};
use crate::srs::{ROW_LEN, ROW_LOG};
use ark_bls12_381::{Fr, G1Affine, G1Projective};
use ark_ec::CurveGroup;
use rayon::prelude::*;

/// The cells of a tensor in index order; a missing tail is zero.
#[derive(Clone, Copy, Debug)]
pub enum Cells<'a> {
    /// Signed bytes.
    I8(&'a [i8]),
    /// Unsigned bytes.
    U8(&'a [u8]),
    /// Signed 16-bit integers.
    I16(&'a [i16]),
    /// Unsigned 16-bit integers.
    U16(&'a [u16]),
    /// Signed 32-bit integers.
    I32(&'a [i32]),
    /// Unsigned 32-bit integers, such as multiplicities.
    U32(&'a [u32]),
}

/// Runs the same code for each type of cell.
macro_rules! with_cells {
    ($self:expr, $cells:ident => $body:expr) => {
        match $self {
            Cells::I8($cells) => $body,
            Cells::U8($cells) => $body,
            Cells::I16($cells) => $body,
            Cells::U16($cells) => $body,
            Cells::I32($cells) => $body,
            Cells::U32($cells) => $body,
        }
    };
}

impl Cells<'_> {
    /// The number of cells given.
    pub fn len(&self) -> usize {
        with_cells!(self, cells => cells.len())
    }

    /// Whether all cells are zero because none is given.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies the cells from `start` on into `out`; missing ones leave it as it is.
    fn copy_to(&self, start: usize, out: &mut [i64]) {
        fn copy<T: SmallInt>(cells: &[T], start: usize, out: &mut [i64]) {
            let cells = cells.get(start..).unwrap_or_default();
            out.iter_mut()
                .zip(cells)
                .for_each(|(out, cell)| *out = cell.to_i64());
        }
        with_cells!(self, cells => copy(cells, start, out))
    }

    /// Whether a cell from `start` on is not zero.
    fn any_from(&self, start: usize) -> bool {
        fn any<T: SmallInt>(cells: &[T], start: usize) -> bool {
            cells
                .get(start..)
                .unwrap_or_default()
                .iter()
                .any(|cell| cell.to_i64() != 0)
        }
        with_cells!(self, cells => any(cells, start))
    }

    /// `out[j] = sum_i weights[i] cells[i * ROW_LEN + j]`.
    pub(super) fn combine_rows(&self, weights: &[Fr]) -> Vec<Fr> {
        with_cells!(self, cells => small::bind_high(cells, ROW_LEN, weights))
    }

    /// `out[i] = sum_j weights[j] cells[i * ROW_LEN + j]`, up to the last row given.
    pub(super) fn bind_rows(&self, weights: &[Fr]) -> Vec<Fr> {
        with_cells!(self, cells => small::bind_low(cells, ROW_LEN, weights))
    }
}

/// The cells of a group of tensors, in the layout's order of tensors.
#[derive(Clone, Copy, Debug)]
pub struct Stack<'a> {
    layout: &'a StackLayout,
    cells: &'a [Cells<'a>],
}

impl<'a> Stack<'a> {
    /// The tensors' cells in their layout.
    ///
    /// # Errors
    /// [`LayoutError`] if the number of tensors differs, a tensor has more cells than its slot, or a cell that the layout
    /// takes to be zero is not.
    pub fn new(layout: &'a StackLayout, cells: &'a [Cells<'a>]) -> Result<Self, LayoutError> {
        if cells.len() != layout.slots().len() {
            return Err(LayoutError::WrongTensors);
        }
        for (slot, cells) in layout.slots().iter().zip(cells) {
            if cells.len() > 1 << slot.log_cells || cells.any_from(slot.used) {
                return Err(LayoutError::WrongTensors);
            }
        }
        Ok(Self { layout, cells })
    }

    /// The layout.
    pub fn layout(&self) -> &'a StackLayout {
        self.layout
    }

    /// The cells of tensor `t`.
    pub(super) fn cells(&self, t: usize) -> Cells<'a> {
        self.cells[t]
    }

    /// The tensors with at least a row of cells, with their slots, and the others.
    pub(super) fn tensors(&self) -> impl Iterator<Item = (&'a Slot, Cells<'a>)> + '_ {
        self.layout.slots().iter().zip(self.cells.iter().copied())
    }

    /// The cells of a row.
    pub(super) fn row(&self, row: usize) -> Vec<i64> {
        let mut out = vec![0; ROW_LEN];
        let start = row * ROW_LEN;
        for (slot, cells) in self.tensors() {
            let end = slot.offset + (1 << slot.log_cells);
            if slot.offset < start + ROW_LEN && start < end {
                let from = slot.offset.max(start);
                let to = end.min(start + ROW_LEN);
                cells.copy_to(from - slot.offset, &mut out[from - start..to - start]);
            }
        }
        out
    }

    /// The commitments of the rows that are not omitted, in ascending order.
    pub fn commit(&self) -> Vec<G1Affine> {
        let rows = self.layout.rows().par_iter();
        let commitments: Vec<G1Projective> = rows
            .map(|row| fixed_base::commit_small(&self.row(*row as usize)))
            .collect();
        G1Projective::normalize_batch(&commitments)
    }

    /// `out[j] = sum_i weights[i] row_i[j]` over the committed rows `i`, in their order.
    pub fn combine_rows(&self, weights: &[Fr]) -> Vec<Fr> {
        let rows = self.layout.rows();
        let mut sum = vec![Fr::from(0); ROW_LEN];
        let mut shared = None;
        for (slot, cells) in self.tensors() {
            if slot.log_cells >= ROW_LOG {
                // The tensor's committed rows follow each other, from its first row on.
                let first = rows.partition_point(|row| (*row as usize) < slot.offset / ROW_LEN);
                let count = slot.used.div_ceil(ROW_LEN);
                let part = cells.combine_rows(&weights[first..first + count]);
                sum.iter_mut()
                    .zip(part)
                    .for_each(|(sum, part)| *sum += part);
            } else {
                // Small tensors are last: they share the rows from here on.
                let row = slot.offset / ROW_LEN;
                shared = Some(shared.map_or(row, |first: usize| first.min(row)));
            }
        }
        if let Some(first_shared) = shared {
            let first = rows.partition_point(|row| (*row as usize) < first_shared);
            for (row, weight) in rows.iter().zip(weights).skip(first) {
                for (sum, cell) in sum.iter_mut().zip(self.row(*row as usize)) {
                    if cell != 0 {
                        *sum += *weight * Fr::from(cell);
                    }
                }
            }
        }
        sum
    }

    /// The value of every row of the stack, omitted ones included, at the point of [`ROW_LOG`] coordinates whose eq table is given.
    pub(super) fn evaluate_rows(&self, eq_low: &[Fr]) -> Vec<Fr> {
        let mut out = vec![Fr::from(0); 1 << (self.layout.num_vars() - ROW_LOG)];
        for (slot, cells) in self.tensors() {
            let first = slot.offset / ROW_LEN;
            if slot.log_cells >= ROW_LOG {
                let values = cells.bind_rows(eq_low);
                out[first..first + values.len()].copy_from_slice(&values);
            } else {
                let start = slot.offset % ROW_LEN;
                let eq_low = &eq_low[start..start + (1 << slot.log_cells)];
                out[first] += with_cells!(cells, cells => small::dot(eq_low, cells));
            }
        }
        out
    }
}

#[cfg(test)]
mod should {
    use super::super::stack::TensorSize;
    use super::*;
    use crate::poly::eq::eq_table;
    use crate::poly::multilinear;
    use crate::testing::scalars;
    use ark_ec::{AffineRepr, VariableBaseMSM};
    use ark_ff::Zero;

    fn size(log_cells: usize, used: usize) -> TensorSize {
        TensorSize { log_cells, used }
    }

    /// The stack as one vector.
    fn flat(stack: &Stack<'_>) -> Vec<Fr> {
        let rows = 0..1usize << (stack.layout.num_vars() - ROW_LOG);
        rows.flat_map(|row| stack.row(row)).map(Fr::from).collect()
    }

    #[test]
    fn commit_combine_and_evaluate_mixed_tensors() {
        let a: Vec<i16> = (0..9000).map(|i| (i * 7919 % 4096 - 2048) as i16).collect();
        let b: Vec<u8> = (0..4096).map(|i| (i * 31) as u8).collect();
        let c: Vec<i8> = (0..2000).map(|i| (i * 17) as i8).collect();
        let d: Vec<u32> = (0..100).map(|i| i * 40_000_000).collect();
        let e: Vec<i32> = (0..1000).map(|i| i * -2_000_000).collect();
        let sizes = [
            size(9, 512),
            size(15, 9000),
            size(11, 2048),
            size(12, 4096),
            size(10, 1000),
            size(3, 0),
        ];
        let layout = StackLayout::new(&sizes).unwrap();
        let cells = [
            Cells::U32(&d),
            Cells::I16(&a),
            Cells::I8(&c),
            Cells::U8(&b),
            Cells::I32(&e),
            Cells::U16(&[]),
        ];
        let stack = Stack::new(&layout, &cells).unwrap();
        let flat = flat(&stack);
        // Cells are where the layout says.
        for (slot, cells) in stack.tensors() {
            let mut expected = vec![0; 1 << slot.log_cells];
            cells.copy_to(0, &mut expected);
            let expected: Vec<Fr> = expected.into_iter().map(Fr::from).collect();
            assert_eq!(flat[slot.offset..][..expected.len()], expected);
        }
        // Omitted rows are zero, the others are committed.
        let commitments = stack.commit();
        assert_eq!(commitments.len(), layout.rows().len());
        let mut next = commitments.iter();
        for (i, row) in flat.chunks(ROW_LEN).enumerate() {
            if layout.rows().contains(&(i as u32)) {
                let naive = G1Projective::msm(crate::srs::powers(), row).unwrap();
                assert_eq!(*next.next().unwrap(), naive.into_affine(), "row {i}");
            } else {
                assert!(row.iter().all(Zero::is_zero), "row {i}");
            }
        }
        // Combination with any weights, evaluation at a point.
        let weights = scalars(1, layout.rows().len());
        let mut expected = vec![Fr::zero(); ROW_LEN];
        for (row, weight) in layout.rows().iter().zip(&weights) {
            let row = &flat[*row as usize * ROW_LEN..][..ROW_LEN];
            expected
                .iter_mut()
                .zip(row)
                .for_each(|(sum, cell)| *sum += *weight * cell);
        }
        assert_eq!(stack.combine_rows(&weights), expected);
        let point = scalars(2, ROW_LOG);
        let expected: Vec<Fr> = flat
            .chunks(ROW_LEN)
            .map(|row| multilinear::evaluate(row, &point))
            .collect();
        assert_eq!(stack.evaluate_rows(&eq_table(&point)), expected);
    }

    #[test]
    fn commit_a_single_cell_and_nothing() {
        let layout = StackLayout::new(&[size(0, 1)]).unwrap();
        let cells = [Cells::I8(&[-3])];
        let commitments = Stack::new(&layout, &cells).unwrap().commit();
        assert_eq!(commitments, [G1Affine::from(crate::srs::G1 * Fr::from(-3))]);
        let layout = StackLayout::new(&[]).unwrap();
        assert!(Stack::new(&layout, &[]).unwrap().commit().is_empty());
        // A row of zeros that is not structurally zero is committed: to the identity.
        let layout = StackLayout::new(&[size(12, 4096)]).unwrap();
        let cells = [Cells::I8(&[])];
        assert_eq!(
            Stack::new(&layout, &cells).unwrap().commit(),
            [G1Affine::zero()]
        );
    }

    #[test]
    fn refuse_cells_that_contradict_the_layout() {
        let layout = StackLayout::new(&[size(2, 3)]).unwrap();
        let is_ok = |cells: &[Cells<'_>]| Stack::new(&layout, cells).is_ok();
        assert!(is_ok(&[Cells::U8(&[1, 2, 3, 0])]));
        assert!(!is_ok(&[Cells::U8(&[1, 2, 3, 4])]));
        assert!(!is_ok(&[Cells::U8(&[1, 2, 3, 0, 0])]));
        assert!(!is_ok(&[]));
        assert!(!is_ok(&[Cells::U8(&[]), Cells::U8(&[])]));
    }
}
