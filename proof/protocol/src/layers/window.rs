// SPDX-License-Identifier: Apache-2.0
//! Views of a tensor through a sliding window: the im2col view of a convolution, the taps of a
//! pool.
//!
//! The view of `X` has an axis of taps `t = u K_w + v` and an output pixel `(i, j)`: `V[b, c, t, i,
//! j] = sum_{h, w} M_h[u, i, h] M_w[v, j, w] X[b, c, h, w]`, where `M_h[u, i, h] = 1` if tap `u` of
//! the output row `i` reads source row `h` (both inside their logical extents) and 0 otherwise.
//!
//! **Statement.** `sum_t c_t V~(r_b, r_c, t, r_i, r_j) = v` for coefficients `c_t` that both sides
//! know: `eq(r_t, t)` for a convolution, powers of a challenge for a max pool, 1 for a sum pool.
//!
//! **Protocol.** A sumcheck over the source pixels `(h, w)` of `X~(r_b, r_c, h, w) W~(h, w)` with
//! the wiring `W(h, w) = sum_t c_t A_h[u](h) A_w[v](w)`, `A_h[u](h) = sum_i eq(r_i, i) M_h[u, i,
//! h]`. Both sides evaluate the wiring in time linear in the side lengths and the number of taps;
//! the view itself is never written down. It ends in a claim on `X`.
//!
//! **Soundness.** `2 (log H + log W) / |F|` of the sumcheck. (Thaler 2013; zkCNN, ePrint 2021/673,
//! section 3.)

use super::super::plan::tensor::TensorPlan;
use crate::poly::eq::eq_table;
use alloc::vec;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{One, Zero};
use assay_circuit::Window;

/// How a window slides along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Taps.
    pub kernel: usize,
    /// Step from one output cell to the next.
    pub stride: usize,
    /// Distance between taps.
    pub dilation: usize,
    /// Padding before the first cell.
    pub pad: usize,
    /// Logical extent of the source.
    pub source: usize,
    /// Variables of the source.
    pub log_source: usize,
    /// Logical extent of the output.
    pub output: usize,
    /// Variables of the output.
    pub log_output: usize,
}

impl Axis {
    /// The source cell that `tap` of `output` reads, if it is inside.
    pub fn source_of(&self, output: usize, tap: usize) -> Option<usize> {
        let cell = (output * self.stride + tap * self.dilation).checked_sub(self.pad)?;
        (cell < self.source && output < self.output).then_some(cell)
    }

    /// `sum_i eq_output[i] values[source of (i, tap)]` over the outputs whose tap is inside.
    fn gather(&self, eq_output: &[Fr], tap: usize, values: &[Fr]) -> Fr {
        let mut sum = Fr::zero();
        for (i, weight) in eq_output.iter().enumerate().take(self.output) {
            if let Some(value) = self.source_of(i, tap).and_then(|cell| values.get(cell)) {
                sum += *weight * value;
            }
        }
        sum
    }

    /// `A[tap](r_source)` for every tap: the wiring of the axis at a point.
    pub fn wiring(&self, eq_output: &[Fr], eq_source: &[Fr]) -> Vec<Fr> {
        (0..self.kernel)
            .map(|tap| self.gather(eq_output, tap, eq_source))
            .collect()
    }

    /// For every tap, `sum of eq_output[i]` over the outputs whose tap is inside.
    pub fn inside(&self, eq_output: &[Fr]) -> Vec<Fr> {
        let inside = |tap: usize| {
            let outputs = eq_output.iter().enumerate().take(self.output);
            let weights = outputs.filter(|(i, _)| self.source_of(*i, tap).is_some());
            weights.map(|(_, weight)| *weight).sum()
        };
        (0..self.kernel).map(inside).collect()
    }

    /// `A[tap](h)` for every tap and source cell, tap by tap.
    #[cfg(feature = "prover")]
    fn wiring_table(&self, eq_output: &[Fr]) -> Vec<Vec<Fr>> {
        let row = |tap: usize| {
            let mut row = vec![Fr::zero(); self.source];
            for (i, weight) in eq_output.iter().enumerate().take(self.output) {
                if let Some(cell) = self.source_of(i, tap) {
                    row[cell] += weight;
                }
            }
            row
        };
        (0..self.kernel).map(row).collect()
    }
}

/// A window over height and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Height, then width.
    pub axes: [Axis; 2],
}

impl Geometry {
    /// The geometry of `window` from `source` to an output of the given extents and variables of
    /// height and width.
    pub fn new(
        window: &Window,
        source: &TensorPlan,
        output: [usize; 2],
        log_output: [usize; 2],
    ) -> Self {
        let extents = [source.shape.height as usize, source.shape.width as usize];
        let axis = |i: usize| Axis {
            kernel: window.kernel[i].into(),
            stride: window.stride[i].into(),
            dilation: window.dilation[i].into(),
            pad: window.pad_begin[i].into(),
            source: extents[i],
            log_source: source.logs[i + 1],
            output: output[i],
            log_output: log_output[i],
        };
        Self {
            axes: [axis(0), axis(1)],
        }
    }

