// SPDX-License-Identifier: Apache-2.0
//! The verifier: follows the plan through the protocol.
//!
//! The messages, in order; every one is absorbed before the next challenge is drawn:
//!
//! 1. the statement and the pad cells of the outputs ([`crate::statement`]);
//! 2. the rows of the witness commitment;
//! 3. the fractional sum of all lookups, then the evaluations at its leaf point
//!    ([`crate::layers::lookups`], [`requantise`]);
//! 4. at a random output point, which the public output has to agree with: biases and other direct
//!    evaluations ([`linear`]);
//! 5. the zero checks of the max pools ([`max_pool`]);
//! 6. the products of all linear nodes ([`linear`]);
//! 7. the views, level by level ([`view`]);
//! 8. the opening of both commitments at one point ([`crate::commitment`]).
//!
//! Nothing here panics, and what it allocates is bounded by the key and the batch size.

use crate::commitment::{verify_claims, CommittedStack, Groups};
use crate::error::VerifyError;
use crate::key::VerifyingKey;
use crate::layers::requantise::{self, LeafEvaluations};
use crate::layers::{linear, lookups, max_pool, view};
use crate::ledger::Ledger;
use crate::lookup::fractional_sum;
use crate::msm::backend::{Arkworks, Backend};
use crate::plan::{BatchSize, Plan};
use crate::proof::Proof;
use crate::statement::{self, Statement};
use alloc::vec::Vec;

/// Checks a proof: that under the model commitment of `key` each input of the statement has the
/// output that stands beside it, and that the proof was made for the statement's context.
///
/// # Errors
/// A [`VerifyError`] says that the proof proves nothing.
pub fn verify(
    key: &VerifyingKey,
    statement: &Statement<'_>,
    proof: &[u8],
) -> Result<(), VerifyError> {
    verify_with::<Arkworks>(key, statement, proof)
}

/// [`verify`] with another implementation of the curve.
///
/// # Errors
/// As [`verify`].
pub fn verify_with<B: Backend>(
    key: &VerifyingKey,
    statement: &Statement<'_>,
    proof: &[u8],
) -> Result<(), VerifyError> {
    let batch = BatchSize::try_from(statement.inputs.len()).map_err(|_| VerifyError::Statement)?;
    let plan = key.plan(batch).map_err(|_| VerifyError::Statement)?;
    verify_planned::<B>(key, &plan, statement, proof)
}

/// [`verify_with`] for a plan of the key that exists already.
///
/// # Errors
/// As [`verify`].
pub fn verify_planned<B: Backend>(
    key: &VerifyingKey,
    plan: &Plan,
    statement: &Statement<'_>,
    proof: &[u8],
) -> Result<(), VerifyError> {
    statement.check(plan)?;
    let proof = Proof::from_bytes(plan, proof)?;
    let mut transcript = statement::transcript(plan, key.digest(), statement, &proof.output_pads);
    transcript.absorb_points(b"witness rows", &proof.rows);
    let mut ledger = Ledger::new(plan);

    let evaluations = LeafEvaluations::new(plan, &proof.leaf)?;
    let mut leaf = Vec::new();
    if let Some(num_vars) = plan.lookups.leaf_vars() {
        let challenges = lookups::Challenges::draw(&mut transcript);
        let claim = fractional_sum::verify(num_vars, &proof.fractional_sum, &mut transcript)?;
        transcript.absorb_scalars(b"leaf evaluations", &proof.leaf);
        lookups::check(plan, &challenges, &claim, &evaluations)?;
        leaf = claim.point;
        let equations =
            requantise::claims(plan, &leaf, &evaluations, &mut ledger, &mut transcript)?;
        if !requantise::vanish(&equations) {
            return Err(VerifyError::Lookup);
        }
    }

    let output = transcript.challenges(b"output point", plan.tensor_vars(plan.output));
    let (outputs, pads) = (statement.outputs, &proof.output_pads);
    let value = statement::evaluate_batch(plan, plan.output, outputs, pads, &output)
        .ok_or(VerifyError::Plan)?;
    transcript.absorb_scalars(b"direct evaluations", &proof.direct);
    let points = linear::product_points(plan, &leaf, &output);
    let columns = evaluations.columns;
    let reduction = linear::claims(
        plan,
        &leaf,
        columns,
        (&output, value),
        &proof.direct,
        &mut ledger,
    )?;
    if !requantise::vanish(&reduction.residuals) {
        return Err(VerifyError::Linear);
    }

    let pools = &proof.pools;
    max_pool::verify(
        plan,
        &pools.sumcheck,
        &pools.evaluations,
        &mut ledger,
        &mut transcript,
    )?;
    let products = &proof.products;
    linear::verify(
        plan,
        &points,
        &reduction.products,
        &products.sumcheck,
        &products.evaluations,
        &mut ledger,
        &mut transcript,
    )?;
    for (level, part) in plan.views.iter().zip(&proof.views) {
        let (sumcheck, evaluations) = (&part.sumcheck, &part.evaluations);
        view::verify(level, sumcheck, evaluations, &mut ledger, &mut transcript)?;
    }
    let settled = ledger.views.is_empty() && proof.views.len() == plan.views.len();
    let counts = (ledger.input.len(), ledger.committed.len());
    if !settled || counts != (plan.input_claims, plan.committed_claims) {
        return Err(VerifyError::Plan);
    }
    check_input(plan, statement, &ledger)?;

    let model = CommittedStack {
        layout: &plan.layouts.model,
        rows: key.rows(),
    };
    let witness = CommittedStack {
        layout: &plan.layouts.witness,
        rows: &proof.rows,
    };
    let stacks = Groups { model, witness };
    verify_claims::<B>(&mut transcript, &stacks, &ledger.committed, &proof.opening)
}

/// Checks the claims on the public input by evaluating it.
fn check_input(
    plan: &Plan,
    statement: &Statement<'_>,
    ledger: &Ledger<'_>,
) -> Result<(), VerifyError> {
    for (point, value) in &ledger.input {
        let found = statement::evaluate_batch(plan, 0, statement.inputs, &[], point);
        if found.ok_or(VerifyError::Plan)? != *value {
            return Err(VerifyError::Input);
        }
    }
    Ok(())
}
