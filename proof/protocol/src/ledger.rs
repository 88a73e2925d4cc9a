// SPDX-License-Identifier: Apache-2.0
//! The claims that a proof has come to and not yet settled.
//!
//! A claim says that the multilinear extension of a tensor has a value at a point. Prover and
//! verifier keep the same ledger: claims on committed tensors wait for the opening at the end,
//! those on the public input for the verifier's own evaluation, those on views for the next batch
//! of view sumchecks.

use crate::commitment::{Claim, Group};
use crate::error::VerifyError;
use crate::plan::tensor::{resolve, split_at, Source};
use crate::plan::Plan;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use assay_circuit::TensorId;

/// A claim `sum_t c_t V~(r_b, r_c, t, r_i, r_j) = value` on a view, see [`crate::layers::window`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewClaim {
    /// `r_b` and `r_c`.
    pub outer: Vec<Fr>,
    /// `r_i` and `r_j`.
    pub pixel: Vec<Fr>,
    /// The coefficients of the taps; `None` means all one.
    pub taps: Option<Vec<Fr>>,
    /// The sum.
    pub value: Fr,
}

/// Open claims.
#[derive(Clone, Debug)]
pub struct Ledger<'a> {
    plan: &'a Plan,
    /// On committed tensors.
    pub committed: Vec<Claim>,
    /// On the public input, with all its variables: points and values.
    pub input: Vec<(Vec<Fr>, Fr)>,
    /// On views, in the order of the plan's next level.
    pub views: Vec<ViewClaim>,
}

impl<'a> Ledger<'a> {
    /// No claims.
    pub fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            committed: Vec::new(),
            input: Vec::new(),
            views: Vec::new(),
        }
    }

    /// Claims that tensor `id` of the circuit is `value` at `point`.
    ///
    /// # Errors
    /// [`VerifyError::Plan`] if nothing proves claims on the tensor, which no plan leads to.
    pub fn tensor(&mut self, id: TensorId, point: Vec<Fr>, value: Fr) -> Result<(), VerifyError> {
        let plan = self.plan;
        let (id, point) =
            resolve(&plan.tensors, plan.log_batch, id, point).ok_or(VerifyError::Plan)?;
        let tensor = plan.tensors.get(usize::from(id)).ok_or(VerifyError::Plan)?;
        match tensor.source {
            Source::Input => self.input.push((point, value)),
            Source::Witness(tensor) => self.witness(tensor, point, value),
            Source::Sum(_) => {
                let (outer, pixel) = split_at(&point, plan.log_batch + tensor.logs[0]);
                let (outer, pixel) = (outer.to_vec(), pixel.to_vec());
                self.views.push(ViewClaim {
                    outer,
                    pixel,
                    taps: None,
                    value,
                });
            }
            // A raw accumulator is nobody's input.
            Source::Accumulator(_) | Source::Alias(_) | Source::Permuted(..) => {
                return Err(VerifyError::Plan)
            }
        }
        Ok(())
    }

    /// Claims that tensor `index` of group A is `value` at `point`, whose parts are in canonical
    /// order.
    ///
    /// # Errors
    /// [`VerifyError::Plan`] if there is no such tensor.
    pub fn parameter(&mut self, index: usize, point: &[Fr], value: Fr) -> Result<(), VerifyError> {
        let parameter = self.plan.parameters.get(index).ok_or(VerifyError::Plan)?;
        let point = parameter.stored_point(point);
        self.committed.push(Claim {
            group: Group::Model,
            tensor: index,
            point,
            value,
        });
        Ok(())
    }

    /// Claims that tensor `index` of group B is `value` at `point`.
    pub fn witness(&mut self, index: usize, point: Vec<Fr>, value: Fr) {
        self.committed.push(Claim {
            group: Group::Witness,
            tensor: index,
            point,
            value,
        });
    }
}

/// Reads evaluations one by one.
#[derive(Clone, Debug)]
pub struct Evaluations<'a>(core::slice::Iter<'a, Fr>);

impl<'a> Evaluations<'a> {
    /// From the first.
    pub fn new(evaluations: &'a [Fr]) -> Self {
        Self(evaluations.iter())
    }

    /// The next one.
    ///
    /// # Errors
    /// [`VerifyError::Length`] if there is none.
    pub fn take(&mut self) -> Result<Fr, VerifyError> {
        self.0.next().copied().ok_or(VerifyError::Length)
    }
}
