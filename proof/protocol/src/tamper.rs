// SPDX-License-Identifier: Apache-2.0
//! Lies that tests make the prover tell.
//!
//! A lying prover is the honest one with a [`Tamper`] between its steps: what follows a lie is
//! computed as if it were true, so that a test shows which check catches it rather than that a
//! flipped byte breaks the transcript.

use crate::plan::Plan;
use crate::witness::Witness;
use alloc::vec::Vec;
use ark_bls12_381::Fr;

/// A step of the protocol at which the prover sends evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Columns, multiplicities and tables at the leaf point.
    Leaf,
    /// What comes with the output claim.
    Direct,
    /// Outputs and taps of the max pools.
    Pools,
    /// Weights and views of the products.
    Products,
    /// The sources of the views of a level.
    Views,
}

/// Changes what the prover knows or says. The default does nothing.
pub trait Tamper: Send + Sync {
    /// Called with the witness before anything is committed.
    fn witness(&mut self, _plan: &Plan, _witness: &mut Witness) {}

    /// Called with the outputs and their pad cells before they are absorbed.
    fn outputs(&mut self, _outputs: &mut Vec<Vec<i32>>, _pads: &mut Vec<i32>) {}

    /// Called with evaluations before they are absorbed.
    fn evaluations(&mut self, _step: Step, _evaluations: &mut Vec<Fr>) {}
}

/// No lies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Honest;

impl Tamper for Honest {}
