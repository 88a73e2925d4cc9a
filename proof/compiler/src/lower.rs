// SPDX-License-Identifier: Apache-2.0
//! From a float graph with statistics and code widths to a circuit with parameters.
//!
//! A linear node and the map that reads it alone become one circuit node: the map is the table of its requantisation. The
//! output's linear node stays raw. Where an input's codes are too wide for what reads them, a requantisation is put between.

use assay_circuit::{
    key_width,
    limits::{MAX_NODES, MAX_RANGE_BITS, MAX_TABLE_WIDTH},
    Circuit, Definition, Interval, Linear as CircuitLinear, Model, Node as CircuitNode, Parameters,
    Range, Requantise, Shape, TensorId, Term as CircuitTerm, Window, CIRCUIT_VERSION,
};

use crate::{
    calibrate::{Extremes, Statistics},
    error::{FieldError, Problem},
    graph::{
        function::{Form, Function},
        Graph, Linear, Op, Term, ValueId,
    },
    quantise::{
        code_range,
        input::InputCodes,
        linear::{fit, Fitted, FittedSummand, Operand, Summand, Target},
        table,
        window::split_max_pool,
        HEADROOM,
    },
    tables::Tables,
};

/// Bits of the codes between a clamp and the table that reads it.
const STAGED_BITS: std::ops::RangeInclusive<u8> = 8..=MAX_TABLE_WIDTH;

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

/// Which values have codes of their own, and the most bits that these may have.
#[derive(Clone, Debug)]
pub(crate) struct Widths {
    /// 0 where a value has no codes of its own.
    pub(crate) most: Vec<u8>,
}

/// Values whose code width can be chosen. `wide` admits 16 bits.
pub(crate) fn widths(graph: &Graph, wide: bool) -> Widths {
    let uses = graph.uses();
    let limit = if wide { 16 } else { 12 };
    // What the readers of each value take, readers first.
    let mut most = vec![limit; graph.nodes.len()];
    for (id, node) in graph.nodes.iter().enumerate().rev() {
        let own = most[id];
        match &node.op {
            Op::MaxPool { input, .. } => most[*input] = most[*input].min(own).min(MAX_RANGE_BITS),
            Op::SumPool { input, .. } | Op::Transpose { input, .. } | Op::Reshape { input } => {
                most[*input] = most[*input].min(own)
            }
            Op::Map { input, function } => {
                if is_rescale(function).is_some() {
                    most[*input] = most[*input].min(own);
                } else if !(matches!(graph.nodes[*input].op, Op::Linear(_)) && uses[*input] == 1) {
                    most[*input] = most[*input].min(12);
                }
            }
            _ => {}
        }
    }
    let fused = fused(graph);
    for (id, node) in graph.nodes.iter().enumerate() {
        let has_codes = match &node.op {
            Op::Input => true,
            Op::Linear(_) => !fused[id] && id != graph.output,
            Op::Map { function, .. } => is_rescale(function).is_none(),
            _ => false,
        };
        if !has_codes {
            most[id] = 0;
        }
    }
    Widths { most }
}

/// Linear nodes whose only reader is a map.
fn fused(graph: &Graph) -> Vec<bool> {
    let uses = graph.uses();
    let mut fused = vec![false; graph.nodes.len()];
    for node in &graph.nodes {
        if let Op::Map { input, .. } = node.op {
            fused[input] = matches!(graph.nodes[input].op, Op::Linear(_)) && uses[input] == 1;
        }
    }
    fused
}

/// The factor of a map `factor x` with a positive factor, which costs nothing.
fn is_rescale(function: &Function) -> Option<f64> {
    match function.form() {
        Form::Affine { scale, shift } if scale > 0.0 && shift == 0.0 => Some(scale),
        _ => None,
    }
}

