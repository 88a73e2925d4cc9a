// SPDX-License-Identifier: Apache-2.0
//! Keys from hostile bytes, and the cost that a key announces.

use crate::models::{everything, inputs, perceptron, prepare};
use assay_proof::{verify, KeyError, Plan, ProofShape, ProvingKey, VerifyingKey};

#[test]
fn round_trip_a_key() {
    for model in [everything(), perceptron(3, 2, 2, 6)] {
        let key = ProvingKey::new(model).expect("a key");
        let bytes = key.verifying_key().to_bytes();
        assert_eq!(
            VerifyingKey::from_bytes(&bytes).as_ref(),
            Ok(key.verifying_key())
        );
        assert_eq!(
            VerifyingKey::from_trusted_bytes(&bytes).as_ref(),
            Ok(key.verifying_key())
        );
        let cost = key.verifying_key().cost(1).expect("a cost");
        assert_eq!(cost.key_bytes, bytes.len() as u64);
        assert_eq!(cost.key_points, key.verifying_key().rows().len() as u64);
    }
}

#[test]
fn refuse_every_flipped_byte_of_a_key() {
    let model = perceptron(3, 2, 2, 9);
    let inputs = inputs(&model, 1, 3);
    let prepared = prepare(model, &inputs);
    let statement = prepared.statement(&inputs);
    let bytes = prepared.key.to_bytes();
    for index in 0..bytes.len() {
        let mut other = bytes.clone();
        other[index] ^= 1 << (index * 5 % 8);
        assert!(VerifyingKey::from_bytes(&other).is_err(), "byte {index}");
        // Trusted bytes are not checked: with wrong ones a verdict means nothing, but nothing
        // panics.
        if let Ok(key) = VerifyingKey::from_trusted_bytes(&other) {
            let _ = (key.cost(1), key.cost(64));
            let _ = verify(&key, &statement, &prepared.proof);
        }
    }
    for length in 0..bytes.len() {
        assert!(
            VerifyingKey::from_bytes(&bytes[..length]).is_err(),
            "length {length}"
        );
        assert!(
            VerifyingKey::from_trusted_bytes(&bytes[..length]).is_err(),
            "length {length}"
        );
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(VerifyingKey::from_bytes(&longer), Err(KeyError::Length));
    assert_eq!(VerifyingKey::from_bytes(&[9, 0]), Err(KeyError::Version(9)));
}

#[test]
fn refuse_a_row_outside_the_subgroup() {
    let key = ProvingKey::new(perceptron(3, 2, 2, 6)).expect("a key");
    let bytes = key.verifying_key().to_bytes();
    let mut other = bytes.clone();
    // (0, 2) is on the curve y^2 = x^3 + 4 and has order three.
    let row = bytes.len() - 96;
    other[row..].fill(0);
    other[bytes.len() - 1] = 2;
    assert_eq!(VerifyingKey::from_bytes(&other), Err(KeyError::Point(0)));
    // (0, 1) is not on the curve.
    other[bytes.len() - 1] = 1;
    assert_eq!(VerifyingKey::from_bytes(&other), Err(KeyError::Point(0)));
}

#[test]
fn announce_the_size_of_proofs() {
    for count in [1, 2, 3] {
        let model = everything();
        let inputs = inputs(&model, count, 3);
        let prepared = prepare(model, &inputs);
        let cost = prepared.key.cost(count as u32).expect("a cost");
        assert_eq!(cost.proof_bytes, prepared.proof.len() as u64);
        let plan = Plan::new(prepared.key.circuit(), count as u32).expect("a plan");
        let shape = ProofShape::new(&plan);
        assert_eq!(cost.proof_points, shape.points() as u64);
        assert_eq!(cost.msm_length, cost.key_points + cost.proof_points + 1);
        assert_eq!(cost.input_elements, 50 * count as u64);
        assert_eq!(cost.output_elements, 18 * count as u64);
    }
    let key = ProvingKey::new(perceptron(3, 2, 2, 6)).expect("a key");
    assert!(key.verifying_key().cost(0).is_err());
    assert!(key.verifying_key().cost(64).is_ok());
    assert!(key.verifying_key().cost(65).is_err());
}
