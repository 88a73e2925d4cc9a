// SPDX-License-Identifier: Apache-2.0
//! What an integer circuit consists of. The meaning of every item is written beside it, for *padded* tensors: each axis
//! of a tensor is padded to a power of two and every cell, pads included, obeys the equation of the node that makes it.
//!
//! Notation: a tensor `X` has the logical shape `[C, H, W]` and the padded shape `[C', H', W']`; `X[c, h, w]` is defined for
//! every padded index. Batches stand outside: every equation holds for each input of a batch on its own.

use alloc::vec::Vec;
use codec::{Decode, Encode};

/// A tensor of a circuit: 0 is the input, `i + 1` the output of node `i`.
pub type TensorId = u16;

/// An index into [`Circuit::tables`].
pub type TableId = u16;

/// A static graph over signed-integer tensors. It is total: every input whose codes are in range has exactly one output
/// and one trace, whatever the device and the order of summation.
///
/// It holds no weights: those are [`Parameters`], bound to the circuit by the model commitment of the proof system.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Circuit {
    /// [`CIRCUIT_VERSION`](crate::CIRCUIT_VERSION) of the format and of the semantics.
    pub version: u16,
    /// Logical shape of one input.
    pub input_shape: Shape,
    /// Codes that an input may hold. Contains 0 and spans at most 16 bits.
    pub input_range: Range,
    /// Activation tables; nodes refer to them by index, several nodes may share one.
    pub tables: Vec<Table>,
    /// The nodes in topological order: a node reads only tensors with a smaller id than its own output.
    pub nodes: Vec<Node>,
    /// The tensor that is the circuit's output.
    pub output: TensorId,
}

/// Logical extents of a tensor: channels, height, width, each at least 1.
///
/// A vector is `[n, 1, 1]`; a sequence of `t` vectors is `[d, t, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Shape {
    /// Channels, the outermost axis.
    pub channels: u32,
    /// Height.
    pub height: u32,
    /// Width, the innermost axis.
    pub width: u32,
}

/// A closed interval of integers, `low <= high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Range {
    /// Smallest member.
    pub low: i32,
    /// Largest member.
    pub high: i32,
}

/// A function from `width`-bit signed keys to codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Table {
    /// `T(k) = clamp(k, range.low, range.high)`: requantisation with or without Relu or Clip. The range is `[0, 2^b - 1]`
    /// or `[-2^(b-1), 2^(b-1) - 1]` with `1 <= b <= 16`, so that the multilinear extension has a closed form.
    /// Width up to [`MAX_CLAMP_WIDTH`](crate::limits::MAX_CLAMP_WIDTH).
    Clamp {
        /// Bits of the key, which is in `[-2^(width-1), 2^(width-1))`.
        width: u8,
        /// Image of the table.
        range: Range,
    },
    /// Any function; its `2^width` values are [`Parameters::tables`] and part of the model commitment.
    /// Width up to [`MAX_TABLE_WIDTH`](crate::limits::MAX_TABLE_WIDTH).
    Committed {
        /// Bits of the key, which is in `[-2^(width-1), 2^(width-1))`.
        width: u8,
        /// An interval that holds every value.
        range: Range,
    },
}

/// One operation. Its output tensor's shape and range follow from its inputs'.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Node {
    /// Sum of linear terms and a bias, then requantised and activated, or raw.
    Linear(Linear),
    /// `Y = T(X)` element by element. The range of `X` fits the table's keys.
    Lookup {
        /// `X`.
        input: TensorId,
        /// `T`.
        table: TableId,
    },
    /// `Y[c, i, j] = max over taps of V`, where `V` is `X` at the tap's source when `(i, j)` is inside the logical output
    /// and the source inside the logical input, and the smallest code of `X`'s range otherwise. At most
    /// [`MAX_POOL_TAPS`](crate::limits::MAX_POOL_TAPS) taps: the compiler composes larger windows of smaller ones.
    MaxPool {
        /// `X`.
        input: TensorId,
        /// Which cells a window reads.
        window: Window,
    },
    /// `Y[c, i, j] = sum over taps of V`, `V` as in [`Node::MaxPool`] but 0 otherwise. Not requantised: the divisor of an average
    /// belongs to the scale. Virtual: nothing is committed.
    SumPool {
        /// `X`.
        input: TensorId,
        /// Which cells a window reads.
        window: Window,
    },
    /// `Y[a] = X[b]` with `b[axes[i]] = a[i]` on padded indices: output axis `i` is input axis `axes[i]`. Virtual.
    Transpose {
        /// `X`.
        input: TensorId,
        /// A permutation of `0, 1, 2`.
        axes: [u8; 3],
    },
    /// The same cells under another shape. Valid only if every logical cell keeps its padded flat index (for example
    /// when all merged or split inner extents are powers of two). Virtual.
    Reshape {
        /// `X`.
        input: TensorId,
        /// The new logical shape.
        shape: Shape,
    },
}

