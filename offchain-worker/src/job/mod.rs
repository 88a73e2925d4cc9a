// SPDX-License-Identifier: Apache-2.0
//! What the worker remembers of a job, from the decision to take it to its end.
//!
//! ```text
//! Accepting -> Accepted -> Executed -> Proven -> Submitting -> settled
//!     |           |           ^          |           |
//!     |           |           '----------'<----------'   the batch broke, or the transaction died or failed
//!     v           v
//! not accepted   lost, with the reason
//! ```
//!
//! - this file: records as they are stored;
//! - [`decide`]: what follows from a record and from what the chain says, as pure functions;
//! - [`transaction`]: signed transactions, and what becomes of them.
//!
//! A stage is written before the step that it announces is taken, so that a worker that was killed at any instant
//! finds out from its database and the chain what is still to be done. The result of a step is always something that
//! can be had again (an output, a proof) or a transaction whose bytes are known: the same bytes are sent again until
//! they are in a block or can't be any more.

pub mod decide;
pub mod transaction;

use assay_client::types::{Balance, BlockNumber, JobId, ModelId, Work};
use codec::{Decode, Encode};

use crate::chain::JobFacts;

pub use transaction::{Fate, Purpose, StoredTransaction, TransactionHash};

/// Number of a batch of jobs that one proof settles, unique in one database.
pub type BatchId = u64;

/// The most bytes of [`JobRecord::trouble`].
const MAX_TROUBLE: usize = 400;

/// What the chain and the worker have agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Deal {
    /// What the requester pays, fees and royalty included.
    pub price: Balance,
    /// What is paid besides.
    pub bounty: Balance,
    /// The last block in which a proof counts, as it looks now. Congested blocks move it, never back.
    pub deadline: BlockNumber,
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Stage {
    /// A transaction that accepts it is signed, and perhaps on its way.
    Accepting {
        /// The transaction.
        transaction: TransactionHash,
    },
    /// The best chain says that the worker's provider holds it.
    Accepted,
    /// Its outputs are known.
    Executed,
    /// A proof for it is stored, and verified.
    Proven {
        /// Which one.
        batch: BatchId,
    },
    /// A transaction with the proof is signed, and perhaps on its way.
    Submitting {
        /// The proof.
        batch: BatchId,
        /// The transaction.
        transaction: TransactionHash,
    },
}

impl Stage {
    /// Its name in logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Accepting { .. } => "accepting",
            Self::Accepted => "accepted",
            Self::Executed => "executed",
            Self::Proven { .. } => "proven",
            Self::Submitting { .. } => "submitting",
        }
    }

    /// All names, in order.
    pub const NAMES: [&'static str; 5] =
        ["accepting", "accepted", "executed", "proven", "submitting"];

    /// The batch that the job is in.
    pub fn batch(&self) -> Option<BatchId> {
        match self {
            Self::Proven { batch } | Self::Submitting { batch, .. } => Some(*batch),
            _ => None,
        }
    }
}

/// What became of publishing the outputs before they were proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum EarlyResult {
    /// Nothing was published.
    #[default]
    No,
    /// A transaction is signed, and perhaps on its way.
    Sent(TransactionHash),
    /// It was published, or can't be: it isn't tried again.
    Done,
}

/// A job that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct JobRecord {
    /// Its number on the chain.
    pub id: JobId,
    /// Who is asked.
    pub model: ModelId,
    /// BLAKE2-256 of its packed inputs, under which the chain has them.
    pub input_hash: [u8; 32],
    /// Number of its inputs.
    pub inputs: u32,
    /// Codes of all its outputs.
    pub output_codes: u32,
    /// Work of all its inputs.
    pub work: Work,
    /// What it is paid and until when. Absent before it is accepted.
    pub deal: Option<Deal>,
    /// The best block when it was seen to be accepted.
    pub accepted: Option<BlockNumber>,
    /// Where it stands.
    pub stage: Stage,
    /// The best block when it came there.
    pub since: BlockNumber,
    /// Its output codes, input after input, once it was executed.
    pub outputs: Option<Vec<i32>>,
    /// Whether they were published before they were proven.
    pub early: EarlyResult,
    /// Proofs of it that the chain has refused, or whose fate isn't known.
    pub rejections: u8,
    /// What failed otherwise: transactions, proofs.
    pub failures: u32,
    /// Nothing is tried before this block.
    pub not_before: BlockNumber,
    /// What went wrong last.
    pub trouble: Option<String>,
    /// When it was first stored, in seconds of the Unix epoch.
    pub began: u64,
}

