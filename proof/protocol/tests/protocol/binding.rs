// SPDX-License-Identifier: Apache-2.0
//! A proof holds for its statement, its context and its model, and for no other.

use crate::models::{everything, inputs, perceptron, prepare, CONTEXT};
use assay_circuit::{Node, Term};
use assay_proof::{verify, Context, Statement};

#[test]
fn reject_another_context() {
    let model = perceptron(3, 2, 2, 9);
    let inputs = inputs(&model, 2, 11);
    let prepared = prepare(model, &inputs);
    let verify = |context: Context<'_>| {
        let statement = Statement {
            context,
            inputs: &inputs,
            outputs: &prepared.outputs,
        };
        verify(&prepared.key, &statement, &prepared.proof)
    };
    assert_eq!(verify(CONTEXT), Ok(()));
    let mut other = CONTEXT;
    other.chain_id[31] ^= 1;
    assert!(verify(other).is_err(), "another chain");
    let mut other = CONTEXT;
    other.provider[0] ^= 1;
    assert!(verify(other).is_err(), "another account");
    let jobs: [&[&[u8]]; 7] = [
        &[b"job 1", b"job 3"],
        &[b"job 2", b"job 1"],
        &[b"job 1"],
        &[b"job 1", b"job 2", b"job 3"],
        &[b"job 1job 2"],
        &[b"job 1", b"job 2", b""],
        &[],
    ];
    for jobs in jobs {
        assert!(verify(Context { jobs, ..CONTEXT }).is_err(), "{jobs:?}");
    }
}

#[test]
fn reject_every_other_output_cell() {
    for model in [perceptron(3, 2, 2, 9), everything()] {
        let inputs = inputs(&model, 3, 11);
        let prepared = prepare(model, &inputs);
        for entry in 0..3 {
            for cell in 0..prepared.outputs[entry].len() {
                for difference in [1, -1, 1 << 20] {
                    let mut outputs = prepared.outputs.clone();
                    outputs[entry][cell] += difference;
                    let statement = Statement {
                        context: CONTEXT,
                        inputs: &inputs,
                        outputs: &outputs,
                    };
                    assert!(verify(&prepared.key, &statement, &prepared.proof).is_err());
                }
            }
        }
    }
}

#[test]
fn reject_every_other_input_cell() {
    let model = everything();
    let inputs = inputs(&model, 3, 11);
    let prepared = prepare(model, &inputs);
    for entry in 0..3 {
        for cell in 0..inputs[entry].len() {
            let mut other = inputs.clone();
            other[entry][cell] = if other[entry][cell] == 0 { 1 } else { 0 };
            assert!(verify(&prepared.key, &prepared.statement(&other), &prepared.proof).is_err());
        }
    }
}

#[test]
fn reject_swapped_batch_entries() {
    let model = perceptron(3, 2, 2, 9);
    let inputs = inputs(&model, 3, 11);
    let prepared = prepare(model, &inputs);
    let mut outputs = prepared.outputs.clone();
    outputs.swap(1, 2);
    assert_ne!(outputs, prepared.outputs);
    let statement = Statement {
        context: CONTEXT,
        inputs: &inputs,
        outputs: &outputs,
    };
    assert!(
        verify(&prepared.key, &statement, &prepared.proof).is_err(),
        "outputs alone"
    );
    let mut swapped = inputs.clone();
    swapped.swap(1, 2);
    let statement = Statement {
        context: CONTEXT,
        inputs: &swapped,
        outputs: &outputs,
    };
    assert!(
        verify(&prepared.key, &statement, &prepared.proof).is_err(),
        "both"
    );
}

#[test]
fn reject_the_key_of_another_model() {
    let model = perceptron(3, 2, 2, 9);
    let inputs = inputs(&model, 1, 11);
    let prepared = prepare(model.clone(), &inputs);
    let definition = model.into_parts().0.into_definition();
    let mut narrower = definition.clone();
    for node in &mut narrower.nodes {
        if let Node::Linear(linear) = node {
            linear.terms = vec![Term::Gemm {
                input: linear.terms[0].input(),
                weight_bits: 7,
            }];
        }
    }
    // The same circuit with other weights, and another circuit whose proofs are as long.
    for other in [
        crate::models::model(definition, 13),
        crate::models::model(narrower, 7),
    ] {
        let other = prepare(other, &inputs);
        assert_eq!(other.proof.len(), prepared.proof.len());
        let statement = prepared.statement(&inputs);
        assert!(verify(&other.key, &statement, &prepared.proof).is_err());
    }
}
