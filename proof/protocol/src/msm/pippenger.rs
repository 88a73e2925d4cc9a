// SPDX-License-Identifier: Apache-2.0
//! Multi-scalar multiplication of points that are not known in advance: what a verification costs.
//!
//! **Halving the scalars** (Gallant, Lambert, Vanstone). The endomorphism `phi(x, y) = (beta x, y)` is multiplication by `-x^2` on G1, where
//! `x` is the curve's parameter and `x^2` has 128 bits. With `s = low + high x^2` one has `s P = low P - high phi(P)`: twice the points,
//! half the digits. Outside G1 the result differs by an element of the cofactor subgroup, which [`super::backend`] allows.
//!
//! **Windows.** Each half is written in signed digits of `c` bits. A digit puts its point into the bucket of its window and absolute value, and
//! the buckets of all windows are summed together, so that field inversions are shared ([`super::batch_affine`]). The weighted sum of a
//! window's buckets `v = 2^h a + b` follows by sums alone: over the buckets with equal `a` and with equal `b`, then over those
//! whose `a` (or `b`) has a certain bit. One point is left for each bit of the scalars, and a double-and-add chain combines them.
//! About seven field multiplications an addition, no other group formulas but in that chain.
//!
//! References: Gallant, Lambert, Vanstone, Crypto 2001; Bernstein, Doumen, Lange, Oosterwijk, *Faster batch forgery
//! identification*, Indocrypt 2012.

use super::batch_affine::Scratch;
use alloc::vec::Vec;
use ark_bls12_381::{g1, Fr, G1Affine, G1Projective};
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ff::{AdditiveGroup, PrimeField, Zero};

/// The square of the curve's parameter: `phi` is multiplication by its negative.
const X_SQUARE: u128 = 0xac45_a401_0001_a402_0000_0001_0000_0000;

/// Bits of a half scalar, and one more for the last carry.
const HALF_BITS: usize = 129;

/// Terms that are held at a time: bounds the memory to about 4 MB whatever the number of points.
const MAX_TERMS: usize = 1 << 15;

/// `sum_i scalars[i] * points[i]` up to an element of the cofactor subgroup if a point has such a component; the shorter
/// slice counts. The points must be on the curve.
pub fn msm(points: &[G1Affine], scalars: &[Fr]) -> G1Projective {
    let terms = 2 * points.len().min(scalars.len());
    let window = window_bits(terms);
    let windows = HALF_BITS.div_ceil(window);
    let mut halves = Vec::with_capacity(terms);
    // By half, then by window.
    let mut digits = Vec::with_capacity(terms * windows);
    for (point, scalar) in points.iter().zip(scalars) {
        let (low, high) = split(scalar);
        halves.push(*point);
        signed_digits(low, window, &mut digits);
        halves.push(-g1::Config::endomorphism_affine(point));
        signed_digits(high, window, &mut digits);
    }
    // As many windows at a time as the memory allows.
    let step = (MAX_TERMS / terms.max(1)).clamp(1, windows);
    let mut sum = G1Projective::zero();
    let mut scratch = Scratch::default();
    for first in (0..windows).step_by(step).rev() {
        let count = step.min(windows - first);
        let digits = digits
            .chunks_exact(windows)
            .filter_map(|d| d.get(first..first + count));
        let terms = halves.iter().zip(digits);
        for point in bit_sums(terms, window, count, &mut scratch).iter().rev() {
            sum.double_in_place();
            sum += point;
        }
    }
    sum
}

/// The window width that needs the fewest additions for this many half scalars.
fn window_bits(terms: usize) -> usize {
    let additions = |c: usize| HALF_BITS.div_ceil(c) * (terms + (1 << c) + c * (1 << (c / 2)) / 2);
    (4..=12).min_by_key(|c| additions(*c)).unwrap_or(4)
}

/// `(low, high)` with `scalar = low + high x^2`, both below 2^128.
fn split(scalar: &Fr) -> (u128, u128) {
    let [a, b, c, d] = scalar.into_bigint().0;
    let join = |low: u64, high: u64| u128::from(low) | u128::from(high) << 64;
    // Long division, a bit at a time. The remainder starts below 2^127 < x^2 because the scalar has 255 bits.
    let (mut quotient, mut remainder, mut rest) = (0u128, join(c, d), join(a, b));
    for _ in 0..128 {
        let overflow = remainder >> 127 == 1;
        remainder = remainder << 1 | rest >> 127;
        rest <<= 1;
        quotient <<= 1;
        if overflow || remainder >= X_SQUARE {
            remainder = remainder.wrapping_sub(X_SQUARE);
            quotient |= 1;
        }
    }
    (remainder, quotient)
}

