// SPDX-License-Identifier: Apache-2.0
//! Sums of points in affine coordinates with shared inversions.
//!
//! An affine addition takes a field inversion and three multiplications; Montgomery's trick replaces the inversions of independent
//! additions by one inversion and three multiplications each. With a few hundred additions at a time the total is six
//! multiplications an addition, against eleven (mixed) or sixteen in Jacobian coordinates.
//!
//! The formulas are complete: identity, doubling and inverse points are told apart, so the result is the group law's for any points of
//! `E(Fq)`, equal ones and points outside the prime-order subgroup included.
//!
//! Reference: Montgomery, *Speeding the Pollard and elliptic curve methods of factorization*.

use alloc::vec::Vec;
use ark_bls12_381::{Fq, G1Affine};
use ark_ff::{AdditiveGroup, BigInt, Field, One, PrimeField, Zero};

/// `a - b`. arkworks branches on the sign, which is random here, and every second misprediction discards the work on the
/// multiplications around it; a mask decides instead.
#[inline(always)]
fn sub(a: &Fq, b: &Fq) -> Fq {
    let (a, b) = (a.0 .0, b.0 .0);
    let mut limbs = [0u64; 6];
    let mut borrow = false;
    for ((limb, a), b) in limbs.iter_mut().zip(a).zip(b) {
        let (difference, first) = a.overflowing_sub(b);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        (*limb, borrow) = (difference, first | second);
    }
    let mask = u64::from(borrow).wrapping_neg();
    let mut carry = false;
    for (limb, modulus) in limbs.iter_mut().zip(Fq::MODULUS.0) {
        let (sum, first) = limb.overflowing_add(modulus & mask);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        (*limb, carry) = (sum, first | second);
    }
    // Both are Montgomery forms below the modulus, and so is their difference.
    Fq::new_unchecked(BigInt(limbs))
}

/// The denominator of the slope with which `a` and `b` are added: of the chord if their abscissae differ, of the tangent
/// if they are equal, and one if no slope is needed because one is the identity or they are inverse to each other.
#[inline(always)]
fn denominator(a: &G1Affine, b: &G1Affine) -> Fq {
    if a.infinity || b.infinity {
        Fq::one()
    } else if a.x != b.x {
        sub(&b.x, &a.x)
    } else if a.y == b.y && !a.y.is_zero() {
        a.y.double()
    } else {
        Fq::one()
    }
}

/// `a + b`, given the inverse of their [`denominator`].
#[inline(always)]
fn add(a: &G1Affine, b: &G1Affine, inverse: &Fq) -> G1Affine {
    let slope = if a.infinity {
        return *b;
    } else if b.infinity {
        return *a;
    } else if a.x != b.x {
        sub(&b.y, &a.y) * inverse
    } else if a.y == b.y && !a.y.is_zero() {
        let square = a.x.square();
        (square.double() + square) * inverse
    } else {
        return G1Affine::identity();
    };
    let x = sub(&sub(&slope.square(), &a.x), &b.x);
    G1Affine {
        x,
        y: sub(&(slope * sub(&a.x, &x)), &a.y),
        infinity: false,
    }
}

/// Buffers that successive sums reuse.
#[derive(Default)]
pub struct Scratch {
    /// Index of the first point of each pair.
    pairs: Vec<u32>,
    /// The denominator of each pair's slope.
    denominators: Vec<Fq>,
    /// Prefix products of the denominators, then their inverses.
    inverses: Vec<Fq>,
}

impl Scratch {
    /// Sums each group of points. `points` holds the groups one after the other, `counts[g]` the size of group `g`; afterwards
    /// `points` holds one sum for each non-empty group in order, and its count is one. The counts must add up to the
    /// number of points (fewer than 2^32): an excess of points is dropped, a count beyond them cut.
    pub fn sum_groups(&mut self, points: &mut Vec<G1Affine>, counts: &mut [u32]) {
        let mut left = u32::try_from(points.len()).unwrap_or(u32::MAX);
        for count in counts.iter_mut() {
            *count = (*count).min(left);
            left -= *count;
        }
        while counts.iter().any(|count| *count > 1) {
            self.halve_groups(points, counts);
        }
        points.truncate(counts.iter().map(|count| *count as usize).sum());
    }

    /// One round: adds neighbours in each group.
    fn halve_groups(&mut self, points: &mut [G1Affine], counts: &mut [u32]) {
        self.pairs.clear();
        let mut start = 0;
        for count in counts.iter() {
            self.pairs
                .extend((0..count / 2).map(|pair| start + 2 * pair));
            start += count;
        }
        self.invert_denominators(|pair| {
            let first = pair as usize;
            denominator(&points[first], &points[first + 1])
        });
        let (mut read, mut write, mut pair) = (0, 0, 0);
        for count in counts.iter_mut() {
            for _ in 0..*count / 2 {
                points[write] = add(&points[read], &points[read + 1], &self.inverses[pair]);
                (read, write, pair) = (read + 2, write + 1, pair + 1);
            }
            if *count % 2 == 1 {
                points[write] = points[read];
                (read, write) = (read + 1, write + 1);
            }
            *count = count.div_ceil(2);
        }
    }

