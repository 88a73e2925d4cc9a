// SPDX-License-Identifier: Apache-2.0
//! The independent reference: tract's runtime in 32-bit floats.

use assay_compiler::{compile_bytes, Compiled, Options, Silent};
use tract_onnx::prelude::*;

use crate::onnx::Builder;

/// What tract computes for each sample with a batch of one.
pub(crate) fn run(model: &[u8], dims: &[i64], samples: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let dims: Vec<usize> = dims.iter().map(|&dim| dim.max(1) as usize).collect();
    let fact = InferenceFact::dt_shape(f32::datum_type(), dims.as_slice());
    let plan = tract_onnx::onnx()
        .with_ignore_output_shapes(true)
        .model_for_read(&mut std::io::Cursor::new(model))
        .and_then(|model| model.with_input_fact(0, fact))
        .and_then(|model| model.into_optimized())
        .and_then(|model| model.into_runnable())
        .expect("tract reads the model");
    let run = |sample: &Vec<f32>| {
        let input = Tensor::from_shape(&dims, sample).expect("samples have the input's shape");
        let output = plan.run(tvec!(input.into())).expect("tract runs the model");
        let view = output[0]
            .to_plain_array_view::<f32>()
            .expect("the output holds floats");
        view.iter().copied().collect()
    };
    samples.iter().map(run).collect()
}

/// Compiles and compares: on every sample the circuit is within the bound that its report states, of what tract computes.
pub(crate) fn check_with(builder: &Builder, samples: &[Vec<f32>], options: &Options) -> Compiled {
    let bytes = builder.bytes();
    let compiled = match compile_bytes(&bytes, samples, options, &Silent) {
        Ok(compiled) => compiled,
        Err(error) => panic!("{error}\n{:?}", operators(builder)),
    };
    let expected = run(&bytes, &builder.dims, samples);
    let agreement = &compiled.report.agreement;
    assert!(
        agreement.max_abs_error <= agreement.error_bound,
        "error {} above the bound {}: {:?}\n{:#?}",
        agreement.max_abs_error,
        agreement.error_bound,
        operators(builder),
        compiled.report.layers
    );
    for (sample, expected) in samples.iter().zip(&expected) {
        let codes = compiled
            .model
            .run(&compiled.input.encode(sample))
            .unwrap()
            .output();
        let output = compiled.output.decode(&codes);
        assert_eq!(output.len(), expected.len());
        for (&value, &float) in output.iter().zip(expected) {
            let error = (value - float as f64).abs();
            // What two float evaluations may differ by.
            let slack = 1e-4 * (1.0 + float.abs() as f64);
            assert!(
                error <= agreement.error_bound + slack,
                "{value} for {float}, bound {}: {:?}\n{:#?}",
                agreement.error_bound,
                operators(builder),
                compiled.report.layers
            );
        }
    }
    compiled
}

/// [`check_with`] on random samples and default options.
pub(crate) fn check(builder: &Builder) -> Compiled {
    check_with(builder, &builder.samples(8), &Options::default())
}

/// Compiles, compares, and wants an error of at most `share` of the varying part of the output: bounds can be loose.
pub(crate) fn check_close(builder: &Builder, share: f64) -> Compiled {
    let compiled = check(builder);
    let error = compiled.report.agreement.centred_error;
    assert!(
        error <= share,
        "error {error}: {:?}\n{:#?}",
        operators(builder),
        compiled.report.layers
    );
    compiled
}

fn operators(builder: &Builder) -> Vec<&str> {
    builder
        .graph
        .node
        .iter()
        .map(|node| node.op_type.as_str())
        .collect()
}
