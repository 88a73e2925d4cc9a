// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with a circuit, its parameters or its input. Each error names the place.

use crate::layout::ParameterId;
use crate::types::{Range, Shape, TableId, TensorId};

/// Why a definition or its encoding isn't a circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// The encoding is longer than [`MAX_CIRCUIT_BYTES`](crate::limits::MAX_CIRCUIT_BYTES).
    #[error("{bytes} bytes are more than a circuit may have")]
    TooLong {
        /// Length of the encoding.
        bytes: usize,
    },
    /// Bytes that are not the SCALE encoding of a definition, or a list longer than its limit.
    #[error("malformed encoding at byte {offset}")]
    Malformed {
        /// Bytes read before decoding failed.
        offset: usize,
    },
    /// Bytes after the end of the circuit.
    #[error("{bytes} bytes follow the circuit")]
    TrailingBytes {
        /// Number of them.
        bytes: usize,
    },
    /// A version of the format that this crate does not know.
    #[error("circuit version {version} is not supported")]
    Version {
        /// What the definition says.
        version: u16,
    },
    /// The shape of the input.
    #[error("input: {0}")]
    InputShape(ShapeError),
    /// The range of the input is empty, lacks 0 or spans more than 16 bits.
    #[error("input range [{}, {}] is empty, lacks 0 or spans more than 16 bits", .range.low, .range.high)]
    InputRange {
        /// The range.
        range: Range,
    },
    /// More than [`MAX_TABLES`](crate::limits::MAX_TABLES) tables.
    #[error("{count} tables are too many")]
    TableCount {
        /// Their number.
        count: usize,
    },
    /// A table.
    #[error("table {table}: {error}")]
    Table {
        /// Its index.
        table: TableId,
        /// What is wrong.
        error: TableError,
    },
    /// A table that no node uses.
    #[error("table {table} is not used")]
    UnusedTable {
        /// Its index.
        table: TableId,
    },
    /// No nodes, or more than [`MAX_NODES`](crate::limits::MAX_NODES).
    #[error("{count} nodes: there must be at least one and not more than the limit")]
    NodeCount {
        /// Their number.
        count: usize,
    },
    /// A node.
    #[error("node {node}: {error}")]
    Node {
        /// Its index.
        node: u16,
        /// What is wrong.
        error: NodeError,
    },
    /// A node whose result does not reach the output.
    #[error("node {node} does not contribute to the output")]
    DeadNode {
        /// Its index.
        node: u16,
    },
    /// The output is not the tensor of the last node.
    #[error("the output is tensor {tensor}, not that of the last node")]
    Output {
        /// What the definition says.
        tensor: TensorId,
    },
    /// The output has more than [`MAX_OUTPUT_CELLS`](crate::limits::MAX_OUTPUT_CELLS) padded cells.
    #[error("the output has {cells} padded cells, too many")]
    OutputCells {
        /// Padded cells.
        cells: u64,
    },
    /// More than [`MAX_TRACE_CELLS`](crate::limits::MAX_TRACE_CELLS) cells in all tensors.
    #[error("the trace has {cells} padded cells, too many")]
    TraceCells {
        /// Padded cells up to and with the node that was too much.
        cells: u64,
    },
    /// More than [`MAX_PARAMETER_CELLS`](crate::limits::MAX_PARAMETER_CELLS) padded or
    /// [`MAX_LOGICAL_PARAMETERS`](crate::limits::MAX_LOGICAL_PARAMETERS) unpadded cells in the
    /// parameters.
    #[error("the parameters have {logical} cells, {padded} with padding, too many")]
    ParameterCells {
        /// Unpadded cells.
        logical: u64,
        /// Padded cells.
        padded: u64,
    },
}

/// Why a shape isn't one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// An extent is 0.
    #[error("an extent is zero")]
    Zero,
    /// The padded tensor has too many cells.
    #[error("too many cells")]
    TooLarge,
}

