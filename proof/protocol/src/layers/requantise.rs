// SPDX-License-Identifier: Apache-2.0
//! Tables and range checks: from the evaluations at the leaf point to claims.
//!
//! **Statement.** For every cell of a requantised node: `acc = key 2^s + lo` with `lo` in `[0,
//! 2^s)` and `y = T[key]`. `y` and the limbs of `lo` are committed; the key is not.
//!
//! **Protocol.** The fractional sum ([`crate::lookup`]) ends at a point `rho`. Every lookup of a
//! tensor with `n` variables is evaluated at the last `n` coordinates of `rho`, so that all columns
//! of a node meet at one point. The prover sends their evaluations there; they recombine to the
//! denominators of the fractional sum, and each one ends in a claim on a committed tensor, but for
//! the key's: it is what makes `acc~ = key~ 2^s + lo~` a claim on the accumulator, for
//! [`super::linear`] to prove. A key that another tensor holds is a claim on that tensor.
//!
//! **Soundness.** That of the fractional sum. The decomposition of `acc` is unique, as `2^(w + s) <
//! |F|` for key width `w`.

use super::max_pool;
use crate::error::VerifyError;
use crate::ledger::{Evaluations, Ledger};
use crate::plan::lookup::{Column, TableForm};
use crate::plan::Plan;
use crate::poly::eq::suffix;
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::Zero;

/// The evaluations at the leaf point, in the order in which they are sent.
#[derive(Clone, Copy, Debug)]
pub struct LeafEvaluations<'a> {
    /// Of the plan's columns.
    pub columns: &'a [Fr],
    /// Of the multiplicities of each table.
    pub multiplicities: &'a [Fr],
    /// Of the values of each committed table, in the order of the plan's tables.
    pub values: &'a [Fr],
}

impl<'a> LeafEvaluations<'a> {
    /// How many there are.
    pub fn count(plan: &Plan) -> usize {
        plan.lookups.columns.len() + plan.lookups.tables.len() + committed_tables(plan)
    }

    /// From one list.
    ///
    /// # Errors
    /// [`VerifyError::Length`] if it doesn't have [`Self::count`] elements.
    pub fn new(plan: &Plan, all: &'a [Fr]) -> Result<Self, VerifyError> {
        let (columns, tables) = (plan.lookups.columns.len(), plan.lookups.tables.len());
        if all.len() != Self::count(plan) {
            return Err(VerifyError::Length);
        }
        let (columns, rest) = all.split_at(columns);
        let (multiplicities, values) = rest.split_at(tables);
        Ok(Self {
            columns,
            multiplicities,
            values,
        })
    }
}

fn committed_tables(plan: &Plan) -> usize {
    let committed = |form: &&TableForm| matches!(form, TableForm::Committed { .. });
    plan.lookups.tables.iter().filter(committed).count()
}

/// Enters the claims that the evaluations make at `leaf`, and returns the values of the plan's
/// equations, which must be zero.
///
/// # Errors
/// [`VerifyError::Plan`] if the plan contradicts itself.
pub fn claims(
    plan: &Plan,
    leaf: &[Fr],
    evaluations: &LeafEvaluations<'_>,
    ledger: &mut Ledger<'_>,
    transcript: &mut Transcript,
) -> Result<Vec<Fr>, VerifyError> {
    for (plan, value) in plan.lookups.columns.iter().zip(evaluations.columns) {
        let point = suffix(leaf, plan.num_vars).to_vec();
        match (plan.column, plan.witness) {
            (Column::Tensor(id), _) => ledger.tensor(id, point, *value)?,
            (_, Some(tensor)) => ledger.witness(tensor, point, *value),
            // The key: part of the accumulator's claim or of an equation. A tap: below.
            (_, None) => (),
        }
    }
    let mut values = Evaluations::new(evaluations.values);
    for (index, form) in plan.lookups.tables.iter().enumerate() {
        let point = suffix(leaf, form.num_vars());
        let value = *evaluations
            .multiplicities
            .get(index)
            .ok_or(VerifyError::Length)?;
        let tensor = plan.lookups.first_multiplicity + index;
        ledger.witness(tensor, point.to_vec(), value);
        if let TableForm::Committed { parameter, .. } = form {
            ledger.parameter(*parameter, point, values.take()?)?;
        }
    }
    if !plan.pools.is_empty() {
        let challenge = transcript.challenge(b"taps at leaf point");
        for pool in &plan.pools {
            let value = |column: &usize| evaluations.columns.get(*column).copied();
            let taps: Option<Vec<Fr>> = pool.taps.iter().map(value).collect();
            let taps = taps.ok_or(VerifyError::Plan)?;
            max_pool::tap_claim(
                plan,
                pool,
                suffix(leaf, pool.num_vars),
                &taps,
                challenge,
                ledger,
            )?;
        }
    }
    let equations = plan.lookups.equations.iter();
    Ok(equations
        .map(|equation| equation.evaluate(evaluations.columns))
        .collect())
}

/// Whether all of `residuals` are zero.
pub fn vanish(residuals: &[Fr]) -> bool {
    residuals.iter().all(Fr::is_zero)
}