struct Lowering<'a> {
    graph: &'a Graph,
    statistics: &'a Statistics,
    bits: &'a [u8],
    codes: Vec<Option<Code>>,
    input_range: Range,
    nodes: Vec<CircuitNode>,
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
    let fused = fused(graph);
    let mut lowering = Lowering {
        graph,
        statistics,
        bits,
        codes: vec![None; graph.nodes.len()],
        input_range: input.range,
        nodes: Vec::new(),
        shapes: Vec::new(),
        tables: Tables::default(),
        parameters: Parameters::default(),
        layers: Vec::new(),
    };
    for id in 0..graph.nodes.len() {
        if !fused[id] {
            let code = lowering.value(id, input)?;
            lowering.codes[id] = Some(code);
        }
    }
    lowering.finish()
}

fn extents(range: Range, scale: f64) -> Extremes {
    Extremes {
        low: range.low as f64 * scale,
        high: range.high as f64 * scale,
    }
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
                self.clamped(
                    id,
                    id,
                    &linear,
                    Form::Affine {
                        scale: 1.0,
                        shift: 0.0,
                    },
                )
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
            Op::Affine { .. } | Op::Combine { .. } | Op::Pad { .. } => {
                Err(self.fail(id, "a pass left it in the graph".into()))
            }
        }
    }

    fn fail(&self, id: ValueId, what: String) -> FieldError {
        let origin = &self.graph.nodes[id].origin;
        FieldError::new(
            format!("node {:?} ({})", origin.name, origin.operator),
            Problem::Circuit(what),
        )
    }

    /// A map: the table of the linear node that it reads, or a lookup.
    fn map(
        &mut self,
        id: ValueId,
        input: ValueId,
        function: &Function,
    ) -> Result<Code, FieldError> {
        if self.codes[input].is_some() {
            if let Some(factor) = is_rescale(function) {
                let code = self.code(input);
                return Ok(Code {
                    scale: code.scale * factor,
                    error: code.error * factor,
                    ..code
                });
            }
            let code = self.lookup(id, input, self.code(input), function);
            return Ok(code);
        }
        let Op::Linear(linear) = &self.graph.nodes[input].op else {
            return Err(self.fail(id, "it reads a value without codes".into()));
        };
        let linear = linear.clone();
        match function.form() {
            form @ Form::Clamp { low, high, .. } if low == 0.0 || (low == -high) => {
                self.clamped(id, input, &linear, form)
            }
            form @ Form::Affine { scale, shift } if scale > 0.0 && shift == 0.0 => {
                self.clamped(id, input, &linear, form)
            }
            _ => self.tabulated(id, input, &linear, function),
        }
    }

    fn summands<'g>(&self, linear: &'g Linear) -> Vec<Summand<'g>> {
        let summand = |term: &'g Term| match term {
            Term::Gemm { input, weights } | Term::Conv { input, weights, .. } => Summand::Weights {
                weights,
                input: self.operand(*input),
            },
            Term::Scale { input, factor } => Summand::Scale {
                factor: *factor,
                input: self.operand(*input),
            },
        };
        linear.terms.iter().map(summand).collect()
    }

    /// `scale clamp(linear, low, high)` as codes of `id`: the linear node is `source`.
    fn clamped(
        &mut self,
        id: ValueId,
        source: ValueId,
        linear: &Linear,
        form: Form,
    ) -> Result<Code, FieldError> {
        let shape = self.graph.nodes[id].shape;
        let (factor, low, high) = match form {
            Form::Clamp { scale, low, high } => (scale, low, high),
            Form::Affine { scale, .. } => (scale, f64::NEG_INFINITY, f64::INFINITY),
            Form::General => (1.0, f64::NEG_INFINITY, f64::INFINITY),
        };
        let range = code_range(self.bits[id], low != 0.0);
        let summands = self.summands(linear);
        // What the samples show after the clamp; if that is nothing, what they show before it.
        let shown = self.statistics.extremes[id].magnitude() / factor;
        let shown = if shown > 0.0 {
            shown
        } else {
            self.statistics.extremes[source].magnitude()
        };
        let largest = (shown * HEADROOM).min(high);
        let scale = if largest > 0.0 { largest } else { 1.0 } / range.high as f64;
        let fitted = fit(
            &summands,
            linear.bias.as_deref(),
            shape.channels as usize,
            Target::Keys(scale),
        );
        // The smallest signed code is one below the mirrored largest.
        let asymmetry = if low.is_finite() && low < 0.0 {
            fitted.key_scale()
        } else {
            0.0
        };
        // A bound that lies between two codes is rounded.
        let capped = fitted.key_scale() * range.high as f64;
        let clipped = if high.is_finite() {
            (capped - high).max(0.0)
        } else {
            0.0
        };
        let error = (fitted.key_error() + asymmetry + clipped) * factor;
        let table = self.tables.clamp(fitted.width, range);
        let scale = fitted.key_scale() * factor;
        let code = self.emit_linear(linear, shape, &fitted, Some(table), scale, range, error);
        self.record(id, code, Some(&fitted), Some(fitted.width));
        Ok(code)
    }

    /// `function(linear)` by a committed table, or by a clamp and a lookup if the accumulator is too wide for one table.
    fn tabulated(
        &mut self,
        id: ValueId,
        source: ValueId,
        linear: &Linear,
        function: &Function,
    ) -> Result<Code, FieldError> {
        let shape = self.graph.nodes[id].shape;
        let summands = self.summands(linear);
        let before = self.statistics.extremes[source];
        let usual = Extremes {
            low: before.low * HEADROOM,
            high: before.high * HEADROOM,
        };
        let usual = Extremes {
            low: usual.low.min(before.low),
            high: usual.high.max(before.high),
        };
        let reach = reach(&summands, linear.bias.as_deref(), shape.channels as usize);
        let image = table::image(function, self.statistics.extremes[id], reach, self.bits[id]);
        // Half a code for one key where the function is steepest.
        let slope = table::slope(function, usual);
        let wanted = if slope > 0.0 {
            image.scale / slope / 2.0
        } else {
            usual.magnitude().max(1e-6) / 128.0
        };
        let keys = (1u32 << (MAX_TABLE_WIDTH - 1)) as f64 - 2.0;
        let coarsest_needed = reach.magnitude() / keys;
        if coarsest_needed <= 2.0 * wanted {
            let mut scale = wanted.max(coarsest_needed);
            // The rounding of weights may carry a sum past the real one.
            for _ in 0..8 {
                let target = Target::Keys(scale);
                let fitted = fit(
                    &summands,
                    linear.bias.as_deref(),
                    shape.channels as usize,
                    target,
                );
                if fitted.width > MAX_TABLE_WIDTH {
                    scale *= 1.02;
                    continue;
                }
                let values = table::values(function, fitted.key_scale(), fitted.width, image);
                let error = table::spread(function, before, fitted.key_error()) + image.scale / 2.0;
                let table = self.tables.committed(fitted.width, image.range, values);
                let code = self.emit_linear(
                    linear,
                    shape,
                    &fitted,
                    Some(table),
                    image.scale,
                    image.range,
                    error,
                );
                self.record(id, code, Some(&fitted), Some(fitted.width));
                return Ok(code);
            }
        }
        let needed = (usual.magnitude() / wanted).log2().ceil() as u8 + 1;
        let bits = needed.clamp(*STAGED_BITS.start(), *STAGED_BITS.end());
        let staged = self.staged(linear, shape, usual.magnitude(), bits, &summands);
        Ok(self.lookup_in(id, source, staged, function))
    }

    /// A linear node clamped to signed codes that hold `largest`.
    fn staged(
        &mut self,
        linear: &Linear,
        shape: Shape,
        largest: f64,
        bits: u8,
        summands: &[Summand],
    ) -> Code {
        let range = code_range(bits, true);
        let scale = if largest > 0.0 { largest } else { 1.0 } / range.high as f64;
        let fitted = fit(
            summands,
            linear.bias.as_deref(),
            shape.channels as usize,
            Target::Keys(scale),
        );
        let table = self.tables.clamp(fitted.width, range);
        self.emit_linear(
            linear,
            shape,
            &fitted,
            Some(table),
            fitted.key_scale(),
            range,
            fitted.key_error(),
        )
    }

    /// A tensor requantised to `bits` bits.
    fn narrow(&mut self, input: ValueId, bits: u8) -> Code {
        let code = self.code(input);
        let shape = self.graph.nodes[input].shape;
        let linear = Linear {
            terms: vec![Term::Scale { input, factor: 1.0 }],
            bias: None,
        };
        let summands = self.summands(&linear);
        let largest = self.statistics.extremes[input].magnitude() * HEADROOM;
        let signed = code.range.low < 0;
        let range = code_range(bits, signed);
        let scale = if largest > 0.0 { largest } else { 1.0 } / range.high as f64;
        let fitted = fit(
            &summands,
            None,
            shape.channels as usize,
            Target::Keys(scale),
        );
        let table = self.tables.clamp(fitted.width, range);
        self.emit_linear(
            &linear,
            shape,
            &fitted,
            Some(table),
            fitted.key_scale(),
            range,
            fitted.key_error(),
        )
    }

    /// `function` of a value that has codes.
    fn lookup(&mut self, id: ValueId, input: ValueId, code: Code, function: &Function) -> Code {
        let range = code.range;
        let width = key_width(Interval {
            low: range.low as i64,
            high: range.high as i64,
        });
        let code = if width > MAX_TABLE_WIDTH {
            self.narrow(input, MAX_TABLE_WIDTH - 1)
        } else {
            code
        };
        // A clamp at 0 needs no committed table.
        if let Form::Clamp {
            scale: factor,
            low,
            high,
        } = function.form()
        {
            if low == 0.0 && high >= code.range.high as f64 * code.scale && code.range.high > 0 {
                let bits = 32 - (code.range.high as u32).leading_zeros();
                let range = code_range(bits as u8, false);
                let keys = Interval {
                    low: code.range.low as i64,
                    high: code.range.high.max(range.high) as i64,
                };
                let table = self.tables.clamp(key_width(keys), range);
                let node = CircuitNode::Lookup {
                    input: code.tensor,
                    table,
                };
                let tensor = self.emit(node, self.graph.nodes[id].shape);
                let code = Code {
                    tensor,
                    scale: code.scale * factor,
                    range,
                    error: code.error * factor,
                };
                self.record(id, code, None, Some(key_width(keys)));
                return code;
            }
        }
        self.lookup_in(id, input, code, function)
    }

    fn lookup_in(&mut self, id: ValueId, source: ValueId, code: Code, function: &Function) -> Code {
        let reach = extents(code.range, code.scale);
        let image = table::image(function, self.statistics.extremes[id], reach, self.bits[id]);
        let width = key_width(Interval {
            low: code.range.low as i64,
            high: code.range.high as i64,
        });
        let values = table::values(function, code.scale, width, image);
        let spread = table::spread(function, self.statistics.extremes[source], code.error);
        let table = self.tables.committed(width, image.range, values);
        let tensor = self.emit(
            CircuitNode::Lookup {
                input: code.tensor,
                table,
            },
            self.graph.nodes[id].shape,
        );
        let error = spread + image.scale / 2.0;
        let code = Code {
            tensor,
            scale: image.scale,
            range: image.range,
            error,
        };
        self.record(id, code, None, Some(width));
        code
    }

    fn emit(&mut self, node: CircuitNode, shape: Shape) -> TensorId {
        self.nodes.push(node);
        self.shapes.push(shape);
        // More nodes than an identifier can count are refused at the end.
        self.nodes.len().min(TensorId::MAX as usize) as TensorId
    }

    fn emit_pool(&mut self, input: TensorId, window: Window, max: bool) -> TensorId {
        let from = self.shapes[input as usize];
        // The graph's shapes were computed with the same formula.
        let [height, width] =
            crate::graph::window_output([from.height, from.width], &window).unwrap_or_default();
        let shape = Shape {
            height,
            width,
            ..from
        };
        let node = if max {
            CircuitNode::MaxPool { input, window }
        } else {
            CircuitNode::SumPool { input, window }
        };
        self.emit(node, shape)
    }

    #[allow(clippy::too_many_arguments)] // Each is a different result of quantising the node.
    fn emit_linear(
        &mut self,
        linear: &Linear,
        shape: Shape,
        fitted: &Fitted,
        table: Option<u16>,
        scale: f64,
        range: Range,
        error: f64,
    ) -> Code {
        let mut terms = Vec::with_capacity(linear.terms.len());
        for (term, summand) in linear.terms.iter().zip(&fitted.summands) {
            let input = self.code(term.input()).tensor;
            terms.push(match (term, summand) {
                (Term::Gemm { .. }, FittedSummand::Weights { weights, bits }) => {
                    self.parameters.weights.push(weights.clone());
                    CircuitTerm::Gemm {
                        input,
                        weight_bits: *bits,
                    }
                }
                (Term::Conv { window, groups, .. }, FittedSummand::Weights { weights, bits }) => {
                    self.parameters.weights.push(weights.clone());
                    CircuitTerm::Conv {
                        input,
                        window: *window,
                        groups: *groups,
                        weight_bits: *bits,
                    }
                }
                (_, FittedSummand::Scale { factor }) => CircuitTerm::Scale {
                    input,
                    factor: *factor,
                },
                (Term::Scale { .. }, FittedSummand::Weights { .. }) => {
                    unreachable!("summands are made from the terms")
                }
            });
        }
        if let Some(bias) = &fitted.bias {
            self.parameters.biases.push(bias.clone());
        }
        let requantise = table.map(|table| Requantise {
            shift: fitted.shift,
            table,
        });
        let node = CircuitLinear {
            shape,
            terms,
            bias: fitted.bias.is_some(),
            requantise,
        };
        let tensor = self.emit(CircuitNode::Linear(node), shape);
        Code {
            tensor,
            scale,
            range,
            error,
        }
    }

    fn record(&mut self, value: ValueId, code: Code, fitted: Option<&Fitted>, width: Option<u8>) {
        let weights = |fitted: &Fitted| {
            let bits = |summand: &FittedSummand| match summand {
                FittedSummand::Weights { bits, .. } => Some(*bits),
                FittedSummand::Scale { .. } => None,
            };
            fitted.summands.iter().filter_map(bits).max()
        };
        self.layers.push(Layer {
            value,
            tensor: code.tensor,
            scale: code.scale,
            range: code.range,
            shift: fitted.map(|fitted| fitted.shift),
            width,
            weight_bits: fitted.and_then(weights),
            error_bound: code.error,
        });
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
        let circuit = Circuit::new(definition)
            .map_err(|error| FieldError::new("graph", Problem::Circuit(error.to_string())))?;
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

/// What a linear node can give for codes in range: the real interval of its sums.
fn reach(summands: &[Summand], bias: Option<&[f32]>, channels: usize) -> Extremes {
    let mut reach = Extremes {
        low: 0.0,
        high: 0.0,
    };
    for channel in 0..channels {
        let start = bias.map_or(0.0, |bias| bias[channel] as f64);
        let (mut low, mut high) = (start, start);
        for summand in summands {
            let (positive, negative, input) = match summand {
                Summand::Weights { weights, input } => {
                    let row = weights.len() / channels;
                    let row = &weights[channel * row..(channel + 1) * row];
                    let positive: f64 = row.iter().map(|&weight| weight.max(0.0) as f64).sum();
                    let negative: f64 = row.iter().map(|&weight| weight.min(0.0) as f64).sum();
                    (positive, negative, input)
                }
                Summand::Scale { factor, input } => (factor.max(0.0), factor.min(0.0), input),
            };
            let ends = extents(input.range, input.scale);
            low += positive * ends.low + negative * ends.high;
            high += positive * ends.high + negative * ends.low;
        }
        reach = Extremes {
            low: reach.low.min(low),
            high: reach.high.max(high),
        };
    }
    reach
}
