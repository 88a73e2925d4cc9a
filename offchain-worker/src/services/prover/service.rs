// SPDX-License-Identifier: Apache-2.0
//! The prover's loop.

use std::{
    collections::BTreeMap,
    sync::{atomic::Ordering, Arc},
    time::Instant,
};

use assay_client::{
    codes::unpack,
    types::{JobId, ModelId},
};
use assay_proof::{prove, verify, Context as ProofContext, ProofShape, Statement};

use super::batch::{choose, Candidate, Limits, Patience};
use crate::{
    error::{codes, Code, ServiceError},
    job::{decide::is_workable, JobRecord, Stage},
    services::{at_each_turn, blocking, shelf::ReadyModel, Conduct, Shared},
    store::NewProof,
    supervisor::Context,
};

/// What is to be proven.
struct Task {
    model: Arc<ReadyModel>,
    /// Ascending.
    jobs: Vec<JobRecord>,
    /// Of all jobs, one after another.
    inputs: Vec<Vec<i32>>,
    chain_id: [u8; 32],
    provider: [u8; 32],
    conduct: Conduct,
}

/// What came of it.
struct Done {
    proof: Vec<u8>,
    /// The codes of each job's outputs, as proven.
    outputs: Vec<(JobId, Vec<i32>)>,
    /// Whether the device had computed something else.
    differs: bool,
}

/// Runs the prover until the worker drains.
///
/// # Errors
///
/// If the chain can't be asked, the database fails, or the threads can't be started.
pub async fn run(shared: Arc<Shared>, context: Context) -> Result<(), ServiceError> {
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(shared.config.proving.threads)
        .thread_name(|index| format!("prover-{index}"))
        .build()
        .map_err(|error| ServiceError::recoverable(codes::PV_001, error))?;
    let threads = Arc::new(threads);
    at_each_turn(&shared, &context, &shared.bells.prover, || async {
        if shared.hooks.conduct == Conduct::Silence {
            return Ok(());
        }
        while let Some(task) = next(&shared).await? {
            prove_batch(&shared, &threads, task).await?;
            if context.shutdown.is_draining() {
                break;
            }
        }
        context.health.ok();
        Ok(())
    })
    .await
}

/// The most urgent batch that should be proven now.
async fn next(shared: &Shared) -> Result<Option<Task>, ServiceError> {
    let Some(view) = shared.view() else {
        return Ok(None);
    };
    let jobs = shared.store.run(|store| store.open_jobs()).await?;
    let mut by_model: BTreeMap<ModelId, Vec<&JobRecord>> = BTreeMap::new();
    for job in jobs.values() {
        let sight = view.sights.get(&job.id).map(|sights| &sights.best);
        if job.stage == Stage::Executed && is_workable(job, sight, &view.best) {
            by_model.entry(job.model).or_default().push(job);
        }
    }
    let mut batches = Vec::new();
    for (id, candidates) in by_model {
        let Some(model) = shared.shelf.get(id) else {
            continue;
        };
        let chosen = choose_of(shared, &model, &candidates, view.best.number);
        let deadlines = chosen
            .iter()
            .filter_map(|id| Some(jobs.get(id)?.deadline()));
        if let Some(deadline) = deadlines.min() {
            batches.push((deadline, model, chosen));
        }
    }
    let Some((_, model, mut chosen)) = batches.into_iter().min_by_key(|batch| batch.0) else {
        return Ok(None);
    };
    let inputs_of = |ids: &[JobId]| ids.iter().filter_map(|id| Some(jobs.get(id)?.inputs)).sum();
    // Verifying it and settling its jobs must fit a block: the whole batch, or a smaller one.
    while chosen.len() > 1 {
        let inputs: u32 = inputs_of(&chosen);
        let weight = shared.port.verification_weight(model.id, inputs).await?;
        let fits = |weight| {
            let limits = shared.port.call_limits();
            limits.fits_a_block(weight, chosen.len())
        };
        if weight.is_some_and(fits) {
            break;
        }
        chosen.truncate(chosen.len() / 2);
    }
    let records: Vec<JobRecord> = chosen
        .iter()
        .filter_map(|id| jobs.get(id).cloned())
        .collect();
    task(shared, model, records).await
}

fn choose_of(
    shared: &Shared,
    model: &ReadyModel,
    candidates: &[&JobRecord],
    best: u32,
) -> Vec<JobId> {
    let config = &shared.config;
    let chain = shared.port.call_limits();
    let limits = Limits {
        jobs: chain.jobs,
        inputs: config.proving.max_batch_inputs.min(model.max_batch),
        call_bytes: chain.bytes,
    };
    let patience = Patience {
        blocks: config.proving.batch_wait,
        margin: config
            .pricing
            .safety_margin
            .saturating_add(config.proving.batch_wait),
    };
    let proof_bytes = |inputs| match model.key.verifying_key().plan(inputs) {
        Ok(plan) => ProofShape::new(&plan).bytes(),
        Err(_) => usize::MAX / 2,
    };
    let candidates = candidates.iter().map(|job| Candidate {
        job: job.id,
        inputs: job.inputs,
        output_codes: job.output_codes,
        deadline: job.deadline(),
        since: job.since,
    });
    choose(candidates.collect(), limits, patience, best, proof_bytes)
}

