// SPDX-License-Identifier: Apache-2.0
//! Maxima over windows.
//!
//! **Statement.** `y = max_t x_t` in every cell, where `x_t` is the view of the input through tap
//! `t` (at most four), the smallest code of the input's range outside.
//!
//! **Protocol.** Two facts make a maximum. `y - x_t` is in the range table of the codes' width, a
//! lookup for each tap, so that no tap is larger; and `prod_t (y - x_t) = 0`, a zero check: for a
//! random `w`, `sum_x eq(w, x) prod_t (y(x) - x_t(x)) = 0` by sumcheck, degree `taps + 1`. All
//! pools share one batch. The claims on taps at one point combine with powers of a challenge to one
//! claim on the view of the input, after the padding value's part has been taken off: the padding
//! is wired, not committed.
//!
//! **Soundness error.** `n / r` for `w`, `(pools - 1 + n (taps + 1)) / r` of the batched sumcheck,
//! `(taps - 1) / r` for each combination of taps. (Thaler, *Proofs, Arguments, and Zero-Knowledge*,
//! sections 4.1 and 4.6.)

use crate::error::VerifyError;
use crate::ledger::{Evaluations, Ledger, ViewClaim};
use crate::plan::tensor::split_at;
use crate::plan::{Plan, PoolPlan};
use crate::poly::eq::{eq, suffix};
use crate::sumcheck::{self, Shape, SumcheckProof};
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{One, Zero};
use assay_circuit::TensorId;

/// The shapes of the plan's zero checks.
pub fn shapes(plan: &Plan) -> Vec<Shape> {
    plan.pools.iter().map(PoolPlan::shape).collect()
}

/// Evaluations that follow the zero checks: the output and the taps of each pool.
pub fn evaluations(plan: &Plan) -> usize {
    plan.pools.iter().map(|pool| 1 + pool.taps.len()).sum()
}

/// Enters the claim on the view that stands for the claims `taps` on the taps of `pool` at `point`.
pub(super) fn tap_claim(
    plan: &Plan,
    pool: &PoolPlan,
    point: &[Fr],
    taps: &[Fr],
    challenge: Fr,
    ledger: &mut Ledger<'_>,
) -> Result<(), VerifyError> {
    let source = plan
        .tensors
        .get(usize::from(pool.input))
        .ok_or(VerifyError::Plan)?;
    let (outer, pixel) = split_at(point, plan.log_batch + source.logs[0]);
    let powers = core::iter::successors(Some(Fr::one()), |power| Some(*power * challenge));
    let coefficients: Vec<Fr> = powers.take(taps.len()).collect();
    let sum: Fr = coefficients.iter().zip(taps).map(|(c, tap)| *c * tap).sum();
    let pad = match pool.pad {
        0 => Fr::zero(),
        pad => pool.geometry.outside(&coefficients, pixel) * Fr::from(pad),
    };
    ledger.views.push(ViewClaim {
        outer: outer.to_vec(),
        pixel: pixel.to_vec(),
        taps: Some(coefficients),
        value: sum - pad,
    });
    Ok(())
}

/// Draws the point of the zero checks.
fn zero_check_point(plan: &Plan, transcript: &mut Transcript) -> Vec<Fr> {
    let num_vars = Shape::of_batch(&shapes(plan)).num_vars;
    transcript.challenges(b"zero check", num_vars)
}

/// Enters the claims that the evaluations after the zero checks make, which have been absorbed.
fn claims(
    plan: &Plan,
    point: &[Fr],
    evaluations: &[Fr],
    ledger: &mut Ledger<'_>,
    transcript: &mut Transcript,
) -> Result<(), VerifyError> {
    let challenge = transcript.challenge(b"taps");
    let mut values = Evaluations::new(evaluations);
    for pool in &plan.pools {
        let point = suffix(point, pool.num_vars);
        let output = TensorId::try_from(pool.node + 1).map_err(|_| VerifyError::Plan)?;
        ledger.tensor(output, point.to_vec(), values.take()?)?;
        let taps: Result<Vec<Fr>, _> = pool.taps.iter().map(|_| values.take()).collect();
        tap_claim(plan, pool, point, &taps?, challenge, ledger)?;
    }
    Ok(())
}

