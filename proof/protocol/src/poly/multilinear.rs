// SPDX-License-Identifier: Apache-2.0
//! A multilinear polynomial as the vector of its `2^n` values on the hypercube.

use super::eq::split_low;
use super::small::SmallInt;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::Zero;

/// A multilinear polynomial in `n` variables, given by `2^n` values; index bit order as in [`crate::poly`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multilinear(Vec<Fr>);

impl Multilinear {
    /// Takes the values, filled up with zeros to the next power of two (one value at least).
    pub fn new(mut values: Vec<Fr>) -> Self {
        values.resize(values.len().next_power_of_two(), Fr::zero());
        Self(values)
    }

    /// The values of small integers, filled up with zeros to `2^num_vars`.
    pub fn from_small<T: SmallInt>(values: &[T], num_vars: usize) -> Self {
        let mut field: Vec<Fr> = Vec::with_capacity(1 << num_vars);
        field.extend(
            values
                .iter()
                .take(1 << num_vars)
                .map(|v| Fr::from(v.to_i64())),
        );
        field.resize(1 << num_vars, Fr::zero());
        Self(field)
    }

    /// The number of variables.
    pub fn num_vars(&self) -> usize {
        self.0.len().trailing_zeros() as usize
    }

    /// The values in index order.
    pub fn values(&self) -> &[Fr] {
        &self.0
    }

    /// The values in index order.
    pub fn into_values(self) -> Vec<Fr> {
        self.0
    }

    /// The two halves: the values where the top variable is 0 and where it is 1. Of a constant, the constant and nothing.
    pub fn halves(&self) -> (&[Fr], &[Fr]) {
        self.0.split_at(self.0.len().div_ceil(2))
    }

    /// Fixes the most significant variable to `r`, in place; a constant stays as it is.
    pub fn bind_top(&mut self, r: Fr) {
        bind_top(&mut self.0, r);
    }

    /// The value at `point`, by binding one variable after the other: `2^n` multiplications.
    pub fn evaluate(&self, point: &[Fr]) -> Fr {
        evaluate(&self.0, point)
    }

    /// The constant that is left when all variables are bound (the first value otherwise).
    pub fn constant(&self) -> Fr {
        self.0.first().copied().unwrap_or_default()
    }
}

/// Fixes the most significant variable of the values of a multilinear polynomial to `r`, in place, and halves the vector.
pub fn bind_top(values: &mut Vec<Fr>, r: Fr) {
    let half = values.len() / 2;
    if half == 0 {
        return;
    }
    let (low, high) = values.split_at_mut(half);
    #[cfg(feature = "prover")]
    {
        use rayon::prelude::*;
        let pairs = low
            .par_iter_mut()
            .zip(high.par_iter())
            .with_min_len(crate::parallel::MIN_LEN);
        pairs.for_each(|(low, high)| *low = super::arithmetic::interpolate(low, high, &r));
    }
    #[cfg(not(feature = "prover"))]
    low.iter_mut()
        .zip(high.iter())
        .for_each(|(low, high)| *low += (*high - *low) * r);
    values.truncate(half);
}

/// The value at `point` of the multilinear polynomial with these values, of which a missing tail is zero and an excess over
/// `2^n` ignored. Splits the point so that the cost is one multiplication a value and `O(2^(n/2))` memory.
pub fn evaluate(values: &[Fr], point: &[Fr]) -> Fr {
    let (high, low) = split_low(point, point.len().div_ceil(2));
    let (high, low) = (super::eq::eq_table(high), super::eq::eq_table(low));
    let dot = |a: &[Fr], b: &[Fr]| a.iter().zip(b).map(|(a, b)| *a * b).sum::<Fr>();
    #[cfg(feature = "prover")]
    if values.len() >= crate::parallel::MIN_LEN {
        use rayon::prelude::*;
        let rows = values.par_chunks(low.len()).zip(&high);
        return rows.map(|(row, weight)| dot(row, &low) * weight).sum();
    }
    values
        .chunks(low.len())
        .zip(&high)
        .map(|(row, weight)| dot(row, &low) * weight)
        .sum()
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::testing::scalars;

    #[test]
    fn evaluate_as_by_binding() {
        for n in 0..12 {
            let values = scalars(1, 1 << n);
            let point = scalars(2, n);
            let mut bound = Multilinear::new(values.clone());
            assert_eq!(bound.num_vars(), n);
            let value = bound.evaluate(&point);
            point.iter().for_each(|r| bound.bind_top(*r));
            assert_eq!(bound.values(), &[value]);
            assert_eq!(bound.constant(), value);
            bound.bind_top(point.first().copied().unwrap_or_default());
            assert_eq!(bound.constant(), value);
        }
    }

    #[test]
    fn take_a_missing_tail_as_zero() {
        let mut values = scalars(1, 16);
        let point = scalars(2, 4);
        let short = evaluate(&values[..5], &point);
        values[5..].fill(Fr::zero());
        assert_eq!(short, evaluate(&values, &point));
        assert_eq!(Multilinear::new(values[..5].to_vec()).num_vars(), 3);
        assert_eq!(Multilinear::new(Vec::new()).values(), &[Fr::zero()]);
    }

    #[test]
    fn agree_with_small_integers() {
        let values: Vec<i16> = (0..13).map(|i| i * 1000 - 5000).collect();
        let point = scalars(2, 4);
        let polynomial = Multilinear::from_small(&values, 4);
        assert_eq!(
            polynomial.evaluate(&point),
            crate::poly::small::evaluate(&values, &point)
        );
    }
}
