// SPDX-License-Identifier: Apache-2.0
//! What the worker does about the past when it starts, and when the chain knows more than the database.
//!
//! Most of it is nothing: every service finds out by itself what is left to do. What remains is to make sure that the database is the
//! one of this chain and provider, to say what is open, and to take up jobs that the chain counts as the provider's and the
//! database doesn't know, because it was lost or because they were accepted by another program.

use crate::{
    chain::View,
    error::ServiceError,
    job::{JobRecord, Stage},
    services::{now, Shared},
    store::{Identity, Store, StoreError},
};

/// Checks whose the database is, and logs what is open in it.
///
/// # Errors
///
/// [`StoreError::Foreign`] if it is another chain's or provider's.
pub fn open(store: &Store, identity: &Identity) -> Result<(), StoreError> {
    store.claim(identity)?;
    let jobs = store.open_jobs()?;
    let transactions = store.transactions()?;
    if !jobs.is_empty() || !transactions.is_empty() {
        tracing::info!(
            jobs = jobs.len(),
            transactions = transactions.len(),
            "going on with what was open"
        );
    }
    for job in jobs.values() {
        let deadline = job.deal.map(|deal| deal.deadline);
        tracing::info!(
            job = job.id,
            model = job.model,
            stage = job.stage.name(),
            ?deadline,
            "open"
        );
    }
    Ok(())
}

/// Takes up the jobs that the provider holds and the database doesn't know.
///
/// # Errors
///
/// If the chain can't be asked, or the database fails.
pub async fn adopt(shared: &Shared, view: &View) -> Result<(), ServiceError> {
    for id in shared.port.held_jobs().await? {
        if view.sights.contains_key(&id) {
            continue;
        }
        let Some(facts) = shared.port.job(id).await? else {
            continue;
        };
        let record = JobRecord::new(id, &facts, Stage::Accepted, view.best.number, now());
        if shared.store.run(move |store| store.adopt(&record)).await? {
            tracing::warn!(
                job = id,
                model = facts.model,
                "the provider holds a job that the database does not know: taking it up"
            );
            shared.reach("job adopted");
        }
    }
    Ok(())
}
