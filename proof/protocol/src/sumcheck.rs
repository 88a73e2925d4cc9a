// SPDX-License-Identifier: Apache-2.0
//! The sumcheck protocol, many instances at once.
//!
//! **Statement.** For `k = 0, 1, ...`: the polynomial `f_k` in `n_k` variables, of degree at most `d_k` in each, sums to `c_k` over the
//! hypercube.
//!
//! **Protocol.** The claims `c_k` are absorbed, then a challenge `g` combines them to `sum_k g^k 2^(n - n_k) c_k`, where `n = max n_k` and
//! an instance with fewer variables is taken as constant in the first `n - n_k`: its point is the *suffix* of the common one.
//! A round's message is the round polynomial of degree `d = max d_k` without its linear coefficient, which the claim
//! determines: `d` elements. After `n` rounds the claim is `sum_k g^k f_k(suffix_k(r))`, for the caller to check against
//! evaluations that he has absorbed.
//!
//! **Soundness error.** With `K` instances at most `(K - 1 + n d) / r`: one false claim survives the combination with
//! probability `(K - 1) / r` (Schwartz-Zippel in `g`; the factors `2^(n - n_k)` are units), and every round adds `d / r`.
//! (Lund, Fortnow, Karloff, Nisan 1992; Thaler, *Proofs, Arguments, and Zero-Knowledge*, section 4.1.)

use crate::error::VerifyError;
use crate::poly::univariate;
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{Field, One};

/// What the verifier knows of an instance before it looks at a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The number of variables.
    pub num_vars: usize,
    /// A bound on the degree in each variable, at least 1.
    pub degree: usize,
}

impl Shape {
    /// The shape of a batch: most variables and highest degree (at least 1) of its instances.
    pub fn of_batch(shapes: &[Shape]) -> Shape {
        shapes.iter().fold(
            Shape {
                num_vars: 0,
                degree: 1,
            },
            |batch, shape| Shape {
                num_vars: batch.num_vars.max(shape.num_vars),
                degree: batch.degree.max(shape.degree),
            },
        )
    }

    /// Field elements that the messages of a batch of this shape take.
    pub fn proof_len(&self) -> usize {
        self.num_vars * self.degree
    }
}

/// The messages: `degree` field elements for each round, round after round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SumcheckProof {
    /// `num_vars * degree` elements, see [`Shape::proof_len`].
    pub messages: Vec<Fr>,
}

/// What a batch is reduced to: `value = sum_k coefficients[k] * f_k(suffix of point)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduced {
    /// The challenges, that of the most significant variable first. Instance `k` is evaluated at the last `n_k`.
    pub point: Vec<Fr>,
    /// The weights of the instances: powers of the combining challenge.
    pub coefficients: Vec<Fr>,
    /// What the weighted evaluations must add up to.
    pub value: Fr,
}

impl Reduced {
    /// The point of an instance with `num_vars` variables.
    pub fn point_of(&self, num_vars: usize) -> &[Fr] {
        crate::poly::eq::suffix(&self.point, num_vars)
    }

    /// Checks the evaluations `f_k` at the instances' points, which must have been absorbed or derived from what was.
    ///
    /// # Errors
    /// [`VerifyError::Sumcheck`] if they don't add up, [`VerifyError::Length`] if there are not as many as instances.
    pub fn check(&self, evaluations: &[Fr]) -> Result<(), VerifyError> {
        if evaluations.len() != self.coefficients.len() {
            return Err(VerifyError::Length);
        }
        let sum: Fr = self
            .coefficients
            .iter()
            .zip(evaluations)
            .map(|(c, e)| *c * e)
            .sum();
        if sum == self.value {
            Ok(())
        } else {
            Err(VerifyError::Sumcheck)
        }
    }
}

/// Checks the messages of a batch. The caller must then check [`Reduced::value`].
///
/// # Errors
/// [`VerifyError::Length`] if `claims` or the proof do not have the lengths that `shapes` prescribe.
pub fn verify(
    shapes: &[Shape],
    claims: &[Fr],
    proof: &SumcheckProof,
    transcript: &mut Transcript,
) -> Result<Reduced, VerifyError> {
    let batch = Shape::of_batch(shapes);
    if claims.len() != shapes.len() || proof.messages.len() != batch.proof_len() {
        return Err(VerifyError::Length);
    }
    let coefficients = combine(claims, transcript);
    let mut claim: Fr = shapes
        .iter()
        .zip(claims)
        .zip(&coefficients)
        .map(|((shape, claim), c)| *c * claim * power_of_two(batch.num_vars - shape.num_vars))
        .sum();
    let mut point = Vec::with_capacity(batch.num_vars);
    for message in proof.messages.chunks_exact(batch.degree) {
        transcript.absorb_scalars(b"sumcheck round", message);
        let r = transcript.challenge(b"sumcheck challenge");
        claim = univariate::evaluate_compressed(message, claim, r);
        point.push(r);
    }
    Ok(Reduced {
        point,
        coefficients,
        value: claim,
    })
}

