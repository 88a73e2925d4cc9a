// SPDX-License-Identifier: Apache-2.0
//! Closed forms of the multilinear extensions of table columns, so that neither side commits to them and the verifier never
//! walks a table: `O(w)` multiplications at a point of `w` coordinates.
//!
//! Row `j` of a table over signed keys of `w` bits has the key `j - 2^(w-1)`. The most significant bit of `j` is then one for
//! the keys that are not negative, and its other bits are the low bits of the key's two's complement.

use ark_bls12_381::Fr;
use ark_ff::{Field, One, Zero};

/// The column `j` at a point: the multilinear extension of the row's index.
pub fn index(point: &[Fr]) -> Fr {
    point.iter().fold(Fr::zero(), |sum, r| sum + sum + r)
}

/// The column `j - 2^(w-1)` at a point of `w` coordinates: the signed keys. Without coordinates, 0.
pub fn signed_key(point: &[Fr]) -> Fr {
    match point.split_first() {
        Some((_, low)) => index(point) - power_of_two(low.len()),
        None => Fr::zero(),
    }
}

fn power_of_two(exponent: usize) -> Fr {
    Fr::from(2).pow([exponent as u64])
}

/// The table of `clamp(2^split k + h) = base(k) + pass(k) h` for signed keys `k` of `width` bits and every `h` in `[0, 2^split)`. Where
/// the interval `[2^split k, 2^split (k + 1))` lies in the clamp's image, `base = 2^split k` and `pass = 1`; else `pass = 0` and `base`
/// is the nearer end of the image.
///
/// With `split = 0`, `base` is the clamp itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clamp {
    width: usize,
    split: usize,
    low: i32,
    high: i32,
    /// `base = 2^split k` for `k` in `[-2^inner, 2^inner)`, or in `[0, 2^inner)` if no key below 0 is in the image.
    inner: usize,
}

impl Clamp {
    /// A clamp to `[low, high]`. `None` unless that is `[0, 2^b - 1]` or `[-2^(b-1), 2^(b-1) - 1]`, `1 <= b <= 31`, each side of
    /// zero a multiple of `2^split` wide, and `1 <= width <= 31`, `width + split <= 62`.
    pub fn new(width: usize, split: usize, low: i32, high: i32) -> Option<Self> {
        let side = i64::from(high) + 1;
        let symmetric = i64::from(low) == -side;
        if !(low == 0 || symmetric) || side < 1 || side.count_ones() != 1 {
            return None;
        }
        let inner = (side.trailing_zeros() as usize).checked_sub(split)?;
        // [0, 0] is no image of `b >= 1` bits, [-1, 0] is.
        let empty = low == 0 && high == 0;
        if empty || !(1..=31).contains(&width) || width + split > 62 {
            return None;
        }
        Some(Self {
            width,
            split,
            low,
            high,
            inner: inner.min(width - 1),
        })
    }

    /// Bits of the key: variables of the columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// `(base, pass)` of a key.
    pub fn row(&self, key: i32) -> (i32, bool) {
        let start = i64::from(key) << self.split;
        let end = start + (1 << self.split) - 1;
        let (low, high) = (i64::from(self.low), i64::from(self.high));
        let pass = low <= start && end <= high;
        // In range: both ends of the image are `i32`.
        (start.clamp(low, high) as i32, pass)
    }

    /// The multilinear extensions of `(base, pass)` at a point.
    ///
    /// For keys that are not negative, with `Z` the product of `1 - r_i` over the bits from `inner` up and `V` the value of the lower bits:
    /// `base = Z 2^split V + (1 - Z) high`, `pass = Z`. For negative ones, with `A` the product of the `r_i` instead:
    /// `base = A 2^split (V - 2^inner) + (1 - A) low`, `pass = A`, or both 0 if the image has no negative value.
    /// Each product ranges over distinct variables, so these are multilinear, and they agree with the table on its rows.
    pub fn columns(&self, point: &[Fr]) -> (Fr, Fr) {
        let one = Fr::one();
        let Some((sign, magnitude)) = point.split_first() else {
            return (Fr::zero(), Fr::zero());
        };
        let (outer, inner) = crate::poly::eq::split_low(magnitude, self.inner);
        let value = index(inner);
        let step = power_of_two(self.split);
        let zeros: Fr = outer.iter().map(|r| one - r).product();
        let high = Fr::from(self.high);
        let mut base = *sign * (zeros * (step * value - high) + high);
        let mut pass = *sign * zeros;
        if self.low < 0 {
            let ones: Fr = outer.iter().product();
            let low = Fr::from(self.low);
            let shifted = step * (value - power_of_two(self.inner));
            base += (one - sign) * (ones * (shifted - low) + low);
            pass += (one - sign) * ones;
        }
        (base, pass)
    }
}

