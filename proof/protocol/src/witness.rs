// SPDX-License-Identifier: Apache-2.0
//! What the prover knows: the traces of a batch of inputs as the tensors, columns and table rows
//! that the plan names.
//!
//! Everything is a small integer: four bytes for a cell of a tensor or column and four for the
//! table row that a lookup hits, about eight bytes a lookup leaf.

use crate::error::VerifyError;
use crate::layers::window::Geometry;
use crate::plan::lookup::{Column, Origin, TableForm};
use crate::plan::tensor::TensorPlan;
use crate::plan::{Plan, WitnessKind};
use alloc::vec::Vec;
use assay_circuit::limits::MAX_RANGE_BITS;
use assay_circuit::{InputError, Model, Node, Requantise, TensorId};
use rayon::prelude::*;

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The number of inputs isn't one that a proof can have.
    #[error(transparent)]
    Plan(#[from] crate::plan::PlanError),
    /// An input does not fit the circuit.
    #[error("input {index}: {error}")]
    Input {
        /// Its index.
        index: usize,
        /// Why.
        error: InputError,
    },
    /// A lookup of the trace is in no table, which [`Model::new`] rules out.
    #[error("node {node}: a cell is in no row of its table")]
    Table {
        /// Node index.
        node: usize,
    },
    /// A step failed that follows from the plan alone, or a challenge was degenerate (probability
    /// below 2^-200).
    #[error("protocol: {0}")]
    Protocol(#[from] VerifyError),
    /// The commitment's layout does not hold the values, which their ranges rule out.
    #[error("layout: {0}")]
    Layout(#[from] crate::commitment::LayoutError),
}

/// The cells of everything that the plan names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// By tensor id: the padded cells with the batch.
    pub tensors: Vec<Vec<i32>>,
    /// By index in group B: the cells of columns that are not tensors; of tensors, nothing.
    pub columns: Vec<Vec<i32>>,
    /// By lookup: the row of its table that each cell hits.
    pub rows: Vec<Vec<u32>>,
    /// By table: how often each row is hit.
    pub multiplicities: Vec<Vec<u32>>,
}

impl Witness {
    /// The padded cells of tensor `id`.
    pub fn tensor(&self, id: TensorId) -> &[i32] {
        &self.tensors[usize::from(id)]
    }

    /// The outputs of the batch over logical cells.
    pub fn outputs(&self, model: &Model, plan: &Plan) -> Vec<Vec<i32>> {
        let info = model.circuit().output();
        let cells = self.tensor(plan.output).chunks(info.size());
        cells
            .take(plan.batch)
            .map(|cells| info.unpad(cells))
            .collect()
    }

    /// The pad cells of the outputs of the batch that a proof holds.
    pub fn output_pads(&self, plan: &Plan) -> Vec<i32> {
        if !plan.output_pads {
            return Vec::new();
        }
        let output = &plan.tensors[usize::from(plan.output)];
        let entries = self
            .tensor(plan.output)
            .chunks(1 << output.num_vars())
            .take(plan.batch);
        entries
            .flat_map(|cells| crate::statement::pads(output.shape, output.logs, cells))
            .collect()
    }

    /// Counts the rows that the lookups hit.
    pub fn count(&mut self, plan: &Plan) {
        let count = |(table, form): (usize, &TableForm)| {
            let mut counts = alloc::vec![0u32; 1 << form.num_vars()];
            let lookups = plan.lookups.lookups.iter().zip(&self.rows);
            for (_, rows) in lookups.filter(|(lookup, _)| lookup.table == table) {
                rows.iter().for_each(|row| counts[*row as usize] += 1);
            }
            counts
        };
        self.multiplicities = plan
            .lookups
            .tables
            .par_iter()
            .enumerate()
            .map(count)
            .collect();
    }
}

/// The traces of a batch: tensors and accumulators, padded, with the batch; the batch's pad entries
/// are copies of the first.
struct Traces {
    tensors: Vec<Vec<i32>>,
    /// By node; empty for nodes without one.
    accumulators: Vec<Vec<i32>>,
}

fn traces(model: &Model, plan: &Plan, inputs: &[Vec<i32>]) -> Result<Traces, ProveError> {
    let runs: Result<Vec<_>, ProveError> = inputs
        .par_iter()
        .enumerate()
        .map(|(index, input)| {
            model
                .run(input)
                .map_err(|error| ProveError::Input { index, error })
        })
        .collect();
    let runs = runs?;
    let entries = 1usize << plan.log_batch;
    let entry = |index: usize| runs.get(index).unwrap_or(&runs[0]);
    let tensors = (0..plan.tensors.len()).into_par_iter();
    let tensors = tensors
        .map(|id| {
            (0..entries)
                .map(|index| entry(index).tensors()[id].as_slice())
                .collect::<Vec<_>>()
                .concat()
        })
        .collect();
    let nodes = (0..model.circuit().nodes().len()).into_par_iter();
    let accumulator = |index: usize, node: usize| {
        let node = u16::try_from(node).ok()?;
        entry(index).accumulator(node)
    };
    let accumulators = nodes
        .map(|node| {
            let cells = (0..entries).map(|index| accumulator(index, node).unwrap_or_default());
            cells.collect::<Vec<_>>().concat()
        })
        .collect();
    Ok(Traces {
        tensors,
        accumulators,
    })
}

/// Runs the model on every input and derives the witness.
///
/// # Errors
/// [`ProveError::Input`] for an input that doesn't fit, [`ProveError::Table`] if the model isn't
/// total.
pub fn generate(model: &Model, plan: &Plan, inputs: &[Vec<i32>]) -> Result<Witness, ProveError> {
    let Traces {
        tensors,
        accumulators,
    } = traces(model, plan, inputs)?;
    let keys = Keys {
        model,
        tensors: &tensors,
        accumulators: &accumulators,
    };
    let columns = plan.witness.par_iter().map(|witness| match witness.kind {
        WitnessKind::Column(Column::Tensor(_)) | WitnessKind::Multiplicity { .. } => Vec::new(),
        WitnessKind::Column(column) => keys.column(column, plan),
    });
    let columns: Vec<Vec<i32>> = columns.collect();
    let rows: Result<Vec<_>, ProveError> = plan
        .lookups
        .lookups
        .par_iter()
        .map(|lookup| {
            let form = &plan.lookups.tables[lookup.table];
            let limit = 1u64 << form.num_vars();
            let rows: Option<Vec<u32>> = keys
                .rows(lookup.origin, form, plan)
                .into_par_iter()
                .map(|row| {
                    u64::try_from(row)
                        .ok()
                        .filter(|row| *row < limit)
                        .map(|row| row as u32)
                })
                .collect();
            rows.ok_or(ProveError::Table {
                node: node_of(lookup.origin),
            })
        })
        .collect();
    let rows = rows?;
    drop(accumulators);
    let mut witness = Witness {
        tensors,
        columns,
        rows,
        multiplicities: Vec::new(),
    };
    witness.count(plan);
    Ok(witness)
}

fn node_of(origin: Origin) -> usize {
    match origin {
        Origin::Key { node }
        | Origin::Limb { node, .. }
        | Origin::Select { node }
        | Origin::Difference { node, .. } => node,
    }
}

struct Keys<'a> {
    model: &'a Model,
    tensors: &'a [Vec<i32>],
    accumulators: &'a [Vec<i32>],
}

