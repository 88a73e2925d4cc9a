// SPDX-License-Identifier: Apache-2.0
//! `assay job list` and `cancel`.

use assay_client::{
    types::{self, JobId, JobState, ModelId},
    units::format_amount,
    AccountId, Call,
};
use clap::Args;
use serde::Serialize;

use crate::{
    account::Account,
    connection::Connection,
    exit::Failure,
    output::{columns, Output},
    progress::Bars,
    transact::{transact, Transaction, MAY_BE_SENT},
};

/// List jobs in progress.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Of this requester only.
    #[arg(long, value_name = "ADDRESS")]
    requester: Option<AccountId>,
    /// Of this provider only.
    #[arg(long, value_name = "ADDRESS")]
    provider: Option<AccountId>,
    /// Of this model only.
    #[arg(long, value_name = "MODEL")]
    model: Option<ModelId>,
    /// The most jobs to look at.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    #[command(flatten)]
    connection: Connection,
}

/// End a job.
#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// Number of the job.
    job: JobId,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    connection: Connection,
}

/// A job, as `list` prints it.
#[derive(Debug, Serialize)]
struct Listed {
    job: JobId,
    model: ModelId,
    requester: String,
    stage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// The agreed price, or the present one of an auction, in the smallest unit. None of an auction that is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    max_price: String,
    bounty: String,
    inputs: u32,
    posted: u32,
    /// The last block in which a proof counts, if no more blocks are congested.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u32>,
}

impl List {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let bars = Bars::new();
        let jobs = self
            .connection
            .run(&bars, "nothing was sent", |chain| async move {
                let at = chain.best().await?;
                let mut listed = Vec::new();
                for (id, job) in at.jobs(self.limit).await? {
                    if !self.wants(&job) {
                        continue;
                    }
                    let price = match &job.state {
                        JobState::Open { .. } => at.current_price(id).await?,
                        JobState::Accepted(acceptance) => Some(acceptance.price),
                    };
                    listed.push(Listed::new(id, &job, price));
                }
                Ok(listed)
            })?;
        output.print(&jobs, |jobs| {
            let heads = [
                "job",
                "model",
                "stage",
                "price",
                "inputs",
                "posted",
                "proof due",
                "requester",
            ];
            let mut rows = vec![heads.map(String::from).to_vec()];
            let amount = |text: &str| text.parse().map_or_else(|_| text.to_owned(), format_amount);
            rows.extend(jobs.iter().map(|job| {
                vec![
                    job.job.to_string(),
                    job.model.to_string(),
                    job.stage.to_owned(),
                    job.price.as_deref().map_or_else(|| "-".into(), amount),
                    job.inputs.to_string(),
                    job.posted.to_string(),
                    job.last.map_or_else(|| "-".into(), |last| last.to_string()),
                    job.requester.clone(),
                ]
            }));
            columns(&rows)
        })
    }

    fn wants(&self, job: &types::Job) -> bool {
        let provider = job.acceptance().map(|acceptance| acceptance.provider);
        self.requester.is_none_or(|who| who == job.requester)
            && self.provider.is_none_or(|who| Some(who) == provider)
            && self.model.is_none_or(|model| model == job.model)
    }
}

impl Listed {
    fn new(id: JobId, job: &types::Job, price: Option<u128>) -> Self {
        let acceptance = job.acceptance();
        Self {
            job: id,
            model: job.model,
            requester: job.requester.to_string(),
            stage: match job.state {
                JobState::Open { .. } => "open",
                JobState::Accepted(_) => "accepted",
            },
            provider: acceptance.map(|acceptance| acceptance.provider.to_string()),
            price: price.map(|price| price.to_string()),
            max_price: job.terms.max_price.to_string(),
            bounty: job.bounty.to_string(),
            inputs: job.inputs,
            posted: job.posted.block,
            last: acceptance.map(|acceptance| acceptance.last),
        }
    }
}

/// What `cancel` prints.
#[derive(Debug, Serialize)]
struct Cancelled {
    job: JobId,
    #[serde(flatten)]
    transaction: Transaction,
}

impl Cancel {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let signer = self.account.signer()?;
        let bars = Bars::new();
        let cancelled = self
            .connection
            .run(&bars, MAY_BE_SENT, |chain| async move {
                let call = Call::Cancel { job: self.job };
                let bars = Bars::new();
                let (transaction, _) =
                    transact(&chain, &self.account, &signer, &call, &bars).await?;
                Ok(Cancelled {
                    job: self.job,
                    transaction,
                })
            })?;
        output.print(&cancelled, |cancelled| {
            format!(
                "job {} cancelled, payment and deposits returned\n{}",
                cancelled.job,
                cancelled.transaction.text()
            )
        })
    }
}