impl JobRecord {
    /// The record of a job of which the chain says `facts`, at `stage` since the best block `since`, first stored at `began` in seconds
    /// of the Unix epoch. What it is paid is filled in by the next look at the chain.
    pub fn new(id: JobId, facts: &JobFacts, stage: Stage, since: BlockNumber, began: u64) -> Self {
        Self {
            id,
            model: facts.model,
            input_hash: facts.input_hash,
            inputs: facts.inputs,
            output_codes: facts.output_codes,
            work: facts.work,
            deal: None,
            accepted: None,
            stage,
            since,
            outputs: None,
            early: EarlyResult::No,
            rejections: 0,
            failures: 0,
            not_before: 0,
            trouble: None,
            began,
        }
    }

    /// Remembers what went wrong.
    pub fn note_trouble(&mut self, what: &str) {
        let mut end = what.len().min(MAX_TROUBLE);
        while !what.is_char_boundary(end) {
            end -= 1;
        }
        self.trouble = Some(what[..end].to_string());
    }

    /// Counts a failure, and lets 1, 2, 4, ... up to 16 blocks pass before the next attempt.
    pub fn note_failure(&mut self, best: BlockNumber, what: &str) {
        self.note_trouble(what);
        self.not_before = best.saturating_add(1 << self.failures.min(4));
        self.failures = self.failures.saturating_add(1);
    }

    /// Goes to a stage.
    pub fn enter(&mut self, stage: Stage, best: BlockNumber) {
        self.stage = stage;
        self.since = best;
    }

    /// The deadline, the end of time if there is none yet.
    pub fn deadline(&self) -> BlockNumber {
        self.deal.map_or(BlockNumber::MAX, |deal| deal.deadline)
    }
}

/// Jobs with one proof.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Batch {
    /// Its number.
    pub id: BatchId,
    /// The model of all its jobs.
    pub model: ModelId,
    /// The jobs, ascending.
    pub jobs: Vec<JobId>,
    /// Their inputs together.
    pub inputs: u32,
    /// The codes of all outputs, job after job and input after input.
    pub outputs: Vec<i32>,
    /// The proof.
    pub proof: Vec<u8>,
}

/// Why a job was accepted and not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum LossReason {
    /// The deadline passed before a valid proof was in a block.
    MissedDeadline,
    /// The chain refused the proof more than once.
    ProofRejected,
    /// Governance barred the model: the chain released the job, nothing was slashed.
    ModelBarred,
    /// A reorganisation of the chain took the acceptance back before it was final, and somebody else has the job.
    AcceptanceReverted,
    /// The proven outputs differ from those that were published early.
    Contradicted,
    /// The job ended while the worker was away, and the chain doesn't keep how.
    Unknown,
}

impl LossReason {
    /// Its name in logs, metrics and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::MissedDeadline => "missed_deadline",
            Self::ProofRejected => "proof_rejected",
            Self::ModelBarred => "model_barred",
            Self::AcceptanceReverted => "acceptance_reverted",
            Self::Contradicted => "contradicted",
            Self::Unknown => "unknown",
        }
    }
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum End {
    /// The outputs are proven, and it was paid for.
    Settled {
        /// The block with the proof.
        block: BlockNumber,
        /// What the requester paid.
        price: Balance,
        /// What was paid besides.
        bounty: Balance,
    },
    /// It was accepted, and not settled by this worker.
    Lost(LossReason),
    /// It never was this worker's: somebody was faster, or the acceptance failed.
    NotAccepted,
}

