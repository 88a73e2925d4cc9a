// SPDX-License-Identifier: Apache-2.0
//! Activations: the table of a linear node, or a lookup in a tensor of codes.

use assay_circuit::{
    key_width, limits::MAX_TABLE_WIDTH, Interval, Node as CircuitNode, Range, Shape,
};

use super::{fail, is_rescale, Code, Lowering};
use crate::{
    calibrate::Extremes,
    error::FieldError,
    graph::{
        function::{Form, Function},
        Linear, Op, Term, ValueId,
    },
    quantise::{
        code_range,
        linear::{fit, Summand, Target},
        table, HEADROOM,
    },
};

/// Bits of the codes between a clamp and the table that reads it.
const STAGED_BITS: std::ops::RangeInclusive<u8> = 8..=MAX_TABLE_WIDTH;

/// `factor clamp(x, low, high)` with `low` 0 or `-high`; bounds may be infinite.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clamp {
    pub(super) factor: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Clamp {
    pub(super) const NONE: Self = Self {
        factor: 1.0,
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };
}

fn extents(range: Range, scale: f64) -> Extremes {
    Extremes {
        low: range.low as f64 * scale,
        high: range.high as f64 * scale,
    }
}

impl Lowering<'_> {
    /// A map: the table of the linear node that it reads, or a lookup.
    pub(super) fn map(
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
            return Err(fail(
                &self.graph.nodes[id],
                "it reads a value without codes".into(),
            ));
        };
        let linear = linear.clone();
        let clamp = match function.form() {
            Form::Clamp { scale, low, high } if low == 0.0 || low == -high => Some(Clamp {
                factor: scale,
                low,
                high,
            }),
            Form::Affine { scale, shift } if scale > 0.0 && shift == 0.0 => Some(Clamp {
                factor: scale,
                ..Clamp::NONE
            }),
            _ => None,
        };
        match clamp.and_then(|clamp| self.clamped(id, input, &linear, clamp)) {
            Some(code) => Ok(code),
            None => Ok(self.tabulated(id, input, &linear, function)),
        }
    }

    pub(super) fn summands<'g>(&self, linear: &'g Linear) -> Vec<Summand<'g>> {
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

    /// `factor clamp(linear, low, high)` as codes of `id`; the linear node is `source`. `None` if the upper bound is in use and no code
    /// can stand for it.
    pub(super) fn clamped(
        &mut self,
        id: ValueId,
        source: ValueId,
        linear: &Linear,
        clamp: Clamp,
    ) -> Option<Code> {
        let Clamp { factor, low, high } = clamp;
        let shape = self.graph.nodes[id].shape;
        let range = code_range(self.bits[id], low != 0.0);
        // What the samples show after the clamp; if that is nothing, what they show before it.
        let shown = self.statistics.extremes[id].magnitude() / factor;
        let shown = if shown > 0.0 {
            shown
        } else {
            self.statistics.extremes[source].magnitude()
        };
        let bounded = shown * HEADROOM >= high;
        let largest = if bounded { high } else { shown * HEADROOM };
        let scale = if largest > 0.0 { largest } else { 1.0 } / range.high as f64;
        // The largest code stands for the bound.
        let target = if bounded {
            Target::Exactly(scale)
        } else {
            Target::Keys(scale)
        };
        let summands = self.summands(linear);
        let channels = shape.channels as usize;
        let fitted = fit(&summands, linear.bias.as_deref(), channels, target);
        if bounded && fitted.key_scale() > scale * (1.0 + 1e-9) {
            return None;
        }
        // The smallest signed code is one below the mirrored largest.
        let asymmetry = if bounded && low < 0.0 {
            fitted.key_scale()
        } else {
            0.0
        };
        let error = (fitted.key_error() + asymmetry) * factor;
        let table = self.tables.clamp(fitted.width, range);
        let scale = fitted.key_scale() * factor;
        let code = self.emit_linear(linear, shape, &fitted, Some(table), scale, range, error);
        self.record(id, code, Some(&fitted), Some(fitted.width));
        Some(code)
    }

    /// `function(linear)` by a committed table, or by a clamp and a lookup if the accumulator is too wide for one table.
    pub(super) fn tabulated(
        &mut self,
        id: ValueId,
        source: ValueId,
        linear: &Linear,
        function: &Function,
    ) -> Code {
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
                return code;
            }
        }
        let needed = (usual.magnitude() / wanted).log2().ceil() as u8 + 1;
        let bits = needed.clamp(*STAGED_BITS.start(), *STAGED_BITS.end());
        let staged = self.staged(linear, shape, usual.magnitude(), bits, &summands);
        self.lookup_in(id, source, staged, function)
    }

    /// A linear node clamped to signed codes that hold `largest`.
    pub(super) fn staged(
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
    pub(super) fn narrow(&mut self, input: ValueId, bits: u8) -> Code {
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
    pub(super) fn lookup(
        &mut self,
        id: ValueId,
        input: ValueId,
        code: Code,
        function: &Function,
    ) -> Code {
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

    pub(super) fn lookup_in(
        &mut self,
        id: ValueId,
        source: ValueId,
        code: Code,
        function: &Function,
    ) -> Code {
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
