// SPDX-License-Identifier: Apache-2.0
//! `assay job watch`: a job's life as it happens.
//!
//! Every block's events are read, from the one in which the command began, so that nothing is missed when blocks come
//! faster than they are looked at, or the connection is lost for a while.

use anyhow::anyhow;
use assay_client::{
    types::{BlockNumber, Event, Job, JobId, JobState, ProofOutcome},
    units::format_amount,
    Chain, ChainError,
};
use assay_compiler::Progress;
use clap::{Args, ValueEnum};
use futures::StreamExt;
use serde::Serialize;

use crate::{connection::Connection, exit::Failure, output::Output, progress::Bars};

/// Follow a job.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Number of the job.
    job: JobId,
    /// How far to follow it.
    #[arg(long, value_enum, default_value_t = Goal::Settled)]
    until: Goal,
    #[command(flatten)]
    connection: Connection,
}

/// How far to follow a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Goal {
    /// Until a provider has accepted it.
    Accepted,
    /// Until its answer is there, proven or not.
    Answered,
    /// Until it is proven and paid for.
    Settled,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Stage {
    Open,
    Accepted,
    Answered,
    Settled,
    Ended,
}

/// Something that happened to the job.
#[derive(Clone, Debug, Serialize)]
struct Step {
    block: BlockNumber,
    event: Event,
}

/// What `watch` prints.
#[derive(Debug, Serialize)]
struct Watched {
    job: JobId,
    stage: Stage,
    /// Output codes, if they are there; proven if the stage is `settled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<Vec<i32>>,
    /// What was paid, in the smallest unit, once the job is settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    events: Vec<Step>,
}

impl Watch {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let bars = Bars::new();
        let goes_on = format!("job {} goes on; follow it with the same command", self.job);
        let watched = self.connection.run(&bars, &goes_on, |chain| async move {
            let bars = Bars::new();
            let result = self.follow(&chain, output, &bars).await;
            bars.finish();
            result
        })?;
        let ended = watched.stage == Stage::Ended;
        output.print(&watched, Watched::text)?;
        if ended {
            Err(Failure::Invalid)
        } else {
            Ok(())
        }
    }

    async fn follow(
        &self,
        chain: &Chain,
        output: &Output,
        bars: &Bars,
    ) -> Result<Watched, Failure> {
        output.note(&format!(
            "following job {}; Ctrl-C ends that, not the job",
            self.job
        ));
        let mut blocks = chain.best_blocks().await?;
        let mut at = chain.best().await?;
        let mut watched = Watched {
            job: self.job,
            stage: Stage::Open,
            outputs: None,
            price: None,
            provider: None,
            events: Vec::new(),
        };
        let mut seen = at.number();
        loop {
            match self.look(&at, &mut watched, bars).await {
                Ok(true) => return Ok(watched),
                Ok(false) => {}
                Err(Failure::Input(error)) if is_transient(&error) => {}
                Err(error) => return Err(error),
            }
            // The next block, or what came meanwhile.
            match blocks.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) if error.is_transient() => continue,
                Some(Err(error)) => return Err(error.into()),
                None => {
                    let error = ChainError::Disconnected("the stream of blocks ended".into());
                    return Err(error.into());
                }
            }
            let news = self.news(chain, &mut seen, &mut watched).await;
            match news {
                Ok((head, steps)) => {
                    at = head;
                    for step in &steps {
                        bars.finish();
                        output.note(&step.text());
                    }
                }
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The events of the job in the blocks since the last look.
    async fn news(
        &self,
        chain: &Chain,
        seen: &mut BlockNumber,
        watched: &mut Watched,
    ) -> Result<(assay_client::At, Vec<Step>), ChainError> {
        let head = chain.best().await?;
        let mut steps = Vec::new();
        while *seen < head.number() {
            let number = seen.saturating_add(1);
            let block = if number == head.number() {
                head.clone()
            } else {
                chain.at_number(number).await?
            };
            for event in block.events().await? {
                if concerns(&event, self.job) {
                    let step = Step {
                        block: number,
                        event,
                    };
                    watched.events.push(step.clone());
                    steps.push(step);
                }
            }
            *seen = number;
        }
        Ok((head, steps))
    }

    /// Looks at the state, and says whether the goal is reached or can't be any more.
    async fn look(
        &self,
        at: &assay_client::At,
        watched: &mut Watched,
        bars: &Bars,
    ) -> Result<bool, Failure> {
        if let Some(receipt) = at.receipt(self.job).await? {
            watched.stage = Stage::Settled;
            watched.outputs = Some(receipt.outputs);
            watched.price = Some(receipt.price.to_string());
            watched.provider = Some(receipt.provider.to_string());
            return Ok(true);
        }
        let Some(job) = at.job(self.job).await? else {
            if self.job >= at.next_job().await? {
                return Err(Failure::Negative(anyhow!(
                    "there is no job {} yet",
                    self.job
                )));
            }
            watched.stage = Stage::Ended;
            return Ok(true);
        };
        let early = at.early_result(self.job).await?;
        watched.stage = stage(&job, early.is_some());
        watched.provider = job.acceptance().map(|a| a.provider.to_string());
        watched.outputs = early;
        match &job.state {
            JobState::Open { .. } => {
                bars.stage("in auction", 0);
                if let Some(price) = at.current_price(self.job).await? {
                    bars.message(format!("in auction at {}", format_amount(price)));
                }
            }
            JobState::Accepted(_) if watched.outputs.is_some() => bars.stage("being proven", 0),
            JobState::Accepted(_) => bars.stage("being answered", 0),
        }
        Ok(match self.until {
            Goal::Accepted => watched.stage != Stage::Open,
            Goal::Answered => watched.stage == Stage::Answered,
            Goal::Settled => false,
        })
    }
}

