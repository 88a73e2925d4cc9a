// SPDX-License-Identifier: Apache-2.0
//! Operators whose form changed between operator sets 9 and 21.

use assay_compiler::{compile_bytes, Options, Silent, OPSETS};

use crate::{
    onnx::{Attribute::*, Builder},
    reference::check_close,
};

/// A network in the form that its operator set wants.
fn network(opset: i64) -> Builder {
    let mut builder = Builder::new(opset, &[0, 2, 8, 8]);
    // Pad: attributes before 11, operands later.
    if opset < 11 {
        builder.then(
            "Pad",
            &[],
            &[
                ("pads", Ints(&[0, 0, 1, 1, 0, 0, 1, 1])),
                ("mode", Text("constant")),
            ],
        );
    } else {
        let pads = builder.ints(&[0, 0, 1, 1, 0, 0, 1, 1]);
        builder.then("Pad", &[&pads], &[]);
    }
    builder.conv(&[4, 2, 3, 3], &[]);
    let (ones, zeros) = (
        builder.floats(&[4], &[1.5; 4]),
        builder.floats(&[4], &[0.1; 4]),
    );
    builder.then("BatchNormalization", &[&ones, &zeros, &zeros, &ones], &[]);
    // Clip: attributes before 11.
    if opset < 11 {
        builder.then("Clip", &[], &[("min", Float(0.0)), ("max", Float(6.0))]);
    } else {
        let (low, high) = (builder.floats(&[], &[0.0]), builder.floats(&[], &[6.0]));
        builder.then("Clip", &[&low, &high], &[]);
    }
    // Dropout: the ratio is an attribute before 12.
    if opset < 12 {
        builder.then("Dropout", &[], &[("ratio", Float(0.5))]);
    } else {
        let ratio = builder.floats(&[], &[0.5]);
        builder.then("Dropout", &[&ratio], &[]);
    }
    // ReduceMean: axes are an operand since 18.
    if opset < 18 {
        builder.then(
            "ReduceMean",
            &[],
            &[("axes", Ints(&[2, 3])), ("keepdims", Int(1))],
        );
    } else {
        let axes = builder.ints(&[2, 3]);
        builder.then("ReduceMean", &[&axes], &[("keepdims", Int(1))]);
    }
    // Squeeze and Unsqueeze: since 13.
    if opset < 13 {
        builder.then("Squeeze", &[], &[("axes", Ints(&[2, 3]))]);
        builder.then("Unsqueeze", &[], &[("axes", Ints(&[2]))]);
        builder.then("Squeeze", &[], &[("axes", Ints(&[2]))]);
    } else {
        let (both, one) = (builder.ints(&[2, 3]), builder.ints(&[2]));
        builder.then("Squeeze", &[&both], &[]);
        builder.then("Unsqueeze", &[&one], &[]);
        builder.then("Squeeze", &[&one], &[]);
    }
    builder.gemm(4, 3);
    builder
}

#[test]
fn every_supported_operator_set() {
    for opset in OPSETS {
        check_close(&network(opset), 0.15);
    }
}

#[test]
fn other_operator_sets_are_refused() {
    for opset in [0, 8, 22, -1] {
        let mut builder = network(13);
        builder.opset = opset;
        let error = compile_bytes(
            &builder.bytes(),
            &builder.samples(1),
            &Options::default(),
            &Silent,
        )
        .unwrap_err();
        assert_eq!(error.field, "opset_import");
    }
}
