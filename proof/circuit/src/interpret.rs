// SPDX-License-Identifier: Apache-2.0
//! The reference interpreter: the meaning of a circuit, cell by cell, pads included.
//!
//! Sums wrap in `i32`, which never shows: [`Model::new`] has proved that the exact sums fit, and
//! wrapping addition is exact modulo `2^32` in any order.

use alloc::{vec, vec::Vec};

use crate::{
    error::InputError,
    model::Model,
    tensor::TensorInfo,
    types::{Linear, Node, Shape, Table, TableId, TensorId, Term, Window},
};

/// Every tensor of one run, padded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    tensors: Vec<Vec<i32>>,
    /// By node. `None` for nodes that are not linear and for a raw one, whose accumulator is its
    /// tensor.
    accumulators: Vec<Option<Vec<i32>>>,
    output: TensorInfo,
}

impl Trace {
    /// The padded cells of a tensor, row-major; `None` if the circuit has no such tensor.
    pub fn tensor(&self, id: TensorId) -> Option<&[i32]> {
        self.tensors.get(usize::from(id)).map(Vec::as_slice)
    }

    /// Every tensor, by [`TensorId`].
    pub fn tensors(&self) -> &[Vec<i32>] {
        &self.tensors
    }

    /// The padded accumulators of a linear node with `requantise`, row-major; `None` for any other
    /// node. (The accumulator of a raw node is its tensor.)
    pub fn accumulator(&self, node: u16) -> Option<&[i32]> {
        self.accumulators.get(usize::from(node))?.as_deref()
    }

    /// The logical cells of the output, row-major.
    pub fn output(&self) -> Vec<i32> {
        self.output.unpad(self.padded_output())
    }

    /// The padded cells of the output, row-major.
    pub fn padded_output(&self) -> &[i32] {
        self.tensors.last().map(Vec::as_slice).unwrap_or_default()
    }
}

impl Model {
    /// Runs the circuit on one input: its logical cells, row-major, each in the input range.
    ///
    /// Memory: the trace, at most `4 * `[`MAX_TRACE_CELLS`](crate::limits::MAX_TRACE_CELLS) bytes.
    pub fn run(&self, input: &[i32]) -> Result<Trace, InputError> {
        let info = self.circuit().input();
        if input.len() != info.cells() {
            return Err(InputError::Length {
                expected: info.cells(),
                found: input.len(),
            });
        }
        let range = info.range;
        if let Some((cell, &value)) = input
            .iter()
            .enumerate()
            .find(|(_, &value)| !range.contains(value))
        {
            return Err(InputError::Value { cell, value, range });
        }
        let mut run = Run::new(self);
        run.trace.tensors.push(info.pad(input));
        for (index, node) in self.circuit().nodes().iter().enumerate() {
            let (accumulator, tensor) = run.node(node, &self.circuit().tensors()[index + 1]);
            run.trace.accumulators.push(accumulator);
            run.trace.tensors.push(tensor);
        }
        Ok(run.trace)
    }
}

/// The state of a run: what is computed so far, and which parameters come next.
struct Run<'a> {
    model: &'a Model,
    weights: core::slice::Iter<'a, Vec<i16>>,
    biases: core::slice::Iter<'a, Vec<i32>>,
    /// For each table, the values if it is a committed one.
    values: Vec<Option<&'a [i32]>>,
    trace: Trace,
}

impl<'a> Run<'a> {
    fn new(model: &'a Model) -> Self {
        let parameters = model.parameters();
        let mut committed = parameters.tables.iter();
        let values = model
            .circuit()
            .tables()
            .iter()
            .map(|table| match table {
                Table::Clamp { .. } => None,
                Table::Committed { .. } => committed.next().map(Vec::as_slice),
            })
            .collect();
        let nodes = model.circuit().nodes().len();
        Self {
            model,
            weights: parameters.weights.iter(),
            biases: parameters.biases.iter(),
            values,
            trace: Trace {
                tensors: Vec::with_capacity(nodes + 1),
                accumulators: Vec::with_capacity(nodes),
                output: *model.circuit().output(),
            },
        }
    }

