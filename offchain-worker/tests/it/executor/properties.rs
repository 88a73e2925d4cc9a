// SPDX-License-Identifier: Apache-2.0
//! Random circuits. Loading one compares every tensor and accumulator of extreme and random inputs with the interpreter; running it, the
//! outputs of the inputs that the strategy made.

use std::sync::Arc;

use assay_circuit::{
    testing::{cases_of, Case, Size},
    Circuit, Definition, Linear, Model, Node, Parameters, Range, Requantise, Shape, Table, Term,
    CIRCUIT_VERSION,
};
use assay_worker::executor::Backend;
use proptest::{
    prop_assert_eq,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

use super::{device, interpret, processor};

/// The same cases each time.
fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn agrees(backend: &dyn Backend, case: &Case) -> Result<(), TestCaseError> {
    let fail =
        |error: assay_worker::executor::ExecutorError| TestCaseError::fail(error.to_string());
    let loaded = backend.load(Arc::new(case.model.clone())).map_err(fail)?;
    let outputs = loaded.run(&case.inputs).map_err(fail)?;
    prop_assert_eq!(outputs, interpret(&case.model, &case.inputs));
    Ok(())
}

/// Which operators a circuit has.
fn operators(case: &Case) -> impl Iterator<Item = &'static str> + '_ {
    let name = |node: &Node| match node {
        Node::Linear(linear) => match linear.terms.last() {
            Some(Term::Gemm { .. }) => "gemm",
            Some(Term::Conv { groups: 1, .. }) => "dense convolution",
            Some(Term::Conv { .. }) => "grouped convolution",
            _ => "scale",
        },
        Node::Lookup { .. } => "lookup",
        Node::MaxPool { .. } => "max pool",
        Node::SumPool { .. } => "sum pool",
        Node::Transpose { .. } => "transposition",
        Node::Reshape { .. } => "reshape",
    };
    case.model.circuit().nodes().iter().map(name)
}

/// `T((W x + b) >> 8)` of 16 cells up to 65535, and the same raw, where `W x + b` of the largest input is the largest and the smallest
/// integer of 32 bits.
fn extreme_sums(requantise: bool) -> Model {
    let linear = Linear {
        shape: Shape::new(2, 1, 1),
        terms: vec![Term::Gemm {
            input: 0,
            weight_bits: 12,
        }],
        bias: true,
        requantise: requantise.then_some(Requantise { shift: 8, table: 0 }),
    };
    let clamp = Table::Clamp {
        width: 24,
        range: Range {
            low: -32768,
            high: 32767,
        },
    };
    let circuit = Circuit::new(Definition {
        version: CIRCUIT_VERSION,
        input_shape: Shape::new(16, 1, 1),
        input_range: Range {
            low: 0,
            high: 65535,
        },
        tables: if requantise { vec![clamp] } else { vec![] },
        nodes: vec![Node::Linear(linear)],
        output: 1,
    });
    let sum: i32 = 16 * 2047 * 65535;
    let parameters = Parameters {
        weights: vec![[[2047; 16], [-2047; 16]].concat()],
        biases: vec![vec![i32::MAX - sum, i32::MIN + sum]],
        ..Parameters::default()
    };
    Model::new(circuit.expect("valid"), parameters).expect("the sums fit")
}

mod should {
    use super::*;

    #[test]
    fn reach_both_ends_of_32_bits() {
        let device = device();
        for requantise in [false, true] {
            let case = Case {
                model: extreme_sums(requantise),
                inputs: vec![
                    vec![65535; 16],
                    vec![0; 16],
                    (0..16).map(|i| i * 4369).collect(),
                ],
            };
            agrees(device.as_ref(), &case).unwrap_or_else(|failure| panic!("{failure}"));
            if !requantise {
                let output = interpret(&case.model, &case.inputs[..1]);
                assert_eq!(output, [[i32::MAX, i32::MIN]]);
            }
        }
    }

    #[test]
    fn run_random_circuits_on_the_device_as_the_interpreter_does() {
        let device = device();
        let size = Size {
            nodes: 5,
            batch: 9,
            ..Size::default()
        };
        let met = std::cell::RefCell::new(std::collections::BTreeSet::new());
        let result = runner(256).run(&cases_of(size), |case| {
            met.borrow_mut().extend(operators(&case));
            agrees(device.as_ref(), &case)
        });
        result.unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(met.into_inner().len(), 9, "an operator was never met");
    }

    #[test]
    fn run_random_circuits_on_the_processor_as_the_interpreter_does() {
        let processor = processor();
        let size = Size {
            batch: 20,
            ..Size::default()
        };
        let result = runner(64).run(&cases_of(size), |case| agrees(processor.as_ref(), &case));
        result.unwrap_or_else(|failure| panic!("{failure}"));
    }
}
