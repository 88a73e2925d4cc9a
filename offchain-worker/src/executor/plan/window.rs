// SPDX-License-Identifier: Apache-2.0
//! What a window reads, as indices: a convolution or a pool gathers the cells under its taps and then computes on rows of them.
//!
//! The plane that is gathered from is the input's logical plane `[H * W]`, followed by one more cell if some tap reads outside of it. That
//! cell holds what such a tap stands for: 0, or the smallest code for a max pool.

use std::ops::Range;

use assay_circuit::{Shape, Window};

/// A window over the plane of a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WindowPlan {
    window: Window,
    /// Height and width of the input.
    input: [i64; 2],
    /// Width of the output.
    output_width: usize,
    /// Taps.
    pub(crate) taps: usize,
    /// Logical cells of one channel of the output.
    pub(crate) positions: usize,
    /// Whether some tap reads outside the input.
    pub(crate) reads_outside: bool,
}

/// Some taps of some output cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) taps: Range<usize>,
    pub(crate) positions: Range<usize>,
}

impl WindowPlan {
    /// `output` is what the circuit says that `window` makes of `input`, channels aside.
    pub(crate) fn new(window: &Window, input: Shape, output: Shape) -> Self {
        let input = [i64::from(input.height), i64::from(input.width)];
        let extents = [output.height, output.width];
        let reads_outside = (0..2).any(|axis| {
            let last_position = i64::from(extents[axis]) - 1;
            let last_tap = i64::from(window.kernel[axis]) - 1;
            source(window, axis, 0, 0) < 0
                || source(window, axis, last_position, last_tap) >= input[axis]
        });
        Self {
            window: *window,
            input,
            output_width: output.width as usize,
            taps: window.taps() as usize,
            positions: output.height as usize * output.width as usize,
            reads_outside,
        }
    }

    /// Whether each output cell reads the input cell at its own place and no other.
    pub(crate) fn is_identity(&self) -> bool {
        self.taps == 1
            && !self.reads_outside
            && self.window.stride == [1, 1]
            && self.window.pad_begin == [0, 0]
            && self.positions as i64 == self.input[0] * self.input[1]
    }

    /// Cells of the plane that is gathered from.
    pub(crate) fn plane(&self) -> usize {
        (self.input[0] * self.input[1]) as usize + usize::from(self.reads_outside)
    }

    /// The index that each tap of `piece.taps` reads for each position of `piece.positions`, tap by tap.
    pub(crate) fn indices(&self, piece: &Piece) -> Vec<i32> {
        let kernel_width = usize::from(self.window.kernel[1]);
        let [height, width] = self.input;
        let outside = height * width;
        let mut indices = Vec::with_capacity(piece.taps.len() * piece.positions.len());
        for tap in piece.taps.clone() {
            let (u, v) = ((tap / kernel_width) as i64, (tap % kernel_width) as i64);
            indices.extend(piece.positions.clone().map(|position| {
                let (i, j) = (position / self.output_width, position % self.output_width);
                let row = source(&self.window, 0, i as i64, u);
                let column = source(&self.window, 1, j as i64, v);
                let inside = (0..height).contains(&row) && (0..width).contains(&column);
                // A tensor has at most 2^22 cells: the index fits.
                (if inside {
                    row * width + column
                } else {
                    outside
                }) as i32
            }));
        }
        indices
    }

    /// Cuts the gather into pieces of at most `cells` indices, at least one: all taps of as many positions as fit, else some taps of one.
    /// Pieces of the same positions follow each other, and have the same taps for all positions.
    pub(crate) fn pieces(&self, cells: usize) -> Vec<Piece> {
        let taps_step = self.taps.min(cells.max(1));
        let positions_step = (cells / taps_step).clamp(1, self.positions);
        steps(self.positions, positions_step)
            .flat_map(|positions| {
                steps(self.taps, taps_step).map(move |taps| Piece {
                    taps,
                    positions: positions.clone(),
                })
            })
            .collect()
    }
}

/// What tap `tap` of output position `position` reads along an axis, as [`Window`] says.
fn source(window: &Window, axis: usize, position: i64, tap: i64) -> i64 {
    position * i64::from(window.stride[axis]) + tap * i64::from(window.dilation[axis])
        - i64::from(window.pad_begin[axis])
}

/// `0..length` in steps of `step`, the last one shorter.
fn steps(length: usize, step: usize) -> impl Iterator<Item = Range<usize>> + Clone {
    (0..length)
        .step_by(step.max(1))
        .map(move |start| start..length.min(start + step.max(1)))
}

#[cfg(test)]
mod should {
    use super::*;

    fn plan(window: Window, input: (u32, u32), output: (u32, u32)) -> WindowPlan {
        let shape = |(height, width)| Shape::new(1, height, width);
        WindowPlan::new(&window, shape(input), shape(output))
    }

    fn all(plan: &WindowPlan) -> Vec<i32> {
        let piece = Piece {
            taps: 0..plan.taps,
            positions: 0..plan.positions,
        };
        plan.indices(&piece)
    }

    #[test]
    fn read_each_cell_at_its_place_for_the_identity() {
        let plan = plan(Window::IDENTITY, (2, 3), (2, 3));
        assert!(plan.is_identity());
        assert_eq!(plan.plane(), 6);
        assert_eq!(all(&plan), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn not_take_a_crop_or_a_stride_for_the_identity() {
        let stride = Window {
            stride: [1, 2],
            ..Window::IDENTITY
        };
        let plan = plan(stride, (1, 3), (1, 2));
        assert!(!plan.is_identity());
        assert_eq!(all(&plan), [0, 2]);
    }

    #[test]
    fn read_the_cell_after_the_plane_where_a_tap_is_outside() {
        let window = Window {
            kernel: [1, 2],
            dilation: [1, 2],
            pad_begin: [0, 1],
            pad_end: [0, 1],
            ..Window::IDENTITY
        };
        // Row 0 of two: taps at j - 1 and j + 1 of three columns.
        let plan = plan(window, (2, 3), (2, 3));
        assert!(plan.reads_outside);
        assert_eq!(plan.plane(), 7);
        assert_eq!(all(&plan), [6, 0, 1, 6, 3, 4, 1, 2, 6, 4, 5, 6]);
    }

    #[test]
    fn know_that_padding_which_no_tap_reaches_is_not_read() {
        let window = Window {
            kernel: [2, 1],
            stride: [2, 1],
            pad_end: [1, 0],
            ..Window::IDENTITY
        };
        assert!(!plan(window, (4, 1), (2, 1)).reads_outside);
        assert!(plan(window, (5, 1), (3, 1)).reads_outside);
    }

    #[test]
    fn cover_every_tap_of_every_position_once_whatever_the_pieces() {
        let window = Window {
            kernel: [3, 2],
            ..Window::IDENTITY
        };
        let plan = plan(window, (6, 5), (4, 4));
        for cells in [1, 4, 6, 13, 95, 96, 1000] {
            let mut seen = vec![0; plan.taps * plan.positions];
            for piece in plan.pieces(cells) {
                assert!(piece.taps.len() * piece.positions.len() <= cells);
                for tap in piece.taps.clone() {
                    for position in piece.positions.clone() {
                        seen[tap * plan.positions + position] += 1;
                    }
                }
            }
            assert!(seen.iter().all(|&count| count == 1), "{cells}");
        }
    }
}