fn is_transient(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<ChainError>()
        .is_some_and(ChainError::is_transient)
}

fn stage(job: &Job, answered: bool) -> Stage {
    match (&job.state, answered) {
        (JobState::Open { .. }, _) => Stage::Open,
        (JobState::Accepted(_), false) => Stage::Accepted,
        (JobState::Accepted(_), true) => Stage::Answered,
    }
}

/// Whether an event is about a job. That a proof was checked names the first of its jobs only.
fn concerns(event: &Event, job: JobId) -> bool {
    match event {
        Event::ProofChecked { first, .. } => *first == job,
        event => event.job() == Some(job),
    }
}

impl Step {
    /// One line for people.
    fn text(&self) -> String {
        let block = self.block;
        let what = match &self.event {
            Event::Accepted {
                provider,
                price,
                last,
                ..
            } => format!(
                "accepted by {provider} for {}, proof due by block {last}",
                format_amount(*price)
            ),
            Event::EarlyResultPublished { .. } => "answered; the proof is still to come".to_owned(),
            Event::ProofChecked { outcome, .. } => match outcome {
                ProofOutcome::Accepted => "proven".to_owned(),
                ProofOutcome::Rejected(reason) => format!("a proof was rejected: {reason:?}"),
            },
            Event::Settled { price, bounty, .. } => {
                let bounty = match bounty {
                    0 => String::new(),
                    bounty => format!(" and a bounty of {}", format_amount(*bounty)),
                };
                format!("settled for {}{bounty}", format_amount(*price))
            }
            Event::Failed {
                provider,
                fault,
                outcome,
                ..
            } => format!(
                "{provider} failed ({fault:?}) and paid {} in compensation",
                format_amount(outcome.compensation)
            ),
            Event::Reopened {
                bounty,
                auctions_left,
                ..
            } => format!(
                "in auction again, with a bounty of {}; {auctions_left} more auctions may follow",
                format_amount(*bounty)
            ),
            Event::Ended { reason, .. } => format!("ended without an answer: {reason:?}"),
            Event::Slashed { outcome, .. } => format!(
                "the provider was slashed by {}",
                format_amount(outcome.own.saturating_add(outcome.delegated))
            ),
            Event::Posted { .. } => "posted".to_owned(),
            Event::ReceiptPruned { .. } => "its receipt was pruned".to_owned(),
            Event::ModelRegistered { .. } => "its model was registered".to_owned(),
            Event::Other { pallet, name } => format!("{pallet}.{name}"),
        };
        format!("block {block}: {what}")
    }
}

impl Watched {
    fn text(&self) -> String {
        let outputs = self.outputs.as_ref();
        let outputs = outputs.map_or_else(String::new, |codes| format!("\noutput codes {codes:?}"));
        let job = self.job;
        match self.stage {
            Stage::Open => format!("job {job} is in auction"),
            Stage::Accepted => format!("job {job} is accepted"),
            Stage::Answered => format!("job {job} is answered, not proven yet{outputs}"),
            Stage::Settled => format!("job {job} is settled: `assay receipt show {job}`{outputs}"),
            Stage::Ended => format!("job {job} ended without an answer, or its receipt was pruned"),
        }
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use assay_client::types::EndReason;

    #[test]
    fn follow_its_own_job_only() {
        let ended = |job| Event::Ended {
            job,
            reason: EndReason::Cancelled,
        };
        assert!(concerns(&ended(3), 3));
        assert!(!concerns(&ended(4), 3));
    }

    #[test]
    fn say_what_happened() {
        let step = Step {
            block: 9,
            event: Event::Ended {
                job: 3,
                reason: EndReason::Unfilled,
            },
        };
        assert_eq!(step.text(), "block 9: ended without an answer: Unfilled");
    }
}
