// SPDX-License-Identifier: Apache-2.0
//! Parameters that do not belong to their circuit, bounds that do not hold, and inputs that are
//! none.

use super::*;

fn error(change: impl FnOnce(&mut Definition, &mut Parameters)) -> ParameterError {
    let (mut raw, mut parameters) = everything();
    change(&mut raw, &mut parameters);
    let circuit = Circuit::new(raw).expect("the circuit itself is valid");
    Model::new(circuit, parameters).expect_err("the change breaks a rule")
}

#[test]
fn every_tensor_is_there() {
    let count = |list, expected, found| ParameterError::Count {
        list,
        expected,
        found,
    };
    assert_eq!(
        error(|_, parameters| parameters.weights.clear()),
        count(ParameterList::Weights, 3, 0)
    );
    assert_eq!(
        error(|_, parameters| parameters.biases.push(vec![])),
        count(ParameterList::Biases, 2, 3)
    );
    assert_eq!(
        error(|_, parameters| parameters.tables.truncate(1)),
        count(ParameterList::Tables, 2, 1)
    );
}

#[test]
fn every_tensor_has_its_length() {
    let length = |tensor, expected, found| ParameterError::Length {
        tensor,
        expected,
        found,
    };
    assert_eq!(
        error(|_, parameters| parameters.weights[2].truncate(5)),
        length(ParameterId::Weights { node: 7, term: 0 }, 144, 5)
    );
    assert_eq!(
        error(|_, parameters| parameters.biases[1].push(0)),
        length(ParameterId::Bias { node: 7 }, 3, 4)
    );
    assert_eq!(
        error(|_, parameters| parameters.tables[1].push(1)),
        length(ParameterId::Table { table: 2 }, 512, 513)
    );
}

#[test]
fn weights_are_symmetric_and_fit_their_bits() {
    for value in [128, -128, i16::MAX, i16::MIN] {
        let weight = error(|_, parameters| parameters.weights[1][3] = value);
        assert_eq!(
            weight,
            ParameterError::Weight {
                node: 1,
                term: 0,
                value,
                bits: 8
            }
        );
    }
}

#[test]
fn values_are_in_the_range_of_their_table() {
    let outside = error(|_, parameters| parameters.tables[0][0] = 251);
    assert_eq!(
        outside,
        ParameterError::TableValue {
            table: 0,
            key: -256,
            value: 251
        }
    );
    let outside = error(|_, parameters| parameters.tables[1][511] = 0);
    assert_eq!(
        outside,
        ParameterError::TableValue {
            table: 2,
            key: 255,
            value: 0
        }
    );
}

/// Two channels, of which the second has weight 1 and `bias`; keys of 9 bits without a shift.
fn biased(bias: i32, requantise: Option<Requantise>) -> Result<Model, ParameterError> {
    let node = Node::Linear(Linear {
        shape: Shape::new(2, 1, 1),
        terms: vec![gemm(0)],
        bias: true,
        requantise,
    });
    let tables = if requantise.is_some() {
        vec![clamp(9)]
    } else {
        vec![]
    };
    let range = Range {
        low: -100,
        high: 50,
    };
    let raw = definition(Shape::new(1, 1, 1), range, tables, vec![node]);
    let parameters = Parameters {
        weights: vec![vec![0, 1]],
        biases: vec![vec![0, bias]],
        tables: vec![],
    };
    Model::new(Circuit::new(raw).unwrap(), parameters)
}

#[test]
fn accumulators_fit_32_bits_at_both_ends() {
    let accumulator = |low, high| ParameterError::Accumulator {
        node: 0,
        channel: 1,
        low,
        high,
    };
    let (least, most) = (i64::from(i32::MIN), i64::from(i32::MAX));
    assert!(biased(i32::MAX - 50, None).is_ok());
    let error = biased(i32::MAX - 49, None).unwrap_err();
    assert_eq!(error, accumulator(-100, most + 1));
    assert!(biased(i32::MIN + 100, None).is_ok());
    let error = biased(i32::MIN + 99, None).unwrap_err();
    assert_eq!(error, accumulator(least - 1, 50));
}

#[test]
fn keys_fit_their_table_at_both_ends() {
    let requantise = requantise(0, 0);
    let key = |low, high| ParameterError::Key {
        node: 0,
        channel: 1,
        low,
        high,
        width: 9,
    };
    assert!(biased(255 - 50, requantise).is_ok());
    assert_eq!(biased(256 - 50, requantise).unwrap_err(), key(106, 256));
    assert!(biased(-256 + 100, requantise).is_ok());
    assert_eq!(biased(-257 + 100, requantise).unwrap_err(), key(-257, -107));
}

