// SPDX-License-Identifier: Apache-2.0
//! The loop around one service: start it, see how it ends, wait, start it again.

use std::{any::Any, panic::AssertUnwindSafe};

use futures::FutureExt;
use tracing::{debug, warn};

use super::{
    restart::{decide, Ending, History, Verdict},
    Context, Service, SupervisorOptions,
};
use crate::{error::ServiceError, telemetry::Metrics};

/// Keeps `service` running until it is done or fails for good. Gives its name and the fatal error.
pub(super) async fn keep(
    service: Service,
    context: Context,
    options: SupervisorOptions,
    metrics: Metrics,
) -> (&'static str, Result<(), ServiceError>) {
    let (name, shutdown, health) = (service.name, &context.shutdown, &context.health);
    let mut history = History::default();
    health.ok();
    loop {
        let started = options.clock.now();
        let ending = run_once(&service, &context, &options, history).await;
        let ran = options.clock.now().saturating_sub(started);
        if shutdown.is_stopping() {
            return match ending {
                Ending::Failed(error) if error.is_fatal() => (name, Err(error)),
                Ending::Failed(error) => {
                    debug!(service = name, "stopped with {error}");
                    (name, Ok(()))
                }
                _ => (name, Ok(())),
            };
        }
        let draining = shutdown.is_draining();
        let random = (options.random)();
        match decide(
            &options.policy,
            &mut history,
            name,
            ending,
            ran,
            draining,
            random,
        ) {
            Verdict::Ended => return (name, Ok(())),
            Verdict::Fatal(error) => return (name, Err(error)),
            Verdict::Restart { after, because } => {
                warn!(
                    service = name,
                    code = because.code().id,
                    failures = history.failures,
                    "{}; starting it again in {:.1} s",
                    because.message(),
                    after.as_secs_f64()
                );
                health.degraded(because.code(), because.message());
                metrics.service_restarted(name);
                if shutdown
                    .unless_stopping(options.clock.sleep(after))
                    .await
                    .is_none()
                {
                    return (name, Ok(()));
                }
            }
        }
    }
}

/// One run. After a failure the service counts as well again when it says so, or when it has run long enough.
async fn run_once(
    service: &Service,
    context: &Context,
    options: &SupervisorOptions,
    history: History,
) -> Ending {
    // The call that makes the future can panic as well.
    let run = AssertUnwindSafe(async { (service.start)(context.clone()).await }).catch_unwind();
    tokio::pin!(run);
    let result = if history == History::default() {
        run.await
    } else {
        tokio::select! {
            result = &mut run => result,
            () = options.clock.sleep(options.policy.stable) => {
                context.health.ok();
                run.await
            }
        }
    };
    match result {
        Ok(Ok(())) => Ending::Returned,
        Ok(Err(error)) => Ending::Failed(error),
        Err(panic) => Ending::Panicked(message(panic.as_ref())),
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_string())
}
