// SPDX-License-Identifier: Apache-2.0
//! Runs the services, restarts those that fail, and stops them in order.
//!
//! - [`restart`]: what follows when a service ends (pure);
//! - [`shutdown`]: the two phases of stopping, and signals;
//! - [`clock`]: time, so that tests can set it;
//! - [`keeper`]: the loop around one service.
//!
//! Services share nothing with each other but the database and channels that survive them, so each can be restarted alone.

mod clock;
mod keeper;
mod restart;
mod shutdown;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, future::Future, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::task::JoinSet;
use tracing::{error, warn};

use crate::{
    error::{codes, ServiceError},
    telemetry::{Health, Metrics, Reporter},
};

pub use clock::{Clock, SystemClock};
pub use restart::RestartPolicy;
pub use shutdown::{listen, Shutdown};

/// What a service is given each time it starts.
#[derive(Clone, Debug)]
pub struct Context {
    /// The service's name.
    pub name: &'static str,
    /// When to stop.
    pub shutdown: Shutdown,
    /// Where to say how it is.
    pub health: Reporter,
}

type Start = Box<dyn Fn(Context) -> BoxFuture<'static, Result<(), ServiceError>> + Send + Sync>;

/// A service: its name, and how it is started.
struct Service {
    name: &'static str,
    start: Start,
}

/// How a supervisor works.
#[derive(Clone)]
pub struct SupervisorOptions {
    /// Restarts.
    pub policy: RestartPolicy,
    /// How long draining may take.
    pub grace: Duration,
    /// How long stopping may take after that. Then services are aborted.
    pub abort_after: Duration,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Numbers from 0 to 1, for the jitter.
    pub random: fn() -> f64,
}

impl Default for SupervisorOptions {
    fn default() -> Self {
        Self {
            policy: RestartPolicy::default(),
            grace: Duration::from_secs(60),
            abort_after: Duration::from_secs(5),
            clock: Arc::new(SystemClock::default()),
            random,
        }
    }
}

/// A number from 0 to 1 from the seeds that the standard library takes for its hash maps. Good enough to spread restarts.
fn random() -> f64 {
    use std::hash::{BuildHasher, Hasher};
    let bits = std::hash::RandomState::new().build_hasher().finish();
    bits as f64 / u64::MAX as f64
}

/// Runs services.
pub struct Supervisor {
    options: SupervisorOptions,
    health: Health,
    metrics: Metrics,
    services: Vec<Service>,
}

impl Supervisor {
    /// A supervisor of nothing yet.
    pub fn new(options: SupervisorOptions, health: Health, metrics: Metrics) -> Self {
        Self {
            options,
            health,
            metrics,
            services: Vec::new(),
        }
    }

    /// Adds a service. `start` is called at the start and for each restart.
    pub fn add<F, S>(&mut self, name: &'static str, start: S)
    where
        S: Fn(Context) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), ServiceError>> + Send + 'static,
    {
        let start = Box::new(move |context| -> BoxFuture<'static, _> { Box::pin(start(context)) });
        self.services.push(Service { name, start });
    }

    /// Runs all services until `shutdown` is begun from outside, or one of them fails for good, and all have ended.
    ///
    /// # Errors
    ///
    /// The first fatal error. Services that did not end in time are aborted; that is only logged.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), ServiceError> {
        let Self {
            options,
            health,
            metrics,
            services,
        } = self;
        let mut running: BTreeSet<&'static str> = BTreeSet::new();
        let mut keepers = JoinSet::new();
        for service in services {
            running.insert(service.name);
            let context = Context {
                name: service.name,
                shutdown: shutdown.clone(),
                health: health.reporter(service.name),
            };
            keepers.spawn(keeper::keep(
                service,
                context,
                options.clone(),
                metrics.clone(),
            ));
        }

        let deadline = deadline(&shutdown, &options);
        tokio::pin!(deadline);
        let mut result = Ok(());
        loop {
            tokio::select! {
                ended = keepers.join_next() => match ended {
                    None => return result,
                    Some(Ok((name, ended))) => {
                        running.remove(name);
                        if let Err(fatal) = ended {
                            error!(service = name, code = fatal.code().id, "{}", fatal.message());
                            health.reporter(name).degraded(fatal.code(), fatal.message());
                            result = result.and(Err(fatal));
                            shutdown.drain();
                        }
                    }
                    // A keeper doesn't panic. If it does, its service is not kept: nothing can go on.
                    Some(Err(join)) => {
                        result = result.and(Err(ServiceError::fatal(codes::SV_002, join.to_string())));
                        shutdown.drain();
                    }
                },
                () = &mut deadline => {
                    let names: Vec<_> = running.iter().copied().collect();
                    warn!(
                        code = codes::SV_004.id,
                        services = names.join(", "),
                        "services did not stop in time and are aborted; their work goes on at the next start"
                    );
                    // Dropping the set aborts them. What blocks a thread is not waited for.
                    return result;
                }
            }
        }
    }
}

/// Ends when services must have stopped: begins stopping after the grace period.
async fn deadline(shutdown: &Shutdown, options: &SupervisorOptions) {
    shutdown.draining().await;
    tokio::select! {
        () = options.clock.sleep(options.grace) => {}
        () = shutdown.stopping() => {}
    }
    shutdown.stop();
    options.clock.sleep(options.abort_after).await;
}
