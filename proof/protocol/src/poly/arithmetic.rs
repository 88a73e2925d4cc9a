// SPDX-License-Identifier: Apache-2.0
//! Field arithmetic for the prover's inner loops: without branches, and without reductions that a sum can do without.
//!
//! arkworks compares before it adds back or subtracts the modulus. On random data such a branch is often mispredicted, and
//! what is thrown away then is most of a multiplication: binding a variable took three times as long. Here masks decide. All
//! values are Montgomery forms below the modulus, as in arkworks, with `R = 2^256`; note that `r < 0.46 R`.

use ark_bls12_381::{Fr, FrConfig};
use ark_ff::{BigInt, MontConfig, PrimeField};

type Limbs = [u64; 4];

const MODULUS: Limbs = Fr::MODULUS.0;
/// `-1 / r` modulo 2^64.
const INV: u64 = <FrConfig as MontConfig<4>>::INV;

/// `acc + a b + carry` as `(low, high)`.
#[inline(always)]
fn multiply_add(acc: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    // At most (2^64 - 1)^2 + 2 (2^64 - 1) = 2^128 - 1.
    let sum = u128::from(acc) + u128::from(a) * u128::from(b) + u128::from(carry);
    (sum as u64, (sum >> 64) as u64)
}

/// `a + b` modulo 2^(64 N).
#[inline(always)]
fn add_limbs<const N: usize>(a: [u64; N], b: [u64; N]) -> [u64; N] {
    let (mut sum, mut carry) = ([0; N], false);
    for i in 0..N {
        let (s, c) = a[i].overflowing_add(b[i]);
        let (s, d) = s.overflowing_add(u64::from(carry));
        (sum[i], carry) = (s, c | d);
    }
    sum
}

/// `a - b` modulo 2^256, and whether it is negative.
#[inline(always)]
fn sub_limbs(a: Limbs, b: Limbs) -> (Limbs, bool) {
    let (mut difference, mut borrow) = ([0; 4], false);
    for i in 0..4 {
        let (s, c) = a[i].overflowing_sub(b[i]);
        let (s, d) = s.overflowing_sub(u64::from(borrow));
        (difference[i], borrow) = (s, c | d);
    }
    (difference, borrow)
}

/// Adds the modulus to a difference if it is negative.
#[inline(always)]
fn add_back((difference, negative): (Limbs, bool)) -> Limbs {
    let mask = u64::from(negative).wrapping_neg();
    add_limbs(difference, MODULUS.map(|limb| limb & mask))
}

/// `a` modulo `r`, for `a < 2 r`.
#[inline(always)]
fn subtract_modulus(a: Limbs) -> Limbs {
    add_back(sub_limbs(a, MODULUS))
}

/// `a b / R` modulo `r`, for `a < r` and `b < 2 r`. (Coarsely integrated operand scanning: Koc, Acar, Kaliski 1996.)
#[inline(always)]
fn montgomery_multiply(a: Limbs, b: Limbs) -> Limbs {
    let mut sum = [0u64; 4];
    for b in b {
        // sum = (sum + a b_i + factor r) / 2^64, which stays below a + r < R.
        let (low, mut carry) = multiply_add(sum[0], a[0], b, 0);
        let factor = low.wrapping_mul(INV);
        let (_, mut reduction) = multiply_add(low, factor, MODULUS[0], 0);
        for j in 1..4 {
            let limb;
            (limb, carry) = multiply_add(sum[j], a[j], b, carry);
            (sum[j - 1], reduction) = multiply_add(limb, factor, MODULUS[j], reduction);
        }
        sum[3] = carry.wrapping_add(reduction);
    }
    // Below 2 r^2 / R + r < 2 r.
    subtract_modulus(sum)
}

/// `a b`, 512 bits.
#[inline(always)]
fn multiply(a: &Fr, b: &Fr) -> [u64; 8] {
    let (a, b) = (&a.0 .0, &b.0 .0);
    let mut product = [0u64; 8];
    for i in 0..4 {
        let mut carry = 0;
        for j in 0..4 {
            (product[i + j], carry) = multiply_add(product[i + j], a[i], b[j], carry);
        }
        product[i + 4] = carry;
    }
    product
}

/// `a / R` modulo `r`, for `a <= 2 r^2`.
#[inline(always)]
fn montgomery_reduce(mut a: [u64; 8]) -> Limbs {
    let mut extra = 0;
    for i in 0..4 {
        // Adding this multiple of r makes limb i zero.
        let factor = a[i].wrapping_mul(INV);
        let mut carry = 0;
        for j in 0..4 {
            (a[i + j], carry) = multiply_add(a[i + j], factor, MODULUS[j], carry);
        }
        (a[i + 4], extra) = multiply_add(a[i + 4], extra, 1, carry);
    }
    // Below 2 r^2 / R + r < 2 r.
    let [_, _, _, _, high @ ..] = a;
    subtract_modulus(high)
}

#[inline(always)]
fn element(limbs: Limbs) -> Fr {
    Fr::new_unchecked(BigInt(limbs))
}

