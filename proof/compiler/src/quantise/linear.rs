// SPDX-License-Identifier: Apache-2.0
//! Weights, bias and shift of a linear node.
//!
//! The accumulator counts units of `unit`: a weight `w` on an input of scale `x` is the integer `round(w x / unit)`, a bias `b` is
//! `round(b / unit)`, and `unit 2^shift` is the scale of the keys `acc >> shift`. The scale of the weights is free, so that the
//! scale of the keys can be what the table wants: this is how every requantisation is a shift. The shift is the largest
//! with which the weights fit their bits and every sum fits 32 bits.

use assay_circuit::{key_width, limits::MAX_SHIFT, row_interval, Interval, Range};

use super::WEIGHT_BITS;

/// One summand, as the lowering sees it.
pub(crate) enum Summand<'a> {
    /// Rows of weights for each output channel, over an input.
    Weights { weights: &'a [f32], input: Operand },
    /// `factor x`.
    Scale { factor: f64, input: Operand },
}

/// What is known about an input tensor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    pub(crate) scale: f64,
    pub(crate) range: Range,
    /// Bound on the difference of code times scale and the float value.
    pub(crate) error: f64,
    /// Largest magnitude of the float value.
    pub(crate) magnitude: f64,
}

/// The scale that the keys should have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// No requantisation: as fine as the weights' bits allow.
    Raw,
    /// The scale of `acc >> shift`. A coarser one is taken if the weights or the sums do not fit otherwise, and up to an eighth
    /// more so that a skip connection has an integer factor.
    Keys(f64),
    /// The same, but coarser only if the weights or the sums do not fit otherwise.
    Exactly(f64),
}

/// A linear node in integers.
#[derive(Clone, Debug)]
pub(crate) struct Fitted {
    pub(crate) summands: Vec<FittedSummand>,
    pub(crate) bias: Option<Vec<i32>>,
    /// Real value of one unit of the accumulator.
    pub(crate) unit: f64,
    pub(crate) shift: u8,
    /// Every sum over all channels, before the shift.
    #[cfg(test)]
    pub(crate) accumulator: Interval,
    /// Bits of a key.
    pub(crate) width: u8,
    /// Bound on the difference of the accumulator's value and the float one, before the shift.
    pub(crate) error: f64,
}

#[derive(Clone, Debug)]
pub(crate) enum FittedSummand {
    Weights { weights: Vec<i16>, bits: u8 },
    Scale { factor: i32 },
}

impl Fitted {
    /// Real value of one key.
    pub(crate) fn key_scale(&self) -> f64 {
        self.unit * (1u64 << self.shift) as f64
    }

    /// Error bound of a key's value.
    pub(crate) fn key_error(&self) -> f64 {
        self.error
            + if self.shift > 0 {
                self.key_scale() / 2.0
            } else {
                0.0
            }
    }
}

/// Largest factor of a `Scale` term that the choice of the shift aims at: its rounding is then below 1 in 4096.
const FACTOR_BITS: f64 = 13.0;

/// Factors from here on are made exact by moving the scale of the keys, by at most one part in this number.
const EXACT_FACTOR: f64 = 8.0;

/// The largest magnitude of a weight of `WEIGHT_BITS` bits.
const LARGEST_WEIGHT: f64 = ((1 << (WEIGHT_BITS - 1)) - 1) as f64;

/// Quantises a node with `channels` outputs.
pub(crate) fn fit(
    summands: &[Summand],
    bias: Option<&[f32]>,
    channels: usize,
    target: Target,
) -> Fitted {
    let largest = summands.iter().map(finest_unit).fold(0.0, f64::max);
    // Nothing but zeros: any unit will do.
    let finest = if largest > 0.0 && largest.is_finite() {
        largest
    } else {
        f64::MIN_POSITIVE.sqrt()
    };
    let (mut unit, mut shift) = match target {
        Target::Raw if largest > 0.0 => (finest, 0),
        Target::Raw => {
            let magnitude = bias
                .unwrap_or_default()
                .iter()
                .fold(0.0f64, |m, b| m.max(b.abs() as f64));
            (
                if magnitude > 0.0 {
                    magnitude / LARGEST_WEIGHT
                } else {
                    1.0
                },
                0,
            )
        }
        Target::Keys(scale) | Target::Exactly(scale) => {
            let shift = (scale / finest).log2().floor().clamp(0.0, MAX_SHIFT as f64) as u8;
            // Weights that are too large for the wanted scale make it coarser.
            (
                if finest > scale && largest > 0.0 {
                    finest
                } else {
                    scale / (1u64 << shift) as f64
                },
                shift,
            )
        }
    };
    loop {
        let adjusted = match target {
            Target::Exactly(_) => unit,
            Target::Raw | Target::Keys(_) => exact_unit(summands, unit),
        };
        if let Some(fitted) = try_fit(summands, bias, channels, adjusted, shift) {
            return fitted;
        }
        // Coarser by a factor of two, from the shift as long as there is one.
        unit *= 2.0;
        shift = shift.saturating_sub(1);
    }
}

