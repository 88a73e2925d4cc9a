// SPDX-License-Identifier: Apache-2.0
//! Commitments to tensors of small integers, and one opening for everything that a proof claims about them.
//!
//! Tensors are in two groups: the *model* (weights, biases, tables; committed once) and the *witness* (activations, limbs,
//! multiplicities; committed for each proof). Each group is [`stack`]ed in one multilinear polynomial, cut into [`rows`] of 4096 cells, each
//! committed under the reference string of Ethereum's KZG ceremony ([`crate::srs`]).
//!
//! A [`Claim`] says that a tensor has a value at a point. [`batching`] reduces all claims on both groups to the values of the two stacks
//! at one point; [`opening`] proves these with a multilinear-to-univariate reduction and one KZG check. The verifier computes one
//! multi-scalar multiplication, over all rows and the proof's points, and one pairing check.

pub mod batching;
pub mod opening;
#[cfg(feature = "prover")]
pub mod rows;
pub mod stack;

use crate::error::VerifyError;
use crate::msm::backend::Backend;
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::{Fr, G1Affine};
use stack::StackLayout;

/// Why tensors cannot be laid out, or do not fit a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A tensor's `used` cells are more than it has.
    #[error("a tensor uses more cells than it has")]
    UsedExceedsSize,
    /// The stack has too many variables.
    #[error("the tensors of a group exceed 2^{} cells", stack::MAX_VARS)]
    TooLarge,
    /// The cells given do not fit the layout: another number of tensors, too many cells, or a non-zero cell where the layout has none.
    #[error("the cells do not fit the layout")]
    WrongTensors,
}

/// The two groups of committed tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Weights, biases and tables.
    Model,
    /// Activations, limbs and multiplicities.
    Witness,
}

/// One item for each group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Groups<T> {
    /// Of the model.
    pub model: T,
    /// Of the witness.
    pub witness: T,
}

impl<T> Groups<T> {
    /// The item of a group.
    pub fn get(&self, group: Group) -> &T {
        match group {
            Group::Model => &self.model,
            Group::Witness => &self.witness,
        }
    }
}

/// The statement that the multilinear extension of a committed tensor has a value at a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The tensor's group.
    pub group: Group,
    /// The tensor's index in its group's layout.
    pub tensor: usize,
    /// A coordinate for each variable of the tensor, most significant first.
    pub point: Vec<Fr>,
    /// The value.
    pub value: Fr,
}

/// The commitments of a group: those of the rows that its layout does not omit, in ascending order of rows.
#[derive(Clone, Copy, Debug)]
pub struct CommittedStack<'a> {
    /// Where the tensors are.
    pub layout: &'a StackLayout,
    /// The commitments, points on the curve.
    pub rows: &'a [G1Affine],
}

/// The proof of any number of claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimsProof {
    /// From the claims to the values of both stacks at one point.
    pub batching: batching::BatchingProof,
    /// The opening of both stacks at that point.
    pub opening: opening::OpeningProof,
}

/// Checks claims against commitments. The commitments, and whatever the claims' points depend on, must have been absorbed before.
///
/// # Errors
/// A [`VerifyError`] if a claim does not fit the layout, a length is wrong, or a check fails.
pub fn verify_claims<B: Backend>(
    transcript: &mut Transcript,
    stacks: &Groups<CommittedStack<'_>>,
    claims: &[Claim],
    proof: &ClaimsProof,
) -> Result<(), VerifyError> {
    let layouts = Groups {
        model: stacks.model.layout,
        witness: stacks.witness.layout,
    };
    let point = batching::verify(transcript, &layouts, claims, &proof.batching)?;
    let ratio = transcript.challenge(b"group ratio");
    let Groups { model, witness } = stacks;
    let weights = combination_weights(&layouts, &point, ratio);
    if model.rows.len() != weights.model.len() || witness.rows.len() != weights.witness.len() {
        return Err(VerifyError::Length);
    }
    let row = opening::CombinedRow {
        commitments: [model.rows, witness.rows].concat(),
        weights: [weights.model, weights.witness].concat(),
    };
    let value = proof.batching.values.model + ratio * proof.batching.values.witness;
    opening::verify::<B>(transcript, row, &point, value, &proof.opening)
}

/// Proves claims that hold.
///
/// # Errors
/// [`VerifyError::Claim`] if a claim does not fit its layout. A claim with a wrong value is not noticed: the proof is
/// then one that fails to verify.
#[cfg(feature = "prover")]
pub fn prove_claims(
    transcript: &mut Transcript,
    stacks: &Groups<rows::Stack<'_>>,
    claims: &[Claim],
) -> Result<ClaimsProof, VerifyError> {
    let (batching, point) = batching::prove(transcript, stacks, claims)?;
    let ratio = transcript.challenge(b"group ratio");
    let layouts = Groups {
        model: stacks.model.layout(),
        witness: stacks.witness.layout(),
    };
    let weights = combination_weights(&layouts, &point, ratio);
    let mut row = stacks.model.combine_rows(&weights.model);
    let witness = stacks.witness.combine_rows(&weights.witness);
    row.iter_mut()
        .zip(witness)
        .for_each(|(sum, cell)| *sum += cell);
    let opening = opening::prove(transcript, row, &point)?;
    Ok(ClaimsProof { batching, opening })
}

/// The weight of every committed row in the combination `P_model(z, .) + ratio * P_witness(z, .)`.
pub fn combination_weights(
    layouts: &Groups<&StackLayout>,
    point: &[Fr],
    ratio: Fr,
) -> Groups<Vec<Fr>> {
    let weights = |layout: &StackLayout, scale| {
        layout.row_weights(crate::poly::eq::suffix(point, layout.num_vars()), scale)
    };
    Groups {
        model: weights(layouts.model, Fr::from(1)),
        witness: weights(layouts.witness, ratio),
    }
}