/// The columns `(h, s h, s)` of the table of all `h` in `[0, 2^split)` and `s` in `{0, 1}`, at a point of `split + 1` coordinates. Row
/// `2^split s + h`.
pub fn select(point: &[Fr]) -> (Fr, Fr, Fr) {
    match point.split_first() {
        Some((s, low)) => {
            let h = index(low);
            (h, *s * h, *s)
        }
        None => (Fr::zero(), Fr::zero(), Fr::zero()),
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::poly::multilinear::evaluate;
    use crate::testing::scalars;
    use alloc::vec::Vec;

    fn extension(width: usize, column: impl Fn(i64) -> i64, point: &[Fr]) -> Fr {
        let values: Vec<Fr> = (0..1i64 << width).map(|j| Fr::from(column(j))).collect();
        evaluate(&values, point)
    }

    #[test]
    fn enumerate_indices_and_keys() {
        for width in 0..8 {
            let point = scalars(width as u64, width);
            assert_eq!(index(&point), extension(width, |j| j, &point));
            let half = (1i64 << width) / 2;
            assert_eq!(signed_key(&point), extension(width, |j| j - half, &point));
        }
    }

    #[test]
    fn clamp_every_width_image_and_split() {
        for width in 1..10 {
            let point = scalars(width as u64, width);
            let half = 1i64 << (width - 1);
            for bits in 1..12 {
                let side = 1i64 << (bits - 1);
                for (low, high) in [(0, 2 * side - 1), (-side, side - 1)] {
                    for split in 0..bits {
                        let clamp = Clamp::new(width, split, low as i32, high as i32);
                        let one_sided = if low < 0 { bits - 1 } else { bits };
                        let Some(clamp) = clamp else {
                            assert!(split > one_sided);
                            continue;
                        };
                        let (base, pass) = clamp.columns(&point);
                        let row = |j: i64| clamp.row((j - half) as i32);
                        assert_eq!(base, extension(width, |j| row(j).0.into(), &point));
                        assert_eq!(pass, extension(width, |j| row(j).1.into(), &point));
                        // And the table is what it is for.
                        for key in -half..half {
                            let (base, pass) = clamp.row(key as i32);
                            for h in 0..1i64 << split {
                                let clamped = ((key << split) + h).clamp(low, high);
                                assert_eq!(clamped, i64::from(base) + i64::from(pass) * h);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn refuse_other_images() {
        for (low, high) in [
            (0, 0),
            (0, 254),
            (1, 255),
            (-128, 128),
            (-127, 127),
            (0, -1),
            (-256, 127),
        ] {
            assert_eq!(Clamp::new(8, 0, low, high), None, "{low} {high}");
        }
        assert_eq!(Clamp::new(0, 0, 0, 255), None);
        assert_eq!(Clamp::new(32, 0, 0, 255), None);
        // A part of an interval would have to be clamped.
        assert_eq!(Clamp::new(8, 9, 0, 255), None);
        assert_eq!(Clamp::new(8, 8, -128, 127), None);
        assert!(Clamp::new(8, 7, -128, 127).is_some());
        assert_eq!(
            Clamp::new(31, 31, 0, i32::MAX).map(|clamp| clamp.row(-1)),
            Some((0, false))
        );
    }

    #[test]
    fn select_or_suppress_the_low_part() {
        for split in 0..6 {
            let point = scalars(split as u64, split + 1);
            let (h, sh, s) = select(&point);
            let size = 1i64 << split;
            assert_eq!(h, extension(split + 1, |j| j % size, &point));
            assert_eq!(sh, extension(split + 1, |j| j % size * (j / size), &point));
            assert_eq!(s, extension(split + 1, |j| j / size, &point));
        }
    }
}
