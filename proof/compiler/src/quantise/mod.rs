// SPDX-License-Identifier: Apache-2.0
//! Numbers: how real values become codes, and how far the codes are from them.
//!
//! A code `c` of a tensor with scale `s` stands for `c s`; there are no zero points. A real `x` becomes the code
//! `clamp(round(x / s), low, high)`, halves to even, computed in 64-bit floats.
//!
//! - [`input`]: the codes of the model's input;
//! - [`linear`]: weights, bias and shift of a linear node;
//! - [`table`]: the values of a table, and how much a function spreads an error;
//! - [`window`]: max pools as chains of small ones.
//!
//! Every function also gives an error bound. Bounds hold for the samples that the model was calibrated on: every value is
//! then inside the range that it was calibrated to, so that a clamp only brings a code nearer to the value.

pub(crate) mod input;
pub(crate) mod linear;
pub(crate) mod table;
pub(crate) mod window;

use assay_circuit::Range;

/// Ranges are this factor wider than what the samples show: with few samples clipping would otherwise dominate the error.
pub const HEADROOM: f64 = 1.25;

/// Bits of a weight at most.
pub(crate) const WEIGHT_BITS: u8 = 12;

/// The codes of `bits` bits: `[0, 2^b - 1]`, or `[-2^(b-1), 2^(b-1) - 1]` if signed.
pub(crate) fn code_range(bits: u8, signed: bool) -> Range {
    if signed {
        Range {
            low: -(1 << (bits - 1)),
            high: (1 << (bits - 1)) - 1,
        }
    } else {
        Range {
            low: 0,
            high: (1 << bits) - 1,
        }
    }
}

/// The code of a real value.
pub(crate) fn encode(value: f64, scale: f64, range: Range) -> i32 {
    let code = (value / scale).round_ties_even();
    code.clamp(range.low as f64, range.high as f64) as i32
}
