// SPDX-License-Identifier: Apache-2.0
//! From a file to a compiled model.

use std::path::Path;

use assay_circuit::{Model, Range};

use crate::{
    calibrate,
    error::{Error, FieldError},
    graph::{passes, Graph},
    lower::Lowered,
    measure::{measure, Measured},
    onnx::import::{self, Imported},
    quantise::encode,
    report::{LayerReport, Report},
    samples::{self, SampleShape},
    search::{search, Found, Goal},
};

/// How to compile.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Bits of a code: 8 to 12, or 16.
    pub bits: u8,
    /// Layers get more bits until [`Agreement::centred_error`](crate::Agreement::centred_error) over the samples is at most this.
    pub max_error: Option<f64>,
    /// Whether layers may be raised to 16 bits.
    pub wide: bool,
    /// The graph output to compile, if there are several.
    pub output: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bits: 8,
            max_error: None,
            wide: false,
            output: None,
        }
    }
}

/// Code widths that a compilation may start from.
pub const CODE_BITS: [u8; 6] = [8, 9, 10, 11, 12, 16];

/// Told about the progress of a compilation, from any thread.
pub trait Progress: Sync {
    /// A stage begins; `steps` is 0 where their number is not known in advance.
    fn stage(&self, name: &'static str, steps: usize);
    /// A step of the present stage is done.
    fn step(&self);
}

/// No progress display.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &'static str, _: usize) {}
    fn step(&self) {}
}

/// The codes of a model's input: `clamp(round(x / scale), low, high)`, halves to even, in 64-bit floats.
#[derive(Clone, Debug, PartialEq)]
pub struct InputCodec {
    /// Name in the ONNX file.
    pub name: String,
    /// Extents, with a batch of one.
    pub dims: Vec<usize>,
    /// Real value of one code.
    pub scale: f64,
    /// Codes in use.
    pub range: Range,
}

impl InputCodec {
    /// The codes of one input, row-major.
    pub fn encode(&self, values: &[f32]) -> Vec<i32> {
        values
            .iter()
            .map(|&value| encode(value as f64, self.scale, self.range))
            .collect()
    }

    /// What a file of inputs must hold.
    pub fn sample_shape(&self) -> SampleShape<'_> {
        SampleShape {
            name: &self.name,
            dims: &self.dims,
        }
    }
}

/// The real values of a model's output: code times scale.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputCodec {
    /// Name in the ONNX file.
    pub name: String,
    /// Extents, with a batch of one.
    pub dims: Vec<usize>,
    /// Real value of one code.
    pub scale: f64,
    /// Names of the classes, if the file has them.
    pub labels: Option<Vec<String>>,
}

impl OutputCodec {
    /// The real values of an output.
    pub fn decode(&self, codes: &[i32]) -> Vec<f64> {
        codes.iter().map(|&code| code as f64 * self.scale).collect()
    }
}

/// A circuit with weights, and what connects it to the float model.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The circuit and its parameters.
    pub model: Model,
    /// Real inputs to codes.
    pub input: InputCodec,
    /// Codes to real outputs.
    pub output: OutputCodec,
    /// Operator set of the ONNX file.
    pub opset: i64,
    /// What was done.
    pub report: Report,
}

