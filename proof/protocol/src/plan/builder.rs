// SPDX-License-Identifier: Apache-2.0
//! Walks through a circuit and writes its plan, node by node, then claim by claim.

use super::lookup::{Column, Expression, LookupPlan, LookupsPlan, Origin, TableForm};
use super::parameter::ParameterPlan;
use super::tensor::{base, log_extent, unalias, Source, TensorPlan};
use super::{
    BatchSize, LinearPlan, Plan, PlanError, PoolPlan, ProductPlan, ScaleSource, ViewPlan,
    WitnessKind, WitnessPlan, MAX_VIEWS,
};
use crate::commitment::stack::{StackLayout, TensorSize};
use crate::commitment::Groups;
use crate::layers::window::Geometry;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use assay_circuit::limits::{MAX_RANGE_BITS, MAX_TABLE_WIDTH, WIDE_CLAMP_LOW_BITS};
use assay_circuit::{Circuit, Linear, Node, ParameterId, Range, Table, TensorId, Term};

/// How a key that is too wide for one table is split: `(low bits, high bits)`.
///
/// The low part has at most as many bits as the image of the clamp on one side of zero, so that
/// each high part selects a constant or the identity.
fn split_clamp(width: u8, range: Range) -> Option<(usize, usize)> {
    if width <= MAX_TABLE_WIDTH {
        return None;
    }
    let one_sided = range.bits().saturating_sub(u8::from(range.low < 0));
    let split = one_sided.min(WIDE_CLAMP_LOW_BITS);
    (split > 0).then(|| (split.into(), (width - split).into()))
}

