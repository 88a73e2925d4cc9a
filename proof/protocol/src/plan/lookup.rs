// SPDX-License-Identifier: Apache-2.0
//! The lookups of a circuit: tables, the columns whose evaluations the prover sends, and the
//! sections of the fractional sum.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::Zero;
use assay_circuit::{Range, TensorId};

/// A lookup table. Its rows are tuples of up to three values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableForm {
    /// `(j)` for `j` in `[0, 2^width)`.
    Range {
        /// Bits.
        width: usize,
    },
    /// `(k, clamp(k))` for the keys `k` in `[-2^(width-1), 2^(width-1))`.
    Clamp {
        /// Bits of the key.
        width: usize,
        /// Image.
        range: Range,
    },
    /// `(h, s h, s)` for `h` in `[0, 2^split)` and `s` in `{0, 1}`: the low part of a wide clamp.
    Select {
        /// Bits of the low part.
        split: usize,
    },
    /// `(k, base, s)` for the high part `k` in `[-2^(width-1), 2^(width-1))` of the key of a wide
    /// clamp: `clamp(2^split k + h) = base + s h` for every `h` in `[0, 2^split)`.
    Coarse {
        /// Bits of the high part.
        width: usize,
        /// Bits of the low part.
        split: usize,
        /// Image of the clamp.
        range: Range,
    },
    /// `(k, T[k])` for the keys `k` in `[-2^(width-1), 2^(width-1))`, `T` a tensor of group A.
    Committed {
        /// Bits of the key.
        width: usize,
        /// Its index in group A.
        parameter: usize,
    },
}

impl TableForm {
    /// Variables: `2^num_vars` rows.
    pub fn num_vars(&self) -> usize {
        match *self {
            Self::Range { width }
            | Self::Clamp { width, .. }
            | Self::Coarse { width, .. }
            | Self::Committed { width, .. } => width,
            Self::Select { split } => split + 1,
        }
    }

    /// Values a row.
    pub fn arity(&self) -> usize {
        match self {
            Self::Range { .. } => 1,
            Self::Clamp { .. } | Self::Committed { .. } => 2,
            Self::Select { .. } | Self::Coarse { .. } => 3,
        }
    }
}

/// A polynomial whose evaluation at the leaf point of its size the prover sends. Every one but
/// `High` ends in a claim on a committed or virtual tensor; `High` is what the accumulator's claim
/// is derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// A tensor of the circuit.
    Tensor(TensorId),
    /// Limb `limb` of the bits that node `node` drops.
    Limb {
        /// Node index.
        node: usize,
        /// 0 for the low 12 bits.
        limb: usize,
    },
    /// The key of node `node`'s table (of a wide clamp, its high part). Not committed.
    High {
        /// Node index.
        node: usize,
    },
    /// The low part of the key of a wide clamp.
    Low {
        /// Node index.
        node: usize,
    },
    /// Whether a wide clamp passes the low part on.
    Selector {
        /// Node index.
        node: usize,
    },
    /// Selector times low part.
    Selected {
        /// Node index.
        node: usize,
    },
    /// The view of a max pool's input through one tap.
    Tap {
        /// Node index.
        node: usize,
        /// Tap index.
        tap: usize,
    },
}

/// A linear expression in columns, by index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expression(pub Vec<(usize, i64)>);

impl Expression {
    /// One column.
    pub fn column(column: usize) -> Self {
        Self([(column, 1)].into())
    }

    /// Its value for these evaluations of the columns (a missing one counts as zero; the plan names
    /// none).
    pub fn evaluate(&self, columns: &[Fr]) -> Fr {
        let value = |column: usize| columns.get(column).copied().unwrap_or_default();
        self.0
            .iter()
            .fold(Fr::zero(), |sum, (column, factor)| match factor {
                1 => sum + value(*column),
                -1 => sum - value(*column),
                _ => sum + value(*column) * Fr::from(*factor),
            })
    }
}

/// One lookup a cell of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupPlan {
    /// Variables, batch included.
    pub num_vars: usize,
    /// Index of the table.
    pub table: usize,
    /// The tuple that must be a row of the table.
    pub tuple: Vec<Expression>,
    /// What is looked up: how the prover finds the row of each cell.
    pub origin: Origin,
}

