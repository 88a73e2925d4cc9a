// SPDX-License-Identifier: Apache-2.0
//! `assay model inspect`: what is in the folder of a compiled model.

use std::path::PathBuf;

use assay_compiler::{Bundle, LayerReport, Manifest};
use clap::Args;
use serde::Serialize;

use crate::{
    exit::Failure,
    output::{columns, Output},
};

/// Show a compiled model.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Folder of a compiled model.
    model: PathBuf,
}

/// A compiled model in numbers.
#[derive(Debug, Serialize)]
struct Inspection {
    /// `model.json`.
    #[serde(flatten)]
    manifest: Manifest,
    /// The circuit.
    circuit: CircuitSummary,
}

#[derive(Debug, Serialize)]
struct CircuitSummary {
    nodes: usize,
    tables: usize,
    /// Integers of weights, biases and tables.
    parameters: u64,
    /// Bytes of the encoded circuit.
    bytes: usize,
    /// Multiplications and additions for one input.
    multiply_accumulates: Option<u64>,
}

impl Inspect {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let bundle = Bundle::read(&self.model)?;
        let circuit = bundle.model.circuit();
        let summary = CircuitSummary {
            nodes: circuit.nodes().len(),
            tables: circuit.tables().len(),
            parameters: bundle
                .model
                .layout()
                .iter()
                .map(|tensor| tensor.cells())
                .sum(),
            bytes: circuit.to_bytes().len(),
            multiply_accumulates: circuit.cost(1).map(|cost| cost.multiply_accumulates),
        };
        let inspection = Inspection {
            manifest: bundle.manifest,
            circuit: summary,
        };
        output.print(&inspection, text)
    }
}

fn text(inspection: &Inspection) -> String {
    let Inspection { manifest, circuit } = inspection;
    let agreement = &manifest.report.agreement;
    let tensor = |tensor: &assay_compiler::TensorManifest| {
        let (low, high) = (tensor.low, tensor.high);
        format!(
            "{:?} {:?}, codes {low} to {high}, scale {:.6e}",
            tensor.name, tensor.shape, tensor.scale
        )
    };
    let mut text = format!(
        "circuit     {}\nparameters  {}\ninput       {}\noutput      {}\n",
        manifest.circuit_hash,
        manifest.parameters_hash,
        tensor(&manifest.input),
        tensor(&manifest.output),
    );
    text.push_str(&format!(
        "size        {} nodes, {} tables, {} parameters, {} bytes encoded\n",
        circuit.nodes, circuit.tables, circuit.parameters, circuit.bytes
    ));
    if let Some(work) = circuit.multiply_accumulates {
        text.push_str(&format!("work        {work} multiply-adds for one input\n"));
    }
    text.push_str(&format!(
        "agreement   {:.1}% top-1 on {} samples, error {:.3}% of the output, {:.3}% of its varying part\n\n",
        100.0 * agreement.top1,
        agreement.samples,
        100.0 * agreement.mean_relative_error,
        100.0 * agreement.centred_error,
    ));
    text.push_str(&layer_table(&manifest.report.layers));
    for note in &manifest.report.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    text
}

/// A line for each layer.
pub(crate) fn layer_table(layers: &[LayerReport]) -> String {
    let heads = [
        "layer", "kind", "shape", "range", "bits", "shift", "key", "weight", "error",
    ];
    let mut rows = vec![heads.map(String::from).to_vec()];
    let optional = |value: Option<u8>| value.map_or_else(|| "-".into(), |value| value.to_string());
    for layer in layers {
        let [channels, height, width] = layer.shape;
        rows.push(vec![
            layer.name.clone(),
            layer.kind.clone(),
            format!("{channels}x{height}x{width}"),
            format!("{:.3} to {:.3}", layer.float_range[0], layer.float_range[1]),
            layer.bits.to_string(),
            optional(layer.shift),
            optional(layer.width),
            optional(layer.weight_bits),
            format!("{:.3}%", 100.0 * layer.relative_error),
        ]);
    }
    columns(&rows)
}