/// The smallest unit with which a summand's integers have the bits that they may have.
fn finest_unit(summand: &Summand) -> f64 {
    match summand {
        Summand::Weights { weights, input } => {
            let largest = weights
                .iter()
                .fold(0.0f32, |largest, weight| largest.max(weight.abs()));
            largest as f64 * input.scale / LARGEST_WEIGHT
        }
        Summand::Scale { factor, input } => factor.abs() * input.scale / FACTOR_BITS.exp2(),
    }
}

/// A unit, slightly coarser, with which the largest factor of a `Scale` is an integer: then a skip connection has no error.
fn exact_unit(summands: &[Summand], unit: f64) -> f64 {
    let mut largest = 0.0f64;
    for summand in summands {
        if let Summand::Scale { factor, input } = summand {
            largest = largest.max((factor * input.scale).abs());
        }
    }
    let factor = (largest / unit * (1.0 + 1e-12)).floor();
    if factor >= EXACT_FACTOR {
        largest / factor
    } else {
        unit
    }
}

/// `None` if some sum does not fit 32 bits, in whatever order it is taken.
fn try_fit(
    summands: &[Summand],
    bias: Option<&[f32]>,
    channels: usize,
    unit: f64,
    shift: u8,
) -> Option<Fitted> {
    let mut sums = vec![Interval::default(); channels];
    let mut errors = vec![0.0f64; channels];
    let mut fitted = Vec::with_capacity(summands.len());
    for summand in summands {
        fitted.push(match summand {
            Summand::Weights { weights, input } => {
                fit_weights(weights, *input, unit, &mut sums, &mut errors)?
            }
            Summand::Scale { factor, input } => {
                let exact = factor * input.scale / unit;
                let rounded = exact.round_ties_even();
                // A factor of 0 is no term; a tiny one is the smallest there is.
                let rounded = if rounded == 0.0 {
                    1f64.copysign(exact)
                } else {
                    rounded
                };
                if rounded.abs() > i32::MAX as f64 {
                    return None;
                }
                let real = rounded * unit / input.scale;
                let error = real.abs() * input.error
                    + (real - factor).abs() * input.magnitude
                    + factor.abs() * input.magnitude * FLOAT_ERROR;
                let interval = Interval::scaled(input.range, rounded as i64);
                for (sum, own) in sums.iter_mut().zip(&mut errors) {
                    *sum = sum.plus(interval);
                    *own += error;
                }
                FittedSummand::Scale {
                    factor: rounded as i32,
                }
            }
        });
    }
    // Half of what the shift drops, so that it rounds to nearest.
    let half = if shift > 0 { 1i64 << (shift - 1) } else { 0 };
    let bias = match bias {
        None if half == 0 => None,
        bias => Some(
            (0..channels)
                .map(|channel| bias.map_or(0.0, |bias| bias[channel] as f64))
                .collect(),
        ),
    };
    let mut rounded_bias: Option<Vec<i32>> = None;
    if let Some(bias) = bias {
        let bias: Vec<f64> = bias;
        let mut list = Vec::with_capacity(channels);
        for (channel, &value) in bias.iter().enumerate() {
            let rounded = (value / unit).round_ties_even();
            if rounded.abs() > i32::MAX as f64 {
                return None;
            }
            errors[channel] += (rounded * unit - value).abs() + value.abs() * FLOAT_ERROR;
            let code = rounded as i64 + half;
            let terms = sums[channel];
            if !terms
                .plus(Interval {
                    low: code.min(0),
                    high: code.max(0),
                })
                .fits_i32()
            {
                return None;
            }
            sums[channel] = terms.shifted(code);
            list.push(i32::try_from(code).ok()?);
        }
        rounded_bias = Some(list);
    } else if !sums.iter().all(|sum| sum.fits_i32()) {
        return None;
    }
    // Pad channels have a sum of the scale terms only, and no bias.
    let pads = summands
        .iter()
        .zip(&fitted)
        .fold(Interval::default(), |sum, (summand, fitted)| {
            match (summand, fitted) {
                (Summand::Scale { input, .. }, FittedSummand::Scale { factor }) => {
                    sum.plus(Interval::scaled(input.range, *factor as i64))
                }
                _ => sum,
            }
        });
    let accumulator = sums.into_iter().fold(pads, Interval::hull);
    Some(Fitted {
        summands: fitted,
        bias: rounded_bias,
        unit,
        shift,
        #[cfg(test)]
        accumulator,
        width: key_width(accumulator.floor_shift(shift)),
        error: errors.into_iter().fold(0.0, f64::max),
    })
}

/// Bound on the relative rounding of the float evaluation itself, per unit of the sum of magnitudes.
const FLOAT_ERROR: f64 = 1.0 / (1u64 << 20) as f64;

