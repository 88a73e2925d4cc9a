// SPDX-License-Identifier: Apache-2.0
//! The pricer's loop.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use assay_client::{
    types::{Balance, JobId, ModelId, OpenJob},
    Call,
};
use tokio::sync::{mpsc::error::TrySendError, Notify};

use super::{
    decision::{judge, worth, Offer, Situation, Verdict},
    schedule::Task,
};
use crate::{
    chain::View,
    data_dir,
    error::{codes, ServiceError},
    job::{JobRecord, Stage},
    services::{at_each_turn, Shared},
    supervisor::Context,
};

/// The most declined jobs that are remembered, so that each is logged once.
const REMEMBERED: usize = 10_000;

/// Something that the submitter shall do. It is no promise: it may be dropped, and is then decided anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Accept a job at `min_price` or more.
    Accept {
        /// The job.
        job: JobId,
        /// Its model.
        model: ModelId,
        /// The least price.
        min_price: Balance,
    },
}

/// Why no job is accepted at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closed {
    NotRegistered,
    Retired,
    Jailed,
    Distrusted,
    DiskFull,
}

impl Closed {
    fn explain(self) -> &'static str {
        match self {
            Self::NotRegistered => {
                "the account is no provider: register and bond it (`assay provider register`)"
            }
            Self::Retired => "the provider is retired",
            Self::Jailed => {
                "the provider is jailed: when the time is over, `assay provider unjail`"
            }
            Self::Distrusted => "the device has computed something wrong",
            Self::DiskFull => "the disk with the database is almost full",
        }
    }
}

/// What the pricer remembers between views. Nothing depends on it but logs and the number of questions.
#[derive(Default)]
struct Memory {
    declined: BTreeSet<JobId>,
    /// Acceptances cost the same for every job.
    accept_fee: Option<Balance>,
    closed: Option<Closed>,
}

/// Runs the pricer until the worker drains.
///
/// # Errors
///
/// If the chain can't be asked, or the database fails.
pub async fn run(shared: Arc<Shared>, context: Context) -> Result<(), ServiceError> {
    let memory = tokio::sync::Mutex::new(Memory::default());
    let bell = Notify::new();
    at_each_turn(&shared, &context, &bell, || async {
        let Some(view) = shared.view() else {
            return Ok(());
        };
        let memory = &mut *memory.lock().await;
        let closed = why_closed(&shared, &view);
        if closed != memory.closed {
            memory.closed = closed;
            match closed {
                Some(reason) => {
                    let reason = reason.explain();
                    tracing::warn!(code = codes::PR_001.id, reason, "accepting no jobs");
                    context.health.degraded(codes::PR_001, reason);
                }
                None => {
                    tracing::info!("accepting jobs");
                    context.health.ok();
                }
            }
        }
        if closed.is_some() {
            return Ok(());
        }
        price(&shared, &view, memory).await
    })
    .await
}

fn why_closed(shared: &Shared, view: &View) -> Option<Closed> {
    let Some(status) = &view.provider else {
        return Some(Closed::NotRegistered);
    };
    let storage = &shared.config.storage;
    // What can't be asked is no reason: a write that fails stops acceptances as well.
    let free = data_dir::free_space(&storage.data_dir).ok();
    if status.retired {
        Some(Closed::Retired)
    } else if status.jailed_until.is_some() {
        Some(Closed::Jailed)
    } else if shared.is_distrusted() {
        Some(Closed::Distrusted)
    } else if free.is_some_and(|free| free < storage.min_free.0) {
        Some(Closed::DiskFull)
    } else {
        None
    }
}

