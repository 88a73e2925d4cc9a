// SPDX-License-Identifier: Apache-2.0
//! Provers that lie in one step and are honest in all others: each lie is caught, by the check that
//! it is made for.

use crate::models::{everything, inputs, model, perceptron, CONTEXT};
use ark_bls12_381::{Fr, G1Affine};
use assay_circuit::Model;
use assay_proof::backend::{Compute, Cpu};
use assay_proof::commitment::rows::Stack;
use assay_proof::commitment::{batching, combination_weights, opening, Claim, ClaimsProof, Groups};
use assay_proof::plan::lookup::Origin;
use assay_proof::prover::prove_tampered;
use assay_proof::tamper::{Honest, Step, Tamper};
use assay_proof::witness::Witness;
use assay_proof::{
    verify, Plan, ProveError, ProvingKey, Statement, Transcript, VerifyError, VerifyingKey,
};
use rayon::prelude::*;

/// Proves with a lie and verifies.
fn outcome_on(
    key: &ProvingKey,
    count: usize,
    compute: &dyn Compute,
    tamper: &mut dyn Tamper,
) -> Result<(), VerifyError> {
    let inputs = inputs(key.model(), count, 3);
    let proven = prove_tampered(key, &CONTEXT, &inputs, compute, tamper);
    let proven = match proven {
        Ok(proven) => proven,
        Err(ProveError::Protocol(error)) => return Err(error),
        Err(error) => panic!("{error}"),
    };
    let statement = Statement {
        context: CONTEXT,
        inputs: &inputs,
        outputs: &proven.outputs,
    };
    verify(key.verifying_key(), &statement, &proven.proof.to_bytes())
}

fn outcome(model: Model, count: usize, tamper: &mut dyn Tamper) -> Result<(), VerifyError> {
    outcome_on(&ProvingKey::new(model).expect("a key"), count, &Cpu, tamper)
}

/// A lie about the witness.
struct Witnesses<F>(F);

impl<F: FnMut(&Plan, &mut Witness) + Send + Sync> Tamper for Witnesses<F> {
    fn witness(&mut self, plan: &Plan, witness: &mut Witness) {
        (self.0)(plan, witness);
    }
}

/// A lie about the outputs and their pad cells.
struct Outputs<F>(F);

impl<F: FnMut(&mut Vec<Vec<i32>>, &mut Vec<i32>) + Send + Sync> Tamper for Outputs<F> {
    fn outputs(&mut self, outputs: &mut Vec<Vec<i32>>, pads: &mut Vec<i32>) {
        (self.0)(outputs, pads);
    }
}

fn lookup(plan: &Plan, origin: Origin) -> usize {
    plan.lookups
        .lookups
        .iter()
        .position(|lookup| lookup.origin == origin)
        .expect("a lookup")
}

/// The second layer of a perceptron again, after its input was changed: so that nothing but the lie
/// is wrong.
fn recompute_output(model: &Model, witness: &mut Witness) {
    let info = model.circuit().tensors();
    let (weights, bias) = (
        &model.parameters().weights[1],
        &model.parameters().biases[1],
    );
    let (hidden, outputs) = (
        info[1].shape.channels as usize,
        info[2].shape.channels as usize,
    );
    let batch = witness.tensors[1].len() / info[1].size();
    for entry in 0..batch {
        for o in 0..outputs {
            let row = weights[o * hidden..][..hidden].iter();
            let x = &witness.tensors[1][entry * info[1].size()..];
            let sum: i32 = row.zip(x).map(|(w, x)| i32::from(*w) * x).sum();
            witness.tensors[2][entry * info[2].size() + o] = sum + bias[o];
        }
    }
}

fn small() -> Model {
    perceptron(3, 2, 2, 9)
}

#[test]
fn accept_the_honest() {
    assert_eq!(outcome(small(), 1, &mut Honest), Ok(()));
    assert_eq!(outcome(everything(), 2, &mut Honest), Ok(()));
    // The helper that makes lies consistent changes nothing of the truth.
    let model = small();
    let recompute = |_: &Plan, witness: &mut Witness| recompute_output(&model, witness);
    assert_eq!(outcome(small(), 3, &mut Witnesses(recompute)), Ok(()));
}

#[test]
fn reject_a_wrong_weight() {
    for index in [0, 1] {
        let (circuit, mut parameters) = small().into_parts();
        parameters.weights[index][3] += 1;
        let key = ProvingKey::new(small())
            .expect("a key")
            .verifying_key()
            .clone();
        let liar = Model::new(circuit, parameters).expect("a model");
        let liar = ProvingKey::with_verifying_key(liar, key).expect("a key");
        assert_eq!(
            outcome_on(&liar, 1, &Cpu, &mut Honest),
            Err(VerifyError::Opening)
        );
    }
}

