// SPDX-License-Identifier: Apache-2.0
//! Properties of random circuits.

use alloc::vec::Vec;

use codec::{Decode, Encode};
use proptest::prelude::*;

use super::{equations, naive};
use crate::{
    testing::{case, cases, Size},
    *,
};

/// A way to order the summands of an accumulator: by a key made from `seed` and the position.
fn shuffle(seed: u64) -> impl Fn(&mut Vec<i64>) {
    move |summands| {
        let mut keyed: Vec<(u64, i64)> = (1u64..)
            .zip(summands.iter())
            .map(|(at, &summand)| (at.wrapping_mul(seed | 1).rotate_left(17) ^ seed, summand))
            .collect();
        keyed.sort_unstable();
        *summands = keyed.into_iter().map(|(_, summand)| summand).collect();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn interpreter_agrees_with_the_textbook(case in cases()) {
        for input in &case.inputs {
            let trace = case.model.run(input).unwrap();
            prop_assert_eq!(trace.output(), naive::run(&case.model, input));
        }
    }

    #[test]
    fn every_padded_cell_obeys_its_equation_in_any_order(case in cases(), seed: u64) {
        for input in &case.inputs {
            let trace = case.model.run(input).unwrap();
            equations::check(&case.model, &trace, shuffle(seed));
            // Largest first brings partial sums as far out as they get.
            equations::check(&case.model, &trace, |summands| summands.sort_by_key(|s| -s));
        }
    }

    #[test]
    fn encodings_round_trip(case in cases()) {
        let circuit = case.model.circuit();
        let bytes = circuit.to_bytes();
        prop_assert_eq!(&Circuit::from_bytes(&bytes).unwrap(), circuit);
        prop_assert_eq!(&Circuit::decode(&mut &bytes[..]).unwrap(), circuit);
        let parameters = case.model.parameters();
        let bytes = parameters.encode();
        prop_assert_eq!(&Parameters::from_bytes(circuit, &bytes).unwrap(), parameters);
    }

    #[test]
    fn layout_names_every_parameter_once(case in cases()) {
        let (layout, parameters) = (case.model.layout(), case.model.parameters());
        let count = parameters.weights.len() + parameters.biases.len() + parameters.tables.len();
        prop_assert_eq!(layout.len(), count);
        let values: u64 = layout.iter().map(ParameterTensor::cells).sum();
        let weights: usize = parameters.weights.iter().map(Vec::len).sum();
        let others: usize =
            parameters.biases.iter().chain(&parameters.tables).map(Vec::len).sum();
        prop_assert_eq!(values, (weights + others) as u64);
    }

    #[test]
    fn mutated_encodings_never_panic_and_decode_canonically(
        case in cases(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = case.model.circuit().to_bytes();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(length) = length {
            bytes.truncate(length.index(bytes.len() + 1));
        }
        if let Ok(circuit) = Circuit::from_bytes(&bytes) {
            prop_assert_eq!(circuit.to_bytes(), bytes);
            prop_assert!(circuit.cost(64).is_some());
            // Parameters of the old circuit: they fit or they do not.
            let parameters = case.model.parameters().encode();
            if let Ok(parameters) = Parameters::from_bytes(&circuit, &parameters) {
                let _ = Model::new(circuit, parameters);
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(circuit) = Circuit::from_bytes(&bytes) {
            prop_assert_eq!(circuit.to_bytes(), bytes);
        }
    }

    #[test]
    fn arbitrary_parameters_never_panic(
        case in cases(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = case.model.parameters().encode();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let circuit = case.model.circuit();
        if let Ok(parameters) = Parameters::from_bytes(circuit, &bytes) {
            prop_assert_eq!(parameters.encode(), bytes);
            let _ = Model::new(circuit.clone(), parameters);
        }
    }

    /// The bounds are not only safe but reached, when each cell of the input is read once.
    #[test]
    fn bounds_of_a_gemm_are_reached(
        weights in proptest::collection::vec(-127i16..=127, 1..20),
        bias in -1000i32..1000,
        low in -300i32..=0,
        high in 0i32..300,
    ) {
        let shape = Shape::new(weights.len() as u32, 1, 1);
        let range = Range { low, high };
        let node = Node::Linear(Linear {
            shape: Shape::new(1, 1, 1),
            terms: alloc::vec![super::gemm(0)],
            bias: true,
            requantise: None,
        });
        let definition = super::definition(shape, range, alloc::vec![], alloc::vec![node]);
        let parameters = Parameters {
            weights: alloc::vec![weights.clone()],
            biases: alloc::vec![alloc::vec![bias]],
            tables: alloc::vec![],
        };
        let model = Model::new(Circuit::new(definition).unwrap(), parameters).unwrap();
        let extreme = |positive: i32, negative: i32| -> i64 {
            let input: Vec<i32> =
                weights.iter().map(|&w| if w > 0 { positive } else { negative }).collect();
            model.run(&input).unwrap().output()[0].into()
        };
        let expected = Interval { low: extreme(low, high), high: extreme(high, low) };
        prop_assert_eq!(model.bounds()[0].accumulator(), expected);
    }
}

#[test]
fn the_generator_reaches_every_kind_of_node_term_and_table() {
    let mut found = alloc::collections::BTreeSet::new();
    let mut word = 1u32;
    for _ in 0..600 {
        let choices: Vec<u32> = (0..300)
            .map(|_| {
                word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                word >> 7
            })
            .collect();
        let case = case(&choices, Size::default());
        for (info, node) in case.model.circuit().tensors()[1..]
            .iter()
            .zip(case.model.circuit().nodes())
        {
            let name = match node {
                Node::Linear(linear) => {
                    for term in &linear.terms {
                        found.insert(match term {
                            Term::Gemm { .. } => "gemm",
                            Term::Scale { .. } => "scale",
                            Term::Conv { groups: 1, .. } => "conv",
                            Term::Conv { .. } => "grouped conv",
                        });
                    }
                    if linear.terms.len() > 1 {
                        "sum"
                    } else {
                        "linear"
                    }
                }
                Node::Lookup { .. } => "lookup",
                Node::MaxPool { .. } => "max pool",
                Node::SumPool { .. } => "sum pool",
                Node::Transpose { .. } => "transpose",
                Node::Reshape { .. } => "reshape",
            };
            found.insert(name);
            if info.size() == 1 {
                found.insert("single cell");
            }
            if info.kind == TensorKind::Raw {
                found.insert("raw");
            }
        }
        for table in case.model.circuit().tables() {
            found.insert(match table {
                Table::Committed { .. } => "committed",
                Table::Clamp { width, .. } if *width > limits::MAX_TABLE_WIDTH => "wide clamp",
                Table::Clamp { range, .. } if range.low == 0 => "clamp",
                Table::Clamp { .. } => "signed clamp",
            });
        }
    }
    let expected = [
        "gemm",
        "scale",
        "conv",
        "grouped conv",
        "sum",
        "linear",
        "lookup",
        "max pool",
        "sum pool",
        "transpose",
        "reshape",
        "single cell",
        "raw",
        "committed",
        "wide clamp",
        "clamp",
        "signed clamp",
    ];
    for kind in expected {
        assert!(found.contains(kind), "{kind} is never generated");
    }
}

#[test]
fn the_simplest_choices_make_a_case() {
    let case = case(&[], Size::default());
    assert_eq!(case.model.circuit().nodes().len(), 1);
    equations::check(
        &case.model,
        &case.model.run(&case.inputs[0]).unwrap(),
        |_| (),
    );
}

#[test]
fn a_network_of_every_kind_obeys_its_equations() {
    let (definition, parameters) = super::everything();
    let model = Model::new(Circuit::new(definition).unwrap(), parameters).unwrap();
    for offset in 0..5 {
        let input: Vec<i32> = (0..60).map(|i| (i * 7 + offset * 3) % 16 - 4).collect();
        let trace = model.run(&input).unwrap();
        assert_eq!(trace.output(), naive::run(&model, &input));
        equations::check(&model, &trace, |_| ());
    }
}
