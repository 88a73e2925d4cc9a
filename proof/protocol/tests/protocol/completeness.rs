// SPDX-License-Identifier: Apache-2.0
//! Honest proofs verify, and prove what the interpreter computes.

use crate::models::{
    everything, gemm, inputs, linear, model, parameters, perceptron, BYTE, CONTEXT,
};
use assay_circuit::testing::{cases_of, Size};
use assay_circuit::{
    Circuit, Definition, Linear, Model, Node, Range, Shape, Table, Term, Window, CIRCUIT_VERSION,
};
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

/// A circuit on an input of the given shape.
fn circuit(shape: Shape, range: Range, tables: Vec<Table>, nodes: Vec<Node>) -> Definition {
    let output = nodes.len() as u16;
    Definition {
        version: CIRCUIT_VERSION,
        input_shape: shape,
        input_range: range,
        tables,
        nodes,
        output,
    }
}

#[test]
fn prove_every_operator_at_once() {
    for count in [1, 3] {
        let model = everything();
        let inputs = inputs(&model, count, 5);
        round_trip(model, &inputs);
    }
}

#[test]
fn prove_the_largest_batch() {
    let model = perceptron(6, 4, 2, 9);
    let inputs = inputs(&model, 64, 3);
    round_trip(model, &inputs);
}

#[test]
fn prove_single_cells() {
    // No variable anywhere but in the tables.
    for shift in [0, 9] {
        let model = perceptron(1, 1, 1, shift);
        let inputs = inputs(&model, 1, 3);
        round_trip(model, &inputs);
    }
}

#[test]
fn prove_without_lookups_or_without_any_commitment() {
    let window = Window {
        kernel: [2, 2],
        ..Window::IDENTITY
    };
    let scale = |input, factor| Term::Scale { input, factor };
    let raw = |shape, terms| {
        Node::Linear(Linear {
            shape,
            terms,
            bias: false,
            requantise: None,
        })
    };
    let (shape, pooled) = (Shape::new(2, 3, 3), Shape::new(2, 2, 2));
    let pool = Node::SumPool { input: 0, window };
    let chain = vec![
        pool.clone(),
        Node::Transpose {
            input: 1,
            axes: [2, 0, 1],
        },
        Node::SumPool {
            input: 2,
            window: Window {
                kernel: [2, 1],
                ..window
            },
        },
    ];
    let cases = [
        // Virtual from end to end: a sum pool, sum pools of sum pools, another order of axes, the same cells.
        (shape, vec![pool.clone()]),
        (shape, chain),
        (
            shape,
            vec![Node::Transpose {
                input: 0,
                axes: [1, 2, 0],
            }],
        ),
        (
            Shape::new(4, 4, 2),
            vec![Node::Reshape {
                input: 0,
                shape: Shape::new(32, 1, 1),
            }],
        ),
        // A sum of tensors and no product; a product and no table.
        (
            shape,
            vec![pool, raw(pooled, vec![scale(1, -5), scale(1, 7)])],
        ),
        (
            shape,
            vec![raw(Shape::new(3, 1, 1), vec![gemm(0), gemm(0)])],
        ),
    ];
    for (shape, nodes) in cases {
        let model = model(circuit(shape, BYTE, vec![], nodes), 3);
        let inputs = inputs(&model, 3, 5);
        round_trip(model, &inputs);
    }
}

#[test]
fn prove_a_pool_whose_taps_are_all_outside() {
    // Of three channels one is padding; every tap of the only pixel reads padding, so that even the
    // pad channel of the output is not zero.
    let signed = Range { low: -8, high: 7 };
    let window = Window {
        kernel: [2, 1],
        dilation: [2, 1],
        pad_begin: [1, 0],
        pad_end: [1, 0],
        ..Window::IDENTITY
    };
    let nodes = vec![Node::MaxPool { input: 0, window }];
    let model = model(circuit(Shape::new(3, 1, 1), signed, vec![], nodes), 3);
    let inputs = inputs(&model, 2, 5);
    round_trip(model, &inputs);
}

#[test]
fn prove_dead_layers() {
    // All weights zero, and an image of one value.
    let zero = Range { low: 0, high: 0 };
    let tables = vec![Table::Committed {
        width: 3,
        range: zero,
    }];
    let nodes = vec![
        linear(Shape::new(3, 1, 1), vec![gemm(0)], Some((0, 0))),
        Node::MaxPool {
            input: 1,
            window: Window::IDENTITY,
        },
        linear(Shape::new(2, 1, 1), vec![gemm(2)], None),
    ];
    let definition = circuit(Shape::new(5, 1, 1), BYTE, tables, nodes);
    let circuit = Circuit::new(definition).expect("valid circuit");
    let mut parameters = parameters(&circuit, 3, 0);
    parameters.weights[0].fill(0);
    let model = Model::new(circuit, parameters).expect("parameters fit");
    let inputs = inputs(&model, 2, 5);
    round_trip(model, &inputs);
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
