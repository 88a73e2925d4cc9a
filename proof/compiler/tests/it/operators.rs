// SPDX-License-Identifier: Apache-2.0
//! Each operator, in each form that has a circuit, against tract.

use assay_circuit::{Node, Term};
use assay_compiler::{compile_bytes, Options, Silent};

use crate::{
    onnx::{Attribute::*, Builder},
    reference::{check, check_close, check_with},
};

/// A small image.
fn image() -> Builder {
    Builder::new(13, &[0, 3, 9, 7])
}

#[test]
fn convolutions() {
    let same: &[(&str, crate::onnx::Attribute)] =
        &[("auto_pad", Text("SAME_UPPER")), ("strides", Ints(&[2, 2]))];
    let lower: &[(&str, crate::onnx::Attribute)] =
        &[("auto_pad", Text("SAME_LOWER")), ("strides", Ints(&[2, 3]))];
    for (dims, attributes) in [
        (&[4, 3, 3, 3], &[][..]),
        (&[4, 3, 3, 2], &[("pads", Ints(&[1, 0, 2, 1]))][..]),
        (
            &[5, 3, 3, 3],
            &[("strides", Ints(&[2, 1])), ("pads", Ints(&[1, 1, 1, 1]))][..],
        ),
        (
            &[4, 3, 3, 3],
            &[("dilations", Ints(&[2, 3])), ("pads", Ints(&[2, 3, 2, 3]))][..],
        ),
        (&[4, 3, 9, 7], &[][..]),
        (&[4, 3, 4, 2], same),
        (&[4, 3, 3, 3], lower),
    ] {
        let mut builder = image();
        builder.conv(dims, attributes);
        check_close(&builder, 0.02);
    }
}

#[test]
fn grouped_and_depthwise_convolutions() {
    for (channels, outputs, groups) in [(8, 8, 8), (8, 16, 4), (6, 9, 3), (4, 4, 2), (6, 6, 6)] {
        let mut builder = Builder::new(13, &[0, channels, 6, 6]);
        let attributes = [("group", Int(groups)), ("pads", Ints(&[1, 1, 1, 1]))];
        builder.conv(&[outputs, channels / groups, 3, 3], &attributes);
        builder.then("Relu", &[], &[]);
        builder.then("Flatten", &[], &[]);
        builder.gemm(outputs * 36, 5);
        let compiled = check_close(&builder, 0.05);
        let power = (channels / groups) & (channels / groups - 1) == 0
            && (outputs / groups) & (outputs / groups - 1) == 0;
        let Node::Linear(linear) = &compiled.model.circuit().nodes()[0] else {
            panic!("a convolution")
        };
        let Term::Conv { groups: made, .. } = linear.terms[0] else {
            panic!("a convolution")
        };
        assert_eq!(made, if power { groups as u32 } else { 1 });
    }
}

#[test]
fn one_dimensional_convolutions_and_pools() {
    let mut builder = Builder::new(13, &[0, 3, 20]);
    builder.conv(
        &[6, 3, 5],
        &[("pads", Ints(&[2, 2])), ("strides", Ints(&[1]))],
    );
    builder.then("Relu", &[], &[]);
    builder.then(
        "MaxPool",
        &[],
        &[("kernel_shape", Ints(&[3])), ("strides", Ints(&[2]))],
    );
    builder.conv(&[4, 6, 3], &[]);
    builder.then("Tanh", &[], &[]);
    builder.then("GlobalAveragePool", &[], &[]);
    builder.then("Flatten", &[], &[]);
    builder.gemm(4, 3);
    check_close(&builder, 0.1);
}

