// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod bounds;
mod circuit;
mod cost;
mod error;
mod interpret;
mod layout;
pub mod limits;
mod model;
mod tensor;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod types;
mod validate;

pub use bounds::{
    channel_intervals, key_width, row_interval, ChannelInterval, Interval, LinearBounds,
};
pub use circuit::{Circuit, CIRCUIT_VERSION};
pub use cost::{CircuitCost, LookupSection, SectionKind};
pub use error::{
    CircuitError, InputError, NodeError, ParameterError, ParameterList, ShapeError, TableError,
    TermError, WindowError,
};
pub use interpret::Trace;
pub use layout::{ParameterId, ParameterTensor};
pub use model::Model;
pub use tensor::{TensorInfo, TensorKind};
pub use types::{
    Definition, Linear, Node, Parameters, Range, Requantise, Shape, Table, TableId, TensorId, Term,
    Window,
};
