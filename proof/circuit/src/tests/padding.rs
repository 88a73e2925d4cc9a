// SPDX-License-Identifier: Apache-2.0
//! The rules for pad cells, each on the smallest circuit that shows it.

use alloc::{vec, vec::Vec};

use super::*;

const SIGNED: Range = Range { low: -8, high: 7 };

/// `T(k) = k + 100` for keys of 5 bits: `T(0)` is not 0.
fn offset_table() -> (Table, Vec<i32>) {
    let table = Table::Committed {
        width: 5,
        range: Range { low: 84, high: 115 },
    };
    (table, (-16..16).map(|key| key + 100).collect())
}

fn parameters(weights: Vec<Vec<i16>>, biases: Vec<Vec<i32>>, tables: Vec<Vec<i32>>) -> Parameters {
    Parameters {
        weights,
        biases,
        tables,
    }
}

#[test]
fn padding_of_a_convolution_is_code_zero_even_if_the_table_makes_no_zero() {
    // Tensor 1 is 100 everywhere, logical cells and pads. A 3-tap sum over its 3 cells with one
    // cell of padding must not see the fourth, padded cell, nor take padding for 100.
    let (table, values) = offset_table();
    let window = Window {
        kernel: [1, 3],
        pad_begin: [0, 1],
        pad_end: [0, 1],
        ..Window::IDENTITY
    };
    let nodes = vec![
        Node::Lookup { input: 0, table: 0 },
        linear(Shape::new(1, 1, 3), conv(1, window, 1), None),
    ];
    let definition = definition(Shape::new(1, 1, 3), SIGNED, vec![table], nodes);
    let trace = run(
        definition,
        parameters(vec![vec![1, 1, 1]], vec![], vec![values]),
        &[0; 3],
    );
    assert_eq!(trace.tensor(1).unwrap(), [100, 100, 100, 100]);
    assert_eq!(trace.padded_output(), [200, 300, 200, 0]);
    assert_eq!(trace.output(), [200, 300, 200]);
}

#[test]
fn pad_rows_stay_zero_where_the_table_maps_zero_to_zero() {
    // Three output channels, padded to four; the bias with its rounding term is for the real ones.
    let nodes = vec![Node::Linear(Linear {
        shape: Shape::new(3, 1, 1),
        terms: vec![gemm(0)],
        bias: true,
        requantise: requantise(1, 0),
    })];
    let definition = definition(Shape::new(2, 1, 1), BYTE, vec![clamp(14)], nodes);
    let parameters = parameters(vec![vec![1, 2, 3, 4, 5, 6]], vec![vec![1, 1, 1]], vec![]);
    let trace = run(definition, parameters, &[1, 1]);
    assert_eq!(trace.accumulator(0).unwrap(), [4, 8, 12, 0]);
    assert_eq!(trace.tensor(1).unwrap(), [2, 4, 6, 0]);
}

#[test]
fn pad_rows_hold_the_image_of_zero_where_the_table_does_not() {
    let (table, values) = offset_table();
    let nodes = vec![linear(Shape::new(3, 1, 1), scale(0, 1), requantise(0, 0))];
    let definition = definition(Shape::new(3, 1, 1), SIGNED, vec![table], nodes);
    let trace = run(
        definition,
        parameters(vec![], vec![], vec![values]),
        &[1, 2, 3],
    );
    assert_eq!(trace.padded_output(), [101, 102, 103, 100]);
}

#[test]
fn a_bias_is_added_at_spatial_pads_of_its_channel_and_not_in_pad_channels() {
    let nodes = vec![Node::Linear(Linear {
        shape: Shape::new(3, 1, 3),
        terms: vec![scale(0, 1)],
        bias: true,
        requantise: None,
    })];
    let definition = definition(Shape::new(3, 1, 3), SIGNED, vec![], nodes);
    let parameters = parameters(vec![], vec![vec![10, 20, 30]], vec![]);
    let trace = run(definition, parameters, &[1; 9]);
    let expected = [11, 11, 11, 10, 21, 21, 21, 20, 31, 31, 31, 30, 0, 0, 0, 0];
    assert_eq!(trace.padded_output(), expected);
}