/// Puts together what is to be proven.
async fn task(
    shared: &Shared,
    model: Arc<ReadyModel>,
    jobs: Vec<JobRecord>,
) -> Result<Option<Task>, ServiceError> {
    let mut inputs = Vec::new();
    for job in &jobs {
        let packed = shared.port.inputs(job.input_hash).await?;
        match packed.and_then(|packed| unpack(&packed, &model.format).ok()) {
            Some(own) if own.len() == job.inputs as usize => inputs.extend(own),
            // They were there when it was executed: the next view says what has changed.
            _ => return Ok(None),
        }
    }
    Ok(Some(Task {
        model,
        jobs,
        inputs,
        chain_id: shared.port.chain_id(),
        provider: shared.provider.0,
        conduct: shared.hooks.conduct,
    }))
}

async fn prove_batch(
    shared: &Arc<Shared>,
    threads: &Arc<rayon::ThreadPool>,
    task: Task,
) -> Result<(), ServiceError> {
    let started = Instant::now();
    let (model, inputs) = (task.model.clone(), task.inputs.len() as u32);
    let ids: Vec<JobId> = task.jobs.iter().map(|job| job.id).collect();
    let threads = threads.clone();
    let Some(result) = blocking(move || threads.install(|| prove_and_check(&task))).await else {
        return Ok(());
    };
    let seconds = started.elapsed().as_secs_f64();
    let best = shared.moment().block;
    let done = match result {
        Ok(done) => done,
        Err((code, why)) => {
            tracing::error!(code = code.id, jobs = ?ids, %why, "a batch could not be proven");
            for id in ids {
                let why = why.clone();
                let write = move |store: &crate::store::Store| store.failed(id, best, &why);
                shared.store.run(write).await?;
            }
            return Ok(());
        }
    };
    shared.reach("proven");
    model.with_speed(|speed| speed.note_proof(inputs, seconds));
    if done.differs {
        shared.distrusted.store(true, Ordering::Relaxed);
        tracing::error!(code = codes::EX_902.id, jobs = ?ids, "the device's outputs differ from the proven ones; it is not used any more");
    }
    let bytes = done.proof.len() as u64;
    let proof = NewProof {
        model: model.id,
        jobs: done.outputs,
        inputs,
        proof: done.proof,
    };
    let batch = shared
        .store
        .run(move |store| store.proven(proof, best))
        .await?;
    shared.reach("proof stored");
    shared.metrics.proved(seconds, ids.len() as u64, bytes);
    tracing::info!(?batch, jobs = ?ids, inputs, bytes, seconds, "proven and verified");
    shared.bells.submitter.notify_one();
    Ok(())
}

/// Proves a batch, and verifies the proof as the chain will. Blocks.
fn prove_and_check(task: &Task) -> Result<Done, (Code, String)> {
    let encoded: Vec<[u8; 8]> = task
        .jobs
        .iter()
        .map(|job| assay_client::codes::job_bytes(job.id))
        .collect();
    let jobs: Vec<&[u8]> = encoded.iter().map(|bytes| bytes.as_slice()).collect();
    let context = ProofContext {
        chain_id: task.chain_id,
        jobs: &jobs,
        provider: task.provider,
    };
    let key = &task.model.key;
    let proven =
        prove(key, &context, &task.inputs).map_err(|error| (codes::PV_001, error.to_string()))?;
    let proof = proven.proof.to_bytes();
    let statement = Statement {
        context,
        inputs: &task.inputs,
        outputs: &proven.outputs,
    };
    verify(key.verifying_key(), &statement, &proof)
        .map_err(|error| (codes::PV_002, error.to_string()))?;
    let mut all = proven.outputs.into_iter();
    let mut outputs = Vec::new();
    let mut differs = false;
    for job in &task.jobs {
        let own: Vec<i32> = all.by_ref().take(job.inputs as usize).flatten().collect();
        differs |= job.outputs.as_ref().is_some_and(|codes| *codes != own);
        outputs.push((job.id, own));
    }
    if task.conduct == Conduct::LyingProof {
        crate::adversary::falsify(&mut outputs);
    }
    Ok(Done {
        proof,
        outputs,
        differs: differs && task.conduct == Conduct::Honest,
    })
}