#[test]
fn pools() {
    let cases: [(&str, &[(&str, crate::onnx::Attribute)]); 8] = [
        (
            "MaxPool",
            &[("kernel_shape", Ints(&[2, 2])), ("strides", Ints(&[2, 2]))],
        ),
        (
            "MaxPool",
            &[
                ("kernel_shape", Ints(&[3, 3])),
                ("strides", Ints(&[2, 2])),
                ("pads", Ints(&[1, 1, 1, 1])),
            ],
        ),
        (
            "MaxPool",
            &[
                ("kernel_shape", Ints(&[5, 2])),
                ("strides", Ints(&[1, 2])),
                ("ceil_mode", Int(1)),
            ],
        ),
        (
            "AveragePool",
            &[("kernel_shape", Ints(&[2, 2])), ("strides", Ints(&[2, 2]))],
        ),
        (
            "AveragePool",
            &[
                ("kernel_shape", Ints(&[3, 3])),
                ("pads", Ints(&[1, 1, 1, 1])),
                ("count_include_pad", Int(1)),
            ],
        ),
        ("GlobalAveragePool", &[]),
        ("GlobalMaxPool", &[]),
        (
            "ReduceMean",
            &[("axes", Ints(&[2, 3])), ("keepdims", Int(1))],
        ),
    ];
    for before in ["Relu", "Sigmoid", "Identity"] {
        for (op, attributes) in &cases {
            let mut builder = image();
            builder.conv(&[4, 3, 3, 3], &[("pads", Ints(&[1, 1, 1, 1]))]);
            builder.then(before, &[], &[]);
            builder.then(op, &[], attributes);
            let compiled = check(&builder);
            assert!(
                compiled.report.agreement.mean_relative_error < 0.05,
                "{before} {op}"
            );
        }
    }
}

#[test]
fn padding_before_windows() {
    let mut builder = image();
    let pads = builder.ints(&[0, 0, 1, 2, 0, 0, 1, 2]);
    builder.then("Pad", &[&pads], &[]);
    builder.conv(&[4, 3, 3, 5], &[("strides", Ints(&[2, 2]))]);
    builder.then("Relu", &[], &[]);
    let pads = builder.ints(&[0, 0, 1, 1, 0, 0, 0, 0]);
    builder.then("Pad", &[&pads], &[]);
    builder.then(
        "MaxPool",
        &[],
        &[("kernel_shape", Ints(&[2, 2])), ("strides", Ints(&[2, 2]))],
    );
    check_close(&builder, 0.05);
}

#[test]
fn padding_is_zero_after_an_activation_that_is_not() {
    // sigmoid(0) = 1/2 in every pad cell of the padded tensor: it must not reach the sums.
    let mut builder = Builder::new(13, &[0, 3, 5, 5]);
    builder.conv(&[3, 3, 3, 3], &[("pads", Ints(&[1, 1, 1, 1]))]);
    builder.then("Sigmoid", &[], &[]);
    builder.conv(&[3, 3, 3, 3], &[("pads", Ints(&[1, 1, 1, 1]))]);
    check_close(&builder, 0.1);
}

#[test]
fn matrix_products() {
    let mut builder = Builder::new(13, &[0, 12]);
    let (weights, bias) = (builder.weights(&[12, 7]), builder.bias(7));
    builder.then("MatMul", &[&weights], &[]);
    builder.then("Add", &[&bias], &[]);
    builder.then("Relu", &[], &[]);
    let (weights, bias) = (builder.weights(&[7, 5]), builder.bias(5));
    builder.then(
        "Gemm",
        &[&weights, &bias],
        &[("alpha", Float(0.5)), ("beta", Float(2.0))],
    );
    check_close(&builder, 0.05);
}

#[test]
fn matrix_products_along_the_last_axis() {
    let mut builder = Builder::new(13, &[0, 6, 10]);
    let (weights, bias) = (builder.weights(&[10, 8]), builder.bias(8));
    builder.then("MatMul", &[&weights], &[]);
    builder.then("Add", &[&bias], &[]);
    builder.then("Relu", &[], &[]);
    let weights = builder.weights(&[8, 4]);
    builder.then("MatMul", &[&weights], &[]);
    builder.then("Tanh", &[], &[]);
    builder.then(
        "ReduceMean",
        &[],
        &[("axes", Ints(&[1])), ("keepdims", Int(0))],
    );
    builder.gemm(4, 3);
    check_close(&builder, 0.1);
}

