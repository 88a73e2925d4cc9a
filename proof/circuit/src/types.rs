// SPDX-License-Identifier: Apache-2.0
//! What an integer circuit consists of, as plain data: [`Circuit`](crate::Circuit) is the checked
//! form. The meaning of every item is written beside it, for *padded* tensors: each axis of a
//! tensor is padded to a power of two and every cell, pads included, obeys the equation of the node
//! that makes it.
//!
//! Notation: a tensor `X` has the logical shape `[C, H, W]` and the padded shape `[C', H', W']`;
//! `X[c, h, w]` is defined for every padded index. Batches stand outside: every equation holds for
//! each input of a batch on its own.

use alloc::vec::Vec;
use codec::{Compact, Decode, Encode, Error, Input};

use crate::limits::{MAX_NODES, MAX_TABLES, MAX_TERMS};

/// A tensor of a circuit: 0 is the input, `i + 1` the output of node `i`.
pub type TensorId = u16;

/// An index into [`Definition::tables`].
pub type TableId = u16;

/// A static graph over signed-integer tensors. It is total: every input whose codes are in range
/// has exactly one output and one trace, whatever the device and the order of summation.
///
/// It holds no weights: those are [`Parameters`], bound to the circuit by the model commitment of
/// the proof system.
///
/// Anyone can build one, so nothing about it is certain: [`Circuit::new`](crate::Circuit::new)
/// checks it.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct Definition {
    /// [`CIRCUIT_VERSION`](crate::CIRCUIT_VERSION) of the format and of the semantics.
    pub version: u16,
    /// Logical shape of one input.
    pub input_shape: Shape,
    /// Codes that an input may hold. Contains 0 and spans at most 16 bits.
    pub input_range: Range,
    /// Activation tables; nodes refer to them by index, several nodes may share one.
    pub tables: Vec<Table>,
    /// The nodes in topological order: a node reads only tensors with a smaller id than its own
    /// output.
    pub nodes: Vec<Node>,
    /// The tensor that is the circuit's output: that of the last node, because every node must
    /// count.
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
    /// `T(k) = clamp(k, range.low, range.high)`: requantisation with or without Relu or Clip. The
    /// range is `[0, 2^b - 1]` or `[-2^(b-1), 2^(b-1) - 1]` with `1 <= b <= 16`, so that the
    /// multilinear extension has a closed form. Width up to
    /// [`MAX_CLAMP_WIDTH`](crate::limits::MAX_CLAMP_WIDTH).
    Clamp {
        /// Bits of the key, which is in `[-2^(width-1), 2^(width-1))`.
        width: u8,
        /// Image of the table.
        range: Range,
    },
    /// Any function; its `2^width` values are [`Parameters::tables`] and part of the model
    /// commitment. Width up to [`MAX_TABLE_WIDTH`](crate::limits::MAX_TABLE_WIDTH).
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
    /// `Y[c, i, j] = max over taps of V`, where `V` is `X` at the tap's source when `(i, j)` is
    /// inside the logical output and the source inside the logical input, and the smallest code of
    /// `X`'s range otherwise. At most [`MAX_POOL_TAPS`](crate::limits::MAX_POOL_TAPS) taps: the
    /// compiler composes larger windows of smaller ones.
    MaxPool {
        /// `X`.
        input: TensorId,
        /// Which cells a window reads.
        window: Window,
    },
    /// `Y[c, i, j] = sum over taps of V`, `V` as in [`Node::MaxPool`] but 0 otherwise. Not
    /// requantised: the divisor of an average belongs to the scale. Virtual: nothing is committed.
    SumPool {
        /// `X`.
        input: TensorId,
        /// Which cells a window reads.
        window: Window,
    },
    /// `Y[a] = X[b]` with `b[axes[i]] = a[i]` on padded indices: output axis `i` is input axis
    /// `axes[i]`. Virtual.
    Transpose {
        /// `X`.
        input: TensorId,
        /// A permutation of `0, 1, 2`.
        axes: [u8; 3],
    },
    /// `Y[k] = X[k]` on padded flat indices: the same cells under another shape. Valid only if
    /// every logical cell, counted in row-major order, has the same padded flat index in both
    /// shapes (for example when all merged or split inner extents are powers of two). Virtual.
    Reshape {
        /// `X`.
        input: TensorId,
        /// The new logical shape.
        shape: Shape,
    },
}