#[test]
fn reject_a_wrong_bias() {
    let (circuit, mut parameters) = small().into_parts();
    parameters.biases[1][0] += 1;
    let key = ProvingKey::new(small())
        .expect("a key")
        .verifying_key()
        .clone();
    let liar = Model::new(circuit, parameters).expect("a model");
    let liar = ProvingKey::with_verifying_key(liar, key).expect("a key");
    assert_eq!(
        outcome_on(&liar, 1, &Cpu, &mut Honest),
        Err(VerifyError::Opening)
    );
}

#[test]
fn reject_a_wrong_table_value() {
    let (circuit, mut parameters) = everything().into_parts();
    parameters.tables[0]
        .iter_mut()
        .for_each(|value| *value = 3 - (*value).max(-4));
    let key = ProvingKey::new(everything())
        .expect("a key")
        .verifying_key()
        .clone();
    let liar = Model::new(circuit, parameters).expect("a model");
    let liar = ProvingKey::with_verifying_key(liar, key).expect("a key");
    assert_eq!(
        outcome_on(&liar, 1, &Cpu, &mut Honest),
        Err(VerifyError::Opening)
    );
}

#[test]
fn reject_a_wrong_activation() {
    let model = small();
    let mut lie = Witnesses(|_: &Plan, witness: &mut Witness| {
        witness.tensors[1][0] += 1;
        recompute_output(&model, witness);
    });
    assert_eq!(outcome(small(), 1, &mut lie), Err(VerifyError::Lookup));
}

#[test]
fn reject_a_wrong_activation_of_a_pad_cell() {
    // Three outputs are padded to four; the fourth has weights too, but none that is not zero.
    let model = || perceptron(3, 3, 2, 9);
    let mut lie = Witnesses(|_: &Plan, witness: &mut Witness| witness.tensors[1][3] = 1);
    assert_eq!(outcome(model(), 1, &mut lie), Err(VerifyError::Lookup));
}

/// Says that the first accumulator's key is another one, with the table's value for it and the
/// right counts.
fn wrong_key(model: &Model, plan: &Plan, witness: &mut Witness) {
    let key = lookup(plan, Origin::Key { node: 0 });
    let half = (1 << plan.lookups.tables[plan.lookups.lookups[key].table].num_vars()) / 2;
    witness.rows[key][0] = half + 77;
    witness.tensors[1][0] = 77;
    witness.count(plan);
    recompute_output(model, witness);
}

#[test]
fn reject_a_wrong_high_part() {
    let model = small();
    let mut lie = Witnesses(|plan: &Plan, witness: &mut Witness| wrong_key(&model, plan, witness));
    assert_eq!(outcome(small(), 1, &mut lie), Err(VerifyError::Sumcheck));
}

#[test]
fn reject_a_wrong_limb() {
    let mut lie = Witnesses(|plan: &Plan, witness: &mut Witness| {
        let limb = lookup(plan, Origin::Limb { node: 0, limb: 0 });
        witness.rows[limb][0] ^= 1;
        witness.columns[1][0] ^= 1;
        witness.count(plan);
    });
    assert_eq!(outcome(small(), 1, &mut lie), Err(VerifyError::Sumcheck));
}

#[test]
fn reject_a_limb_that_is_too_wide() {
    // The accumulator is right: a limb of 512 more, a key of one less. The key's value differs.
    let model = small();
    let mut lie = Witnesses(|plan: &Plan, witness: &mut Witness| {
        let key = lookup(plan, Origin::Key { node: 0 });
        let half = (1 << plan.lookups.tables[plan.lookups.lookups[key].table].num_vars()) / 2;
        witness.rows[key][0] -= 1;
        witness.tensors[1][0] = (witness.rows[key][0] as i32 - half).clamp(0, 255);
        witness.columns[1][0] += 512;
        witness.count(plan);
        recompute_output(&model, witness);
    });
    assert_eq!(outcome(small(), 1, &mut lie), Err(VerifyError::Lookup));
}

#[test]
fn reject_a_wrong_multiplicity() {
    for table in [0, 1] {
        let mut lie = Witnesses(move |_: &Plan, witness: &mut Witness| {
            witness.multiplicities[table][5] += 1;
        });
        assert_eq!(outcome(small(), 1, &mut lie), Err(VerifyError::LookupSum));
    }
    // The right number of lookups, of other rows.
    let mut lie = Witnesses(|_: &Plan, witness: &mut Witness| {
        let counts = &mut witness.multiplicities[1];
        let hit = counts
            .iter()
            .position(|count| *count > 0)
            .expect("a row that is hit");
        counts[hit] -= 1;
        counts[(hit + 1) % 512] += 1;
    });
    assert_eq!(outcome(small(), 1, &mut lie), Err(VerifyError::LookupSum));
}