#[test]
fn partial_sums_fit_32_bits_in_every_order() {
    // Codes of a table between 60000 and 65000 with weights of both signs: each sum is small, but
    // the positive half alone isn't.
    let range = Range {
        low: 60000,
        high: 65000,
    };
    let nodes = vec![
        Node::Lookup { input: 0, table: 0 },
        linear(
            Shape::new(1, 1, 1),
            Term::Gemm {
                input: 1,
                weight_bits: 12,
            },
            None,
        ),
    ];
    let table = Table::Committed { width: 9, range };
    let raw = definition(Shape::new(40, 1, 1), BYTE, vec![table], nodes);
    let weights = (0..40)
        .map(|i| if i % 2 == 0 { 2047 } else { -2047 })
        .collect();
    let parameters = Parameters {
        weights: vec![weights],
        biases: vec![],
        tables: vec![vec![60000; 512]],
    };
    let half = 20 * 2047 * 65000;
    assert_eq!(
        Model::new(Circuit::new(raw).unwrap(), parameters).unwrap_err(),
        ParameterError::Accumulator {
            node: 1,
            channel: 0,
            low: -half,
            high: half
        }
    );
}

#[test]
fn pad_channels_have_bounds_of_their_own() {
    // The bias brings the real channels into the keys; the pad channel has no bias.
    let node = Node::Linear(Linear {
        shape: Shape::new(3, 1, 1),
        terms: vec![scale(1, 1)],
        bias: true,
        requantise: requantise(0, 1),
    });
    let range = Range {
        low: 1000,
        high: 1010,
    };
    let nodes = vec![Node::Lookup { input: 0, table: 0 }, node];
    let tables = vec![Table::Committed { width: 9, range }, clamp(11)];
    let raw = definition(Shape::new(3, 1, 1), BYTE, tables, nodes);
    let mut parameters = Parameters {
        weights: vec![],
        biases: vec![vec![-500; 3]],
        tables: vec![vec![1000; 512]],
    };
    let circuit = Circuit::new(raw).unwrap();
    let model = Model::new(circuit.clone(), parameters.clone()).unwrap();
    let interval = |low, high| Interval { low, high };
    let real = interval(-500, 510);
    assert_eq!(
        model.bounds()[0].channels,
        [real, real, real, interval(0, 1010)]
    );
    assert_eq!(model.bounds()[0].accumulator(), interval(-500, 1010));

    let tables = vec![Table::Committed { width: 9, range }, clamp(10)];
    let raw = Definition {
        tables,
        ..circuit.into_definition()
    };
    parameters.biases = vec![vec![-510; 3]];
    assert_eq!(
        Model::new(Circuit::new(raw).unwrap(), parameters).unwrap_err(),
        ParameterError::Key {
            node: 1,
            channel: 3,
            low: 0,
            high: 1010,
            width: 10
        }
    );
}

#[test]
fn key_widths_are_those_of_signed_integers() {
    let width = |low, high| key_width(Interval { low, high });
    let cases = [
        ((0, 0), 1),
        ((-1, 0), 1),
        ((0, 1), 2),
        ((-2, 1), 2),
        ((0, 255), 9),
        ((-256, 255), 9),
        ((-257, 0), 10),
        ((i64::from(i32::MIN), 0), 32),
        ((i64::MIN, i64::MAX), 64),
    ];
    for ((low, high), expected) in cases {
        assert_eq!(width(low, high), expected, "{low}, {high}");
    }
}

#[test]
fn inputs_have_their_shape_and_range() {
    let (raw, parameters) = everything();
    let model = Model::new(Circuit::new(raw).unwrap(), parameters).unwrap();
    for found in [0, 59, 61] {
        let error = model.run(&vec![0; found]).unwrap_err();
        assert_eq!(
            error,
            InputError::Length {
                expected: 60,
                found
            }
        );
    }
    let range = Range { low: -4, high: 11 };
    for value in [-5, 12, i32::MIN, i32::MAX] {
        let mut input = vec![0; 60];
        input[17] = value;
        let error = model.run(&input).unwrap_err();
        assert_eq!(
            error,
            InputError::Value {
                cell: 17,
                value,
                range
            }
        );
    }
}

#[test]
fn wide_codes_are_summed_exactly() {
    // 16-bit codes do not fit the narrow path of the interpreter.
    let range = Range {
        low: 0,
        high: 65535,
    };
    let term = Term::Gemm {
        input: 0,
        weight_bits: 12,
    };
    let nodes = vec![linear(Shape::new(1, 1, 1), term, None)];
    let raw = definition(Shape::new(16, 1, 1), range, vec![], nodes);
    let parameters = Parameters {
        weights: vec![vec![2047; 16]],
        ..Parameters::default()
    };
    assert_eq!(
        run(raw, parameters, &[65535; 16]).output(),
        [16 * 2047 * 65535]
    );
}
