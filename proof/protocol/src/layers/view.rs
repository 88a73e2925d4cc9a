// SPDX-License-Identifier: Apache-2.0
//! Batches of view sumchecks: claims on views become claims on the tensors that are viewed.
//! Statement, protocol and soundness are in [`super::window`].
//!
//! A claim on a tensor that is itself a sum pool is a claim on a view again, so the batches go
//! level by level; the plan lists them.

use crate::error::VerifyError;
use crate::ledger::{Ledger, ViewClaim};
use crate::plan::ViewPlan;
use crate::sumcheck::{self, Reduced, Shape, SumcheckProof};
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::Fr;

/// The shapes of the sumchecks of one level.
pub fn shapes(level: &[ViewPlan]) -> Vec<Shape> {
    level.iter().map(ViewPlan::shape).collect()
}

/// Takes the claims of a level off the ledger.
fn take(level: &[ViewPlan], ledger: &mut Ledger<'_>) -> Result<Vec<ViewClaim>, VerifyError> {
    let claims = core::mem::take(&mut ledger.views);
    if claims.len() == level.len() {
        Ok(claims)
    } else {
        Err(VerifyError::Plan)
    }
}

fn enter(
    level: &[ViewPlan],
    claims: &[ViewClaim],
    reduced: &Reduced,
    evaluations: &[Fr],
    ledger: &mut Ledger<'_>,
) -> Result<(), VerifyError> {
    for ((view, claim), value) in level.iter().zip(claims).zip(evaluations) {
        let pixel = reduced.point_of(view.geometry.num_vars());
        ledger.tensor(view.source, [&claim.outer, pixel].concat(), *value)?;
    }
    Ok(())
}

fn taps(view: &ViewPlan, claim: &ViewClaim) -> Vec<Fr> {
    match &claim.taps {
        Some(taps) => taps.clone(),
        None => super::window::ones(view.geometry.taps()),
    }
}

/// Checks one level and enters the claims to which it leads.
///
/// # Errors
/// [`VerifyError::Length`] or [`VerifyError::Sumcheck`]; [`VerifyError::Plan`] if the plan
/// contradicts itself.
pub fn verify(
    level: &[ViewPlan],
    proof: &SumcheckProof,
    evaluations: &[Fr],
    ledger: &mut Ledger<'_>,
    transcript: &mut Transcript,
) -> Result<(), VerifyError> {
    let claims = take(level, ledger)?;
    if evaluations.len() != level.len() {
        return Err(VerifyError::Length);
    }
    let values: Vec<Fr> = claims.iter().map(|claim| claim.value).collect();
    let reduced = sumcheck::verify(&shapes(level), &values, proof, transcript)?;
    transcript.absorb_scalars(b"view evaluations", evaluations);
    let products = level
        .iter()
        .zip(&claims)
        .zip(evaluations)
        .map(|((view, claim), value)| {
            let source = reduced.point_of(view.geometry.num_vars());
            view.geometry
                .wiring(&taps(view, claim), &claim.pixel, source)
                * value
        });
    reduced.check(&products.collect::<Vec<_>>())?;
    enter(level, &claims, &reduced, evaluations, ledger)
}

/// Proves one level and enters the claims to which it leads. `tensor` gives the padded cells of a
/// tensor with the batch.
///
/// # Errors
/// [`VerifyError::Plan`] if the plan contradicts itself.
#[cfg(feature = "prover")]
pub fn prove<'t>(
    level: &[ViewPlan],
    tensor: impl Fn(assay_circuit::TensorId) -> &'t [i32] + Sync,
    ledger: &mut Ledger<'_>,
    transcript: &mut Transcript,
    compute: &dyn crate::backend::Compute,
    tamper: &mut dyn crate::tamper::Tamper,
) -> Result<(SumcheckProof, Vec<Fr>), VerifyError> {
    use crate::poly::{eq::eq_table, Multilinear};
    use crate::sumcheck::{Instance, ProductSum};
    use rayon::prelude::*;

    let claims = take(level, ledger)?;
    let mut instances: Vec<ProductSum> = level
        .par_iter()
        .zip(&claims)
        .map(|(view, claim)| {
            let cells = 1 << view.geometry.num_vars();
            let source = compute.bind(tensor(view.source), cells, &eq_table(&claim.outer));
            let wiring = view.geometry.wiring_table(&taps(view, claim), &claim.pixel);
            ProductSum::inner_product(Multilinear::new(source), Multilinear::new(wiring))
        })
        .collect();
    let values: Vec<Fr> = claims.iter().map(|claim| claim.value).collect();
    let mut batch: Vec<&mut dyn Instance> = instances
        .iter_mut()
        .map(|instance| instance as &mut dyn Instance)
        .collect();
    let (proof, reduced) = sumcheck::prove(&mut batch, &values, transcript);
    let first = |instance: &ProductSum| instance.evaluations().first().copied();
    let mut evaluations: Vec<Fr> = instances.iter().filter_map(first).collect();
    tamper.evaluations(crate::tamper::Step::Views, &mut evaluations);
    transcript.absorb_scalars(b"view evaluations", &evaluations);
    enter(level, &claims, &reduced, &evaluations, ledger)?;
    Ok((proof, evaluations))
}
