// SPDX-License-Identifier: Apache-2.0
//! Tests of the crate: each module one subject, each name a sentence about it.

mod cost;
mod encoding;
mod equations;
mod naive;
mod padding;
mod parameters;
mod properties;
mod shapes;
mod validation;

use alloc::{vec, vec::Vec};

use crate::*;

/// Codes of 8 bits without a sign.
const BYTE: Range = Range { low: 0, high: 255 };

/// A clamp to [`BYTE`] with keys of `width` bits.
fn clamp(width: u8) -> Table {
    Table::Clamp { width, range: BYTE }
}

fn requantise(shift: u8, table: TableId) -> Option<Requantise> {
    Some(Requantise { shift, table })
}

fn definition(
    input_shape: Shape,
    input_range: Range,
    tables: Vec<Table>,
    nodes: Vec<Node>,
) -> Definition {
    let output = nodes.len() as TensorId;
    Definition {
        version: CIRCUIT_VERSION,
        input_shape,
        input_range,
        tables,
        nodes,
        output,
    }
}

/// A linear node of one term, without bias.
fn linear(shape: Shape, term: Term, requantise: Option<Requantise>) -> Node {
    Node::Linear(Linear {
        shape,
        terms: vec![term],
        bias: false,
        requantise,
    })
}

fn gemm(input: TensorId) -> Term {
    Term::Gemm {
        input,
        weight_bits: 8,
    }
}

fn scale(input: TensorId, factor: i32) -> Term {
    Term::Scale { input, factor }
}

fn conv(input: TensorId, window: Window, groups: u32) -> Term {
    Term::Conv {
        input,
        window,
        groups,
        weight_bits: 8,
    }
}

fn square_window(kernel: u16, stride: u16, pad: u16) -> Window {
    Window {
        kernel: [kernel; 2],
        stride: [stride; 2],
        pad_begin: [pad; 2],
        pad_end: [pad; 2],
        ..Window::IDENTITY
    }
}

/// Runs the model of a definition that is expected to be valid.
fn run(definition: Definition, parameters: Parameters, input: &[i32]) -> Trace {
    let circuit = Circuit::new(definition).expect("a valid circuit");
    let model = Model::new(circuit, parameters).expect("parameters that fit");
    model.run(input).expect("an input in range")
}

/// A small network with every kind of node, term and table.
fn everything() -> (Definition, Parameters) {
    let nodes = vec![
        // 1: convolution in groups, requantised by a committed table.
        Node::Linear(Linear {
            shape: Shape::new(4, 5, 6),
            terms: vec![conv(0, square_window(3, 1, 1), 2)],
            bias: true,
            requantise: requantise(3, 0),
        }),
        // 2: a residual sum, requantised by a wide clamp.
        Node::Linear(Linear {
            shape: Shape::new(4, 5, 6),
            terms: vec![conv(1, Window::IDENTITY, 1), scale(1, -3)],
            bias: false,
            requantise: requantise(0, 1),
        }),
        // 3
        Node::MaxPool {
            input: 2,
            window: square_window(2, 2, 0),
        },
        // 4
        Node::Lookup { input: 3, table: 2 },
        // 5
        Node::SumPool {
            input: 4,
            window: square_window(2, 1, 1),
        },
        // 6
        Node::Transpose {
            input: 5,
            axes: [1, 2, 0],
        },
        // 7
        Node::Reshape {
            input: 6,
            shape: Shape::new(12, 1, 4),
        },
        // 8: the raw output.
        Node::Linear(Linear {
            shape: Shape::new(3, 1, 1),
            terms: vec![gemm(7)],
            bias: true,
            requantise: None,
        }),
    ];
    let tables = vec![
        Table::Committed {
            width: 9,
            range: Range { low: -5, high: 250 },
        },
        clamp(17),
        Table::Committed {
            width: 9,
            range: Range { low: 1, high: 2 },
        },
    ];
    let ramp = |count: i16, step: i16| (0..count).map(|i| (i * step) % 23 - 11).collect();
    let parameters = Parameters {
        weights: vec![ramp(4 * 9, 5), ramp(16, 7), ramp(3 * 48, 3)],
        biases: vec![vec![100, -200, 4, 0], vec![7, -7, 1 << 20]],
        tables: vec![
            (0..512).map(|i| i / 2 - 5).collect(),
            (0..512).map(|i| 1 + i % 2).collect(),
        ],
    };
    let input = Range { low: -4, high: 11 };
    (
        definition(Shape::new(2, 5, 6), input, tables, nodes),
        parameters,
    )
}