#[test]
fn reject_a_wrong_output() {
    let mut lie = Outputs(|outputs: &mut Vec<Vec<i32>>, _: &mut Vec<i32>| outputs[0][1] += 1);
    assert_eq!(outcome(small(), 1, &mut lie), Err(VerifyError::Sumcheck));
    let mut lie = Witnesses(|_: &Plan, witness: &mut Witness| witness.tensors[2][0] += 1);
    assert_eq!(outcome(small(), 1, &mut lie), Err(VerifyError::Sumcheck));
}

#[test]
fn reject_a_wrong_output_pad_cell() {
    let pads = |outputs: &mut Vec<Vec<i32>>, pads: &mut Vec<i32>| {
        assert_eq!((outputs.len(), pads.len()), (1, 14));
        pads[13] += 1;
    };
    assert_eq!(
        outcome(everything(), 1, &mut Outputs(pads)),
        Err(VerifyError::Sumcheck)
    );
}

#[test]
fn reject_swapped_batch_entries() {
    let mut lie = Outputs(|outputs: &mut Vec<Vec<i32>>, _: &mut Vec<i32>| outputs.swap(0, 2));
    assert_eq!(outcome(small(), 3, &mut lie), Err(VerifyError::Sumcheck));
    // Swapped from the first layer on: the trace of each belongs to the input of the other.
    let mut lie = Witnesses(|plan: &Plan, witness: &mut Witness| {
        let swap = |cells: &mut [i32]| {
            let entry = cells.len() / 4;
            let (low, high) = cells.split_at_mut(2 * entry);
            low[..entry].swap_with_slice(&mut high[..entry]);
        };
        witness
            .tensors
            .iter_mut()
            .skip(1)
            .for_each(|cells| swap(cells));
        swap(&mut witness.columns[1]);
        for rows in &mut witness.rows {
            let entry = rows.len() / 4;
            let (low, high) = rows.split_at_mut(2 * entry);
            low[..entry].swap_with_slice(&mut high[..entry]);
        }
        witness.count(plan);
    });
    assert_eq!(outcome(small(), 3, &mut lie), Err(VerifyError::Sumcheck));
}

#[test]
fn reject_a_pad_entry_that_is_no_copy() {
    // The fourth entry of a batch of three has another input.
    let mut lie = Witnesses(|_: &Plan, witness: &mut Witness| {
        let last = witness.tensors[0].len() - 4;
        witness.tensors[0][last] ^= 1;
    });
    assert!(outcome(small(), 3, &mut lie).is_err());
}

#[test]
fn reject_a_maximum_that_is_too_large() {
    let mut lie = Witnesses(|plan: &Plan, witness: &mut Witness| {
        // Where the table behind the pool hides the difference nothing else would notice.
        witness.tensors[2][0] += 1;
        for tap in 0..4 {
            witness.rows[lookup(plan, Origin::Difference { node: 1, tap })][0] += 1;
        }
        let key = lookup(plan, Origin::Key { node: 2 });
        witness.rows[key][0] += 1;
        let row = witness.rows[key][0] as usize;
        witness.tensors[3][0] = everything().parameters().tables[0][row];
        witness.count(plan);
    });
    assert_eq!(
        outcome(everything(), 1, &mut lie),
        Err(VerifyError::Sumcheck)
    );
}

#[test]
fn reject_a_maximum_that_is_too_small() {
    let mut lie = Witnesses(|plan: &Plan, witness: &mut Witness| {
        witness.tensors[2][0] -= 1;
        for tap in 0..4 {
            let row = &mut witness.rows[lookup(plan, Origin::Difference { node: 1, tap })][0];
            *row = row.saturating_sub(1);
        }
        witness.count(plan);
    });
    assert_eq!(outcome(everything(), 1, &mut lie), Err(VerifyError::Lookup));
}

