// SPDX-License-Identifier: Apache-2.0
//! The history of jobs, as the command `jobs` and the address `/jobs` show it.

use serde::{Deserialize, Serialize};

use crate::error::ServiceError;

/// The most jobs of one answer.
pub const MAX_ROWS: usize = 1000;

/// Which jobs are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobQuery {
    /// At most so many, the newest first; never more than [`MAX_ROWS`].
    pub limit: usize,
    /// Only jobs of this model.
    pub model: Option<u64>,
    /// Only jobs in this state.
    pub status: Option<JobStatus>,
}

impl Default for JobQuery {
    fn default() -> Self {
        Self {
            limit: 50,
            model: None,
            status: None,
        }
    }
}

/// The state of a job, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    /// Not ended.
    Open,
    /// Proven and paid.
    Settled,
    /// Ended without pay, with a reason.
    Lost,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// Its number.
    pub job: u64,
    /// The model's number.
    pub model: u64,
    /// Roughly where it stands.
    pub status: JobStatus,
    /// Exactly where it stands: the name of the worker's stage.
    pub stage: String,
    /// The price at which it was accepted, in the smallest unit, as text: JSON's numbers end before it does.
    pub price: String,
    /// What the requester paid, bounty included, before the protocol's fee, the royalty and the delegators' share, likewise. Empty
    /// unless settled.
    pub earned: String,
    /// The block in which it was accepted.
    pub accepted: Option<u32>,
    /// The last block in which its proof counts.
    pub deadline: Option<u32>,
    /// The block in which it ended.
    pub ended: Option<u32>,
    /// Why it was lost.
    pub reason: Option<String>,
}

/// Sums over all jobs in the database, not only those of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Jobs that have not ended.
    pub open: u64,
    /// Jobs settled.
    pub settled: u64,
    /// Jobs lost.
    pub lost: u64,
    /// What requesters paid for settled jobs, as in [`JobRow::earned`], in the smallest unit, as text.
    pub earned: String,
    /// What transactions cost, likewise.
    pub fees: String,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobsReport {
    /// Sums.
    pub totals: Totals,
    /// Jobs, the newest first.
    pub jobs: Vec<JobRow>,
}

/// Something that knows the jobs.
pub trait JobHistory: Send + Sync {
    /// The jobs that `query` asks for. May read from disk.
    ///
    /// # Errors
    ///
    /// If the database can't be read.
    fn jobs(&self, query: &JobQuery) -> Result<JobsReport, ServiceError>;
}

impl JobQuery {
    /// What a URL's query asks: `limit=100&model=3&status=settled`.
    ///
    /// # Errors
    ///
    /// A sentence that says which part is wrong.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut parsed = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "limit" => {
                    parsed.limit = value
                        .parse()
                        .ok()
                        .filter(|limit| (1..=MAX_ROWS).contains(limit))
                        .ok_or_else(|| format!("limit must be a number from 1 to {MAX_ROWS}"))?;
                }
                "model" => {
                    let number = value.parse().map_err(|_| "model must be a number")?;
                    parsed.model = Some(number);
                }
                "status" => {
                    parsed.status = Some(match value {
                        "open" => JobStatus::Open,
                        "settled" => JobStatus::Settled,
                        "lost" => JobStatus::Lost,
                        _ => return Err("status must be open, settled or lost".to_string()),
                    });
                }
                _ => return Err("the parameters are limit, model and status".to_string()),
            }
        }
        Ok(parsed)
    }

    /// The query of a URL that [`parse`](Self::parse) reads.
    pub fn to_url(&self) -> String {
        let mut text = format!("limit={}", self.limit);
        if let Some(model) = self.model {
            text.push_str(&format!("&model={model}"));
        }
        if let Some(status) = self.status {
            text.push_str(match status {
                JobStatus::Open => "&status=open",
                JobStatus::Settled => "&status=settled",
                JobStatus::Lost => "&status=lost",
            });
        }
        text
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn read_what_they_write() {
        for status in [
            None,
            Some(JobStatus::Open),
            Some(JobStatus::Settled),
            Some(JobStatus::Lost),
        ] {
            let query = JobQuery {
                limit: 7,
                model: status.map(|_| 3),
                status,
            };
            assert_eq!(JobQuery::parse(&query.to_url()), Ok(query));
        }
        assert_eq!(JobQuery::parse(""), Ok(JobQuery::default()));
    }

    #[test]
    fn refuse_queries_that_are_out_of_range() {
        for text in [
            "limit=0",
            "limit=1001",
            "limit=-1",
            "limit=",
            "limit",
            "model=x",
            "status=done",
            "order=asc",
            "limit=18446744073709551616",
        ] {
            assert!(JobQuery::parse(text).is_err(), "{text}");
        }
    }
}
