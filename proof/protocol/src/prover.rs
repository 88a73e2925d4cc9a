// SPDX-License-Identifier: Apache-2.0
//! The prover: runs the model, commits to the trace and follows the plan through the protocol,
//! whose messages are listed in [`crate::verifier`].

use crate::backend::{Compute, Cpu};
use crate::commitment::rows::{Cells, Stack};
use crate::commitment::Groups;
use crate::key::ProvingKey;
use crate::layers::linear::{self, Operands};
use crate::layers::max_pool::{self, PoolValues};
use crate::layers::requantise::{self, LeafEvaluations};
use crate::layers::{lookups, view};
use crate::ledger::Ledger;
use crate::plan::lookup::{Column, Origin, TableForm};
use crate::plan::{BatchSize, Plan, PlanError, WitnessKind};
use crate::poly::eq::suffix;
use crate::poly::small;
use crate::proof::{Evaluated, Proof};
use crate::statement::{self, Context, Statement};
use crate::tamper::{Honest, Step, Tamper};
use crate::transcript::Transcript;
use crate::witness::{self, ProveError, Witness};
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use assay_circuit::{Model, ParameterId, TensorId};
use rayon::prelude::*;
use tracing::info_span;

/// A proof with the outputs that it proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The proof.
    pub proof: Proof,
    /// The outputs over logical cells, one an input.
    pub outputs: Vec<Vec<i32>>,
}

/// Proves the outputs of 1 to 64 inputs, logical cells in the shape of the circuit's input.
///
/// # Errors
/// [`ProveError`] if the inputs don't fit the circuit.
pub fn prove(
    key: &ProvingKey,
    context: &Context<'_>,
    inputs: &[Vec<i32>],
) -> Result<Proven, ProveError> {
    prove_on(key, context, inputs, &Cpu)
}

/// [`prove`] on a device of the caller's choice.
///
/// # Errors
/// As [`prove`].
pub fn prove_on(
    key: &ProvingKey,
    context: &Context<'_>,
    inputs: &[Vec<i32>],
    compute: &dyn Compute,
) -> Result<Proven, ProveError> {
    prove_tampered(key, context, inputs, compute, &mut Honest)
}

/// [`prove_on`] with lies: for tests of the verifier.
///
/// # Errors
/// As [`prove`]; some lies make a proof impossible.
pub fn prove_tampered(
    key: &ProvingKey,
    context: &Context<'_>,
    inputs: &[Vec<i32>],
    compute: &dyn Compute,
    tamper: &mut dyn Tamper,
) -> Result<Proven, ProveError> {
    let model = key.model();
    let batch = BatchSize::try_from(inputs.len()).map_err(|_| PlanError::Batch(BatchSize::MAX))?;
    let plan = key.verifying_key().plan(batch)?;
    let mut witness = info_span!("witness").in_scope(|| witness::generate(model, &plan, inputs))?;
    tamper.witness(&plan, &mut witness);
    let mut outputs = witness.outputs(model, &plan);
    let mut output_pads = witness.output_pads(&plan);
    tamper.outputs(&mut outputs, &mut output_pads);
    let statement = Statement {
        context: *context,
        inputs,
        outputs: &outputs,
    };
    let transcript = statement::transcript(
        &plan,
        key.verifying_key().digest(),
        &statement,
        &output_pads,
    );
    let prover = Prover {
        key,
        plan: &plan,
        witness: &witness,
        compute,
        tamper,
    };
    let proof = prover.run(output_pads, &outputs, transcript)?;
    Ok(Proven { proof, outputs })
}

struct Prover<'a> {
    key: &'a ProvingKey,
    plan: &'a Plan,
    witness: &'a Witness,
    compute: &'a dyn Compute,
    tamper: &'a mut dyn Tamper,
}