/// `acc = sum of terms + bias`, in exact integers that fit in `i32` for every input in range (a
/// property of the parameters, checked by [`crate::Model::new`]).
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct Linear {
    /// Logical shape of the output.
    pub shape: Shape,
    /// 1 to [`MAX_TERMS`](crate::limits::MAX_TERMS) terms.
    pub terms: Vec<Term>,
    /// Whether there is a bias, one `i32` for each logical channel, added at **every** padded
    /// `(h, w)` of that channel; pad channels have none. The compiler folds the rounding term
    /// `2^(shift-1)` into it.
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
    /// `acc[o, 0, 0] += sum_k W[o, k] X[k]` with `k` the padded flat index of `X`; the output shape
    /// is `[O, 1, 1]`. `W` is 0 for every `k` that is a pad cell and every pad `o`.
    Gemm {
        /// `X`.
        input: TensorId,
        /// Bits of a weight: it is in `[-(2^(bits-1) - 1), 2^(bits-1) - 1]`, `2 <= bits <= 12`.
        weight_bits: u8,
    },
    /// `acc[g O/G + o, i, j] += sum_{c, u, v} W[g, o, c, u, v] V[g C/G + c, u, v, i, j]`, where `V`
    /// is `X` at the tap's source if `(i, j)` is inside the logical output and the source inside
    /// the logical input, and 0 otherwise. With more than one group `C/G` and `O/G` are powers of
    /// two (the compiler makes other grouped convolutions dense).
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

/// The values that a circuit leaves open, unpadded, in the order of
/// [`Circuit::parameter_layout`](crate::Circuit::parameter_layout).
///
/// Decoded only against a circuit: [`Parameters::from_bytes`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode)]
pub struct Parameters {
    /// For each weighted term, in node order then term order: a row-major tensor over logical
    /// extents. Gemm: `[O, C, H, W]` of the input's logical shape. Conv:
    /// `[O, C/G, kernel[0], kernel[1]]`.
    pub weights: Vec<Vec<i16>>,
    /// For each node with a bias, in node order: one value a logical output channel.
    pub biases: Vec<Vec<i32>>,
    /// For each [`Table::Committed`], in table order: its `2^width` values, key `-2^(width-1)`
    /// first.
    pub tables: Vec<Vec<i32>>,
}

/// Reads a SCALE list of at most `limit` items; the count is checked before memory is taken.
fn decode_list<T: Decode, I: Input>(input: &mut I, limit: usize) -> Result<Vec<T>, Error> {
    let count = Compact::<u32>::decode(input)?.0 as usize;
    if count > limit {
        return Err("list longer than its limit".into());
    }
    let mut list = Vec::with_capacity(count);
    for _ in 0..count {
        list.push(T::decode(input)?);
    }
    Ok(list)
}

impl Decode for Definition {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        Ok(Self {
            version: u16::decode(input)?,
            input_shape: Shape::decode(input)?,
            input_range: Range::decode(input)?,
            tables: decode_list(input, MAX_TABLES)?,
            nodes: decode_list(input, MAX_NODES)?,
            output: TensorId::decode(input)?,
        })
    }
}

impl Decode for Linear {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        Ok(Self {
            shape: Shape::decode(input)?,
            terms: decode_list(input, MAX_TERMS)?,
            bias: bool::decode(input)?,
            requantise: Option::<Requantise>::decode(input)?,
        })
    }
}

impl Range {
    /// The smallest interval that holds both.
    pub fn hull(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// Whether `value` is a member.
    pub fn contains(self, value: i32) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether every member of `other` is a member.
    pub fn covers(self, other: Self) -> bool {
        self.low <= other.low && other.high <= self.high
    }

    /// Bits that hold `x - low` for every member `x`; 0 for a single value.
    pub fn bits(self) -> u8 {
        let span = self.high as i64 - self.low as i64;
        (64 - span.leading_zeros()) as u8
    }
}

impl Shape {
    /// A shape from its extents.
    pub const fn new(channels: u32, height: u32, width: u32) -> Self {
        Self {
            channels,
            height,
            width,
        }
    }

    /// The extents, outermost first.
    pub const fn dims(self) -> [u32; 3] {
        [self.channels, self.height, self.width]
    }

    /// Number of logical cells. Saturates, which no shape of a checked circuit does.
    pub fn cells(self) -> u64 {
        self.dims()
            .iter()
            .fold(1u64, |product, &dim| product.saturating_mul(dim as u64))
    }
}

impl Table {
    /// Bits of the key.
    pub const fn width(&self) -> u8 {
        match self {
            Self::Clamp { width, .. } | Self::Committed { width, .. } => *width,
        }
    }

    /// An interval that holds every value of the table.
    pub const fn range(&self) -> Range {
        match self {
            Self::Clamp { range, .. } | Self::Committed { range, .. } => *range,
        }
    }

    /// The keys, `[-2^(width-1), 2^(width-1))`. The width is that of a checked table, 1 to 24.
    pub fn keys(&self) -> Range {
        let half = 1i32 << (self.width().clamp(1, 31) - 1);
        Range {
            low: -half,
            high: half - 1,
        }
    }
}

impl Term {
    /// The tensor that the term reads.
    pub const fn input(&self) -> TensorId {
        match self {
            Self::Gemm { input, .. } | Self::Conv { input, .. } | Self::Scale { input, .. } => {
                *input
            }
        }
    }
}

impl Node {
    /// The tensors that the node reads, in order, with repetitions.
    pub fn inputs(&self) -> impl Iterator<Item = TensorId> + '_ {
        let (terms, single) = match self {
            Self::Linear(linear) => (linear.terms.as_slice(), None),
            Self::Lookup { input, .. }
            | Self::MaxPool { input, .. }
            | Self::SumPool { input, .. }
            | Self::Transpose { input, .. }
            | Self::Reshape { input, .. } => (&[][..], Some(*input)),
        };
        terms.iter().map(Term::input).chain(single)
    }
}

impl Window {
    /// A window of one tap that steps cell by cell: the identity, and a base to build others from.
    pub const IDENTITY: Self = Self {
        kernel: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        pad_begin: [0, 0],
        pad_end: [0, 0],
    };

    /// Number of taps, `kernel[0] * kernel[1]`.
    pub const fn taps(&self) -> u32 {
        self.kernel[0] as u32 * self.kernel[1] as u32
    }

    /// Cells that the taps span along an axis (0 height, 1 width): `dilation * (kernel - 1) + 1`.
    /// `None` if `axis` is neither.
    pub fn span(&self, axis: usize) -> Option<u32> {
        let kernel = *self.kernel.get(axis)? as u32;
        let dilation = *self.dilation.get(axis)? as u32;
        dilation
            .checked_mul(kernel.saturating_sub(1))?
            .checked_add(1)
    }
}
