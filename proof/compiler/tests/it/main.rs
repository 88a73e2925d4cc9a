// SPDX-License-Identifier: Apache-2.0
//! Compiles ONNX models, made in memory or read from `examples/models`, and compares the circuits with tract's float runtime.

mod bad_input;
mod bundle;
mod examples;
mod onnx;
mod operators;
mod opsets;
mod random;
mod reference;
