// SPDX-License-Identifier: Apache-2.0
//! Sums of field elements times small integers, reduced once at the end.
//!
//! A product with a 16-bit integer needs no modular reduction until many have been added: here the eight 32-bit limbs of the
//! Montgomery form are multiplied and accumulated in eight signed 64-bit lanes, which neither a 64-bit machine nor
//! WebAssembly (it has no 64 by 64 bit product) needs a carry for. On a 64-bit machine a product costs about an eighth of a
//! field multiplication, twice that if the integers have more than 16 bits. The verifier evaluates public inputs and
//! outputs this way, the prover binds variables of weights and activations.

use super::eq::{eq_table, split_low};
#[cfg(feature = "prover")]
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{BigInt, Zero};

/// An integer type of at most 32 bits, signed or not.
pub trait SmallInt: Copy + Send + Sync {
    /// Whether values outside `[-2^16, 2^16]` exist, so that they are multiplied in two halves.
    const WIDE: bool;
    /// The value.
    fn to_i64(self) -> i64;
}

macro_rules! small_int {
    ($($int:ty: $wide:expr),*) => {$(
        impl SmallInt for $int {
            const WIDE: bool = $wide;
            fn to_i64(self) -> i64 {
                i64::from(self)
            }
        }
    )*};
}
small_int!(bool: false, u8: false, i8: false, u16: false, i16: false, u32: true, i32: true);

/// Products that fit in a lane: each is below `2^32 * 2^16`, so `2^14` of them are below `2^62`.
const BATCH: usize = 1 << 14;

/// The limbs of the Montgomery form of an element.
type Limbs = [u32; 8];

fn limbs(element: &Fr) -> Limbs {
    let [a, b, c, d] = element.0 .0;
    let low = |x: u64| (x & 0xffff_ffff) as u32;
    let high = |x: u64| (x >> 32) as u32;
    [
        low(a),
        high(a),
        low(b),
        high(b),
        low(c),
        high(c),
        low(d),
        high(d),
    ]
}

/// `sum element * integer` over at most [`BATCH`] products, unreduced.
#[derive(Clone, Copy, Default)]
struct Lanes([i64; 8]);

impl Lanes {
    #[inline(always)]
    fn add(&mut self, limbs: &Limbs, factor: i64) {
        for (lane, limb) in self.0.iter_mut().zip(limbs) {
            *lane = lane.wrapping_add(i64::from(*limb).wrapping_mul(factor));
        }
    }

    /// The element whose Montgomery form is the sum modulo `r`.
    fn reduce(&self) -> Fr {
        // Carry into 32-bit limbs; what is left is the signed multiple of 2^256.
        let mut carry = 0i64;
        let mut words = [0u64; 8];
        for (word, lane) in words.iter_mut().zip(self.0) {
            let sum = lane.wrapping_add(carry);
            *word = (sum & 0xffff_ffff) as u64;
            carry = sum >> 32;
        }
        let [a, b, c, d, e, f, g, h] = words;
        // 248 bits are below r, so they are a Montgomery form as they stand; the rest is a small multiple of 2^248.
        let low = BigInt([
            a | b << 32,
            c | d << 32,
            e | f << 32,
            g | (h & 0x00ff_ffff) << 32,
        ]);
        let high = carry.wrapping_mul(1 << 8).wrapping_add((h >> 24) as i64);
        const TOP: Fr = Fr::new_unchecked(BigInt([0, 0, 0, 1 << 56]));
        Fr::new_unchecked(low) + TOP * Fr::from(high)
    }
}

/// A sum of products with integers of up to 32 bits: 16 low bits (unsigned) and the rest apart when the type is wide.
#[derive(Clone, Copy, Default)]
struct Sum {
    low: Lanes,
    high: Lanes,
}

impl Sum {
    #[inline(always)]
    fn add<T: SmallInt>(&mut self, limbs: &Limbs, value: T) {
        let value = value.to_i64();
        if T::WIDE {
            self.low.add(limbs, value & 0xffff);
            self.high.add(limbs, value >> 16);
        } else {
            self.low.add(limbs, value);
        }
    }

