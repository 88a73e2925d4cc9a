// SPDX-License-Identifier: Apache-2.0
//! From bytes to a model that is the chain's, and a first run of it. Blocks.

use std::time::Instant;

use assay_circuit::{Model, Parameters};
use assay_proof::{prove, verify, Context, ProvingKey, Statement, VerifyingKey};

use super::{cache::hash, WeightsError};
use crate::{executor::Backend, services::shelf::ReadyModel};

/// Compares the content hash.
///
/// # Errors
///
/// [`WeightsError::Hash`].
pub fn check_hash(bytes: &[u8], expected: &[u8; 32]) -> Result<(), WeightsError> {
    let found = hash(bytes);
    if found == *expected {
        return Ok(());
    }
    Err(WeightsError::Hash {
        found: format!("0x{}", hex::encode(found)),
        expected: format!("0x{}", hex::encode(expected)),
    })
}

/// Puts a model together from its verifying key on the chain and its parameters: checks every bound of the circuit, widths of tables
/// included, computes the commitment and compares it with the chain's.
///
/// # Errors
///
/// [`WeightsError::Key`], [`WeightsError::Parameters`], [`WeightsError::Commitment`].
pub fn assemble(key: &[u8], parameters: &[u8]) -> Result<ProvingKey, WeightsError> {
    let expected =
        VerifyingKey::from_bytes(key).map_err(|error| WeightsError::Key(error.to_string()))?;
    let unfit = |error: assay_circuit::ParameterError| WeightsError::Parameters(error.to_string());
    let parameters = Parameters::from_bytes(expected.circuit(), parameters).map_err(unfit)?;
    let model = Model::new(expected.circuit().clone(), parameters).map_err(unfit)?;
    let computed = ProvingKey::new(model).map_err(|error| WeightsError::Key(error.to_string()))?;
    if *computed.verifying_key() != expected {
        return Err(WeightsError::Commitment);
    }
    Ok(computed)
}

/// Executes and proves one input that means nothing: the first measurement, and the proof that everything works here before stake
/// depends on it.
///
/// # Errors
///
/// [`WeightsError::Device`], [`WeightsError::Trial`].
pub fn trial(ready: &ReadyModel, backend: &dyn Backend) -> Result<(), WeightsError> {
    let fail = |what: &str| WeightsError::Trial(what.to_string());
    let inputs = vec![trial_input(ready.model())];
    let outputs = ready.run(backend, &inputs)?;
    let context = Context {
        // No chain has it: the proof is worth nothing.
        chain_id: [0; 32],
        jobs: &[b"trial"],
        provider: [0; 32],
    };
    let started = Instant::now();
    let proven = prove(&ready.key, &context, &inputs).map_err(|error| fail(&error.to_string()))?;
    let statement = Statement {
        context,
        inputs: &inputs,
        outputs: &outputs,
    };
    let proof = proven.proof.to_bytes();
    verify(ready.key.verifying_key(), &statement, &proof)
        .map_err(|error| fail(&error.to_string()))?;
    let seconds = started.elapsed().as_secs_f64();
    ready.with_speed(|speed| speed.note_proof(1, seconds));
    Ok(())
}

/// Codes all over the range of the input.
fn trial_input(model: &Model) -> Vec<i32> {
    let input = model.circuit().input();
    let (low, high) = (i64::from(input.range.low), i64::from(input.range.high));
    let span = high - low + 1;
    // A step that has no small factor in common with a span spreads the codes.
    (0..input.cells() as i64)
        .map(|cell| (low + (cell * 7_919) % span) as i32)
        .collect()
}

#[cfg(test)]
mod should {
    use super::*;
    use assay_circuit::testing::{case, Size};
    use codec::Encode;

    fn model() -> Model {
        let choices: Vec<u32> = (1..200).collect();
        case(&choices, Size::default()).model
    }

    #[test]
    fn put_a_model_together_that_is_the_chains() {
        let key = ProvingKey::new(model()).unwrap();
        let bytes = key.model().parameters().encode();
        let again = assemble(&key.verifying_key().to_bytes(), &bytes).unwrap();
        assert_eq!(again.model(), key.model());
    }

    #[test]
    fn refuse_other_weights_of_the_same_circuit() {
        let key = ProvingKey::new(model()).unwrap();
        let (circuit, mut parameters) = key.model().clone().into_parts();
        let weight = parameters
            .weights
            .iter_mut()
            .flatten()
            .find(|weight| **weight != 0)
            .unwrap();
        *weight = 0;
        let changed = Model::new(circuit, parameters).unwrap();
        let bytes = changed.parameters().encode();
        let refused = assemble(&key.verifying_key().to_bytes(), &bytes);
        assert!(matches!(refused, Err(WeightsError::Commitment)));
    }

    #[test]
    fn refuse_weights_that_break_a_bound_of_the_circuit() {
        // An owner who registered a commitment to them would have jobs that nobody can prove.
        let key = ProvingKey::new(model()).unwrap();
        let (circuit, mut parameters) = key.model().clone().into_parts();
        parameters
            .weights
            .iter_mut()
            .flatten()
            .for_each(|weight| *weight = i16::MAX);
        let bytes = parameters.encode();
        assert!(Parameters::from_bytes(&circuit, &bytes).is_ok());
        let refused = assemble(&key.verifying_key().to_bytes(), &bytes);
        assert!(matches!(refused, Err(WeightsError::Parameters(_))));
    }

    #[test]
    fn refuse_bytes_that_are_no_parameters_or_no_key() {
        let key = ProvingKey::new(model()).unwrap();
        let vk = key.verifying_key().to_bytes();
        let mut bytes = key.model().parameters().encode();
        assert!(matches!(
            assemble(&vk[1..], &bytes),
            Err(WeightsError::Key(_))
        ));
        bytes.push(0);
        assert!(matches!(
            assemble(&vk, &bytes),
            Err(WeightsError::Parameters(_))
        ));
        assert!(matches!(
            assemble(&vk, &[]),
            Err(WeightsError::Parameters(_))
        ));
    }

    #[test]
    fn compare_hashes() {
        assert!(check_hash(b"a", &hash(b"a")).is_ok());
        let wrong = check_hash(b"a", &hash(b"b"));
        assert!(matches!(wrong, Err(WeightsError::Hash { .. })));
    }

    #[test]
    fn try_inputs_in_range() {
        let model = model();
        let input = trial_input(&model);
        assert!(model.run(&input).is_ok());
    }
}