    /// Taps, `K_h K_w`.
    pub fn taps(&self) -> usize {
        self.axes[0].kernel * self.axes[1].kernel
    }

    /// Variables of the sumcheck: the source's height and width.
    pub fn num_vars(&self) -> usize {
        self.axes[0].log_source + self.axes[1].log_source
    }

    /// The wiring at `source`, a point over `(h, w)`, of the view at output pixel `output` with the
    /// coefficients of the taps.
    pub fn wiring(&self, taps: &[Fr], output: &[Fr], source: &[Fr]) -> Fr {
        let [height, width] = self.axes;
        let (output_h, output_w) = output.split_at(height.log_output.min(output.len()));
        let (source_h, source_w) = source.split_at(height.log_source.min(source.len()));
        let rows = height.wiring(&eq_table(output_h), &eq_table(source_h));
        let columns = width.wiring(&eq_table(output_w), &eq_table(source_w));
        bilinear(taps, &rows, &columns)
    }

    /// `sum_t c_t (1 - I_t~(output))`, where `I_t` says whether tap `t` of an output pixel is
    /// inside: the weight of a max pool's padding value.
    pub fn outside(&self, taps: &[Fr], output: &[Fr]) -> Fr {
        let [height, width] = self.axes;
        let (output_h, output_w) = output.split_at(height.log_output.min(output.len()));
        let rows = height.inside(&eq_table(output_h));
        let columns = width.inside(&eq_table(output_w));
        taps.iter().sum::<Fr>() - bilinear(taps, &rows, &columns)
    }
}

/// `sum_{u, v} c[u K_w + v] rows[u] columns[v]`.
fn bilinear(taps: &[Fr], rows: &[Fr], columns: &[Fr]) -> Fr {
    let mut sum = Fr::zero();
    for (taps, row) in taps.chunks(columns.len().max(1)).zip(rows) {
        let inner: Fr = taps
            .iter()
            .zip(columns)
            .map(|(tap, column)| *tap * column)
            .sum();
        sum += inner * row;
    }
    sum
}

/// The coefficients of a sum pool.
pub fn ones(count: usize) -> Vec<Fr> {
    vec![Fr::one(); count]
}

#[cfg(feature = "prover")]
mod prover {
    use super::*;
    use rayon::prelude::*;

    impl Geometry {
        /// The wiring `W(h, w)` for every padded source pixel, `2^num_vars` values.
        pub fn wiring_table(&self, taps: &[Fr], output: &[Fr]) -> Vec<Fr> {
            let [height, width] = self.axes;
            let (output_h, output_w) = output.split_at(height.log_output);
            let rows = height.wiring_table(&eq_table(output_h));
            let columns = width.wiring_table(&eq_table(output_w));
            let padded_width = 1 << width.log_source;
            let mut table = vec![Fr::zero(); 1 << self.num_vars()];
            // For each row tap, the taps of that row on the width axis.
            let inner: Vec<Vec<Fr>> = taps
                .chunks(width.kernel)
                .map(|taps| {
                    let mut line = vec![Fr::zero(); width.source];
                    for (tap, column) in taps.iter().zip(&columns) {
                        line.iter_mut()
                            .zip(column)
                            .for_each(|(l, c)| *l += *tap * c);
                    }
                    line
                })
                .collect();
            table
                .par_chunks_mut(padded_width)
                .enumerate()
                .take(height.source)
                .for_each(|(h, cells)| {
                    for (row, line) in rows.iter().zip(&inner) {
                        if !row[h].is_zero() {
                            cells
                                .iter_mut()
                                .zip(line)
                                .for_each(|(cell, l)| *cell += row[h] * l);
                        }
                    }
                });
            table
        }

        /// `sum_{i, j} eq(output, (i, j)) V[c, t, i, j]` for the channels of `source` (a `[C', H',
        /// W']` tensor of field elements): the view with its pixel bound, `2^log_taps` values a
        /// channel. The sum is separable, so it costs `C K_h H_out W + C K_h K_w W_out`.
        pub fn contract(&self, source: &[Fr], output: &[Fr], log_taps: usize) -> Vec<Fr> {
            let [height, width] = self.axes;
            let (output_h, output_w) = output.split_at(height.log_output);
            let (eq_h, eq_w) = (eq_table(output_h), eq_table(output_w));
            let (padded_width, channel_cells) =
                (1usize << width.log_source, 1usize << self.num_vars());
            let mut view = vec![Fr::zero(); (source.len() / channel_cells) << log_taps];
            view.par_chunks_mut(1 << log_taps)
                .zip(source.par_chunks(channel_cells))
                .for_each(|(view, channel)| {
                    for u in 0..height.kernel {
                        let mut line = vec![Fr::zero(); width.source];
                        for (i, weight) in eq_h.iter().enumerate().take(height.output) {
                            if let Some(h) = height.source_of(i, u) {
                                let cells = &channel[h * padded_width..][..width.source];
                                line.iter_mut()
                                    .zip(cells)
                                    .for_each(|(l, c)| *l += *weight * c);
                            }
                        }
                        for v in 0..width.kernel {
                            view[u * width.kernel + v] = width.gather(&eq_w, v, &line);
                        }
                    }
                });
            view
        }
    }
}

