// SPDX-License-Identifier: Apache-2.0
//! What a verification costs, known from the key and the batch size before a proof is looked at.
//!
//! The curve's work is exact: every proof of the batch takes as many points, an MSM of the same
//! length and one pairing check. Field multiplications and transcript bytes are upper bounds, added
//! up along the protocol; the constants count what the code does, additions left out.

use crate::key::{VerifyingKey, ROW_BYTES};
use crate::layers::window::{Axis, Geometry};
use crate::plan::lookup::TableForm;
use crate::plan::{BatchSize, Plan, PlanError};
use crate::proof::ProofShape;
use crate::srs::ROW_LOG;
use crate::sumcheck::Shape;
use crate::transcript::{POINT_BYTES, SCALAR_BYTES};

/// The cost of one verification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Points of the key, read uncompressed and unchecked.
    pub key_points: u64,
    /// Points of the proof, decompressed: a square root each.
    pub proof_points: u64,
    /// Points of the multi-scalar multiplication, all with full-size scalars.
    pub msm_length: u64,
    /// Pairings, in one product.
    pub pairings: u64,
    /// Multiplications in the scalar field.
    pub field_multiplications: u64,
    /// Inversions in the scalar field.
    pub field_inversions: u64,
    /// Challenges drawn.
    pub challenges: u64,
    /// Bytes that go through the transcript, labels and challenges included.
    pub transcript_bytes: u64,
    /// Bytes of a proof, exact.
    pub proof_bytes: u64,
    /// Bytes of the encoded key, exact.
    pub key_bytes: u64,
    /// Cells of all inputs of the batch, without padding.
    pub input_elements: u64,
    /// Evaluations of the inputs, each one lazy product a padded cell.
    pub input_evaluations: u64,
    /// Padded cells of all inputs of the batch.
    pub padded_input_elements: u64,
    /// Cells of all outputs of the batch, without padding.
    pub output_elements: u64,
    /// Padded cells of all outputs of the batch, evaluated once with a lazy product each.
    pub padded_output_elements: u64,
}

/// Bytes around a message: label, lengths and STROBE's operations; no label has more than 32 bytes.
const MESSAGE_OVERHEAD: u64 = 44;

/// Bytes of a challenge before reduction.
const CHALLENGE_BYTES: u64 = 64;

impl VerifyingKey {
    /// The cost of verifying a proof for `batch` inputs.
    ///
    /// # Errors
    /// [`PlanError`] if no such proof exists.
    pub fn cost(&self, batch: BatchSize) -> Result<Cost, PlanError> {
        let plan = self.plan(batch)?;
        let mut cost = Cost::of_plan(&plan);
        let circuit_bytes = self.circuit().to_bytes().len();
        cost.key_bytes = (2 + 32 + 4 + circuit_bytes + self.rows().len() * ROW_BYTES) as u64;
        Ok(cost)
    }
}

impl Cost {
    /// Everything but [`Cost::key_bytes`].
    pub fn of_plan(plan: &Plan) -> Self {
        let shape = ProofShape::new(plan);
        let cells = |id: usize| {
            let tensor = plan.tensors.get(id);
            let logical = tensor.map_or(0, |tensor| tensor.shape.cells());
            let padded = tensor.map_or(0, |tensor| 1u64 << tensor.num_vars());
            let batch = plan.batch as u64;
            (logical.saturating_mul(batch), padded.saturating_mul(batch))
        };
        let (input_elements, padded_input_elements) = cells(0);
        let (output_elements, padded_output_elements) = cells(plan.output.into());
        let key_points = plan.layouts.model.rows().len() as u64;
        let proof_points = shape.points() as u64;
        let mut cost = Self {
            key_points,
            proof_points,
            // Rows of both groups, folds, quotient, opening and the generator.
            msm_length: key_points + proof_points + 1,
            pairings: 2,
            field_inversions: 3,
            proof_bytes: shape.bytes() as u64,
            input_elements,
            padded_input_elements,
            output_elements,
            padded_output_elements,
            ..Self::default()
        };
        cost.statement(plan);
        cost.elements(&shape);
        cost.lookups(plan);
        cost.layers(plan);
        cost.opening(plan);
        cost
    }

    fn challenges(&mut self, count: u64) {
        self.challenges += count;
        self.transcript_bytes += count * (CHALLENGE_BYTES + MESSAGE_OVERHEAD);
        // Reduction of 512 bits: three conversions and two products.
        self.field_multiplications += 5 * count;
    }

