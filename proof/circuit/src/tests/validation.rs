// SPDX-License-Identifier: Apache-2.0
//! Every rule that a definition can break, and the error that names the place.

use super::*;
use crate::limits::*;

/// The error of [`everything`] after a change.
fn error(change: impl FnOnce(&mut Definition)) -> CircuitError {
    let mut raw = everything().0;
    change(&mut raw);
    let error = Circuit::new(raw.clone()).expect_err("the change breaks a rule");
    // What can't be made can't be decoded either.
    assert_eq!(
        Circuit::from_bytes(&codec::Encode::encode(&raw)),
        Err(error.clone())
    );
    error
}

/// The error of node `node` after a change of its definition.
fn node_error(node: u16, change: impl FnOnce(&mut Node)) -> NodeError {
    match error(|raw| change(&mut raw.nodes[usize::from(node)])) {
        CircuitError::Node { node: at, error } if at == node => error,
        other => panic!("{other:?}"),
    }
}

/// The error of the only term of linear node `node` after a change of the node.
fn term_error(node: u16, change: impl FnOnce(&mut Linear)) -> TermError {
    let error = node_error(node, |node| match node {
        Node::Linear(linear) => change(linear),
        _ => panic!("not a linear node"),
    });
    match error {
        NodeError::Term { term: 0, error } => error,
        other => panic!("{other:?}"),
    }
}

fn window_error(change: impl FnOnce(&mut Window)) -> WindowError {
    let error = node_error(4, |node| match node {
        Node::SumPool { window, .. } => change(window),
        _ => panic!("not a sum pool"),
    });
    match error {
        NodeError::Window(error) => error,
        other => panic!("{other:?}"),
    }
}