/// What is wrong with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The width is 0 or above the limit for this kind of table.
    #[error("a key of {width} bits")]
    Width {
        /// Bits of the key.
        width: u8,
    },
    /// The range is empty or leaves 16 bits: `-2^16 < low <= high < 2^16`, `high - low < 2^16`.
    #[error("the range [{}, {}] is empty or leaves 16 bits", .range.low, .range.high)]
    Range {
        /// The range.
        range: Range,
    },
    /// The range of a clamp is neither `[0, 2^b - 1]` nor `[-2^(b-1), 2^(b-1) - 1]`, or leaves its
    /// keys.
    #[error("a clamp of {width} bits to [{}, {}] has no closed form", .range.low, .range.high)]
    ClampRange {
        /// Bits of the key.
        width: u8,
        /// The range.
        range: Range,
    },
}

/// What is wrong with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// It reads a tensor that does not exist or isn't computed before it.
    #[error("tensor {tensor} is not computed before it")]
    UnknownTensor {
        /// The tensor.
        tensor: TensorId,
    },
    /// It uses a table that does not exist.
    #[error("table {table} does not exist")]
    UnknownTable {
        /// The table.
        table: TableId,
    },
    /// Its output's shape.
    #[error("output: {0}")]
    Shape(ShapeError),
    /// A linear node without `requantise` that isn't the output.
    #[error("only the output may be a raw accumulator")]
    RawNotOutput,
    /// A linear node with no terms or more than [`MAX_TERMS`](crate::limits::MAX_TERMS).
    #[error("{count} terms")]
    TermCount {
        /// Their number.
        count: usize,
    },
    /// A term of a linear node.
    #[error("term {term}: {error}")]
    Term {
        /// Its index.
        term: u8,
        /// What is wrong.
        error: TermError,
    },
    /// A shift above [`MAX_SHIFT`](crate::limits::MAX_SHIFT).
    #[error("a shift of {shift} bits")]
    Shift {
        /// Bits dropped.
        shift: u8,
    },
    /// A lookup whose input's range is wider than the keys.
    #[error("keys of {width} bits do not cover the input range [{}, {}]", .range.low, .range.high)]
    LookupKeys {
        /// Bits of the key.
        width: u8,
        /// Range of the input.
        range: Range,
    },
    /// The window of a pool.
    #[error("window: {0}")]
    Window(WindowError),
    /// A max pool with more than [`MAX_POOL_TAPS`](crate::limits::MAX_POOL_TAPS) taps.
    #[error("a max pool of {taps} taps")]
    PoolTaps {
        /// Taps.
        taps: u32,
    },
    /// A max pool over codes that span more than [`MAX_RANGE_BITS`](crate::limits::MAX_RANGE_BITS).
    #[error("a max pool over codes of {bits} bits")]
    PoolBits {
        /// Bits of the input's range.
        bits: u8,
    },
    /// A sum pool whose sums leave `i32`.
    #[error("the sums leave 32 bits")]
    SumRange,
    /// The axes of a transposition are not a permutation of 0, 1, 2.
    #[error("axes {axes:?} are not a permutation")]
    Axes {
        /// The axes.
        axes: [u8; 3],
    },
    /// A reshape under which some logical cell changes its padded flat index.
    #[error("cells move between {from:?} and {to:?}")]
    Reshape {
        /// Shape of the input.
        from: Shape,
        /// Shape of the output.
        to: Shape,
    },
}

/// What is wrong with a term of a linear node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermError {
    /// It reads a tensor that does not exist or isn't computed before the node.
    #[error("tensor {tensor} is not computed before it")]
    UnknownTensor {
        /// The tensor.
        tensor: TensorId,
    },
    /// The term makes another shape than the node declares.
    #[error("makes the shape {made:?}, not the declared one")]
    Shape {
        /// What the term makes.
        made: Shape,
    },
    /// Bits of a weight outside [`WEIGHT_BITS`](crate::limits::WEIGHT_BITS).
    #[error("weights of {bits} bits")]
    WeightBits {
        /// The bits.
        bits: u8,
    },
    /// The groups do not divide the channels, or are several and hold a number of channels that is
    /// no power of two.
    #[error("{groups} groups of {inputs} input and {outputs} output channels")]
    Groups {
        /// Groups.
        groups: u32,
        /// Input channels in all.
        inputs: u32,
        /// Output channels in all.
        outputs: u32,
    },
    /// A factor of 0.
    #[error("a factor of zero")]
    ZeroFactor,
    /// The window of a convolution.
    #[error("window: {0}")]
    Window(WindowError),
}

