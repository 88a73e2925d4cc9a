// SPDX-License-Identifier: Apache-2.0
//! Models, as `pallet-model-registry` stores them.

use super::{mirrors, Balance, Perbill, Position, Weight, Work};
use crate::{AccountId, Hash};

mirrors! {
    /// Whether a model takes jobs.
    #[derive(Copy)]
    pub enum ModelStatus {
        /// Jobs can be posted.
        Active,
        /// Its owner withdrew it: jobs in progress are served, none can be posted.
        Retired,
        /// Governance barred it: jobs in progress end without a slash.
        Barred,
    }

    /// What verifying one proof costs: `fixed + inputs * per_input`.
    #[derive(Copy)]
    pub struct VerificationCost {
        /// Whatever the number of inputs.
        pub fixed: Weight,
        /// What each input adds.
        pub per_input: Weight,
        /// The longest valid proof over one input, in bytes.
        pub single_proof_bytes: u32,
        /// Bytes that each further input adds to it at most.
        pub proof_bytes_per_input: u32,
        /// The longest valid proof over any batch, in bytes.
        pub max_proof_bytes: u32,
    }

    /// What a valid verifying key says about its model.
    pub struct KeyFacts {
        /// Digest of the whole key: circuit and commitment.
        pub digest: Hash,
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

    /// What an owner says of a model. The chain checks nothing of it but its length, so it is hostile: print it with
    /// [`text`](Metadata::text).
    pub struct Metadata {
        /// Its name, UTF-8.
        pub name: Vec<u8>,
        /// Its licence, an SPDX expression.
        pub licence: Vec<u8>,
        /// Where the file of weights is.
        pub weights_uri: Vec<u8>,
        /// SHA-256 of the file of weights.
        pub weights_hash: Hash,
    }

    /// A registered model.
    pub struct Model {
        /// Receives the royalties, and may change the model.
        pub owner: AccountId,
        /// What the owner says of it.
        pub metadata: Metadata,
        /// Part of the price, after the protocol fee, that the owner asks of jobs posted now.
        pub royalty: Perbill,
        /// Whether it takes jobs, unless its key is barred: then it doesn't.
        pub status: ModelStatus,
        /// What its key says.
        pub key: KeyFacts,
        /// Bytes of its key.
        pub key_bytes: u32,
        /// Held from the owner.
        pub deposit: Balance,
        /// Jobs that need it.
        pub jobs: u32,
        /// Where it was registered.
        pub registered: Position,
    }
}

impl VerificationCost {
    /// The most that verifying one proof over `inputs` inputs takes. Saturates.
    pub fn weight(&self, inputs: u32) -> Weight {
        self.fixed.plus(self.per_input, inputs.into())
    }

    /// The longest valid proof over `inputs` inputs, in bytes. Saturates.
    pub fn proof_bytes(&self, inputs: u32) -> u32 {
        let further = inputs.saturating_sub(1);
        self.single_proof_bytes
            .saturating_add(self.proof_bytes_per_input.saturating_mul(further))
            .min(self.max_proof_bytes)
    }
}

impl Metadata {
    /// Bytes that somebody else wrote, for a terminal: UTF-8 as far as it goes, without control characters (an escape
    /// sequence could rewrite what a user sees).
    pub fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes)
            .chars()
            .map(|character| {
                if character.is_control() {
                    char::REPLACEMENT_CHARACTER
                } else {
                    character
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn print_foreign_bytes_without_control_characters() {
        assert_eq!(Metadata::text(b"LeNet-5"), "LeNet-5");
        assert_eq!(Metadata::text(b"a\x1b[2Jb\xff"), "a\u{fffd}[2Jb\u{fffd}");
    }

    #[test]
    fn cost_what_each_input_adds() {
        let cost = VerificationCost {
            fixed: Weight {
                ref_time: 5,
                proof_size: 7,
            },
            per_input: Weight {
                ref_time: 2,
                proof_size: u64::MAX,
            },
            single_proof_bytes: 1_000,
            proof_bytes_per_input: 10,
            max_proof_bytes: 1_015,
        };
        let weight = cost.weight(3);
        assert_eq!((weight.ref_time, weight.proof_size), (11, u64::MAX));
        let bytes = [0, 1, 2, 3, u32::MAX].map(|inputs| cost.proof_bytes(inputs));
        assert_eq!(bytes, [1_000, 1_000, 1_010, 1_015, 1_015]);
    }
}