/// The sums with the weights 1, 2, 4, ..., `2^(window * count - 1)` that make up the weighted sum of the terms, which are points with the
/// same `count` successive digits each.
fn bit_sums<'a>(
    terms: impl Iterator<Item = (&'a G1Affine, &'a [i16])> + Clone,
    window: usize,
    count: usize,
    scratch: &mut Scratch,
) -> Vec<G1Affine> {
    // Bucket v of each window, bucket 0 being for digits that are zero.
    let half = 1usize << (window - 1);
    let per_window = half + 1;
    let mut counts = alloc::vec![0u32; count * per_window];
    for (_, digits) in terms.clone() {
        for (w, digit) in digits.iter().enumerate() {
            counts[w * per_window + usize::from(digit.unsigned_abs())] += 1;
        }
    }
    // Zero digits take no place.
    (0..count).for_each(|w| counts[w * per_window] = 0);
    let mut next = starts(&counts);
    let total = counts.iter().map(|c| *c as usize).sum();
    let mut points = alloc::vec![G1Affine::identity(); total];
    for (point, digits) in terms {
        for (w, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
            let next = &mut next[w * per_window + usize::from(digit.unsigned_abs())];
            points[*next] = if *digit < 0 { -*point } else { *point };
            *next += 1;
        }
    }
    scratch.sum_groups(&mut points, &mut counts);

    // By high and by low part of the bucket's index v <= 2^(window - 1): `2 * side` groups a window.
    let low_bits = window / 2;
    let side = (half >> low_bits).max((1 << low_bits) - 1) + 1;
    let filled = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count == 1)
        .map(|(i, _)| i);
    let groups = |i: usize, out: &mut Vec<usize>| {
        let (w, v) = (i / per_window, i % per_window);
        let (a, b) = (v >> low_bits, v & ((1 << low_bits) - 1));
        // Index zero has weight zero.
        out.extend((a != 0).then_some((2 * w + 1) * side + a));
        out.extend((b != 0).then_some(2 * w * side + b));
    };
    let (points, counts) = regroup(filled, &points, 2 * count * side, groups, scratch);

    // By bit: index a of the high part has weight 2^low_bits a.
    let filled = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count == 1)
        .map(|(i, _)| i);
    let groups = |i: usize, out: &mut Vec<usize>| {
        let (w, index) = (i / (2 * side), i % side);
        let (start, bits) = if i / side % 2 == 1 {
            (low_bits, window - low_bits)
        } else {
            (0, low_bits)
        };
        let set = (0..bits).filter(|bit| index >> bit & 1 == 1);
        out.extend(set.map(|bit| w * window + start + bit));
    };
    let (points, counts) = regroup(filled, &points, count * window, groups, scratch);
    let mut points = points.into_iter();
    let sum = |count| if count == 1 { points.next() } else { None };
    counts
        .into_iter()
        .map(sum)
        .map(|sum| sum.unwrap_or(G1Affine::identity()))
        .collect()
}

/// Puts each point, whose index is the corresponding item of `indices`, into the groups that `groups` lists for that
/// index, and sums the groups.
fn regroup(
    indices: impl Iterator<Item = usize> + Clone,
    points: &[G1Affine],
    num_groups: usize,
    groups: impl Fn(usize, &mut Vec<usize>),
    scratch: &mut Scratch,
) -> (Vec<G1Affine>, Vec<u32>) {
    let mut counts = alloc::vec![0u32; num_groups];
    let mut members = Vec::new();
    for index in indices.clone() {
        members.clear();
        groups(index, &mut members);
        members.iter().for_each(|group| counts[*group] += 1);
    }
    let mut next = starts(&counts);
    let total = counts.iter().map(|count| *count as usize).sum();
    let mut grouped = alloc::vec![G1Affine::identity(); total];
    for (index, point) in indices.zip(points) {
        members.clear();
        groups(index, &mut members);
        for group in &members {
            grouped[next[*group]] = *point;
            next[*group] += 1;
        }
    }
    scratch.sum_groups(&mut grouped, &mut counts);
    (grouped, counts)
}

/// The index at which each group starts when groups of these sizes follow each other.
fn starts(counts: &[u32]) -> Vec<usize> {
    let mut end = 0;
    let start = |count: &u32| {
        let start = end;
        end += *count as usize;
        start
    };
    counts.iter().map(start).collect()
}

