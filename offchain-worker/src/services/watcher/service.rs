// SPDX-License-Identifier: Apache-2.0
//! The watcher's loop.

use std::{sync::Arc, sync::PoisonError, time::Duration};

use futures::{FutureExt, StreamExt};

use super::reconcile::reconcile;
use crate::{
    chain::{Interest, PortError, View},
    error::{codes, ServiceError},
    job::{decide::Sight, Stage},
    recovery,
    services::Shared,
    supervisor::Context,
};

/// When no best block has come for so long, something is wrong with the chain or the connection.
const QUIET: Duration = Duration::from_secs(60);
/// The most auctions of one model that are looked at in a block.
const AUCTION_LIMIT: u32 = 200;

/// Runs the watcher until the worker drains.
///
/// # Errors
///
/// If the chain can't be asked, or the database fails.
pub async fn run(shared: Arc<Shared>, context: Context) -> Result<(), ServiceError> {
    let result = watch(&shared, &context).await;
    if result.is_err() {
        shared.metrics.connected(false);
    }
    result
}

async fn watch(shared: &Shared, context: &Context) -> Result<(), ServiceError> {
    let mut blocks = shared.port.best_blocks().await?;
    let mut quiet = false;
    loop {
        tokio::select! {
            _ = context.shutdown.draining() => return Ok(()),
            looked = look(shared) => looked?,
        }
        if !quiet {
            context.health.ok();
            shared.metrics.connected(true);
        }
        let next = tokio::select! {
            _ = context.shutdown.draining() => return Ok(()),
            next = tokio::time::timeout(QUIET, blocks.next()) => next,
        };
        quiet = next.is_err();
        match next {
            Err(_) => {
                let seconds = QUIET.as_secs();
                context.health.degraded(
                    codes::CH_005,
                    format!(
                        "no new block for {seconds} s: the node is gone, or the chain stands still"
                    ),
                );
                tracing::warn!(code = codes::CH_005.id, seconds, "no new block");
                shared.metrics.connected(false);
            }
            Ok(None) => {
                return Err(PortError::Unavailable("the stream of blocks ended".into()).into())
            }
            Ok(Some(block)) => {
                block?;
                // Only the newest counts.
                while let Some(Some(newer)) = blocks.next().now_or_never() {
                    newer?;
                }
            }
        }
    }
}

/// Looks at the chain once.
async fn look(shared: &Shared) -> Result<(), ServiceError> {
    let jobs = shared.store.run(|store| store.open_jobs()).await?;
    let interest = Interest {
        jobs: jobs.values().map(|job| (job.id, job.model)).collect(),
        auctions: shared.shelf.ids(),
        auction_limit: AUCTION_LIMIT,
    };
    let view = shared.port.observe(&interest).await?;
    shared.reach("view observed");
    shared
        .pace
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .note(view.best.number, shared.started.elapsed());
    reconcile(shared, &view).await?;
    if has_unknown_jobs(&view) {
        recovery::adopt(shared, &view).await?;
    }
    count(shared, &view).await?;
    report_slashes(shared, &view);
    shared.views.send_replace(Some(Arc::new(view)));
    Ok(())
}

/// Whether the chain counts more jobs of the provider than the database knows.
fn has_unknown_jobs(view: &View) -> bool {
    let known = view
        .sights
        .values()
        .filter(|sights| matches!(sights.best, Sight::Ours(_)))
        .count();
    let counted = view.provider.as_ref().map_or(0, |status| status.open_jobs);
    counted as usize > known
}

/// Tells operators what was slashed in a block that wasn't looked at before.
fn report_slashes(shared: &Shared, view: &View) {
    if shared
        .view()
        .is_some_and(|last| last.best.hash == view.best.hash)
    {
        return;
    }
    for (job, amount) in &view.slashed {
        shared.metrics.slashed(*amount);
        let block = view.best.number;
        tracing::error!(code = codes::TX_007.id, job, amount, block, "slashed");
    }
}

async fn count(shared: &Shared, view: &View) -> Result<(), ServiceError> {
    let metrics = &shared.metrics;
    metrics.best_block(view.best.number);
    metrics.finalised_block(view.finalised.number);
    metrics.fee_balance(view.balance);
    let status = view.provider.as_ref();
    metrics.free_stake(status.map_or(0, |status| status.free_collateral));
    let jobs = shared.store.run(|store| store.open_jobs()).await?;
    for name in Stage::NAMES {
        let there = jobs.values().filter(|job| job.stage.name() == name);
        metrics.jobs_open(name, there.count() as u64);
    }
    Ok(())
}
