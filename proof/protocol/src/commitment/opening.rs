// SPDX-License-Identifier: Apache-2.0
//! Opening of one committed row, a multilinear polynomial in twelve variables, at a point.
//!
//! **Statement.** `C = sum_i w_i C_i` commits to the univariate polynomial `f_0` of degree below 4096, and the multilinear
//! polynomial whose values on the hypercube are the coefficients of `f_0` takes the value `v` at `u`.
//!
//! **Reduction** (Gemini). With the low variable first, `u_0` being the *last* coordinate of the point,
//! `f_{k+1}` has the coefficients `(1 - u_k) f_k[2j] + u_k f_k[2j + 1]`, so that `f_12 = v`; as polynomials,
//!
//! ```text
//! 2 X f_{k+1}(X^2) = X (1 - u_k) (f_k(X) + f_k(-X)) + u_k (f_k(X) - f_k(-X)).
//! ```
//!
//! The prover commits to `f_1, ..., f_11`. The verifier draws `r` and checks the relation for `f_k` at `r_k = r^(2^k)`. The value `f_{k+1}(r_k^2)` in
//! one relation is `f_{k+1}(r_{k+1})` in the next, so with `f_12 = v` the relations *determine* all `f_k(r_k)` from the twelve values
//! `f_k(-r_k)`, which is all that the prover sends.
//!
//! **Opening** (Shplonk). Polynomial `f_k` has to agree with the line `L_k` through its two values at `r_k` and `-r_k`. With a
//! challenge `b` the prover commits to `h = sum_k b^k (f_k - L_k) / (X^2 - r_k^2)`; with a challenge `z` the polynomial
//! `sum_k b^k (f_k - L_k(z)) / (z^2 - r_k^2) - h` must vanish at `z`, and the prover commits to its quotient `q` by `X - z`. The
//! verifier checks `e(F, [1]_2) = e([q]_1, [tau]_2)` for
//!
//! ```text
//! F = sum_k b^k / (z^2 - r_k^2) [f_k]_1 - sum_k b^k L_k(z) / (z^2 - r_k^2) [1]_1 - [h]_1 + z [q]_1,
//! ```
//!
//! one multi-scalar multiplication that includes the rows `C_i`, and one check of two pairings.
//!
//! **No degree checks.** A committed polynomial has degree at most 4095 because no higher power of `tau` was ever published
//! ([`crate::srs`]), and a row has exactly 4096 cells. So `f_0` needs no check, and the folds need none either: where the
//! relations hold as identities, the degree of `f_{k+1}` is at most half of that of `f_k`, and `f_12` is the constant that
//! folding `f_0` leaves, its multilinear value.
//!
//! **Soundness error**, with knowledge of the committed polynomials in the algebraic group model under the 4096-strong discrete
//! logarithm assumption: at most `sum_k 2^k 8192 < 2^25` roots of a false relation, as a polynomial in `r`; `11` for `b`; fewer than
//! `2^13` for `z`. Together below `2^26 / |F| < 2^-228`.
//!
//! **Cost.** 13 points and 12 scalars are sent. The prover commits to about three full-size rows.
//!
//! References: Bootle, Chiesa, Hu, Orru, *Gemini*, ePrint 2022/420; Boneh, Drake, Fisch, Gabizon, ePrint 2020/081 (Shplonk);
//! the values `f_k(r_k)` derived rather than sent as in Aztec's Barretenberg.

use crate::error::VerifyError;
use crate::msm::backend::Backend;
use crate::poly::eq::suffix;
use crate::srs::{G1, G2, ROW_LOG, TAU_G2};
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::{Fr, G1Affine};
use ark_ff::{batch_inversion, AdditiveGroup, Field, One, Zero};

/// The opening of a combination of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningProof {
    /// Commitments to `f_1, ..., f_11`.
    pub folds: [G1Affine; ROW_LOG - 1],
    /// `f_k(-r_k)` for `k = 0, ..., 11`.
    pub evaluations: [Fr; ROW_LOG],
    /// Commitment to `h`.
    pub quotient: G1Affine,
    /// Commitment to `q`.
    pub opening: G1Affine,
}

/// A row that is a linear combination of committed ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CombinedRow {
    /// The commitments, points on the curve.
    pub commitments: Vec<G1Affine>,
    /// A weight for each.
    pub weights: Vec<Fr>,
}

