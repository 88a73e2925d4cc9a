// SPDX-License-Identifier: Apache-2.0
//! Gemm, convolution, residual addition and bias.
//!
//! **Statement.** `acc = sum of terms + bias` in every padded cell of every linear node.
//!
//! **Protocol.** There is one claim on each accumulator: at its node's leaf point, or at the output
//! point if it is the raw output. The prover sends the evaluation of the bias at the channel part
//! of the point, those of scaled tensors where they aren't columns already, and the value of every
//! product but the node's last; what remains is the last product's. A product is
//!
//! `P~(r_b, (r_g, r_o), r_ij) = sum_{g, c, t} eq(r_g, g) W~(g, r_o, c, t) V~(r_b, (g, c), t, r_ij)`
//!
//! where `V` is the im2col view of the input; of a Gemm `V = X` and there are no groups, no taps
//! and no pixels. All products of a proof go into one batched sumcheck over `(g, c, t)`, of degree
//! 2, or 3 where there are groups. The prover binds the outer variables first: its cost is the size
//! of the operands, not the number of multiply-adds. It ends in claims on the weights and on the
//! views.
//!
//! **Soundness error.** `(products - 1 + 3 n) / r` of the batched sumcheck, `n` the variables of
//! the largest. The point of the claim is random and drawn after everything was committed, which
//! costs `(log of the node's cells) / r` more. (Thaler 2013, section 4; zkCNN, ePrint 2021/673.)

use crate::error::VerifyError;
use crate::ledger::{Evaluations, Ledger, ViewClaim};
use crate::plan::tensor::{split_at, Source};
use crate::plan::{LinearPlan, Plan, ProductPlan, ScaleSource};
use crate::poly::eq::{eq, eq_table, suffix};
use crate::sumcheck::{self, Shape, SumcheckProof};
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::Fr;

/// The point of a claim on an accumulator, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductClaim {
    /// `r_b`.
    pub batch: Vec<Fr>,
    /// `r_g`.
    pub group: Vec<Fr>,
    /// `r_o`.
    pub channel: Vec<Fr>,
    /// `r_ij`.
    pub pixel: Vec<Fr>,
}

/// The points of all products: `leaf` is the leaf point of the lookup argument, `output` the output
/// point.
pub fn product_points(plan: &Plan, leaf: &[Fr], output: &[Fr]) -> Vec<ProductClaim> {
    let of_node = |linear: &LinearPlan| {
        let (batch, rest) = split_at(point_of(linear, leaf, output), plan.log_batch);
        let (channels, pixel) = split_at(rest, linear.log_channels);
        let products = plan
            .products
            .get(linear.products.clone())
            .unwrap_or_default();
        let claim = |product: &ProductPlan| {
            let (group, channel) = split_at(channels, product.logs[0]);
            ProductClaim {
                batch: batch.to_vec(),
                group: group.to_vec(),
                channel: channel.to_vec(),
                pixel: pixel.to_vec(),
            }
        };
        products.iter().map(claim).collect::<Vec<_>>()
    };
    plan.linear.iter().flat_map(of_node).collect()
}

fn point_of<'p>(linear: &LinearPlan, leaf: &'p [Fr], output: &'p [Fr]) -> &'p [Fr] {
    let point = if linear.expression.is_some() {
        leaf
    } else {
        output
    };
    suffix(point, linear.num_vars)
}

/// What the accumulators' claims come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduction {
    /// The claimed values of all products.
    pub products: Vec<Fr>,
    /// What must be zero: the remainders of nodes without products.
    pub residuals: Vec<Fr>,
}

/// Enters the output claim and the claims on biases and scaled tensors, and reduces the claims on
/// accumulators to claims on products. `output` is the claim on the circuit's output, point and
/// value; the `direct` evaluations have been absorbed.
///
/// # Errors
/// [`VerifyError::Length`] if `direct` is too short, [`VerifyError::Plan`] if the plan contradicts
/// itself.
pub fn claims(
    plan: &Plan,
    leaf: &[Fr],
    columns: &[Fr],
    output: (&[Fr], Fr),
    direct: &[Fr],
    ledger: &mut Ledger<'_>,
) -> Result<Reduction, VerifyError> {
    let (output_point, output_value) = output;
    let tensor = plan
        .tensors
        .get(usize::from(plan.output))
        .ok_or(VerifyError::Plan)?;
    if !matches!(tensor.source, Source::Accumulator(_)) {
        ledger.tensor(plan.output, output_point.to_vec(), output_value)?;
    }
    let mut direct = Evaluations::new(direct);
    let mut reduction = Reduction {
        products: Vec::new(),
        residuals: Vec::new(),
    };
    for linear in &plan.linear {
        let point = point_of(linear, leaf, output_point);
        let mut rest = match &linear.expression {
            Some(expression) => expression.evaluate(columns),
            None => output_value,
        };
        for (factor, source) in &linear.scales {
            let value = match source {
                ScaleSource::Column(column) => *columns.get(*column).ok_or(VerifyError::Plan)?,
                ScaleSource::Sent(id) => {
                    let value = direct.take()?;
                    ledger.tensor(*id, point.to_vec(), value)?;
                    value
                }
            };
            rest -= value * Fr::from(*factor);
        }
        if let Some(bias) = linear.bias {
            let value = direct.take()?;
            let (channels, _) = split_at(split_at(point, plan.log_batch).1, linear.log_channels);
            ledger.parameter(bias, channels, value)?;
            rest -= value;
        }
        match linear.products.len().checked_sub(1) {
            None => reduction.residuals.push(rest),
            Some(sent) => {
                for _ in 0..sent {
                    let value = direct.take()?;
                    reduction.products.push(value);
                    rest -= value;
                }
                reduction.products.push(rest);
            }
        }
    }
    Ok(reduction)
}