impl<'a> Prover<'a> {
    fn run(
        self,
        output_pads: Vec<i32>,
        outputs: &[Vec<i32>],
        mut transcript: Transcript,
    ) -> Result<Proof, ProveError> {
        let (plan, witness, compute) = (self.plan, self.witness, self.compute);
        let transcript = &mut transcript;
        let model_cells = self.key.cells();
        let witness_cells = witness_cells(plan, witness);
        let stacks = Groups {
            model: Stack::new(self.key.layout(), &model_cells)?,
            witness: Stack::new(&plan.layouts.witness, &witness_cells)?,
        };
        let rows = info_span!("commit").in_scope(|| compute.commit_rows(&stacks.witness));
        transcript.absorb_points(b"witness rows", &rows);
        let mut ledger = Ledger::new(plan);

        let mut fractional_sum = Default::default();
        let (mut point, mut leaf) = (Vec::new(), Vec::new());
        if let Some(num_vars) = plan.lookups.leaf_vars() {
            let _span = info_span!("lookups", leaves = plan.lookups.leaves).entered();
            let challenges = lookups::Challenges::draw(transcript);
            let leaves = info_span!("leaves").in_scope(|| {
                lookups::leaves(plan, &challenges, witness, |table| self.table_values(table))
            });
            let claim;
            (fractional_sum, claim) = compute.fractional_sum(num_vars, leaves, transcript);
            point = claim.point;
            leaf = info_span!("columns").in_scope(|| self.leaf_evaluations(&point));
            self.tamper.evaluations(Step::Leaf, &mut leaf);
            transcript.absorb_scalars(b"leaf evaluations", &leaf);
            let evaluations = LeafEvaluations::new(plan, &leaf)?;
            requantise::claims(plan, &point, &evaluations, &mut ledger, transcript)?;
        }

        let span = info_span!("linear").entered();
        let output = transcript.challenges(b"output point", plan.tensor_vars(plan.output));
        let value = statement::evaluate_batch(plan, plan.output, outputs, &output_pads, &output)
            .unwrap_or_default();
        let points = linear::product_points(plan, &point, &output);
        let instances =
            info_span!("bind").in_scope(|| linear::bind(plan, &points, &self.operands(), compute));
        let mut direct = linear::direct(
            plan,
            &point,
            &output,
            &instances,
            |id, point| compute.evaluate(witness.tensor(id), point),
            |index, point| small::evaluate(self.integers(index), point),
        );
        self.tamper.evaluations(Step::Direct, &mut direct);
        transcript.absorb_scalars(b"direct evaluations", &direct);
        let columns = LeafEvaluations::new(plan, &leaf)?.columns;
        let reduction = linear::claims(
            plan,
            &point,
            columns,
            (&output, value),
            &direct,
            &mut ledger,
        )?;
        drop(span);

        let pools = info_span!("pools").in_scope(|| {
            let values: Vec<PoolValues<'_>> = self.pool_values();
            max_pool::prove(plan, &values, &mut ledger, transcript, self.tamper)
        })?;
        let products = info_span!("products").in_scope(|| {
            linear::prove(
                plan,
                &points,
                &reduction.products,
                instances,
                &mut ledger,
                transcript,
                self.tamper,
            )
        })?;
        let views: Result<Vec<_>, _> = info_span!("views").in_scope(|| {
            let tensor = |id: TensorId| witness.tensor(id);
            let tamper = &mut *self.tamper;
            let level = |level: &Vec<_>| {
                view::prove(level, tensor, &mut ledger, transcript, compute, tamper)
            };
            plan.views.iter().map(level).collect()
        });
        let opening = info_span!("open", claims = ledger.committed.len())
            .in_scope(|| compute.open(&stacks, &ledger.committed, transcript))?;
        let evaluated = |(sumcheck, evaluations)| Evaluated {
            sumcheck,
            evaluations,
        };
        Ok(Proof {
            output_pads,
            rows,
            fractional_sum,
            leaf,
            direct,
            pools: evaluated(pools),
            products: evaluated(products),
            views: views?.into_iter().map(evaluated).collect(),
            opening,
        })
    }

