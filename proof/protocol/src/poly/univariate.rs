// SPDX-License-Identifier: Apache-2.0
//! Univariate polynomials of small degree: the messages of a sumcheck.

use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{MontFp, Zero};

/// `1/2`.
pub const HALF: Fr =
    MontFp!("26217937587563095239723870254092982918845276250263818911301829349969290592257");
/// `1/3`.
pub const THIRD: Fr =
    MontFp!("34957250116750793652965160338790643891793701667018425215069105799959054123009");

/// The value at `x` of the polynomial with these coefficients, constant term first.
pub fn evaluate(coefficients: &[Fr], x: Fr) -> Fr {
    coefficients
        .iter()
        .rev()
        .fold(Fr::zero(), |sum, c| sum * x + c)
}

/// The message for a round polynomial: all coefficients but the linear one, which the claim `p(0) + p(1)` determines.
pub fn compress(coefficients: &[Fr]) -> impl Iterator<Item = Fr> + '_ {
    coefficients
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != 1)
        .map(|(_, c)| *c)
}

/// `p(x)` of the polynomial with `p(0) + p(1) = claim` and the coefficients `message` = constant term, quadratic term, ...
pub fn evaluate_compressed(message: &[Fr], claim: Fr, x: Fr) -> Fr {
    let Some((constant, higher)) = message.split_first() else {
        return claim * HALF;
    };
    let linear = claim - constant - constant - higher.iter().sum::<Fr>();
    (evaluate(higher, x) * x + linear) * x + constant
}

/// The coefficients of the polynomial `q` of degree `D <= 4` from `q(0)`, `q(1)`, `q(-1)` (used if `D >= 3`), `q(2)` (if `D = 4`) and its
/// leading coefficient (if `D >= 2`), the "value at infinity".
pub fn interpolate(degree: usize, at: &Values) -> Vec<Fr> {
    let c0 = at.zero;
    match degree {
        0 => alloc::vec![c0],
        1 => alloc::vec![c0, at.one - c0],
        2 => alloc::vec![c0, at.one - c0 - at.infinity, at.infinity],
        3 => {
            let c3 = at.infinity;
            let c2 = (at.one + at.minus_one) * HALF - c0;
            let c1 = (at.one - at.minus_one) * HALF - c3;
            alloc::vec![c0, c1, c2, c3]
        }
        _ => {
            let c4 = at.infinity;
            let c2 = (at.one + at.minus_one) * HALF - c0 - c4;
            // c1 + c3, and c1 + 4 c3.
            let odd = (at.one - at.minus_one) * HALF;
            let odd4 = (at.two - c0) * HALF - (c2 + c4 * Fr::from(4)) * Fr::from(2);
            let c3 = (odd4 - odd) * THIRD;
            alloc::vec![c0, odd - c3, c2, c3, c4]
        }
    }
}

/// Values of a polynomial from which [`interpolate`] finds its coefficients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// At 0.
    pub zero: Fr,
    /// At 1.
    pub one: Fr,
    /// At -1.
    pub minus_one: Fr,
    /// At 2.
    pub two: Fr,
    /// The leading coefficient.
    pub infinity: Fr,
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::testing::scalars;
    use ark_ff::One;

    #[test]
    fn interpolate_every_degree() {
        for degree in 0..=4 {
            let coefficients = scalars(degree as u64, degree + 1);
            let at = |x: i64| evaluate(&coefficients, Fr::from(x));
            let values = Values {
                zero: at(0),
                one: at(1),
                minus_one: at(-1),
                two: at(2),
                infinity: coefficients[degree],
            };
            assert_eq!(interpolate(degree, &values), coefficients);
        }
    }

    #[test]
    fn recover_the_linear_term_from_the_claim() {
        for degree in 1..=5 {
            let coefficients = scalars(degree as u64, degree + 1);
            let claim = coefficients[0] + evaluate(&coefficients, Fr::one());
            let message: Vec<Fr> = compress(&coefficients).collect();
            assert_eq!(message.len(), degree);
            let x = Fr::from(77);
            assert_eq!(
                evaluate_compressed(&message, claim, x),
                evaluate(&coefficients, x)
            );
        }
        // A constant has no linear term.
        let c = Fr::from(5);
        assert_eq!(evaluate_compressed(&[c], c + c, Fr::from(9)), c);
        assert_eq!(evaluate_compressed(&[], c + c, Fr::from(9)), c);
    }
}