/// What is wrong with a window along an axis (0 height, 1 width).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// Kernel, stride or dilation of 0.
    #[error("kernel, stride or dilation of zero along axis {axis}")]
    Zero {
        /// The axis.
        axis: u8,
    },
    /// The kernel exceeds [`MAX_KERNEL_EXTENT`](crate::limits::MAX_KERNEL_EXTENT).
    #[error("a kernel of {extent} taps along axis {axis}")]
    Kernel {
        /// The axis.
        axis: u8,
        /// Taps along it.
        extent: u16,
    },
    /// More than [`MAX_TAPS`](crate::limits::MAX_TAPS) taps.
    #[error("{taps} taps")]
    Taps {
        /// Taps.
        taps: u32,
    },
    /// Padding at least as wide as the dilated kernel.
    #[error("padding not smaller than the dilated kernel along axis {axis}")]
    Padding {
        /// The axis.
        axis: u8,
    },
    /// The dilated kernel is larger than the padded input: no output cell.
    #[error("the dilated kernel does not fit along axis {axis}")]
    TooSmall {
        /// The axis.
        axis: u8,
    },
}

/// Why parameters do not belong to a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// Bytes that are not the SCALE encoding of this circuit's parameters.
    #[error("malformed encoding at byte {offset}")]
    Malformed {
        /// Bytes read before decoding failed.
        offset: usize,
    },
    /// Bytes after the end.
    #[error("{bytes} bytes follow the parameters")]
    TrailingBytes {
        /// Number of them.
        bytes: usize,
    },
    /// The wrong number of tensors of a kind.
    #[error("{found} tensors of {list}, {expected} expected")]
    Count {
        /// Which list.
        list: ParameterList,
        /// Tensors that the circuit has.
        expected: usize,
        /// Tensors given.
        found: usize,
    },
    /// A tensor of the wrong length.
    #[error("{tensor}: {found} values, {expected} expected")]
    Length {
        /// Which tensor.
        tensor: ParameterId,
        /// Values that the circuit has.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// A weight wider than the circuit says.
    #[error("node {node}, term {term}: weight {value} does not fit {bits} bits")]
    Weight {
        /// The node.
        node: u16,
        /// The term of the node.
        term: u8,
        /// The weight.
        value: i16,
        /// Bits of the term's weights.
        bits: u8,
    },
    /// A value outside the range of its table.
    #[error("table {table}: value {value} of key {key} leaves the range")]
    TableValue {
        /// The table.
        table: TableId,
        /// The key.
        key: i32,
        /// Its value.
        value: i32,
    },
    /// Some input in range may bring a sum, in some order of its summands, out of `i32`.
    #[error("node {node}, channel {channel}: sums in [{low}, {high}] leave 32 bits")]
    Accumulator {
        /// The node.
        node: u16,
        /// The padded channel.
        channel: u32,
        /// Smallest sum.
        low: i64,
        /// Largest sum.
        high: i64,
    },
    /// Some input in range may bring `acc >> shift` out of the table's keys.
    #[error("node {node}, channel {channel}: keys in [{low}, {high}] leave {width} bits")]
    Key {
        /// The node.
        node: u16,
        /// The padded channel.
        channel: u32,
        /// Smallest key.
        low: i64,
        /// Largest key.
        high: i64,
        /// Bits of the table's key.
        width: u8,
    },
}

/// One of the lists of [`Parameters`](crate::Parameters).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterList {
    /// Weights.
    Weights,
    /// Biases.
    Biases,
    /// Values of committed tables.
    Tables,
}

impl core::fmt::Display for ParameterList {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Weights => "weights",
            Self::Biases => "biases",
            Self::Tables => "tables",
        })
    }
}

/// Why a tensor isn't an input of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The wrong number of values.
    #[error("{found} values, {expected} expected")]
    Length {
        /// Logical cells of the input.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// A value outside the input range.
    #[error("value {value} of cell {cell} leaves the range [{}, {}]", .range.low, .range.high)]
    Value {
        /// Index in row-major order.
        cell: usize,
        /// The value.
        value: i32,
        /// The range.
        range: Range,
    },
}