#[test]
fn reject_a_wrong_selector_of_a_wide_clamp() {
    let mut lie = Witnesses(|plan: &Plan, witness: &mut Witness| {
        let select = lookup(plan, Origin::Select { node: 3 });
        let column = |name: &str| {
            let kinds = plan
                .witness
                .iter()
                .map(|witness| format!("{:?}", witness.kind));
            kinds
                .into_iter()
                .position(|kind| kind.contains(name))
                .expect("a column")
        };
        let (selector, selected) = (column("Selector"), column("Selected"));
        let row = &mut witness.rows[select][0];
        *row ^= 1 << 7;
        let passes = *row >> 7 == 1;
        witness.columns[selector][0] = passes.into();
        witness.columns[selected][0] = if passes { (*row & 127) as i32 } else { 0 };
        witness.count(plan);
    });
    assert_eq!(outcome(everything(), 1, &mut lie), Err(VerifyError::Lookup));
}

/// A lie about one evaluation that is sent.
struct Evaluation {
    step: Step,
    index: usize,
    seen: usize,
}

impl Tamper for Evaluation {
    fn evaluations(&mut self, step: Step, evaluations: &mut Vec<Fr>) {
        if step == self.step {
            let index = self.index.checked_sub(self.seen);
            if let Some(value) = index.and_then(|index| evaluations.get_mut(index)) {
                *value += Fr::from(1);
            }
            self.seen += evaluations.len();
        }
    }
}

#[test]
fn reject_a_wrong_evaluation_of_any_step() {
    let key = ProvingKey::new(everything()).expect("a key");
    for step in [
        Step::Leaf,
        Step::Direct,
        Step::Pools,
        Step::Products,
        Step::Views,
    ] {
        let mut honest = Evaluation {
            step,
            index: usize::MAX,
            seen: 0,
        };
        assert_eq!(outcome_on(&key, 1, &Cpu, &mut honest), Ok(()));
        assert!(honest.seen > 0, "{step:?}");
        (0..honest.seen).into_par_iter().for_each(|index| {
            let mut lie = Evaluation {
                step,
                index,
                seen: 0,
            };
            let outcome = outcome_on(&key, 1, &Cpu, &mut lie);
            assert!(outcome.is_err(), "{step:?} {index}");
        });
    }
}

/// Commits to other rows than it opens.
struct OtherRows;

impl Compute for OtherRows {
    fn commit_rows(&self, stack: &Stack<'_>) -> Vec<G1Affine> {
        let mut rows = stack.commit();
        rows[0] = (rows[0] + assay_proof::srs::G1).into();
        rows
    }
}

#[test]
fn reject_a_commitment_to_another_witness() {
    let key = ProvingKey::new(small()).expect("a key");
    assert_eq!(
        outcome_on(&key, 1, &OtherRows, &mut Honest),
        Err(VerifyError::Opening)
    );
}

/// Folds the combined row at another point than the claimed one.
struct WrongFold(usize);

impl Compute for WrongFold {
    fn open(
        &self,
        stacks: &Groups<Stack<'_>>,
        claims: &[Claim],
        transcript: &mut Transcript,
    ) -> Result<ClaimsProof, VerifyError> {
        let (batching, mut point) = batching::prove(transcript, stacks, claims)?;
        let ratio = transcript.challenge(b"group ratio");
        let layouts = Groups {
            model: stacks.model.layout(),
            witness: stacks.witness.layout(),
        };
        let weights = combination_weights(&layouts, &point, ratio);
        let mut row = stacks.model.combine_rows(&weights.model);
        let witness = stacks.witness.combine_rows(&weights.witness);
        row.iter_mut()
            .zip(witness)
            .for_each(|(sum, cell)| *sum += cell);
        let last = point.len() - 1;
        if let Some(coordinate) = last.checked_sub(self.0).and_then(|i| point.get_mut(i)) {
            *coordinate += Fr::from(1);
        }
        let opening = opening::prove(transcript, row, &point)?;
        Ok(ClaimsProof { batching, opening })
    }
}

#[test]
fn reject_a_wrong_fold() {
    let key = ProvingKey::new(small()).expect("a key");
    assert_eq!(outcome_on(&key, 1, &WrongFold(99), &mut Honest), Ok(()));
    // The coordinate of the last fold is the verifier's: it has no commitment of its own.
    for fold in 0..11 {
        let outcome = outcome_on(&key, 1, &WrongFold(fold), &mut Honest);
        assert_eq!(outcome, Err(VerifyError::Opening), "{fold}");
    }
}

#[test]
fn reject_the_weights_of_another_model() {
    let other = || model(small().into_parts().0.into_definition(), 8);
    let key: VerifyingKey = ProvingKey::new(small())
        .expect("a key")
        .verifying_key()
        .clone();
    let liar = ProvingKey::with_verifying_key(other(), key).expect("a key");
    assert_eq!(
        outcome_on(&liar, 1, &Cpu, &mut Honest),
        Err(VerifyError::Opening)
    );
}