/// `r_0 = r, r_1 = r^2, ..., r_11 = r^2048`.
fn squares(r: Fr) -> [Fr; ROW_LOG] {
    let mut next = r;
    core::array::from_fn(|_| {
        let power = next;
        next.square_in_place();
        power
    })
}

/// The last [`ROW_LOG`] coordinates of the point, the last one first.
fn low_first(point: &[Fr]) -> [Fr; ROW_LOG] {
    let low = suffix(point, ROW_LOG);
    core::array::from_fn(|k| {
        low.len()
            .checked_sub(k + 1)
            .and_then(|i| low.get(i))
            .copied()
            .unwrap_or_default()
    })
}

/// The values that a challenge `r` must not have: those for which two points of evaluation coincide trivially.
fn check_evaluation_point(r: Fr) -> Result<(), VerifyError> {
    if r.is_zero() || r.is_one() || (-r).is_one() {
        return Err(VerifyError::DegenerateChallenge);
    }
    Ok(())
}

/// Inverts in place, all at once; none may be zero.
fn invert<const N: usize>(mut values: [Fr; N]) -> Result<[Fr; N], VerifyError> {
    if values.iter().any(Zero::is_zero) {
        return Err(VerifyError::DegenerateChallenge);
    }
    batch_inversion(&mut values);
    Ok(values)
}

/// `f_k(r_k)` for all `k`, from the value of `f_12` and the `f_k(-r_k)`.
fn derive_evaluations(
    powers: &[Fr; ROW_LOG],
    point: &[Fr; ROW_LOG],
    negative: &[Fr; ROW_LOG],
    value: Fr,
) -> Result<[Fr; ROW_LOG], VerifyError> {
    // 2 r f' = (r (1 - u) + u) f(r) + (r (1 - u) - u) f(-r).
    let even: [Fr; ROW_LOG] = core::array::from_fn(|k| powers[k] * (Fr::one() - point[k]));
    let inverses: [Fr; ROW_LOG] = invert(core::array::from_fn(|k| even[k] + point[k]))?;
    let mut next = value;
    let mut positive = [Fr::zero(); ROW_LOG];
    for k in (0..ROW_LOG).rev() {
        let known = (powers[k] * next).double() - (even[k] - point[k]) * negative[k];
        next = known * inverses[k];
        positive[k] = next;
    }
    Ok(positive)
}

/// The line through `(r, at_r)` and `(-r, at_minus_r)`, `line.0 + line.1 X`, given `1 / (2 r)`.
fn line(at_r: Fr, at_minus_r: Fr, half_inverse: Fr, r: Fr) -> (Fr, Fr) {
    let slope = (at_r - at_minus_r) * half_inverse;
    (at_r - slope * r, slope)
}

/// Checks that the combined row takes `value` at the last [`ROW_LOG`] coordinates of `point`.
///
/// The commitments, the point and the value must have been absorbed before, or follow from what has been.
///
/// # Errors
/// [`VerifyError::Length`] for a point with fewer coordinates or weights that don't match the commitments,
/// [`VerifyError::DegenerateChallenge`], or [`VerifyError::Opening`].
pub fn verify<B: Backend>(
    transcript: &mut Transcript,
    row: CombinedRow,
    point: &[Fr],
    value: Fr,
    proof: &OpeningProof,
) -> Result<(), VerifyError> {
    if point.len() < ROW_LOG || row.weights.len() != row.commitments.len() {
        return Err(VerifyError::Length);
    }
    let point = low_first(point);
    transcript.absorb_points(b"opening folds", &proof.folds);
    let r = transcript.challenge(b"opening evaluation point");
    check_evaluation_point(r)?;
    let powers = squares(r);
    transcript.absorb_scalars(b"opening evaluations", &proof.evaluations);
    let positive = derive_evaluations(&powers, &point, &proof.evaluations, value)?;
    let batch = transcript.challenge(b"opening batch");
    transcript.absorb_point(b"opening quotient", &proof.quotient);
    let z = transcript.challenge(b"opening quotient point");
    transcript.absorb_point(b"opening proof", &proof.opening);

    let half_inverses = invert(powers.map(|r| r.double()))?;
    let z_square = z.square();
    let vanishing_inverses = invert(powers.map(|r| z_square - r.square()))?;
    // The scalars of [f_0], ..., [f_11], and that of the generator.
    let mut power = Fr::one();
    let mut constant = Fr::zero();
    let mut scalars = [Fr::zero(); ROW_LOG];
    for k in 0..ROW_LOG {
        let scalar = power * vanishing_inverses[k];
        let (c0, c1) = line(
            positive[k],
            proof.evaluations[k],
            half_inverses[k],
            powers[k],
        );
        constant += scalar * (c0 + c1 * z);
        scalars[k] = scalar;
        power *= batch;
    }
    let (first, folds) = (scalars[0], &scalars[1..]);
    let CombinedRow {
        commitments: mut points,
        weights: mut factors,
    } = row;
    factors.iter_mut().for_each(|weight| *weight *= first);
    points.extend_from_slice(&proof.folds);
    factors.extend_from_slice(folds);
    points.extend([G1, proof.quotient, proof.opening]);
    factors.extend([-constant, -Fr::one(), z]);
    let sum = B::msm(&points, &factors);
    if B::pairing_check((sum, G2), (-proof.opening, TAU_G2)) {
        Ok(())
    } else {
        Err(VerifyError::Opening)
    }
}

