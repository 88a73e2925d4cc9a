// SPDX-License-Identifier: Apache-2.0
//! Models and contexts for the tests.

use assay_circuit::{
    Circuit, Definition, Linear, Model, Node, Parameters, Range, Requantise, Shape, Table, Term,
    CIRCUIT_VERSION,
};
use assay_proof::Context;

/// A context like any other.
pub(crate) const CONTEXT: Context<'static> = Context {
    chain_id: [1; 32],
    jobs: &[b"job 1", b"job 2"],
    provider: [2; 32],
};

/// Codes from 0 to 255.
pub(crate) const BYTE: Range = Range { low: 0, high: 255 };

/// Numbers that look random.
pub(crate) fn noise(seed: u64) -> impl FnMut(i64, i64) -> i64 {
    let mut state = seed;
    move |low, high| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let spread = ((state >> 33) as i64).rem_euclid(high - low + 1);
        low + spread
    }
}

/// Parameters in range for a definition: weights of their width, small biases, any table values.
pub(crate) fn parameters(circuit: &Circuit, seed: u64, bias: i64) -> Parameters {
    let mut noise = noise(seed);
    let mut parameters = Parameters::default();
    for tensor in circuit.parameter_layout() {
        let (low, high) = (i64::from(tensor.range.low), i64::from(tensor.range.high));
        match tensor.id {
            assay_circuit::ParameterId::Weights { .. } => {
                let values = (0..tensor.cells()).map(|_| noise(low, high) as i16);
                parameters.weights.push(values.collect());
            }
            assay_circuit::ParameterId::Bias { .. } => {
                parameters.biases.push(
                    (0..tensor.cells())
                        .map(|_| noise(-bias, bias) as i32)
                        .collect(),
                );
            }
            assay_circuit::ParameterId::Table { .. } => {
                parameters.tables.push(
                    (0..tensor.cells())
                        .map(|_| noise(low, high) as i32)
                        .collect(),
                );
            }
        }
    }
    parameters
}

/// A model with such parameters.
pub(crate) fn model(definition: Definition, seed: u64) -> Model {
    let circuit = Circuit::new(definition).expect("valid circuit");
    let parameters = parameters(&circuit, seed, 1000);
    Model::new(circuit, parameters).expect("parameters fit")
}

/// Inputs in range.
pub(crate) fn inputs(model: &Model, count: usize, seed: u64) -> Vec<Vec<i32>> {
    let info = *model.circuit().input();
    let mut noise = noise(seed);
    let (low, high) = (i64::from(info.range.low), i64::from(info.range.high));
    let mut input = || (0..info.cells()).map(|_| noise(low, high) as i32).collect();
    (0..count).map(|_| input()).collect()
}

/// A Gemm term with 8-bit weights.
pub(crate) fn gemm(input: u16) -> Term {
    Term::Gemm {
        input,
        weight_bits: 8,
    }
}

/// A linear node with a bias.
pub(crate) fn linear(shape: Shape, terms: Vec<Term>, requantise: Option<(u8, u16)>) -> Node {
    let requantise = requantise.map(|(shift, table)| Requantise { shift, table });
    Node::Linear(Linear {
        shape,
        terms,
        bias: true,
        requantise,
    })
}

/// `inputs -> hidden -> outputs`, a layer with a table and a raw one.
pub(crate) fn perceptron(inputs: u32, hidden: u32, outputs: u32, shift: u8) -> Model {
    let widest = i64::from(inputs) * 255 * 127 + 1000;
    let width = (64 - (widest >> shift).leading_zeros() + 1) as u8;
    let definition = Definition {
        version: CIRCUIT_VERSION,
        input_shape: Shape::new(inputs, 1, 1),
        input_range: BYTE,
        tables: vec![Table::Clamp {
            width: width.max(9),
            range: BYTE,
        }],
        nodes: vec![
            linear(Shape::new(hidden, 1, 1), vec![gemm(0)], Some((shift, 0))),
            linear(Shape::new(outputs, 1, 1), vec![gemm(1)], None),
        ],
        output: 2,
    };
    model(definition, 7)
}
