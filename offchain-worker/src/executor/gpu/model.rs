// SPDX-License-Identifier: Apache-2.0
//! A model on a device: its parameters, uploaded once, and a batch through its nodes.

use std::sync::Arc;

use assay_circuit::{
    Linear, Model, Node, ParameterTensor, Requantise, Table, TableId, Term, Trace,
};
use burn::{
    backend::{wgpu::WgpuDevice, Wgpu},
    tensor::{backend::Backend as BurnBackend, Tensor},
};

use super::{
    device::{Device, Fault},
    ops::{download, floor_shift, look_up, planes, transpose, upload, Ints, Pool},
};
use crate::executor::{
    batch::{interleave, separate},
    check::{compare, expected, known_inputs},
    cpu::trace_bytes,
    error::{ExecutorError, Place},
    plan::{width, Budget, Gather, Piece, Plan, TooLarge, WindowPlan},
    Options,
};

/// Bytes of a cell.
const CELL: u64 = size_of::<i32>() as u64;

/// Share of the memory limit in which the indices of gathers are kept on the device. Others are computed again for each batch.
const INDEX_SHARE: u64 = 4;

/// Share of the memory limit that one tensor may have, so that a gather is cut before it leaves no room for others.
const TENSOR_SHARE: u64 = 4;

/// Inputs whose outputs the interpreter knows.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) inputs: Vec<Vec<i32>>,
    pub(super) outputs: Vec<Vec<i32>>,
}

/// A model on the device.
pub(super) struct GpuModel {
    model: Arc<Model>,
    pub(super) plan: Plan,
    /// By node, then by term or for the pool.
    reads: Vec<Vec<Read>>,
    /// By node: one value a channel, as a column.
    biases: Vec<Option<Ints<2>>>,
    /// By table: the values of a committed one.
    tables: Vec<Option<Ints<1>>>,
    options: Options,
    adapter: String,
    device: WgpuDevice,
    fault: Fault,
    #[cfg(test)]
    pub(super) defect: Option<Defect>,
}

/// A lie for tests: from now on a node's results are off by one.
#[cfg(test)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Defect {
    pub(super) node: usize,
}

/// What a term or a pool needs beside the tensor that it reads.
enum Read {
    Gemm(Ints<2>),
    Conv {
        groups: usize,
        cells: Cells,
        /// For each set of taps in the pieces: `[groups, outputs of a group, inputs of a group * taps]`.
        weights: Vec<Ints<3>>,
    },
    Scale(i32),
    Pool(Cells),
}

/// The cells under a window.
enum Cells {
    /// Each at its own place.
    Identity,
    /// By index, in pieces; the indices of each piece if they are kept.
    Gathered {
        gather: Gather,
        indices: Option<Vec<Ints<1>>>,
    },
}

/// Called with each accumulator and each tensor.
type Observe<'a> = &'a mut dyn FnMut(Place, &Ints<2>) -> Result<(), ExecutorError>;

impl GpuModel {
    pub(super) fn upload(
        model: Arc<Model>,
        device: &Device,
        options: Options,
    ) -> Result<Self, ExecutorError> {
        let plan = plan(&model, device, options)?;
        Ok(Self::upload_planned(model, plan, device, options))
    }

    pub(super) fn upload_planned(
        model: Arc<Model>,
        plan: Plan,
        device: &Device,
        options: Options,
    ) -> Self {
        let (burn, circuit) = (&device.burn, model.circuit());
        let mut uploads = Uploads {
            device: burn,
            index_cells: options.memory_bytes / INDEX_SHARE / CELL,
        };
        let mut weights = model.layout().iter().zip(&model.parameters().weights);
        let mut biases = model.parameters().biases.iter();
        let mut values = model.parameters().tables.iter();
        let mut reads = Vec::with_capacity(circuit.nodes().len());
        let mut columns = Vec::with_capacity(circuit.nodes().len());
        for (node, windows) in circuit.nodes().iter().zip(&plan.windows) {
            let mut bias = None;
            reads.push(match node {
                Node::Linear(linear) => {
                    if linear.bias {
                        bias = biases.next().map(|values| {
                            let shape = [values.len(), 1];
                            upload(values.clone(), shape, burn)
                        });
                    }
                    let terms = linear.terms.iter().zip(windows);
                    terms
                        .map(|(term, window)| uploads.term(term, window, &mut weights))
                        .collect()
                }
                Node::MaxPool { .. } | Node::SumPool { .. } => windows
                    .iter()
                    .flatten()
                    .map(|gather| Read::Pool(uploads.cells(gather)))
                    .collect(),
                Node::Lookup { .. } | Node::Transpose { .. } | Node::Reshape { .. } => vec![],
            });
            columns.push(bias);
        }
        let tables = circuit
            .tables()
            .iter()
            .map(|table| match table {
                Table::Clamp { .. } => None,
                Table::Committed { .. } => values
                    .next()
                    .map(|values| upload(values.clone(), [values.len()], burn)),
            })
            .collect();
        Self {
            plan,
            reads,
            biases: columns,
            tables,
            options,
            adapter: device.summary.to_string(),
            device: burn.clone(),
            fault: device.fault.clone(),
            model,
            #[cfg(test)]
            defect: None,
        }
    }