/// Checks the zero checks of all pools and enters the claims to which they lead. Nothing happens if
/// the circuit has no pool.
///
/// # Errors
/// [`VerifyError::Length`] or [`VerifyError::Sumcheck`].
pub fn verify(
    plan: &Plan,
    proof: &SumcheckProof,
    evaluations: &[Fr],
    ledger: &mut Ledger<'_>,
    transcript: &mut Transcript,
) -> Result<(), VerifyError> {
    if plan.pools.is_empty() {
        return Ok(());
    }
    let w = zero_check_point(plan, transcript);
    let zeros: Vec<Fr> = plan.pools.iter().map(|_| Fr::zero()).collect();
    let reduced = sumcheck::verify(&shapes(plan), &zeros, proof, transcript)?;
    transcript.absorb_scalars(b"pool evaluations", evaluations);
    let mut values = Evaluations::new(evaluations);
    let mut products = Vec::with_capacity(plan.pools.len());
    for pool in &plan.pools {
        let output = values.take()?;
        let mut product = eq(suffix(&w, pool.num_vars), reduced.point_of(pool.num_vars));
        for _ in &pool.taps {
            product *= output - values.take()?;
        }
        products.push(product);
    }
    reduced.check(&products)?;
    claims(plan, &reduced.point, evaluations, ledger, transcript)
}

#[cfg(feature = "prover")]
mod prover {
    use super::*;
    use crate::poly::{small, Multilinear};
    use crate::sumcheck::{Instance, Product, ProductSum};
    use crate::tamper::{Step, Tamper};
    use rayon::prelude::*;

    /// The differences `y - x_t` of a pool, tap by tap, and its output `y`; all with the batch and
    /// padded.
    #[derive(Clone, Debug)]
    pub struct PoolValues<'a> {
        /// `y`.
        pub output: &'a [i32],
        /// `y - x_t`.
        pub differences: Vec<&'a [u32]>,
    }

    /// Proves the zero checks of all pools and enters the claims to which they lead.
    ///
    /// # Errors
    /// [`VerifyError::Plan`] if the plan contradicts itself.
    pub fn prove(
        plan: &Plan,
        pools: &[PoolValues<'_>],
        ledger: &mut Ledger<'_>,
        transcript: &mut Transcript,
        tamper: &mut dyn Tamper,
    ) -> Result<(SumcheckProof, Vec<Fr>), VerifyError> {
        if plan.pools.is_empty() {
            return Ok(Default::default());
        }
        let w = zero_check_point(plan, transcript);
        let mut instances: Vec<ProductSum> = plan
            .pools
            .iter()
            .zip(pools)
            .map(|(pool, values)| {
                let differences = values.differences.par_iter();
                let factors = differences.map(|d| Multilinear::from_small(d, pool.num_vars));
                let product = Product {
                    coefficient: Fr::one(),
                    factors: factors.collect(),
                };
                let eq = suffix(&w, pool.num_vars);
                ProductSum::with_eq(pool.num_vars, eq, alloc::vec![product])
            })
            .collect();
        let zeros: Vec<Fr> = plan.pools.iter().map(|_| Fr::zero()).collect();
        let mut batch: Vec<&mut dyn Instance> = instances
            .iter_mut()
            .map(|instance| instance as &mut dyn Instance)
            .collect();
        let (proof, reduced) = sumcheck::prove(&mut batch, &zeros, transcript);
        let mut evaluations = Vec::new();
        for ((pool, values), instance) in plan.pools.iter().zip(pools).zip(&instances) {
            let output = small::evaluate(values.output, reduced.point_of(pool.num_vars));
            evaluations.push(output);
            evaluations.extend(
                instance
                    .evaluations()
                    .iter()
                    .map(|difference| output - difference),
            );
        }
        tamper.evaluations(Step::Pools, &mut evaluations);
        transcript.absorb_scalars(b"pool evaluations", &evaluations);
        claims(plan, &reduced.point, &evaluations, ledger, transcript)?;
        Ok((proof, evaluations))
    }
}
#[cfg(feature = "prover")]
pub use prover::{prove, PoolValues};
