// SPDX-License-Identifier: Apache-2.0
//! The border to a proof system.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::weights::Weight;
use scale_info::TypeInfo;
use sp_core::H256;

use crate::{JobId, Work};

/// What one verification costs, known from the verifying key alone, before it runs.
///
/// The cost is affine in the number of inputs: `fixed + inputs * per_input`, where `inputs` counts the real inputs, not their
/// padding.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct VerificationCost {
    /// Weight of a proof whatever the number of its inputs, including what it takes to read the key.
    pub fixed: Weight,
    /// Weight that each input adds.
    pub per_input: Weight,
    /// The longest valid proof over one input, in bytes.
    pub single_proof_bytes: u32,
    /// Bytes that each further input adds to it at most.
    pub proof_bytes_per_input: u32,
    /// The longest valid proof over any batch, in bytes.
    pub max_proof_bytes: u32,
}

impl VerificationCost {
    /// The most that verifying one proof over `inputs` inputs takes. Saturates.
    pub fn weight(&self, inputs: u32) -> Weight {
        self.fixed
            .saturating_add(self.per_input.saturating_mul(inputs.into()))
    }

    /// The longest valid proof over `inputs` inputs, in bytes. Saturates.
    pub fn proof_bytes(&self, inputs: u32) -> u32 {
        let further = inputs.saturating_sub(1);
        self.single_proof_bytes
            .saturating_add(self.proof_bytes_per_input.saturating_mul(further))
            .min(self.max_proof_bytes)
    }
}

/// What a valid verifying key says about its model.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct KeyFacts {
    /// Digest of the whole key: circuit and model commitment.
    pub digest: H256,
    /// Version of the verifier that accepts proofs under this key.
    pub verifier_version: u16,
    /// Codes in one input, before padding.
    pub input_elements: u32,
    /// Least input code.
    pub input_min: i32,
    /// Largest input code.
    pub input_max: i32,
    /// Codes in one output, before padding.
    pub output_elements: u32,
    /// The most inputs that one proof covers.
    pub max_batch: u32,
    /// Work of running the model on one input.
    pub work: Work,
    /// Cost of verifying a proof under this key.
    pub cost: VerificationCost,
}

/// A verifying key is not acceptable.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum KeyRejected {
    /// It is not the encoding of a key, or longer than a key may be.
    Malformed,
    /// The circuit breaks a rule or exceeds a limit.
    InvalidCircuit,
    /// A point of the commitment is not on the curve, or not in the prime-order subgroup.
    InvalidPoint,
    /// The key asks for a version of the verifier that this chain doesn't have.
    UnsupportedVersion,
    /// The key commits to no parameter. Its proofs would not depend on a committed model.
    NothingCommitted,
}

/// A proof does not prove its statement.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProofRejected {
    /// The stored key can't be read. It was checked at registration, so this is the chain's fault and nobody may be punished
    /// for it.
    Key,
    /// An input or output does not have the model's shape or range, or their numbers don't match.
    Statement,
    /// The proof is not the encoding of a proof under this key.
    Malformed,
    /// A check of the argument fails.
    Invalid,
}

/// The claim that a proof proves: for each `i`, `outputs[i]` is the model's output on `inputs[i]`, and `provider` is who computed
/// it for `jobs` on the chain `chain_id`.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// Identity of the chain, so that a proof is worth nothing on another one.
    pub chain_id: H256,
    /// The jobs that the proof settles, in the order of their inputs.
    pub jobs: &'a [JobId],
    /// The staked account of the provider, so that a copied proof is worth nothing to its thief. An account whose encoding
    /// isn't 32 bytes long stands here as the BLAKE2-256 hash of its encoding.
    pub provider: [u8; 32],
    /// Input codes, one vector an input.
    pub inputs: &'a [Vec<i32>],
    /// Output codes, one vector an input, in the same order.
    pub outputs: &'a [Vec<i32>],
}

/// A proof system, as the chain sees it. Nothing here may panic, whatever the bytes.
pub trait ProofVerifier {
    /// Checks every part of a verifying key: the circuit's rules and limits, that there is something that its commitment commits to,
    /// and that every point of the commitment is on the curve and in the subgroup. Later calls rely on it.
    ///
    /// # Errors
    ///
    /// Why the key is refused, see [`KeyRejected`].
    fn check_key(key: &[u8]) -> Result<KeyFacts, KeyRejected>;

    /// Verifies `proof` for `statement` under `key`, which [`check_key`](Self::check_key) has accepted. Takes no longer than the
    /// key's [`VerificationCost`] says for the statement's number of inputs, whether it accepts or rejects.
    ///
    /// # Errors
    ///
    /// Why the proof is rejected, see [`ProofRejected`].
    fn verify(key: &[u8], statement: &Statement<'_>, proof: &[u8]) -> Result<(), ProofRejected>;

    /// Whether proofs under keys of this version can be verified. A version that jobs in progress need must stay.
    fn supports(version: u16) -> bool;

    /// The weight of [`check_key`](Self::check_key) for a key of `bytes` bytes.
    fn check_key_weight(bytes: u32) -> Weight;
}
