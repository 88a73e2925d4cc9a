// SPDX-License-Identifier: Apache-2.0
//! The plan's lookups as one fractional sum: leaves for the prover, recombination for the verifier.
//!
//! **Leaves.** A looked-up tuple `(c_1, c_2, ..)` in the table with tag `t` is
//! `1 / (a - t - b c_1 - b^2 c_2 - ..)`, a table row the same with numerator `-m`. A section is all lookups of one kind
//! for one tensor, or all rows of one table; sections lie one after the other, largest first, so
//! that each is an aligned sub-cube of the leaves.
//!
//! **Recombination.** At the leaf point `rho` a section with `n` variables and prefix `s`
//! contributes its fraction at the last `n` coordinates of `rho`, weighted with `eq(rho's first
//! coordinates, s)`; what no section fills is `0 / 1`. A section's denominator is linear in its
//! columns, so it is found from their evaluations; columns of tables have closed forms.

use super::requantise::LeafEvaluations;
use crate::error::VerifyError;
use crate::ledger::Evaluations;
use crate::lookup::fractional_sum::LeafClaim;
use crate::lookup::tables;
use crate::plan::lookup::{SectionKind, TableForm};
use crate::plan::Plan;
use crate::poly::eq::{eq_bits, split_low};
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{One, Zero};

/// The challenges that turn tuples into denominators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenges {
    a: Fr,
    /// `b, b^2, b^3`.
    powers: [Fr; 3],
}

impl Challenges {
    /// Drawn after everything was committed.
    pub fn draw(transcript: &mut Transcript) -> Self {
        let a = transcript.challenge(b"lookup point");
        let b = transcript.challenge(b"lookup combination");
        Self {
            a,
            powers: [b, b * b, b * b * b],
        }
    }

    /// The denominator of a tuple of table `index`, whose tag is `index + 1`.
    fn denominator(&self, index: usize, tuple: impl IntoIterator<Item = Fr>) -> Fr {
        let tag = Fr::from(index as u64 + 1);
        let terms = self
            .powers
            .iter()
            .zip(tuple)
            .map(|(power, value)| *power * value);
        self.a - tag - terms.sum::<Fr>()
    }
}

/// The evaluations of a table's columns at a point of its variables. `values` are those of
/// committed tables still to come.
fn table_columns(
    form: &TableForm,
    point: &[Fr],
    values: &mut Evaluations<'_>,
) -> Result<[Fr; 3], VerifyError> {
    let zero = Fr::zero();
    Ok(match *form {
        TableForm::Range { .. } => [tables::index(point), zero, zero],
        TableForm::Clamp { width, range } => {
            let clamp = tables::Clamp::new(width, 0, range.low, range.high);
            let (base, _) = clamp.ok_or(VerifyError::Plan)?.columns(point);
            [tables::signed_key(point), base, zero]
        }
        TableForm::Select { .. } => {
            let (low, selected, selector) = tables::select(point);
            [low, selected, selector]
        }
        TableForm::Coarse {
            width,
            split,
            range,
        } => {
            let clamp = tables::Clamp::new(width, split, range.low, range.high);
            let (base, pass) = clamp.ok_or(VerifyError::Plan)?.columns(point);
            [tables::signed_key(point), base, pass]
        }
        TableForm::Committed { .. } => [tables::signed_key(point), values.take()?, zero],
    })
}

