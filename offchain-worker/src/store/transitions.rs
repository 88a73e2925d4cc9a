// SPDX-License-Identifier: Apache-2.0
//! The steps of a job's life, each one transaction of the database.
//!
//! Services work at the same time, so each step checks what it builds on, and does nothing if that isn't so any more: then it returns
//! `false`, and the service looks again.

use assay_client::types::{Balance, BlockNumber, JobId, ModelId};
use redb::{ReadableTable, Table, WriteTransaction};

use super::{
    tables::{self, all, get, number, put, Record},
    Store, StoreError,
};
use crate::job::{
    transaction::Outcome, Batch, BatchId, Deal, EarlyResult, End, FinishedJob, JobRecord, Moment,
    Stage, StoredTransaction, TransactionHash,
};

/// Whether a step was taken.
pub type Changed = bool;

type Jobs<'t> = Table<'t, u64, &'static [u8]>;

/// What one proof is made of.
#[derive(Clone, Debug)]
pub struct NewProof {
    /// The model of all its jobs.
    pub model: ModelId,
    /// The jobs, ascending, each with the codes of its outputs.
    pub jobs: Vec<(JobId, Vec<i32>)>,
    /// Their inputs together.
    pub inputs: u32,
    /// The proof.
    pub proof: Vec<u8>,
}