    /// The accumulator that the trace keeps, and the output tensor.
    fn node(&mut self, node: &Node, output: &TensorInfo) -> (Option<Vec<i32>>, Vec<i32>) {
        let tensor = match node {
            Node::Linear(linear) => {
                let sums = self.accumulate(linear, output);
                return match linear.requantise {
                    Some(requantise) => {
                        let keys = sums.iter().map(|sum| sum >> requantise.shift);
                        let codes = self.look_up(requantise.table, keys);
                        (Some(sums), codes)
                    }
                    None => (None, sums),
                };
            }
            Node::Lookup { input, table } => {
                self.look_up(*table, self.tensor(*input).1.iter().copied())
            }
            Node::MaxPool { input, window } => {
                let (info, cells) = self.tensor(*input);
                let outside = info.range.low;
                let mut result = vec![outside; output.size()];
                // A cell starts from the smallest code, which is what its taps outside the tensor
                // read. A cell whose taps are all inside reads no smaller one, so that the start
                // changes nothing.
                for_each_tap(window, info.shape, output.shape, |_, taps| {
                    for channel in 0..1 << info.log_dims[0] {
                        taps.for_each_row(
                            info,
                            output,
                            channel,
                            channel,
                            |source, target, step| {
                                let source = cells[source].iter().step_by(step);
                                for (cell, value) in result[target].iter_mut().zip(source) {
                                    *cell = (*cell).max(*value);
                                }
                            },
                        );
                    }
                });
                result
            }
            Node::SumPool { input, window } => {
                let (info, cells) = self.tensor(*input);
                let mut result = vec![0i32; output.size()];
                for_each_tap(window, info.shape, output.shape, |_, taps| {
                    for channel in 0..1 << info.log_dims[0] {
                        taps.for_each_row(
                            info,
                            output,
                            channel,
                            channel,
                            |source, target, step| {
                                add_scaled(&mut result[target], &cells[source], step, 1);
                            },
                        );
                    }
                });
                result
            }
            Node::Transpose { input, axes } => {
                let (info, cells) = self.tensor(*input);
                let [_, log_height, log_width] = info.log_dims;
                let strides = [1 << (log_height + log_width), 1 << log_width, 1];
                let [plane, row, column]: [usize; 3] = axes.map(|axis| strides[usize::from(axis)]);
                let [channels, height, width] = output.padded();
                let mut result = Vec::with_capacity(output.size());
                for c in 0..channels {
                    for h in 0..height {
                        let start = c * plane + h * row;
                        result.extend((0..width).map(|w| cells[start + w * column]));
                    }
                }
                result
            }
            Node::Reshape { input, .. } => self.tensor(*input).1.to_vec(),
        };
        (None, tensor)
    }

    fn tensor(&self, id: TensorId) -> (&'a TensorInfo, &[i32]) {
        let id = usize::from(id);
        (&self.model.circuit().tensors()[id], &self.trace.tensors[id])
    }

    fn look_up(&self, table: TableId, keys: impl Iterator<Item = i32>) -> Vec<i32> {
        let table = usize::from(table);
        let definition = &self.model.circuit().tables()[table];
        match self.values[table] {
            Some(values) => {
                let least = definition.keys().low;
                keys.map(|key| values[(key - least) as usize]).collect()
            }
            None => {
                let range = definition.range();
                keys.map(|key| key.clamp(range.low, range.high)).collect()
            }
        }
    }

    fn accumulate(&mut self, linear: &Linear, output: &TensorInfo) -> Vec<i32> {
        let mut sums = vec![0i32; output.size()];
        let plane = 1 << (output.log_dims[1] + output.log_dims[2]);
        if linear.bias {
            let bias = self.biases.next().map(Vec::as_slice).unwrap_or_default();
            for (cells, bias) in sums.chunks_exact_mut(plane).zip(bias) {
                cells.fill(*bias);
            }
        }
        for term in &linear.terms {
            match term {
                Term::Gemm { input, .. } => {
                    let weights = self.weights.next().map(Vec::as_slice).unwrap_or_default();
                    let (info, cells) = self.tensor(*input);
                    // Weights of pad cells are 0, so that only logical cells count.
                    gemm(weights, &info.unpad(cells), &mut sums);
                }
                Term::Conv {
                    input,
                    window,
                    groups,
                    ..
                } => {
                    let weights = self.weights.next().map(Vec::as_slice).unwrap_or_default();
                    let (info, cells) = self.tensor(*input);
                    convolve(weights, window, *groups, (info, cells), (output, &mut sums));
                }
                Term::Scale { input, factor } => {
                    add_scaled(&mut sums, self.tensor(*input).1, 1, *factor);
                }
            }
        }
        sums
    }
}

/// `sums[o] += sum_k weights[o, k] * cells[k]`.
fn gemm(weights: &[i16], cells: &[i32], sums: &mut [i32]) {
    let narrow: Result<Vec<i16>, _> = cells.iter().map(|&cell| i16::try_from(cell)).collect();
    for (sum, row) in sums.iter_mut().zip(weights.chunks_exact(cells.len())) {
        // Products of two 16-bit factors have an instruction of their own on most machines.
        let products = match &narrow {
            Ok(cells) => row.iter().zip(cells).fold(0i32, |sum, (&weight, &cell)| {
                sum.wrapping_add(i32::from(weight) * i32::from(cell))
            }),
            Err(_) => row.iter().zip(cells).fold(0i32, |sum, (&weight, &cell)| {
                sum.wrapping_add(i32::from(weight).wrapping_mul(cell))
            }),
        };
        *sum = sum.wrapping_add(products);
    }
}

