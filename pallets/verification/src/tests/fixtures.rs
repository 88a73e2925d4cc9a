// SPDX-License-Identifier: Apache-2.0
//! The files that benchmarks verify are what they are taken for, and what verifying them costs is what was measured.

use assay_pallet_primitives::{ProofRejected, ProofVerifier};
use frame_support::weights::Weight;

use crate::{
    fixtures::{Fixture, FILES},
    proof::AssayVerifier,
    weights::WeightInfo,
};

/// The weight that the chain charges for verifying a fixture.
fn charged(fixture: &Fixture) -> Weight {
    let facts = AssayVerifier::check_key(&fixture.key).expect("the key of a fixture is valid");
    facts.cost.weight(fixture.inputs.len() as u32)
}

#[test]
fn each_proof_is_valid_for_its_statement_only() {
    for (name, _) in FILES {
        let fixture = Fixture::load(name);
        let statement = fixture.statement();
        let verify =
            |statement, proof: &[u8]| AssayVerifier::verify(&fixture.key, statement, proof);
        assert_eq!(
            verify(&statement, &fixture.proof),
            Ok(()),
            "{name}: the proof system has changed, run 'make fixtures'"
        );
        let stolen = assay_pallet_primitives::Statement {
            provider: [3; 32],
            ..statement
        };
        let refused = Err(ProofRejected::Invalid);
        assert_eq!(verify(&stolen, &fixture.proof), refused, "{name}");
        assert_eq!(
            verify(&statement, &fixture.failing_late()),
            refused,
            "{name}"
        );
    }
}

#[test]
fn the_files_are_small() {
    let bytes: usize = FILES.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes < 600_000, "{bytes} bytes");
}

#[test]
fn the_charged_weight_is_at_least_the_measured_one_for_every_shape() {
    for (name, measured) in measured::<()>() {
        let charged = charged(&Fixture::load(name));
        assert!(
            charged.ref_time() >= measured.ref_time(),
            "{name}: {charged:?} is charged, {measured:?} was measured"
        );
    }
}

/// What the benchmarks measured, by workload.
fn measured<W: WeightInfo>() -> [(&'static str, Weight); 5] {
    [
        ("mnist-mlp", W::verify_mlp()),
        ("lenet-5", W::verify_lenet()),
        ("lenet-5-batch-64", W::verify_lenet_batch()),
        ("cifar-cnn-264k", W::verify_cnn()),
        ("mlp-4m", W::verify_large_mlp()),
    ]
}

#[test]
fn the_charged_weight_of_a_key_is_at_least_the_measured_one() {
    let key = Fixture::load("mlp-4m").key;
    let charged = AssayVerifier::check_key_weight(key.len() as u32);
    assert!(charged.ref_time() >= <() as WeightInfo>::check_key().ref_time());
}
