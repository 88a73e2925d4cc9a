// SPDX-License-Identifier: Apache-2.0
//! What the compiler takes in at most. Every size is checked before memory is taken; the limits of a finished circuit are
//! [`assay_circuit::limits`].

/// Bytes of an ONNX file. Protocol buffers end at 2 GiB; the largest circuit has 2^23 parameters, 32 MiB as floats.
pub const MAX_ONNX_BYTES: u64 = 512 << 20;

/// Nodes of an ONNX graph, shape arithmetic included.
pub const MAX_ONNX_NODES: usize = 1 << 14;

/// Axes of a tensor.
pub const MAX_RANK: usize = 8;

/// Elements of a constant, read or computed.
pub const MAX_CONSTANT_ELEMENTS: u64 = 1 << 27;

/// Bytes of a file of samples.
pub const MAX_SAMPLE_FILE_BYTES: u64 = 1 << 30;

/// Bytes of all samples as 32-bit floats, after decompression.
pub const MAX_SAMPLE_BYTES: u64 = 1 << 30;

/// Bytes of `model.json` in a compiled model.
pub const MAX_MANIFEST_BYTES: u64 = 16 << 20;

/// Bytes of `parameters.bin` in a compiled model: the most parameters that a circuit may have, 4 bytes each, and list lengths.
pub const MAX_PARAMETER_BYTES: u64 = 4 * assay_circuit::limits::MAX_LOGICAL_PARAMETERS + (1 << 20);