impl Keys<'_> {
    /// What node `node` looks up, and the bits that it drops of it.
    fn key(&self, node: usize) -> (&[i32], u8) {
        match &self.model.circuit().nodes()[node] {
            Node::Lookup { input, .. } => (&self.tensors[usize::from(*input)], 0),
            Node::Linear(linear) => {
                let shift = linear
                    .requantise
                    .map_or(0, |Requantise { shift, .. }| shift);
                (&self.accumulators[node], shift)
            }
            _ => (&[], 0),
        }
    }

    /// Low bits of a wide clamp's key.
    fn split(&self, node: usize, plan: &Plan) -> usize {
        let lookup = |origin| {
            plan.lookups
                .lookups
                .iter()
                .find(|lookup| lookup.origin == origin)
        };
        match lookup(Origin::Select { node }).map(|lookup| plan.lookups.tables[lookup.table]) {
            Some(TableForm::Select { split }) => split,
            _ => 0,
        }
    }

    /// Whether a wide clamp passes the low part of `key` on.
    fn selects(&self, node: usize, plan: &Plan) -> impl Fn(i32) -> bool {
        let lookup = |origin| {
            plan.lookups
                .lookups
                .iter()
                .find(|lookup| lookup.origin == origin)
        };
        let form = lookup(Origin::Key { node }).map(|lookup| plan.lookups.tables[lookup.table]);
        let range = match form {
            Some(TableForm::Coarse { range, .. }) => Some(range),
            _ => None,
        };
        // The image is a multiple of the split on each side of zero.
        move |key| range.is_some_and(|range| range.contains(key))
    }

    fn column(&self, column: Column, plan: &Plan) -> Vec<i32> {
        match column {
            Column::Limb { node, limb } => {
                let (values, shift) = self.key(node);
                let below = limb * usize::from(MAX_RANGE_BITS);
                let width = (usize::from(shift) - below).min(MAX_RANGE_BITS.into());
                let mask = (1 << width) - 1;
                values
                    .par_iter()
                    .map(|value| (value >> below) & mask)
                    .collect()
            }
            Column::Low { node } => self.wide(node, plan, |low, _| low),
            Column::Selector { node } => self.wide(node, plan, |_, selects| selects.into()),
            Column::Selected { node } => {
                self.wide(node, plan, |low, selects| if selects { low } else { 0 })
            }
            Column::Tensor(_) | Column::High { .. } | Column::Tap { .. } => Vec::new(),
        }
    }

    fn wide(&self, node: usize, plan: &Plan, f: impl Fn(i32, bool) -> i32 + Sync) -> Vec<i32> {
        let (values, shift) = self.key(node);
        let mask = (1 << self.split(node, plan)) - 1;
        let selects = self.selects(node, plan);
        let cell = |value: &i32| {
            let key = value >> shift;
            f(key & mask, selects(key))
        };
        values.iter().map(cell).collect()
    }

    /// The table row of each cell, as yet unchecked.
    fn rows(&self, origin: Origin, form: &TableForm, plan: &Plan) -> Vec<i64> {
        match origin {
            Origin::Key { node } => {
                let (values, shift) = self.key(node);
                let shift = usize::from(shift) + self.split(node, plan);
                let half = 1i64 << (form.num_vars() - 1);
                values
                    .par_iter()
                    .map(|value| (i64::from(*value) >> shift) + half)
                    .collect()
            }
            Origin::Limb { node, limb } => {
                let limbs = self.column(Column::Limb { node, limb }, plan);
                limbs.into_iter().map(i64::from).collect()
            }
            Origin::Select { node } => {
                let split = self.split(node, plan);
                let row = |low: i32, selects: bool| low + (i32::from(selects) << split);
                self.wide(node, plan, row)
                    .into_iter()
                    .map(i64::from)
                    .collect()
            }
            Origin::Difference { node, tap } => self.difference(node, tap, plan),
        }
    }

    fn difference(&self, node: usize, tap: usize, plan: &Plan) -> Vec<i64> {
        let Some(pool) = plan.pools.iter().find(|pool| pool.node == node) else {
            return Vec::new();
        };
        let source = &plan.tensors[usize::from(pool.input)];
        let output = &plan.tensors[node + 1];
        let view = View {
            geometry: &pool.geometry,
            source,
            output,
        };
        let taps = view.tap(&self.tensors[usize::from(pool.input)], tap, pool.pad);
        let outputs = self.tensors[node + 1].iter();
        outputs
            .zip(taps)
            .map(|(y, x)| i64::from(*y) - i64::from(x))
            .collect()
    }
}

/// The view of a tensor through a window.
struct View<'a> {
    geometry: &'a Geometry,
    source: &'a TensorPlan,
    output: &'a TensorPlan,
}

impl View<'_> {
    /// The cells of one tap for every padded cell of the output with the batch; `pad` where the tap
    /// is outside.
    fn tap(&self, source: &[i32], tap: usize, pad: i32) -> Vec<i32> {
        let [height, width] = self.geometry.axes;
        let (u, v) = (tap / width.kernel, tap % width.kernel);
        let (source_pixels, log_width) = (
            self.source.logs[1] + self.source.logs[2],
            self.source.logs[2],
        );
        let channels = source.len() >> source_pixels;
        let mut cells = Vec::with_capacity(channels << (self.output.logs[1] + self.output.logs[2]));
        for channel in source.chunks(1 << source_pixels) {
            for i in 0..1 << self.output.logs[1] {
                let row = height.source_of(i, u);
                for j in 0..1 << self.output.logs[2] {
                    let cell = row.zip(width.source_of(j, v));
                    cells.push(cell.map_or(pad, |(h, w)| channel[(h << log_width) + w]));
                }
            }
        }
        cells
    }
}
