// SPDX-License-Identifier: Apache-2.0
//! Signed interval analysis of linear nodes: which sums and keys some input in range could bring
//! about.
//!
//! Every summand of an accumulator is given the interval of its values *and 0*: a tap outside the
//! tensor contributes 0, and the hull also bounds every partial sum, so that a device may add in
//! any order in 32 bits.

use alloc::{vec, vec::Vec};

use crate::types::{Linear, Range, Term};

/// A closed interval of sums. Operations saturate, far outside of what fits an accumulator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Smallest member.
    pub low: i64,
    /// Largest member.
    pub high: i64,
}

impl Interval {
    /// The interval of `factor * x`, `x` in `range`, together with 0.
    pub fn scaled(range: Range, factor: i64) -> Self {
        let ends = [range.low, range.high].map(|end| i64::from(end).saturating_mul(factor));
        Self {
            low: ends[0].min(ends[1]).min(0),
            high: ends[0].max(ends[1]).max(0),
        }
    }

    /// All sums of a member of each.
    pub fn plus(self, other: Self) -> Self {
        Self {
            low: self.low.saturating_add(other.low),
            high: self.high.saturating_add(other.high),
        }
    }

    /// All sums of a member and `offset`.
    pub fn shifted(self, offset: i64) -> Self {
        self.plus(Self {
            low: offset,
            high: offset,
        })
    }

    /// The smallest interval that holds both.
    pub fn hull(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// The interval of `x >> bits`, the floor shift.
    pub fn floor_shift(self, bits: u8) -> Self {
        let bits = u32::from(bits).min(63);
        Self {
            low: self.low >> bits,
            high: self.high >> bits,
        }
    }

    /// Whether every member fits `i32`.
    pub fn fits_i32(self) -> bool {
        i32::try_from(self.low).is_ok() && i32::try_from(self.high).is_ok()
    }
}

/// Bits of the narrowest signed integer, 1 at least, that holds `keys`: they are in
/// `[-2^(width-1), 2^(width-1))`.
pub fn key_width(keys: Interval) -> u8 {
    let magnitude = |value: i64| 64 - (if value < 0 { !value } else { value }).leading_zeros();
    (magnitude(keys.low).max(magnitude(keys.high)) + 1) as u8
}

/// The interval of `sum_k weights[k] * x_k` over all `x_k` in `range` or 0, each on its own: a row
/// of a Gemm or the filter of an output channel. Exact.
pub fn row_interval(weights: &[i16], range: Range) -> Interval {
    let (mut positive, mut negative) = (0i64, 0i64);
    // 2^15 weights of 16 bits sum up in 32, which is faster.
    for weights in weights.chunks(1 << 15) {
        let (mut above, mut below) = (0i32, 0i32);
        for &weight in weights {
            above += i32::from(weight.max(0));
            below += i32::from(weight.min(0));
        }
        positive += i64::from(above);
        negative += i64::from(below);
    }
    Interval::scaled(range, positive).plus(Interval::scaled(range, negative))
}

/// What [`Model::new`](crate::Model::new) proved about a linear node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinearBounds {
    /// The node.
    pub node: u16,
    /// The interval of the accumulator of each padded channel, spatial pads included.
    pub channels: Vec<Interval>,
}

impl LinearBounds {
    /// The interval of all accumulators.
    pub fn accumulator(&self) -> Interval {
        self.channels
            .iter()
            .copied()
            .reduce(Interval::hull)
            .unwrap_or_default()
    }
}

/// The sums of one channel of a linear node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelInterval {
    /// Holds the accumulator of every padded cell of the channel.
    pub accumulator: Interval,
    /// Holds every sum of some of the summands, bias included or not: what has to fit 32 bits.
    pub partial: Interval,
}

/// The intervals of each padded channel of a linear node.
///
/// `operands` has, for each term, the range of its input and its unpadded weights (none for
/// [`Term::Scale`]), as in [`Parameters::weights`](crate::Parameters::weights); `bias` has one
/// value a logical channel, or none.
pub fn channel_intervals(
    linear: &Linear,
    operands: &[(Range, &[i16])],
    bias: &[i32],
) -> Vec<ChannelInterval> {
    let logical = linear.shape.channels.max(1) as usize;
    let padded = logical.next_power_of_two();
    let mut terms = vec![Interval::default(); padded];
    for (term, (range, weights)) in linear.terms.iter().zip(operands) {
        if let Term::Scale { factor, .. } = term {
            // The only kind that pad channels have: those have neither weights nor bias.
            let interval = Interval::scaled(*range, i64::from(*factor));
            terms.iter_mut().for_each(|sum| *sum = sum.plus(interval));
        } else {
            let rows = weights.chunks((weights.len() / logical).max(1));
            for (sum, row) in terms.iter_mut().zip(rows).take(logical) {
                *sum = sum.plus(row_interval(row, *range));
            }
        }
    }
    let bias = bias
        .iter()
        .map(|&bias| i64::from(bias))
        .chain(core::iter::repeat(0));
    terms
        .into_iter()
        .zip(bias)
        .map(|(terms, bias)| ChannelInterval {
            accumulator: terms.shifted(bias),
            partial: terms.plus(Interval {
                low: bias.min(0),
                high: bias.max(0),
            }),
        })
        .collect()
}