/// The shapes of the plan's product sumchecks.
pub fn shapes(plan: &Plan) -> Vec<Shape> {
    plan.products.iter().map(ProductPlan::shape).collect()
}

/// Enters the claims on weights and inputs at the sumcheck's point.
fn enter(
    plan: &Plan,
    points: &[ProductClaim],
    point: &[Fr],
    evaluations: &[Fr],
    ledger: &mut Ledger<'_>,
) -> Result<(), VerifyError> {
    let mut values = Evaluations::new(evaluations);
    for (product, claim) in plan.products.iter().zip(points) {
        let (weights, view) = (values.take()?, values.take()?);
        let [group, _, channel, _] = product.logs;
        let (group, rest) = split_at(suffix(point, product.shape().num_vars), group);
        let (channel, tap) = split_at(rest, channel);
        ledger.parameter(
            product.weights,
            &[group, &claim.channel, channel, tap].concat(),
            weights,
        )?;
        let outer = [&claim.batch, group, channel].concat();
        match &product.geometry {
            None => ledger.tensor(product.input, outer, view)?,
            Some(geometry) => {
                let mut taps = eq_table(tap);
                taps.truncate(geometry.taps());
                let (pixel, taps) = (claim.pixel.clone(), Some(taps));
                ledger.views.push(ViewClaim {
                    outer,
                    pixel,
                    taps,
                    value: view,
                });
            }
        }
    }
    Ok(())
}

/// Checks the product sumchecks for the claims `values` at `points`, and enters the claims to which
/// they lead. Nothing happens if the circuit has no product.
///
/// # Errors
/// [`VerifyError::Length`] or [`VerifyError::Sumcheck`].
pub fn verify(
    plan: &Plan,
    points: &[ProductClaim],
    values: &[Fr],
    proof: &SumcheckProof,
    evaluations: &[Fr],
    ledger: &mut Ledger<'_>,
    transcript: &mut Transcript,
) -> Result<(), VerifyError> {
    if plan.products.is_empty() {
        return Ok(());
    }
    if evaluations.len() != 2 * plan.products.len() || points.len() != plan.products.len() {
        return Err(VerifyError::Length);
    }
    let reduced = sumcheck::verify(&shapes(plan), values, proof, transcript)?;
    transcript.absorb_scalars(b"product evaluations", evaluations);
    let products = plan
        .products
        .iter()
        .zip(points)
        .zip(evaluations.chunks_exact(2));
    let products = products.map(|((product, claim), operands)| {
        let (group, _) = split_at(reduced.point_of(product.shape().num_vars), product.logs[0]);
        operands.iter().product::<Fr>() * eq(&claim.group, group)
    });
    reduced.check(&products.collect::<Vec<_>>())?;
    enter(plan, points, &reduced.point, evaluations, ledger)
}

#[cfg(feature = "prover")]
mod prover {
    use super::*;
    use crate::backend::Compute;
    use crate::plan::parameter::ParameterPlan;
    use crate::poly::Multilinear;
    use crate::sumcheck::{Instance, Product, ProductSum};
    use crate::tamper::{Step, Tamper};
    use ark_ff::{One, Zero};
    use rayon::prelude::*;

