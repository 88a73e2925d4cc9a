// SPDX-License-Identifier: Apache-2.0
//! The trained example models on real digits.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use assay_circuit::Model;
use assay_compiler::{compile, samples, Options, Silent};
use assay_worker::executor::Backend;

use super::{device, interpret, processor};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/models")
}

/// A compiled model and the codes of the test digits.
fn compiled(name: &str) -> (Arc<Model>, Vec<Vec<i32>>) {
    let model = examples().join(name).join("model.onnx");
    let calibration = examples().join("mnist-calibration.npz");
    let compiled = compile(&model, &calibration, &Options::default(), &Silent).expect("compiles");
    let shape = compiled.input.sample_shape();
    let images = samples::read(&examples().join("mnist-test.npz"), shape).expect("reads");
    let codes = images.iter().map(|image| compiled.input.encode(image));
    (Arc::new(compiled.model.clone()), codes.collect())
}

fn agree(backend: &dyn Backend, name: &str, batches: &[usize]) {
    let (model, digits) = compiled(name);
    let loaded = backend.load(model.clone()).expect("it computes rightly");
    for &batch in batches {
        let inputs: Vec<Vec<i32>> = digits.iter().cycle().take(batch).cloned().collect();
        let outputs = loaded.run(&inputs).expect("it runs");
        assert!(
            outputs == interpret(&model, &inputs),
            "{name}, batch of {batch}"
        );
    }
}

mod should {
    use super::*;

    #[test]
    fn run_lenet_and_a_residual_network_on_the_device_as_the_interpreter_does() {
        let device = device();
        for name in ["mnist-lenet", "mnist-resnet-tiny"] {
            agree(device.as_ref(), name, &[1, 3, 64]);
        }
    }

    #[test]
    fn run_perceptrons_on_the_device_as_the_interpreter_does() {
        let device = device();
        // More inputs than the widest batch has columns.
        agree(device.as_ref(), "mnist-mlp", &[1, 64, 300]);
        agree(device.as_ref(), "mnist-mlp-tanh-sigmoid", &[64]);
    }

    #[test]
    fn run_lenet_on_the_processor_as_the_interpreter_does() {
        agree(processor().as_ref(), "mnist-lenet", &[0, 1, 3, 64]);
    }
}
