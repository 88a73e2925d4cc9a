// SPDX-License-Identifier: Apache-2.0
//! Where the tensors of a group lie in the one polynomial that is committed for all of them.
//!
//! Each tensor is padded to a power of two of cells and the tensors are laid one after the other, largest first, so that each is an
//! aligned sub-cube: the cells whose top index bits are the tensor's *prefix*. A claim on a tensor at `point` is a claim on the stack at
//! `prefix || point`. The low [`ROW_LOG`] variables are the cell within a row, the others the row; tensors smaller than a row share rows.
//!
//! **Omitted rows.** A tensor may have fewer cells than its sub-cube: those after the first `used` are zero because its outermost axis is
//! padded. A row in which every cell is such a zero, or belongs to no tensor, is not committed: its commitment is the
//! identity. Which rows these are follows from the layout alone. Soundness does not rest on it: the omission makes the claims be
//! about a polynomial whose omitted rows are zero, a subset of those that the prover could have committed to. Cells after `used` in a row that is
//! committed are not forced to be zero.

use super::LayoutError;
use crate::srs::{ROW_LEN, ROW_LOG};
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::One;

/// The most variables of a stack: 2^30 cells, so that offsets fit in 32 bits with room.
pub const MAX_VARS: usize = 30;

/// The size of a tensor, padded to a power of two on every axis, outermost axis first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorSize {
    /// Base-2 logarithm of the number of cells.
    pub log_cells: usize,
    /// Cells that can be non-zero come before this index; at most `2^log_cells`.
    pub used: usize,
}

/// The sub-cube of one tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Index of the first cell, a multiple of `2^log_cells`.
    pub offset: usize,
    /// Base-2 logarithm of the number of cells.
    pub log_cells: usize,
    /// Cells that can be non-zero come before this index within the slot.
    pub used: usize,
}

impl Slot {
    /// The tensor's prefix as an integer: the index bits above its own variables.
    pub fn prefix(&self) -> usize {
        self.offset >> self.log_cells
    }
}

/// The layout of a group of tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackLayout {
    num_vars: usize,
    /// By tensor, in the order given.
    slots: Vec<Slot>,
    /// The rows that are committed, ascending.
    rows: Vec<u32>,
}

impl StackLayout {
    /// Lays the tensors out: largest first, equal ones in the order given.
    ///
    /// # Errors
    /// [`LayoutError`] if a tensor's `used` exceeds its size or the stack has more than [`MAX_VARS`] variables.
    pub fn new(tensors: &[TensorSize]) -> Result<Self, LayoutError> {
        let mut order: Vec<usize> = (0..tensors.len()).collect();
        order.sort_by_key(|t| core::cmp::Reverse(tensors.get(*t).map(|size| size.log_cells)));
        let mut slots = alloc::vec![Slot { offset: 0, log_cells: 0, used: 0 }; tensors.len()];
        let mut rows: Vec<u32> = Vec::new();
        let mut end = 0usize;
        for t in order {
            let (Some(size), Some(slot)) = (tensors.get(t), slots.get_mut(t)) else {
                return Err(LayoutError::TooLarge);
            };
            if size.log_cells > MAX_VARS {
                return Err(LayoutError::TooLarge);
            }
            let cells = 1usize << size.log_cells;
            if size.used > cells {
                return Err(LayoutError::UsedExceedsSize);
            }
            *slot = Slot {
                offset: end,
                log_cells: size.log_cells,
                used: size.used,
            };
            // Sizes descend, so `end` is a multiple of `cells` and the rows come in order; small tensors repeat a row.
            let first_row = (end / ROW_LEN) as u32;
            let end_row = (end + size.used).div_ceil(ROW_LEN) as u32;
            let next_row = rows.last().map_or(0, |row| row + 1);
            rows.extend(first_row.max(next_row)..end_row);
            // Both are at most 2^30.
            end += cells;
            if end > 1 << MAX_VARS {
                return Err(LayoutError::TooLarge);
            }
        }
        let num_vars = (end.next_power_of_two().trailing_zeros() as usize).max(ROW_LOG);
        Ok(Self {
            num_vars,
            slots,
            rows,
        })
    }

    /// Variables of the stack, at least [`ROW_LOG`].
    pub fn num_vars(&self) -> usize {
        self.num_vars
    }

    /// Where each tensor lies, in the order in which they were given.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The indices of the committed rows in ascending order, which is the order of their commitments.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// `scale * eq(z_hi, row)` for each committed row, where `z_hi` is `z` without its last [`ROW_LOG`] coordinates. One
    /// multiplication for each bit in which a row differs from the one before, about two a row.
    pub fn row_weights(&self, z: &[Fr], scale: Fr) -> Vec<Fr> {
        let z_hi = &z[..z.len().saturating_sub(ROW_LOG)];
        // products[k]: the scale times the factors of the top k bits of the current row.
        let mut products = Vec::with_capacity(z_hi.len() + 1);
        products.push(scale);
        let mut previous = 0u32;
        let weight = |row: &u32| {
            let differing = (u32::BITS - (row ^ previous).leading_zeros()) as usize;
            products.truncate(z_hi.len().saturating_sub(differing) + 1);
            for (k, z) in z_hi.iter().enumerate().skip(products.len() - 1) {
                let last = products.last().copied().unwrap_or(scale);
                let bit = row >> (z_hi.len() - 1 - k) & 1;
                let high = last * z;
                products.push(if bit == 1 { high } else { last - high });
            }
            previous = *row;
            products.last().copied().unwrap_or(scale)
        };
        self.rows.iter().map(weight).collect()
    }

