// SPDX-License-Identifier: Apache-2.0
//! `assay model compile`: an ONNX file to a folder with circuit, weights and verifying key.

use std::{path::PathBuf, time::Instant};

use anyhow::anyhow;
use assay_compiler::{compile, Bundle, LayerReport, Options, Problem, Progress};
use assay_proof::ProvingKey;
use clap::Args;
use serde::Serialize;

use super::{model_inspect::layer_table, prove::KEY};
use crate::{exit::Failure, output::Output, progress::Bars};

/// Compile an ONNX file.
#[derive(Debug, Args)]
pub(crate) struct Compile {
    /// The model, with its weights inside the file.
    model: PathBuf,
    /// Typical inputs that the codes' ranges are taken from: .npy, .npz, .json or .png.
    #[arg(long, value_name = "FILE")]
    samples: PathBuf,
    /// Folder to write; one that holds a compiled model is replaced.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Give layers more bits until the error is at most this: the Euclidean norm of the outputs' error, relative to the part of the
    /// outputs that depends on the input (0.01 is one percent).
    #[arg(long, value_name = "E", value_parser = parse_error)]
    max_error: Option<f64>,
    /// Bits of every layer's codes to begin with: 8 to 12, or 16.
    #[arg(long, value_name = "BITS", default_value_t = 8)]
    bits: u8,
    /// Let --max-error raise layers to 16 bits.
    #[arg(long)]
    wide: bool,
    /// Output of the graph to compile, if it has several.
    #[arg(long, value_name = "NAME")]
    output_name: Option<String>,
}

fn parse_error(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("not a positive number".into()),
    }
}

/// What a compilation reports.
#[derive(Debug, Serialize)]
struct Compilation {
    /// Floating-point constants of the ONNX file.
    parameters: u64,
    /// Codes and error of each layer.
    layers: Vec<LayerReport>,
    /// Share of the samples whose largest output is at the float model's place, 0 to 1.
    agreement: f64,
    /// Largest error of an output over the samples.
    max_abs_error: f64,
    /// Wall time.
    compile_ms: u64,
    /// [`assay_compiler::Agreement::mean_relative_error`].
    mean_relative_error: f64,
    /// [`assay_compiler::Agreement::centred_error`].
    centred_error: f64,
    /// Samples that were compared.
    samples: usize,
    /// Identity of the circuit.
    circuit_hash: String,
    /// What a user should know.
    notes: Vec<String>,
}

impl Compile {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let start = Instant::now();
        let options = Options {
            bits: self.bits,
            max_error: self.max_error,
            wide: self.wide,
            output: self.output_name.clone(),
        };
        let bars = Bars::new();
        let compiled = compile(&self.model, &self.samples, &options, &bars);
        bars.finish();
        let bundle = Bundle::from(compiled?);
        bars.stage("committing", 0);
        let key = ProvingKey::new(bundle.model.clone());
        bars.finish();
        let key =
            key.map_err(|error| Failure::Input(anyhow!("{}: {error}", self.model.display())))?;
        bundle
            .write(&self.output, &[(KEY, &key.verifying_key().to_bytes())])
            .map_err(|error| match error.problem {
                Problem::Io(_) => Failure::Machine(error.into()),
                _ => error.into(),
            })?;
        let report = &bundle.manifest.report;
        let compilation = Compilation {
            parameters: report.parameters,
            layers: report.layers.clone(),
            agreement: report.agreement.top1,
            max_abs_error: report.agreement.max_abs_error,
            compile_ms: start.elapsed().as_millis() as u64,
            mean_relative_error: report.agreement.mean_relative_error,
            centred_error: report.agreement.centred_error,
            samples: report.agreement.samples,
            circuit_hash: bundle.manifest.circuit_hash.clone(),
            notes: report.notes.clone(),
        };
        output.print(&compilation, |compilation| self.text(compilation))
    }

    fn text(&self, compilation: &Compilation) -> String {
        let mut text = layer_table(&compilation.layers);
        for note in &compilation.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        text.push_str(&format!(
            "{} parameters compiled in {} ms to {}\n\
             against the float model, {} samples: top-1 agreement {:.1}%, error {:.3}% of the output, {:.3}% of its \
             varying part, at most {:.4}\n",
            compilation.parameters,
            compilation.compile_ms,
            self.output.display(),
            compilation.samples,
            100.0 * compilation.agreement,
            100.0 * compilation.mean_relative_error,
            100.0 * compilation.centred_error,
            compilation.max_abs_error,
        ));
        text
    }
}