/// Proves the value of a row (its cells, [`ROW_LEN`](crate::srs::ROW_LEN) of them) at the last [`ROW_LOG`] coordinates of `point`.
///
/// # Errors
/// [`VerifyError::Length`] for another number of cells or a point with fewer coordinates;
/// [`VerifyError::DegenerateChallenge`] with probability below 2^-240.
#[cfg(feature = "prover")]
pub fn prove(
    transcript: &mut Transcript,
    row: Vec<Fr>,
    point: &[Fr],
) -> Result<OpeningProof, VerifyError> {
    use crate::msm::fixed_base::commit;
    use ark_bls12_381::G1Projective;
    use ark_ec::CurveGroup;
    use rayon::prelude::*;

    if row.len() != crate::srs::ROW_LEN || point.len() < ROW_LOG {
        return Err(VerifyError::Length);
    }
    let point = low_first(point);
    let mut polynomials = vec![row];
    for u in &point[..ROW_LOG - 1] {
        let last = &polynomials[polynomials.len() - 1];
        let fold = last
            .chunks_exact(2)
            .map(|pair| pair[0] + (pair[1] - pair[0]) * u);
        polynomials.push(fold.collect());
    }
    let folds: Vec<G1Projective> = polynomials[1..].par_iter().map(|f| commit(f)).collect();
    let folds = G1Projective::normalize_batch(&folds);
    let folds: [G1Affine; ROW_LOG - 1] = core::array::from_fn(|k| folds[k]);
    transcript.absorb_points(b"opening folds", &folds);
    let r = transcript.challenge(b"opening evaluation point");
    check_evaluation_point(r)?;
    let powers = squares(r);

    // f(+-r) = even(r^2) +- r odd(r^2).
    let halves: Vec<(Fr, Fr)> = polynomials
        .iter()
        .zip(&powers)
        .map(|(f, r)| {
            let square = r.square();
            f.chunks_exact(2)
                .rev()
                .fold((Fr::zero(), Fr::zero()), |(even, odd), pair| {
                    (even * square + pair[0], odd * square + pair[1])
                })
        })
        .collect();
    let evaluations = core::array::from_fn(|k| halves[k].0 - halves[k].1 * powers[k]);
    transcript.absorb_scalars(b"opening evaluations", &evaluations);
    let batch = transcript.challenge(b"opening batch");

    // f - L = even(X^2) - even(r^2) + X (odd(X^2) - odd(r^2)): both halves are divided by Y - r^2.
    let mut h = vec![Fr::zero(); polynomials[0].len()];
    let mut power = Fr::one();
    for (f, r) in polynomials.iter().zip(&powers) {
        let square = r.square();
        let (mut even, mut odd) = (Fr::zero(), Fr::zero());
        for (j, pair) in f.chunks_exact(2).enumerate().skip(1).rev() {
            (even, odd) = (even * square + pair[0], odd * square + pair[1]);
            h[2 * (j - 1)] += even * power;
            h[2 * (j - 1) + 1] += odd * power;
        }
        power *= batch;
    }
    let quotient = commit(&h).into_affine();
    transcript.absorb_point(b"opening quotient", &quotient);
    let z = transcript.challenge(b"opening quotient point");

    let z_square = z.square();
    let vanishing_inverses = invert(powers.map(|r| z_square - r.square()))?;
    let mut g: Vec<Fr> = h.iter().map(|c| -*c).collect();
    let mut power = Fr::one();
    for (f, inverse) in polynomials.iter().zip(vanishing_inverses) {
        let scalar = power * inverse;
        g.iter_mut().zip(f).for_each(|(sum, c)| *sum += scalar * c);
        power *= batch;
    }
    // Synthetic division by X - z; the remainder, which the constant terms L_k(z) cancel, is dropped.
    let mut carry = Fr::zero();
    for c in g.iter_mut().rev() {
        carry = core::mem::replace(c, carry) + carry * z;
    }
    let opening = commit(&g).into_affine();
    transcript.absorb_point(b"opening proof", &opening);
    Ok(OpeningProof {
        folds,
        evaluations,
        quotient,
        opening,
    })
}

