// SPDX-License-Identifier: Apache-2.0
//! The thread that a device's work is done on. burn and what is below it panic when a device is lost or a kernel cannot be compiled: here
//! a panic becomes an error, after which the device is not used any more.

use std::{
    any::Any,
    collections::HashMap,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{mpsc, Arc},
    thread,
    time::Duration,
};

use super::{
    device::{Device, Fault},
    model::GpuModel,
};
use crate::executor::{adapter::AdapterSummary, error::ExecutorError};

type Task = Box<dyn FnOnce(&mut Held) + Send>;

/// What the thread holds on the device.
pub(super) struct Held {
    pub(super) device: Device,
    models: HashMap<u64, GpuModel>,
    next: u64,
}

impl Held {
    pub(super) fn insert(&mut self, model: GpuModel) -> u64 {
        self.next += 1;
        self.models.insert(self.next, model);
        self.next
    }

    pub(super) fn model(&self, id: u64) -> Result<&GpuModel, ExecutorError> {
        let gone = || self.device.fault.lost("a model is gone from it");
        self.models.get(&id).ok_or_else(gone)
    }

    #[cfg(test)]
    pub(super) fn model_mut(&mut self, id: u64) -> Option<&mut GpuModel> {
        self.models.get_mut(&id)
    }
}

/// An open device with its thread, which ends when the session is dropped or something goes wrong.
pub(super) struct Session {
    pub(super) summary: AdapterSummary,
    fault: Fault,
    tasks: mpsc::Sender<Task>,
    patience: Duration,
}

impl Session {
    pub(super) fn start(device: Device, patience: Duration) -> Result<Arc<Self>, ExecutorError> {
        let (summary, fault) = (device.summary.clone(), device.fault.clone());
        let (tasks, received) = mpsc::channel::<Task>();
        let held = Held {
            device,
            models: HashMap::new(),
            next: 0,
        };
        let adapter = summary.to_string();
        thread::Builder::new()
            .name("executor".into())
            .spawn(move || serve(held, &received))
            .map_err(|error| ExecutorError::Open {
                adapter,
                reason: error.to_string(),
            })?;
        Ok(Arc::new(Self {
            summary,
            fault,
            tasks,
            patience,
        }))
    }

    /// What went wrong with the device, if something did.
    pub(super) fn fault(&self) -> Option<ExecutorError> {
        self.fault.get()
    }

    /// Records what a caller found wrong.
    pub(super) fn distrust(&self, error: ExecutorError) -> ExecutorError {
        self.fault.record(error)
    }

    /// Runs `task` on the device's thread and waits for it.
    ///
    /// # Errors
    /// What the task returns; [`ExecutorError::Lost`] if it panicked or did not end in time, if the driver reported an error meanwhile,
    /// or if something went wrong before. A task that does not end keeps its thread.
    pub(super) fn call<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Held) -> Result<T, ExecutorError> + Send + 'static,
    ) -> Result<T, ExecutorError> {
        let fault = self.fault.clone();
        let (reply, answer) = mpsc::sync_channel(1);
        let guarded: Task = Box::new(move |held| {
            let result = catch_unwind(AssertUnwindSafe(|| task(held)))
                .unwrap_or_else(|panic| Err(fault.lost(message(panic.as_ref()))));
            // The driver's report counts even if the task did not notice.
            let result = match fault.get() {
                Some(error) => Err(error),
                None => result,
            };
            // If nobody waits any more, nobody wants to know.
            let _ = reply.send(result);
        });
        let ended = || self.fault.lost("its thread has ended");
        self.tasks.send(guarded).map_err(|_| ended())?;
        answer
            .recv_timeout(self.patience)
            .map_err(|error| match error {
                mpsc::RecvTimeoutError::Disconnected => ended(),
                mpsc::RecvTimeoutError::Timeout => {
                    let seconds = self.patience.as_secs_f64();
                    self.fault.lost(format!("no answer within {seconds} s"))
                }
            })?
    }

    /// Frees what a model takes on the device, some time.
    pub(super) fn forget(&self, id: u64) {
        let forget: Task = Box::new(move |held| {
            held.models.remove(&id);
        });
        // Without a thread nothing is held.
        let _ = self.tasks.send(forget);
    }
}

fn serve(mut held: Held, tasks: &mpsc::Receiver<Task>) {
    let fault = held.device.fault.clone();
    while fault.get().is_none() {
        let Ok(task) = tasks.recv() else {
            break;
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| task(&mut held))) {
            fault.lost(message(panic.as_ref()));
        }
    }
    // Freeing tensors of a lost device may panic as well.
    let _ = catch_unwind(AssertUnwindSafe(move || drop(held)));
}

/// The text of a panic.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message").into()
}
