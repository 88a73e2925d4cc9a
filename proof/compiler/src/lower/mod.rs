// SPDX-License-Identifier: Apache-2.0
//! From a float graph with statistics and code widths to a circuit with parameters.
//!
//! A linear node and the map that reads it alone become one circuit node: the map is the table of its requantisation. The
//! output's linear node stays raw. Where an input's codes are too wide for what reads them, a requantisation is put between.
//!
//! - [`widths`]: which values have codes, and how wide these may be;
//! - [`requantise`]: activations as tables and lookups;
//! - [`emit`]: nodes as they are appended.

mod emit;
mod requantise;
mod widths;

use assay_circuit::{
    limits::{MAX_NODES, MAX_RANGE_BITS},
    Circuit, CircuitError, Definition, Interval, Model, Node as CircuitNode, Parameters, Range,
    Shape, TensorId, CIRCUIT_VERSION,
};

use crate::{
    calibrate::Statistics,
    error::{FieldError, Problem},
    graph::{
        function::{Form, Function},
        Graph, Node, Op, Origin, ValueId,
    },
    quantise::{
        input::InputCodes,
        linear::{fit, Operand, Target},
        window::split_max_pool,
    },
    tables::Tables,
};
use requantise::Clamp;
pub(crate) use widths::widths;

/// A circuit with what connects it to the float graph.
#[derive(Clone, Debug)]
pub(crate) struct Lowered {
    pub(crate) model: Model,
    pub(crate) layers: Vec<Layer>,
    /// Real value of one unit of the output.
    pub(crate) output_scale: f64,
    /// Bound on the error of an output over the samples.
    pub(crate) error_bound: f64,
}

/// A tensor of the circuit that stands for a tensor of the float graph.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) value: ValueId,
    pub(crate) tensor: TensorId,
    pub(crate) scale: f64,
    pub(crate) range: Range,
    pub(crate) shift: Option<u8>,
    pub(crate) width: Option<u8>,
    pub(crate) weight_bits: Option<u8>,
    pub(crate) error_bound: f64,
}

/// A value of the float graph in the circuit.
#[derive(Clone, Copy, Debug)]
struct Code {
    tensor: TensorId,
    scale: f64,
    range: Range,
    error: f64,
}

struct Lowering<'a> {
    graph: &'a Graph,
    statistics: &'a Statistics,
    bits: &'a [u8],
    codes: Vec<Option<Code>>,
    input_range: Range,
    nodes: Vec<CircuitNode>,
    /// The value of the float graph that each node was made for.
    sources: Vec<ValueId>,
    /// The value that is being lowered.
    present: ValueId,
    /// The tensors' shapes, by circuit tensor.
    shapes: Vec<Shape>,
    tables: Tables,
    parameters: Parameters,
    layers: Vec<Layer>,
}

/// Builds the circuit. `bits` gives the code width of each value that has codes of its own.
pub(crate) fn lower(
    graph: &Graph,
    statistics: &Statistics,
    input: InputCodes,
    bits: &[u8],
) -> Result<Lowered, FieldError> {
    let fused = widths::fused(graph);
    let mut lowering = Lowering {
        graph,
        statistics,
        bits,
        codes: vec![None; graph.nodes.len()],
        input_range: input.range,
        nodes: Vec::new(),
        sources: Vec::new(),
        present: 0,
        shapes: Vec::new(),
        tables: Tables::default(),
        parameters: Parameters::default(),
        layers: Vec::new(),
    };
    for (id, is_fused) in fused.into_iter().enumerate() {
        if !is_fused {
            lowering.present = id;
            let code = lowering.value(id, input)?;
            lowering.codes[id] = Some(code);
        }
    }
    lowering.finish()
}