impl End {
    /// Its name in logs, metrics and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Settled { .. } => "settled",
            Self::Lost(_) => "lost",
            Self::NotAccepted => "not_accepted",
        }
    }
}

/// A job that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FinishedJob {
    /// Its number on the chain.
    pub id: JobId,
    /// Who was asked.
    pub model: ModelId,
    /// Number of its inputs.
    pub inputs: u32,
    /// Work of all its inputs.
    pub work: Work,
    /// What was agreed, if it was accepted.
    pub deal: Option<Deal>,
    /// How it ended.
    pub end: End,
    /// The explanation, if there is something to explain.
    pub detail: Option<String>,
    /// The best block when it was seen to be accepted.
    pub accepted: Option<BlockNumber>,
    /// The best block when it was seen to have ended.
    pub ended_block: BlockNumber,
    /// When it was first stored, in seconds of the Unix epoch.
    pub began: u64,
    /// When it ended, likewise.
    pub ended: u64,
}

/// A moment: the best block, and the time of day for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Number of the best block.
    pub block: BlockNumber,
    /// Seconds of the Unix epoch.
    pub seconds: u64,
}

impl FinishedJob {
    /// The end of a job.
    pub fn new(record: &JobRecord, end: End, detail: Option<String>, now: Moment) -> Self {
        let detail = match (detail, &record.trouble) {
            (Some(detail), Some(trouble)) if !detail.contains(trouble.as_str()) => {
                Some(format!("{detail}; last trouble: {trouble}"))
            }
            (Some(detail), _) => Some(detail),
            (None, trouble) => trouble.clone(),
        };
        Self {
            id: record.id,
            model: record.model,
            inputs: record.inputs,
            work: record.work,
            deal: record.deal,
            end,
            detail,
            accepted: record.accepted,
            ended_block: now.block,
            began: record.began,
            ended: now.seconds,
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A record at `stage`, of a job with a deadline in block 100.
    pub(crate) fn record(id: JobId, stage: Stage) -> JobRecord {
        JobRecord {
            id,
            model: 1,
            input_hash: [3; 32],
            inputs: 1,
            output_codes: 2,
            work: 1_000,
            deal: Some(Deal {
                price: 10,
                bounty: 0,
                deadline: 100,
            }),
            accepted: None,
            stage,
            since: 50,
            outputs: None,
            early: EarlyResult::No,
            rejections: 0,
            failures: 0,
            not_before: 0,
            trouble: None,
            began: 0,
        }
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn wait_longer_after_each_failure_but_not_for_ever() {
        let mut record = testing::record(1, Stage::Executed);
        let waits: Vec<u32> = (0..7)
            .map(|_| {
                record.note_failure(100, "no luck");
                record.not_before - 100
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 16, 16]);
        assert_eq!(record.failures, 7);
    }

    #[test]
    fn keep_troubles_short_and_valid() {
        let mut record = testing::record(1, Stage::Executed);
        record.note_trouble(&"ä".repeat(1_000));
        let kept = record.trouble.unwrap();
        assert!(kept.len() <= MAX_TROUBLE && kept.chars().all(|letter| letter == 'ä'));
    }

    #[test]
    fn say_the_last_trouble_once() {
        let mut record = testing::record(1, Stage::Executed);
        record.note_trouble("no route");
        let end = || End::Lost(LossReason::MissedDeadline);
        let now = Moment {
            block: 1,
            seconds: 2,
        };
        let detail = |detail: Option<&str>| {
            FinishedJob::new(&record, end(), detail.map(str::to_string), now).detail
        };
        assert_eq!(detail(None).as_deref(), Some("no route"));
        assert_eq!(
            detail(Some("too late")).as_deref(),
            Some("too late; last trouble: no route")
        );
        assert_eq!(
            detail(Some("no route there")).as_deref(),
            Some("no route there")
        );
    }
}