#[cfg(all(test, feature = "prover"))]
mod should {
    use super::*;
    use crate::msm::backend::Arkworks;
    use crate::msm::fixed_base::commit;
    use crate::poly::multilinear;
    use crate::srs::ROW_LEN;
    use crate::testing::scalars;
    use ark_bls12_381::Fq;
    use ark_ec::{AffineRepr, CurveGroup};

    struct Case {
        row: CombinedRow,
        point: Vec<Fr>,
        value: Fr,
        proof: OpeningProof,
    }

    fn case(row: Vec<Fr>, point: Vec<Fr>) -> Case {
        let value = multilinear::evaluate(&row, suffix(&point, ROW_LOG));
        // Two commitments whose combination is the row.
        let part = commit(&scalars(9, 7)).into_affine();
        let rest = (commit(&row) - part * Fr::from(5)).into_affine();
        let commitments = vec![part, rest];
        let proof = prove(&mut Transcript::new(b"test"), row, &point).unwrap();
        Case {
            row: CombinedRow {
                commitments,
                weights: vec![Fr::from(5), Fr::one()],
            },
            point,
            value,
            proof,
        }
    }

    impl Case {
        fn verify(&self) -> Result<(), VerifyError> {
            let transcript = &mut Transcript::new(b"test");
            verify::<Arkworks>(
                transcript,
                self.row.clone(),
                &self.point,
                self.value,
                &self.proof,
            )
        }
    }

    #[test]
    fn accept_honest_openings() {
        assert_eq!(
            case(scalars(1, ROW_LEN), scalars(2, ROW_LOG)).verify(),
            Ok(())
        );
        // Only the last coordinates count.
        assert_eq!(
            case(scalars(1, ROW_LEN), scalars(3, ROW_LOG + 4)).verify(),
            Ok(())
        );
        // Zero rows, sparse rows and Boolean points.
        assert_eq!(
            case(vec![Fr::zero(); ROW_LEN], scalars(2, ROW_LOG)).verify(),
            Ok(())
        );
        let mut row = vec![Fr::zero(); ROW_LEN];
        row[ROW_LEN - 1] = Fr::from(3);
        assert_eq!(case(row.clone(), scalars(2, ROW_LOG)).verify(), Ok(()));
        let corner = case(row, vec![Fr::one(); ROW_LOG]);
        assert_eq!((corner.value, corner.verify()), (Fr::from(3), Ok(())));
        let cell = case(scalars(1, ROW_LEN), vec![Fr::zero(); ROW_LOG]);
        assert_eq!((cell.value, cell.verify()), (scalars(1, 1)[0], Ok(())));
    }

