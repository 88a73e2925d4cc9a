// SPDX-License-Identifier: Apache-2.0
//! How far a circuit's results are from the float model's, over the samples.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    calibrate::Statistics,
    graph::{evaluate::walk, Graph},
    lower::Lowered,
    quantise::{encode, input::InputCodes},
};

/// The output of the circuit against that of the float model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Samples that were compared.
    pub samples: usize,
    /// Share of the samples whose largest output is at the same place, 0 to 1.
    pub top1: f64,
    /// Largest difference of an output.
    pub max_abs_error: f64,
    /// The same, as a share of the spread between the smallest and the largest float output.
    pub range_error: f64,
    /// Mean over samples of `|q - f| / |f|` (Euclidean norms; `q` the circuit's output, `f` the float model's).
    pub mean_relative_error: f64,
    /// `sqrt(sum |q - f|^2 / sum |f - mean f|^2)`: relative to the part of the output that depends on the input, which
    /// does not hide behind a large constant output. Of a single sample, or if all outputs are equal, relative to `f`.
    pub centred_error: f64,
    /// A bound on `max_abs_error` that follows from the codes alone: the worst case over every rounding.
    pub error_bound: f64,
}

/// The values of one layer against the float model's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LayerError {
    pub(crate) max_abs: f64,
    /// `sqrt(sum (q - f)^2 / sum f^2)` over all cells and samples.
    pub(crate) relative: f64,
}

/// Everything that a comparison gives.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) agreement: Agreement,
    /// For each of [`Lowered::layers`]; empty if they were not asked for.
    pub(crate) layers: Vec<LayerError>,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    max_abs: f64,
    error: f64,
    value: f64,
}

impl Sums {
    fn add(&mut self, quantised: f64, float: f64) {
        let error = quantised - float;
        self.max_abs = self.max_abs.max(error.abs());
        self.error += error * error;
        self.value += float * float;
    }

    fn join(&mut self, other: &Self) {
        self.max_abs = self.max_abs.max(other.max_abs);
        self.error += other.error;
        self.value += other.value;
    }
}

/// Runs the reference interpreter on samples and compares; with `layers`, every layer as well.
pub(crate) fn measure(
    graph: &Graph,
    lowered: &Lowered,
    input: InputCodes,
    statistics: &Statistics,
    samples: &[Vec<f32>],
    layers: bool,
    progress: &(dyn Fn() + Sync),
) -> Measured {
    let runs: Vec<(Vec<f64>, Vec<Sums>)> = samples
        .par_iter()
        .map(|sample| {
            let codes: Vec<i32> = sample
                .iter()
                .map(|&value| encode(value as f64, input.scale, input.range))
                .collect();
            // Codes are clamped to the circuit's range and a sample has the input's shape.
            let trace = lowered.model.run(&codes).expect("codes are in range");
            let output = trace
                .output()
                .iter()
                .map(|&code| code as f64 * lowered.output_scale)
                .collect();
            let mut sums = Vec::new();
            if layers {
                sums = vec![Sums::default(); lowered.layers.len()];
                walk(graph, sample, |value, floats| {
                    for (layer, sums) in lowered.layers.iter().zip(&mut sums) {
                        if layer.value == value {
                            let info = lowered.model.circuit().tensors()[layer.tensor as usize];
                            let codes = trace.tensor(layer.tensor).unwrap_or_default();
                            for (code, &float) in info.unpad(codes).into_iter().zip(floats) {
                                sums.add(code as f64 * layer.scale, float as f64);
                            }
                        }
                    }
                });
            }
            progress();
            (output, sums)
        })
        .collect();

    let mut layer_sums = vec![Sums::default(); if layers { lowered.layers.len() } else { 0 }];
    for (_, sums) in &runs {
        layer_sums
            .iter_mut()
            .zip(sums)
            .for_each(|(all, own)| all.join(own));
    }
    let layers = layer_sums.iter().map(|sums| LayerError {
        max_abs: sums.max_abs,
        relative: if sums.value > 0.0 {
            (sums.error / sums.value).sqrt()
        } else {
            0.0
        },
    });
    let outputs: Vec<&[f64]> = runs.iter().map(|(output, _)| output.as_slice()).collect();
    let mut agreement = compare(&outputs, &statistics.outputs[..samples.len()]);
    agreement.error_bound = lowered.error_bound;
    Measured {
        agreement,
        layers: layers.collect(),
    }
}

/// Compares outputs, one list for each sample.
fn compare(quantised: &[&[f64]], float: &[Vec<f32>]) -> Agreement {
    let samples = float.len();
    let cells = float.first().map_or(0, Vec::len);
    let mut mean = vec![0.0f64; cells];
    for output in float {
        mean.iter_mut()
            .zip(output)
            .for_each(|(mean, &value)| *mean += value as f64 / samples as f64);
    }
    let (mut total, mut centred, mut relative, mut same) = (Sums::default(), 0.0, 0.0, 0usize);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (quantised, float) in quantised.iter().zip(float) {
        let mut sums = Sums::default();
        for ((&q, &f), mean) in quantised.iter().zip(float).zip(&mean) {
            sums.add(q, f as f64);
            centred += (f as f64 - mean).powi(2);
            (low, high) = (low.min(f as f64), high.max(f as f64));
        }
        relative += ratio(sums.error, sums.value);
        same +=
            (argmax(quantised.iter().copied()) == argmax(float.iter().map(|&f| f as f64))) as usize;
        total.join(&sums);
    }
    // Rounding alone makes equal outputs differ by less than this.
    let varies = samples > 1 && centred > total.value * 1e-12;
    Agreement {
        samples,
        top1: same as f64 / samples.max(1) as f64,
        max_abs_error: total.max_abs,
        range_error: if high > low {
            total.max_abs / (high - low)
        } else {
            0.0
        },
        mean_relative_error: relative / samples.max(1) as f64,
        centred_error: ratio(total.error, if varies { centred } else { total.value }),
        error_bound: 0.0,
    }
}

/// `sqrt(error / value)`; an error of a value that is zero counts in full.
fn ratio(error: f64, value: f64) -> f64 {
    if value > 0.0 {
        (error / value).sqrt()
    } else {
        error.sqrt()
    }
}

/// Index of the first largest value.
fn argmax(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (index, value) in values.enumerate() {
        if value > best.1 {
            best = (index, value);
        }
    }
    best.0
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn compare_against_the_part_that_depends_on_the_input() {
        // A large constant with a small signal, and an error as large as the signal.
        let float = vec![vec![100.0f32, 0.0], vec![102.0, 0.0]];
        let quantised: [&[f64]; 2] = [&[101.0, 0.0], &[101.0, 0.0]];
        let agreement = compare(&quantised, &float);
        assert!(agreement.mean_relative_error < 0.011);
        assert!((agreement.centred_error - 1.0).abs() < 1e-12);
        assert_eq!(agreement.max_abs_error, 1.0);
        assert_eq!(agreement.top1, 1.0);
        assert!((agreement.range_error - 1.0 / 102.0).abs() < 1e-12);
    }

    #[test]
    fn work_on_one_sample_and_on_zeros() {
        let agreement = compare(&[&[1.0, 3.0]], &[vec![1.0, 2.0]]);
        assert!((agreement.centred_error - (1.0f64 / 5.0).sqrt()).abs() < 1e-12);
        let zeros = compare(&[&[0.0]], &[vec![0.0]]);
        assert_eq!((zeros.centred_error, zeros.range_error), (0.0, 0.0));
    }
}