#[test]
fn padding_of_a_max_pool_is_the_smallest_code() {
    // All codes negative: padding with 0 would win.
    let nodes = vec![Node::MaxPool {
        input: 0,
        window: square_window(2, 2, 1),
    }];
    let definition = definition(Shape::new(1, 2, 2), SIGNED, vec![], nodes);
    let trace = run(definition, Parameters::default(), &[-1, -2, -3, -4]);
    assert_eq!(trace.output(), [-1, -2, -3, -4]);
}

#[test]
fn pad_cells_of_a_max_pool_hold_the_smallest_code() {
    let window = Window {
        kernel: [1, 2],
        ..Window::IDENTITY
    };
    let nodes = vec![Node::MaxPool { input: 0, window }];
    // Width 4 to width 3, padded to 4.
    let definition = definition(Shape::new(1, 1, 4), SIGNED, vec![], nodes);
    let trace = run(definition, Parameters::default(), &[1, 2, 3, 0]);
    assert_eq!(trace.padded_output(), [2, 3, 3, -8]);
}

#[test]
fn a_max_pool_does_not_see_pads_of_its_input() {
    // The pad cell of tensor 1 is 100, more than its logical cells.
    let (table, values) = offset_table();
    let window = Window {
        kernel: [1, 2],
        pad_end: [0, 1],
        ..Window::IDENTITY
    };
    let nodes = vec![
        Node::Lookup { input: 0, table: 0 },
        Node::MaxPool { input: 1, window },
    ];
    let definition = definition(Shape::new(1, 1, 3), SIGNED, vec![table], nodes);
    let trace = run(
        definition,
        parameters(vec![], vec![], vec![values]),
        &[-1, -2, -3],
    );
    assert_eq!(trace.tensor(1).unwrap(), [99, 98, 97, 100]);
    assert_eq!(trace.padded_output(), [99, 98, 97, 84]);
}

#[test]
fn padding_of_a_sum_pool_is_zero() {
    let (table, values) = offset_table();
    let window = Window {
        kernel: [1, 2],
        pad_begin: [0, 1],
        ..Window::IDENTITY
    };
    let nodes = vec![
        Node::Lookup { input: 0, table: 0 },
        Node::SumPool { input: 1, window },
    ];
    let definition = definition(Shape::new(1, 1, 3), SIGNED, vec![table], nodes);
    let trace = run(
        definition,
        parameters(vec![], vec![], vec![values]),
        &[1, 2, 3],
    );
    assert_eq!(trace.padded_output(), [101, 203, 205, 0]);
}

#[test]
fn a_scale_reads_pads_like_any_cell() {
    let (table, values) = offset_table();
    let nodes = vec![
        Node::Lookup { input: 0, table: 0 },
        linear(Shape::new(3, 1, 1), scale(1, -2), None),
    ];
    let definition = definition(Shape::new(3, 1, 1), SIGNED, vec![table], nodes);
    let trace = run(
        definition,
        parameters(vec![], vec![], vec![values]),
        &[1, 2, 3],
    );
    assert_eq!(trace.padded_output(), [-202, -204, -206, -200]);
}

#[test]
fn a_gemm_ignores_pads_of_its_input() {
    let (table, values) = offset_table();
    let nodes = vec![
        Node::Lookup { input: 0, table: 0 },
        linear(Shape::new(1, 1, 1), gemm(1), None),
    ];
    let definition = definition(Shape::new(1, 1, 3), SIGNED, vec![table], nodes);
    let trace = run(
        definition,
        parameters(vec![vec![1, 1, 1]], vec![], vec![values]),
        &[0; 3],
    );
    assert_eq!(trace.output(), [300]);
}