/// Checks that the evaluations at the leaf point recombine to the claim on the leaves.
///
/// # Errors
/// [`VerifyError::Lookup`] if they don't, [`VerifyError::Length`] if some are missing.
pub fn check(
    plan: &Plan,
    challenges: &Challenges,
    claim: &LeafClaim,
    evaluations: &LeafEvaluations<'_>,
) -> Result<(), VerifyError> {
    let lookups = &plan.lookups;
    let mut values = Evaluations::new(evaluations.values);
    // Denominators of the tables first: their committed values come in the tables' order, not in
    // the sections'.
    let mut denominators = Vec::with_capacity(lookups.tables.len());
    for (index, form) in lookups.tables.iter().enumerate() {
        let (_, point) = split_low(&claim.point, form.num_vars());
        let columns = table_columns(form, point, &mut values)?;
        denominators.push(challenges.denominator(index, columns));
    }
    let (mut p, mut q, mut filled) = (Fr::zero(), Fr::zero(), Fr::zero());
    for section in &lookups.sections {
        let (prefix, _) = split_low(&claim.point, section.num_vars);
        let weight = eq_bits(prefix, section.prefix());
        let (numerator, denominator) = match section.kind {
            SectionKind::Lookup(index) => {
                let lookup = lookups.lookups.get(index).ok_or(VerifyError::Plan)?;
                let tuple = lookup
                    .tuple
                    .iter()
                    .map(|value| value.evaluate(evaluations.columns));
                (Fr::one(), challenges.denominator(lookup.table, tuple))
            }
            SectionKind::Table(index) => {
                let multiplicity = evaluations
                    .multiplicities
                    .get(index)
                    .ok_or(VerifyError::Length)?;
                (
                    -*multiplicity,
                    *denominators.get(index).ok_or(VerifyError::Plan)?,
                )
            }
        };
        p += weight * numerator;
        q += weight * denominator;
        filled += weight;
    }
    if p == claim.numerator && q + Fr::one() - filled == claim.denominator {
        Ok(())
    } else {
        Err(VerifyError::Lookup)
    }
}

#[cfg(feature = "prover")]
mod prover {
    use super::*;
    use crate::lookup::fractional_sum::Leaves;
    use crate::witness::Witness;
    use rayon::prelude::*;

    /// The denominators of all rows of a table; `values` are those of a committed one.
    fn denominators(
        challenges: &Challenges,
        index: usize,
        form: &TableForm,
        values: &[i32],
    ) -> Vec<Fr> {
        let half = (1i32 << form.num_vars()) / 2;
        let clamp = match *form {
            TableForm::Clamp { width, range } => {
                tables::Clamp::new(width, 0, range.low, range.high)
            }
            TableForm::Coarse {
                width,
                split,
                range,
            } => tables::Clamp::new(width, split, range.low, range.high),
            _ => None,
        };
        let clamped = |key: i32| clamp.map_or((0, false), |clamp| clamp.row(key));
        let row = |j: i32| -> [i32; 3] {
            match *form {
                TableForm::Range { .. } => [j, 0, 0],
                TableForm::Clamp { .. } => [j - half, clamped(j - half).0, 0],
                TableForm::Select { split } => {
                    let (low, selector) = (j & ((1 << split) - 1), j >> split);
                    [low, low * selector, selector]
                }
                TableForm::Coarse { .. } => {
                    let (base, pass) = clamped(j - half);
                    [j - half, base, pass.into()]
                }
                TableForm::Committed { .. } => [j - half, values[j as usize], 0],
            }
        };
        let denominator = |j: i32| {
            let tuple = row(j).into_iter().take(form.arity());
            challenges.denominator(index, tuple.map(Fr::from))
        };
        (0..1i32 << form.num_vars())
            .into_par_iter()
            .with_min_len(1 << 8)
            .map(denominator)
            .collect()
    }

    /// The leaves of all sections. `values` gives the values of the committed table of an index.
    pub fn leaves<'v>(
        plan: &Plan,
        challenges: &Challenges,
        witness: &Witness,
        values: impl Fn(usize) -> &'v [i32] + Sync,
    ) -> Leaves {
        let lookups = &plan.lookups;
        let tables: Vec<Vec<Fr>> = lookups
            .tables
            .par_iter()
            .enumerate()
            .map(|(index, form)| denominators(challenges, index, form, values(index)))
            .collect();
        let mut leaves = Leaves {
            numerators: Vec::with_capacity(lookups.leaves as usize),
            denominators: Vec::with_capacity(lookups.leaves as usize),
        };
        for section in &lookups.sections {
            match section.kind {
                SectionKind::Lookup(index) => {
                    let rows = &witness.rows[index];
                    let table = &tables[lookups.lookups[index].table];
                    leaves
                        .numerators
                        .resize(leaves.numerators.len() + rows.len(), 1);
                    let cells = rows.par_iter().with_min_len(1 << 12);
                    leaves
                        .denominators
                        .par_extend(cells.map(|row| table[*row as usize]));
                }
                SectionKind::Table(index) => {
                    let counts = witness.multiplicities[index].iter();
                    leaves
                        .numerators
                        .extend(counts.map(|count| (*count as i32).wrapping_neg()));
                    leaves.denominators.extend_from_slice(&tables[index]);
                }
            }
        }
        leaves
    }
}
#[cfg(feature = "prover")]
pub use prover::leaves;