    fn reduce<T: SmallInt>(&self) -> Fr {
        if T::WIDE {
            self.low.reduce() + self.high.reduce() * Fr::from(1u64 << 16)
        } else {
            self.low.reduce()
        }
    }
}

/// `sum_i elements[i] * integers[i]`; the shorter slice counts.
pub fn dot<T: SmallInt>(elements: &[Fr], integers: &[T]) -> Fr {
    let mut total = Fr::zero();
    for (elements, integers) in elements.chunks(BATCH).zip(integers.chunks(BATCH)) {
        let mut sum = Sum::default();
        for (element, integer) in elements.iter().zip(integers) {
            sum.add(&limbs(element), *integer);
        }
        total += sum.reduce::<T>();
    }
    total
}

/// The value at `point` of the multilinear polynomial with these values, of which a missing tail is zero and an excess over `2^n`
/// ignored. Costs a lazy product a value and `O(2^(n/2))` field multiplications.
pub fn evaluate<T: SmallInt>(values: &[T], point: &[Fr]) -> Fr {
    let (high, low) = split_low(point, point.len().div_ceil(2));
    let (high, low) = (eq_table(high), eq_table(low));
    #[cfg(feature = "prover")]
    if values.len() >= 8 * crate::parallel::MIN_LEN {
        use rayon::prelude::*;
        let rows = values.par_chunks(low.len()).zip(&high);
        return rows.map(|(row, weight)| dot(&low, row) * weight).sum();
    }
    values
        .chunks(low.len())
        .zip(&high)
        .map(|(row, weight)| dot(&low, row) * weight)
        .sum()
}

/// Binds the low variables of a matrix of small integers: `out[i] = sum_j values[i * row_len + j] * weights[j]`, where
/// `weights` is usually an eq table of length `row_len`. A last row that is short counts as filled up with zeros.
#[cfg(feature = "prover")]
pub fn bind_low<T: SmallInt>(values: &[T], row_len: usize, weights: &[Fr]) -> Vec<Fr> {
    use rayon::prelude::*;
    let row_len = row_len.max(1);
    let rows_a_task = (8 * crate::parallel::MIN_LEN).div_ceil(row_len);
    let rows = values.par_chunks(row_len).with_min_len(rows_a_task);
    rows.map(|row| dot(weights, row)).collect()
}

