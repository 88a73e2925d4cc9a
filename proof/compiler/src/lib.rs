// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]

mod bundle;
mod calibrate;
mod compile;
mod error;
mod graph;
pub mod limits;
mod lower;
mod measure;
mod onnx;
mod quantise;
mod report;
pub mod samples;
mod search;
mod tables;

pub use bundle::{Bundle, Manifest, TensorManifest, BUNDLE_VERSION};
pub use compile::{
    compile, compile_bytes, Compiled, InputCodec, Options, OutputCodec, Progress, Silent, CODE_BITS,
};
pub use error::{Error, Problem, Unsupported};
pub use measure::Agreement;
pub use onnx::{OPSETS, SUPPORTED_OPERATORS};
pub use quantise::HEADROOM;
pub use report::{LayerReport, Report};
