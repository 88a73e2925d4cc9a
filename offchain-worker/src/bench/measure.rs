// SPDX-License-Identifier: Apache-2.0
//! Times a model on a device.

use std::{sync::Arc, time::Instant};

use assay_circuit::{limits::MAX_BATCH, CircuitCost, TensorInfo};
use assay_proof::{prove, verify, Context, ProveError, ProvingKey, Statement, VerifyError};
use serde::Serialize;

use super::price::Speed;
use crate::executor::{known_inputs, Backend, ExecutorError, LoadedModel};

/// The jobs that a measured proof is for. Any would do.
const JOBS: &[&[u8]] = &[b"bench"];

/// What to measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchOptions {
    /// Batch sizes, each 1 to 64.
    pub batches: Vec<u32>,
    /// How often a batch is run and proved, at least once; the median counts. One run before them, which is not timed, warms up.
    pub repeats: u32,
}

impl Default for BenchOptions {
    fn default() -> Self {
        Self {
            batches: vec![1, 8, 64],
            repeats: 3,
        }
    }
}

/// Why a model cannot be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// A batch size that no proof has.
    #[error("a batch of {0} inputs; a proof has 1 to {max}", max = MAX_BATCH)]
    Batch(u32),
    /// The device.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// The prover.
    #[error("proving failed: {0}")]
    Prove(ProveError),
    /// A proof that was just made does not verify, or proves another output than the device computed.
    #[error("a proof of a batch of {batch} is not valid: {reason}")]
    Invalid {
        /// The batch.
        batch: u32,
        /// What the verifier says.
        reason: String,
    },
}

/// The times of one model on one device.
#[derive(Clone, Debug, Serialize)]
pub struct ModelBench {
    /// [`Backend::name`].
    pub backend: String,
    /// Multiply-accumulates of one input: the chain's unit of work.
    pub work_per_input: u64,
    /// Weights, biases and table values.
    pub parameters: u64,
    /// Seconds for putting the model on the device and comparing it with the interpreter.
    pub load_seconds: f64,
    /// By batch size, as asked for.
    pub times: Vec<BatchTime>,
}

/// Median seconds for a batch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BatchTime {
    /// Inputs.
    pub batch: u32,
    /// Running the whole batch on the device.
    pub execute_seconds: f64,
    /// Proving it, on the processor, tracing the run on the interpreter included.
    pub prove_seconds: f64,
    /// Verifying the proof.
    pub verify_seconds: f64,
    /// Length of the proof.
    pub proof_bytes: usize,
}

impl ModelBench {
    /// The device's speed by the widest batch, `None` if nothing was measured. `cost` is the circuit's for a batch.
    pub fn speed(&self, cost: impl Fn(u32) -> Option<CircuitCost>) -> Option<Speed> {
        let widest = self.times.iter().max_by_key(|time| time.batch)?;
        let cost = cost(widest.batch)?;
        Some(Speed::measured(
            widest.execute_seconds,
            widest.prove_seconds,
            &cost,
        ))
    }
}

/// Runs, proves and verifies batches of a model. Takes as long as the batches take, and all cores while it proves. Every result is checked:
/// the device's outputs are the proved ones, and the proofs verify.
///
/// # Errors
/// [`BenchError`] names the batch.
pub fn measure(
    backend: &dyn Backend,
    key: &ProvingKey,
    options: &BenchOptions,
) -> Result<ModelBench, BenchError> {
    if let Some(&batch) = options
        .batches
        .iter()
        .find(|&&batch| batch == 0 || batch > MAX_BATCH)
    {
        return Err(BenchError::Batch(batch));
    }
    let circuit = key.model().circuit();
    let start = Instant::now();
    let loaded = backend.load(Arc::new(key.model().clone()))?;
    let load_seconds = start.elapsed().as_secs_f64();
    let times = options
        .batches
        .iter()
        .map(|&batch| {
            let inputs = inputs(circuit.input(), batch);
            measure_batch(loaded.as_ref(), key, &inputs, options.repeats.max(1))
        })
        .collect::<Result<_, _>>()?;
    let cost = circuit.cost(1);
    Ok(ModelBench {
        backend: backend.name(),
        work_per_input: cost.as_ref().map_or(0, |cost| cost.multiply_accumulates),
        parameters: cost.as_ref().map_or(0, |cost| cost.parameters),
        load_seconds,
        times,
    })
}

