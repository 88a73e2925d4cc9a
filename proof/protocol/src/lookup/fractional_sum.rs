// SPDX-License-Identifier: Apache-2.0
//! A sum of fractions that must be zero, by GKR over a binary tree of additions (Papini and Haboeck, ePrint 2023/1284).
//!
//! **Statement.** `2^n` leaves, given by two multilinear polynomials, numerators `p` and denominators `q`. No `q(x)` is zero and
//! `sum_x p(x) / q(x) = 0`. The protocol ends in the claims `p(rho) = P`, `q(rho) = Q` at a random point, for the caller to check.
//!
//! **Tree.** Layer `k` has `2^k` fractions; node `x` of layer `k` is the sum of the nodes `(0, x)` and `(1, x)` of layer `k + 1`, so that halves of
//! a vector are added: `p(x) = p0 q1 + p1 q0`, `q(x) = q0 q1`, with `p0 = p(0, x)` and so on. Leaves beyond those given are `0/1`; being
//! a tail, they stay a tail of `0/1` up the tree and are never stored.
//!
//! **Protocol.** The prover sends the `2^t` fractions of layer `t = min(n, 3)` whole: that takes fewer bytes than the sumchecks up to there. The
//! verifier adds them up, which must give a zero numerator and a non-zero denominator, and evaluates both columns at a random
//! point: a claim on layer `t`. From layer `k` to `k + 1`: a challenge `l` combines the claims at `w`, and a sumcheck over
//! `eq(w, x) (p0 q1 + p1 q0 + l q0 q1)` ends in the four values `p0, p1, q0, q1` at a point `x`, which the prover sends; a challenge `c` makes them
//! claims on layer `k + 1` at `(c, x)`.
//!
//! **Messages.** The factor of eq that belongs to bound variables is divided out of the claim and the factor of the current one is known (Gruen,
//! ePrint 2024/108), so a round is about `g(X)` of degree 2 with `(1 - w_i) g(0) + w_i g(1) = claim`. In the form
//! `g(X) = g(0) + e X + d X (X - 1)` the claim gives `g(0) = claim - w_i e` without a division: the message is `(e, d)`.
//!
//! **Soundness error.** At most `(2 k + 2) / r` from layer `k` to `k + 1` (`l`: 1, `k` rounds of degree 2, `c`: 1) and `2 t / r` at the start:
//! below `n (n + 1) / r`, less than `2^-244` for `n <= 30`. If no denominator of a leaf is zero, the root's is a product of
//! units; one that is zero makes the root's zero.

use crate::error::VerifyError;
use crate::poly::eq::eq_table;
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{One, Zero};

/// Layers from the root whose fractions are sent instead of summed interactively.
const TOP_LAYERS: usize = 3;

/// The prover's messages. [`Lengths::new`] gives their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FractionalSumProof {
    /// The numerators of the top layer, then its denominators.
    pub top: Vec<Fr>,
    /// `(e, d)` of each round of each layer, from the top.
    pub messages: Vec<Fr>,
    /// `p0, p1, q0, q1` of each layer.
    pub claims: Vec<Fr>,
}

/// Field elements in each part of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// Of [`FractionalSumProof::top`].
    pub top: usize,
    /// Of [`FractionalSumProof::messages`].
    pub messages: usize,
    /// Of [`FractionalSumProof::claims`].
    pub claims: usize,
}

impl Lengths {
    /// For a tree with `2^num_vars` leaves.
    pub fn new(num_vars: usize) -> Self {
        let top = num_vars.min(TOP_LAYERS);
        Self {
            top: 2 << top,
            messages: (top..num_vars).map(|rounds| 2 * rounds).sum(),
            claims: 4 * (num_vars - top),
        }
    }

    /// All of them.
    pub fn total(&self) -> usize {
        self.top + self.messages + self.claims
    }
}

/// What the sum is reduced to: values of the leaves' columns at a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafClaim {
    /// `rho`; its first coordinate belongs to the most significant bit of a leaf's index.
    pub point: Vec<Fr>,
    /// `p(rho)`.
    pub numerator: Fr,
    /// `q(rho)`.
    pub denominator: Fr,
}

