// SPDX-License-Identifier: Apache-2.0
//! Runs models, bit-equal to the reference interpreter of `assay-circuit`: on a GPU by burn's wgpu backend, or on the processor by that
//! interpreter itself.
//!
//! A circuit is made of integers, and [`assay_circuit::Model::new`] has proved that every sum of it, partial sums in any order included,
//! fits 32 bits. So 32-bit integer tensors compute it exactly, whatever the order in which a device adds; there is no rounding to
//! disagree about, and a device whose result differs is wrong. Such a device must not answer for a provider's stake:
//!
//! - [`Backend::load`] runs extreme and random inputs through the device and through the interpreter and compares every tensor and every
//!   accumulator ([`self_test`] does so without a model, with a circuit that has every operator);
//! - every batch carries inputs whose outputs are known from that test, other ones each time, so that work which a driver drops or
//!   repeats is noticed;
//! - a difference is [`ExecutorError::Untrusted`], which is fatal.
//!
//! | module | purpose |
//! | --- | --- |
//! | `adapter` | which adapters there are, and which one a policy means |
//! | `plan` | what a device does for a circuit: gathers, pieces that fit its limits, batch width (pure) |
//! | `gpu` | the device's thread, what is uploaded, the operators as tensor operations |
//! | `cpu` | the interpreter over a batch |
//! | `check` | test inputs, and the comparison with the interpreter |
//! | `probe` | a small circuit with every operator |

mod adapter;
mod batch;
mod check;
mod cpu;
mod error;
mod gpu;
mod plan;
mod probe;

use std::{sync::Arc, time::Duration};

use assay_circuit::Model;

pub use adapter::{
    list_adapters, AdapterKind, AdapterLimits, AdapterPolicy, AdapterSummary, PolicyError,
};
pub(crate) use check::known_inputs;
pub use check::{self_test, SelfTest};
pub use error::{ExecutorError, Place};
pub(crate) use probe::model as probe_model;

/// A device that runs models.
pub trait Backend: Send + Sync {
    /// What it is, for logs: the adapter's name, kind, interface and driver, or the processor.
    fn name(&self) -> String;

    /// The adapter, `None` if no adapter is used.
    fn adapter(&self) -> Option<AdapterSummary>;

    /// Puts a model on the device and compares it with the interpreter there. After [`ExecutorError::Lost`] it opens the adapter anew.
    ///
    /// # Errors
    /// [`ExecutorError::Untrusted`] if the device computes wrongly, [`ExecutorError::TooLarge`] if it lacks the room for a tensor of the
    /// model, [`ExecutorError::Lost`] if it stopped working.
    fn load(&self, model: Arc<Model>) -> Result<Box<dyn LoadedModel>, ExecutorError>;
}

/// A model on a device.
pub trait LoadedModel: Send + Sync {
    /// The outputs of any number of inputs, in their order, bit-equal to the interpreter's. An input is the codes of the circuit's logical
    /// input cells in row-major order, an output the same of its logical output cells.
    ///
    /// Batches that exceed the device's memory are split.
    ///
    /// # Errors
    /// [`ExecutorError::Input`] if an input does not fit the circuit (nothing is run then), [`ExecutorError::Lost`] if the device stopped
    /// working: [`Backend::load`] the model again; [`ExecutorError::Untrusted`] if it computed wrongly.
    fn run(&self, inputs: &[Vec<i32>]) -> Result<Vec<Vec<i32>>, ExecutorError>;
}

/// What a backend may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes for one model and the tensors of one of its batches, on the device or, without one, in the interpreter's traces. What a
    /// driver and the allocator of burn take in addition is not counted.
    pub memory_bytes: u64,
    /// How long a device may take for one batch, or to load a model, before it counts as lost: a driver that hangs must not hold jobs until
    /// their deadlines.
    pub patience: Duration,
}

impl Default for Options {
    /// 1 GiB, which the largest circuits need and every GPU has, and ten minutes, in which the interpreter runs them.
    fn default() -> Self {
        Self {
            memory_bytes: 1 << 30,
            patience: Duration::from_secs(600),
        }
    }
}

/// Opens the adapter that `policy` means, with the default [`Options`].
///
/// # Errors
/// As [`open_with`].
pub fn open(policy: &AdapterPolicy) -> Result<Arc<dyn Backend>, ExecutorError> {
    open_with(policy, Options::default())
}

/// Opens the adapter that `policy` means.
///
/// # Errors
/// [`ExecutorError::NoAdapter`] if there is none, [`ExecutorError::Open`] if it cannot be opened.
pub fn open_with(
    policy: &AdapterPolicy,
    options: Options,
) -> Result<Arc<dyn Backend>, ExecutorError> {
    Ok(match policy {
        AdapterPolicy::Cpu => Arc::new(cpu::CpuBackend::new(options)),
        _ => Arc::new(gpu::GpuBackend::open(policy, options)?),
    })
}