#[test]
fn views() {
    let mut builder = image();
    builder.conv(&[4, 3, 3, 3], &[]);
    builder.then("Transpose", &[], &[("perm", Ints(&[0, 2, 3, 1]))]);
    builder.then("Relu", &[], &[]);
    let shape = builder.ints(&[0, -1]);
    builder.then("Reshape", &[&shape], &[]);
    builder.gemm(4 * 7 * 5, 6);
    let axes = builder.ints(&[2]);
    builder.then("Unsqueeze", &[&axes], &[]);
    builder.then("Squeeze", &[&axes], &[]);
    builder.then("Tanh", &[], &[]);
    builder.gemm(6, 2);
    let compiled = check_close(&builder, 0.1);
    // The transposition and the flattening became permutations of weights.
    assert!(compiled
        .model
        .circuit()
        .nodes()
        .iter()
        .all(|node| matches!(node, Node::Linear(_))));
}

#[test]
fn a_transposition_before_a_convolution() {
    let mut builder = Builder::new(13, &[0, 8, 6, 3]);
    builder.then("Transpose", &[], &[("perm", Ints(&[0, 3, 1, 2]))]);
    builder.conv(&[4, 3, 3, 3], &[]);
    check_close(&builder, 0.02);
}

#[test]
fn batch_normalization_before_and_after() {
    for first in [true, false] {
        let mut builder = image();
        if !first {
            builder.conv(&[3, 3, 3, 3], &[]);
        }
        let scale = builder.floats(&[3], &[0.5, -1.5, 2.0]);
        let shift = builder.floats(&[3], &[0.1, 0.2, -0.3]);
        let mean = builder.floats(&[3], &[0.3, -0.1, 0.0]);
        let variance = builder.floats(&[3], &[0.5, 1.5, 0.9]);
        builder.then(
            "BatchNormalization",
            &[&scale, &shift, &mean, &variance],
            &[("epsilon", Float(1e-3))],
        );
        builder.conv(&[4, 3, 3, 3], &[("pads", Ints(&[1, 1, 1, 1]))]);
        builder.then("Relu", &[], &[]);
        builder.then("Flatten", &[], &[]);
        let cells = if first { 4 * 9 * 7 } else { 4 * 7 * 5 };
        builder.gemm(cells, 3);
        let compiled = check_close(&builder, 0.1);
        // The first normalisation is a convolution of its own, because zeros are padded after it; the other is in the weights.
        assert_eq!(compiled.model.circuit().nodes().len(), 3);
    }
}

#[test]
fn element_wise_functions() {
    for (op, attributes) in [
        ("Relu", &[][..]),
        ("Sigmoid", &[]),
        ("Tanh", &[]),
        ("LeakyRelu", &[("alpha", Float(0.2))]),
        ("Elu", &[("alpha", Float(1.5))]),
        ("Selu", &[]),
        ("Softplus", &[]),
        ("Softsign", &[]),
        ("HardSigmoid", &[("alpha", Float(0.3))]),
        ("Abs", &[]),
        ("Neg", &[]),
        ("Exp", &[]),
        ("Erf", &[]),
        ("Cos", &[]),
        ("Sin", &[]),
        ("HardSwish", &[]),
        ("ThresholdedRelu", &[("alpha", Float(0.2))]),
    ] {
        let mut builder = Builder::new(14, &[0, 16]);
        builder.gemm(16, 12);
        builder.then(op, &[], attributes);
        builder.gemm(12, 5);
        check_close(&builder, if op == "ThresholdedRelu" { 0.2 } else { 0.06 });
        // As the output, it is requantised.
        let mut builder = Builder::new(14, &[0, 16]);
        builder.gemm(16, 12);
        builder.then(op, &[], attributes);
        check(&builder);
        // On the input itself.
        let mut builder = Builder::new(14, &[0, 16]);
        builder.then(op, &[], attributes);
        builder.gemm(16, 5);
        check(&builder);
    }
}