fn table_error(table: Table) -> TableError {
    match error(|raw| raw.tables[1] = table) {
        CircuitError::Table { table: 1, error } => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unknown_version_is_refused() {
    assert_eq!(
        error(|raw| raw.version = 2),
        CircuitError::Version { version: 2 }
    );
}

#[test]
fn an_input_shape_is_not_empty_and_not_too_large() {
    let with = |shape| error(|raw| raw.input_shape = shape);
    let zero = CircuitError::InputShape(ShapeError::Zero);
    assert_eq!(with(Shape::new(0, 1, 1)), zero);
    assert_eq!(with(Shape::new(1, 1, 0)), zero);
    let large = CircuitError::InputShape(ShapeError::TooLarge);
    assert_eq!(with(Shape::new(u32::MAX, u32::MAX, u32::MAX)), large);
    assert_eq!(with(Shape::new((1 << 22) + 1, 1, 1)), large);
    assert_eq!(with(Shape::new(1025, 1024, 1)), large);
}

#[test]
fn an_input_range_has_zero_and_16_bits() {
    for (low, high) in [
        (1, 2),
        (-2, -1),
        (3, -3),
        (0, 65536),
        (-1, 65535),
        (i32::MIN, i32::MAX),
    ] {
        let range = Range { low, high };
        assert_eq!(
            error(|raw| raw.input_range = range),
            CircuitError::InputRange { range }
        );
    }
}

#[test]
fn there_is_a_node_and_not_too_many() {
    assert_eq!(
        error(|raw| raw.nodes.clear()),
        CircuitError::NodeCount { count: 0 }
    );
    let mut raw = everything().0;
    raw.nodes = vec![raw.nodes[2].clone(); MAX_NODES + 1];
    let count = MAX_NODES + 1;
    assert_eq!(Circuit::new(raw), Err(CircuitError::NodeCount { count }));
}

#[test]
fn there_are_not_too_many_tables() {
    let mut raw = everything().0;
    raw.tables = vec![clamp(9); MAX_TABLES + 1];
    let count = MAX_TABLES + 1;
    assert_eq!(Circuit::new(raw), Err(CircuitError::TableCount { count }));
}

#[test]
fn keys_have_a_bit_and_not_too_many() {
    assert_eq!(table_error(clamp(0)), TableError::Width { width: 0 });
    assert_eq!(table_error(clamp(25)), TableError::Width { width: 25 });
    let committed = |width| Table::Committed { width, range: BYTE };
    assert_eq!(table_error(committed(0)), TableError::Width { width: 0 });
    assert_eq!(table_error(committed(15)), TableError::Width { width: 15 });
}

#[test]
fn codes_have_16_bits() {
    for (low, high) in [
        (2, 1),
        (0, 65536),
        (-65536, -65535),
        (-1, 65535),
        (i32::MIN, i32::MAX),
    ] {
        let range = Range { low, high };
        assert_eq!(
            table_error(Table::Clamp { width: 24, range }),
            TableError::Range { range }
        );
        assert_eq!(
            table_error(Table::Committed { width: 9, range }),
            TableError::Range { range }
        );
    }
}

#[test]
fn a_clamp_has_a_closed_form() {
    let cases = [
        (14, 0, 254),    // not a power of two
        (14, 1, 256),    // not from 0
        (14, -127, 128), // not from -2^(b-1)
        (14, 0, 0),      // no bits
        (14, -1, -1),    // no bits
        (8, 0, 255),     // wider than its keys
        (7, -128, 127),  // wider than its keys
        (15, 0, 127),    // wide, but narrower than the low part of the key
        (24, -64, 63),   // the same
    ];
    for (width, low, high) in cases {
        let range = Range { low, high };
        let table = Table::Clamp { width, range };
        assert_eq!(table_error(table), TableError::ClampRange { width, range });
    }
    for (width, low, high) in [
        (17, 0, 65535),
        (16, -32768, 32767),
        (15, -128, 127),
        (24, 0, 255),
        (1, -1, 0),
        (2, 0, 1),
    ] {
        let range = Range { low, high };
        let nodes = vec![Node::Lookup { input: 0, table: 0 }];
        let zero = Range { low: 0, high: 0 };
        let raw = definition(
            Shape::new(1, 1, 1),
            zero,
            vec![Table::Clamp { width, range }],
            nodes,
        );
        assert_eq!(Circuit::new(raw).unwrap().output().range, range);
    }
}

#[test]
fn every_table_is_used() {
    let unused = error(|raw| raw.tables.push(clamp(9)));
    assert_eq!(unused, CircuitError::UnusedTable { table: 3 });
}

#[test]
fn every_node_reaches_the_output() {
    let dead = error(|raw| raw.nodes[7] = linear(Shape::new(3, 1, 1), gemm(5), None));
    assert_eq!(dead, CircuitError::DeadNode { node: 6 });
}

#[test]
fn the_output_is_that_of_the_last_node() {
    for tensor in [0, 7, 9, u16::MAX] {
        assert_eq!(
            error(|raw| raw.output = tensor),
            CircuitError::Output { tensor }
        );
    }
}

#[test]
fn an_output_is_not_too_large() {
    let shape = Shape::new(16, 256, 256);
    let window = Window {
        kernel: [1, 2],
        pad_begin: [0, 1],
        pad_end: [0, 1],
        ..Window::IDENTITY
    };
    let nodes = vec![Node::SumPool { input: 0, window }];
    let raw = definition(shape, BYTE, vec![], nodes);
    let cells = 16 * 256 * 512;
    assert_eq!(Circuit::new(raw), Err(CircuitError::OutputCells { cells }));
}

#[test]
fn a_trace_is_not_too_large() {
    let shape = Shape::new(16, 256, 256);
    let nodes = (0..100)
        .map(|input| linear(shape, scale(input, 1), requantise(0, 0)))
        .collect();
    let raw = definition(shape, BYTE, vec![clamp(9)], nodes);
    // The input and 32 nodes with two tensors each.
    let cells = (1 + 32 * 2) << 20;
    assert_eq!(Circuit::new(raw), Err(CircuitError::TraceCells { cells }));
}

#[test]
fn parameters_are_not_too_many() {
    // 3000 * 3000 weights are more than 2^23.
    let square = Shape::new(3000, 1, 1);
    let nodes = vec![linear(square, gemm(0), None)];
    let raw = definition(square, BYTE, vec![], nodes);
    let error = CircuitError::ParameterCells {
        logical: 9_000_000,
        padded: 1 << 24,
    };
    assert_eq!(Circuit::new(raw), Err(error));
    // 2049 * 2049 are not, but their padded tensor and another one are.
    let square = Shape::new(2049, 1, 1);
    let nodes = vec![
        linear(square, gemm(0), requantise(24, 0)),
        linear(Shape::new(1, 1, 1), gemm(1), None),
    ];
    let raw = definition(square, BYTE, vec![clamp(9)], nodes);
    let (logical, padded) = (2049 * 2050, (1 << 24) + (1 << 12));
    assert_eq!(
        Circuit::new(raw),
        Err(CircuitError::ParameterCells { logical, padded })
    );
}

#[test]
fn the_sizes_of_hostile_weights_do_not_overflow() {
    let shape = Shape::new(1 << 20, 1, 1);
    let nodes = vec![linear(Shape::new(1 << 20, 1, 1), gemm(0), None)];
    let raw = definition(shape, BYTE, vec![], nodes);
    let error = CircuitError::ParameterCells {
        logical: 1 << 40,
        padded: 1 << 40,
    };
    assert_eq!(Circuit::new(raw), Err(error));
}

#[test]
fn nodes_read_tensors_computed_before_them() {
    for tensor in [3, 8, u16::MAX] {
        let own = node_error(2, |node| {
            *node = Node::MaxPool {
                input: tensor,
                window: Window::IDENTITY,
            };
        });
        assert_eq!(own, NodeError::UnknownTensor { tensor });
    }
    let later = term_error(0, |linear| linear.terms = vec![scale(1, 1)]);
    assert_eq!(later, TermError::UnknownTensor { tensor: 1 });
}

#[test]
fn nodes_use_tables_that_exist() {
    let lookup = node_error(3, |node| *node = Node::Lookup { input: 3, table: 3 });
    assert_eq!(lookup, NodeError::UnknownTable { table: 3 });
    let linear = node_error(1, |node| match node {
        Node::Linear(linear) => linear.requantise = requantise(0, 7),
        _ => panic!(),
    });
    assert_eq!(linear, NodeError::UnknownTable { table: 7 });
}

#[test]
fn the_shape_of_a_node_is_checked() {
    let shape = node_error(6, |node| {
        *node = Node::Reshape {
            input: 6,
            shape: Shape::new(48, 0, 1),
        };
    });
    assert_eq!(shape, NodeError::Shape(ShapeError::Zero));
    let shape = node_error(0, |node| match node {
        Node::Linear(linear) => linear.shape = Shape::new(1 << 20, 8, 1),
        _ => panic!(),
    });
    assert_eq!(shape, NodeError::Shape(ShapeError::TooLarge));
}

#[test]
fn only_the_output_is_raw() {
    let raw = node_error(1, |node| match node {
        Node::Linear(linear) => linear.requantise = None,
        _ => panic!(),
    });
    assert_eq!(raw, NodeError::RawNotOutput);
}

#[test]
fn a_linear_node_has_terms() {
    let none = node_error(1, |node| match node {
        Node::Linear(linear) => linear.terms.clear(),
        _ => panic!(),
    });
    assert_eq!(none, NodeError::TermCount { count: 0 });
    // More than the limit is malformed in an encoding, and refused here too.
    let mut raw = everything().0;
    if let Node::Linear(linear) = &mut raw.nodes[1] {
        linear.terms = vec![scale(1, 1); MAX_TERMS + 1];
    }
    let error = NodeError::TermCount {
        count: MAX_TERMS + 1,
    };
    assert_eq!(
        Circuit::new(raw),
        Err(CircuitError::Node { node: 1, error })
    );
}

#[test]
fn a_shift_is_at_most_24() {
    let shift = node_error(0, |node| match node {
        Node::Linear(linear) => linear.requantise = requantise(25, 0),
        _ => panic!(),
    });
    assert_eq!(shift, NodeError::Shift { shift: 25 });
}

#[test]
fn the_keys_of_a_lookup_cover_its_input() {
    let narrow = error(|raw| {
        raw.tables[2] = Table::Committed {
            width: 8,
            range: BYTE,
        }
    });
    let error = NodeError::LookupKeys {
        width: 8,
        range: BYTE,
    };
    assert_eq!(narrow, CircuitError::Node { node: 3, error });
}

#[test]
fn a_max_pool_has_few_taps_and_narrow_codes() {
    let taps = node_error(2, |node| {
        *node = Node::MaxPool {
            input: 2,
            window: square_window(3, 1, 1),
        };
    });
    assert_eq!(taps, NodeError::PoolTaps { taps: 9 });
    let range = Range { low: 0, high: 4096 };
    let nodes = vec![Node::MaxPool {
        input: 0,
        window: Window::IDENTITY,
    }];
    let raw = definition(Shape::new(1, 1, 1), range, vec![], nodes);
    let error = NodeError::PoolBits { bits: 13 };
    assert_eq!(
        Circuit::new(raw),
        Err(CircuitError::Node { node: 0, error })
    );
}

#[test]
fn sums_of_a_pool_fit_32_bits() {
    // 2^14 taps of 2^16, twice.
    let window = Window {
        kernel: [128; 2],
        pad_begin: [127; 2],
        ..Window::IDENTITY
    };
    let nodes = vec![
        Node::SumPool { input: 0, window },
        Node::SumPool { input: 1, window },
    ];
    let range = Range {
        low: 0,
        high: 65535,
    };
    let raw = definition(Shape::new(1, 1, 1), range, vec![], nodes);
    let error = NodeError::SumRange;
    assert_eq!(
        Circuit::new(raw),
        Err(CircuitError::Node { node: 1, error })
    );
}

#[test]
fn axes_are_a_permutation() {
    for axes in [[0, 0, 1], [1, 2, 3], [255, 0, 1]] {
        let error = node_error(5, |node| *node = Node::Transpose { input: 5, axes });
        assert_eq!(error, NodeError::Axes { axes });
    }
}

#[test]
fn a_reshape_moves_no_cell() {
    let from = Shape::new(3, 4, 4);
    for to in [
        Shape::new(4, 3, 4),
        Shape::new(16, 3, 1),
        Shape::new(3, 4, 5),
        Shape::new(1, 1, 1),
    ] {
        let error = node_error(6, |node| {
            *node = Node::Reshape {
                input: 6,
                shape: to,
            }
        });
        assert_eq!(error, NodeError::Reshape { from, to });
    }
}

#[test]
fn terms_make_the_declared_shape() {
    let wrong = Shape::new(4, 5, 5);
    let made = term_error(0, |linear| linear.shape = wrong);
    assert_eq!(
        made,
        TermError::Shape {
            made: Shape::new(4, 5, 6)
        }
    );
    let made = term_error(7, |linear| linear.shape = Shape::new(3, 1, 2));
    assert_eq!(
        made,
        TermError::Shape {
            made: Shape::new(3, 1, 1)
        }
    );
    let made = term_error(1, |linear| linear.terms = vec![scale(0, 1)]);
    assert_eq!(
        made,
        TermError::Shape {
            made: Shape::new(2, 5, 6)
        }
    );
}

#[test]
fn weights_have_2_to_12_bits() {
    for bits in [0, 1, 13, 255] {
        let gemm = Term::Gemm {
            input: 7,
            weight_bits: bits,
        };
        let error = term_error(7, |linear| linear.terms = vec![gemm]);
        assert_eq!(error, TermError::WeightBits { bits });
        let error = term_error(0, |linear| match &mut linear.terms[0] {
            Term::Conv { weight_bits, .. } => *weight_bits = bits,
            _ => panic!(),
        });
        assert_eq!(error, TermError::WeightBits { bits });
    }
}

#[test]
fn groups_divide_the_channels_by_powers_of_two() {
    for (groups, inputs, outputs) in [
        (0, 4, 4),
        (3, 4, 6),
        (3, 6, 4),
        (2, 6, 4),
        (2, 4, 6),
        (8, 4, 8),
        (u32::MAX, 4, 4),
    ] {
        let term = conv(0, Window::IDENTITY, groups);
        let nodes = vec![linear(Shape::new(outputs, 1, 1), term, None)];
        let raw = definition(Shape::new(inputs, 1, 1), BYTE, vec![], nodes);
        let error = TermError::Groups {
            groups,
            inputs,
            outputs,
        };
        let error = NodeError::Term { term: 0, error };
        assert_eq!(
            Circuit::new(raw),
            Err(CircuitError::Node { node: 0, error })
        );
    }
    for (groups, inputs, outputs) in [(1, 5, 7), (3, 12, 6), (5, 5, 5)] {
        let term = conv(0, Window::IDENTITY, groups);
        let nodes = vec![linear(Shape::new(outputs, 1, 1), term, None)];
        Circuit::new(definition(Shape::new(inputs, 1, 1), BYTE, vec![], nodes)).unwrap();
    }
}

#[test]
fn a_factor_is_not_zero() {
    let error = node_error(1, |node| match node {
        Node::Linear(linear) => linear.terms[1] = scale(1, 0),
        _ => panic!(),
    });
    assert_eq!(
        error,
        NodeError::Term {
            term: 1,
            error: TermError::ZeroFactor
        }
    );
}

#[test]
fn windows_step_and_have_taps() {
    let zero = |axis| WindowError::Zero { axis };
    assert_eq!(window_error(|window| window.kernel[0] = 0), zero(0));
    assert_eq!(window_error(|window| window.stride[1] = 0), zero(1));
    assert_eq!(window_error(|window| window.dilation[0] = 0), zero(0));
    let error = term_error(0, |linear| match &mut linear.terms[0] {
        Term::Conv { window, .. } => window.stride[0] = 0,
        _ => panic!(),
    });
    assert_eq!(error, TermError::Window(zero(0)));
}

#[test]
fn windows_are_not_too_large() {
    let extent = MAX_KERNEL_EXTENT + 1;
    let kernel = window_error(|window| window.kernel[1] = extent);
    assert_eq!(kernel, WindowError::Kernel { axis: 1, extent });
    let taps = window_error(|window| {
        window.kernel = [128, 129];
        window.pad_begin = [127, 128];
    });
    assert_eq!(taps, WindowError::Taps { taps: 128 * 129 });
}

#[test]
fn padding_is_smaller_than_the_dilated_kernel() {
    let padding = |axis| WindowError::Padding { axis };
    assert_eq!(window_error(|window| window.pad_begin[0] = 2), padding(0));
    assert_eq!(
        window_error(|window| window.pad_end[1] = u16::MAX),
        padding(1)
    );
}

#[test]
fn the_dilated_kernel_fits_the_padded_input() {
    let error = window_error(|window| {
        window.dilation[1] = 5;
        window.pad_begin[1] = 0;
    });
    assert_eq!(error, WindowError::TooSmall { axis: 1 });
}

#[test]
fn errors_say_where_and_what() {
    use std::string::ToString;
    let unused = error(|raw| raw.tables.push(clamp(9))).to_string();
    assert_eq!(unused, "table 3 is not used");
    let term = error(|raw| match &mut raw.nodes[1] {
        Node::Linear(linear) => linear.terms[1] = scale(1, 0),
        _ => panic!(),
    });
    assert_eq!(term.to_string(), "node 1: term 1: a factor of zero");
}
