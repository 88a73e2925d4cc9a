// SPDX-License-Identifier: Apache-2.0
//! The codes of a model's input.

use assay_circuit::Range;

use super::{code_range, encode, HEADROOM};
use crate::calibrate::Extremes;

/// How the real values of an input become codes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct InputCodes {
    pub(crate) scale: f64,
    pub(crate) range: Range,
    /// Largest error over the samples.
    pub(crate) error: f64,
}

/// Chooses scale and range.
///
/// Samples that are 8-bit images keep their pixels: if every value is a multiple of 1 / 255 in `[0, 1]`, or an integer in
/// `[0, 255]`, the codes are these numbers. Otherwise the range is the samples' with [`HEADROOM`], signed if a sample is negative.
pub(crate) fn choose(samples: &[Vec<f32>], extremes: Extremes, bits: u8) -> InputCodes {
    let pixels = code_range(8, false);
    let (scale, range) = if extremes.low >= 0.0 && is_grid(samples, 255.0) {
        (1.0 / 255.0, pixels)
    } else if extremes.low >= 0.0 && extremes.high > 1.0 && is_grid(samples, 1.0) {
        (1.0, pixels)
    } else {
        let range = code_range(bits, extremes.low < 0.0);
        let largest = extremes.magnitude() * HEADROOM;
        (
            if largest > 0.0 {
                largest / range.high as f64
            } else {
                1.0 / range.high as f64
            },
            range,
        )
    };
    let mut error = 0.0f64;
    for &value in samples.iter().flatten() {
        error = error.max((encode(value as f64, scale, range) as f64 * scale - value as f64).abs());
    }
    InputCodes {
        scale,
        range,
        error,
    }
}

/// Whether every value times `factor` is an integer in `[0, 255]`, up to the rounding of a 32-bit float.
fn is_grid(samples: &[Vec<f32>], factor: f64) -> bool {
    samples.iter().flatten().all(|&value| {
        let scaled = value as f64 * factor;
        (scaled - scaled.round()).abs() < 1e-4 && (0.0..=255.0).contains(&scaled.round())
    })
}

#[cfg(test)]
mod should {
    use super::*;

    fn codes(values: &[f32], bits: u8) -> InputCodes {
        let low = values.iter().copied().fold(f32::INFINITY, f32::min) as f64;
        let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max) as f64;
        choose(&[values.to_vec()], Extremes { low, high }, bits)
    }

    #[test]
    fn keep_the_pixels_of_images() {
        let image: Vec<f32> = (0..=255).map(|pixel| pixel as f32 / 255.0).collect();
        let chosen = codes(&image, 8);
        for (pixel, &value) in image.iter().enumerate() {
            assert_eq!(
                encode(value as f64, chosen.scale, chosen.range),
                pixel as i32
            );
        }
        assert!(chosen.error < 1e-7);
        assert_eq!(codes(&[0.0, 3.0, 255.0], 8).scale, 1.0);
    }

    #[test]
    fn leave_headroom() {
        let chosen = codes(&[-1.0, 0.3], 8);
        assert_eq!(
            chosen.range,
            Range {
                low: -128,
                high: 127
            }
        );
        assert!((chosen.scale * 127.0 - 1.25).abs() < 1e-12);
        assert!(chosen.error <= chosen.scale / 2.0);
        assert_eq!(codes(&[0.0, 0.3], 10).range, Range { low: 0, high: 1023 });
        assert!(codes(&[0.0, 0.0], 8).scale > 0.0);
    }

    #[test]
    fn round_halves_to_even() {
        let range = code_range(8, true);
        assert_eq!(
            [0.5, 1.5, -0.5, -1.5, 1e9, -1e9].map(|x| encode(x, 1.0, range)),
            [0, 2, 0, -2, 127, -128]
        );
    }
}