/// The signed digits of a scalar, least significant first: each in `(-2^(window - 1), 2^(window - 1)]`.
fn signed_digits(scalar: u128, window: usize, digits: &mut Vec<i16>) {
    let half = 1i32 << (window - 1);
    let mask = (1u128 << window) - 1;
    let mut carry = 0;
    for j in 0..HALF_BITS.div_ceil(window) {
        let bits = scalar.checked_shr((j * window) as u32).unwrap_or(0) & mask;
        let digit = bits as i32 + carry;
        carry = i32::from(digit > half);
        // At most 2^12 in absolute value.
        digits.push((digit - (carry << window)) as i16);
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::srs::G1;
    use crate::testing::scalars;
    use ark_bls12_381::Fq;
    use ark_ec::{CurveGroup, VariableBaseMSM};
    use ark_ff::{BigInt, Field, One};

    fn points(count: usize) -> Vec<G1Affine> {
        let points: Vec<G1Projective> = scalars(99, count).iter().map(|s| G1 * s).collect();
        G1Projective::normalize_batch(&points)
    }

    fn assert_like_arkworks(points: &[G1Affine], scalars: &[Fr]) {
        let expected = G1Projective::msm(points, scalars).unwrap();
        assert_eq!(msm(points, scalars), expected, "{} points", points.len());
    }

    #[test]
    fn agree_with_arkworks_for_any_number_of_points() {
        for count in [0, 1, 2, 3, 7, 20, 64, 65, 150, 700, 2500] {
            assert_like_arkworks(&points(count), &scalars(count as u64, count));
        }
    }

    #[test]
    fn handle_extreme_scalars_and_special_points() {
        let x_square = Fr::from(X_SQUARE);
        let minus = -Fr::one();
        let extremes = [
            Fr::zero(),
            Fr::one(),
            minus,
            x_square,
            x_square - Fr::one(),
            -x_square,
            Fr::from(u128::MAX),
            Fr::from(1u128 << 127),
            Fr::from(2).inverse().unwrap(),
            Fr::new(BigInt([u64::MAX, 0, u64::MAX, 0])),
        ];
        for scalar in extremes {
            assert_like_arkworks(&[G1], &[scalar]);
            assert_like_arkworks(&[G1Affine::identity(), G1, -G1], &[scalar; 3]);
        }
        assert_like_arkworks(&points(10), &extremes);
        // Equal points and scalars: every bucket sum is a doubling or cancels.
        assert_like_arkworks(&[G1; 40], &[extremes[8]; 40]);
        let alternating: Vec<G1Affine> =
            (0..40).map(|i| if i % 2 == 0 { G1 } else { -G1 }).collect();
        assert_like_arkworks(&alternating, &[extremes[8]; 40]);
        assert_like_arkworks(&[G1Affine::identity(); 5], &scalars(1, 5));
    }

    #[test]
    fn ignore_the_excess_of_the_longer_list() {
        assert_eq!(msm(&[G1, G1], &[Fr::from(3)]), G1 * Fr::from(3));
        assert_eq!(msm(&[G1], &[Fr::from(3), Fr::from(5)]), G1 * Fr::from(3));
    }

    #[test]
    fn split_scalars_by_the_square_of_the_parameter() {
        let parameter = 0xd201_0000_0001_0000u128;
        assert_eq!(X_SQUARE, parameter * parameter);
        for scalar in scalars(1, 50).into_iter().chain([Fr::zero(), -Fr::one()]) {
            let (low, high) = split(&scalar);
            assert!(low < X_SQUARE);
            assert_eq!(Fr::from(low) + Fr::from(high) * Fr::from(X_SQUARE), scalar);
        }
        let image = g1::Config::endomorphism_affine(&G1);
        assert_eq!(image, G1 * -Fr::from(X_SQUARE));
    }

    #[test]
    fn represent_scalars_by_small_digits() {
        for window in 4..=12 {
            for scalar in [
                0,
                1,
                u128::MAX,
                1 << 127,
                X_SQUARE,
                0x8888 << 64,
                u128::MAX / 3,
            ] {
                let mut digits = Vec::new();
                signed_digits(scalar, window, &mut digits);
                let half = 1 << (window - 1);
                assert!(digits.iter().all(|digit| -half < *digit && *digit <= half));
                let base = Fr::from(1u64 << window);
                let sum = digits
                    .iter()
                    .rev()
                    .fold(Fr::zero(), |sum, d| sum * base + Fr::from(*d));
                assert_eq!(sum, Fr::from(scalar), "{window}");
            }
        }
    }

    /// The sum is right after projection onto the subgroup: multiplied by the cofactor, what is outside vanishes.
    #[test]
    fn be_right_up_to_the_cofactor_subgroup() {
        let outside = G1Affine::new_unchecked(Fq::zero(), Fq::from(2u64));
        let inside = points(30);
        let shifted: Vec<G1Affine> = inside
            .iter()
            .map(|p| (*p + outside).into_affine())
            .collect();
        let s = scalars(7, 30);
        let difference = msm(&shifted, &s) - msm(&inside, &s);
        // The point (0, 2) has order three.
        assert_eq!(difference + difference + difference, G1Projective::zero());
        assert!(msm(&shifted, &s).into_affine().is_on_curve());
    }
}
