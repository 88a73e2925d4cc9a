// SPDX-License-Identifier: Apache-2.0
//! What a circuit says about each of its tensors.

use alloc::{vec, vec::Vec};

use crate::types::{Range, Shape};

/// Where the cells of a tensor come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TensorKind {
    /// Public: the circuit's input.
    Input,
    /// The result of a table or a max pool: part of a proof's witness.
    Committed,
    /// A wiring of another tensor (sum pool, transposition, reshape): nothing is committed.
    Virtual,
    /// The raw accumulator of the last node, which is the circuit's public output.
    Raw,
}

/// Shape, range and kind of one tensor of a checked circuit.
///
/// Padded extents are powers of two, at least the logical ones; a padded tensor lies in memory in
/// row-major order, so that a flat index is the bit string `channel ++ row ++ column`, most
/// significant first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// Logical extents.
    pub shape: Shape,
    /// Binary logarithms of the padded extents: channels, height, width.
    pub log_dims: [u8; 3],
    /// Holds every cell, pads included. Of a raw accumulator: all of `i32`.
    pub range: Range,
    /// Where the cells come from.
    pub kind: TensorKind,
}

impl TensorInfo {
    /// Padded extents: channels, height, width.
    pub fn padded(&self) -> [usize; 3] {
        self.log_dims.map(|log| 1 << log)
    }

    /// Binary logarithm of the number of padded cells.
    pub fn log_size(&self) -> u8 {
        self.log_dims.iter().sum()
    }

    /// Number of padded cells.
    pub fn size(&self) -> usize {
        1 << self.log_size()
    }

    /// Number of logical cells.
    pub fn cells(&self) -> usize {
        self.shape.cells() as usize
    }

    /// Padded flat index of a cell given by padded coordinates.
    pub fn index(&self, channel: usize, row: usize, column: usize) -> usize {
        let [_, log_height, log_width] = self.log_dims;
        (((channel << log_height) + row) << log_width) + column
    }

    /// Padded flat indices of the rows of logical cells, in row-major order: each of the ranges has
    /// `shape.width` cells.
    pub fn rows(&self) -> impl Iterator<Item = core::ops::Range<usize>> + '_ {
        let Shape {
            channels,
            height,
            width,
        } = self.shape;
        (0..channels as usize).flat_map(move |channel| {
            (0..height as usize).map(move |row| {
                let start = self.index(channel, row, 0);
                start..start + width as usize
            })
        })
    }

    /// Logical cells in row-major order into a padded tensor, pads 0. Cells that `logical` lacks
    /// are 0 as well.
    pub fn pad(&self, logical: &[i32]) -> Vec<i32> {
        let mut padded = vec![0; self.size()];
        for (row, cells) in self.rows().zip(logical.chunks(self.shape.width as usize)) {
            for (target, cell) in padded[row].iter_mut().zip(cells) {
                *target = *cell;
            }
        }
        padded
    }

    /// The logical cells of a padded tensor, in row-major order. Rows that `padded` lacks are left
    /// out.
    pub fn unpad(&self, padded: &[i32]) -> Vec<i32> {
        let mut logical = Vec::with_capacity(self.cells());
        for row in self.rows() {
            logical.extend_from_slice(padded.get(row).unwrap_or_default());
        }
        logical
    }
}