/// What a lookup is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The key and value of a node's table.
    Key {
        /// Node index.
        node: usize,
    },
    /// A limb of the bits that a node drops.
    Limb {
        /// Node index.
        node: usize,
        /// Limb index.
        limb: usize,
    },
    /// The low part of a wide clamp.
    Select {
        /// Node index.
        node: usize,
    },
    /// The difference of a max pool's output and one tap.
    Difference {
        /// Node index.
        node: usize,
        /// Tap index.
        tap: usize,
    },
}

/// A column and where a claim about it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnPlan {
    /// What it is.
    pub column: Column,
    /// Its variables, batch included.
    pub num_vars: usize,
    /// Its index in group B, of a column that the lookups alone need.
    pub witness: Option<usize>,
}

/// A part of the leaves of the fractional sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it holds.
    pub kind: SectionKind,
    /// Its variables.
    pub num_vars: usize,
    /// Index of its first leaf, a multiple of `2^num_vars`.
    pub offset: u64,
}

impl Section {
    /// The index bits above the section's own variables.
    pub fn prefix(&self) -> u64 {
        self.offset >> self.num_vars
    }
}

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// The lookups of an index.
    Lookup(usize),
    /// The rows of the table of an index.
    Table(usize),
}

/// Tables, columns and lookups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookupsPlan {
    /// The tables in use, each once. The tag of table `i` is `i + 1`.
    pub tables: Vec<TableForm>,
    /// Index in group B of the multiplicities of the first table; the others' follow.
    pub first_multiplicity: usize,
    /// The columns whose evaluations are sent, each once.
    pub columns: Vec<ColumnPlan>,
    /// Expressions in columns that must be zero at the leaf point.
    pub equations: Vec<Expression>,
    /// The lookups.
    pub lookups: Vec<LookupPlan>,
    /// The leaves of the fractional sum, largest section first.
    pub sections: Vec<Section>,
    /// How many leaves the sections have.
    pub leaves: u64,
    /// Where each tensor's column is.
    tensors: BTreeMap<TensorId, usize>,
}

impl LookupsPlan {
    /// The index of a table, which is added if it isn't there. There are as many as the circuit
    /// has, and some range tables.
    pub fn table(&mut self, form: TableForm) -> usize {
        match self.tables.iter().position(|other| *other == form) {
            Some(index) => index,
            None => {
                self.tables.push(form);
                self.tables.len() - 1
            }
        }
    }

    /// The index of a tensor's column, which is added if it isn't there.
    pub fn tensor(&mut self, id: TensorId, num_vars: usize) -> usize {
        match self.tensors.get(&id) {
            Some(index) => *index,
            None => {
                let index = self.push(Column::Tensor(id), num_vars, None);
                self.tensors.insert(id, index);
                index
            }
        }
    }

    /// Adds a column that no other node needs.
    pub fn push(&mut self, column: Column, num_vars: usize, witness: Option<usize>) -> usize {
        self.columns.push(ColumnPlan {
            column,
            num_vars,
            witness,
        });
        self.columns.len() - 1
    }

    /// Lays out the sections: largest first, equal ones in the order of lookups, then tables.
    pub fn lay_out(&mut self) {
        let lookups = self.lookups.iter().enumerate();
        let lookups = lookups.map(|(i, lookup)| (SectionKind::Lookup(i), lookup.num_vars));
        let tables = self.tables.iter().enumerate();
        let tables = tables.map(|(i, form)| (SectionKind::Table(i), form.num_vars()));
        let mut sections: Vec<(SectionKind, usize)> = lookups.chain(tables).collect();
        sections.sort_by_key(|(_, num_vars)| core::cmp::Reverse(*num_vars));
        self.leaves = 0;
        for (kind, num_vars) in sections {
            self.sections.push(Section {
                kind,
                num_vars,
                offset: self.leaves,
            });
            // A section has at most 2^28 leaves and there are fewer than 2^16 sections.
            self.leaves += 1 << num_vars;
        }
    }

    /// Variables of the fractional sum; `None` without lookups.
    pub fn leaf_vars(&self) -> Option<usize> {
        (self.leaves > 0).then(|| self.leaves.next_power_of_two().trailing_zeros() as usize)
    }
}
