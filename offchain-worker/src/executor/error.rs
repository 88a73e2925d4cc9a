// SPDX-License-Identifier: Apache-2.0
//! What can go wrong when a model is run.

use std::fmt;

use assay_circuit::InputError;

use super::adapter::AdapterPolicy;
use crate::error::{codes, Code, Coded, Severity};

/// Why a device cannot be opened or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutorError {
    /// No adapter is what the policy asks for.
    #[error("no adapter is `{policy}`; there is: {}", Listed(.found))]
    NoAdapter {
        /// The policy.
        policy: AdapterPolicy,
        /// Every adapter that there is.
        found: Vec<String>,
    },
    /// The adapter is there and refuses to be used.
    #[error("{adapter} cannot be opened: {reason}")]
    Open {
        /// The adapter.
        adapter: String,
        /// What the driver says.
        reason: String,
    },
    /// The device stopped working: it was reset or removed, its memory is exhausted, or a kernel cannot be run on it. Nothing that it
    /// holds can be used any more. Loading a model opens it again.
    #[error("{adapter} stopped working: {reason}")]
    Lost {
        /// The adapter.
        adapter: String,
        /// What the driver or the library says.
        reason: String,
    },
    /// The device computes something else than the circuit says. Its other results may be wrong as well.
    #[error(
        "{adapter} computes wrongly: {found} instead of {expected} in cell {cell} of {place}, for known input {input}"
    )]
    Untrusted {
        /// The adapter.
        adapter: String,
        /// Where the first difference is.
        place: Place,
        /// Index of the input among those of the test.
        input: usize,
        /// The logical cell, in row-major order.
        cell: usize,
        /// What the interpreter computes.
        expected: i32,
        /// What the device computes.
        found: i32,
    },
    /// An input does not fit the circuit.
    #[error("input {index}: {source}")]
    Input {
        /// Its index in the batch.
        index: usize,
        /// What is wrong with it.
        source: InputError,
    },
    /// The model does not fit the device even with the smallest batch.
    #[error("node {node} of the model needs {bytes} bytes, {limit} are allowed; raise the memory limit, or run the model on the processor")]
    TooLarge {
        /// The node that needs most.
        node: u16,
        /// What it needs.
        bytes: u64,
        /// The smaller of the adapter's limit and the configured one.
        limit: u64,
    },
    /// A thread of the processor's backend could not be started or panicked.
    #[error("the interpreter failed: {reason}")]
    Interpreter {
        /// What happened.
        reason: String,
    },
}

/// A place in the computation of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The accumulator of a linear node, before it is requantised.
    Accumulator {
        /// The node.
        node: u16,
    },
    /// The tensor that a node makes.
    Tensor {
        /// The node.
        node: u16,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accumulator { node } => write!(f, "the accumulator of node {node}"),
            Self::Tensor { node } => write!(f, "the result of node {node}"),
        }
    }
}

/// Names in a row, or that there are none.
struct Listed<'a>(&'a [String]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none (no driver for Vulkan is installed, or it sees no device)");
        }
        f.write_str(&self.0.join(", "))
    }
}

impl Coded for ExecutorError {
    fn code(&self) -> Code {
        match self {
            Self::NoAdapter { .. } => codes::EX_001,
            Self::Open { .. } => codes::EX_002,
            Self::Lost { .. } => codes::EX_003,
            Self::Untrusted { .. } => codes::EX_004,
            Self::Input { .. } => codes::EX_005,
            Self::TooLarge { .. } => codes::EX_006,
            Self::Interpreter { .. } => codes::EX_007,
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Untrusted { .. } | Self::NoAdapter { .. } => Severity::Fatal,
            _ => Severity::Recoverable,
        }
    }
}