/// `acc = sum of terms + bias`, in exact integers that fit in `i32` for every input in range (a property of the parameters,
/// checked by [`crate::Model::new`]).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Linear {
    /// Logical shape of the output.
    pub shape: Shape,
    /// 1 to [`MAX_TERMS`](crate::limits::MAX_TERMS) terms.
    pub terms: Vec<Term>,
    /// Whether there is a bias, one `i32` for each logical channel, added at **every** padded `(h, w)` of that channel; pad channels
    /// have none. The compiler folds the rounding term `2^(shift-1)` into it.
    pub bias: bool,
    /// What happens to `acc`.
    pub requantise: Option<Requantise>,
}

/// `Y = T(acc >> shift)` with the floor shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Requantise {
    /// Bits dropped, up to [`MAX_SHIFT`](crate::limits::MAX_SHIFT).
    pub shift: u8,
    /// `T`; `acc >> shift` fits its key width for every input in range.
    pub table: TableId,
}

/// One summand of a [`Linear`] node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Term {
    /// `acc[o, 0, 0] += sum_k W[o, k] X[k]` with `k` the padded flat index of `X`; the output shape is `[O, 1, 1]`. `W` is 0 for every `k`
    /// that is a pad cell and every pad `o`.
    Gemm {
        /// `X`.
        input: TensorId,
        /// Bits of a weight: it is in `[-(2^(bits-1) - 1), 2^(bits-1) - 1]`, `2 <= bits <= 12`.
        weight_bits: u8,
    },
    /// `acc[g O/G + o, i, j] += sum_{c, u, v} W[g, o, c, u, v] V[g C/G + c, u, v, i, j]`, where `V` is `X` at the tap's source if `(i, j)` is inside
    /// the logical output and the source inside the logical input, and 0 otherwise. With more than one group `C/G` and `O/G` are powers of two
    /// (the compiler makes other grouped convolutions dense).
    Conv {
        /// `X`.
        input: TensorId,
        /// Kernel, stride, dilation, padding.
        window: Window,
        /// `G`, divides both channel counts.
        groups: u32,
        /// As in [`Term::Gemm`].
        weight_bits: u8,
    },
    /// `acc += factor * X`, on every padded cell; `X` has the node's shape.
    Scale {
        /// `X`.
        input: TensorId,
        /// Not 0.
        factor: i32,
    },
}

/// How a window slides over height and width. Tap `(u, v)` of output cell `(i, j)` reads the source
/// `(i stride[0] + u dilation[0] - pad_begin[0], j stride[1] + v dilation[1] - pad_begin[1])`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Window {
    /// Taps along height and width, each at least 1.
    pub kernel: [u16; 2],
    /// Steps, each at least 1.
    pub stride: [u16; 2],
    /// Distance between taps, at least 1.
    pub dilation: [u16; 2],
    /// Padding before the first cell, less than the dilated kernel.
    pub pad_begin: [u16; 2],
    /// Padding after the last cell, less than the dilated kernel.
    pub pad_end: [u16; 2],
}

/// The values that a circuit leaves open, unpadded, in the order of [`Circuit::parameter_layout`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Parameters {
    /// For each weighted term, in node order then term order: a row-major tensor over logical extents. Gemm: `[O, C, H, W]` of
    /// the input's logical shape. Conv: `[O, C/G, kernel[0], kernel[1]]`.
    pub weights: Vec<Vec<i16>>,
    /// For each node with a bias, in node order: one value a logical output channel.
    pub biases: Vec<Vec<i32>>,
    /// For each [`Table::Committed`], in table order: its `2^width` values, key `-2^(width-1)` first.
    pub tables: Vec<Vec<i32>>,
}
