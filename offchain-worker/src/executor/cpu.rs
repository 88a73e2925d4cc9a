// SPDX-License-Identifier: Apache-2.0
//! The reference interpreter over a batch, one input a thread: for machines without a GPU.

use std::{
    num::NonZero,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
    thread,
};

use assay_circuit::Model;

use super::{
    adapter::AdapterSummary, batch::check_inputs, error::ExecutorError, Backend, LoadedModel,
    Options,
};

/// The processor.
pub(super) struct CpuBackend {
    threads: usize,
    options: Options,
}

impl CpuBackend {
    pub(super) fn new(options: Options) -> Self {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        Self { threads, options }
    }
}

impl Backend for CpuBackend {
    fn name(&self) -> String {
        format!("processor, reference interpreter, {} threads", self.threads)
    }

    fn adapter(&self) -> Option<AdapterSummary> {
        None
    }

    fn load(&self, model: Arc<Model>) -> Result<Box<dyn LoadedModel>, ExecutorError> {
        let threads = threads(self.threads, self.options.memory_bytes, trace_bytes(&model));
        Ok(Box::new(Interpreted { model, threads }))
    }
}

struct Interpreted {
    model: Arc<Model>,
    threads: usize,
}

/// Bytes of the trace of one input: every tensor, and the accumulator of every node that requantises.
pub(super) fn trace_bytes(model: &Model) -> u64 {
    let circuit = model.circuit();
    let tensors: u64 = circuit
        .tensors()
        .iter()
        .map(|tensor| tensor.size() as u64)
        .sum();
    // A node has at most one accumulator, as large as its tensor.
    2 * tensors * size_of::<i32>() as u64
}

/// Threads whose traces fit `memory`, at least one.
fn threads(cores: usize, memory: u64, trace: u64) -> usize {
    let fitting = memory / trace.max(1);
    cores.min(usize::try_from(fitting).unwrap_or(cores)).max(1)
}

impl LoadedModel for Interpreted {
    fn run(&self, inputs: &[Vec<i32>]) -> Result<Vec<Vec<i32>>, ExecutorError> {
        check_inputs(self.model.circuit().input(), inputs)?;
        let next = AtomicUsize::new(0);
        // Takes inputs until there are no more: they cost the same, the cores may not be.
        let work = || -> Result<Vec<(usize, Vec<i32>)>, ExecutorError> {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(input) = inputs.get(index) else {
                    return Ok(done);
                };
                let trace = self.model.run(input);
                let trace = trace.map_err(|source| ExecutorError::Input { index, source })?;
                done.push((index, trace.output()));
            }
        };
        let mut outputs = vec![Vec::new(); inputs.len()];
        thread::scope(|scope| {
            let fail = |reason: String| ExecutorError::Interpreter { reason };
            let mut workers = Vec::new();
            for _ in 1..self.threads.min(inputs.len()) {
                let worker = thread::Builder::new().spawn_scoped(scope, work);
                workers.push(worker.map_err(|error| fail(error.to_string()))?);
            }
            let mut results = vec![work()];
            for worker in workers {
                results.push(
                    worker
                        .join()
                        .map_err(|_| fail("a thread panicked".into()))?,
                );
            }
            for result in results {
                for (index, output) in result? {
                    outputs[index] = output;
                }
            }
            Ok::<(), ExecutorError>(())
        })?;
        Ok(outputs)
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn start_no_more_threads_than_traces_fit_in_memory() {
        assert_eq!(threads(8, 1 << 30, 1 << 20), 8);
        assert_eq!(threads(8, 1 << 30, 1 << 28), 4);
        assert_eq!(threads(8, 1 << 30, 1 << 31), 1);
        assert_eq!(threads(8, 0, 0), 1);
    }
}
