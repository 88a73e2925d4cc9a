// SPDX-License-Identifier: Apache-2.0
//! From an ONNX file to a float graph.
//!
//! - [`file`]: bytes to protocol buffer messages (`proto`, the part of ONNX's format that is read), and what the graph declares as input and output;
//! - [`tensor`], [`attributes`]: checked access to constants and attributes;
//! - [`import`]: walks the nodes in order; constants and shape arithmetic are computed, activations become graph nodes;
//! - [`ops`]: one file for each family of operators.
//!
//! A model is compiled for a batch of one: a dynamic or larger batch axis counts as 1 in every shape, and a proof covers many
//! inputs by its own batch dimension.

pub(crate) mod attributes;
pub(crate) mod file;
pub(crate) mod import;
mod ops;
mod proto;
pub(crate) mod tensor;

/// Operator sets of the default domain whose meaning is implemented.
pub const OPSETS: std::ops::RangeInclusive<i64> = 9..=21;

/// Operators that have a circuit, for error messages. Shape arithmetic on constants is computed in addition.
pub const SUPPORTED_OPERATORS: &str = "Abs, Add, AveragePool, BatchNormalization, Cast, Ceil, Celu, Clip, Constant, \
    ConstantOfShape, Conv (1-D, 2-D), Cos, Div, Dropout, Elu, Erf, Exp, Flatten, Floor, Gelu, Gemm, GlobalAveragePool, \
    GlobalMaxPool, HardSigmoid, HardSwish, Identity, LeakyRelu, Log, MatMul with a constant, Max, MaxPool, Mean, Min, Mish, \
    Mul, Neg, PRelu, Pad, Pow, Reciprocal, ReduceMean, ReduceSum, Relu, Reshape, Round, Selu, Shape, Sigmoid, Sign, Sin, \
    Softmax and LogSoftmax as the last node, Softplus, Softsign, Sqrt, Squeeze, Sub, Sum, Tanh, ThresholdedRelu, Transpose, \
    Unsqueeze";