    /// Columns of the widest batch.
    pub(super) fn lanes(&self) -> usize {
        self.plan.lanes
    }

    /// The output of a batch, both as row-major matrices of `width` columns.
    pub(super) fn run(&self, matrix: Vec<i32>, width: usize) -> Result<Vec<i32>, ExecutorError> {
        let cells = self.model.circuit().input().cells();
        let input = upload(matrix, [cells, width], &self.device);
        let output = self.forward(input, &mut |_, _| Ok(()))?;
        let output = self.read(output)?;
        self.sync()?;
        Ok(output)
    }

    /// Compares every tensor and accumulator of known inputs with the interpreter's.
    pub(super) fn compare_with_interpreter(&self) -> Result<Known, ExecutorError> {
        let circuit = self.model.circuit();
        let inputs = known_inputs(circuit.input()).to_vec();
        let mut outputs = Vec::with_capacity(inputs.len());
        let traces_at_once = self.options.memory_bytes / trace_bytes(&self.model).max(1);
        let at_once = (traces_at_once as usize).clamp(1, self.plan.lanes - 1);
        for (slice, first) in inputs.chunks(at_once).zip((0..).step_by(at_once)) {
            let traces: Vec<Trace> = slice
                .iter()
                .zip(first..)
                .map(|(input, index)| {
                    let trace = self.model.run(input);
                    trace.map_err(|source| ExecutorError::Input { index, source })
                })
                .collect::<Result<_, _>>()?;
            let width = width(slice.len(), self.plan.lanes);
            let columns: Vec<&[i32]> = slice
                .iter()
                .cycle()
                .take(width)
                .map(Vec::as_slice)
                .collect();
            let matrix = upload(
                interleave(&columns),
                [circuit.input().cells(), width],
                &self.device,
            );
            self.forward(matrix, &mut |place, tensor| {
                let found = separate(&self.read(tensor.clone())?, width, slice.len());
                for ((trace, found), index) in traces.iter().zip(&found).zip(first..) {
                    let expected = expected(circuit, trace, place);
                    compare(&self.adapter, place, index, &expected, found)?;
                }
                Ok(())
            })?;
            outputs.extend(traces.iter().map(Trace::output));
        }
        self.sync()?;
        Ok(Known { inputs, outputs })
    }

    /// Fails if some kernel could not be run, which reading a tensor does not report.
    fn sync(&self) -> Result<(), ExecutorError> {
        <Wgpu as BurnBackend>::sync(&self.device)
            .map_err(|error| self.fault.lost(error.to_string()))
    }

    fn read(&self, tensor: Ints<2>) -> Result<Vec<i32>, ExecutorError> {
        download(tensor).map_err(|reason| self.fault.lost(reason))
    }

    /// The output of a batch.
    fn forward(&self, input: Ints<2>, observe: Observe<'_>) -> Result<Ints<2>, ExecutorError> {
        let circuit = self.model.circuit();
        let mut tensors: Vec<Option<Ints<2>>> = vec![Some(input)];
        for (index, node) in circuit.nodes().iter().enumerate() {
            let tensor = |id: u16| -> Result<Ints<2>, ExecutorError> {
                let tensor = tensors.get(usize::from(id)).cloned().flatten();
                tensor.ok_or_else(|| self.fault.lost("a tensor was freed too early"))
            };
            let shape_of = |id: u16| circuit.tensors()[usize::from(id)].shape;
            let output = match node {
                Node::Linear(linear) => {
                    let operands = linear.terms.iter().map(|term| tensor(term.input()));
                    let sums = self.accumulate(index, linear, operands.collect::<Result<_, _>>()?);
                    match linear.requantise {
                        Some(requantise) => {
                            let node = index as u16;
                            observe(Place::Accumulator { node }, &sums)?;
                            self.requantise(requantise, sums)
                        }
                        None => sums,
                    }
                }
                Node::Lookup { input, table } => self.apply(*table, tensor(*input)?),
                Node::MaxPool { input, .. } => {
                    let outside = circuit.tensors()[usize::from(*input)].range.low;
                    let channels = shape_of(*input).channels as usize;
                    self.pool(index, Pool::Max, tensor(*input)?, channels, outside)
                }
                Node::SumPool { input, .. } => {
                    let channels = shape_of(*input).channels as usize;
                    self.pool(index, Pool::Sum, tensor(*input)?, channels, 0)
                }
                Node::Transpose { input, axes } => {
                    let dims = shape_of(*input).dims().map(|extent| extent as usize);
                    transpose(tensor(*input)?, dims, *axes)
                }
                // A reshape keeps the order of the logical cells.
                Node::Reshape { input, .. } => tensor(*input)?,
            };
            #[cfg(test)]
            let output = match self.defect {
                Some(defect) if defect.node == index => output.add_scalar(1),
                _ => output,
            };
            observe(Place::Tensor { node: index as u16 }, &output)?;
            for &id in &self.plan.last_reads[index] {
                tensors[usize::from(id)] = None;
            }
            tensors.push(Some(output));
        }
        let output = tensors.pop().flatten();
        output.ok_or_else(|| self.fault.lost("the circuit has no output"))
    }

