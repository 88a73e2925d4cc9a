// SPDX-License-Identifier: Apache-2.0
//! The verifier's elliptic-curve work behind a trait.
//!
//! **Points of a proof are checked to lie on the curve, not in the prime-order subgroup.** `E(Fq) = G1 x H` with
//! `|H| = h`, the cofactor `(x - 1)^2 / 3`, coprime to `r`. Write `pi` for the projection onto G1, a homomorphism. The
//! verifier does two things with a proof's points: it adds multiples of them, and it pairs two results with points of
//! G2. For `Q` in G2, the map `P -> e(P, Q)` is the reduced Tate pairing `f_{r,Q}(P)^((q^12 - 1) / r)` up to a fixed
//! exponent: a homomorphism from the whole of `E(Fq)` to the `r`-th roots of unity, because the Tate pairing takes that
//! argument modulo `r E`. An element of `H` has order coprime to `r`, so its image is one, and `e(P, Q) = e(pi(P), Q)`.
//! Hence, for the same challenges, the verifier's decision depends on the projected points alone. A prover that sends points
//! outside G1 only chooses among encodings of the points in G1 for which soundness is proved: each encoding gives other
//! challenges, as any other choice of a message does. What is lost is uniqueness: to the last point of a proof, after which no challenge is
//! drawn, anyone can add an element of `H`. Nothing may use a proof's bytes as an identifier. Points of a *verifying key*
//! are checked for the subgroup once, when the key is made.
//!
//! What an implementation of [`Backend`] must respect: its sums have to be right after projection, `pi(msm(P, s)) = sum s_i pi(P_i)`, for
//! any points on the curve. Complete or well-guarded group formulas have that property. So does the endomorphism
//! `phi(x, y) = (beta x, y)`: it commutes with `pi` and is multiplication by `lambda` on G1, so replacing `lambda P` by `phi(P)` changes
//! the sum by elements of `H` only.
//!
//! Reference: Galbraith, *Mathematics of Public Key Cryptography*, chapter 26; Hess, Smart, Vercauteren, *The Eta pairing revisited*, IEEE
//! Trans. Inf. Theory 52 (2006).

use super::pippenger;
use ark_bls12_381::{Bls12_381, Fr, G1Affine, G2Affine};
use ark_ec::pairing::Pairing;
use ark_ec::CurveGroup;
use ark_ff::Zero;

/// Elliptic-curve operations of the verifier. See the [module](self) for what holds for points outside the subgroup.
pub trait Backend {
    /// `sum_i scalars[i] * points[i]`; the shorter slice counts. The points are on the curve.
    fn msm(points: &[G1Affine], scalars: &[Fr]) -> G1Affine;

    /// Whether `e(a, p) * e(b, q) = 1` for points `a`, `b` on the curve and `p`, `q` in G2.
    fn pairing_check(left: (G1Affine, G2Affine), right: (G1Affine, G2Affine)) -> bool;
}

/// Arkworks' field arithmetic and pairing with this crate's multi-scalar multiplication ([`super::pippenger`]): portable code
/// for a runtime without host functions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arkworks;

impl Backend for Arkworks {
    fn msm(points: &[G1Affine], scalars: &[Fr]) -> G1Affine {
        pippenger::msm(points, scalars).into_affine()
    }

    fn pairing_check(left: (G1Affine, G2Affine), right: (G1Affine, G2Affine)) -> bool {
        Bls12_381::multi_pairing([left.0, right.0], [left.1, right.1]).is_zero()
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::srs::{G1, G2, TAU_G2};
    use crate::testing::scalars;
    use alloc::vec::Vec;
    use ark_bls12_381::{Fq, G1Projective};
    use ark_ec::AffineRepr;
    use ark_ff::{One, PrimeField};

    /// Points of `H`: one of order three, and `r` times points with small abscissae.
    pub(crate) fn outside_the_subgroup() -> Vec<G1Affine> {
        let t = G1Affine::new_unchecked(Fq::zero(), Fq::from(2u64));
        let by_abscissa = |x: u64| {
            let point = G1Affine::get_point_from_x_unchecked(Fq::from(x), false)?;
            Some(double_and_add(point, &Fr::MODULUS.0))
        };
        [t].into_iter()
            .chain((1..20).filter_map(by_abscissa))
            .collect()
    }

    /// Multiplication by an integer without arkworks' endomorphism.
    fn double_and_add(point: G1Affine, limbs: &[u64]) -> G1Affine {
        let mut sum = G1Projective::zero();
        for bit in (0..limbs.len() * 64).rev() {
            sum += sum;
            if limbs[bit / 64] >> (bit % 64) & 1 == 1 {
                sum += point;
            }
        }
        sum.into_affine()
    }

    #[test]
    fn pair_the_projection_onto_the_subgroup() {
        let outside = outside_the_subgroup();
        assert!(outside.len() > 5);
        let one = Bls12_381::pairing(G1Affine::zero(), G2);
        for h in outside {
            assert!(h.is_on_curve() && !h.is_in_correct_subgroup_assuming_on_curve());
            assert_eq!(Bls12_381::pairing(h, G2), one);
            assert_eq!(Bls12_381::pairing(h, TAU_G2), one);
            let sum = (G1 + h).into_affine();
            assert_ne!(sum, G1);
            assert_eq!(
                Bls12_381::pairing(sum, TAU_G2),
                Bls12_381::pairing(G1, TAU_G2)
            );
            assert!(Arkworks::pairing_check((sum, G2), (-G1, G2)));
            assert!(!Arkworks::pairing_check((sum, G2), (-G1, TAU_G2)));
        }
    }

    fn sum_points_outside_the_subgroup<B: Backend>() {
        let outside = outside_the_subgroup();
        for len in [1, 2, 5, 40, 200] {
            let s = scalars(len as u64, len);
            let inside: Vec<G1Affine> =
                (0..len as u64).map(|k| (G1 * Fr::from(k)).into()).collect();
            let points: Vec<G1Affine> = inside
                .iter()
                .enumerate()
                .map(|(i, p)| (*p + outside[i % outside.len()]).into())
                .collect();
            let expected: Fr = s
                .iter()
                .enumerate()
                .map(|(k, s)| *s * Fr::from(k as u64))
                .sum();
            let sum = B::msm(&points, &s);
            assert!(sum.is_on_curve());
            assert!(
                B::pairing_check((sum, G2), ((G1 * -expected).into(), G2)),
                "{len}"
            );
            assert!(!B::pairing_check(
                (sum, G2),
                ((G1 * -(expected + Fr::one())).into(), G2)
            ));
            assert_eq!(B::msm(&inside, &s), (G1 * expected).into_affine());
        }
    }

    #[test]
    fn sum_up_to_the_cofactor_subgroup() {
        sum_points_outside_the_subgroup::<Arkworks>();
    }

    #[test]
    fn take_empty_and_uneven_lists() {
        assert_eq!(Arkworks::msm(&[], &[]), G1Affine::zero());
        assert_eq!(Arkworks::msm(&[G1, G1], &[Fr::one()]), G1);
        assert!(Arkworks::pairing_check(
            (G1Affine::zero(), G2),
            (G1Affine::zero(), TAU_G2)
        ));
    }
}
