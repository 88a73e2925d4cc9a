// SPDX-License-Identifier: Apache-2.0
//! A small model with every operator of the circuit, to test a device without a model of anybody's.

use assay_circuit::{
    Circuit, Definition, Linear, Model, Node, ParameterId, Parameters, Range, Requantise, Shape,
    Table, TableId, TensorId, Term, Window, CIRCUIT_VERSION,
};

use super::check::splitmix;

/// The model. Its input has 4 channels of 9 by 8 cells.
///
/// # Panics
///
/// If it is not valid, which a test rules out: nothing in it depends on anything outside.
pub(crate) fn model() -> Model {
    let circuit = Circuit::new(definition()).expect("the probe is a valid circuit");
    let parameters = parameters(&circuit);
    Model::new(circuit, parameters).expect("the probe's sums fit")
}

const BYTE: TableId = 0;
const SIGNED_WIDE: TableId = 1;
const COMMITTED: TableId = 2;

fn definition() -> Definition {
    let requantise = |shift, table| Some(Requantise { shift, table });
    let linear = |shape, terms, requantise| {
        Node::Linear(Linear {
            shape,
            terms,
            bias: true,
            requantise,
        })
    };
    let conv = |input: TensorId, window, groups| Term::Conv {
        input,
        window,
        groups,
        weight_bits: 8,
    };
    let same = Window {
        kernel: [3, 3],
        pad_begin: [1, 1],
        pad_end: [1, 1],
        ..Window::IDENTITY
    };
    let halve = Window {
        kernel: [2, 2],
        stride: [2, 2],
        pad_end: [1, 0],
        ..Window::IDENTITY
    };
    let dilated = Window {
        kernel: [2, 3],
        dilation: [2, 1],
        pad_begin: [0, 1],
        pad_end: [0, 1],
        ..Window::IDENTITY
    };
    let plane = Window {
        kernel: [3, 4],
        ..Window::IDENTITY
    };
    let full = Shape::new(8, 9, 8);
    Definition {
        version: CIRCUIT_VERSION,
        input_shape: Shape::new(4, 9, 8),
        input_range: Range {
            low: -128,
            high: 127,
        },
        tables: vec![
            Table::Clamp {
                width: 20,
                range: Range { low: 0, high: 255 },
            },
            Table::Clamp {
                width: 24,
                range: Range {
                    low: -2048,
                    high: 2047,
                },
            },
            Table::Committed {
                width: 12,
                range: Range {
                    low: -300,
                    high: 300,
                },
            },
        ],
        nodes: vec![
            // 1: dense, with padding; [8, 9, 8].
            linear(full, vec![conv(0, same, 1)], requantise(6, BYTE)),
            // 2: in groups, and what it reads added to it.
            linear(
                full,
                vec![
                    conv(1, same, 4),
                    Term::Scale {
                        input: 1,
                        factor: -3,
                    },
                ],
                requantise(5, SIGNED_WIDE),
            ),
            // 3: the values of a table.
            Node::Lookup {
                input: 2,
                table: COMMITTED,
            },
            // 4: one row of the last windows is outside; [8, 5, 4].
            Node::MaxPool {
                input: 3,
                window: halve,
            },
            // 5: dilated, with padding along one axis.
            linear(
                Shape::new(8, 3, 4),
                vec![conv(4, dilated, 1)],
                requantise(4, SIGNED_WIDE),
            ),
            // 6: [8, 3, 4] to [4, 3, 8].
            Node::Transpose {
                input: 5,
                axes: [2, 1, 0],
            },
            // 7: the sum of each plane; [8, 1, 1].
            Node::SumPool {
                input: 5,
                window: plane,
            },
            // 8: the same cells.
            Node::Reshape {
                input: 7,
                shape: Shape::new(2, 2, 2),
            },
            // 9: three products, raw.
            linear(
                Shape::new(10, 1, 1),
                vec![
                    Term::Gemm {
                        input: 6,
                        weight_bits: 8,
                    },
                    Term::Gemm {
                        input: 8,
                        weight_bits: 5,
                    },
                    Term::Gemm {
                        input: 4,
                        weight_bits: 5,
                    },
                ],
                None,
            ),
        ],
        output: 9,
    }
}

/// Weights, biases and table values that look random and are always the same.
fn parameters(circuit: &Circuit) -> Parameters {
    let mut state = 0x243f_6a88_85a3_08d3;
    let mut within = |range: Range| {
        let span = i64::from(range.high) - i64::from(range.low) + 1;
        (i64::from(range.low) + (splitmix(&mut state) % span as u64) as i64) as i32
    };
    let mut parameters = Parameters::default();
    for tensor in circuit.parameter_layout() {
        let cells = tensor.cells() as usize;
        match tensor.id {
            ParameterId::Weights { .. } => {
                let weights = (0..cells).map(|_| within(tensor.range) as i16).collect();
                parameters.weights.push(weights);
            }
            ParameterId::Bias { .. } => {
                let range = Range {
                    low: -5000,
                    high: 5000,
                };
                let values = (0..cells).map(|_| within(range)).collect();
                parameters.biases.push(values);
            }
            ParameterId::Table { .. } => {
                let values = (0..cells).map(|_| within(tensor.range)).collect();
                parameters.tables.push(values);
            }
        }
    }
    parameters
}
