// SPDX-License-Identifier: Apache-2.0
//! The trained example models on their held-out images.

use std::path::{Path, PathBuf};

use assay_compiler::{compile, samples, Options, Silent};

use crate::reference;

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/models")
}

fn largest(values: impl Iterator<Item = f64>) -> usize {
    let values: Vec<f64> = values.collect();
    (0..values.len())
        .reduce(|a, b| if values[b] > values[a] { b } else { a })
        .unwrap()
}

/// Compiles a model and counts right answers on the test images: by the float model and by the circuit.
fn accuracy(name: &str) -> (usize, usize, usize, f64) {
    let folder = models().join(name);
    let model = folder.join("model.onnx");
    let compiled = compile(
        &model,
        &models().join("mnist-calibration.npz"),
        &Options::default(),
        &Silent,
    )
    .unwrap();
    let agreement = &compiled.report.agreement;
    assert!(agreement.max_abs_error <= agreement.error_bound);
    let test = models().join("mnist-test.npz");
    let images = samples::read(&test, compiled.input.sample_shape()).unwrap();
    let mut archive = npyz::npz::NpzArchive::open(&test).unwrap();
    let labels: Vec<u8> = archive
        .by_name("labels")
        .unwrap()
        .unwrap()
        .into_vec()
        .unwrap();
    let floats = reference::run(&std::fs::read(&model).unwrap(), &[1, 1, 28, 28], &images);
    let (mut float_right, mut circuit_right, mut same) = (0, 0, 0);
    for ((image, label), float) in images.iter().zip(labels).zip(floats) {
        let codes = compiled
            .model
            .run(&compiled.input.encode(image))
            .unwrap()
            .output();
        let ours = largest(codes.iter().map(|&code| code as f64));
        let theirs = largest(float.iter().map(|&value| value as f64));
        float_right += (theirs == label as usize) as usize;
        circuit_right += (ours == label as usize) as usize;
        same += (ours == theirs) as usize;
    }
    assert_eq!(images.len(), 200);
    (float_right, circuit_right, same, agreement.top1)
}

#[test]
fn keep_their_accuracy() {
    for name in [
        "mnist-mlp",
        "mnist-lenet",
        "mnist-mlp-tanh-sigmoid",
        "mnist-resnet-tiny",
    ] {
        let (float, circuit, same, calibrated) = accuracy(name);
        // Half a percentage point of 200 images is one image.
        assert!(
            circuit + 1 >= float,
            "{name}: {circuit} right, the float model {float}"
        );
        assert!(
            same >= 198,
            "{name}: {same} of 200 answers as the float model"
        );
        assert!(
            calibrated >= 0.98,
            "{name}: {calibrated} agreement on the calibration images"
        );
    }
}
