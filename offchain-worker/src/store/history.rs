// SPDX-License-Identifier: Apache-2.0
//! Jobs that ended, sums over them, and the report that operators see.

use redb::{ReadableTable, WriteTransaction};

use super::{
    tables::{self, all, get, meta, number, put, Record},
    Store, StoreError, Totals,
};
use crate::{
    error::ServiceError,
    job::{End, FinishedJob, JobRecord},
    telemetry::{self as report, JobHistory, JobQuery, JobRow, JobStatus, JobsReport},
};

const DAY: u64 = 24 * 60 * 60;

/// The most entries that one pass of [`Store::prune`] removes.
const MAX_PRUNED: usize = 1_000;

/// Adds a job to the history and to the sums. Of jobs that never were this worker's only the sums know.
pub(super) fn append(write: &WriteTransaction, job: &FinishedJob) -> Result<(), StoreError> {
    let mut totals = write.open_table(tables::TOTALS)?;
    let mut sums = get::<Totals>(&totals, job.model)?.unwrap_or_default();
    match &job.end {
        End::Settled { price, bounty, .. } => {
            sums.settled += 1;
            sums.earned = sums.earned.saturating_add(price.saturating_add(*bounty));
        }
        End::Lost(_) => sums.lost += 1,
        End::NotAccepted => sums.not_accepted += 1,
    }
    put(&mut totals, job.model, &sums)?;
    if job.end != End::NotAccepted {
        let entry = number(&mut write.open_table(tables::META)?, tables::NEXT_ENTRY)?;
        put(&mut write.open_table(tables::HISTORY)?, entry, job)?;
    }
    Ok(())
}

impl Store {
    /// Removes jobs from the history that ended more than `days` days before `now` (seconds of the Unix epoch), at most a thousand.
    /// The sums keep them. Returns how many went.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn prune(&self, days: u32, now: u64) -> Result<usize, StoreError> {
        let horizon = now.saturating_sub(u64::from(days).saturating_mul(DAY));
        let old: Vec<u64> = self.read(|read| {
            let history = read.open_table(tables::HISTORY)?;
            let mut old = Vec::new();
            for entry in history.iter()?.take(MAX_PRUNED) {
                let (key, bytes) = entry?;
                if FinishedJob::from_stored(bytes.value())?.ended >= horizon {
                    break;
                }
                old.push(key.value());
            }
            Ok(old)
        })?;
        if old.is_empty() {
            return Ok(0);
        }
        self.write(|write| {
            let mut history = write.open_table(tables::HISTORY)?;
            for key in &old {
                history.remove(*key)?;
            }
            Ok(old.len())
        })
    }

    /// Jobs that ended, newest first, at most `limit` of those that `wanted` wants.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn finished(
        &self,
        limit: usize,
        wanted: impl Fn(&FinishedJob) -> bool,
    ) -> Result<Vec<FinishedJob>, StoreError> {
        self.read(|read| {
            let history = read.open_table(tables::HISTORY)?;
            let mut found = Vec::new();
            for entry in history.iter()?.rev() {
                if found.len() >= limit {
                    break;
                }
                let job = FinishedJob::from_stored(entry?.1.value())?;
                if wanted(&job) {
                    found.push(job);
                }
            }
            Ok(found)
        })
    }

    /// The sums over all models.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn totals(&self) -> Result<Totals, StoreError> {
        self.read(|read| {
            let all: Vec<Totals> = all(&read.open_table(tables::TOTALS)?)?;
            Ok(all.iter().fold(Totals::default(), |sum, model| Totals {
                settled: sum.settled + model.settled,
                lost: sum.lost + model.lost,
                not_accepted: sum.not_accepted + model.not_accepted,
                earned: sum.earned.saturating_add(model.earned),
            }))
        })
    }

    /// The fees of all transactions that are known to be in a block.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn fees(&self) -> Result<u128, StoreError> {
        self.read(|read| {
            let fees = meta::<u128>(&read.open_table(tables::META)?, tables::FEES)?;
            Ok(fees.unwrap_or(0))
        })
    }

    fn report(&self, query: &JobQuery) -> Result<JobsReport, StoreError> {
        let limit = query.limit.min(report::MAX_ROWS);
        let of_model = |model| query.model.is_none_or(|wanted| wanted == model);
        let of_status = |status| query.status.is_none_or(|wanted| wanted == status);
        let open = self.open_jobs()?;
        let mut jobs: Vec<JobRow> = open
            .values()
            .rev()
            .filter(|job| of_model(job.model) && of_status(JobStatus::Open))
            .take(limit)
            .map(open_row)
            .collect();
        let wanted = |job: &FinishedJob| of_model(job.model) && of_status(status(&job.end));
        let finished = self.finished(limit - jobs.len(), wanted)?;
        jobs.extend(finished.iter().map(finished_row));
        let sums = self.totals()?;
        Ok(JobsReport {
            totals: report::Totals {
                open: open.len() as u64,
                settled: sums.settled,
                lost: sums.lost,
                earned: sums.earned.to_string(),
                fees: self.fees()?.to_string(),
            },
            jobs,
        })
    }
}

fn status(end: &End) -> JobStatus {
    match end {
        End::Settled { .. } => JobStatus::Settled,
        End::Lost(_) | End::NotAccepted => JobStatus::Lost,
    }
}

fn open_row(job: &JobRecord) -> JobRow {
    JobRow {
        job: job.id,
        model: job.model,
        status: JobStatus::Open,
        stage: job.stage.name().into(),
        price: job
            .deal
            .map(|deal| deal.price.to_string())
            .unwrap_or_default(),
        earned: String::new(),
        accepted: job.accepted,
        deadline: job.deal.map(|deal| deal.deadline),
        ended: None,
        reason: job.trouble.clone(),
    }
}

fn finished_row(job: &FinishedJob) -> JobRow {
    let earned = match &job.end {
        End::Settled { price, bounty, .. } => price.saturating_add(*bounty).to_string(),
        _ => String::new(),
    };
    let reason = match &job.end {
        End::Lost(reason) => Some(match &job.detail {
            Some(detail) => format!("{}: {detail}", reason.name()),
            None => reason.name().to_string(),
        }),
        _ => None,
    };
    JobRow {
        job: job.id,
        model: job.model,
        status: status(&job.end),
        stage: job.end.name().into(),
        price: job
            .deal
            .map(|deal| deal.price.to_string())
            .unwrap_or_default(),
        earned,
        accepted: job.accepted,
        deadline: job.deal.map(|deal| deal.deadline),
        ended: Some(job.ended_block),
        reason,
    }
}

impl JobHistory for Store {
    fn jobs(&self, query: &JobQuery) -> Result<JobsReport, ServiceError> {
        Ok(self.report(query)?)
    }
}