#[cfg(all(test, feature = "prover"))]
mod should {
    use super::*;
    use crate::poly::multilinear::evaluate;
    use crate::testing::scalars;

    /// Geometries with every feature: strides, dilations, paddings, extents that are no powers of
    /// two, single cells.
    fn geometries() -> Vec<Geometry> {
        let axis = |source, kernel, stride, dilation, pad, end| {
            let span = dilation * (kernel - 1) + 1;
            let output: usize = (source + pad + end - span) / stride + 1;
            let log = |extent: usize| extent.next_power_of_two().trailing_zeros() as usize;
            let (log_source, log_output) = (log(source), log(output));
            Axis {
                kernel,
                stride,
                dilation,
                pad,
                source,
                log_source,
                output,
                log_output,
            }
        };
        let axes = [
            axis(5, 3, 1, 1, 1, 1),
            axis(7, 2, 2, 1, 0, 1),
            axis(6, 3, 2, 2, 3, 2),
            axis(1, 1, 1, 1, 0, 0),
            axis(4, 1, 3, 1, 0, 0),
            axis(3, 3, 1, 1, 2, 2),
        ];
        let pairs = axes
            .iter()
            .flat_map(|a| axes.iter().map(|b| Geometry { axes: [*a, *b] }));
        pairs.collect()
    }

    /// `V[c, t, i, j]` for all padded pixels, from the definition.
    fn view(geometry: &Geometry, source: &[Fr], tap: usize, pixel: usize) -> Option<Fr> {
        let [height, width] = geometry.axes;
        let (i, j) = (pixel >> width.log_output, pixel % (1 << width.log_output));
        let (u, v) = (tap / width.kernel, tap % width.kernel);
        let h = (i * height.stride + u * height.dilation).checked_sub(height.pad)?;
        let w = (j * width.stride + v * width.dilation).checked_sub(width.pad)?;
        let inside = i < height.output && j < width.output && h < height.source && w < width.source;
        inside.then(|| source[(h << width.log_source) + w])
    }

    #[test]
    fn wire_the_view_of_the_definition() {
        for (seed, geometry) in (0..).zip(geometries()) {
            let [height, width] = geometry.axes;
            let source = scalars(seed, 1 << geometry.num_vars());
            let output = scalars(seed + 1, height.log_output + width.log_output);
            let taps = scalars(seed + 2, geometry.taps());
            let pixels = 0..1usize << output.len();
            let at = |tap: usize, outside: Fr| -> Fr {
                let cells = pixels
                    .clone()
                    .map(|p| view(&geometry, &source, tap, p).unwrap_or(outside));
                evaluate(&cells.collect::<Vec<_>>(), &output)
            };
            let sum = |outside: Fr| -> Fr {
                taps.iter()
                    .enumerate()
                    .map(|(tap, c)| *c * at(tap, outside))
                    .sum()
            };
            let zero = Fr::zero();
            // The prover's wiring, summed over the source, gives the view; the verifier's is its
            // extension.
            let wiring = geometry.wiring_table(&taps, &output);
            let inner: Fr = wiring.iter().zip(&source).map(|(w, x)| *w * x).sum();
            assert_eq!(inner, sum(zero));
            let point = scalars(seed + 3, geometry.num_vars());
            assert_eq!(
                geometry.wiring(&taps, &output, &point),
                evaluate(&wiring, &point)
            );
            // What is outside counts with the padding value.
            let pad = Fr::from(-7);
            assert_eq!(sum(zero) + pad * geometry.outside(&taps, &output), sum(pad));
            // The view with its pixel bound, tap by tap and channel by channel.
            let channels = [source.clone(), scalars(seed + 4, source.len())].concat();
            let log_taps = geometry.taps().next_power_of_two().trailing_zeros() as usize;
            let contracted = geometry.contract(&channels, &output, log_taps);
            assert_eq!(contracted.len(), 2 << log_taps);
            for (tap, found) in contracted.iter().enumerate().take(1 << log_taps) {
                let expected = if tap < geometry.taps() {
                    at(tap, zero)
                } else {
                    zero
                };
                assert_eq!(*found, expected);
            }
        }
    }
}
