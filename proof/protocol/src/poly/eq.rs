// SPDX-License-Identifier: Apache-2.0
//! The multilinear extension of equality, `eq(r, x) = prod_i (r_i x_i + (1 - r_i)(1 - x_i))`: the Lagrange basis of the
//! hypercube. (Thaler, *Proofs, Arguments, and Zero-Knowledge*, section 3.5.)

use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{One, Zero};

/// `eq(a, b)`; three additions and a multiplication for each variable, one more to combine. Points of different lengths have no
/// equality: the shorter one's length counts, so callers check lengths first.
pub fn eq(a: &[Fr], b: &[Fr]) -> Fr {
    debug_assert_eq!(a.len(), b.len());
    let mut product = Fr::one();
    for (a, b) in a.iter().zip(b) {
        product *= eq1(*a, *b);
    }
    product
}

/// `eq` of two single coordinates.
pub fn eq1(a: Fr, b: Fr) -> Fr {
    let ab = a * b;
    ab + ab + Fr::one() - a - b
}

/// `eq(point, bits)` where the bits of the integer are the Boolean point, the least significant one last; no
/// multiplication is spent on a bit but to combine. Bits beyond the point's length are ignored.
pub fn eq_bits(point: &[Fr], bits: u64) -> Fr {
    let mut product = Fr::one();
    for (i, r) in point.iter().rev().enumerate() {
        let bit = u32::try_from(i)
            .ok()
            .and_then(|i| bits.checked_shr(i))
            .unwrap_or(0)
            & 1;
        product *= if bit == 1 { *r } else { Fr::one() - r };
    }
    product
}

/// `eq(point, 0...0) = prod (1 - r_i)`.
pub fn eq_zero(point: &[Fr]) -> Fr {
    eq_bits(point, 0)
}

/// Splits a point before its last `low` coordinates: `(prefix, suffix)`. A shorter point is all suffix.
pub fn split_low(point: &[Fr], low: usize) -> (&[Fr], &[Fr]) {
    point.split_at(point.len().saturating_sub(low))
}

/// The last `low` coordinates of a point.
pub fn suffix(point: &[Fr], low: usize) -> &[Fr] {
    split_low(point, low).1
}

/// `scale * eq(point, x)` for every `x`, `2^n` values in index order, for `2^n` multiplications. The caller bounds `n`.
pub fn eq_table_scaled(point: &[Fr], scale: Fr) -> Vec<Fr> {
    let mut table = Vec::with_capacity(1 << point.len());
    table.push(scale);
    // From the least significant variable up: each step doubles the table upwards.
    for r in point.iter().rev() {
        extend(&mut table, *r);
    }
    table
}

/// [`eq_table_scaled`] with scale one.
pub fn eq_table(point: &[Fr]) -> Vec<Fr> {
    eq_table_scaled(point, Fr::one())
}

/// Adds `r` as the most significant variable of an eq table.
fn extend(table: &mut Vec<Fr>, r: Fr) {
    let half = table.len();
    table.resize(2 * half, Fr::zero());
    let (low, high) = table.split_at_mut(half);
    #[cfg(feature = "prover")]
    if half >= crate::parallel::MIN_LEN {
        use rayon::prelude::*;
        let min = crate::parallel::MIN_LEN;
        low.par_iter_mut()
            .zip(high)
            .with_min_len(min)
            .for_each(|(l, h)| split(l, h, r));
        return;
    }
    low.iter_mut().zip(high).for_each(|(l, h)| split(l, h, r));
}

fn split(low: &mut Fr, high: &mut Fr, r: Fr) {
    *high = *low * r;
    *low -= *high;
}