impl Store {
    /// A job is about to be accepted by `transaction`. Refused if the job is known.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn begin_accept(
        &self,
        record: &JobRecord,
        transaction: &StoredTransaction,
    ) -> Result<Changed, StoreError> {
        self.write(|write| {
            let mut jobs = write.open_table(tables::JOBS)?;
            if jobs.get(record.id)?.is_some() {
                return Ok(false);
            }
            put(&mut jobs, record.id, record)?;
            put_transaction(write, transaction)?;
            Ok(true)
        })
    }

    /// A job that the chain says is ours, and that the database doesn't know.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn adopt(&self, record: &JobRecord) -> Result<Changed, StoreError> {
        self.write(|write| {
            let mut jobs = write.open_table(tables::JOBS)?;
            if jobs.get(record.id)?.is_some() {
                return Ok(false);
            }
            put(&mut jobs, record.id, record)?;
            Ok(true)
        })
    }

    /// The best chain says that a job is ours on these terms.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn held(&self, id: JobId, deal: Deal, best: BlockNumber) -> Result<Changed, StoreError> {
        self.change(id, |job| {
            job.deal = Some(deal);
            if matches!(job.stage, Stage::Accepting { .. }) {
                job.accepted = Some(best);
                job.enter(Stage::Accepted, best);
            }
            true
        })
    }

    /// Jobs were executed: their output codes.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn executed(
        &self,
        outputs: Vec<(JobId, Vec<i32>)>,
        best: BlockNumber,
    ) -> Result<Changed, StoreError> {
        self.write(|write| {
            let mut jobs = write.open_table(tables::JOBS)?;
            let mut changed = false;
            for (id, codes) in outputs {
                let Some(mut job) = get::<JobRecord>(&jobs, id)? else {
                    continue;
                };
                if job.stage == Stage::Accepted {
                    job.outputs = Some(codes);
                    job.enter(Stage::Executed, best);
                    put(&mut jobs, id, &job)?;
                    changed = true;
                }
            }
            Ok(changed)
        })
    }

    /// A proof for jobs that were executed. All of them must still be at that stage.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn proven(
        &self,
        proof: NewProof,
        best: BlockNumber,
    ) -> Result<Option<BatchId>, StoreError> {
        self.write(|write| {
            let mut jobs = write.open_table(tables::JOBS)?;
            let mut meta = write.open_table(tables::META)?;
            let id = number(&mut meta, tables::NEXT_BATCH)?;
            for (job, codes) in &proof.jobs {
                let Some(mut record) = get::<JobRecord>(&jobs, *job)? else {
                    return Ok(None);
                };
                if record.stage != Stage::Executed {
                    return Ok(None);
                }
                record.outputs = Some(codes.clone());
                record.enter(Stage::Proven { batch: id }, best);
                put(&mut jobs, *job, &record)?;
            }
            let batch = Batch {
                id,
                model: proof.model,
                jobs: proof.jobs.iter().map(|(job, _)| *job).collect(),
                inputs: proof.inputs,
                outputs: proof
                    .jobs
                    .into_iter()
                    .flat_map(|(_, codes)| codes)
                    .collect(),
                proof: proof.proof,
            };
            put(&mut write.open_table(tables::BATCHES)?, id, &batch)?;
            Ok(Some(id))
        })
    }

    /// A proof is about to be submitted by `transaction`. All jobs of the batch must be there, and none submitted.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn begin_submit(
        &self,
        batch: BatchId,
        transaction: &StoredTransaction,
        best: BlockNumber,
    ) -> Result<Changed, StoreError> {
        self.write(|write| {
            let mut jobs = write.open_table(tables::JOBS)?;
            let batches = write.open_table(tables::BATCHES)?;
            let Some(stored) = get::<Batch>(&batches, batch)? else {
                return Ok(false);
            };
            let members = members(&jobs, batch)?;
            let ready = members.len() == stored.jobs.len()
                && members
                    .iter()
                    .all(|job| job.stage == Stage::Proven { batch });
            if !ready {
                return Ok(false);
            }
            for mut job in members {
                let stage = Stage::Submitting {
                    batch,
                    transaction: transaction.hash,
                };
                job.enter(stage, best);
                put(&mut jobs, job.id, &job)?;
            }
            put_transaction(write, transaction)?;
            Ok(true)
        })
    }

    /// The transaction with a batch's proof is over without effect. Its jobs wait to be submitted again with the same proof, or, if one
    /// of them is gone, to be proven again without it. With `failure`, they wait a while.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn release_batch(
        &self,
        batch: BatchId,
        best: BlockNumber,
        failure: Option<&str>,
    ) -> Result<Changed, StoreError> {
        self.take_apart(batch, best, failure, false)
    }

    /// A batch can't be submitted as it is: its jobs, as far as they are there, are proven again.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn break_batch(&self, batch: BatchId, best: BlockNumber) -> Result<Changed, StoreError> {
        self.take_apart(batch, best, None, true)
    }

    fn take_apart(
        &self,
        batch: BatchId,
        best: BlockNumber,
        failure: Option<&str>,
        always_break: bool,
    ) -> Result<Changed, StoreError> {
        self.write(|write| {
            let mut jobs = write.open_table(tables::JOBS)?;
            let mut batches = write.open_table(tables::BATCHES)?;
            let whole = get::<Batch>(&batches, batch)?.map(|stored| stored.jobs.len());
            let members = members(&jobs, batch)?;
            let broken = always_break || whole != Some(members.len());
            let changed = !members.is_empty();
            for mut job in members {
                if let Some(what) = failure {
                    job.note_failure(best, what);
                }
                let stage = match broken {
                    true => Stage::Executed,
                    false => Stage::Proven { batch },
                };
                job.enter(stage, best);
                put(&mut jobs, job.id, &job)?;
            }
            if broken {
                batches.remove(batch)?;
            }
            Ok(changed)
        })
    }

    /// The chain has refused a proof, or may have done so: it isn't sent again. The jobs are executed anew.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn rejected(
        &self,
        batch: BatchId,
        best: BlockNumber,
        why: &str,
    ) -> Result<Changed, StoreError> {
        self.write(|write| {
            let mut jobs = write.open_table(tables::JOBS)?;
            let members = members(&jobs, batch)?;
            let changed = !members.is_empty();
            for mut job in members {
                job.rejections = job.rejections.saturating_add(1);
                job.note_trouble(why);
                job.outputs = None;
                job.enter(Stage::Accepted, best);
                put(&mut jobs, job.id, &job)?;
            }
            write.open_table(tables::BATCHES)?.remove(batch)?;
            Ok(changed)
        })
    }

    /// The outputs of a job are about to be published by `transaction`.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn begin_early_result(
        &self,
        id: JobId,
        transaction: &StoredTransaction,
    ) -> Result<Changed, StoreError> {
        self.write(|write| {
            let mut jobs = write.open_table(tables::JOBS)?;
            let Some(mut job) = get::<JobRecord>(&jobs, id)? else {
                return Ok(false);
            };
            if job.early != EarlyResult::No || job.outputs.is_none() {
                return Ok(false);
            }
            job.early = EarlyResult::Sent(transaction.hash);
            put(&mut jobs, id, &job)?;
            put_transaction(write, transaction)?;
            Ok(true)
        })
    }

    /// The transaction that publishes outputs is over.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn early_result(&self, id: JobId, now: EarlyResult) -> Result<Changed, StoreError> {
        self.change(id, |job| {
            job.early = now;
            true
        })
    }

    /// Something failed with a job: it pauses for a while.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn failed(&self, id: JobId, best: BlockNumber, what: &str) -> Result<Changed, StoreError> {
        self.change(id, |job| {
            job.note_failure(best, what);
            true
        })
    }

    /// A job has ended. Returns what is kept of it.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn finish(
        &self,
        id: JobId,
        end: End,
        detail: Option<String>,
        now: Moment,
    ) -> Result<Option<FinishedJob>, StoreError> {
        self.write(|write| {
            let mut jobs = write.open_table(tables::JOBS)?;
            let Some(job) = get::<JobRecord>(&jobs, id)? else {
                return Ok(None);
            };
            jobs.remove(id)?;
            if let Some(batch) = job.stage.batch() {
                if members(&jobs, batch)?.is_empty() {
                    write.open_table(tables::BATCHES)?.remove(batch)?;
                }
            }
            let finished = FinishedJob::new(&job, end, detail, now);
            super::history::append(write, &finished)?;
            Ok(Some(finished))
        })
    }

    /// A transaction that belongs to no job.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn begin_fill(&self, transaction: &StoredTransaction) -> Result<(), StoreError> {
        self.write(|write| put_transaction(write, transaction))
    }

    /// A transaction was sent when `best` was the best block.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn sent(&self, hash: TransactionHash, best: BlockNumber) -> Result<Changed, StoreError> {
        self.change_transaction(hash, |transaction| transaction.sent = best)
    }

    /// A transaction has been seen in a block, which may be taken back: how it ended, and its fee if it is known.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn saw(
        &self,
        hash: TransactionHash,
        outcome: Outcome,
        fee: Option<Balance>,
    ) -> Result<Changed, StoreError> {
        self.change_transaction(hash, |transaction| {
            transaction.outcome = Some(outcome);
            transaction.fee = fee;
        })
    }

    /// A transaction can't come into a block any more, and nothing depends on it. Its fee is added to the sum.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn forget(&self, hash: TransactionHash) -> Result<Changed, StoreError> {
        self.write(|write| {
            let mut transactions = write.open_table(tables::TRANSACTIONS)?;
            let Some(stored) = transactions
                .remove(&hash)?
                .map(|bytes| StoredTransaction::from_stored(bytes.value()))
                .transpose()?
            else {
                return Ok(false);
            };
            if let Some(fee) = stored.fee {
                let mut meta = write.open_table(tables::META)?;
                let sum = tables::meta::<u128>(&meta, tables::FEES)?.unwrap_or(0);
                tables::put_meta(&mut meta, tables::FEES, &sum.saturating_add(fee))?;
            }
            Ok(true)
        })
    }

    fn change(
        &self,
        id: JobId,
        how: impl FnOnce(&mut JobRecord) -> bool,
    ) -> Result<Changed, StoreError> {
        self.write(|write| {
            let mut jobs = write.open_table(tables::JOBS)?;
            let Some(mut job) = get::<JobRecord>(&jobs, id)? else {
                return Ok(false);
            };
            let changed = how(&mut job);
            if changed {
                put(&mut jobs, id, &job)?;
            }
            Ok(changed)
        })
    }

    fn change_transaction(
        &self,
        hash: TransactionHash,
        how: impl FnOnce(&mut StoredTransaction),
    ) -> Result<Changed, StoreError> {
        self.write(|write| {
            let mut table = write.open_table(tables::TRANSACTIONS)?;
            let stored = table
                .get(&hash)?
                .map(|bytes| StoredTransaction::from_stored(bytes.value()))
                .transpose()?;
            let Some(mut transaction) = stored else {
                return Ok(false);
            };
            how(&mut transaction);
            table.insert(&hash, transaction.to_stored().as_slice())?;
            Ok(true)
        })
    }
}

fn put_transaction(
    write: &WriteTransaction,
    transaction: &StoredTransaction,
) -> Result<(), StoreError> {
    let mut table = write.open_table(tables::TRANSACTIONS)?;
    table.insert(&transaction.hash, transaction.to_stored().as_slice())?;
    Ok(())
}

/// The jobs in a batch.
fn members(jobs: &Jobs<'_>, batch: BatchId) -> Result<Vec<JobRecord>, StoreError> {
    let mut members = all::<JobRecord>(jobs)?;
    members.retain(|job| job.stage.batch() == Some(batch));
    Ok(members)
}