/// Inputs over the whole range of codes. Neither running nor proving depends on the codes much.
fn inputs(info: &TensorInfo, batch: u32) -> Vec<Vec<i32>> {
    // Constant inputs are left out: they would make the lookups of a proof cheaper.
    let known = known_inputs(info);
    known[3..]
        .iter()
        .cycle()
        .take(batch as usize)
        .cloned()
        .collect()
}

fn measure_batch(
    loaded: &dyn LoadedModel,
    key: &ProvingKey,
    inputs: &[Vec<i32>],
    repeats: u32,
) -> Result<BatchTime, BenchError> {
    let batch = inputs.len() as u32;
    let invalid = |reason: String| BenchError::Invalid { batch, reason };
    let context = Context {
        chain_id: [0; 32],
        jobs: JOBS,
        provider: [0; 32],
    };
    let outputs = loaded.run(inputs)?;
    let (mut execute, mut proving, mut verifying) = (vec![], vec![], vec![]);
    let mut proof_bytes = 0;
    for _ in 0..repeats {
        let (seconds, again) = time(|| loaded.run(inputs));
        if again? != outputs {
            return Err(invalid("two runs of the device differ".into()));
        }
        execute.push(seconds);
        let (seconds, proven) = time(|| prove(key, &context, inputs));
        let proven = proven.map_err(BenchError::Prove)?;
        proving.push(seconds);
        if proven.outputs != outputs {
            return Err(invalid(
                "the device's outputs are not the proved ones".into(),
            ));
        }
        let proof = proven.proof.to_bytes();
        let statement = Statement {
            context,
            inputs,
            outputs: &outputs,
        };
        let (seconds, verified) = time(|| verify(key.verifying_key(), &statement, &proof));
        verified.map_err(|error: VerifyError| invalid(error.to_string()))?;
        verifying.push(seconds);
        proof_bytes = proof.len();
    }
    Ok(BatchTime {
        batch,
        execute_seconds: median(execute),
        prove_seconds: median(proving),
        verify_seconds: median(verifying),
        proof_bytes,
    })
}

fn time<T>(task: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = task();
    (start.elapsed().as_secs_f64(), result)
}

/// The middle one, the later of two; 0 of none.
fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::executor::{open, probe_model, AdapterPolicy};

    #[test]
    fn take_the_median() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0]), 4.0);
        assert_eq!(median(vec![]), 0.0);
    }

    #[test]
    fn measure_and_check_every_batch() {
        let key = ProvingKey::new(probe_model()).expect("small");
        let backend = open(&AdapterPolicy::Cpu).expect("always there");
        let options = BenchOptions {
            batches: vec![1, 2],
            repeats: 1,
        };
        let bench = measure(backend.as_ref(), &key, &options).expect("it runs");
        assert_eq!(bench.times.len(), 2);
        for time in &bench.times {
            assert!(time.execute_seconds > 0.0 && time.prove_seconds > 0.0);
            assert!(time.verify_seconds > 0.0 && time.proof_bytes > 0);
        }
        let speed = bench.speed(|batch| key.model().circuit().cost(batch));
        assert!(speed.is_some_and(|speed| speed.prove_seconds_per_leaf > 0.0));
    }

    #[test]
    fn refuse_a_batch_that_no_proof_has() {
        let key = ProvingKey::new(probe_model()).expect("small");
        let backend = open(&AdapterPolicy::Cpu).expect("always there");
        for batch in [0, 65] {
            let options = BenchOptions {
                batches: vec![batch],
                repeats: 1,
            };
            let error = measure(backend.as_ref(), &key, &options).map(|_| ());
            assert!(matches!(error, Err(BenchError::Batch(found)) if found == batch));
        }
    }
}
