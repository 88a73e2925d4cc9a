// SPDX-License-Identifier: Apache-2.0
//! The submitter's loop.

use std::{collections::BTreeMap, sync::Arc};

use assay_client::{
    types::{Balance, JobId, ModelId},
    Call,
};

use super::{
    sending::{send, send_again},
    signing::{sign, Nonces},
};
use crate::{
    chain::View,
    error::{codes, ServiceError},
    job::{
        decide::{is_workable, Sight},
        Batch, EarlyResult, JobRecord, Purpose, Stage, StoredTransaction,
    },
    services::{now, pricer::Order, Conduct, Shared},
    supervisor::Context,
};

/// Runs the submitter until the worker drains; what is ready then is still sent.
///
/// # Errors
///
/// If the chain can't be asked, or the database fails.
pub async fn run(shared: Arc<Shared>, context: Context) -> Result<(), ServiceError> {
    let mut orders = shared.order_receiver.lock().await;
    let mut views = shared.views.subscribe();
    loop {
        let draining = context.shutdown.is_draining();
        tokio::select! {
            _ = context.shutdown.stopping() => return Ok(()),
            result = turn(&shared, &context) => result?,
        }
        if draining {
            return Ok(());
        }
        tokio::select! {
            _ = context.shutdown.draining() => {}
            changed = views.changed() => if changed.is_err() { return Ok(()) },
            _ = shared.bells.submitter.notified() => {}
            order = orders.recv() => match order {
                Some(Order::Accept { job, model, min_price }) => {
                    accept(&shared, job, model, min_price).await?;
                }
                None => return Ok(()),
            },
        }
    }
}

/// Does all that is to be done now.
async fn turn(shared: &Shared, context: &Context) -> Result<(), ServiceError> {
    let Some(view) = shared.view() else {
        return Ok(());
    };
    if view.balance == 0 {
        let reason = "the signing account has nothing to pay fees with";
        context.health.degraded(codes::TX_006, reason);
    } else {
        context.health.ok();
    }
    send_again(shared, &view).await?;
    submit_early_results(shared, &view).await?;
    submit_proofs(shared, &view).await?;
    fill_gap(shared, &view).await
}

/// Accepts a job, if it can still be had.
async fn accept(
    shared: &Shared,
    id: JobId,
    model: ModelId,
    min_price: Balance,
) -> Result<(), ServiceError> {
    let Some(view) = shared.view() else {
        return Ok(());
    };
    let open = view.auctions.iter().any(|(_, open)| open.job == id);
    let jobs = shared.store.run(|store| store.open_jobs()).await?;
    if !open || jobs.contains_key(&id) || jobs.len() >= shared.config.jobs.max_open as usize {
        return Ok(());
    }
    let Some(facts) = shared
        .port
        .job(id)
        .await?
        .filter(|facts| facts.model == model)
    else {
        return Ok(());
    };
    let call = Call::Accept { job: id, min_price };
    let transaction = sign(shared, &call, Purpose::Accept(id)).await?;
    let stage = Stage::Accepting {
        transaction: transaction.hash,
    };
    let record = JobRecord::new(id, &facts, stage, view.best.number, now());
    shared.reach("acceptance signed");
    let stored = transaction.clone();
    let begun = shared
        .store
        .run(move |store| store.begin_accept(&record, &stored))
        .await?;
    if !begun {
        return Ok(());
    }
    shared.reach("acceptance written");
    tracing::info!(
        job = id,
        model,
        min_price,
        nonce = transaction.nonce,
        "accepting"
    );
    send(shared, &transaction, view.best.number).await
}

/// Signs and sends a transaction for each batch that is proven.
async fn submit_proofs(shared: &Shared, view: &View) -> Result<(), ServiceError> {
    let (jobs, batches) = shared
        .store
        .run(|store| Ok((store.open_jobs()?, store.batches()?)))
        .await?;
    for batch in batches.into_values() {
        match readiness(&batch, &jobs, view) {
            Readiness::Wait => {}
            Readiness::Broken => {
                let why = "a job of a batch is gone or late; the others are proven again";
                tracing::warn!(batch = batch.id, why);
                break_batch(shared, view, &batch).await?;
            }
            Readiness::Ready => submit_proof(shared, view, batch).await?,
        }
    }
    Ok(())
}

/// Gives the jobs of a batch back to the prover.
async fn break_batch(shared: &Shared, view: &View, batch: &Batch) -> Result<(), ServiceError> {
    let (id, best) = (batch.id, view.best.number);
    shared
        .store
        .run(move |store| store.break_batch(id, best))
        .await?;
    shared.reach("batch broken");
    shared.bells.prover.notify_one();
    Ok(())
}

/// Whether a batch can be submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readiness {
    Wait,
    Ready,
    Broken,
}

fn readiness(batch: &Batch, jobs: &BTreeMap<JobId, JobRecord>, view: &View) -> Readiness {
    // While a transaction with it may come into a block, it stays as it is.
    let submitting = |job: &JobRecord| matches!(job.stage, Stage::Submitting { batch: id, .. } if id == batch.id);
    if jobs.values().any(submitting) {
        return Readiness::Wait;
    }
    let mut ready = true;
    for id in &batch.jobs {
        let member = jobs
            .get(id)
            .filter(|job| job.stage.batch() == Some(batch.id));
        let Some(job) = member else {
            return Readiness::Broken;
        };
        let sight = view.sights.get(id).map(|sights| sights.best);
        match sight {
            Some(Sight::Ours(deal)) if view.best.number >= deal.deadline => {
                return Readiness::Broken;
            }
            _ => ready &= is_workable(job, sight.as_ref(), &view.best),
        }
    }
    match ready {
        true => Readiness::Ready,
        false => Readiness::Wait,
    }
}

