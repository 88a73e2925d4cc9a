// SPDX-License-Identifier: Apache-2.0
//! The proof's encoding: every byte counts, and bytes that are no proof are refused before anything
//! is computed.

use crate::models::{everything, inputs, noise, perceptron, prepare, CONTEXT};
use assay_circuit::Model;
use assay_proof::{verify, Statement, VerifyError};
use rayon::prelude::*;

/// Flips a bit of every byte of a proof (or of every `step`-th), of a different significance from
/// byte to byte.
fn reject_flipped_bytes(model: Model, count: usize, step: usize) {
    let inputs = inputs(&model, count, 11);
    let prepared = prepare(model, &inputs);
    let statement = prepared.statement(&inputs);
    assert_eq!(verify(&prepared.key, &statement, &prepared.proof), Ok(()));
    (0..prepared.proof.len())
        .into_par_iter()
        .step_by(step)
        .for_each(|index| {
            let mut proof = prepared.proof.clone();
            proof[index] ^= 1 << (index * 5 % 8);
            assert!(
                verify(&prepared.key, &statement, &proof).is_err(),
                "byte {index}"
            );
        });
}

#[test]
fn reject_every_flipped_byte_of_a_perceptron() {
    reject_flipped_bytes(perceptron(3, 2, 2, 6), 1, 1);
}

#[test]
fn reject_a_flipped_byte_in_every_element_of_a_model_with_every_operator() {
    reject_flipped_bytes(everything(), 2, 29);
}

#[test]
fn refuse_other_lengths_at_once() {
    let model = perceptron(3, 2, 2, 6);
    let inputs = inputs(&model, 1, 11);
    let prepared = prepare(model, &inputs);
    let statement = prepared.statement(&inputs);
    let proof = &prepared.proof;
    for length in (0..proof.len()).step_by(97).chain([0, proof.len() - 1]) {
        let truncated = verify(&prepared.key, &statement, &proof[..length]);
        assert_eq!(truncated, Err(VerifyError::Length));
    }
    for extra in [1, 32, 48, 1 << 20] {
        let mut longer = proof.clone();
        longer.resize(proof.len() + extra, 0);
        assert_eq!(
            verify(&prepared.key, &statement, &longer),
            Err(VerifyError::Length)
        );
    }
}

#[test]
fn refuse_random_bytes_before_computing() {
    let model = everything();
    let inputs = inputs(&model, 1, 11);
    let prepared = prepare(model, &inputs);
    let statement = prepared.statement(&inputs);
    for seed in 0..50 {
        let mut noise = noise(seed);
        let bytes: Vec<u8> = prepared.proof.iter().map(|_| noise(0, 255) as u8).collect();
        assert_eq!(
            verify(&prepared.key, &statement, &bytes),
            Err(VerifyError::Scalar)
        );
    }
}

#[test]
fn refuse_a_second_encoding_of_an_element() {
    let model = perceptron(3, 2, 2, 6);
    let inputs = inputs(&model, 1, 11);
    let prepared = prepare(model, &inputs);
    let statement = prepared.statement(&inputs);
    // A scalar plus the group order, which fits 256 bits.
    let mut proof = prepared.proof.clone();
    let order = [
        0x01u8, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0x02, 0xa4, 0xbd,
        0x53, 0x05, 0xd8, 0xa1, 0x09, 0x08, 0xd8, 0x39, 0x33, 0x48, 0x7d, 0x9d, 0x29, 0x53, 0xa7,
        0xed, 0x73,
    ];
    let mut carry = 0u16;
    for (byte, add) in proof.iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(
        verify(&prepared.key, &statement, &proof),
        Err(VerifyError::Scalar)
    );
    // A point at infinity with other bits set.
    let mut proof = prepared.proof.clone();
    let last = proof.len() - 48;
    proof[last..].fill(0);
    proof[last] = 0xc0;
    proof[last + 5] = 1;
    assert_eq!(
        verify(&prepared.key, &statement, &proof),
        Err(VerifyError::Point)
    );
}

#[test]
fn refuse_statements_that_do_not_fit() {
    let model = perceptron(3, 2, 2, 6);
    let inputs = inputs(&model, 2, 11);
    let prepared = prepare(model, &inputs);
    let check = |inputs: &[Vec<i32>], outputs: &[Vec<i32>]| {
        let statement = Statement {
            context: CONTEXT,
            inputs,
            outputs,
        };
        verify(&prepared.key, &statement, &prepared.proof)
    };
    let outputs = &prepared.outputs;
    assert_eq!(check(&inputs, outputs), Ok(()));
    assert_eq!(check(&inputs[..1], outputs), Err(VerifyError::Statement));
    assert_eq!(check(&inputs, &outputs[..1]), Err(VerifyError::Statement));
    assert!(check(&inputs[..1], &outputs[..1]).is_err());
    assert_eq!(check(&[], &[]), Err(VerifyError::Statement));
    let many = vec![inputs[0].clone(); 65];
    assert_eq!(
        check(&many, &vec![outputs[0].clone(); 65]),
        Err(VerifyError::Statement)
    );
    for wrong in [
        vec![1, 2],
        vec![1, 2, 3, 4],
        vec![1, 2, 256],
        vec![1, -1, 3],
    ] {
        assert_eq!(
            check(&[inputs[0].clone(), wrong], outputs),
            Err(VerifyError::Statement)
        );
    }
    let short = [outputs[0].clone(), vec![outputs[1][0]]];
    assert_eq!(check(&inputs, &short), Err(VerifyError::Statement));
}