    /// Adds `others[i]` to `points[i]`; the shorter slice counts.
    pub fn add_pairwise(&mut self, points: &mut [G1Affine], others: &[G1Affine]) {
        let len = points.len().min(others.len());
        self.pairs.clear();
        self.pairs.extend(0..len as u32);
        self.invert_denominators(|i| denominator(&points[i as usize], &others[i as usize]));
        for ((point, other), inverse) in points.iter_mut().zip(others).zip(&self.inverses) {
            *point = add(point, other, inverse);
        }
    }

    /// Doubles every point.
    pub fn double_all(&mut self, points: &mut [G1Affine]) {
        self.pairs.clear();
        self.pairs.extend(0..points.len() as u32);
        self.invert_denominators(|i| denominator(&points[i as usize], &points[i as usize]));
        for (point, inverse) in points.iter_mut().zip(&self.inverses) {
            *point = add(point, point, inverse);
        }
    }

    /// Sets `inverses` to the inverses of the denominators of `pairs`, none of which is zero.
    fn invert_denominators(&mut self, denominator: impl Fn(u32) -> Fq) {
        self.denominators.clear();
        self.denominators
            .extend(self.pairs.iter().map(|pair| denominator(*pair)));
        let mut product = Fq::one();
        self.inverses.clear();
        self.inverses.reserve(self.denominators.len());
        for denominator in &self.denominators {
            self.inverses.push(product);
            product *= denominator;
        }
        let mut inverse = product.inverse().unwrap_or_default();
        let prefixes = self.inverses.iter_mut();
        for (denominator, prefix) in self.denominators.iter().zip(prefixes).rev() {
            *prefix *= inverse;
            inverse *= denominator;
        }
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use ark_bls12_381::{Fr, G1Projective};
    use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};

    fn point(k: i64) -> G1Affine {
        (G1Projective::generator() * Fr::from(k)).into_affine()
    }

    #[test]
    fn subtract_like_arkworks() {
        let values = [
            Fq::zero(),
            Fq::one(),
            -Fq::one(),
            Fq::from(7u64),
            point(5).x,
            point(6).y,
        ];
        for a in &values {
            for b in &values {
                assert_eq!(sub(a, b), *a - *b);
            }
        }
    }

    #[test]
    fn add_every_kind_of_pair() {
        let two_torsion_free = [-2, -1, 0, 1, 2, 3];
        for a in two_torsion_free {
            for b in two_torsion_free {
                let mut points = alloc::vec![point(a), point(b)];
                Scratch::default().sum_groups(&mut points, &mut [2]);
                assert_eq!(points, [point(a + b)], "{a} + {b}");
                let mut points = alloc::vec![point(a), point(b)];
                Scratch::default().add_pairwise(&mut points, &[point(b), point(a)]);
                assert_eq!(points, [point(a + b); 2]);
            }
            let mut points = alloc::vec![point(a), point(7)];
            Scratch::default().double_all(&mut points);
            assert_eq!(points, [point(2 * a), point(14)]);
        }
    }

    #[test]
    fn add_points_outside_the_subgroup() {
        // (0, 2) has order three.
        let t = G1Affine::new_unchecked(Fq::zero(), Fq::from(2u64));
        assert!(t.is_on_curve() && !t.is_in_correct_subgroup_assuming_on_curve());
        let mut points = alloc::vec![t, t, t, point(5), t];
        let mut counts = [3, 0, 2];
        Scratch::default().sum_groups(&mut points, &mut counts);
        assert_eq!(counts, [1, 0, 1]);
        assert_eq!(points, [G1Affine::zero(), (point(5) + t).into_affine()]);
    }

    #[test]
    fn sum_groups_of_all_sizes() {
        let mut scratch = Scratch::default();
        let sizes = [0u32, 1, 2, 3, 0, 7, 8, 9, 31, 0];
        let mut next = 0;
        let mut points = Vec::new();
        let mut sums = Vec::new();
        for size in sizes {
            let values: Vec<i64> = (0..size as i64).map(|i| (next + i) * 37 % 11 - 5).collect();
            next += 100;
            points.extend(values.iter().map(|v| point(*v)));
            if size > 0 {
                sums.push(point(values.iter().sum()));
            }
        }
        let mut counts = sizes;
        scratch.sum_groups(&mut points, &mut counts);
        assert_eq!(points, sums);
        assert_eq!(counts, sizes.map(|s| s.min(1)));
        // Counts beyond the points are cut.
        let mut points = alloc::vec![point(1), point(2)];
        let mut counts = [1, 4, 2];
        scratch.sum_groups(&mut points, &mut counts);
        assert_eq!(
            (points, counts),
            (alloc::vec![point(1), point(2)], [1, 1, 0])
        );
    }
}