    /// The sums of the terms and the bias.
    fn accumulate(&self, index: usize, linear: &Linear, operands: Vec<Ints<2>>) -> Ints<2> {
        let cells = linear.shape.cells() as usize;
        let channels = linear.shape.channels as usize;
        let summands = operands
            .into_iter()
            .zip(&linear.terms)
            .zip(&self.reads[index]);
        let sums = summands
            .map(|((operand, term), read)| {
                let batch = operand.dims()[1];
                match read {
                    Read::Gemm(weights) => weights.clone().matmul(operand),
                    Read::Scale(1) => operand,
                    Read::Scale(factor) => operand.mul_scalar(*factor),
                    Read::Conv {
                        groups,
                        cells: under,
                        weights,
                    } => {
                        let source = self.model.circuit().tensors()[usize::from(term.input())];
                        let inputs = source.shape.channels as usize;
                        let sums = self.convolve(*groups, weights, under, operand, inputs);
                        sums.reshape([cells, batch])
                    }
                    Read::Pool(_) => unreachable!("a pool is no term"),
                }
            })
            .reduce(|sum, summand| sum.add(summand));
        let sums = sums.expect("a linear node has a term");
        match &self.biases[index] {
            Some(bias) => {
                let batch = sums.dims()[1];
                let planes = sums.reshape([channels, cells / channels * batch]);
                planes.add(bias.clone()).reshape([cells, batch])
            }
            None => sums,
        }
    }

    /// `[outputs, positions, batch]`.
    fn convolve(
        &self,
        groups: usize,
        weights: &[Ints<3>],
        under: &Cells,
        operand: Ints<2>,
        inputs: usize,
    ) -> Ints<3> {
        let batch = operand.dims()[1];
        let product = |weights: &Ints<3>, cells: Ints<3>| {
            let columns = cells.dims().iter().product::<usize>() / weights.dims()[2] / groups;
            let matrix = cells.reshape([groups, weights.dims()[2], columns]);
            weights.clone().matmul(matrix)
        };
        let outputs = weights[0].dims()[1] * groups;
        let spread = |sums: Ints<3>| {
            let [_, _, columns] = sums.dims();
            sums.reshape([outputs, columns / batch, batch])
        };
        match under {
            Cells::Identity => spread(product(&weights[0], planes(operand, inputs, None))),
            Cells::Gathered { gather, indices } => {
                let outside = gather.window.reads_outside.then_some(0);
                let source = planes(operand, inputs, outside);
                let pieces = self.pieces(gather, indices);
                let sums = pieces.map(|positions| {
                    let sums = positions
                        .zip(weights)
                        .map(|(index, weights)| product(weights, source.clone().select(1, index)));
                    let sums = sums.reduce(|sum, summand| sum.add(summand));
                    spread(sums.expect("a window has a tap"))
                });
                join(sums.collect())
            }
        }
    }

    fn pool(
        &self,
        index: usize,
        pool: Pool,
        operand: Ints<2>,
        channels: usize,
        outside: i32,
    ) -> Ints<2> {
        let batch = operand.dims()[1];
        let cells = match self.reads[index].first() {
            Some(Read::Pool(Cells::Gathered { gather, indices })) => {
                let outside = gather.window.reads_outside.then_some(outside);
                let source = planes(operand, channels, outside);
                let pieces = self.pieces(gather, indices).zip(gather.positions());
                let pooled = pieces.map(|(taps, positions)| {
                    let columns = positions.len() * batch;
                    let results = taps.map(|index| {
                        let taps = index.dims()[0] / positions.len();
                        let cells = source.clone().select(1, index);
                        pool.reduce(cells.reshape([channels, taps, columns]))
                    });
                    let result = results.reduce(|first, second| pool.combine(first, second));
                    let result = result.expect("a window has a tap");
                    result.reshape([channels, positions.len(), batch])
                });
                join(pooled.collect())
            }
            _ => planes(operand, channels, None),
        };
        let [channels, positions, batch] = cells.dims();
        cells.reshape([channels * positions, batch])
    }