#[test]
fn wirings_carry_pads_along() {
    let (table, values) = offset_table();
    let nodes = vec![
        Node::Lookup { input: 0, table: 0 },
        Node::Transpose {
            input: 1,
            axes: [2, 1, 0],
        },
        Node::Reshape {
            input: 2,
            shape: Shape::new(1, 3, 2),
        },
    ];
    let definition = definition(Shape::new(2, 1, 3), SIGNED, vec![table], nodes);
    let parameters = parameters(vec![], vec![], vec![values]);
    let trace = run(definition, parameters, &[1, 2, 3, 4, 5, 6]);
    assert_eq!(
        trace.tensor(1).unwrap(),
        [101, 102, 103, 100, 104, 105, 106, 100]
    );
    assert_eq!(
        trace.tensor(2).unwrap(),
        [101, 104, 102, 105, 103, 106, 100, 100]
    );
    assert_eq!(trace.tensor(3), trace.tensor(2));
    assert_eq!(trace.output(), [101, 104, 102, 105, 103, 106]);
}

#[test]
fn single_cells_go_through_every_kind_of_node() {
    let one = Shape::new(1, 1, 1);
    let nodes = vec![
        Node::Transpose {
            input: 0,
            axes: [2, 0, 1],
        },
        Node::Reshape {
            input: 1,
            shape: one,
        },
        Node::SumPool {
            input: 2,
            window: Window::IDENTITY,
        },
        linear(one, conv(3, Window::IDENTITY, 1), requantise(0, 0)),
        Node::MaxPool {
            input: 4,
            window: Window::IDENTITY,
        },
        Node::Lookup { input: 5, table: 0 },
        linear(one, gemm(6), None),
    ];
    let definition = definition(one, BYTE, vec![clamp(14)], nodes);
    let trace = run(
        definition,
        parameters(vec![vec![3], vec![-2]], vec![], vec![]),
        &[5],
    );
    assert_eq!(trace.output(), [-30]);
    assert!(trace.tensors().iter().all(|tensor| tensor.len() == 1));
}

#[test]
fn a_shift_of_zero_keeps_the_accumulator() {
    let nodes = vec![linear(Shape::new(1, 1, 1), scale(0, 1), requantise(0, 0))];
    let definition = definition(Shape::new(1, 1, 1), BYTE, vec![clamp(9)], nodes);
    for code in [0, 1, 254, 255] {
        assert_eq!(
            run(definition.clone(), Parameters::default(), &[code]).output(),
            [code]
        );
    }
}

#[test]
fn a_shift_rounds_towards_minus_infinity() {
    let table = Table::Clamp {
        width: 4,
        range: SIGNED,
    };
    let nodes = vec![linear(Shape::new(4, 1, 1), scale(0, 1), requantise(1, 0))];
    let definition = definition(Shape::new(4, 1, 1), SIGNED, vec![table], nodes);
    let trace = run(definition, Parameters::default(), &[-3, -1, 1, 3]);
    assert_eq!(trace.output(), [-2, -1, 0, 1]);
}

#[test]
fn a_dead_layer_of_zero_weights_is_legal() {
    let nodes = vec![linear(Shape::new(2, 1, 1), gemm(0), requantise(0, 0))];
    let definition = definition(Shape::new(3, 1, 1), BYTE, vec![clamp(9)], nodes);
    let trace = run(
        definition,
        parameters(vec![vec![0; 6]], vec![], vec![]),
        &[1, 2, 3],
    );
    assert_eq!(trace.output(), [0, 0]);
}

#[test]
fn an_input_that_is_only_zero_is_legal() {
    let nodes = vec![linear(Shape::new(1, 1, 1), gemm(0), None)];
    let zero = Range { low: 0, high: 0 };
    let definition = definition(Shape::new(3, 1, 1), zero, vec![], nodes);
    let trace = run(
        definition,
        parameters(vec![vec![127; 3]], vec![], vec![]),
        &[0; 3],
    );
    assert_eq!(trace.output(), [0]);
}