    fn model(&self) -> &'a Model {
        self.key.model()
    }

    /// The values of parameter `index` of group A, which is a bias or a table.
    fn integers(&self, index: usize) -> &'a [i32] {
        let tensor = &self.model().layout()[index];
        let parameters = self.model().parameters();
        match tensor.id {
            ParameterId::Bias { .. } => &parameters.biases[tensor.position],
            ParameterId::Table { .. } => &parameters.tables[tensor.position],
            ParameterId::Weights { .. } => &[],
        }
    }

    /// The values of table `table` of the plan if it is a committed one.
    fn table_values(&self, table: usize) -> &'a [i32] {
        match self.plan.lookups.tables[table] {
            TableForm::Committed { parameter, .. } => self.integers(parameter),
            _ => &[],
        }
    }

    /// The evaluations of all columns, multiplicities and committed tables at the leaf point.
    fn leaf_evaluations(&self, leaf: &[Fr]) -> Vec<Fr> {
        let (plan, witness) = (self.plan, self.witness);
        let lookups = &plan.lookups;
        let row_of = |origin| {
            let index = lookups
                .lookups
                .iter()
                .position(|lookup| lookup.origin == origin);
            index.map(|index| (witness.rows[index].as_slice(), &lookups.lookups[index]))
        };
        let column = |column: &crate::plan::lookup::ColumnPlan| {
            let point = suffix(leaf, column.num_vars);
            match column.column {
                Column::Tensor(id) => self.compute.evaluate(witness.tensor(id), point),
                Column::High { node } => {
                    let Some((rows, lookup)) = row_of(Origin::Key { node }) else {
                        return Fr::default();
                    };
                    let half = 1u64 << lookups.tables[lookup.table].num_vars() >> 1;
                    small::evaluate(rows, point) - Fr::from(half)
                }
                Column::Tap { node, tap } => {
                    let output = self.compute.evaluate(&witness.tensors[node + 1], point);
                    let difference = row_of(Origin::Difference { node, tap });
                    output
                        - difference.map_or(Fr::default(), |(rows, _)| small::evaluate(rows, point))
                }
                Column::Limb { .. }
                | Column::Low { .. }
                | Column::Selector { .. }
                | Column::Selected { .. } => {
                    let index = column.witness.unwrap_or_default();
                    self.compute.evaluate(&witness.columns[index], point)
                }
            }
        };
        let mut evaluations: Vec<Fr> = lookups.columns.par_iter().map(column).collect();
        let multiplicities = witness.multiplicities.par_iter().zip(&lookups.tables);
        let multiplicities = multiplicities
            .map(|(counts, form)| small::evaluate(counts, suffix(leaf, form.num_vars())));
        evaluations.extend(multiplicities.collect::<Vec<Fr>>());
        for (table, form) in lookups.tables.iter().enumerate() {
            if let TableForm::Committed { .. } = form {
                let point = suffix(leaf, form.num_vars());
                evaluations.push(small::evaluate(self.table_values(table), point));
            }
        }
        evaluations
    }

    /// The operands of the plan's products.
    fn operands(&self) -> Vec<Operands<'a>> {
        let operands = |product: &crate::plan::ProductPlan| {
            let position = self.model().layout()[product.weights].position;
            Operands {
                weights: &self.model().parameters().weights[position],
                input: self.witness.tensor(product.input),
            }
        };
        self.plan.products.iter().map(operands).collect()
    }

    /// Outputs and differences of the plan's max pools.
    fn pool_values(&self) -> Vec<PoolValues<'a>> {
        let lookups = &self.plan.lookups.lookups;
        let values = |pool: &crate::plan::PoolPlan| {
            PoolValues {
            output: &self.witness.tensors[pool.node + 1],
            differences: lookups
                .iter()
                .zip(&self.witness.rows)
                .filter(|(lookup, _)| {
                    matches!(lookup.origin, Origin::Difference { node, .. } if node == pool.node)
                })
                .map(|(_, rows)| rows.as_slice())
                .collect(),
        }
        };
        self.plan.pools.iter().map(values).collect()
    }
}

/// The cells of group B.
fn witness_cells<'w>(plan: &Plan, witness: &'w Witness) -> Vec<Cells<'w>> {
    let cells = |(index, column): (usize, &crate::plan::WitnessPlan)| match column.kind {
        WitnessKind::Column(Column::Tensor(id)) => Cells::I32(witness.tensor(id)),
        WitnessKind::Column(_) => Cells::I32(&witness.columns[index]),
        WitnessKind::Multiplicity { table } => Cells::U32(&witness.multiplicities[table]),
    };
    plan.witness.iter().enumerate().map(cells).collect()
}