    /// For each set of positions, the indices of each set of taps.
    fn pieces<'a>(
        &'a self,
        gather: &'a Gather,
        kept: &'a Option<Vec<Ints<1>>>,
    ) -> impl Iterator<Item = impl Iterator<Item = Ints<1>> + 'a> + 'a {
        let tap_sets = gather.tap_sets().count();
        let starts = (0..gather.pieces.len()).step_by(tap_sets);
        starts.map(move |start| {
            (start..start + tap_sets).map(move |piece| match kept {
                Some(indices) => indices[piece].clone(),
                None => {
                    let indices = gather.window.indices(&gather.pieces[piece]);
                    let count = indices.len();
                    upload(indices, [count], &self.device)
                }
            })
        })
    }

    fn requantise(&self, requantise: Requantise, sums: Ints<2>) -> Ints<2> {
        self.apply(requantise.table, floor_shift(sums, requantise.shift))
    }

    fn apply(&self, table: TableId, keys: Ints<2>) -> Ints<2> {
        let table = usize::from(table);
        let definition = &self.model.circuit().tables()[table];
        match &self.tables[table] {
            Some(values) => look_up(values, definition.keys().low, keys),
            None => {
                let range = definition.range();
                keys.clamp(range.low, range.high)
            }
        }
    }
}

/// One after the other along the positions.
fn join(mut pieces: Vec<Ints<3>>) -> Ints<3> {
    match pieces.len() {
        1 => pieces.remove(0),
        _ => Tensor::cat(pieces, 1),
    }
}

pub(super) fn plan(
    model: &Model,
    device: &Device,
    options: Options,
) -> Result<Plan, ExecutorError> {
    let fixed: u64 = model.layout().iter().map(ParameterTensor::cells).sum();
    let memory = options.memory_bytes;
    let limit = device.summary.limits.tensor_bytes;
    let budget = Budget {
        tensor: limit.min(memory / TENSOR_SHARE) / CELL,
        total: ((memory - memory / INDEX_SHARE) / CELL).saturating_sub(fixed),
    };
    Plan::new(model.circuit(), budget).map_err(|TooLarge { node, cells, limit }| {
        ExecutorError::TooLarge {
            node,
            bytes: cells.saturating_mul(CELL),
            limit: limit.saturating_mul(CELL),
        }
    })
}

/// Uploads what nodes need.
struct Uploads<'a> {
    device: &'a WgpuDevice,
    /// Cells of indices that may still be kept.
    index_cells: u64,
}

impl Uploads<'_> {
    fn cells(&mut self, gather: &Gather) -> Cells {
        let WindowPlan {
            taps, positions, ..
        } = gather.window;
        if gather.window.is_identity() {
            return Cells::Identity;
        }
        let cells = taps as u64 * positions as u64;
        let rest = self.index_cells.checked_sub(cells);
        let indices = rest.map(|rest| {
            self.index_cells = rest;
            let piece = |piece: &Piece| {
                let indices = gather.window.indices(piece);
                let count = indices.len();
                upload(indices, [count], self.device)
            };
            gather.pieces.iter().map(piece).collect()
        });
        Cells::Gathered {
            gather: gather.clone(),
            indices,
        }
    }

    fn term<'m>(
        &mut self,
        term: &Term,
        gather: &Option<Gather>,
        weights: &mut impl Iterator<Item = (&'m ParameterTensor, &'m Vec<i16>)>,
    ) -> Read {
        match (term, gather) {
            (Term::Scale { factor, .. }, _) => Read::Scale(*factor),
            (Term::Gemm { .. }, _) | (Term::Conv { .. }, None) => {
                let (tensor, weights) = weights.next().expect("a model has all its weights");
                let outputs = tensor.dims[0] as usize;
                let shape = [outputs, weights.len() / outputs];
                let values = weights.iter().map(|&weight| weight.into()).collect();
                Read::Gemm(upload(values, shape, self.device))
            }
            (Term::Conv { .. }, Some(gather)) => {
                let (tensor, weights) = weights.next().expect("a model has all its weights");
                let [groups, outputs, inputs, taps] = tensor.dims.map(|extent| extent as usize);
                let weights = gather.tap_sets().map(|set| {
                    let values: Vec<i32> = weights
                        .chunks_exact(taps)
                        .flat_map(|filter| &filter[set.clone()])
                        .map(|&weight| weight.into())
                        .collect();
                    upload(values, [groups, outputs, inputs * set.len()], self.device)
                });
                let weights = weights.collect();
                Read::Conv {
                    groups,
                    cells: self.cells(gather),
                    weights,
                }
            }
        }
    }
}
