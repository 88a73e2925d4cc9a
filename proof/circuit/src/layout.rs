// SPDX-License-Identifier: Apache-2.0
//! The tensors that a circuit leaves open: which there are, in which order, and their padded form.

use alloc::vec::Vec;

use crate::{
    circuit::Circuit,
    types::{Definition, Node, Range, Shape, Table, TableId, TensorId, Term},
    validate::ceil_log2,
};

/// Names one parameter tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParameterId {
    /// The weights of a term.
    Weights {
        /// The node.
        node: u16,
        /// Index of the term in the node.
        term: u8,
    },
    /// The bias of a node.
    Bias {
        /// The node.
        node: u16,
    },
    /// The values of a committed table.
    Table {
        /// The table.
        table: TableId,
    },
}

impl core::fmt::Display for ParameterId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Weights { node, term } => write!(f, "weights of node {node}, term {term}"),
            Self::Bias { node } => write!(f, "bias of node {node}"),
            Self::Table { table } => write!(f, "table {table}"),
        }
    }
}

/// Shape and values of one parameter tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterTensor {
    /// Where it belongs.
    pub id: ParameterId,
    /// Position in its list of [`Parameters`](crate::Parameters).
    pub position: usize,
    /// Logical extents, outermost first.
    ///
    /// | tensor | extents |
    /// | --- | --- |
    /// | weights of a Gemm | `[O, C, H, W]`, the input's shape inside |
    /// | weights of a convolution | `[G, O/G, C/G, kernel[0] * kernel[1]]` |
    /// | bias | `[C, 1, 1, 1]` |
    /// | table | `[2^width, 1, 1, 1]`, the smallest key first |
    pub dims: [u32; 4],
    /// Holds every value; the padding is 0.
    pub range: Range,
}

impl ParameterTensor {
    /// Binary logarithms of the padded extents.
    pub fn log_dims(&self) -> [u8; 4] {
        self.dims.map(ceil_log2)
    }

    /// Binary logarithm of the padded cells.
    pub fn log_size(&self) -> u8 {
        self.log_dims().iter().sum()
    }

    /// Number of logical values.
    pub fn cells(&self) -> u64 {
        self.dims.iter().fold(1, |product: u64, &dim| {
            product.saturating_mul(u64::from(dim))
        })
    }

    /// Number of padded cells.
    pub fn padded_cells(&self) -> u64 {
        1u64.checked_shl(u32::from(self.log_size()))
            .unwrap_or(u64::MAX)
    }

    /// The values as padded tensor, row-major, pads 0, from the logical ones. Values that `logical`
    /// lacks are 0.
    pub fn pad<T: Copy + Default>(&self, logical: &[T]) -> Vec<T> {
        let mut padded = alloc::vec![T::default(); self.padded_cells() as usize];
        let [_, log_b, log_c, log_d] = self.log_dims();
        let [_, b, c, d] = self.dims.map(|dim| dim as usize);
        for (row, values) in logical.chunks(d).enumerate() {
            let (row, i_c) = (row / c, row % c);
            let (i_a, i_b) = (row / b, row % b);
            let start = ((((i_a << log_b) + i_b) << log_c) + i_c) << log_d;
            if let Some(target) = padded.get_mut(start..start + values.len()) {
                target.copy_from_slice(values);
            }
        }
        padded
    }
}

/// Calls `each` with every parameter tensor of a definition: weights in node order then term order,
/// then biases, then committed tables. `shape_of` gives the shape of a tensor.
///
/// The definition has valid weight bits, groups and widths.
pub(crate) fn for_each_parameter_tensor(
    definition: &Definition,
    shape_of: impl Fn(TensorId) -> Shape,
    mut each: impl FnMut(ParameterTensor),
) {
    let linear_nodes = || {
        (0u16..)
            .zip(&definition.nodes)
            .filter_map(|(index, node)| match node {
                Node::Linear(linear) => Some((index, linear)),
                _ => None,
            })
    };
    let weighted = linear_nodes().flat_map(|(node, linear)| {
        let terms = (0u8..).zip(&linear.terms);
        terms.map(move |(term, summand)| (node, linear.shape.channels, term, summand))
    });
    let mut position = 0;
    for (node, outputs, term, summand) in weighted {
        let (dims, bits) = match summand {
            Term::Gemm { input, weight_bits } => {
                let [channels, height, width] = shape_of(*input).dims();
                ([outputs, channels, height, width], *weight_bits)
            }
            Term::Conv {
                input,
                window,
                groups,
                weight_bits,
            } => {
                let inputs = shape_of(*input).channels;
                (
                    [*groups, outputs / groups, inputs / groups, window.taps()],
                    *weight_bits,
                )
            }
            Term::Scale { .. } => continue,
        };
        let high = (1i32 << (bits - 1)) - 1;
        let range = Range { low: -high, high };
        each(ParameterTensor {
            id: ParameterId::Weights { node, term },
            position,
            dims,
            range,
        });
        position += 1;
    }
    let biased = linear_nodes().filter(|(_, linear)| linear.bias);
    for (position, (node, linear)) in biased.enumerate() {
        each(ParameterTensor {
            id: ParameterId::Bias { node },
            position,
            dims: [linear.shape.channels, 1, 1, 1],
            range: Range {
                low: i32::MIN,
                high: i32::MAX,
            },
        });
    }
    let committed = (0u16..)
        .zip(&definition.tables)
        .filter_map(|(index, table)| match table {
            Table::Committed { width, range } => Some((index, *width, *range)),
            Table::Clamp { .. } => None,
        });
    for (position, (table, width, range)) in committed.enumerate() {
        let dims = [1 << width, 1, 1, 1];
        each(ParameterTensor {
            id: ParameterId::Table { table },
            position,
            dims,
            range,
        });
    }
}

impl Circuit {
    /// Every parameter tensor: weights in node order then term order, then biases in node order,
    /// then committed tables in table order.
    pub fn parameter_layout(&self) -> Vec<ParameterTensor> {
        let mut layout = Vec::new();
        let shape_of = |id| self.tensors()[usize::from(id)].shape;
        for_each_parameter_tensor(self.definition(), shape_of, |tensor| layout.push(tensor));
        layout
    }
}
