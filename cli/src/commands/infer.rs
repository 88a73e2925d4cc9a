// SPDX-License-Identifier: Apache-2.0
//! `assay infer`: inputs to outputs by the reference interpreter, the meaning of the circuit.

use std::path::PathBuf;

use anyhow::anyhow;
use assay_compiler::{samples, Bundle};
use clap::Args;
use serde::Serialize;

use crate::{exit::Failure, output::Output};

/// Run a compiled model.
#[derive(Debug, Args)]
pub(crate) struct Infer {
    /// Folder of a compiled model.
    model: PathBuf,
    /// Inputs: .npy, .npz, .json ({"input_data": [[...]]}) or .png.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
}

/// The outputs, one list for each input.
#[derive(Debug, Serialize)]
struct Inference {
    /// Real values: `codes` times `scale`.
    output: Vec<Vec<f64>>,
    /// What the circuit gives, the same on every device.
    codes: Vec<Vec<i32>>,
    /// Real value of one unit.
    scale: f64,
}

impl Infer {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let bundle = Bundle::read(&self.model)?;
        let inputs = samples::read(&self.input, bundle.input.sample_shape())?;
        let mut inference = Inference {
            output: Vec::new(),
            codes: Vec::new(),
            scale: bundle.output.scale,
        };
        for input in &inputs {
            let trace = bundle.model.run(&bundle.input.encode(input));
            let codes = trace
                .map_err(|error| Failure::Machine(anyhow!(error.to_string())))?
                .output();
            inference.output.push(bundle.output.decode(&codes));
            inference.codes.push(codes);
        }
        output.print(&inference, |inference| {
            text(inference, bundle.output.labels.as_deref())
        })
    }
}

/// A line for each input: the place (and label) of the largest output, and the outputs.
fn text(inference: &Inference, labels: Option<&[String]>) -> String {
    let mut text = String::new();
    for (number, values) in inference.output.iter().enumerate() {
        let largest = (0..values.len()).reduce(|a, b| if values[b] > values[a] { b } else { a });
        let label = |index: usize| match labels.and_then(|labels| labels.get(index)) {
            Some(label) => format!("{index} ({label})"),
            None => index.to_string(),
        };
        let list: Vec<String> = values.iter().map(|value| format!("{value:.4}")).collect();
        let largest = largest.map_or_else(|| "-".into(), label);
        text.push_str(&format!(
            "input {number}: largest output {largest}: [{}]\n",
            list.join(", ")
        ));
    }
    text
}
