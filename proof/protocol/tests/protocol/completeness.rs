// SPDX-License-Identifier: Apache-2.0
//! Honest proofs verify, and prove what the interpreter computes.

use crate::models::{inputs, perceptron, CONTEXT};
use assay_circuit::testing::{cases_of, Size};
use assay_circuit::Model;
use assay_proof::{prove, verify, Proof, ProvingKey, Statement, VerifyingKey};
use proptest::prelude::*;

/// Proves, verifies and compares with the interpreter.
pub(crate) fn round_trip(model: Model, inputs: &[Vec<i32>]) {
    let key = ProvingKey::new(model).expect("a key");
    let proven = prove(&key, &CONTEXT, inputs).expect("a proof");
    for (input, output) in inputs.iter().zip(&proven.outputs) {
        assert_eq!(
            output,
            &key.model().run(input).expect("valid input").output()
        );
    }
    let bytes = proven.proof.to_bytes();
    let plan = key
        .verifying_key()
        .plan(inputs.len() as u32)
        .expect("a plan");
    assert_eq!(Proof::from_bytes(&plan, &bytes).as_ref(), Ok(&proven.proof));
    let key = VerifyingKey::from_bytes(&key.verifying_key().to_bytes()).expect("a valid key");
    let statement = Statement {
        context: CONTEXT,
        inputs,
        outputs: &proven.outputs,
    };
    assert_eq!(verify(&key, &statement, &bytes), Ok(()));
}

#[test]
fn prove_a_perceptron() {
    for count in [1, 2, 3, 5] {
        let model = perceptron(20, 10, 3, 8);
        let inputs = inputs(&model, count, 3);
        round_trip(model, &inputs);
    }
}

#[test]
fn prove_without_low_limb_and_with_two() {
    for shift in [0, 1, 12, 13, 15] {
        let model = perceptron(5, 3, 2, shift);
        let inputs = inputs(&model, 1, 3);
        round_trip(model, &inputs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    })]

    #[test]
    fn prove_random_models(case in cases_of(Size::default())) {
        round_trip(case.model, &case.inputs);
    }
}
