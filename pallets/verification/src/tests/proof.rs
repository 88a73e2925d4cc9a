// SPDX-License-Identifier: Apache-2.0
//! The border to the proof system, with real keys and proofs of small random circuits.

use assay_circuit::testing::{case, Case, Size};
use assay_pallet_primitives::{KeyRejected, ProofRejected, ProofVerifier, Statement};
use assay_proof::{prove, Context, ProvingKey};
use sp_core::H256;

use crate::proof::AssayVerifier;

const CHAIN: H256 = H256([7; 32]);
const PROVIDER: [u8; 32] = [9; 32];
const JOBS: [u64; 2] = [41, 42];

/// A key, inputs, their outputs and a proof that `PROVIDER` made for `JOBS`.
struct Proven {
    key: Vec<u8>,
    inputs: Vec<Vec<i32>>,
    outputs: Vec<Vec<i32>>,
    proof: Vec<u8>,
}

fn small() -> Size {
    Size {
        nodes: 3,
        extent: 4,
        batch: 2,
        table_width: 5,
        wide_clamps: false,
    }
}

fn prove_case(choices: &[u32]) -> Proven {
    let Case { model, inputs } = case(choices, small());
    let key = ProvingKey::new(model).unwrap();
    let jobs: Vec<[u8; 8]> = JOBS.iter().map(|job| job.to_le_bytes()).collect();
    let jobs: Vec<&[u8]> = jobs.iter().map(|job| job.as_slice()).collect();
    let context = Context {
        chain_id: CHAIN.0,
        jobs: &jobs,
        provider: PROVIDER,
    };
    let proven = prove(&key, &context, &inputs).unwrap();
    Proven {
        key: key.verifying_key().to_bytes(),
        inputs,
        outputs: proven.outputs,
        proof: proven.proof.to_bytes(),
    }
}

impl Proven {
    fn statement(&self) -> Statement<'_> {
        Statement {
            chain_id: CHAIN,
            jobs: &JOBS,
            provider: PROVIDER,
            inputs: &self.inputs,
            outputs: &self.outputs,
        }
    }

    fn verify(&self, statement: &Statement<'_>) -> Result<(), ProofRejected> {
        AssayVerifier::verify(&self.key, statement, &self.proof)
    }
}

/// Numbers that decide a circuit.
fn choices(seed: u32) -> Vec<u32> {
    (0..400u32)
        .map(|i| (i + 1).wrapping_mul(seed).wrapping_mul(2_654_435_761) >> 3)
        .collect()
}

/// The seeds of three circuits with weights and with tables: what has neither has nothing that a proof could commit to.
fn seeds() -> impl Iterator<Item = u32> {
    let interesting = |seed: &u32| {
        let circuit = case(&choices(*seed), small()).model;
        let circuit = circuit.circuit();
        !circuit.tables().is_empty() && circuit.cost(1).unwrap().parameter_cells > 0
    };
    (1..1_000).filter(interesting).take(3)
}

fn some_proof() -> Proven {
    prove_case(&choices(seeds().next().unwrap()))
}

#[test]
fn accept_a_valid_proof() {
    for seed in seeds() {
        let proven = prove_case(&choices(seed));
        assert_eq!(proven.verify(&proven.statement()), Ok(()));
    }
}

#[test]
fn reject_another_output() {
    let proven = some_proof();
    let mut outputs = proven.outputs.clone();
    outputs[0][0] = outputs[0][0].wrapping_add(1);
    let statement = Statement {
        outputs: &outputs,
        ..proven.statement()
    };
    assert_eq!(proven.verify(&statement), Err(ProofRejected::Invalid));
}

#[test]
fn reject_a_proof_copied_by_another_provider_for_another_job_or_from_another_chain() {
    let proven = some_proof();
    let stolen = Statement {
        provider: [8; 32],
        ..proven.statement()
    };
    assert_eq!(proven.verify(&stolen), Err(ProofRejected::Invalid));
    let replayed = Statement {
        jobs: &[41, 43],
        ..proven.statement()
    };
    assert_eq!(proven.verify(&replayed), Err(ProofRejected::Invalid));
    let abroad = Statement {
        chain_id: H256([6; 32]),
        ..proven.statement()
    };
    assert_eq!(proven.verify(&abroad), Err(ProofRejected::Invalid));
}

