// SPDX-License-Identifier: Apache-2.0
//! Removes old history, and watches the disk.

use std::{sync::Arc, time::Duration};

use super::{now, Shared};
use crate::{
    data_dir,
    error::{codes, ServiceError},
    supervisor::Context,
};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(60);

/// Runs the janitor until the worker drains.
///
/// # Errors
///
/// If the database fails.
pub async fn run(shared: Arc<Shared>, context: Context) -> Result<(), ServiceError> {
    loop {
        sweep(&shared, &context).await?;
        tokio::select! {
            _ = context.shutdown.draining() => return Ok(()),
            _ = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn sweep(shared: &Shared, context: &Context) -> Result<(), ServiceError> {
    let storage = &shared.config.storage;
    let days = storage.history_days;
    let removed = shared
        .store
        .run(move |store| store.prune(days, now()))
        .await?;
    if removed > 0 {
        tracing::info!(jobs = removed, days, "removed old jobs from the history");
    }
    if let Ok(free) = data_dir::free_space(&storage.data_dir) {
        shared.metrics.disk_free(free);
        if free < storage.min_free.0 {
            let what = format!("{free} bytes are free on the disk with the database");
            context.health.degraded(codes::ST_005, &what);
            tracing::warn!(
                code = codes::ST_005.id,
                free,
                "accepting no jobs until the disk has room"
            );
        } else {
            context.health.ok();
        }
    }
    Ok(())
}