    fn message(&mut self, bytes: u64) {
        self.transcript_bytes += bytes + MESSAGE_OVERHEAD;
    }

    fn statement(&mut self, plan: &Plan) {
        let input_bytes = if plan.input_range.bits() <= 8 { 1 } else { 2 };
        self.transcript_bytes += 3 * (32 + MESSAGE_OVERHEAD) + 3 * (8 + MESSAGE_OVERHEAD);
        self.transcript_bytes +=
            input_bytes * self.input_elements + 4 * self.padded_output_elements;
        self.transcript_bytes += 2 * plan.batch as u64 * MESSAGE_OVERHEAD;
    }

    /// Reading and absorbing every element of the proof once.
    fn elements(&mut self, shape: &ProofShape) {
        let scalars = shape.scalars() as u64;
        // Into Montgomery form and back.
        self.field_multiplications += 2 * scalars;
        self.transcript_bytes += scalars * SCALAR_BYTES as u64;
        self.transcript_bytes += shape.points() as u64 * POINT_BYTES as u64;
    }

    /// A batched sumcheck: claims, rounds, and the evaluation of each round polynomial.
    fn sumcheck(&mut self, shape: Shape, instances: u64) {
        if instances == 0 {
            return;
        }
        let (rounds, degree) = (shape.num_vars as u64, shape.degree as u64);
        self.message(instances * SCALAR_BYTES as u64);
        self.challenges(rounds + 1);
        self.transcript_bytes += (rounds + 1) * MESSAGE_OVERHEAD;
        // Weights, claims times powers of two, final products.
        self.field_multiplications += instances * (5 + 2 * 6) + rounds * (degree + 1);
    }

    fn lookups(&mut self, plan: &Plan) {
        let Some(num_vars) = plan.lookups.leaf_vars() else {
            return;
        };
        let num_vars = num_vars as u64;
        self.challenges(2);
        // The top of the tree, at most eight fractions.
        self.message(0);
        self.challenges(3);
        self.field_multiplications += 8 * 6;
        for rounds in 3..num_vars {
            self.challenges(rounds + 2);
            self.transcript_bytes += (rounds + 1) * MESSAGE_OVERHEAD;
            self.field_multiplications += 4 * rounds + 6;
        }
        for section in &plan.lookups.sections {
            self.field_multiplications += num_vars.saturating_sub(section.num_vars as u64) + 5;
        }
        for lookup in &plan.lookups.lookups {
            let terms: usize = lookup
                .tuple
                .iter()
                .map(|expression| expression.0.len())
                .sum();
            self.field_multiplications += 2 * terms as u64;
        }
        for form in &plan.lookups.tables {
            self.field_multiplications += match form {
                TableForm::Range { .. } | TableForm::Committed { .. } => 8,
                TableForm::Clamp { width, .. } | TableForm::Coarse { width, .. } => {
                    2 * *width as u64 + 24
                }
                TableForm::Select { .. } => 8,
            };
        }
        self.message(0);
        self.challenges(u64::from(!plan.pools.is_empty()));
        for equation in &plan.lookups.equations {
            self.field_multiplications += 2 * equation.0.len() as u64;
        }
    }

    fn layers(&mut self, plan: &Plan) {
        let output_vars = plan.tensor_vars(plan.output) as u64;
        self.challenges(output_vars);
        self.message(0);
        self.evaluation(plan, plan.output.into());
        for linear in &plan.linear {
            let terms = linear
                .expression
                .as_ref()
                .map_or(0, |expression| expression.0.len());
            self.field_multiplications += 2 * (terms + linear.scales.len()) as u64;
        }
        for pool in &plan.pools {
            let taps = pool.taps.len() as u64;
            // At the leaf point and at the zero check's.
            self.field_multiplications += 2 * (2 * taps + self.outside(&pool.geometry));
            self.field_multiplications += 2 * pool.num_vars as u64 + taps;
        }
        if !plan.pools.is_empty() {
            let shape = Shape::of_batch(&crate::layers::max_pool::shapes(plan));
            self.challenges(shape.num_vars as u64 + 1);
            self.sumcheck(shape, plan.pools.len() as u64);
        }
        let shape = Shape::of_batch(&crate::layers::linear::shapes(plan));
        self.sumcheck(shape, plan.products.len() as u64);
        for product in &plan.products {
            self.field_multiplications += 2 * product.logs[0] as u64 + (2u64 << product.logs[3]);
        }
        for level in &plan.views {
            let shape = Shape::of_batch(&crate::layers::view::shapes(level));
            self.sumcheck(shape, level.len() as u64);
            for view in level {
                self.field_multiplications += self.wiring(&view.geometry);
            }
        }
        self.input_evaluations = plan.input_claims as u64;
        for _ in 0..plan.input_claims {
            self.evaluation(plan, 0);
        }
    }