fn fit_weights(
    weights: &[f32],
    input: Operand,
    unit: f64,
    sums: &mut [Interval],
    errors: &mut [f64],
) -> Option<FittedSummand> {
    let factor = input.scale / unit;
    let row = weights.len() / sums.len();
    let mut codes = Vec::with_capacity(weights.len());
    let mut largest = 0i16;
    for ((weights, sum), error) in weights.chunks_exact(row).zip(sums).zip(errors) {
        let start = codes.len();
        let (mut used, mut missed, mut total) = (0.0f64, 0.0f64, 0.0f64);
        for &weight in weights {
            let exact = weight as f64 * factor;
            // The unit is at least the finest one, up to rounding.
            let code = exact
                .round_ties_even()
                .clamp(-LARGEST_WEIGHT, LARGEST_WEIGHT);
            used += code.abs();
            missed += (code - exact).abs();
            total += exact.abs();
            codes.push(code as i16);
        }
        let row = &codes[start..];
        largest = row
            .iter()
            .fold(largest, |largest, code| largest.max(code.abs()));
        *sum = sum.plus(row_interval(row, input.range));
        *error += (used * input.error + (missed + total * FLOAT_ERROR) * input.magnitude) / factor;
    }
    let bits = (16 - largest.leading_zeros() as u8 + 1).max(2);
    Some(FittedSummand::Weights {
        weights: codes,
        bits,
    })
}

#[cfg(test)]
mod should {
    use super::*;

    fn operand(scale: f64) -> Operand {
        Operand {
            scale,
            range: Range { low: 0, high: 255 },
            error: scale / 2.0,
            magnitude: 255.0 * scale,
        }
    }

    #[test]
    fn use_all_weight_bits_and_hit_the_wanted_scale() {
        let weights = [0.5f32, -1.0, 0.25, 0.125];
        let summand = [Summand::Weights {
            weights: &weights,
            input: operand(0.01),
        }];
        let fitted = fit(&summand, Some(&[1.0, -1.0]), 2, Target::Keys(0.1));
        assert!((fitted.key_scale() - 0.1).abs() < 1e-12);
        let FittedSummand::Weights {
            weights: codes,
            bits,
        } = &fitted.summands[0]
        else {
            panic!()
        };
        let largest = codes.iter().map(|code| code.abs()).max().unwrap();
        assert!((1024..2048).contains(&largest), "{largest}");
        assert_eq!(*bits, 12);
        // The bias has the rounding term in it.
        let bias = fitted.bias.as_ref().unwrap();
        assert_eq!(bias[0] + bias[1], 1 << fitted.shift);
        for (code, weight) in codes.iter().zip(weights) {
            assert!(
                (*code as f64 * fitted.unit / 0.01 - weight as f64).abs()
                    <= fitted.unit / 0.01 / 2.0 + 1e-9
            );
        }
    }

    #[test]
    fn keep_sums_in_32_bits() {
        let weights = vec![1.0f32; 1 << 16];
        let input = Operand {
            range: Range {
                low: 0,
                high: 65535,
            },
            ..operand(1.0)
        };
        for target in [Target::Raw, Target::Keys(1.0), Target::Keys(1e9)] {
            let fitted = fit(
                &[Summand::Weights {
                    weights: &weights,
                    input,
                }],
                None,
                1,
                target,
            );
            assert!(fitted.accumulator.fits_i32());
        }
    }

    #[test]
    fn handle_zeros() {
        let zeros = [0.0f32; 4];
        for bias in [None, Some(&[0.0f32, 0.0][..]), Some(&[3.0, 0.0][..])] {
            for target in [Target::Raw, Target::Keys(0.5)] {
                let summands = [Summand::Weights {
                    weights: &zeros,
                    input: operand(0.1),
                }];
                let fitted = fit(&summands, bias, 2, target);
                assert!(fitted.unit > 0.0 && fitted.unit.is_finite());
                assert!(
                    fitted.error <= fitted.unit + 4.0 * FLOAT_ERROR,
                    "{fitted:?}"
                );
            }
        }
    }

    #[test]
    fn make_a_skip_connection_exact() {
        let weights = [0.7f32, -0.3];
        let summands = [
            Summand::Weights {
                weights: &weights,
                input: operand(0.02),
            },
            Summand::Scale {
                factor: 1.0,
                input: operand(0.013),
            },
        ];
        let fitted = fit(&summands, None, 2, Target::Keys(0.05));
        let FittedSummand::Scale { factor } = fitted.summands[1] else {
            panic!()
        };
        assert!((factor as f64 * fitted.unit - 0.013).abs() < 1e-12);
        assert!((fitted.key_scale() / 0.05 - 1.0).abs() < 0.13);
    }

    #[test]
    fn never_drop_a_small_term() {
        let weights = [1000.0f32];
        let summands = [
            Summand::Weights {
                weights: &weights,
                input: operand(1.0),
            },
            Summand::Scale {
                factor: 1e-6,
                input: operand(1.0),
            },
        ];
        let fitted = fit(&summands, None, 1, Target::Keys(1.0));
        assert!(matches!(
            fitted.summands[1],
            FittedSummand::Scale { factor: 1 }
        ));
    }
}
