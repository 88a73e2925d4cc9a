// SPDX-License-Identifier: Apache-2.0
//! Brings the database in line with what the chain says.
//!
//! First what became of transactions is looked up, then what follows for each job is decided and written, and last the transactions
//! on which nothing depends any more are forgotten. Killed in between, the next look does the rest.

use std::collections::{BTreeMap, BTreeSet};

use assay_client::types::JobId;

use crate::{
    chain::View,
    config::Finality,
    error::{codes, ServiceError},
    job::{
        decide::{decide, Followed, Outlook, Step},
        transaction::Outcome,
        BatchId, EarlyResult, End, Fate, FinishedJob, JobRecord, Purpose, Stage, StoredTransaction,
        TransactionHash,
    },
    services::{now, Shared},
    store::StoreError,
};

type Transactions = BTreeMap<TransactionHash, StoredTransaction>;
type Jobs = BTreeMap<JobId, JobRecord>;

/// Brings the database in line with `view`.
///
/// # Errors
///
/// If the chain can't be asked, or the database fails.
pub(super) async fn reconcile(shared: &Shared, view: &View) -> Result<(), ServiceError> {
    let (jobs, mut transactions) = shared
        .store
        .run(|store| Ok((store.open_jobs()?, store.transactions()?)))
        .await?;
    look_up(shared, view, &mut transactions).await?;
    shared.reach("outcomes stored");

    // Jobs that end come first: a batch is broken if one of its jobs has ended.
    let mut batches = BTreeMap::new();
    for (job, step) in steps(shared.config.chain.finality, view, &jobs, &transactions) {
        match (step, job.stage.batch()) {
            (Step::Wait, _) => {}
            (Step::Held(deal), _) => {
                let (id, best) = (job.id, view.best.number);
                shared
                    .store
                    .run(move |store| store.held(id, deal, best))
                    .await?;
                if matches!(job.stage, Stage::Accepting { .. }) {
                    tracing::info!(
                        job = id,
                        model = job.model,
                        price = deal.price,
                        deadline = deal.deadline,
                        "accepted"
                    );
                    shared.with_refusals(|refusals| refusals.forget(job.id));
                    shared.reach("acceptance stored");
                }
            }
            (Step::Finish(end, why), _) => finish(shared, view, job, end, why).await?,
            (step, Some(batch)) => {
                batches.entry(batch).or_insert(step);
            }
            (_, None) => {}
        }
    }
    for (batch, step) in batches {
        take_back(shared, view, batch, step, &jobs).await?;
    }
    follow_early_results(shared, view, &jobs, &transactions).await?;
    forget(shared, view, &transactions).await
}

/// Looks up what became of transactions that are in a block.
async fn look_up(
    shared: &Shared,
    view: &View,
    transactions: &mut Transactions,
) -> Result<(), ServiceError> {
    for transaction in transactions.values_mut() {
        let fate = transaction.fate(&view.best, &view.finalised);
        if !matches!(fate, Fate::Included | Fate::Final) || transaction.outcome.is_some() {
            continue;
        }
        let Some(seen) = shared.port.find(transaction).await? else {
            continue;
        };
        let call = transaction.purpose.name();
        match &seen.outcome {
            Outcome::Succeeded => {
                shared.metrics.transaction(call, "included");
                tracing::debug!(
                    call,
                    nonce = transaction.nonce,
                    "a transaction is in a block"
                );
            }
            Outcome::Failed(reason) => {
                if let Purpose::Accept(job) = transaction.purpose {
                    let best = view.best.number;
                    shared.with_refusals(|refusals| refusals.note(job, reason, best));
                }
                shared.metrics.transaction(call, "failed");
                tracing::warn!(code = codes::TX_002.id, call, nonce = transaction.nonce, %reason, "a call failed");
            }
            Outcome::ProofRejected(reason) => {
                shared.metrics.transaction(call, "failed");
                tracing::error!(code = codes::TX_003.id, call, %reason, "the chain refused a proof");
            }
        }
        shared.metrics.fees_paid(seen.fee.unwrap_or(0));
        transaction.outcome = Some(seen.outcome.clone());
        transaction.fee = seen.fee;
        let hash = transaction.hash;
        shared
            .store
            .run(move |store| store.saw(hash, seen.outcome, seen.fee))
            .await?;
    }
    Ok(())
}

/// What follows for each job.
fn steps<'j>(
    settled_when: Finality,
    view: &View,
    jobs: &'j Jobs,
    transactions: &Transactions,
) -> Vec<(&'j JobRecord, Step)> {
    let follow = |transaction: &StoredTransaction| transaction.fate(&view.best, &view.finalised);
    let acceptance_of = |id| {
        let mut all = transactions.values();
        all.find(|transaction| transaction.purpose == Purpose::Accept(id))
    };
    let of_job = |record: &'j JobRecord| {
        let sights = *view.sights.get(&record.id)?;
        let acceptance = match &record.stage {
            Stage::Accepting { transaction } => transactions.get(transaction),
            _ => acceptance_of(record.id),
        };
        let submission = match &record.stage {
            Stage::Submitting { transaction, .. } => transactions.get(transaction),
            _ => None,
        };
        fn followed(transaction: &StoredTransaction, fate: Fate) -> Followed<'_> {
            Followed {
                fate,
                outcome: transaction.outcome.as_ref(),
            }
        }
        let outlook = Outlook {
            record,
            sights,
            best: &view.best,
            finalised: &view.finalised,
            acceptance: acceptance.map(|transaction| followed(transaction, follow(transaction))),
            submission: submission.map(|transaction| followed(transaction, follow(transaction))),
            settled_when,
        };
        Some((record, decide(&outlook)))
    };
    jobs.values().filter_map(of_job).collect()
}