    /// The operands of a product.
    #[derive(Clone, Copy, Debug)]
    pub struct Operands<'a> {
        /// The weights over logical extents, in canonical order.
        pub weights: &'a [i16],
        /// The padded cells of the input with the batch.
        pub input: &'a [i32],
    }

    /// Spreads the cells of a tensor over logical extents `dims` to padded extents.
    fn pad(values: Vec<Fr>, dims: [usize; 3]) -> Vec<Fr> {
        let logs = dims.map(|dim| dim.next_power_of_two().trailing_zeros() as usize);
        let mut padded = alloc::vec![Fr::zero(); 1 << logs.iter().sum::<usize>()];
        for (row, cells) in values.chunks(dims[2]).enumerate() {
            let start = (((row / dims[1]) << logs[1]) + row % dims[1]) << logs[2];
            padded[start..start + cells.len()].copy_from_slice(cells);
        }
        padded
    }

    /// `W~(., r_o, .)` over `(g, c, t)`: one lazy product a weight.
    fn bind_weights(
        product: &ProductPlan,
        parameter: &ParameterPlan,
        weights: &[i16],
        channel: &[Fr],
        compute: &dyn Compute,
    ) -> Multilinear {
        let eq = eq_table(channel);
        let [a, b, c, d] = parameter.extents.map(|extent| extent as usize);
        Multilinear::new(if product.geometry.is_some() {
            // [G, O/G, C/G, T]
            let group = |weights: &[i16]| compute.bind_weights(weights, c * d, &eq[..b]);
            let bound: Vec<Fr> = weights.par_chunks(b * c * d).flat_map_iter(group).collect();
            pad(bound, [a, c, d])
        } else {
            // [O, C, H, W]
            pad(
                compute.bind_weights(weights, b * c * d, &eq[..a]),
                [b, c, d],
            )
        })
    }

    /// The factors of all products, outer variables bound.
    pub fn bind(
        plan: &Plan,
        points: &[ProductClaim],
        operands: &[Operands<'_>],
        compute: &dyn Compute,
    ) -> Vec<ProductSum> {
        let products = plan.products.par_iter().zip(points).zip(operands);
        let instance =
            |((product, claim), operands): ((&ProductPlan, &ProductClaim), &Operands)| {
                let num_vars = product.shape().num_vars;
                let parameter = &plan.parameters[product.weights];
                let (weights, view) = rayon::join(
                    || {
                        bind_weights(
                            product,
                            parameter,
                            operands.weights,
                            &claim.channel,
                            compute,
                        )
                    },
                    || {
                        let eq = eq_table(&claim.batch);
                        let cells = operands.input.len() / eq.len();
                        let input = compute.bind(operands.input, cells, &eq);
                        match &product.geometry {
                            None => input,
                            Some(geometry) => {
                                geometry.contract(&input, &claim.pixel, product.logs[3])
                            }
                        }
                    },
                );
                let factors = alloc::vec![weights, Multilinear::new(view)];
                let product = Product {
                    coefficient: Fr::one(),
                    factors,
                };
                ProductSum::with_eq(num_vars, &claim.group, alloc::vec![product])
            };
        products.map(instance).collect()
    }

    /// The evaluations that the prover sends with the output claim, in the order of [`claims`].
    /// `scaled` evaluates a tensor at a point, `bias` a bias.
    pub fn direct(
        plan: &Plan,
        leaf: &[Fr],
        output: &[Fr],
        instances: &[ProductSum],
        scaled: impl Fn(assay_circuit::TensorId, &[Fr]) -> Fr,
        bias: impl Fn(usize, &[Fr]) -> Fr,
    ) -> Vec<Fr> {
        let mut direct = Vec::with_capacity(plan.direct_evaluations());
        for linear in &plan.linear {
            let point = point_of(linear, leaf, output);
            for (_, source) in &linear.scales {
                if let ScaleSource::Sent(id) = source {
                    direct.push(scaled(*id, point));
                }
            }
            if let Some(index) = linear.bias {
                let (channels, _) = split_at(&point[plan.log_batch..], linear.log_channels);
                direct.push(bias(index, channels));
            }
            if let Some((_, sent)) = instances[linear.products.clone()].split_last() {
                direct.extend(sent.iter().map(ProductSum::sum));
            }
        }
        direct
    }

    /// Proves the product sumchecks and enters the claims to which they lead.
    ///
    /// # Errors
    /// [`VerifyError::Plan`] if the plan contradicts itself.
    pub fn prove(
        plan: &Plan,
        points: &[ProductClaim],
        values: &[Fr],
        mut instances: Vec<ProductSum>,
        ledger: &mut Ledger<'_>,
        transcript: &mut Transcript,
        tamper: &mut dyn Tamper,
    ) -> Result<(SumcheckProof, Vec<Fr>), VerifyError> {
        if plan.products.is_empty() {
            return Ok(Default::default());
        }
        let mut batch: Vec<&mut dyn Instance> = instances
            .iter_mut()
            .map(|instance| instance as &mut dyn Instance)
            .collect();
        let (proof, reduced) = sumcheck::prove(&mut batch, values, transcript);
        let mut evaluations: Vec<Fr> = instances.iter().flat_map(ProductSum::evaluations).collect();
        tamper.evaluations(Step::Products, &mut evaluations);
        transcript.absorb_scalars(b"product evaluations", &evaluations);
        enter(plan, points, &reduced.point, &evaluations, ledger)?;
        Ok((proof, evaluations))
    }
}
#[cfg(feature = "prover")]
pub use prover::{bind, direct, prove, Operands};
