// SPDX-License-Identifier: Apache-2.0
//! Models and contexts for the tests.

use assay_circuit::{
    Circuit, Definition, Linear, Model, Node, Parameters, Range, Requantise, Shape, Table, Term,
    Window, CIRCUIT_VERSION,
};
use assay_proof::{prove, Context, ProvingKey, Statement, VerifyingKey};

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

/// A model of every operator: grouped and padded convolutions, a max pool whose taps reach outside,
/// a committed table, a residual addition under a wide clamp, a sum pool behind a transposition and
/// a reshape, two low limbs, and an output with pad cells that are not zero.
pub(crate) fn everything() -> Model {
    let window = |kernel, pad_begin, pad_end, stride| Window {
        kernel: [kernel; 2],
        stride: [stride; 2],
        dilation: [1, 1],
        pad_begin: [pad_begin; 2],
        pad_end: [pad_end; 2],
    };
    let conv = |input, window, groups| Term::Conv {
        input,
        window,
        groups,
        weight_bits: 3,
    };
    let signed = |bits: u32| Range {
        low: -(1 << (bits - 1)),
        high: (1 << (bits - 1)) - 1,
    };
    let pixels = Shape::new(4, 3, 3);
    let definition = Definition {
        version: CIRCUIT_VERSION,
        input_shape: Shape::new(2, 5, 5),
        input_range: signed(4),
        tables: vec![
            Table::Clamp {
                width: 12,
                range: signed(6),
            },
            Table::Committed {
                width: 6,
                range: signed(4),
            },
            Table::Clamp {
                width: 16,
                range: signed(8),
            },
            Table::Clamp {
                width: 9,
                range: BYTE,
            },
        ],
        nodes: vec![
            linear(
                Shape::new(4, 5, 5),
                vec![conv(0, window(3, 1, 1, 1), 2)],
                Some((2, 0)),
            ),
            Node::MaxPool {
                input: 1,
                window: window(2, 0, 1, 2),
            },
            Node::Lookup { input: 2, table: 1 },
            linear(
                pixels,
                vec![
                    conv(3, window(1, 0, 0, 1), 1),
                    Term::Scale {
                        input: 2,
                        factor: 300,
                    },
                    conv(2, window(3, 1, 1, 1), 4),
                ],
                Some((1, 2)),
            ),
            Node::SumPool {
                input: 4,
                window: window(2, 0, 0, 1),
            },
            Node::Transpose {
                input: 5,
                axes: [1, 2, 0],
            },
            Node::Reshape {
                input: 6,
                shape: Shape::new(16, 1, 1),
            },
            linear(Shape::new(3, 1, 1), vec![gemm(7)], Some((13, 3))),
            linear(
                Shape::new(2, 3, 3),
                vec![conv(8, window(3, 2, 2, 1), 1)],
                None,
            ),
        ],
        output: 9,
    };
    model(definition, 5)
}

/// An honest proof and what goes with it.
pub(crate) struct Prepared {
    /// The verifier's key.
    pub(crate) key: VerifyingKey,
    /// The encoded proof.
    pub(crate) proof: Vec<u8>,
    /// The outputs that it proves.
    pub(crate) outputs: Vec<Vec<i32>>,
}

impl Prepared {
    /// The statement about `inputs` and the proof's outputs.
    pub(crate) fn statement<'a>(&'a self, inputs: &'a [Vec<i32>]) -> Statement<'a> {
        Statement {
            context: CONTEXT,
            inputs,
            outputs: &self.outputs,
        }
    }
}

/// Proves `inputs` honestly.
pub(crate) fn prepare(model: Model, inputs: &[Vec<i32>]) -> Prepared {
    let proving = ProvingKey::new(model).expect("a key");
    let proven = prove(&proving, &CONTEXT, inputs).expect("a proof");
    let key = proving.verifying_key().clone();
    Prepared {
        key,
        proof: proven.proof.to_bytes(),
        outputs: proven.outputs,
    }
}
