// SPDX-License-Identifier: Apache-2.0
//! What a circuit costs to prove and to verify, from its shape alone.

use alloc::vec::Vec;

use codec::Encode;

use crate::{
    circuit::Circuit,
    layout::ParameterId,
    limits::{MAX_BATCH, MAX_RANGE_BITS, MAX_TABLE_WIDTH, WIDE_CLAMP_LOW_BITS},
    tensor::TensorKind,
    types::{Node, Table, TableId, Term},
};

/// The numbers that the price of a verification depends on. Sizes are padded cells of a whole
/// batch, itself padded to a power of two, unless they say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitCost {
    /// Inputs in the batch, before padding.
    pub batch: u32,
    /// Binary logarithm of the padded batch.
    pub log_batch: u8,
    /// Bytes of the encoded circuit, which a verifier decodes.
    pub circuit_bytes: u64,
    /// Padded cells of the inputs, which a verifier evaluates by itself.
    pub input_cells: u64,
    /// Padded cells of the outputs, which a verifier evaluates by itself.
    pub output_cells: u64,
    /// Unpadded values of the inputs: what a job carries.
    pub input_values: u64,
    /// Unpadded values of the outputs.
    pub output_values: u64,
    /// Every section of the lookup argument, largest first.
    pub sections: Vec<LookupSection>,
    /// Leaves of all sections.
    pub lookup_leaves: u64,
    /// Binary logarithm of the lookup tree: the smallest that holds all leaves.
    pub log_lookup_leaves: u8,
    /// Cells of the witness commitment: codes, low limbs, high parts of wide clamps,
    /// multiplicities.
    pub witness_cells: u64,
    /// Padded cells of weights and biases. Independent of the batch.
    pub parameter_cells: u64,
    /// Cells of committed tables. Independent of the batch.
    pub table_cells: u64,
    /// Unpadded weights, biases and table values.
    pub parameters: u64,
    /// Linear nodes.
    pub linear_nodes: u32,
    /// Weighted terms of linear nodes: summands of the batched linear sumcheck.
    pub weighted_terms: u32,
    /// Terms and pools that read through a window: summands of the view sumchecks.
    pub windows: u32,
    /// Sum of `kernel[0] + kernel[1] + output and input extents` over those windows: a verifier's
    /// work on the wirings.
    pub window_extents: u64,
    /// Max pools.
    pub max_pools: u32,
    /// Multiply-accumulates of the inputs of the batch on logical cells, out-of-bounds taps
    /// included: the work of running the model. Additions and comparisons of pools count as one
    /// each.
    pub multiply_accumulates: u64,
}

/// One section of the lookup argument: lookups of one kind made for one tensor, or the rows of a
/// table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookupSection {
    /// What it is for.
    pub kind: SectionKind,
    /// Binary logarithm of its leaves.
    pub log_leaves: u8,
}

/// The purpose of a [`LookupSection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SectionKind {
    /// Codes of a node in its table, or the high parts of its keys in the table of a wide clamp.
    Codes {
        /// The node.
        node: u16,
    },
    /// A limb of what a requantisation drops, in the range table of `bits`.
    Limb {
        /// The node.
        node: u16,
        /// Bits of the limb, at most [`MAX_RANGE_BITS`].
        bits: u8,
    },
    /// Low parts of the keys of a wide clamp, in the range table of [`WIDE_CLAMP_LOW_BITS`].
    KeyLow {
        /// The node.
        node: u16,
    },
    /// The difference of a max pool's result and one tap, in the range table of `bits`.
    PoolTap {
        /// The node.
        node: u16,
        /// Index of the tap.
        tap: u8,
        /// Bits of the codes.
        bits: u8,
    },
    /// Rows of a table of the circuit; of a wide clamp, rows of its table of high parts.
    Table {
        /// The table.
        table: TableId,
    },
    /// Rows of the range table of `bits`.
    Range {
        /// Bits.
        bits: u8,
    },
}

impl Circuit {
    /// The cost of one proof for `batch` inputs, `None` unless `1 <= batch <= `[`MAX_BATCH`].
    pub fn cost(&self, batch: u32) -> Option<CircuitCost> {
        if batch == 0 || batch > MAX_BATCH {
            return None;
        }
        let log_batch = batch.next_power_of_two().trailing_zeros() as u8;
        let (input, output) = (self.input(), self.output());
        let layout = self.parameter_layout();
        let mut cost = CircuitCost {
            batch,
            log_batch,
            circuit_bytes: self.encoded_size() as u64,
            input_cells: (input.size() as u64) << log_batch,
            output_cells: (output.size() as u64) << log_batch,
            input_values: input.shape.cells() * u64::from(batch),
            output_values: output.shape.cells() * u64::from(batch),
            sections: Vec::new(),
            lookup_leaves: 0,
            log_lookup_leaves: 0,
            witness_cells: 0,
            parameter_cells: 0,
            table_cells: 0,
            parameters: layout.iter().map(|tensor| tensor.cells()).sum(),
            linear_nodes: 0,
            weighted_terms: 0,
            windows: 0,
            window_extents: 0,
            max_pools: 0,
            multiply_accumulates: 0,
        };
        for tensor in &layout {
            match tensor.id {
                ParameterId::Table { .. } => cost.table_cells += tensor.padded_cells(),
                _ => cost.parameter_cells += tensor.padded_cells(),
            }
        }
        for node in 0..self.nodes().len() {
            cost.count_node(self, node);
        }
        cost.multiply_accumulates = cost.multiply_accumulates.saturating_mul(u64::from(batch));
        cost.add_table_sections(self);
        cost.sections
            .sort_by_key(|section| (core::cmp::Reverse(section.log_leaves), section.kind));
        cost.lookup_leaves = cost
            .sections
            .iter()
            .map(|section| 1u64 << section.log_leaves)
            .sum();
        cost.log_lookup_leaves = cost.lookup_leaves.next_power_of_two().trailing_zeros() as u8;
        Some(cost)
    }
}