#[test]
fn subgraphs_become_one_table() {
    // x * x + x, x * sigmoid(x), the GELU that PyTorch exports.
    type Chain = fn(&mut Builder);
    let chains: [Chain; 4] = [
        |builder| {
            let x = builder.last();
            let square = builder.node("Mul", &[&x, &x], &[]);
            builder.node("Add", &[&square, &x], &[]);
        },
        |builder| {
            let x = builder.last();
            let gate = builder.node("Sigmoid", &[&x], &[]);
            builder.node("Mul", &[&x, &gate], &[]);
        },
        |builder| {
            let x = builder.last();
            let root = builder.floats(&[], &[std::f32::consts::SQRT_2]);
            let half = builder.floats(&[1], &[0.5]);
            let one = builder.floats(&[], &[1.0]);
            builder.node("Div", &[&x, &root], &[]);
            builder.then("Erf", &[], &[]);
            builder.then("Add", &[&one], &[]);
            let bell = builder.last();
            builder.node("Mul", &[&x, &bell], &[]);
            builder.then("Mul", &[&half], &[]);
        },
        |builder| {
            let two = builder.floats(&[], &[2.0]);
            let small = builder.floats(&[], &[0.01]);
            builder.then("Pow", &[&two], &[]);
            builder.then("Add", &[&small], &[]);
            builder.then("Sqrt", &[], &[]);
            builder.then("Reciprocal", &[], &[]);
        },
    ];
    for (number, chain) in chains.iter().enumerate() {
        let mut builder = Builder::new(13, &[0, 10]);
        builder.gemm(10, 8);
        chain(&mut builder);
        builder.gemm(8, 4);
        let compiled = if number == 3 {
            check(&builder)
        } else {
            check_close(&builder, 0.06)
        };
        assert_eq!(compiled.model.circuit().tables().len(), 1, "chain {number}");
        assert_eq!(compiled.model.circuit().nodes().len(), 2, "chain {number}");
    }
}

#[test]
fn constants_on_activations() {
    let mut builder = Builder::new(13, &[0, 3, 6, 6]);
    let mean = builder.floats(&[1, 3, 1, 1], &[0.1, -0.2, 0.3]);
    let deviation = builder.floats(&[3, 1, 1], &[0.5, 0.7, 0.9]);
    let half = builder.floats(&[], &[0.5]);
    builder.then("Sub", &[&mean], &[]);
    builder.then("Div", &[&deviation], &[]);
    builder.conv(&[4, 3, 3, 3], &[("pads", Ints(&[1, 1, 1, 1]))]);
    builder.then("Mul", &[&half], &[]);
    builder.then("Relu", &[], &[]);
    builder.then("Sub", &[&half], &[]);
    builder.conv(&[4, 4, 3, 3], &[]);
    let one = builder.floats(&[1], &[1.0]);
    let last = builder.last();
    builder.node("Sub", &[&one, &last], &[]);
    check_close(&builder, 0.06);
}

#[test]
fn residual_connections() {
    for (projected, subtract) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut builder = Builder::new(13, &[0, 4, 6, 6]);
        builder.conv(&[8, 4, 3, 3], &[("pads", Ints(&[1, 1, 1, 1]))]);
        let stem = builder.then("Relu", &[], &[]);
        builder.conv(&[8, 8, 3, 3], &[("pads", Ints(&[1, 1, 1, 1]))]);
        builder.then("Relu", &[], &[]);
        let branch = builder.conv(&[8, 8, 3, 3], &[("pads", Ints(&[1, 1, 1, 1]))]);
        let mut skip = stem.clone();
        if projected {
            let weights = builder.weights(&[8, 8, 1, 1]);
            skip = builder.node("Conv", &[&stem, &weights], &[]);
        }
        builder.node(if subtract { "Sub" } else { "Add" }, &[&branch, &skip], &[]);
        builder.then("Relu", &[], &[]);
        builder.then("GlobalAveragePool", &[], &[]);
        builder.then("Flatten", &[], &[]);
        builder.gemm(8, 3);
        let compiled = check_close(&builder, 0.2);
        // The sum is one node with two terms.
        let sums = compiled.model.circuit().nodes().iter();
        let sums =
            sums.filter(|node| matches!(node, Node::Linear(linear) if linear.terms.len() == 2));
        assert_eq!(sums.count(), 1);
    }
}

