// SPDX-License-Identifier: Apache-2.0
//! Real keys and proofs of models of different shapes, for benchmarks: nothing can be proven inside wasm, and nothing should be in the
//! time that is measured.
//!
//! `make fixtures` writes the files anew. It has to when the proof system changes; a test of this crate fails until then.

use alloc::vec::Vec;
use assay_pallet_primitives::{JobId, Statement};
use codec::DecodeAll;
use frame_support::traits::Get;
use sp_core::H256;

/// Chain of the fixtures.
pub const CHAIN_ID: H256 = H256([1; 32]);
/// Provider of the fixtures.
pub const PROVIDER: [u8; 32] = [2; 32];
/// The generator of the curve's group, compressed: what [`Fixture::failing_late`] puts in the place of a proof's last point.
const GENERATOR: [u8; 48] = [
    0x97, 0xf1, 0xd3, 0xa7, 0x31, 0x97, 0xd7, 0x94, 0x26, 0x95, 0x63, 0x8c, 0x4f, 0xa9, 0xac, 0x0f,
    0xc3, 0x68, 0x8c, 0x4f, 0x97, 0x74, 0xb9, 0x05, 0xa1, 0x4e, 0x3a, 0x3f, 0x17, 0x1b, 0xac, 0x58,
    0x6c, 0x55, 0xe8, 0x3f, 0xf9, 0x7a, 0x1a, 0xef, 0xfb, 0x3a, 0xf0, 0x0a, 0xdb, 0x22, 0xc6, 0xbb,
];

/// The files, by the name of their workload in `docs/benchmarks`.
pub const FILES: [(&str, &[u8]); 5] = [
    ("mnist-mlp", include_bytes!("../fixtures/mnist-mlp.scale")),
    ("lenet-5", include_bytes!("../fixtures/lenet-5.scale")),
    (
        "lenet-5-batch-64",
        include_bytes!("../fixtures/lenet-5-batch-64.scale"),
    ),
    (
        "cifar-cnn-264k",
        include_bytes!("../fixtures/cifar-cnn-264k.scale"),
    ),
    ("mlp-4m", include_bytes!("../fixtures/mlp-4m.scale")),
];

/// What a file holds: the key, the least input code, the inputs less that, the outputs, the proof.
type File = (Vec<u8>, i32, Vec<Vec<u8>>, Vec<Vec<i32>>, Vec<u8>);

/// A proof with its statement.
pub struct Fixture {
    /// The verifying key.
    pub key: Vec<u8>,
    /// Input codes, one vector an input.
    pub inputs: Vec<Vec<i32>>,
    /// Output codes, one vector an input.
    pub outputs: Vec<Vec<i32>>,
    /// A job for each input, numbered from 0.
    pub jobs: Vec<JobId>,
    /// A valid proof that [`PROVIDER`] made for `jobs`.
    pub proof: Vec<u8>,
}

impl Fixture {
    /// The fixture of a workload. Panics if there is none: benchmarks and tests name those in [`FILES`].
    pub fn load(workload: &str) -> Self {
        let (_, bytes) = FILES
            .iter()
            .find(|(name, _)| *name == workload)
            .expect("a workload of the list");
        let (key, low, packed, outputs, proof) =
            File::decode_all(&mut &bytes[..]).expect("the files have this form");
        let code = |above: &u8| low.saturating_add(i32::from(*above));
        Self {
            key,
            inputs: packed
                .iter()
                .map(|input| input.iter().map(code).collect())
                .collect(),
            jobs: (0..packed.len() as JobId).collect(),
            outputs,
            proof,
        }
    }

    /// What the proof proves.
    pub fn statement(&self) -> Statement<'_> {
        Statement {
            chain_id: CHAIN_ID,
            jobs: &self.jobs,
            provider: PROVIDER,
            inputs: &self.inputs,
            outputs: &self.outputs,
        }
    }

    /// The proof with another last point, the quotient of the opening, which nothing before the final check of pairings depends on:
    /// the most expensive of all bad proofs.
    pub fn failing_late(&self) -> Vec<u8> {
        let mut proof = self.proof.clone();
        let last = proof.len().saturating_sub(GENERATOR.len());
        proof.truncate(last);
        proof.extend_from_slice(&GENERATOR);
        proof
    }
}

/// The key of a LeNet-5, as the registry's key for benchmarks.
pub struct LenetKey;

impl Get<Vec<u8>> for LenetKey {
    fn get() -> Vec<u8> {
        Fixture::load("lenet-5").key
    }
}
