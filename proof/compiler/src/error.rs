// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with an input. Every error names the file, the field in it and the problem.

use std::{fmt, io, path::PathBuf};

/// A problem with a file.
#[derive(Debug, thiserror::Error)]
#[error("{}: {field}: {problem}", .file.display())]
pub struct Error {
    /// The file.
    pub file: PathBuf,
    /// The place in it: a tensor, a node, an attribute, a key.
    pub field: String,
    /// What is wrong.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// More than the compiler takes in. Nothing of this size was allocated.
    #[error("{size} {unit} are more than the {limit} that are supported")]
    TooLarge {
        /// What the file has or claims.
        size: u64,
        /// The most that is taken.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },
    /// Bytes that do not follow the format.
    #[error("{0}")]
    Malformed(String),
    /// Elements of a type that cannot be used here.
    #[error("elements of type {found}, {expected} expected")]
    ElementType {
        /// The type in the file.
        found: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// A number that is not finite.
    #[error("element {index} is {value}, not a finite number")]
    NotFinite {
        /// Row-major index.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A tensor of the wrong shape.
    #[error("shape {found}, {expected} expected")]
    Shape {
        /// The shape in the file.
        found: String,
        /// What is accepted.
        expected: String,
    },
    /// Something that must be there is not.
    #[error("missing{}", detail(.0))]
    Missing(String),
    /// An operator, or a use of one, that cannot be compiled.
    #[error(transparent)]
    Unsupported(#[from] Box<Unsupported>),
    /// The model is larger than a circuit can be.
    #[error("the model does not make a circuit: {0}")]
    Circuit(String),
    /// No choice of code widths reaches the error budget.
    #[error("the error is {reached:.3e} with every layer at {bits} bits, above the budget of {budget:.3e}")]
    ErrorBudget {
        /// The smallest error that was reached.
        reached: f64,
        /// What was asked for.
        budget: f64,
        /// The widest codes that were allowed.
        bits: u8,
    },
}

fn detail(what: &str) -> String {
    if what.is_empty() {
        String::new()
    } else {
        format!(": {what}")
    }
}

/// An operator, or a use of one, that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Unsupported {
    /// Operator type, as in the ONNX specification.
    pub operator: String,
    /// Shapes of the operator's inputs, in ONNX's axes, batch of one.
    pub shapes: Vec<Vec<usize>>,
    /// Why.
    pub reason: String,
    /// What can be compiled instead.
    pub supported: String,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "operator {} on shapes {:?}: {}",
            self.operator, self.shapes, self.reason
        )?;
        if !self.supported.is_empty() {
            write!(f, "; supported: {}", self.supported)?;
        }
        Ok(())
    }
}

/// A problem with a field of a file whose name the caller knows.
#[derive(Debug)]
pub(crate) struct FieldError {
    pub(crate) field: String,
    pub(crate) problem: Problem,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, problem: impl Into<Problem>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }

    pub(crate) fn malformed(field: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(field, Problem::Malformed(what.into()))
    }

    pub(crate) fn in_file(self, file: impl Into<PathBuf>) -> Error {
        Error {
            file: file.into(),
            field: self.field,
            problem: self.problem,
        }
    }
}