#[test]
fn a_sum_of_two_activations() {
    let mut builder = Builder::new(13, &[0, 8]);
    let a = builder.gemm(8, 6);
    let a = builder.node("Tanh", &[&a], &[]);
    let weights = builder.weights(&[6, 8]);
    let b = builder.node("Gemm", &["x", &weights], &[("transB", Int(1))]);
    let b = builder.node("Sigmoid", &[&b], &[]);
    builder.node("Add", &[&a, &b], &[]);
    check_close(&builder, 0.03);
}

#[test]
fn clips() {
    for (low, high) in [(0.0, 6.0), (0.0, 0.3), (-0.4, 0.4), (-0.2, 0.5), (0.1, 0.6)] {
        let mut builder = Builder::new(13, &[0, 16]);
        builder.gemm(16, 12);
        let (low, high) = (builder.floats(&[], &[low]), builder.floats(&[], &[high]));
        builder.then("Clip", &[&low, &high], &[]);
        builder.gemm(12, 5);
        check_close(&builder, 0.06);
    }
}

#[test]
fn an_activation_after_a_pool_moves_before_it() {
    for op in ["Relu", "Tanh"] {
        let mut builder = image();
        builder.conv(&[4, 3, 3, 3], &[]);
        builder.then(
            "MaxPool",
            &[],
            &[("kernel_shape", Ints(&[2, 2])), ("strides", Ints(&[2, 2]))],
        );
        builder.then(op, &[], &[]);
        let compiled = check_close(&builder, 0.05);
        let nodes = compiled.model.circuit().nodes();
        assert!(
            matches!(nodes, [Node::Linear(_), Node::MaxPool { .. }]),
            "{nodes:?}"
        );
    }
}

#[test]
fn softmax_is_left_out_at_the_end_only() {
    let mut builder = Builder::new(13, &[0, 8]);
    builder.gemm(8, 6);
    let without = builder.clone();
    builder.then("Softmax", &[], &[("axis", Int(-1))]);
    let samples = builder.samples(4);
    let options = Options::default();
    let compiled = compile_bytes(&builder.bytes(), &samples, &options, &Silent).unwrap();
    assert_eq!(compiled.report.notes.len(), 1);
    assert!(compiled.report.notes[0].contains("Softmax"));
    let plain = compile_bytes(&without.bytes(), &samples, &options, &Silent).unwrap();
    assert_eq!(compiled.model, plain.model);

    builder.gemm(6, 2);
    let error = compile_bytes(&builder.bytes(), &samples, &options, &Silent).unwrap_err();
    assert!(error.to_string().contains("Softmax"), "{error}");
}

#[test]
fn dead_and_unit_tensors() {
    // A layer that never activates on the samples, and axes of extent one.
    let mut builder = Builder::new(13, &[0, 1, 1, 1]);
    let weights = builder.floats(&[2, 1, 1, 1], &[1.0, -1.0]);
    let bias = builder.floats(&[2], &[-50.0, -50.0]);
    builder.then("Conv", &[&weights, &bias], &[]);
    builder.then("Relu", &[], &[]);
    builder.then("Flatten", &[], &[]);
    let weights = builder.floats(&[1, 2], &[1.0, 1.0]);
    builder.then("Gemm", &[&weights], &[("transB", Int(1))]);
    let compiled = check(&builder);
    assert_eq!(
        compiled
            .output
            .decode(&compiled.model.run(&[0]).unwrap().output()),
        [0.0]
    );

    let mut zeros = Builder::new(13, &[0, 4]);
    let weights = zeros.floats(&[3, 4], &[0.0; 12]);
    let bias = zeros.floats(&[3], &[0.0, 1.0, -1.0]);
    zeros.then("Gemm", &[&weights, &bias], &[("transB", Int(1))]);
    zeros.then("Relu", &[], &[]);
    zeros.gemm(3, 2);
    check(&zeros);
    // Samples that are all zero.
    check_with(&zeros, &[vec![0.0; 4]], &Options::default());
}

