// SPDX-License-Identifier: Apache-2.0
//! The largest circuit. Every number here is checked before memory is taken or time is spent, and
//! each has its reason: what a collator can afford, what a proof's fields can hold, or what fits
//! the commitment key.

/// Bytes of an encoded circuit. A chain stores them and decodes them before each verification.
pub const MAX_CIRCUIT_BYTES: usize = 64 * 1024;

/// Nodes. The deepest published convolutional networks have some 500 linear layers with as many
/// activations and pools. Tensor identifiers are 16 bits wide.
pub const MAX_NODES: usize = 1024;

/// Tables. A table that isn't shared by layers costs up to `2^14` lookup leaves.
pub const MAX_TABLES: usize = 64;

/// Terms of one linear node: a convolution, a projected skip connection and two more.
pub const MAX_TERMS: usize = 4;

/// Key bits of a committed table: one leaf of the lookup argument and one committed cell for each
/// of its `2^width` keys.
pub const MAX_TABLE_WIDTH: u8 = 14;

/// Key bits of a clamp. Above [`MAX_TABLE_WIDTH`] the key is split, and its high part of
/// `width - `[`WIDE_CLAMP_LOW_BITS`] bits is looked up: 24 keeps that table at `2^16` rows. Layers
/// with 12-bit codes need 18, with 16-bit codes 22.
pub const MAX_CLAMP_WIDTH: u8 = 24;

/// Low bits of the split key of a wide clamp. Its range must span at least as many bits, so that
/// each high part selects a constant or the identity.
pub const WIDE_CLAMP_LOW_BITS: u8 = 8;

/// Bits of a code, that is of the range of a table or of the input.
pub const MAX_CODE_BITS: u8 = 16;

/// Bits dropped by a requantisation: two limbs of [`MAX_RANGE_BITS`]. An accumulator of 32 bits
/// then still has a code of 8.
pub const MAX_SHIFT: u8 = 24;

/// Bits of the widest range table. It bounds a limb, and the span of what a max pool compares.
pub const MAX_RANGE_BITS: u8 = 12;

/// Taps of a max pool: the product of the differences has this degree, and each tap costs a lookup
/// a cell.
pub const MAX_POOL_TAPS: u32 = 4;

/// Bits of a weight.
pub const WEIGHT_BITS: core::ops::RangeInclusive<u8> = 2..=12;

/// Taps of a convolution or sum pool along one axis.
pub const MAX_KERNEL_EXTENT: u16 = 1024;

/// Taps of a convolution or sum pool: a global average over 128 x 128 cells. The verifier's work on
/// a window is linear in them.
pub const MAX_TAPS: u32 = 1 << 14;

/// Binary logarithm of the padded cells of one tensor: 4 Mi cells, as of 64 channels of 256 x 256.
pub const MAX_TENSOR_LOG: u8 = 22;

/// Padded cells of the input: an RGB image of 512 x 512. The verifier evaluates the input by
/// itself.
pub const MAX_INPUT_CELLS: u64 = 1 << 20;

/// Padded cells of the output. The verifier evaluates the output by itself.
pub const MAX_OUTPUT_CELLS: u64 = 1 << 20;

/// Padded cells of all tensors and accumulators of one input: 256 MiB as `i32`, the memory of the
/// interpreter's trace.
pub const MAX_TRACE_CELLS: u64 = 1 << 26;

/// Binary logarithm of the inputs of one proof.
pub const MAX_BATCH_LOG: u8 = 6;

/// Inputs of one proof.
pub const MAX_BATCH: u32 = 1 << MAX_BATCH_LOG;

/// Padded cells of all weights, biases and committed tables: 2048 rows of 4096, the most a
/// verifying key holds, and as much again for rows that are structurally zero and so not stored.
pub const MAX_PARAMETER_CELLS: u64 = 1 << 24;

/// Unpadded cells of all weights, biases and committed tables: 2048 rows of 4096.
pub const MAX_LOGICAL_PARAMETERS: u64 = 1 << 23;
