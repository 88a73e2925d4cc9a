// SPDX-License-Identifier: Apache-2.0
//! Runs the models of accepted jobs on the device, jobs of one model together.
//!
//! A device that stops working is opened again; if that doesn't help, or if it has computed something wrong, the reference interpreter
//! does the work: it is slower, and what was accepted is not lost. A job of which the chain has refused a proof is computed by the
//! interpreter as well.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use assay_client::{codes::unpack, types::JobId};

use super::{at_each_turn, blocking, shelf::ReadyModel, Conduct, Shared};
use crate::{
    error::{codes, ServiceError},
    executor::ExecutorError,
    job::{decide::is_workable, JobRecord, Stage},
    supervisor::Context,
};

/// The most inputs that are run together.
const MOST_INPUTS: usize = 256;

/// Jobs of one model with their inputs.
struct Work {
    model: Arc<ReadyModel>,
    jobs: Vec<(JobId, usize)>,
    inputs: Vec<Vec<i32>>,
    by_interpreter: bool,
}

/// Runs the stage until the worker drains.
///
/// # Errors
///
/// If the chain can't be asked, or the database fails; fatal if the device can't be trusted and nothing is left to do.
pub async fn run(shared: Arc<Shared>, context: Context) -> Result<(), ServiceError> {
    at_each_turn(&shared, &context, &shared.bells.executor, || async {
        if shared.hooks.conduct == Conduct::Silence {
            return Ok(());
        }
        while let Some(work) = next(&shared).await? {
            context.health.ok();
            execute(&shared, work).await?;
            if context.shutdown.is_draining() {
                break;
            }
        }
        end_if_distrusted(&shared).await
    })
    .await
}

/// The most urgent job that can be executed, and others of its model.
async fn next(shared: &Arc<Shared>) -> Result<Option<Work>, ServiceError> {
    let Some(view) = shared.view() else {
        return Ok(None);
    };
    let jobs = shared.store.run(|store| store.open_jobs()).await?;
    let mut ready: Vec<&JobRecord> = jobs
        .values()
        .filter(|job| {
            let sight = view.sights.get(&job.id).map(|sights| &sights.best);
            job.stage == Stage::Accepted && is_workable(job, sight, &view.best)
        })
        .collect();
    ready.sort_by_key(|job| job.deadline());
    let mut work: Option<Work> = None;
    for job in ready {
        let Some(model) = shared.shelf.get(job.model) else {
            continue;
        };
        let by_interpreter = job.rejections > 0 || shared.is_distrusted();
        let fits = work.as_ref().is_none_or(|work| {
            work.model.id == job.model
                && work.by_interpreter == by_interpreter
                && work.inputs.len() + job.inputs as usize <= MOST_INPUTS
        });
        if !fits {
            continue;
        }
        let Some(inputs) = inputs_of(shared, job, &model).await? else {
            continue;
        };
        let work = work.get_or_insert_with(|| Work {
            model,
            jobs: Vec::new(),
            inputs: Vec::new(),
            by_interpreter,
        });
        work.jobs.push((job.id, inputs.len()));
        work.inputs.extend(inputs);
    }
    Ok(work)
}

/// The input codes of a job. `None` if the chain doesn't have them, or they don't fit; the job then waits.
pub(super) async fn inputs_of(
    shared: &Shared,
    job: &JobRecord,
    model: &ReadyModel,
) -> Result<Option<Vec<Vec<i32>>>, ServiceError> {
    let trouble = match shared.port.inputs(job.input_hash).await? {
        None => "the chain does not have the job's inputs".to_string(),
        Some(packed) => match unpack(&packed, &model.format) {
            Ok(inputs) if inputs.len() == job.inputs as usize => return Ok(Some(inputs)),
            Ok(inputs) => format!("{} inputs instead of {}", inputs.len(), job.inputs),
            Err(error) => error.to_string(),
        },
    };
    tracing::warn!(code = codes::EX_901.id, job = job.id, %trouble, "the inputs cannot be used yet");
    let (id, best) = (job.id, shared.moment().block);
    shared
        .store
        .run(move |store| store.failed(id, best, &trouble))
        .await?;
    Ok(None)
}

async fn execute(shared: &Arc<Shared>, work: Work) -> Result<(), ServiceError> {
    let started = Instant::now();
    let Work {
        model,
        jobs,
        inputs,
        by_interpreter,
    } = work;
    let count = inputs.len();
    let shared_there = shared.clone();
    let computed = blocking(move || compute(&shared_there, &model, &inputs, by_interpreter)).await;
    let Some(computed) = computed else {
        return Ok(());
    };
    let best = shared.moment().block;
    let outputs = match computed {
        Ok(outputs) => outputs,
        Err(trouble) => {
            tracing::error!(code = codes::EX_901.id, %trouble, "jobs cannot be executed");
            for (id, _) in jobs {
                let trouble = trouble.clone();
                let write = move |store: &crate::store::Store| store.failed(id, best, &trouble);
                shared.store.run(write).await?;
            }
            return Ok(());
        }
    };
    shared.reach("executed");
    shared
        .metrics
        .executed(started.elapsed().as_secs_f64(), count as u64);
    let results = split(&jobs, outputs);
    tracing::info!(
        jobs = results.len(),
        inputs = count,
        seconds = started.elapsed().as_secs_f64(),
        "executed"
    );
    shared
        .store
        .run(move |store| store.executed(results.into_iter().collect(), best))
        .await?;
    shared.reach("outputs stored");
    shared.bells.prover.notify_one();
    shared.bells.submitter.notify_one();
    Ok(())
}

/// The output codes of each job: those of its inputs one after another.
fn split(jobs: &[(JobId, usize)], outputs: Vec<Vec<i32>>) -> BTreeMap<JobId, Vec<i32>> {
    let mut outputs = outputs.into_iter();
    jobs.iter()
        .map(|(id, inputs)| (*id, outputs.by_ref().take(*inputs).flatten().collect()))
        .collect()
}

/// The outputs, from the device if it can be had. Blocks.
fn compute(
    shared: &Shared,
    model: &ReadyModel,
    inputs: &[Vec<i32>],
    by_interpreter: bool,
) -> Result<Vec<Vec<i32>>, String> {
    if !by_interpreter {
        match model.run(shared.backend.as_ref(), inputs) {
            Ok(outputs) => return Ok(outputs),
            Err(error @ ExecutorError::Untrusted { .. }) => {
                shared
                    .distrusted
                    .store(true, std::sync::atomic::Ordering::Relaxed);
                tracing::error!(code = codes::EX_902.id, %error, "the device is not used any more; open jobs are computed by the interpreter, and no more are accepted");
            }
            Err(error) => {
                tracing::error!(code = codes::EX_901.id, %error, "the device fails; the interpreter computes these jobs");
            }
        }
    }
    model.interpret(inputs).map_err(|error| error.to_string())
}

/// Ends the worker when the device can't be trusted and all that was accepted is done.
async fn end_if_distrusted(shared: &Shared) -> Result<(), ServiceError> {
    if !shared.is_distrusted()
        || !shared
            .store
            .run(|store| store.open_jobs())
            .await?
            .is_empty()
    {
        return Ok(());
    }
    Err(ServiceError::fatal(
        codes::EX_902,
        "the device computes wrongly; all open jobs have ended",
    ))
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn give_each_job_the_outputs_of_its_inputs() {
        let outputs = vec![vec![1, 2], vec![3, 4], vec![5, 6]];
        let split = split(&[(7, 2), (3, 1)], outputs);
        assert_eq!(split[&7], [1, 2, 3, 4]);
        assert_eq!(split[&3], [5, 6]);
    }
}