/// `a + b`.
#[inline(always)]
pub(crate) fn add(a: &Fr, b: &Fr) -> Fr {
    element(subtract_modulus(add_limbs(a.0 .0, b.0 .0)))
}

/// `a - b`.
#[inline(always)]
pub(crate) fn sub(a: &Fr, b: &Fr) -> Fr {
    element(add_back(sub_limbs(a.0 .0, b.0 .0)))
}

/// `a b`.
#[inline(always)]
pub(crate) fn mul(a: &Fr, b: &Fr) -> Fr {
    element(montgomery_multiply(a.0 .0, b.0 .0))
}

/// `low + t (high - low)`: the value between two cells of a multilinear polynomial.
#[inline(always)]
pub(crate) fn interpolate(low: &Fr, high: &Fr, t: &Fr) -> Fr {
    // high + r - low, between 0 and 2 r, is as good a factor as its residue.
    let (slope, _) = sub_limbs(add_limbs(high.0 .0, MODULUS), low.0 .0);
    add(&element(montgomery_multiply(t.0 .0, slope)), low)
}

/// `a b + c d`, reduced once.
#[inline(always)]
pub(crate) fn mul_add_mul(a: &Fr, b: &Fr, c: &Fr, d: &Fr) -> Fr {
    element(montgomery_reduce(add_limbs(multiply(a, b), multiply(c, d))))
}

/// `sum a b` over up to 2^64 products, unreduced: 576 bits, the least significant limb first. A product takes two
/// thirds of the time of a multiplication.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wide([u64; 9]);

impl Wide {
    /// Adds a product.
    #[inline(always)]
    pub(crate) fn add_product(&mut self, a: &Fr, b: &Fr) {
        let mut carry = 0;
        for (limb, add) in self.0.iter_mut().zip(multiply(a, b)) {
            (*limb, carry) = multiply_add(*limb, add, 1, carry);
        }
        self.0[8] = self.0[8].wrapping_add(carry);
    }

    /// The sum modulo `r`.
    pub(crate) fn reduce(&self) -> Fr {
        // Montgomery's reduction, here of 576 bits to less than 2^320.
        let mut sum = self.0;
        for i in 0..4 {
            let factor = sum[i].wrapping_mul(INV);
            let mut carry = 0;
            for j in 0..4 {
                (sum[i + j], carry) = multiply_add(sum[i + j], factor, MODULUS[j], carry);
            }
            for limb in &mut sum[i + 4..] {
                (*limb, carry) = multiply_add(*limb, carry, 1, 0);
            }
        }
        // 248 bits are below r, so they are a Montgomery form as they stand; the rest is a multiple of 2^248 below 2^72.
        let [_, _, _, _, a, b, c, d, e] = sum;
        let low = element([a, b, c, d & (u64::MAX >> 8)]);
        const TOP: Fr = Fr::new_unchecked(BigInt([0, 0, 0, 1 << 56]));
        low + TOP * Fr::from(u128::from(e) << 8 | u128::from(d >> 56))
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::testing::scalars;
    use ark_ff::{One, Zero};

    /// Random elements and those at the ends of the range of Montgomery forms.
    fn elements() -> alloc::vec::Vec<Fr> {
        let smallest = element([1, 0, 0, 0]);
        let mut elements = scalars(1, 12);
        elements.extend([Fr::zero(), smallest, -smallest, Fr::one(), -Fr::one()]);
        elements
    }

    #[test]
    fn agree_with_arkworks() {
        let elements = elements();
        for a in &elements {
            for b in &elements {
                assert_eq!(add(a, b), *a + b);
                assert_eq!(sub(a, b), *a - b);
                assert_eq!(mul(a, b), *a * b);
                for c in &elements {
                    assert_eq!(interpolate(a, b, c), *a + *c * (*b - a));
                    for d in &elements {
                        assert_eq!(mul_add_mul(a, b, c, d), *a * b + *c * d);
                    }
                }
            }
        }
    }

    #[test]
    fn sum_products_late() {
        let (mut wide, mut sum) = (Wide::default(), Fr::zero());
        assert_eq!(wide.reduce(), sum);
        let elements = elements();
        for (i, a) in elements.iter().enumerate() {
            for b in elements.iter().cycle().skip(i).take(100) {
                wide.add_product(a, b);
                sum += *a * b;
                assert_eq!(wide.reduce(), sum);
            }
        }
    }

    #[test]
    fn reduce_a_sum_of_many() {
        // 2^573, of the 2^573.7 that 2^64 products come to.
        let mut limbs = [u64::MAX; 9];
        limbs[8] >>= 3;
        // The sum is R times the Montgomery form, which is R times the element.
        let two_64 = Fr::from(1u128 << 64);
        let sum = limbs
            .iter()
            .rev()
            .fold(Fr::zero(), |sum, limb| sum * two_64 + Fr::from(*limb));
        let r_inverse = element([1, 0, 0, 0]);
        assert_eq!(Wide(limbs).reduce(), sum * r_inverse * r_inverse);
    }
}