impl Lowering<'_> {
    fn code(&self, id: ValueId) -> Code {
        self.codes[id].expect("a graph reads earlier values that are not fused into their reader")
    }

    fn operand(&self, id: ValueId) -> Operand {
        let code = self.code(id);
        let magnitude = self.statistics.extremes[id].magnitude();
        Operand {
            scale: code.scale,
            range: code.range,
            error: code.error,
            magnitude,
        }
    }

    fn value(&mut self, id: ValueId, input: InputCodes) -> Result<Code, FieldError> {
        let shape = self.graph.nodes[id].shape;
        match &self.graph.nodes[id].op {
            Op::Input => {
                self.shapes.push(shape);
                let code = Code {
                    tensor: 0,
                    scale: input.scale,
                    range: input.range,
                    error: input.error,
                };
                self.record(id, code, None, None);
                Ok(code)
            }
            Op::Linear(linear) if id == self.graph.output => {
                let fitted = fit(
                    &self.summands(linear),
                    linear.bias.as_deref(),
                    shape.channels as usize,
                    Target::Raw,
                );
                let range = Range {
                    low: i32::MIN,
                    high: i32::MAX,
                };
                let code = self.emit_linear(
                    linear,
                    shape,
                    &fitted,
                    None,
                    fitted.unit,
                    range,
                    fitted.error,
                );
                self.record(id, code, Some(&fitted), None);
                Ok(code)
            }
            Op::Linear(linear) => {
                let linear = linear.clone();
                let code = self.clamped(id, id, &linear, Clamp::NONE);
                code.ok_or_else(|| fail(&self.graph.nodes[id], "its range is not finite".into()))
            }
            Op::Map { input, function } => self.map(id, *input, function),
            Op::MaxPool { input, window } => {
                let code = self.code(*input);
                let mut source = code;
                if code.range.bits() > MAX_RANGE_BITS {
                    source = self.narrow(*input, MAX_RANGE_BITS);
                }
                for window in split_max_pool(window) {
                    source.tensor = self.emit_pool(source.tensor, window, true);
                }
                self.record(id, source, None, None);
                Ok(source)
            }
            Op::SumPool { input, window } => {
                let mut code = self.code(*input);
                let taps = window.taps() as i64;
                let sums = Interval::scaled(code.range, taps);
                if !sums.fits_i32() {
                    code = self.narrow(*input, 12);
                }
                let sums = Interval::scaled(code.range, taps);
                let tensor = self.emit_pool(code.tensor, *window, false);
                let range = Range {
                    low: sums.low as i32,
                    high: sums.high as i32,
                };
                Ok(Code {
                    tensor,
                    range,
                    error: code.error * taps as f64,
                    ..code
                })
            }
            Op::Transpose { input, axes } => {
                let (code, axes) = (self.code(*input), *axes);
                let tensor = self.emit(
                    CircuitNode::Transpose {
                        input: code.tensor,
                        axes,
                    },
                    shape,
                );
                Ok(Code { tensor, ..code })
            }
            Op::Reshape { input } => {
                let code = self.code(*input);
                let tensor = self.emit(
                    CircuitNode::Reshape {
                        input: code.tensor,
                        shape,
                    },
                    shape,
                );
                Ok(Code { tensor, ..code })
            }
            Op::Affine { .. } | Op::Combine { .. } | Op::Pad { .. } => Err(fail(
                &self.graph.nodes[id],
                "a pass left it in the graph".into(),
            )),
        }
    }

    fn finish(mut self) -> Result<Lowered, FieldError> {
        let output = self.code(self.graph.output);
        if self.nodes.len() > MAX_NODES {
            let what = format!(
                "{} nodes, at most {MAX_NODES} are supported",
                self.nodes.len()
            );
            return Err(FieldError::new("graph", Problem::Circuit(what)));
        }
        // A factor on the output, or a view of the input, can leave nothing to compute.
        if self.nodes.is_empty() || output.tensor as usize != self.nodes.len() {
            return Err(FieldError::new(
                "graph",
                Problem::Circuit("it computes nothing".into()),
            ));
        }
        let (tables, values) = self.tables.finish();
        self.parameters.tables = values;
        let definition = Definition {
            version: CIRCUIT_VERSION,
            input_shape: self.graph.nodes[0].shape,
            input_range: self.input_range,
            tables,
            nodes: self.nodes,
            output: output.tensor,
        };
        let circuit = Circuit::new(definition).map_err(|error| match error {
            CircuitError::Node { node, error } => fail(
                &self.graph.nodes[self.sources[usize::from(node)]],
                error.to_string(),
            ),
            other => FieldError::new("graph", Problem::Circuit(other.to_string())),
        })?;
        let model = Model::new(circuit, self.parameters)
            .map_err(|error| FieldError::new("graph", Problem::Circuit(error.to_string())))?;
        Ok(Lowered {
            model,
            layers: self.layers,
            output_scale: output.scale,
            error_bound: output.error,
        })
    }
}

/// The factor of a map `factor x` with a positive factor, which costs nothing.
fn is_rescale(function: &Function) -> Option<f64> {
    match function.form() {
        Form::Affine { scale, shift } if scale > 0.0 && shift == 0.0 => Some(scale),
        _ => None,
    }
}

/// An error about a node of the float graph.
fn fail(node: &Node, what: String) -> FieldError {
    let Origin { name, operator } = &node.origin;
    FieldError::new(
        format!("node {name:?} ({operator})"),
        Problem::Circuit(what),
    )
}