/// Ends a job.
async fn finish(
    shared: &Shared,
    view: &View,
    job: &JobRecord,
    end: End,
    why: Option<String>,
) -> Result<(), ServiceError> {
    let moment = crate::job::Moment {
        block: view.best.number,
        seconds: now(),
    };
    let id = job.id;
    let finished = shared
        .store
        .run(move |store| store.finish(id, end, why, moment))
        .await?;
    if let Some(finished) = finished {
        report(shared, &finished);
        shared.reach("end stored");
    }
    Ok(())
}

/// Tells operators how a job ended.
fn report(shared: &Shared, job: &FinishedJob) {
    let (id, model) = (job.id, job.model);
    let detail = job.detail.as_deref().unwrap_or("");
    match &job.end {
        End::Settled {
            block,
            price,
            bounty,
        } => {
            shared.metrics.job_finished("settled", "");
            shared.metrics.earned(price.saturating_add(*bounty));
            tracing::info!(job = id, model, block, price, bounty, "settled");
        }
        End::Lost(reason) => {
            let reason = reason.name();
            shared.metrics.job_finished("lost", reason);
            tracing::error!(
                code = codes::TX_004.id,
                job = id,
                model,
                reason,
                detail,
                "a job was lost"
            );
        }
        End::NotAccepted => {
            shared.metrics.job_declined("not accepted");
            tracing::info!(job = id, model, detail, "a job went to another");
        }
    }
}

/// Takes back a submission that came to nothing.
async fn take_back(
    shared: &Shared,
    view: &View,
    batch: BatchId,
    step: Step,
    jobs: &Jobs,
) -> Result<(), ServiceError> {
    let best = view.best.number;
    let write = move |step: Step| {
        move |store: &crate::store::Store| -> Result<bool, StoreError> {
            match step {
                Step::SubmitAgain => store.release_batch(batch, best, None),
                Step::SubmissionFailed(why) => store.release_batch(batch, best, Some(&why)),
                Step::Rejected(why) => store.rejected(batch, best, &why),
                _ => Ok(false),
            }
        }
    };
    match &step {
        Step::Rejected(why) => {
            let mut models = jobs.values().filter(|job| job.stage.batch() == Some(batch));
            if let Some(job) = models.next() {
                shared.quarantine(job.model);
                tracing::error!(code = codes::TX_003.id, batch, model = job.model, %why, "no more jobs of this model are accepted; its open jobs are computed once more, by the reference interpreter");
            }
        }
        Step::SubmissionFailed(why) => {
            tracing::warn!(batch, %why, "the submission of a proof failed; it is tried again");
        }
        _ => tracing::warn!(
            batch,
            "a transaction with a proof died; the proof is sent again"
        ),
    }
    shared.store.run(write(step)).await?;
    shared.reach("submission taken back");
    Ok(())
}

/// Follows the transactions that publish outputs early.
async fn follow_early_results(
    shared: &Shared,
    view: &View,
    jobs: &Jobs,
    transactions: &Transactions,
) -> Result<(), ServiceError> {
    for job in jobs.values() {
        let EarlyResult::Sent(hash) = job.early else {
            continue;
        };
        let fate = transactions
            .get(&hash)
            .map_or(Fate::Final, |found| found.fate(&view.best, &view.finalised));
        let next = match fate {
            Fate::Pending | Fate::Included => continue,
            Fate::Dead => EarlyResult::No,
            Fate::Final => EarlyResult::Done,
        };
        let id = job.id;
        shared
            .store
            .run(move |store| store.early_result(id, next))
            .await?;
    }
    Ok(())
}

/// Forgets transactions whose fate is known for good, and on which no job depends.
async fn forget(
    shared: &Shared,
    view: &View,
    transactions: &Transactions,
) -> Result<(), ServiceError> {
    let over: Vec<&StoredTransaction> = transactions
        .values()
        .filter(|transaction| transaction.fate(&view.best, &view.finalised).is_final())
        .collect();
    if over.is_empty() {
        return Ok(());
    }
    let jobs = shared.store.run(|store| store.open_jobs()).await?;
    let needed: BTreeSet<TransactionHash> = jobs.values().flat_map(needed_by).collect();
    for transaction in over {
        if needed.contains(&transaction.hash) {
            continue;
        }
        if transaction.fate(&view.best, &view.finalised) == Fate::Dead {
            let call = transaction.purpose.name();
            shared.metrics.transaction(call, "died");
            tracing::warn!(
                code = codes::TX_005.id,
                call,
                nonce = transaction.nonce,
                "a transaction died before it was in a block"
            );
        }
        let hash = transaction.hash;
        shared.store.run(move |store| store.forget(hash)).await?;
        shared.reach("transaction forgotten");
    }
    Ok(())
}

/// The transactions whose fate decides about a job.
fn needed_by(job: &JobRecord) -> Vec<TransactionHash> {
    let stage = match &job.stage {
        Stage::Accepting { transaction } | Stage::Submitting { transaction, .. } => {
            Some(*transaction)
        }
        _ => None,
    };
    let early = match job.early {
        EarlyResult::Sent(hash) => Some(hash),
        _ => None,
    };
    stage.into_iter().chain(early).collect()
}
