// SPDX-License-Identifier: Apache-2.0

//! What the chain charges for verifying proofs against what was measured in the runtime's blob.

use assay_pallet_primitives::ProofVerifier;
use assay_runtime::{
    configs::system::RuntimeBlockWeights, constants::block::MAXIMUM_BLOCK_WEIGHT, weights,
    InferenceMarket, Runtime,
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
    // The measured times have a margin already; what is charged has its own in the times of its pieces.
    let covers = |charged: Weight, measured: Weight| {
        weights::measured(charged.ref_time()) >= measured.ref_time()
    };
    for (workload, measured) in shapes() {
        let charged = charged(workload);
        println!("{workload}: {charged} is charged, {measured} was measured with its margin");
        assert!(
            covers(charged, measured),
            "{workload}: {charged} is charged, {measured} was measured"
        );
    }
    // A proof that fails at the last check takes no longer than a valid one is charged.
    assert!(covers(charged("lenet-5"), Measured::reject_late()));
    let key = Fixture::load("mlp-4m").key;
    let checked = AssayVerifier::check_key_weight(key.len() as u32);
    println!("the key of mlp-4m: {checked} is charged");
    assert!(covers(checked, Measured::check_key()));
}

#[test]
fn what_a_verification_reads_is_charged_as_storage_proof() {
    for (workload, _) in shapes() {
        let fixture = Fixture::load(workload);
        let facts = AssayVerifier::check_key(&fixture.key).expect("a valid key");
        let inputs = fixture.inputs.len() as u32;
        let key = fixture.key.len() as u64;
        assert!(charged(workload).proof_size() >= key, "{workload}");
        let packed = u64::from(facts.packed_input_bytes() * inputs);
        let whole = InferenceMarket::verification_weight(&facts, inputs);
        assert!(whole.proof_size() >= key + packed, "{workload}");
    }
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