impl CircuitCost {
    fn count_node(&mut self, circuit: &Circuit, index: usize) {
        let info = circuit.tensors()[index + 1];
        let cells = info.shape.cells();
        let log_leaves = info.log_size() + self.log_batch;
        let node = index as u16;
        let shape_of = |id: u16| circuit.tensors()[usize::from(id)].shape;
        if info.kind == TensorKind::Committed {
            self.witness_cells += 1 << log_leaves;
        }
        match &circuit.nodes()[index] {
            Node::Linear(linear) => {
                self.linear_nodes += 1;
                for term in &linear.terms {
                    self.weighted_terms += u32::from(!matches!(term, Term::Scale { .. }));
                    let products = match term {
                        Term::Gemm { input, .. } => shape_of(*input).cells(),
                        Term::Conv {
                            input,
                            window,
                            groups,
                            ..
                        } => {
                            let input = shape_of(*input);
                            self.count_window(window.kernel, input.dims(), info.shape.dims());
                            u64::from(input.channels / groups) * u64::from(window.taps())
                        }
                        Term::Scale { .. } => 1,
                    };
                    self.add_work(cells, products);
                }
                if let Some(requantise) = linear.requantise {
                    self.add_codes(circuit, node, requantise.table, log_leaves);
                    self.add_limbs(node, requantise.shift, log_leaves);
                }
            }
            Node::Lookup { table, .. } => self.add_codes(circuit, node, *table, log_leaves),
            Node::MaxPool { input, window } => {
                self.max_pools += 1;
                self.count_window(window.kernel, shape_of(*input).dims(), info.shape.dims());
                self.add_work(cells, u64::from(window.taps()));
                let bits = info.range.bits();
                // At most MAX_POOL_TAPS of them.
                for tap in 0..window.taps() as u8 {
                    self.add_section(SectionKind::PoolTap { node, tap, bits }, log_leaves);
                }
            }
            Node::SumPool { input, window } => {
                self.count_window(window.kernel, shape_of(*input).dims(), info.shape.dims());
                self.add_work(cells, u64::from(window.taps()));
            }
            Node::Transpose { .. } | Node::Reshape { .. } => {}
        }
    }

    fn add_work(&mut self, cells: u64, each: u64) {
        self.multiply_accumulates = self
            .multiply_accumulates
            .saturating_add(cells.saturating_mul(each));
    }

    fn count_window(&mut self, kernel: [u16; 2], from: [u32; 3], to: [u32; 3]) {
        self.windows += 1;
        self.window_extents += kernel.iter().map(|&extent| u64::from(extent)).sum::<u64>();
        self.window_extents += from[1..]
            .iter()
            .chain(&to[1..])
            .map(|&extent| u64::from(extent))
            .sum::<u64>();
    }

    fn add_section(&mut self, kind: SectionKind, log_leaves: u8) {
        self.sections.push(LookupSection { kind, log_leaves });
    }

    fn add_codes(&mut self, circuit: &Circuit, node: u16, table: TableId, log_leaves: u8) {
        self.add_section(SectionKind::Codes { node }, log_leaves);
        if circuit.tables()[usize::from(table)].width() > MAX_TABLE_WIDTH {
            self.add_section(SectionKind::KeyLow { node }, log_leaves);
            // The selector and the base of the high part, and the low part.
            self.witness_cells += 3 << log_leaves;
        }
    }

    fn add_limbs(&mut self, node: u16, shift: u8, log_leaves: u8) {
        let mut rest = shift;
        while rest > 0 {
            let bits = rest.min(MAX_RANGE_BITS);
            self.add_section(SectionKind::Limb { node, bits }, log_leaves);
            self.witness_cells += 1 << log_leaves;
            rest -= bits;
        }
    }

    /// One section for each table of the circuit, and for each range table that some section looks
    /// up.
    fn add_table_sections(&mut self, circuit: &Circuit) {
        let mut ranges = [false; 1 + MAX_RANGE_BITS as usize];
        for section in &self.sections {
            match section.kind {
                SectionKind::Limb { bits, .. } | SectionKind::PoolTap { bits, .. } => {
                    ranges[usize::from(bits)] = true;
                }
                SectionKind::KeyLow { .. } => ranges[usize::from(WIDE_CLAMP_LOW_BITS)] = true,
                _ => {}
            }
        }
        for (table, entry) in (0..).zip(circuit.tables()) {
            let log_rows = match entry {
                Table::Clamp { width, .. } if *width > MAX_TABLE_WIDTH => {
                    width - WIDE_CLAMP_LOW_BITS
                }
                _ => entry.width(),
            };
            self.add_section(SectionKind::Table { table }, log_rows);
            self.witness_cells += 1 << log_rows;
        }
        for (bits, _) in (0u8..).zip(ranges).filter(|(_, used)| *used) {
            self.add_section(SectionKind::Range { bits }, bits);
            self.witness_cells += 1 << bits;
        }
    }
}