    #[test]
    fn reject_another_value_point_or_commitment() {
        let mut other = case(scalars(1, ROW_LEN), scalars(2, ROW_LOG));
        other.value += Fr::one();
        assert_eq!(other.verify(), Err(VerifyError::Opening));
        for k in 0..ROW_LOG {
            let mut other = case(scalars(1, ROW_LEN), scalars(2, ROW_LOG));
            other.point[k] += Fr::one();
            assert_eq!(other.verify(), Err(VerifyError::Opening));
        }
        for i in 0..2 {
            let mut other = case(scalars(1, ROW_LEN), scalars(2, ROW_LOG));
            other.row.commitments[i] = G1;
            assert_eq!(other.verify(), Err(VerifyError::Opening));
            let mut other = case(scalars(1, ROW_LEN), scalars(2, ROW_LOG));
            other.row.weights[i] += Fr::one();
            assert_eq!(other.verify(), Err(VerifyError::Opening));
        }
    }

    #[test]
    fn reject_every_changed_element() {
        let honest = case(scalars(1, ROW_LEN), scalars(2, ROW_LOG));
        let changed = |change: &dyn Fn(&mut OpeningProof)| {
            let mut proof = honest.proof.clone();
            change(&mut proof);
            assert_ne!(proof, honest.proof);
            let transcript = &mut Transcript::new(b"test");
            verify::<Arkworks>(
                transcript,
                honest.row.clone(),
                &honest.point,
                honest.value,
                &proof,
            )
        };
        for other in [G1, G1Affine::zero()] {
            for k in 0..ROW_LOG - 1 {
                assert_eq!(
                    changed(&|proof| proof.folds[k] = other),
                    Err(VerifyError::Opening)
                );
            }
            assert_eq!(
                changed(&|proof| proof.quotient = other),
                Err(VerifyError::Opening)
            );
            assert_eq!(
                changed(&|proof| proof.opening = other),
                Err(VerifyError::Opening)
            );
        }
        for k in 0..ROW_LOG {
            let change = |proof: &mut OpeningProof| proof.evaluations[k] += Fr::one();
            assert_eq!(changed(&change), Err(VerifyError::Opening));
        }
        let negate = |proof: &mut OpeningProof| proof.opening = -proof.opening;
        assert_eq!(changed(&negate), Err(VerifyError::Opening));
    }

    #[test]
    fn reject_another_transcript() {
        let honest = case(scalars(1, ROW_LEN), scalars(2, ROW_LOG));
        let transcript = &mut Transcript::new(b"other");
        let result = verify::<Arkworks>(
            transcript,
            honest.row,
            &honest.point,
            honest.value,
            &honest.proof,
        );
        assert_eq!(result, Err(VerifyError::Opening));
    }

    #[test]
    fn refuse_wrong_lengths() {
        let mut honest = case(scalars(1, ROW_LEN), scalars(2, ROW_LOG));
        honest.point.pop();
        assert_eq!(honest.verify(), Err(VerifyError::Length));
        let transcript = &mut Transcript::new(b"test");
        assert!(prove(transcript, scalars(1, ROW_LEN - 1), &scalars(2, ROW_LOG)).is_err());
        assert!(prove(transcript, scalars(1, ROW_LEN), &scalars(2, ROW_LOG - 1)).is_err());
        let mut honest = case(scalars(1, ROW_LEN), scalars(2, ROW_LOG));
        honest.row.weights.pop();
        assert_eq!(honest.verify(), Err(VerifyError::Length));
    }

    #[test]
    fn refuse_degenerate_challenges() {
        for r in [Fr::zero(), Fr::one(), -Fr::one()] {
            assert_eq!(
                check_evaluation_point(r),
                Err(VerifyError::DegenerateChallenge)
            );
        }
        assert_eq!(check_evaluation_point(Fr::from(2)), Ok(()));
        assert_eq!(
            invert([Fr::one(), Fr::zero()]),
            Err(VerifyError::DegenerateChallenge)
        );
        assert_eq!(invert([Fr::from(2)]), Ok([Fr::from(2).inverse().unwrap()]));
    }

    /// What is not checked, as `msm::backend` explains: the last point of a proof may carry a component outside the subgroup.
    #[test]
    fn ignore_components_outside_the_subgroup() {
        let outside = G1Affine::new_unchecked(Fq::zero(), Fq::from(2u64));
        let mut honest = case(scalars(1, ROW_LEN), scalars(2, ROW_LOG));
        honest.proof.opening = (honest.proof.opening + outside).into_affine();
        assert!(!honest
            .proof
            .opening
            .is_in_correct_subgroup_assuming_on_curve());
        assert_eq!(honest.verify(), Ok(()));
    }
}
