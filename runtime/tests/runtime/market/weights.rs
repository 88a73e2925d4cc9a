// SPDX-License-Identifier: Apache-2.0

//! What the chain charges for verifying proofs against what was measured in the runtime's blob.

use assay_pallet_primitives::ProofVerifier;
use assay_runtime::{
    configs::system::RuntimeBlockWeights, constants::block::MAXIMUM_BLOCK_WEIGHT, Runtime,
};
use frame_support::{dispatch::DispatchClass, weights::Weight};
use pallet_verification::{fixtures::Fixture, proof::AssayVerifier, weights::WeightInfo};

type Measured = <Runtime as pallet_verification::Config>::WeightInfo;

/// Every shape of the benchmarks, with what its verification was measured to take.
fn shapes() -> [(&'static str, Weight); 5] {
    [
        ("mnist-mlp", Measured::verify_mlp()),
        ("lenet-5", Measured::verify_lenet()),
        ("lenet-5-batch-64", Measured::verify_lenet_batch()),
        ("cifar-cnn-264k", Measured::verify_cnn()),
        ("mlp-4m", Measured::verify_large_mlp()),
    ]
}

/// Weight of a verification as computed from the key.
fn charged(workload: &str) -> Weight {
    let fixture = Fixture::load(workload);
    let facts = AssayVerifier::check_key(&fixture.key).expect("a valid key");
    facts.cost.weight(fixture.inputs.len() as u32)
}

#[test]
fn every_shape_is_charged_at_least_what_was_measured() {
    for (workload, measured) in shapes() {
        let charged = charged(workload);
        assert!(
            charged.ref_time() >= measured.ref_time(),
            "{workload}: {charged} is charged, {measured} was measured"
        );
    }
    // A proof that fails at the last check takes no longer than a valid one is charged.
    assert!(charged("lenet-5").ref_time() >= Measured::reject_late().ref_time());
    let key = Fixture::load("mlp-4m").key;
    let checked = AssayVerifier::check_key_weight(key.len() as u32);
    assert!(checked.ref_time() >= Measured::check_key().ref_time());
}

#[test]
fn a_block_full_of_proofs_of_any_shape_is_verified_within_the_time_of_a_block() {
    let normal = RuntimeBlockWeights::get()
        .get(DispatchClass::Normal)
        .max_total;
    let most = normal.expect("normal transactions have a limit").ref_time();
    for (workload, measured) in shapes() {
        let proofs = most / charged(workload).ref_time();
        let time = proofs.saturating_mul(measured.ref_time());
        assert!(
            time <= MAXIMUM_BLOCK_WEIGHT.ref_time(),
            "{workload}: {proofs} proofs"
        );
    }
}