async fn submit_proof(shared: &Shared, view: &View, batch: Batch) -> Result<(), ServiceError> {
    let (id, best) = (batch.id, view.best.number);
    let weight = shared
        .port
        .verification_weight(batch.model, batch.inputs)
        .await?;
    let Some(weight_limit) = weight else {
        let why = "the chain does not say what verifying the proof weighs";
        tracing::warn!(
            code = codes::TX_002.id,
            batch = id,
            why,
            "a proof cannot be submitted yet"
        );
        shared
            .store
            .run(move |store| store.release_batch(id, best, Some(why)))
            .await?;
        return Ok(());
    };
    let (limits, jobs) = (shared.port.call_limits(), batch.jobs.len());
    if jobs > 1 && !limits.fits_a_block(weight_limit, jobs) {
        let why = "no block can take a batch any more; its jobs are proven in smaller ones";
        tracing::warn!(batch = id, why);
        return break_batch(shared, view, &batch).await;
    }
    let call = Call::SubmitProof {
        jobs: batch.jobs.clone(),
        outputs: batch.outputs,
        proof: batch.proof,
        weight_limit,
    };
    let transaction = sign(shared, &call, Purpose::Proof(id)).await?;
    shared.reach("submission signed");
    let stored = transaction.clone();
    let begun = shared
        .store
        .run(move |store| store.begin_submit(id, &stored, best))
        .await?;
    if !begun {
        return Ok(());
    }
    shared.reach("submission written");
    tracing::info!(batch = id, jobs = ?batch.jobs, nonce = transaction.nonce, "submitting a proof");
    send(shared, &transaction, best).await
}

/// Publishes the outputs of executed jobs, if the operator wants that.
async fn submit_early_results(shared: &Shared, view: &View) -> Result<(), ServiceError> {
    let lying = shared.hooks.conduct == Conduct::LyingEarlyResult;
    if !shared.config.jobs.early_results && !lying {
        return Ok(());
    }
    let jobs = shared.store.run(|store| store.open_jobs()).await?;
    for job in jobs.into_values() {
        let sight = view.sights.get(&job.id).map(|sights| &sights.best);
        let due = job.stage == Stage::Executed
            && job.early == EarlyResult::No
            && is_workable(&job, sight, &view.best);
        let Some(outputs) = job.outputs.filter(|_| due) else {
            continue;
        };
        let mut results = vec![(job.id, outputs)];
        if lying {
            crate::adversary::falsify(&mut results);
        }
        for (id, outputs) in results {
            let call = Call::PublishEarlyResult { job: id, outputs };
            let transaction = sign(shared, &call, Purpose::EarlyResult(id)).await?;
            let stored = transaction.clone();
            let begin = move |store: &crate::store::Store| store.begin_early_result(id, &stored);
            if shared.store.run(begin).await? {
                shared.reach("early result written");
                send(shared, &transaction, view.best.number).await?;
            }
        }
    }
    Ok(())
}

/// Uses a nonce that a dead transaction left free while later ones wait for it.
async fn fill_gap(shared: &Shared, view: &View) -> Result<(), ServiceError> {
    let pending = shared.store.run(|store| store.transactions()).await?;
    let waiting = |transaction: &&StoredTransaction| transaction.nonce > view.best.nonce;
    if !pending.values().any(|transaction| waiting(&transaction)) {
        return Ok(());
    }
    if Nonces::now(shared).await?.gap().is_none() {
        return Ok(());
    }
    let transaction = sign(shared, &Call::BatchAll(Vec::new()), Purpose::Fill).await?;
    tracing::warn!(
        nonce = transaction.nonce,
        "filling a nonce that a dead transaction left free"
    );
    let stored = transaction.clone();
    shared
        .store
        .run(move |store| store.begin_fill(&stored))
        .await?;
    shared.reach("filler written");
    send(shared, &transaction, view.best.number).await
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::job::{decide::Sights, testing::record, transaction::testing::head};

    fn batch() -> Batch {
        Batch {
            id: 7,
            model: 1,
            jobs: vec![1, 2],
            inputs: 2,
            outputs: vec![0; 4],
            proof: vec![0; 10],
        }
    }

    fn story(stages: [Stage; 2], best: u32) -> Readiness {
        let jobs: BTreeMap<JobId, JobRecord> = [1, 2]
            .into_iter()
            .zip(stages)
            .map(|(id, stage)| (id, record(id, stage)))
            .collect();
        let sights = jobs.iter().map(|(id, job)| {
            let sight = Sight::Ours(job.deal.unwrap());
            let sights = Sights {
                best: sight,
                finalised: sight,
            };
            (*id, sights)
        });
        let view = View {
            best: head(best, 0),
            finalised: head(best - 3, 0),
            sights: sights.collect(),
            ..View::default()
        };
        readiness(&batch(), &jobs, &view)
    }

    #[test]
    fn submit_a_batch_when_all_of_it_is_proven() {
        let proven = || Stage::Proven { batch: 7 };
        assert_eq!(story([proven(), proven()], 60), Readiness::Ready);
        let submitting = Stage::Submitting {
            batch: 7,
            transaction: [0; 32],
        };
        assert_eq!(story([proven(), submitting], 60), Readiness::Wait);
    }

    #[test]
    fn break_a_batch_that_is_not_whole_or_late() {
        let proven = || Stage::Proven { batch: 7 };
        assert_eq!(story([proven(), Stage::Executed], 60), Readiness::Broken);
        assert_eq!(story([proven(), proven()], 100), Readiness::Broken);
    }
}
