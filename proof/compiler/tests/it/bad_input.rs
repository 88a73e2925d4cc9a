// SPDX-License-Identifier: Apache-2.0
//! Files that are wrong: the error names the file and the field, and nothing is written.

use std::{fs, path::Path};

use assay_compiler::{compile, compile_bytes, Error, Options, Problem, Silent};
use prost::Message;
use tract_onnx::pb::{tensor_proto::DataType, type_proto, ModelProto};

use crate::onnx::{float_tensor, info, Attribute::*, Builder};

fn perceptron() -> Builder {
    let mut builder = Builder::new(13, &[0, 4]);
    builder.gemm(4, 3);
    builder.then("Relu", &[], &[]);
    builder.gemm(3, 2);
    builder
}

fn refuse(model: &[u8], samples: &[Vec<f32>]) -> Error {
    compile_bytes(model, samples, &Options::default(), &Silent).unwrap_err()
}

fn refuse_model(change: impl FnOnce(&mut ModelProto)) -> Error {
    let builder = perceptron();
    let mut model = builder.model();
    change(&mut model);
    refuse(&model.encode_to_vec(), &builder.samples(2))
}

fn refuse_node(dims: &[i64], add: impl FnOnce(&mut Builder)) -> Error {
    let mut builder = Builder::new(13, dims);
    add(&mut builder);
    refuse(&builder.bytes(), &builder.samples(2))
}

#[test]
fn truncated_models() {
    let builder = perceptron();
    let bytes = builder.bytes();
    let samples = builder.samples(2);
    for length in 0..bytes.len() {
        refuse(&bytes[..length], &samples);
    }
}

#[test]
fn arbitrary_bytes() {
    let mut state = 1u64;
    for length in 0..200usize {
        let bytes: Vec<u8> = (0..length)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 40) as u8
            })
            .collect();
        refuse(&bytes, &[vec![0.0; 4]]);
    }
}

#[test]
fn flipped_bytes_never_panic() {
    let builder = perceptron();
    let bytes = builder.bytes();
    let samples = builder.samples(1);
    for place in 0..bytes.len() {
        for flip in [0x01, 0x80] {
            let mut changed = bytes.clone();
            changed[place] ^= flip;
            let _ = compile_bytes(&changed, &samples, &Options::default(), &Silent);
        }
    }
}

#[test]
fn broken_weights() {
    for broken in [f32::NAN, f32::INFINITY] {
        let error = refuse_model(|model| {
            let graph = model.graph.as_mut().unwrap();
            let values = [
                1.0, 2.0, broken, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
            ];
            graph.initializer[0] = float_tensor("w1", &[3, 4], &values);
        });
        assert_eq!(error.field, "initializer \"w1\"");
        assert!(
            matches!(error.problem, Problem::NotFinite { index: 2, .. }),
            "{error}"
        );
    }
}

#[test]
fn claims_of_shapes_that_are_not_there() {
    // 10 GB of weights, of which a few bytes exist.
    let error = refuse_model(|model| {
        model.graph.as_mut().unwrap().initializer[0].dims = vec![50_000, 50_000]
    });
    assert_eq!(error.field, "initializer \"w1\"");
    assert!(matches!(error.problem, Problem::TooLarge { .. }), "{error}");
    let error = refuse_model(|model| {
        model.graph.as_mut().unwrap().initializer[0].dims = vec![10_000, 10_000]
    });
    assert!(
        error.to_string().contains("claims 100000000 elements"),
        "{error}"
    );
    // 10 GB of input.
    let error = refuse_model(|model| {
        model.graph.as_mut().unwrap().input[0] = info("x", &[1, 50_000, 50_000])
    });
    assert_eq!(error.field, "input \"x\"");
    assert!(matches!(error.problem, Problem::TooLarge { .. }), "{error}");
    // 10 GB between layers.
    let error = refuse_node(&[0, 1, 512, 512], |builder| {
        let weights = builder.weights(&[9000, 1, 1, 1]);
        builder.then("Conv", &[&weights], &[]);
    });
    assert!(matches!(error.problem, Problem::TooLarge { .. }), "{error}");
    // 10 GB by constant folding.
    let error = refuse_node(&[0, 4], |builder| {
        let shape = builder.ints(&[50_000, 50_000]);
        let zeros = builder.node("ConstantOfShape", &[&shape], &[]);
        builder.node("MatMul", &["x", &zeros], &[]);
    });
    assert!(matches!(error.problem, Problem::TooLarge { .. }), "{error}");
}

