// SPDX-License-Identifier: Apache-2.0
//! What a compilation did.

use serde::{Deserialize, Serialize};

use crate::measure::Agreement;

/// The result of a compilation, for people and machines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Floating-point constants of the ONNX file.
    pub parameters: u64,
    /// One entry for each tensor of codes, in the order of computation.
    pub layers: Vec<LayerReport>,
    /// The output against the float model's.
    pub agreement: Agreement,
    /// What a user should know, in sentences.
    pub notes: Vec<String>,
}

/// The codes of one layer and how far they are from the float model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Name of the ONNX node whose result this is.
    pub name: String,
    /// Its operator.
    pub operator: String,
    /// What became of it: `Gemm`, `Conv`, `Sum`, `Scale`, `Table`, `MaxPool`, `Input`.
    pub kind: String,
    /// Index of the tensor in the circuit.
    pub tensor: u16,
    /// Channels, height, width.
    pub shape: [u32; 3],
    /// Smallest and largest float value over the samples.
    pub float_range: [f64; 2],
    /// Real value of one code.
    pub scale: f64,
    /// Smallest and largest code.
    pub code_range: [i32; 2],
    /// Bits of a code; 32 for the raw output.
    pub bits: u8,
    /// Bits that the requantisation drops.
    pub shift: Option<u8>,
    /// Bits of the table's key.
    pub width: Option<u8>,
    /// Bits of a weight.
    pub weight_bits: Option<u8>,
    /// Largest error over the samples.
    pub max_abs_error: f64,
    /// `sqrt(sum (q - f)^2 / sum f^2)` over all cells and samples.
    pub relative_error: f64,
    /// Bound on `max_abs_error` from the codes alone.
    pub error_bound: f64,
}
