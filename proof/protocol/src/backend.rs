// SPDX-License-Identifier: Apache-2.0
//! The prover's wide work behind a trait, so that another device can do it without touching the
//! protocol.
//!
//! Each method is a function of its arguments: an implementation must return what [`Cpu`] returns,
//! bit for bit (the curve points up to their representation).

use crate::commitment::rows::Stack;
use crate::commitment::{prove_claims, Claim, ClaimsProof, Groups};
use crate::error::VerifyError;
use crate::lookup::fractional_sum::{self, FractionalSumProof, LeafClaim, Leaves};
use crate::poly::small;
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::{Fr, G1Affine};

/// Where the prover's wide work is done.
pub trait Compute: Sync {
    /// The commitments to the rows of a stack.
    fn commit_rows(&self, stack: &Stack<'_>) -> Vec<G1Affine> {
        stack.commit()
    }

    /// [`fractional_sum::prove`].
    fn fractional_sum(
        &self,
        num_vars: usize,
        leaves: Leaves,
        transcript: &mut Transcript,
    ) -> (FractionalSumProof, LeafClaim) {
        fractional_sum::prove(num_vars, leaves, transcript)
    }

    /// [`small::evaluate`]: the value of a tensor of small integers at a point.
    fn evaluate(&self, cells: &[i32], point: &[Fr]) -> Fr {
        small::evaluate(cells, point)
    }

    /// [`small::bind_high`]: binds the high variables of a tensor of small integers.
    fn bind(&self, cells: &[i32], row_len: usize, weights: &[Fr]) -> Vec<Fr> {
        small::bind_high(cells, row_len, weights)
    }

    /// The same for weights.
    fn bind_weights(&self, cells: &[i16], row_len: usize, weights: &[Fr]) -> Vec<Fr> {
        small::bind_high(cells, row_len, weights)
    }

    /// [`prove_claims`].
    ///
    /// # Errors
    /// As there.
    fn open(
        &self,
        stacks: &Groups<Stack<'_>>,
        claims: &[Claim],
        transcript: &mut Transcript,
    ) -> Result<ClaimsProof, VerifyError> {
        prove_claims(transcript, stacks, claims)
    }
}

/// All cores of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu;

impl Compute for Cpu {}