/// Compiles an ONNX file, calibrated on a file of samples.
pub fn compile(
    model: &Path,
    samples: &Path,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Compiled, Error> {
    progress.stage("reading the model", 0);
    let imported = import::import(model, options.output.as_deref())?;
    progress.stage("reading samples", 0);
    let shape = SampleShape {
        name: &imported.input.name,
        dims: &imported.input.dims,
    };
    let inputs = samples::read(samples, shape)?;
    compile_imported(imported, &inputs, options, progress).map_err(|fault| match fault {
        Fault::Model(error) => error.in_file(model),
        Fault::Samples(error) => error.in_file(samples),
    })
}

/// Compiles an ONNX model in memory, calibrated on inputs in row-major order, each of the input's extents.
///
/// Errors name the files `model` and `samples`.
pub fn compile_bytes(
    model: &[u8],
    samples: &[Vec<f32>],
    options: &Options,
    progress: &dyn Progress,
) -> Result<Compiled, Error> {
    let decoded = crate::onnx::file::decode(model).map_err(|error| error.in_file("model"))?;
    let imported = import::import_model(decoded, options.output.as_deref());
    let imported = imported.map_err(|error| error.in_file("model"))?;
    let shape = SampleShape {
        name: &imported.input.name,
        dims: &imported.input.dims,
    };
    samples::check(samples, shape).map_err(|error| error.in_file("samples"))?;
    compile_imported(imported, samples, options, progress).map_err(|fault| match fault {
        Fault::Model(error) => error.in_file("model"),
        Fault::Samples(error) => error.in_file("samples"),
    })
}

/// Which file an error belongs to.
enum Fault {
    Model(FieldError),
    Samples(FieldError),
}

impl From<FieldError> for Fault {
    fn from(error: FieldError) -> Self {
        Self::Model(error)
    }
}

fn compile_imported(
    imported: Imported,
    samples: &[Vec<f32>],
    options: &Options,
    progress: &dyn Progress,
) -> Result<Compiled, Fault> {
    if !CODE_BITS.contains(&options.bits) {
        let what = format!(
            "codes of {} bits, one of {CODE_BITS:?} expected",
            options.bits
        );
        return Err(FieldError::malformed("--bits", what).into());
    }
    let Imported {
        mut graph,
        input,
        output_name,
        output_dims,
        opset,
        parameters,
        labels,
        notes,
    } = imported;
    passes::run(&mut graph)?;
    progress.stage("calibrating", samples.len());
    let statistics = calibrate::run(&graph, samples, &|| progress.step()).map_err(|broken| {
        let origin = &graph.nodes[broken.node].origin;
        let what = format!(
            "node {:?} ({}) of the float model gives a result that is not finite",
            origin.name, origin.operator
        );
        Fault::Samples(FieldError::malformed(
            format!("sample {}", broken.sample),
            what,
        ))
    })?;
    progress.stage("quantising", 0);
    let goal = Goal {
        base: options.bits,
        max_error: options.max_error,
        wide: options.wide,
    };
    let found = search(&graph, &statistics, samples, goal, &|| progress.step())?;
    progress.stage("comparing", samples.len());
    let Found {
        lowered,
        input: codes,
    } = &found;
    let measured = measure(&graph, lowered, *codes, &statistics, samples, true, &|| {
        progress.step()
    });
    let report = Report {
        parameters,
        layers: layer_reports(&graph, lowered, &measured, &statistics),
        agreement: measured.agreement,
        notes,
    };
    let Found {
        lowered,
        input: codes,
    } = found;
    Ok(Compiled {
        input: InputCodec {
            name: input.name,
            dims: input.dims,
            scale: codes.scale,
            range: codes.range,
        },
        output: OutputCodec {
            name: output_name,
            dims: output_dims,
            scale: lowered.output_scale,
            labels,
        },
        model: lowered.model,
        opset,
        report,
    })
}

fn layer_reports(
    graph: &Graph,
    lowered: &Lowered,
    measured: &Measured,
    statistics: &calibrate::Statistics,
) -> Vec<LayerReport> {
    let report = |(layer, error): (&crate::lower::Layer, &crate::measure::LayerError)| {
        let node = &graph.nodes[layer.value];
        let info = lowered.model.circuit().tensors()[layer.tensor as usize];
        let extremes = statistics.extremes[layer.value];
        LayerReport {
            name: node.origin.name.clone(),
            operator: node.origin.operator.clone(),
            kind: node.op.name().to_string(),
            tensor: layer.tensor,
            shape: info.shape.dims(),
            float_range: [extremes.low, extremes.high],
            scale: layer.scale,
            code_range: [layer.range.low, layer.range.high],
            bits: layer.range.bits(),
            shift: layer.shift,
            width: layer.width,
            weight_bits: layer.weight_bits,
            max_abs_error: error.max_abs,
            relative_error: error.relative,
            error_bound: layer.error_bound,
        }
    };
    lowered
        .layers
        .iter()
        .zip(&measured.layers)
        .map(report)
        .collect()
}