#[test]
fn one_sample_is_enough() {
    let mut builder = image();
    builder.conv(&[4, 3, 3, 3], &[]);
    builder.then("Relu", &[], &[]);
    builder.then("Flatten", &[], &[]);
    builder.gemm(4 * 7 * 5, 6);
    check_with(&builder, &builder.samples(1), &Options::default());
}

#[test]
fn an_error_budget_raises_layers() {
    let mut builder = image();
    builder.conv(&[6, 3, 3, 3], &[]);
    builder.then("Relu", &[], &[]);
    builder.conv(&[6, 6, 3, 3], &[]);
    builder.then("Tanh", &[], &[]);
    builder.then("Flatten", &[], &[]);
    builder.gemm(6 * 5 * 3, 6);
    let samples = builder.samples(12);
    let base = check_with(&builder, &samples, &Options::default());
    let base_error = base.report.agreement.centred_error;
    let budget = base_error / 3.0;
    let options = Options {
        max_error: Some(budget),
        ..Default::default()
    };
    let raised = check_with(&builder, &samples, &options);
    assert!(raised.report.agreement.centred_error <= budget);
    assert!(raised
        .report
        .layers
        .iter()
        .any(|layer| layer.bits > 8 && layer.bits <= 12));

    let options = Options {
        max_error: Some(base_error / 1e4),
        ..Default::default()
    };
    let error = compile_bytes(&builder.bytes(), &samples, &options, &Silent).unwrap_err();
    assert!(error.to_string().contains("budget"), "{error}");

    let wide = Options {
        bits: 16,
        ..Default::default()
    };
    let wide = check_with(&builder, &samples, &wide);
    assert!(wide.report.agreement.centred_error < base_error);
}

#[test]
fn shape_arithmetic() {
    // What PyTorch exports for x.view(x.size(0), -1).
    let mut builder = Builder::new(13, &[0, 2, 3, 3]);
    builder.conv(&[4, 2, 2, 2], &[]);
    builder.then("Relu", &[], &[]);
    let x = builder.last();
    let (zero, axes, rest) = (builder.ints(&[0]), builder.ints(&[0]), builder.ints(&[-1]));
    builder.then("Shape", &[], &[]);
    builder.then("Gather", &[&zero], &[("axis", Int(0))]);
    builder.then("Squeeze", &[&axes], &[]);
    builder.then("Unsqueeze", &[&axes], &[]);
    builder.then("Concat", &[&rest], &[("axis", Int(0))]);
    let shape = builder.last();
    builder.node("Reshape", &[&x, &shape], &[]);
    builder.gemm(16, 3);
    check_close(&builder, 0.05);
}

#[test]
fn weights_computed_from_constants() {
    let mut builder = Builder::new(13, &[0, 6]);
    let weights = builder.weights(&[4, 6]);
    let factor = builder.floats(&[4, 1], &[0.5, 1.0, 2.0, -1.0]);
    let scaled = builder.node("Mul", &[&weights, &factor], &[]);
    let turned = builder.node("Transpose", &[&scaled], &[]);
    builder.node("MatMul", &["x", &turned], &[]);
    check_close(&builder, 0.02);
}

#[test]
fn a_fixed_batch_counts_as_one() {
    let mut builder = Builder::new(13, &[4, 2, 3, 3]);
    builder.conv(&[3, 2, 2, 2], &[]);
    let shape = builder.ints(&[4, 12]);
    builder.then("Reshape", &[&shape], &[]);
    builder.gemm(12, 3);
    let mut single = builder.clone();
    single.dims[0] = 1;
    let samples = single.samples(4);
    let compiled = compile_bytes(&builder.bytes(), &samples, &Options::default(), &Silent).unwrap();
    assert_eq!(compiled.output.dims, [1, 3]);
    assert_eq!(compiled.report.notes.len(), 1);
}