/// Looks at every auction of the view.
async fn price(shared: &Shared, view: &View, memory: &mut Memory) -> Result<(), ServiceError> {
    if view.auctions.is_empty() {
        return Ok(());
    }
    let accept_fee = match memory.accept_fee {
        Some(fee) => fee,
        None => {
            let call = Call::Accept {
                job: 0,
                min_price: 0,
            };
            *memory.accept_fee.insert(shared.port.fee(&call).await?)
        }
    };
    let jobs = shared.store.run(|store| store.open_jobs()).await?;
    let mut offers: Vec<(ModelId, Offer<'_>)> = view
        .auctions
        .iter()
        .filter(|(model, open)| {
            is_served(shared, *model)
                && !jobs.contains_key(&open.job)
                && !memory.declined.contains(&open.job)
                && shared.with_refusals(|refusals| refusals.allow(open.job, view.best.number))
        })
        .filter_map(|(model, open)| {
            let ready = shared.shelf.get(*model)?;
            let offer = Offer {
                job: open,
                seconds: ready.with_speed(|speed| speed.expect(open.inputs)),
                fees: accept_fee.saturating_add(ready.proof_fee),
            };
            Some((*model, offer))
        })
        .collect();
    offers.sort_by(|a, b| worth(&b.1).total_cmp(&worth(&a.1)));

    let mut tasks: Vec<Task> = jobs
        .values()
        .filter_map(|job| task_of(shared, job))
        .collect();
    let mut resources = Resources::new(shared, view, &jobs);
    for (model, offer) in offers {
        let situation = resources.situation(view, &tasks, shared.block_seconds());
        match judge(&shared.config.pricing, &offer, &situation) {
            Verdict::Accept { min_price } => {
                let order = Order::Accept {
                    job: offer.job.job,
                    model,
                    min_price,
                };
                match shared.orders.try_send(order) {
                    // The submitter has enough to do: the next view is soon enough.
                    Err(TrySendError::Full(_)) => return Ok(()),
                    Err(TrySendError::Closed(_)) => return Ok(()),
                    Ok(()) => {}
                }
                resources.take(offer.job, offer.fees);
                tasks.push(Task {
                    deadline: view.best.number.saturating_add(offer.job.proof_window),
                    seconds: offer.seconds.unwrap_or(0.0),
                });
            }
            Verdict::Hold(why) => {
                let (job, reason) = (offer.job.job, why.name());
                tracing::debug!(job, model, reason, price = offer.job.price, "waiting");
            }
            Verdict::Decline(why) => {
                let (job, reason) = (offer.job.job, why.name());
                tracing::info!(
                    job,
                    model,
                    reason,
                    max_price = offer.job.max_price,
                    work = offer.job.work,
                    "declined"
                );
                shared.metrics.job_declined(reason);
                if memory.declined.len() >= REMEMBERED {
                    memory.declined.pop_first();
                }
                memory.declined.insert(job);
            }
        }
    }
    Ok(())
}

/// Whether jobs of a model are accepted. Models that aren't served may be ready because they were.
fn is_served(shared: &Shared, model: ModelId) -> bool {
    let serve = &shared.config.models.serve;
    (serve.is_empty() || serve.contains(&model)) && !shared.is_quarantined(model)
}

/// What is left to do for a job that was taken.
fn task_of(shared: &Shared, job: &JobRecord) -> Option<Task> {
    let done = matches!(job.stage, Stage::Proven { .. } | Stage::Submitting { .. });
    let view = shared.view()?;
    if done || job.deadline() <= view.best.number {
        return None;
    }
    let seconds = shared
        .shelf
        .get(job.model)
        .and_then(|ready| ready.with_speed(|speed| speed.expect(job.inputs)));
    Some(Task {
        deadline: job.deadline(),
        // Of a model that isn't ready nothing is known; its weights are being fetched.
        seconds: seconds.unwrap_or(0.0),
    })
}

/// What accepting a job uses up.
struct Resources {
    free_slots: u32,
    free_collateral: Balance,
    balance: Balance,
}

impl Resources {
    fn new(shared: &Shared, view: &View, jobs: &BTreeMap<JobId, JobRecord>) -> Self {
        let status = view.provider.as_ref();
        // Acceptances on their way will lock collateral that the chain still counts as free.
        let on_their_way: BTreeSet<JobId> = jobs
            .values()
            .filter(|job| matches!(job.stage, Stage::Accepting { .. }))
            .map(|job| job.id)
            .collect();
        let pledged: Balance = view
            .auctions
            .iter()
            .filter(|(_, open)| on_their_way.contains(&open.job))
            .fold(0, |sum, (_, open)| sum.saturating_add(open.collateral));
        let free = status.map_or(0, |status| status.free_collateral);
        let open = u32::try_from(jobs.len()).unwrap_or(u32::MAX);
        Self {
            free_slots: shared.config.jobs.max_open.saturating_sub(open),
            free_collateral: free.saturating_sub(pledged),
            balance: view.balance,
        }
    }

    fn situation<'t>(&self, view: &View, tasks: &'t [Task], block_seconds: f64) -> Situation<'t> {
        Situation {
            best: view.best.number,
            block_seconds,
            tasks,
            free_slots: self.free_slots,
            free_collateral: self.free_collateral,
            balance: self.balance,
        }
    }

    fn take(&mut self, job: &OpenJob, fees: Balance) {
        self.free_slots = self.free_slots.saturating_sub(1);
        self.free_collateral = self.free_collateral.saturating_sub(job.collateral);
        self.balance = self.balance.saturating_sub(fees);
    }
}