#[test]
fn element_types() {
    let set_input = |kind: DataType| {
        refuse_model(|model| {
            let input = &mut model.graph.as_mut().unwrap().input[0];
            let Some(type_proto::Value::TensorType(tensor)) =
                &mut input.r#type.as_mut().unwrap().value
            else {
                panic!("the input has a tensor type")
            };
            tensor.elem_type = kind as i32;
        })
    };
    for kind in [DataType::String, DataType::Int64, DataType::Complex64] {
        let error = set_input(kind);
        assert_eq!(error.field, "input \"x\"");
        assert!(
            matches!(error.problem, Problem::ElementType { .. }),
            "{error}"
        );
    }
    let error = refuse_model(|model| {
        model.graph.as_mut().unwrap().initializer[0].data_type = DataType::String as i32;
    });
    assert!(
        matches!(error.problem, Problem::ElementType { .. }),
        "{error}"
    );
}

#[test]
fn graphs_that_do_not_hang_together() {
    assert_eq!(refuse_model(|model| model.graph = None).field, "graph");
    assert_eq!(
        refuse_model(|model| model.opset_import.clear()).field,
        "opset_import"
    );
    assert_eq!(
        refuse_model(|model| model.graph.as_mut().unwrap().input.clear()).field,
        "graph.input"
    );
    assert_eq!(
        refuse_model(|model| model.graph.as_mut().unwrap().output.clear()).field,
        "graph.output"
    );
    let error = refuse_model(|model| model.graph.as_mut().unwrap().initializer.clear());
    assert!(matches!(error.problem, Problem::Missing(_)), "{error}");
    // The output is a constant, or the input itself.
    let error = refuse_model(|model| model.graph.as_mut().unwrap().output[0].name = "w1".into());
    assert!(error.field.contains("output"), "{error}");
    refuse_model(|model| model.graph.as_mut().unwrap().output[0].name = "x".into());
    // A cycle: the first node reads the last.
    let error = refuse_model(|model| {
        let graph = model.graph.as_mut().unwrap();
        let last = graph.output[0].name.clone();
        graph.node[0].input[0] = last;
    });
    assert!(matches!(error.problem, Problem::Missing(_)), "{error}");
    // Two inputs, a dynamic axis.
    refuse_model(|model| model.graph.as_mut().unwrap().input.push(info("y", &[1, 4])));
    refuse_model(|model| model.graph.as_mut().unwrap().input[0] = info("x", &[1, 0]));
    refuse_model(|model| model.graph.as_mut().unwrap().input[0] = info("x", &[1, -4]));
}

#[test]
fn operators_without_a_circuit_are_named() {
    let error = refuse_node(&[0, 3, 8, 8], |builder| {
        builder.conv(&[4, 3, 3, 3], &[]);
        builder.then("InstanceNormalization", &["w1", "w1"], &[]);
    });
    let text = error.to_string();
    assert!(
        text.contains("InstanceNormalization") && text.contains("[1, 4, 6, 6]"),
        "{text}"
    );
    assert!(
        text.contains("GlobalAveragePool"),
        "lists what is supported: {text}"
    );

    let error = refuse_node(&[0, 3, 8, 8], |builder| {
        let attributes = [
            ("kernel_shape", Ints(&[3, 3][..])),
            ("pads", Ints(&[1, 1, 1, 1][..])),
        ];
        builder.then("AveragePool", &[], &attributes);
    });
    assert!(error.to_string().contains("count_include_pad"), "{error}");

    let error = refuse_node(&[0, 4], |builder| {
        let a = builder.gemm(4, 4);
        builder.node("Mul", &[&a, "x"], &[]);
    });
    assert!(
        error.to_string().contains("two different tensors"),
        "{error}"
    );

    for (op, attributes) in [
        ("Concat", &[("axis", Int(1))][..]),
        ("ArgMax", &[]),
        ("LSTM", &[]),
        ("Resize", &[]),
        ("NoSuchOperator", &[]),
    ] {
        let error = refuse_node(&[0, 4], |builder| {
            builder.gemm(4, 4);
            builder.then(op, &[], attributes);
        });
        assert!(error.to_string().contains(op), "{error}");
        assert!(matches!(error.problem, Problem::Unsupported(_)), "{error}");
    }
}