/// `targets[i] += factor * sources[i * step]`.
fn add_scaled(targets: &mut [i32], sources: &[i32], step: usize, factor: i32) {
    if step == 1 {
        for (target, source) in targets.iter_mut().zip(sources) {
            *target = target.wrapping_add(source.wrapping_mul(factor));
        }
    } else {
        for (target, source) in targets.iter_mut().zip(sources.iter().step_by(step)) {
            *target = target.wrapping_add(source.wrapping_mul(factor));
        }
    }
}

fn convolve(
    weights: &[i16],
    window: &Window,
    groups: u32,
    (info, cells): (&TensorInfo, &[i32]),
    (output, sums): (&TensorInfo, &mut [i32]),
) {
    let groups = groups as usize;
    let inputs = info.shape.channels as usize / groups;
    let outputs = output.shape.channels as usize / groups;
    let kernel = window.taps() as usize;
    for_each_tap(window, info.shape, output.shape, |tap, taps| {
        for target_channel in 0..groups * outputs {
            let group = target_channel / outputs;
            for channel in 0..inputs {
                let weight = weights[(target_channel * inputs + channel) * kernel + tap];
                if weight == 0 {
                    continue;
                }
                let source_channel = group * inputs + channel;
                taps.for_each_row(
                    info,
                    output,
                    source_channel,
                    target_channel,
                    |source, target, step| {
                        add_scaled(&mut sums[target], &cells[source], step, i32::from(weight));
                    },
                );
            }
        }
    });
}

/// Which output cells one tap serves, and what they read: along each axis, output positions
/// `first..end`, the first reading `source` and each next one `stride` further.
#[derive(Clone, Copy)]
struct Tap {
    first: [usize; 2],
    end: [usize; 2],
    source: [usize; 2],
    stride: [usize; 2],
}

impl Tap {
    /// Calls `each` with the flat range of sources, the flat range of targets, and the step between
    /// sources, for each row of targets.
    fn for_each_row(
        &self,
        input: &TensorInfo,
        output: &TensorInfo,
        source_channel: usize,
        target_channel: usize,
        mut each: impl FnMut(core::ops::Range<usize>, core::ops::Range<usize>, usize),
    ) {
        let cells = self.end[1] - self.first[1];
        let sources = (cells - 1) * self.stride[1] + 1;
        for (count, row) in (self.first[0]..self.end[0]).enumerate() {
            let source_row = self.source[0] + count * self.stride[0];
            let source = input.index(source_channel, source_row, self.source[1]);
            let target = output.index(target_channel, row, self.first[1]);
            each(
                source..source + sources,
                target..target + cells,
                self.stride[1],
            );
        }
    }
}

/// Calls `each` with every tap that some logical output cell reads inside the logical input, and
/// its number `u * kernel[1] + v`.
fn for_each_tap(window: &Window, input: Shape, output: Shape, mut each: impl FnMut(usize, Tap)) {
    let along = |axis: usize, tap: u16, input: u32, output: u32| {
        let stride = i64::from(window.stride[axis]);
        let offset =
            i64::from(tap) * i64::from(window.dilation[axis]) - i64::from(window.pad_begin[axis]);
        // Positions i with 0 <= i * stride + offset < input.
        let first = (-offset).max(0).div_euclid(stride)
            + i64::from((-offset).max(0).rem_euclid(stride) != 0);
        let end = (i64::from(input) - 1 - offset).div_euclid(stride) + 1;
        let end = end.min(i64::from(output));
        (first < end).then(|| {
            (
                first as usize,
                end as usize,
                (first * stride + offset) as usize,
            )
        })
    };
    for u in 0..window.kernel[0] {
        let Some(rows) = along(0, u, input.height, output.height) else {
            continue;
        };
        for v in 0..window.kernel[1] {
            let Some(columns) = along(1, v, input.width, output.width) else {
                continue;
            };
            let tap = Tap {
                first: [rows.0, columns.0],
                end: [rows.1, columns.1],
                source: [rows.2, columns.2],
                stride: window.stride.map(usize::from),
            };
            each(
                usize::from(u) * usize::from(window.kernel[1]) + usize::from(v),
                tap,
            );
        }
    }
}
