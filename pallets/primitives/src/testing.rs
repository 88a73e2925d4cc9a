// SPDX-License-Identifier: Apache-2.0
//! A proof system for tests of the pallets: it checks a relation by computing it again, so that wrong outputs, wrong contexts and
//! wrong bytes are rejected, and costs nothing. Sound, not succinct.

use alloc::vec::Vec;
use codec::{Decode, DecodeAll, Encode};
use frame_support::weights::Weight;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};

use crate::{
    KeyFacts, KeyRejected, ProofRejected, ProofVerifier, Statement, VerificationCost, Work,
};

/// The version of keys that [`RelationVerifier`] accepts.
pub const VERSION: u16 = 7;
/// Bytes of a proof.
pub const PROOF_BYTES: u32 = 32;

/// A model: output `j` of an input is `multiplier * (sum of its codes) + j`, wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RelationModel {
    /// Version of the verifier.
    pub version: u16,
    /// The only weight, not zero. Unlike a real key, this one shows it.
    pub multiplier: i32,
    /// Codes in an input, at least one.
    pub input_elements: u32,
    /// Least input code.
    pub input_min: i32,
    /// Largest input code.
    pub input_max: i32,
    /// Codes in an output, at least one.
    pub output_elements: u32,
    /// The most inputs of a proof.
    pub max_batch: u32,
    /// Work of one input.
    pub work: Work,
}

impl Default for RelationModel {
    fn default() -> Self {
        Self {
            version: VERSION,
            multiplier: 3,
            input_elements: 4,
            input_min: 0,
            input_max: 255,
            output_elements: 2,
            max_batch: 8,
            work: 1_000,
        }
    }
}

impl RelationModel {
    /// The verifying key: the model and, in the place of a commitment, a hash of it.
    pub fn key(&self) -> Vec<u8> {
        (self, BlakeTwo256::hash_of(self)).encode()
    }

    /// The model's output on one input.
    pub fn run(&self, input: &[i32]) -> Vec<i32> {
        let sum = input.iter().fold(0i32, |sum, code| sum.wrapping_add(*code));
        let base = self.multiplier.wrapping_mul(sum);
        (0..self.output_elements)
            .map(|j| base.wrapping_add_unsigned(j))
            .collect()
    }
}

fn read(key: &[u8]) -> Result<RelationModel, KeyRejected> {
    let (model, commitment) =
        <(RelationModel, H256)>::decode_all(&mut &*key).map_err(|_| KeyRejected::Malformed)?;
    if model.version != VERSION {
        return Err(KeyRejected::UnsupportedVersion);
    }
    let sizes = [model.input_elements, model.output_elements, model.max_batch];
    if sizes.contains(&0) || model.input_min > model.input_max {
        return Err(KeyRejected::InvalidCircuit);
    }
    if model.multiplier == 0 {
        return Err(KeyRejected::NothingCommitted);
    }
    if commitment != BlakeTwo256::hash_of(&model) {
        return Err(KeyRejected::InvalidPoint);
    }
    Ok(model)
}

/// The proof of a statement under a key: a hash of both. Whether the statement is true is not asked here.
pub fn prove(key: &[u8], statement: &Statement<'_>) -> Vec<u8> {
    let context = (key, statement.chain_id, statement.jobs, statement.provider);
    BlakeTwo256::hash_of(&(context, statement.inputs, statement.outputs)).encode()
}

/// Accepts what is true and bound to its context.
pub struct RelationVerifier;

impl ProofVerifier for RelationVerifier {
    fn check_key(key: &[u8]) -> Result<KeyFacts, KeyRejected> {
        let model = read(key)?;
        Ok(KeyFacts {
            digest: BlakeTwo256::hash(key),
            verifier_version: model.version,
            input_elements: model.input_elements,
            input_min: model.input_min,
            input_max: model.input_max,
            output_elements: model.output_elements,
            max_batch: model.max_batch,
            work: model.work,
            cost: VerificationCost {
                fixed: Weight::from_parts(5_000_000_000, 20_000),
                per_input: Weight::from_parts(1_000_000_000, 100),
                single_proof_bytes: PROOF_BYTES,
                proof_bytes_per_input: 0,
                max_proof_bytes: PROOF_BYTES,
            },
        })
    }

    fn verify(key: &[u8], statement: &Statement<'_>, proof: &[u8]) -> Result<(), ProofRejected> {
        let model = read(key).map_err(|_| ProofRejected::Key)?;
        let range = model.input_min..=model.input_max;
        let fits = |input: &Vec<i32>| {
            input.len() == model.input_elements as usize && input.iter().all(|c| range.contains(c))
        };
        let counts = (statement.inputs.len(), statement.outputs.len());
        if counts.0 != counts.1 || counts.0 == 0 || counts.0 > model.max_batch as usize {
            return Err(ProofRejected::Statement);
        }
        if !statement.inputs.iter().all(fits) {
            return Err(ProofRejected::Statement);
        }
        if proof.len() != PROOF_BYTES as usize {
            return Err(ProofRejected::Malformed);
        }
        let pairs = statement.inputs.iter().zip(statement.outputs);
        let mut answers = pairs.map(|(input, output)| model.run(input) == *output);
        if !answers.all(|right| right) || proof != prove(key, statement) {
            return Err(ProofRejected::Invalid);
        }
        Ok(())
    }

    fn supports(version: u16) -> bool {
        version == VERSION
    }

    fn check_key_weight(bytes: u32) -> Weight {
        Weight::from_parts(1_000_000, 0).saturating_mul(bytes.into())
    }
}