/// `eq(w, x)` as the sumcheck prover needs it (Gruen, ePrint 2024/108; Dao and Thaler, ePrint 2024/1210): while
/// variable `i` is being bound, the factor of the variables before it is a scalar, the factor of variable `i` is a linear polynomial
/// that stays outside the sum, and the factor of the variables after it is the outer product of two tables of about the
/// square root of the size, so that the whole costs `O(2^(n/2))` to set up instead of `O(2^n)`.
#[cfg(feature = "prover")]
#[derive(Clone, Debug)]
pub struct SplitEq {
    point: Vec<Fr>,
    bound: usize,
    scalar: Fr,
    /// Tables of the suffixes of the first half of the point, the shortest (no variable) first.
    high: Vec<Vec<Fr>>,
    /// The same for the second half.
    low: Vec<Vec<Fr>>,
}

#[cfg(feature = "prover")]
impl SplitEq {
    /// `scale * eq(point, .)` with no variable bound.
    pub fn new(point: &[Fr], scale: Fr) -> Self {
        let suffixes = |point: &[Fr]| {
            let mut tables = alloc::vec![alloc::vec![Fr::one()]];
            for r in point.iter().rev() {
                let mut table = tables[tables.len() - 1].clone();
                extend(&mut table, *r);
                tables.push(table);
            }
            tables
        };
        let (high, low) = point.split_at(point.len() / 2);
        Self {
            point: point.to_vec(),
            bound: 0,
            scalar: scale,
            high: suffixes(high),
            low: suffixes(low),
        }
    }

    /// The coordinate of the point for the variable that is bound next, if one is left.
    pub fn current(&self) -> Option<Fr> {
        self.point.get(self.bound).copied()
    }

    /// The scale times the factor of all bound variables.
    pub fn scalar(&self) -> Fr {
        self.scalar
    }

    /// Two tables `(h, l)`: for `x` over the variables after the current one, `eq = h[x >> log l] * l[x mod l.len()]`.
    pub fn tables(&self) -> (&[Fr], &[Fr]) {
        let left = self.point.len().saturating_sub(self.bound + 1);
        let low = left.min(self.low.len() - 1);
        (&self.high[left - low], &self.low[low])
    }

    /// Fixes the current variable; without one, nothing happens.
    pub fn bind(&mut self, r: Fr) {
        if let Some(w) = self.current() {
            self.scalar *= eq1(w, r);
            self.bound += 1;
        }
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::testing::scalars;

    #[test]
    fn tabulate_and_evaluate_equality() {
        for n in 0..6 {
            let r = scalars(1, n);
            let table = eq_table(&r);
            assert_eq!(table.len(), 1 << n);
            for (x, value) in table.iter().enumerate() {
                let bits: Vec<Fr> = (0..n)
                    .map(|i| Fr::from((x >> (n - 1 - i)) as u64 & 1))
                    .collect();
                assert_eq!(*value, eq(&r, &bits));
                assert_eq!(*value, eq_bits(&r, x as u64));
            }
            assert_eq!(table[0], eq_zero(&r));
            assert_eq!(table.iter().sum::<Fr>(), Fr::one());
        }
    }

    #[test]
    fn split_points_from_the_right() {
        let r = scalars(2, 5);
        assert_eq!(split_low(&r, 2), (&r[..3], &r[3..]));
        assert_eq!(split_low(&r, 9), (&r[..0], &r[..]));
        assert_eq!(suffix(&r, 0), &[]);
    }

    #[cfg(feature = "prover")]
    #[test]
    fn factor_into_two_tables_at_every_round() {
        for n in 0..7 {
            let w = scalars(3, n);
            let r = scalars(4, n);
            let mut split = SplitEq::new(&w, Fr::from(3));
            for i in 0..n {
                assert_eq!(split.current(), Some(w[i]));
                assert_eq!(split.scalar(), Fr::from(3) * eq(&w[..i], &r[..i]));
                let (high, low) = split.tables();
                let product: Vec<Fr> = high
                    .iter()
                    .flat_map(|h| low.iter().map(move |l| *h * l))
                    .collect();
                assert_eq!(product, eq_table(&w[i + 1..]));
                split.bind(r[i]);
            }
            assert_eq!(split.current(), None);
            assert_eq!(split.scalar(), Fr::from(3) * eq(&w, &r));
        }
    }
}