/// Binds the high variables of a matrix of small integers: `out[j] = sum_i weights[i] * values[i * row_len + j]`, of length `row_len`,
/// where `weights` is usually an eq table. Missing cells count as zeros.
#[cfg(feature = "prover")]
pub fn bind_high<T: SmallInt>(values: &[T], row_len: usize, weights: &[Fr]) -> Vec<Fr> {
    use rayon::prelude::*;
    /// Columns whose sums stay in the first-level cache.
    const TILE: usize = 128;
    let weights: Vec<Limbs> = weights.iter().map(limbs).collect();
    let mut out = alloc::vec![Fr::zero(); row_len];
    out.par_chunks_mut(TILE)
        .enumerate()
        .for_each(|(tile, out)| {
            let start = tile * TILE;
            for (batch, weights) in weights.chunks(BATCH).enumerate() {
                let mut sums = alloc::vec![Sum::default(); out.len()];
                for (i, weight) in weights.iter().enumerate() {
                    let row = (batch * BATCH + i) * row_len;
                    let begin = (row + start).min(values.len());
                    let end = (row + start + out.len()).min(values.len());
                    for (sum, value) in sums.iter_mut().zip(&values[begin..end]) {
                        sum.add(weight, *value);
                    }
                }
                out.iter_mut()
                    .zip(&sums)
                    .for_each(|(out, sum)| *out += sum.reduce::<T>());
            }
        });
    out
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::testing::scalars;
    use ark_ff::One;

    fn naive<T: SmallInt>(elements: &[Fr], integers: &[T]) -> Fr {
        elements
            .iter()
            .zip(integers)
            .map(|(e, i)| *e * Fr::from(i.to_i64()))
            .sum()
    }

    #[test]
    fn sum_extreme_products() {
        // The largest Montgomery form there is, and the smallest.
        let largest = Fr::new_unchecked(BigInt([
            0xffff_ffff_0000_0000,
            0x53bd_a402_fffe_5bfe,
            0x3339_d808_09a1_d805,
            0x73ed_a753_299d_7d48,
        ]));
        assert!((largest + Fr::new_unchecked(BigInt([1, 0, 0, 0]))).is_zero());
        for element in [largest, Fr::zero(), Fr::one(), -Fr::one()] {
            let elements = alloc::vec![element; 2 * BATCH + 3];
            let check = |integer: i32| {
                let integers = alloc::vec![integer; elements.len()];
                let expected = element * Fr::from(integer) * Fr::from(elements.len() as u64);
                assert_eq!(dot(&elements, &integers), expected, "{integer}");
                if let Ok(short) = i16::try_from(integer) {
                    let integers = alloc::vec![short; elements.len()];
                    assert_eq!(dot(&elements, &integers), expected, "{integer}");
                }
                if let Ok(short) = u16::try_from(integer) {
                    let integers = alloc::vec![short; elements.len()];
                    assert_eq!(dot(&elements, &integers), expected, "{integer}");
                }
            };
            [i32::MIN, -65537, -32768, -1, 0, 1, 32767, 65535, i32::MAX]
                .into_iter()
                .for_each(check);
            let integers = alloc::vec![u32::MAX; elements.len()];
            assert_eq!(dot(&elements, &integers), naive(&elements, &integers));
        }
    }

    #[test]
    fn sum_mixed_signs() {
        let elements = scalars(1, 1000);
        let integers: Vec<i32> = (0..1000)
            .map(|i: i32| i.wrapping_mul(0x9e37_79b9_u32 as i32))
            .collect();
        assert_eq!(dot(&elements, &integers), naive(&elements, &integers));
        let bytes: Vec<i8> = integers.iter().map(|i| (*i >> 24) as i8).collect();
        assert_eq!(dot(&elements, &bytes), naive(&elements, &bytes));
        let bits: Vec<bool> = integers.iter().map(|i| *i < 0).collect();
        assert_eq!(dot(&elements, &bits), naive(&elements, &bits));
        assert_eq!(dot::<u8>(&elements, &[]), Fr::zero());
    }

    #[test]
    fn evaluate_with_missing_tail() {
        for (n, len) in [(0, 0), (0, 1), (1, 2), (4, 11), (5, 32), (15, 20000)] {
            let values: Vec<i16> = (0..len).map(|i| (i * 7919) as i16).collect();
            let point = scalars(2, n);
            assert_eq!(evaluate(&values, &point), naive(&eq_table(&point), &values));
        }
    }

    #[cfg(feature = "prover")]
    #[test]
    fn bind_rows_and_columns() {
        for (rows, columns) in [(1, 1), (3, 5), (4, 300), (BATCH + 5, 2)] {
            let values: Vec<i16> = (0..rows * columns).map(|i| (i * 7919) as i16).collect();
            // Missing cells count as zeros.
            let values = &values[..rows * columns - columns / 2];
            let cell = |i: usize, j: usize| {
                Fr::from(i64::from(
                    values.get(i * columns + j).copied().unwrap_or_default(),
                ))
            };
            let weights = scalars(3, columns);
            let bound = bind_low(values, columns, &weights);
            for (i, out) in bound.iter().enumerate() {
                assert_eq!(*out, (0..columns).map(|j| cell(i, j) * weights[j]).sum());
            }
            let weights = scalars(4, rows);
            let bound = bind_high(values, columns, &weights);
            assert_eq!(bound.len(), columns);
            for (j, out) in bound.iter().enumerate() {
                assert_eq!(*out, (0..rows).map(|i| cell(i, j) * weights[i]).sum());
            }
        }
    }
}