#[test]
fn reject_a_statement_of_the_wrong_shape() {
    let proven = some_proof();
    let statement = Statement {
        inputs: &[],
        outputs: &[],
        ..proven.statement()
    };
    assert_eq!(proven.verify(&statement), Err(ProofRejected::Statement));
    let statement = Statement {
        outputs: &[],
        ..proven.statement()
    };
    assert_eq!(proven.verify(&statement), Err(ProofRejected::Statement));
}

#[test]
fn reject_bytes_that_are_no_proof_and_keys_that_are_no_key() {
    let proven = some_proof();
    let verify = |proof: &[u8]| AssayVerifier::verify(&proven.key, &proven.statement(), proof);
    assert_eq!(verify(&[]), Err(ProofRejected::Malformed));
    assert_eq!(verify(&proven.proof[1..]), Err(ProofRejected::Malformed));
    let key = &proven.key[1..];
    let result = AssayVerifier::verify(key, &proven.statement(), &proven.proof);
    assert_eq!(result, Err(ProofRejected::Key));
}

#[test]
fn a_key_says_what_its_model_is() {
    let proven = some_proof();
    let facts = AssayVerifier::check_key(&proven.key).unwrap();
    assert_eq!(facts.input_elements as usize, proven.inputs[0].len());
    assert_eq!(facts.output_elements as usize, proven.outputs[0].len());
    assert!(proven
        .inputs
        .iter()
        .flatten()
        .all(|code| { (facts.input_min..=facts.input_max).contains(code) }));
    assert_eq!(facts.max_batch, 64);
    assert!(facts.work > 0);
    assert!(facts.cost.proof_bytes(2) as usize >= proven.proof.len());
}

#[test]
fn the_charged_weight_covers_the_cost_of_every_batch() {
    for seed in seeds() {
        let proven = prove_case(&choices(seed));
        let facts = AssayVerifier::check_key(&proven.key).unwrap();
        let key = assay_proof::VerifyingKey::from_bytes(&proven.key).unwrap();
        for batch in 1..=64 {
            let cost = key.cost(batch).unwrap();
            let charged = facts.cost.weight(batch);
            assert!(
                crate::proof::weight_of(&cost).all_lte(charged),
                "{batch} inputs"
            );
            assert!(cost.proof_bytes <= facts.cost.proof_bytes(batch as u32).into());
        }
    }
}

#[test]
fn reject_hostile_keys_with_the_reason() {
    let key = some_proof().key;
    let change = |index: usize| {
        let mut changed = key.clone();
        changed[index] ^= 1;
        AssayVerifier::check_key(&changed)
    };
    assert_eq!(AssayVerifier::check_key(&[]), Err(KeyRejected::Malformed));
    assert_eq!(
        AssayVerifier::check_key(&key[..key.len() - 1]),
        Err(KeyRejected::Malformed)
    );
    assert_eq!(change(0), Err(KeyRejected::UnsupportedVersion));
    // The digest, the circuit, the last point.
    assert_eq!(change(2), Err(KeyRejected::Malformed));
    assert!(change(40).is_err());
    assert_eq!(change(key.len() - 1), Err(KeyRejected::InvalidPoint));
}

#[test]
fn reject_a_key_that_commits_to_nothing() {
    let mut keys = (1..1_000).filter_map(|seed| {
        let model = case(&choices(seed), small()).model;
        Some(ProvingKey::new(model).ok()?.verifying_key().clone())
    });
    let key = keys.find(|key| key.rows().is_empty()).unwrap();
    assert_eq!(
        AssayVerifier::check_key(&key.to_bytes()),
        Err(KeyRejected::NothingCommitted)
    );
}

#[test]
fn reject_a_key_that_commits_to_nothing_but_zeros() {
    let Case { model, .. } = case(&choices(seeds().next().unwrap()), small());
    let rows = ProvingKey::new(model.clone()).unwrap();
    let rows = rows.verifying_key().rows().len();
    let key =
        assay_proof::VerifyingKey::new(model.circuit().clone(), vec![Default::default(); rows]);
    assert_eq!(
        AssayVerifier::check_key(&key.unwrap().to_bytes()),
        Err(KeyRejected::NothingCommitted)
    );
}