/// A plan in the making.
pub(super) struct Builder<'a> {
    circuit: &'a Circuit,
    plan: Plan,
    parameters: BTreeMap<ParameterId, usize>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(circuit: &'a Circuit, batch: BatchSize) -> Result<Self, PlanError> {
        let layout = circuit.parameter_layout();
        let plan = Plan {
            batch: batch as usize,
            log_batch: log_extent(batch),
            tensors: Vec::with_capacity(circuit.tensors().len()),
            parameters: layout
                .iter()
                .map(|p| ParameterPlan::new(p.id, p.dims))
                .collect(),
            witness: Vec::new(),
            layouts: Groups {
                model: StackLayout::new(&[])?,
                witness: StackLayout::new(&[])?,
            },
            lookups: LookupsPlan::default(),
            linear: Vec::new(),
            products: Vec::new(),
            pools: Vec::new(),
            views: Vec::new(),
            input_claims: 0,
            committed_claims: 0,
            output: circuit.output_id(),
            output_pads: true,
            input_range: circuit.input().range,
        };
        let parameters = layout.iter().enumerate().map(|(i, p)| (p.id, i)).collect();
        Ok(Self {
            circuit,
            plan,
            parameters,
        })
    }

    pub(super) fn build(mut self) -> Result<Plan, PlanError> {
        self.tensors();
        for node in 0..self.circuit.nodes().len() {
            self.node(node).ok_or(PlanError::Circuit)?;
        }
        self.plan.lookups.first_multiplicity = self.plan.witness.len();
        for (table, form) in self.plan.lookups.tables.iter().enumerate() {
            let kind = WitnessKind::Multiplicity { table };
            self.plan.witness.push(WitnessPlan {
                kind,
                num_vars: form.num_vars(),
            });
        }
        self.plan.lookups.lay_out();
        let sizes = self.plan.parameters.iter().map(ParameterPlan::size);
        let model = StackLayout::new(&sizes.collect::<Vec<_>>())?;
        let sizes = self.plan.witness.iter().map(|witness| TensorSize {
            log_cells: witness.num_vars,
            used: 1usize.checked_shl(witness.num_vars as u32).unwrap_or(0),
        });
        let witness = StackLayout::new(&sizes.collect::<Vec<_>>())?;
        self.plan.layouts = Groups { model, witness };
        self.plan.output_pads = !self.zero_pads().ok_or(PlanError::Circuit)?;
        self.views()?;
        Ok(self.plan)
    }

    /// Shapes and sources of all tensors; allots the outputs' places in group B.
    fn tensors(&mut self) {
        for (id, info) in self.circuit.tensors().iter().enumerate() {
            let source = match id
                .checked_sub(1)
                .and_then(|node| self.circuit.nodes().get(node))
            {
                None => Source::Input,
                Some(Node::Linear(Linear {
                    requantise: None, ..
                })) => Source::Accumulator(id - 1),
                Some(Node::SumPool { .. }) => Source::Sum(id - 1),
                Some(Node::Reshape { input, .. }) => Source::Alias(*input),
                Some(Node::Transpose { input, axes }) => {
                    Source::Permuted(*input, axes.map(usize::from))
                }
                Some(Node::Linear(_) | Node::Lookup { .. } | Node::MaxPool { .. }) => {
                    Source::Witness(0)
                }
            };
            self.plan.tensors.push(TensorPlan {
                shape: info.shape,
                logs: info.log_dims.map(usize::from),
                range: info.range,
                source,
            });
        }
    }

    /// Commits a column and returns the index of its evaluation.
    fn commit(&mut self, column: Column, num_vars: usize) -> usize {
        let index = self.plan.witness.len();
        self.plan.witness.push(WitnessPlan {
            kind: WitnessKind::Column(column),
            num_vars,
        });
        let Column::Tensor(id) = column else {
            return self.plan.lookups.push(column, num_vars, Some(index));
        };
        if let Some(tensor) = self.plan.tensors.get_mut(usize::from(id)) {
            tensor.source = Source::Witness(index);
        }
        self.plan.lookups.tensor(id, num_vars)
    }

    fn lookup(&mut self, num_vars: usize, form: TableForm, origin: Origin, tuple: Vec<Expression>) {
        let table = self.plan.lookups.table(form);
        self.plan.lookups.lookups.push(LookupPlan {
            num_vars,
            table,
            tuple,
            origin,
        });
    }

    fn node(&mut self, node: usize) -> Option<()> {
        let circuit = self.circuit;
        let output = TensorId::try_from(node + 1).ok()?;
        let num_vars = self.plan.tensor_vars(output);
        match circuit.nodes().get(node)? {
            Node::Linear(linear) => self.linear(node, linear, output, num_vars),
            Node::Lookup { input, table } => {
                let y = self.commit(Column::Tensor(output), num_vars);
                // The same cells in the same order have the same evaluation.
                let input = unalias(&self.plan.tensors, *input);
                let x = self.plan.lookups.tensor(input, num_vars);
                let form = self.simple_table(*table)?;
                if let (TableForm::Clamp { width, range }, Some(_)) = (form, self.wide(*table)) {
                    let Expression(mut key) = self.wide_clamp(node, num_vars, width, range, y)?;
                    key.push((x, -1));
                    self.plan.lookups.equations.push(Expression(key));
                } else {
                    let tuple = [Expression::column(x), Expression::column(y)].into();
                    self.lookup(num_vars, form, Origin::Key { node }, tuple);
                }
                Some(())
            }
            Node::MaxPool { input, window } => {
                let y = self.commit(Column::Tensor(output), num_vars);
                let geometry = self.geometry(*input, output, window)?;
                let range = self.plan.tensors.get(usize::from(*input))?.range;
                // At least one bit: a range table of no bits would need no lookup, but a rule of
                // its own.
                let width = usize::from(range.bits().max(1));
                let mut taps = Vec::with_capacity(geometry.taps());
                for tap in 0..geometry.taps() {
                    let x = self
                        .plan
                        .lookups
                        .push(Column::Tap { node, tap }, num_vars, None);
                    taps.push(x);
                    let tuple = [Expression([(y, 1), (x, -1)].into())].into();
                    let origin = Origin::Difference { node, tap };
                    self.lookup(num_vars, TableForm::Range { width }, origin, tuple);
                }
                let pool = PoolPlan {
                    node,
                    input: *input,
                    geometry,
                    num_vars,
                    pad: range.low,
                    output: y,
                    taps,
                };
                self.plan.pools.push(pool);
                Some(())
            }
            Node::SumPool { .. } | Node::Transpose { .. } | Node::Reshape { .. } => Some(()),
        }
    }

    fn geometry(
        &self,
        input: TensorId,
        output: TensorId,
        window: &assay_circuit::Window,
    ) -> Option<Geometry> {
        let source = self.plan.tensors.get(usize::from(input))?;
        let output = self.plan.tensors.get(usize::from(output))?;
        let extents = [output.shape.height as usize, output.shape.width as usize];
        Some(Geometry::new(
            window,
            source,
            extents,
            [output.logs[1], output.logs[2]],
        ))
    }

    fn parameter(&self, id: ParameterId) -> Option<usize> {
        self.parameters.get(&id).copied()
    }

    fn wide(&self, table: u16) -> Option<(usize, usize)> {
        match self.circuit.tables().get(usize::from(table))? {
            Table::Clamp { width, range } => split_clamp(*width, *range),
            Table::Committed { .. } => None,
        }
    }

    /// The table as one lookup.
    fn simple_table(&self, table: u16) -> Option<TableForm> {
        Some(match *self.circuit.tables().get(usize::from(table))? {
            Table::Clamp { width, range } => TableForm::Clamp {
                width: width.into(),
                range,
            },
            Table::Committed { width, .. } => TableForm::Committed {
                width: width.into(),
                parameter: self.parameter(ParameterId::Table { table })?,
            },
        })
    }

    fn linear(
        &mut self,
        node: usize,
        linear: &Linear,
        output: TensorId,
        num_vars: usize,
    ) -> Option<()> {
        let expression = match &linear.requantise {
            None => None,
            Some(requantise) => {
                let y = self.commit(Column::Tensor(output), num_vars);
                let key = self.key(node, requantise.table, num_vars, y)?;
                let shift = usize::from(requantise.shift);
                let scale = |(column, factor): (usize, i64)| (column, factor << shift);
                let mut expression: Vec<(usize, i64)> = key.0.into_iter().map(scale).collect();
                let (mut below, mut limb) = (0, 0);
                while below < shift {
                    let width = (shift - below).min(MAX_RANGE_BITS.into());
                    let column = self.commit(Column::Limb { node, limb }, num_vars);
                    let tuple = [Expression::column(column)].into();
                    let origin = Origin::Limb { node, limb };
                    self.lookup(num_vars, TableForm::Range { width }, origin, tuple);
                    expression.push((column, 1 << below));
                    below += width;
                    limb += 1;
                }
                Some(Expression(expression))
            }
        };
        let first = self.plan.products.len();
        let mut scales = Vec::new();
        for (index, term) in linear.terms.iter().enumerate() {
            match term {
                Term::Scale { input, factor } => {
                    let source = if expression.is_some() {
                        let input = unalias(&self.plan.tensors, *input);
                        ScaleSource::Column(self.plan.lookups.tensor(input, num_vars))
                    } else {
                        ScaleSource::Sent(*input)
                    };
                    scales.push((i64::from(*factor), source));
                }
                Term::Gemm { input, .. } | Term::Conv { input, .. } => {
                    let id = ParameterId::Weights {
                        node: node.try_into().ok()?,
                        term: index.try_into().ok()?,
                    };
                    let weights = self.parameter(id)?;
                    let dims = self.plan.parameters.get(weights)?.extents.map(log_extent);
                    let (logs, geometry) = match term {
                        Term::Conv { window, .. } => {
                            (dims, Some(self.geometry(*input, output, window)?))
                        }
                        _ => ([0, dims[0], dims[1] + dims[2] + dims[3], 0], None),
                    };
                    let product = ProductPlan {
                        node,
                        input: *input,
                        weights,
                        logs,
                        geometry,
                    };
                    self.plan.products.push(product);
                }
            }
        }
        let bias = match linear.bias {
            true => Some(self.parameter(ParameterId::Bias {
                node: node.try_into().ok()?,
            })?),
            false => None,
        };
        let log_channels = self.plan.tensors.get(usize::from(output))?.logs[0];
        let products = first..self.plan.products.len();
        let plan = LinearPlan {
            node,
            num_vars,
            log_channels,
            expression,
            bias,
            scales,
            products,
        };
        self.plan.linear.push(plan);
        Some(())
    }

    /// The lookup of `y = T(key)`; returns the key, which isn't committed, in terms of columns.
    fn key(&mut self, node: usize, table: u16, num_vars: usize, y: usize) -> Option<Expression> {
        let form = self.simple_table(table)?;
        if let (TableForm::Clamp { width, range }, Some(_)) = (form, self.wide(table)) {
            return self.wide_clamp(node, num_vars, width, range, y);
        }
        let high = self
            .plan
            .lookups
            .push(Column::High { node }, num_vars, None);
        let tuple = [Expression::column(high), Expression::column(y)].into();
        self.lookup(num_vars, form, Origin::Key { node }, tuple);
        Some(Expression::column(high))
    }

    /// The lookups of `y = clamp(2^split high + low)`; returns the key in terms of columns.
    fn wide_clamp(
        &mut self,
        node: usize,
        num_vars: usize,
        width: usize,
        range: Range,
        y: usize,
    ) -> Option<Expression> {
        let (split, high_bits) = split_clamp(width.try_into().ok()?, range)?;
        let high = self
            .plan
            .lookups
            .push(Column::High { node }, num_vars, None);
        let low = self.commit(Column::Low { node }, num_vars);
        let selector = self.commit(Column::Selector { node }, num_vars);
        let selected = self.commit(Column::Selected { node }, num_vars);
        let column = Expression::column;
        let base = Expression([(y, 1), (selected, -1)].into());
        let coarse = TableForm::Coarse {
            width: high_bits,
            split,
            range,
        };
        let tuple = [column(high), base, column(selector)].into();
        self.lookup(num_vars, coarse, Origin::Key { node }, tuple);
        let tuple = [column(low), column(selected), column(selector)].into();
        self.lookup(
            num_vars,
            TableForm::Select { split },
            Origin::Select { node },
            tuple,
        );
        Some(Expression([(high, 1 << split), (low, 1)].into()))
    }

    /// Whether the pad cells of the output are zero whatever the parameters and the input. `None`
    /// if an id is out of range.
    fn zero_pads(&self) -> Option<bool> {
        let clamp = |table: u16| {
            // Every clamp maps 0 to 0.
            matches!(
                self.circuit.tables().get(usize::from(table)),
                Some(Table::Clamp { .. })
            )
        };
        let mut zero: Vec<bool> = Vec::with_capacity(self.plan.tensors.len());
        zero.push(true);
        for (node, tensor) in self
            .circuit
            .nodes()
            .iter()
            .zip(self.plan.tensors.iter().skip(1))
        {
            let input = |id: &TensorId| zero.get(usize::from(*id)).copied();
            let full = |extent: u32, log: usize| u64::from(extent) == 1 << log;
            let full_pixels = full(tensor.shape.height, tensor.logs[1])
                && full(tensor.shape.width, tensor.logs[2]);
            let pads = match node {
                // The bias stands on the pad pixels of its channel too.
                Node::Linear(linear) => {
                    let mut pads = !linear.bias || full_pixels;
                    for term in &linear.terms {
                        if let Term::Scale { input: id, .. } = term {
                            pads &= input(id)?;
                        }
                    }
                    pads && linear
                        .requantise
                        .is_none_or(|requantise| clamp(requantise.table))
                }
                Node::Lookup { input: id, table } => input(id)? && clamp(*table),
                // A cell all of whose taps are outside holds the smallest code, in pad channels too.
                Node::MaxPool { input: id, .. } => {
                    input(id)? && self.plan.tensors.get(usize::from(*id))?.range.low == 0
                }
                Node::SumPool { input: id, .. }
                | Node::Transpose { input: id, .. }
                | Node::Reshape { input: id, .. } => input(id)?,
            };
            zero.push(pads || (full_pixels && full(tensor.shape.channels, tensor.logs[0])));
        }
        zero.last().copied()
    }

    /// Walks through the claims in the order in which prover and verifier meet them: those of the
    /// leaf columns, of the pools at the leaf point, of the output and what comes with it, of the
    /// pools' zero checks, of the products; then level by level of views.
    fn views(&mut self) -> Result<(), PlanError> {
        let plan = &self.plan;
        let mut claims = Claims::default();
        for column in &plan.lookups.columns {
            match column.column {
                Column::Tensor(id) => self.claim(id, &mut claims)?,
                _ => claims.committed += usize::from(column.witness.is_some()),
            }
        }
        for form in &plan.lookups.tables {
            claims.committed += 1 + usize::from(matches!(form, TableForm::Committed { .. }));
        }
        let pools = plan.pools.iter().map(|pool| ViewPlan {
            source: pool.input,
            geometry: pool.geometry,
        });
        claims.views.extend(pools.clone());
        let output = plan.tensors.get(usize::from(plan.output));
        if !matches!(
            output.map(|output| output.source),
            Some(Source::Accumulator(_))
        ) {
            self.claim(plan.output, &mut claims)?;
        }
        for linear in &plan.linear {
            claims.committed += usize::from(linear.bias.is_some());
            for (_, source) in &linear.scales {
                if let ScaleSource::Sent(id) = source {
                    self.claim(*id, &mut claims)?;
                }
            }
        }
        claims.committed += plan.pools.len();
        claims.views.extend(pools);
        for product in &plan.products {
            claims.committed += 1;
            match product.geometry {
                Some(geometry) => claims.views.push(ViewPlan {
                    source: product.input,
                    geometry,
                }),
                None => self.claim(product.input, &mut claims)?,
            }
        }
        let (mut levels, mut total) = (Vec::new(), 0);
        while !claims.views.is_empty() {
            let level = core::mem::take(&mut claims.views);
            total += level.len();
            if total > MAX_VIEWS {
                return Err(PlanError::Views);
            }
            for view in &level {
                self.claim(view.source, &mut claims)?;
            }
            levels.push(level);
        }
        self.plan.views = levels;
        self.plan.input_claims = claims.input;
        self.plan.committed_claims = claims.committed;
        Ok(())
    }

    /// A claim on tensor `id`: one more view if a sum pool is behind it.
    fn claim(&self, id: TensorId, claims: &mut Claims) -> Result<(), PlanError> {
        let id = base(&self.plan.tensors, id).ok_or(PlanError::Circuit)?;
        let tensor = self
            .plan
            .tensors
            .get(usize::from(id))
            .ok_or(PlanError::Circuit)?;
        match tensor.source {
            Source::Input => claims.input += 1,
            Source::Witness(_) => claims.committed += 1,
            Source::Sum(node) => {
                let Some(Node::SumPool { input, window }) = self.circuit.nodes().get(node) else {
                    return Err(PlanError::Circuit);
                };
                let geometry = self
                    .geometry(*input, id, window)
                    .ok_or(PlanError::Circuit)?;
                claims.views.push(ViewPlan {
                    source: *input,
                    geometry,
                });
            }
            Source::Accumulator(_) | Source::Alias(_) | Source::Permuted(..) => {
                return Err(PlanError::Circuit)
            }
        }
        Ok(())
    }
}

/// Claims met so far.
#[derive(Clone, Debug, Default)]
struct Claims {
    input: usize,
    committed: usize,
    /// Those of the next level of views.
    views: Vec<ViewPlan>,
}

#[cfg(all(test, feature = "prover"))]
mod should {
    use super::*;
    use assay_circuit::testing::{cases_of, Size};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn take_only_zeros_for_pad_cells_that_are_zero(case in cases_of(Size::default())) {
            let plan = Plan::new(case.model.circuit(), 1).unwrap();
            let output = &plan.tensors[usize::from(plan.output)];
            for input in &case.inputs {
                let trace = case.model.run(input).unwrap();
                let pads = crate::statement::pads(output.shape, output.logs, trace.padded_output());
                prop_assert!(plan.output_pads || pads.iter().all(|pad| *pad == 0));
                let sent = if plan.output_pads { pads.len() } else { 0 };
                prop_assert_eq!(plan.output_pad_cells(), sent);
            }
        }
    }
}