/// Absorbs the claims and draws the powers of the challenge that combines them.
fn combine(claims: &[Fr], transcript: &mut Transcript) -> Vec<Fr> {
    transcript.absorb_scalars(b"sumcheck claims", claims);
    let g = transcript.challenge(b"sumcheck combination");
    core::iter::successors(Some(Fr::one()), |power| Some(*power * g))
        .take(claims.len())
        .collect()
}

fn power_of_two(exponent: usize) -> Fr {
    Fr::from(2).pow([exponent as u64])
}

/// The prover's side of one instance.
#[cfg(feature = "prover")]
pub trait Instance: Send + Sync {
    /// Number of variables and degree, as they were before any variable was bound.
    fn shape(&self) -> Shape;

    /// The coefficients, constant term first and at most `degree + 1` of them, of the polynomial `p(X)`: the sum over all free
    /// variables but the most significant, which is `X`. `claim` is `p(0) + p(1)`, so one value need not be computed.
    /// Called only while a variable is free.
    fn round_polynomial(&self, claim: Fr) -> Vec<Fr>;

    /// Fixes the most significant free variable to `r`.
    fn bind(&mut self, r: Fr);
}

/// Proves that each instance sums to its claim. The evaluations that the final claim is about are the instances' to tell; the
/// caller absorbs them.
///
/// With a false claim the proof comes out as well; it doesn't verify.
#[cfg(feature = "prover")]
pub fn prove(
    instances: &mut [&mut dyn Instance],
    claims: &[Fr],
    transcript: &mut Transcript,
) -> (SumcheckProof, Reduced) {
    // On a thread of the pool, where starting a parallel loop does not mean to wake another thread up and wait for it.
    rayon::scope(|_| prove_rounds(instances, claims, transcript))
}

#[cfg(feature = "prover")]
fn prove_rounds(
    instances: &mut [&mut dyn Instance],
    claims: &[Fr],
    transcript: &mut Transcript,
) -> (SumcheckProof, Reduced) {
    use rayon::prelude::*;

    debug_assert_eq!(instances.len(), claims.len());
    let shapes: Vec<Shape> = instances.iter().map(|instance| instance.shape()).collect();
    let batch = Shape::of_batch(&shapes);
    let coefficients = combine(claims, transcript);
    // What each instance, taken as one in all the batch's variables, sums to.
    let mut claims: Vec<Fr> = shapes
        .iter()
        .zip(claims)
        .map(|(shape, claim)| *claim * power_of_two(batch.num_vars - shape.num_vars))
        .collect();
    let mut proof = SumcheckProof {
        messages: Vec::with_capacity(batch.proof_len()),
    };
    let mut point = Vec::with_capacity(batch.num_vars);
    for round in 0..batch.num_vars {
        let waits = |shape: &Shape| batch.num_vars - round > shape.num_vars;
        let polynomials: Vec<Vec<Fr>> = instances
            .par_iter()
            .zip(&shapes)
            .zip(&claims)
            .map(|((instance, shape), claim)| {
                if waits(shape) {
                    alloc::vec![*claim * univariate::HALF]
                } else {
                    instance.round_polynomial(*claim)
                }
            })
            .collect();
        let mut sum = alloc::vec![Fr::from(0); batch.degree + 1];
        for (coefficient, polynomial) in coefficients.iter().zip(&polynomials) {
            debug_assert!(polynomial.len() <= sum.len());
            sum.iter_mut()
                .zip(polynomial)
                .for_each(|(sum, c)| *sum += *coefficient * c);
        }
        let message: Vec<Fr> = univariate::compress(&sum).collect();
        transcript.absorb_scalars(b"sumcheck round", &message);
        let r = transcript.challenge(b"sumcheck challenge");
        proof.messages.extend(message);
        point.push(r);
        instances
            .par_iter_mut()
            .zip(&shapes)
            .zip(&mut claims)
            .zip(&polynomials)
            .for_each(|(((instance, shape), claim), polynomial)| {
                *claim = univariate::evaluate(polynomial, r);
                if !waits(shape) {
                    instance.bind(r);
                }
            });
    }
    let value = coefficients
        .iter()
        .zip(&claims)
        .map(|(c, claim)| *c * claim)
        .sum();
    (
        proof,
        Reduced {
            point,
            coefficients,
            value,
        },
    )
}

#[cfg(feature = "prover")]
mod product_sum;
#[cfg(feature = "prover")]
pub use product_sum::{Product, ProductSum};

#[cfg(all(test, feature = "prover"))]
mod tests;