    /// The field multiplications of evaluating a public tensor, its lazy products apart: eq tables,
    /// and a reduction for each entry.
    fn evaluation(&mut self, plan: &Plan, id: usize) {
        let vars = plan.tensors.get(id).map_or(0, |tensor| tensor.num_vars());
        let half = vars.div_ceil(2);
        // An entry has 2^(vars - half) rows, each reduced (two lanes of four products) and
        // weighted.
        let entry = (1u64 << half) + (10u64 << (vars - half));
        self.field_multiplications += entry * plan.batch as u64 + (1 << plan.log_batch);
    }

    fn axis(axis: &Axis) -> u64 {
        let tables = (1u64 << axis.log_output) + (1u64 << axis.log_source);
        tables + axis.kernel as u64 * axis.output as u64
    }

    fn wiring(&self, geometry: &Geometry) -> u64 {
        let taps = geometry.taps() as u64;
        geometry.axes.iter().map(Self::axis).sum::<u64>() + 2 * taps
    }

    fn outside(&self, geometry: &Geometry) -> u64 {
        let tables: u64 = geometry
            .axes
            .iter()
            .map(|axis| 1u64 << axis.log_output)
            .sum();
        tables + 2 * geometry.taps() as u64 + 2
    }

    fn opening(&mut self, plan: &Plan) {
        let (model, witness) = (&plan.layouts.model, &plan.layouts.witness);
        let rounds = model.num_vars().max(witness.num_vars()) as u64;
        let claims = plan.committed_claims as u64;
        self.message(claims * SCALAR_BYTES as u64);
        self.challenges(1 + rounds);
        self.transcript_bytes += (rounds + 1) * MESSAGE_OVERHEAD;
        // Weight, value, eq of all variables, extension and stack value of each claim.
        self.field_multiplications += claims * (2 * rounds + 6) + 4 * rounds;
        // About two products a row of either stack and one by the opening's scalar.
        let rows = (model.rows().len() + witness.rows().len()) as u64;
        self.field_multiplications += 3 * rows + 2 * rounds;
        self.challenges(5);
        self.transcript_bytes += 6 * MESSAGE_OVERHEAD;
        self.field_multiplications += 40 * ROW_LOG as u64;
    }
}

#[cfg(all(test, feature = "prover"))]
mod should {
    use crate::transcript::meter;
    use crate::{prove, verify, Context, ProvingKey, Statement};
    use assay_circuit::testing::{cases_of, Case, Size};
    use proptest::prelude::*;

    /// Proves a case and compares what the verifier does with the announced cost.
    fn compare(Case { model, inputs }: Case) {
        let context = Context {
            chain_id: [0; 32],
            jobs: &[b"job"],
            provider: [0; 32],
        };
        let key = ProvingKey::new(model).unwrap();
        let proven = prove(&key, &context, &inputs).unwrap();
        let proof = proven.proof.to_bytes();
        let statement = Statement {
            context,
            inputs: &inputs,
            outputs: &proven.outputs,
        };
        let cost = key.verifying_key().cost(inputs.len() as u32).unwrap();
        meter::take();
        assert_eq!(verify(key.verifying_key(), &statement, &proof), Ok(()));
        let (bytes, challenges) = meter::take();
        assert_eq!(cost.proof_bytes, proof.len() as u64);
        assert!(
            challenges <= cost.challenges,
            "{challenges} challenges, {cost:?}"
        );
        assert!(bytes <= cost.transcript_bytes, "{bytes} bytes, {cost:?}");
        // And the bounds say something.
        assert!(
            cost.challenges <= challenges + 8,
            "{challenges} challenges, {cost:?}"
        );
        assert!(
            cost.transcript_bytes <= bytes * 2 + 2000,
            "{bytes} bytes, {cost:?}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

        #[test]
        fn bound_what_the_transcript_does(case in cases_of(Size::default())) {
            compare(case);
        }
    }
}