impl LeafClaim {
    /// The claim on the layer that is sent whole, at a point drawn now.
    fn at_top(top: &[Fr], layers: usize, transcript: &mut Transcript) -> Self {
        transcript.absorb_scalars(b"fractional sum top", top);
        let point = transcript.challenges(b"fractional sum top point", layers);
        let weights = eq_table(&point);
        let (numerators, denominators) = top.split_at(top.len() / 2);
        let dot = |values: &[Fr]| weights.iter().zip(values).map(|(w, v)| *w * v).sum();
        Self {
            point,
            numerator: dot(numerators),
            denominator: dot(denominators),
        }
    }

    /// The claim on the next layer, of the values of its halves at `point`, which are absorbed here.
    fn from_halves(
        Halves { p0, p1, q0, q1 }: Halves,
        mut point: Vec<Fr>,
        transcript: &mut Transcript,
    ) -> Self {
        transcript.absorb_scalars(b"fractional sum halves", &[p0, p1, q0, q1]);
        let c = transcript.challenge(b"fractional sum half");
        point.insert(0, c);
        Self {
            point,
            numerator: p0 + c * (p1 - p0),
            denominator: q0 + c * (q1 - q0),
        }
    }
}

/// Values of the halves of a layer's columns at a point.
#[derive(Clone, Copy, Debug)]
struct Halves {
    p0: Fr,
    p1: Fr,
    q0: Fr,
    q1: Fr,
}

impl Halves {
    /// `p + l q` of the sum of the two halves.
    fn combined(&self, l: Fr) -> Fr {
        (self.p0 + l * self.q0) * self.q1 + self.p1 * self.q0
    }
}

/// `g(r)` for the message `(e, d)`.
fn next_claim(claim: Fr, (e, d): (Fr, Fr), w: Fr, r: Fr) -> Fr {
    claim + (r - w) * e + r * (r - Fr::one()) * d
}

/// Checks that `2^num_vars` fractions add up to zero, up to the claim that is returned.
///
/// # Errors
/// [`VerifyError::Length`] if a part of the proof has not its length, [`VerifyError::LookupDenominator`] if a denominator is
/// zero, [`VerifyError::LookupSum`] if the sum is not, [`VerifyError::Sumcheck`] if a layer does not follow from the next.
pub fn verify(
    num_vars: usize,
    proof: &FractionalSumProof,
    transcript: &mut Transcript,
) -> Result<LeafClaim, VerifyError> {
    let lengths = Lengths::new(num_vars);
    if proof.top.len() != lengths.top
        || proof.messages.len() != lengths.messages
        || proof.claims.len() != lengths.claims
    {
        return Err(VerifyError::Length);
    }
    check_root(&proof.top)?;

    let top = num_vars.min(TOP_LAYERS);
    let mut leaf = LeafClaim::at_top(&proof.top, top, transcript);
    let mut messages = proof.messages.chunks_exact(2);
    for halves in proof.claims.chunks_exact(4) {
        let &[p0, p1, q0, q1] = halves else {
            return Err(VerifyError::Length);
        };
        let halves = Halves { p0, p1, q0, q1 };
        let l = transcript.challenge(b"fractional sum combination");
        let mut claim = leaf.numerator + l * leaf.denominator;
        let mut point = Vec::with_capacity(leaf.point.len() + 1);
        for w in &leaf.point {
            let Some(&[e, d]) = messages.next() else {
                return Err(VerifyError::Length);
            };
            transcript.absorb_scalars(b"fractional sum round", &[e, d]);
            let r = transcript.challenge(b"fractional sum challenge");
            claim = next_claim(claim, (e, d), *w, r);
            point.push(r);
        }
        if claim != halves.combined(l) {
            return Err(VerifyError::Sumcheck);
        }
        leaf = LeafClaim::from_halves(halves, point, transcript);
    }
    Ok(leaf)
}

/// The fractions of the top layer add up to zero and no denominator is zero.
fn check_root(top: &[Fr]) -> Result<(), VerifyError> {
    let (numerators, denominators) = top.split_at(top.len() / 2);
    let mut sum = (Fr::zero(), Fr::one());
    for (p, q) in numerators.iter().zip(denominators) {
        sum = (sum.0 * q + *p * sum.1, sum.1 * q);
    }
    if sum.1.is_zero() {
        Err(VerifyError::LookupDenominator)
    } else if !sum.0.is_zero() {
        Err(VerifyError::LookupSum)
    } else {
        Ok(())
    }
}

#[cfg(feature = "prover")]
mod prover;
#[cfg(feature = "prover")]
pub use prover::{prove, Leaves};

#[cfg(all(test, feature = "prover"))]
mod tests;
