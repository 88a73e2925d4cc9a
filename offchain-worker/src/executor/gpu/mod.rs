// SPDX-License-Identifier: Apache-2.0
//! Models on a GPU.
//!
//! | module | purpose |
//! | --- | --- |
//! | `device` | opens an adapter for burn, and notices when the driver reports an error |
//! | `session` | the thread of an open device; panics become errors |
//! | `model` | a model on the device: what is uploaded once, and a batch through all its nodes |
//! | `ops` | the operators as tensor operations |

mod device;
mod model;
mod ops;
mod session;
#[cfg(test)]
mod tests;

use std::sync::{
    atomic::{AtomicUsize, Ordering},
    Arc, Mutex, PoisonError,
};

use assay_circuit::Model;

use self::{
    device::Device,
    model::{GpuModel, Known},
    session::Session,
};
use super::{
    adapter::{AdapterKind, AdapterPolicy, AdapterSummary, Adapters},
    batch::{check_inputs, interleave, separate},
    check::{compare, output_place},
    error::ExecutorError,
    plan::width,
    Backend, LoadedModel, Options,
};

/// An adapter.
pub(super) struct GpuBackend {
    summary: AdapterSummary,
    options: Options,
    session: Mutex<Arc<Session>>,
}

impl GpuBackend {
    pub(super) fn open(policy: &AdapterPolicy, options: Options) -> Result<Self, ExecutorError> {
        let device = Device::open(Adapters::enumerate().take(policy)?)?;
        let summary = device.summary.clone();
        if *policy == AdapterPolicy::Best && summary.kind == AdapterKind::Software {
            tracing::warn!(
                adapter = %summary,
                "there is no GPU: this software adapter is slower than the interpreter, which `device.adapter = \"cpu\"` chooses"
            );
        }
        Ok(Self {
            summary,
            options,
            session: Mutex::new(Session::start(device, options.patience)?),
        })
    }

    /// The session; a new one if the device was lost. A device that computes wrongly is not opened again.
    fn session(&self) -> Result<Arc<Session>, ExecutorError> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        match session.fault() {
            None => {}
            Some(ExecutorError::Lost { reason, .. }) => {
                tracing::warn!(adapter = %self.summary, %reason, "opening the adapter again");
                *session = Session::start(Device::reopen(&self.summary)?, self.options.patience)?;
            }
            Some(other) => return Err(other),
        }
        Ok(session.clone())
    }

    fn load_model(&self, model: Arc<Model>) -> Result<Loaded, ExecutorError> {
        let session = self.session()?;
        let (options, uploaded) = (self.options, model.clone());
        let loaded = session.call(move |held| {
            let model = GpuModel::upload(uploaded, &held.device, options)?;
            let known = model.compare_with_interpreter()?;
            let lanes = model.lanes();
            Ok((held.insert(model), known, lanes))
        });
        let (id, known, lanes) = loaded.map_err(|error| match error {
            ExecutorError::Untrusted { .. } => session.distrust(error),
            other => other,
        })?;
        Ok(Loaded {
            model,
            session,
            id,
            known,
            lanes,
            turn: AtomicUsize::new(0),
        })
    }
}

impl Backend for GpuBackend {
    fn name(&self) -> String {
        self.summary.to_string()
    }

    fn adapter(&self) -> Option<AdapterSummary> {
        Some(self.summary.clone())
    }

    fn load(&self, model: Arc<Model>) -> Result<Box<dyn LoadedModel>, ExecutorError> {
        self.load_model(model)
            .map(|loaded| Box::new(loaded) as Box<dyn LoadedModel>)
    }
}

/// A model on the device of a session.
struct Loaded {
    model: Arc<Model>,
    session: Arc<Session>,
    id: u64,
    known: Known,
    /// Columns of the widest batch.
    lanes: usize,
    /// Which known inputs come next.
    turn: AtomicUsize,
}

impl Loaded {
    /// Runs at most `lanes - 1` inputs.
    fn run_slice(&self, inputs: &[Vec<i32>]) -> Result<Vec<Vec<i32>>, ExecutorError> {
        let width = width(inputs.len(), self.lanes);
        let known: Vec<usize> = (0..width - inputs.len())
            .map(|_| self.turn.fetch_add(1, Ordering::Relaxed) % self.known.inputs.len())
            .collect();
        let columns: Vec<&[i32]> = inputs
            .iter()
            .chain(known.iter().map(|&number| &self.known.inputs[number]))
            .map(Vec::as_slice)
            .collect();
        let (id, matrix) = (self.id, interleave(&columns));
        let result = self
            .session
            .call(move |held| held.model(id)?.run(matrix, width))?;
        let mut outputs = separate(&result, width, width);
        let place = output_place(self.model.circuit());
        for (&number, found) in known.iter().zip(&outputs[inputs.len()..]) {
            let adapter = self.session.summary.to_string();
            compare(&adapter, place, number, &self.known.outputs[number], found)
                .map_err(|error| self.session.distrust(error))?;
        }
        outputs.truncate(inputs.len());
        Ok(outputs)
    }
}

impl LoadedModel for Loaded {
    fn run(&self, inputs: &[Vec<i32>]) -> Result<Vec<Vec<i32>>, ExecutorError> {
        check_inputs(self.model.circuit().input(), inputs)?;
        let mut outputs = Vec::with_capacity(inputs.len());
        for slice in inputs.chunks(self.lanes - 1) {
            outputs.extend(self.run_slice(slice)?);
        }
        Ok(outputs)
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        self.session.forget(self.id);
    }
}