#[test]
fn attributes_out_of_range() {
    for attributes in [
        &[("strides", Ints(&[0, 1][..]))][..],
        &[("strides", Ints(&[-1, 1]))],
        &[("strides", Ints(&[1]))],
        &[("strides", Int(1))],
        &[("dilations", Ints(&[100_000, 1]))],
        &[("pads", Ints(&[-1, 0, 0, 0]))],
        &[("pads", Ints(&[i64::MAX, 0, 0, 0]))],
        &[("pads", Ints(&[3, 3, 3, 3]))],
        &[("group", Int(0))],
        &[("group", Int(-3))],
        &[("group", Int(2))],
        &[("kernel_shape", Ints(&[2, 2]))],
        &[("auto_pad", Text("SOMEHOW"))],
        &[("dilations", Ints(&[9, 9]))],
    ] {
        refuse_node(&[0, 3, 8, 8], |builder| {
            builder.conv(&[4, 3, 3, 3], attributes);
        });
    }
}

#[test]
fn samples() {
    let bytes = perceptron().bytes();
    let error = refuse(&bytes, &[]);
    assert!(matches!(error.problem, Problem::Missing(_)), "{error}");
    let error = refuse(&bytes, &[vec![0.0; 4], vec![0.0; 5]]);
    assert_eq!(error.field, "sample 1");
    let error = refuse(&bytes, &[vec![0.0, f32::NAN, 0.0, 0.0]]);
    assert!(
        matches!(error.problem, Problem::NotFinite { index: 1, .. }),
        "{error}"
    );
    // A model that overflows on a sample.
    let error = refuse_node(&[0, 4], |builder| {
        let large = builder.floats(&[], &[1e30]);
        builder.then("Mul", &[&large], &[]);
        builder.then("Exp", &[], &[]);
        builder.gemm(4, 2);
    });
    assert!(error.to_string().contains("not finite"), "{error}");
}

#[test]
fn options() {
    let builder = perceptron();
    for bits in [0, 1, 7, 13, 17, 255] {
        let options = Options {
            bits,
            ..Default::default()
        };
        let error =
            compile_bytes(&builder.bytes(), &builder.samples(1), &options, &Silent).unwrap_err();
        assert_eq!(error.field, "--bits");
    }
    let options = Options {
        output: Some("nothing".into()),
        ..Default::default()
    };
    let error =
        compile_bytes(&builder.bytes(), &builder.samples(1), &options, &Silent).unwrap_err();
    assert_eq!(error.field, "graph.output");
}

#[test]
fn files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (model, samples) = (
        folder.path().join("model.onnx"),
        folder.path().join("samples.json"),
    );
    let run = |model: &Path, samples: &Path| compile(model, samples, &Options::default(), &Silent);
    let error = run(&model, &samples).unwrap_err();
    assert_eq!(error.file, model);
    assert!(matches!(error.problem, Problem::Io(_)));
    fs::write(&model, perceptron().bytes()).unwrap();
    let error = run(&model, &samples).unwrap_err();
    assert_eq!(error.file, samples);
    fs::write(&samples, r#"{"input_data": [[1, 2, 3]]}"#).unwrap();
    let error = run(&model, &samples).unwrap_err();
    assert_eq!(
        (error.file.as_path(), error.field.as_str()),
        (samples.as_path(), "input_data[0]")
    );
    assert!(matches!(error.problem, Problem::Shape { .. }), "{error}");
    fs::write(&samples, r#"{"input_data": [[1, 2, 3, 4]]}"#).unwrap();
    run(&model, &samples).unwrap();
    // A folder, a file of another kind.
    assert!(run(folder.path(), &samples).is_err());
    let other = folder.path().join("samples.csv");
    fs::write(&other, "1,2,3,4").unwrap();
    assert_eq!(run(&model, &other).unwrap_err().file, other);
}