    /// `eq(prefix || point, z)` for a claim on `tensor`, where `z` has [`Self::num_vars`] coordinates.
    pub(crate) fn claim_weight(&self, slot: &Slot, point: &[Fr], z: &[Fr]) -> Fr {
        let (z_prefix, z_point) = z.split_at(z.len().saturating_sub(slot.log_cells));
        let prefix = crate::poly::eq::eq_bits(z_prefix, slot.prefix() as u64);
        point.iter().zip(z_point).fold(prefix, |product, (p, z)| {
            let pz = *p * z;
            product * (pz + pz + Fr::one() - p - z)
        })
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::poly::eq::{eq, eq_table};
    use crate::testing::scalars;

    fn size(log_cells: usize, used: usize) -> TensorSize {
        TensorSize { log_cells, used }
    }

    fn layout(sizes: &[TensorSize]) -> StackLayout {
        StackLayout::new(sizes).unwrap()
    }

    #[test]
    fn stack_the_largest_first_and_align() {
        let layout = layout(&[
            size(3, 8),
            size(14, 3 * 4096 + 1),
            size(0, 1),
            size(12, 5),
            size(3, 2),
        ]);
        let offsets: Vec<usize> = layout.slots().iter().map(|s| s.offset).collect();
        assert_eq!(offsets, [20480, 0, 20496, 16384, 20488]);
        assert!(layout
            .slots()
            .iter()
            .all(|s| s.offset % (1 << s.log_cells) == 0));
        assert_eq!(layout.num_vars(), 15);
        // 13 MNIST-like rows would be fewer; here: four of the first, one each of the rest.
        assert_eq!(layout.rows(), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn omit_structurally_zero_rows() {
        // 784 x 128 with the padded axis outermost: 1024 x 128 cells in 32 rows, 24.5 of which are used.
        assert_eq!(layout(&[size(17, 784 * 128)]).rows().len(), 25);
        assert_eq!(
            layout(&[size(14, 4097), size(13, 1), size(12, 0), size(2, 0)]).rows(),
            [0, 1, 4]
        );
        let small = layout(&[
            size(11, 0),
            size(11, 3),
            size(11, 1),
            size(4, 0),
            size(3, 8),
        ]);
        assert_eq!(small.rows(), [0, 1]);
    }

    #[test]
    fn lay_out_nothing_and_single_cells() {
        let empty = layout(&[]);
        assert_eq!((empty.num_vars(), empty.rows().len()), (ROW_LOG, 0));
        assert!(empty
            .row_weights(&scalars(1, ROW_LOG), Fr::one())
            .is_empty());
        let cell = layout(&[size(0, 1)]);
        assert_eq!((cell.num_vars(), cell.rows()), (ROW_LOG, &[0][..]));
        assert_eq!(
            cell.row_weights(&scalars(1, ROW_LOG), Fr::from(3)),
            [Fr::from(3)]
        );
    }

    #[test]
    fn refuse_what_does_not_fit() {
        assert_eq!(
            StackLayout::new(&[size(3, 9)]),
            Err(LayoutError::UsedExceedsSize)
        );
        assert_eq!(StackLayout::new(&[size(31, 1)]), Err(LayoutError::TooLarge));
        assert_eq!(
            StackLayout::new(&[size(usize::MAX, 1)]),
            Err(LayoutError::TooLarge)
        );
        assert_eq!(
            StackLayout::new(&[size(30, 1), size(0, 1)]),
            Err(LayoutError::TooLarge)
        );
        assert!(StackLayout::new(&[size(29, 1), size(29, 1)]).is_ok());
    }

    #[test]
    fn weigh_rows_by_equality() {
        let layout = layout(&[
            size(16, 4096 * 11),
            size(15, 4096 * 3),
            size(13, 1),
            size(5, 32),
        ]);
        assert_eq!(layout.num_vars(), 17);
        let z = scalars(5, 17);
        let table = eq_table(&z[..5]);
        let expected: Vec<Fr> = layout
            .rows()
            .iter()
            .map(|row| table[*row as usize] * Fr::from(7))
            .collect();
        assert_eq!(layout.row_weights(&z, Fr::from(7)), expected);
        assert_eq!(
            layout.rows(),
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17, 18, 24, 26]
        );
    }

    #[test]
    fn weigh_claims_by_equality() {
        let layout = layout(&[size(13, 8192), size(13, 8192), size(2, 4)]);
        let z = scalars(6, 15);
        for (slot, bits) in layout
            .slots()
            .iter()
            .zip([&[0u64, 0][..], &[0, 1], &[1; 1]])
        {
            let point = scalars(7, slot.log_cells);
            let mut full: Vec<Fr> = bits.iter().map(|b| Fr::from(*b)).collect();
            full.resize(15 - slot.log_cells, Fr::from(0));
            full.extend(&point);
            assert_eq!(layout.claim_weight(slot, &point, &z), eq(&full, &z));
        }
    }
}
