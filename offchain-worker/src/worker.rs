// SPDX-License-Identifier: Apache-2.0
//! Puts the services together.

use std::{sync::Arc, time::Duration};

use assay_client::{AccountId, Signer};

use crate::{
    chain::{Node, Port},
    config::Config,
    error::{codes, Coded, ServiceError, Severity},
    executor::Backend,
    recovery,
    services::{self, Hooks, Shared},
    store::{Identity, Store},
    supervisor::{RestartPolicy, Shutdown, Supervisor, SupervisorOptions},
    telemetry::{Health, JobHistory, Metrics},
};

/// Between two attempts to reach a node at the start.
const CONNECT_EVERY: Duration = Duration::from_secs(5);

/// The longest pause before a service that failed is started again.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What a worker is made of.
pub struct Parts {
    /// The configuration, validated.
    pub config: Config,
    /// The device.
    pub backend: Arc<dyn Backend>,
    /// The key that signs.
    pub signer: Signer,
    /// Metrics.
    pub metrics: Metrics,
    /// Health.
    pub health: Health,
    /// When to stop.
    pub shutdown: Shutdown,
}

/// The same without a node and a key: with another chain in their place.
pub struct Assembly {
    /// The configuration.
    pub config: Config,
    /// The account that is paid.
    pub provider: AccountId,
    /// The chain.
    pub port: Arc<dyn Port>,
    /// The database.
    pub store: Store,
    /// The device.
    pub backend: Arc<dyn Backend>,
    /// Metrics.
    pub metrics: Metrics,
    /// Health.
    pub health: Health,
    /// When to stop.
    pub shutdown: Shutdown,
    /// What tests put in.
    pub hooks: Hooks,
}

/// A worker.
pub struct Worker;

impl Worker {
    /// Opens the database and waits for the chain.
    ///
    /// # Errors
    ///
    /// If the database can't be opened or is another's, the provider's address isn't one, or the node is on another chain.
    pub async fn start(parts: Parts) -> Result<WorkerHandle, ServiceError> {
        Self::start_with(parts, Hooks::default()).await
    }

    pub(crate) async fn start_with(
        parts: Parts,
        hooks: Hooks,
    ) -> Result<WorkerHandle, ServiceError> {
        let Parts {
            config,
            backend,
            signer,
            metrics,
            health,
            shutdown,
        } = parts;
        let provider: AccountId = config.account.provider.parse().map_err(|_| {
            let what = format!("`{}` is no address", config.account.provider);
            ServiceError::fatal(codes::CF_003, what)
        })?;
        let store = Store::open(&config.storage.data_dir)?;
        if signer.account() != provider {
            let (signer, provider) = (signer.account(), &provider);
            tracing::info!(%signer, %provider, "signing as a proxy of the provider");
        }
        let Some(node) = connect(&config, provider, signer, &health, &shutdown).await? else {
            return Ok(WorkerHandle {
                store,
                running: None,
            });
        };
        Self::assemble(Assembly {
            config,
            provider,
            port: Arc::new(node),
            store,
            backend,
            metrics,
            health,
            shutdown,
            hooks,
        })
    }

    /// Puts a worker together.
    ///
    /// # Errors
    ///
    /// If the database is another chain's or provider's.
    pub fn assemble(assembly: Assembly) -> Result<WorkerHandle, ServiceError> {
        let identity = Identity {
            chain: assembly.port.chain_id(),
            provider: assembly.provider.0,
        };
        recovery::open(&assembly.store, &identity)?;
        let options = SupervisorOptions {
            grace: Duration::from_secs(assembly.config.jobs.shutdown_seconds),
            // Deadlines are a few dozen blocks away: when the node is back, so should the services be.
            policy: RestartPolicy {
                longest: LONGEST_PAUSE,
                ..RestartPolicy::default()
            },
            ..SupervisorOptions::default()
        };
        let shared = Shared::new(
            assembly.config,
            assembly.provider,
            assembly.store,
            assembly.port,
            assembly.backend,
            assembly.metrics.clone(),
            assembly.hooks,
        );
        let supervisor = Supervisor::new(options, assembly.health, assembly.metrics);
        Ok(WorkerHandle {
            store: shared.store.clone(),
            running: Some(Running {
                shared,
                supervisor,
                shutdown: assembly.shutdown,
            }),
        })
    }
}

/// A worker that is ready to run.
pub struct WorkerHandle {
    store: Store,
    /// `None` if the shutdown began before a node answered.
    running: Option<Running>,
}

struct Running {
    shared: Arc<Shared>,
    supervisor: Supervisor,
    shutdown: Shutdown,
}

impl WorkerHandle {
    /// The history of jobs.
    pub fn history(&self) -> Arc<dyn JobHistory> {
        Arc::new(self.store.clone())
    }

    /// The database.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Runs until the shutdown begins, and everything is finished or parked.
    ///
    /// # Errors
    ///
    /// The first fatal error of a service.
    pub async fn wait(self) -> Result<(), ServiceError> {
        let Some(Running {
            shared,
            mut supervisor,
            shutdown,
        }) = self.running
        else {
            return Ok(());
        };
        macro_rules! add {
            ($name:literal, $run:path) => {
                let there = shared.clone();
                supervisor.add($name, move |context| $run(there.clone(), context));
            };
        }
        add!("watcher", services::watcher::run);
        add!("weights", services::weights::run);
        add!("pricer", services::pricer::run);
        add!("executor", services::executor::run);
        add!("prover", services::prover::run);
        add!("submitter", services::submitter::run);
        add!("janitor", services::janitor::run);
        supervisor.run(shutdown).await
    }
}

/// Waits for a node: a worker may be started before it. `None` if the shutdown began before one answered.
async fn connect(
    config: &Config,
    provider: AccountId,
    signer: Signer,
    health: &Health,
    shutdown: &Shutdown,
) -> Result<Option<Node>, ServiceError> {
    let health = health.reporter("connection");
    loop {
        let attempt = Node::connect(&config.chain, provider, signer.clone());
        let error = tokio::select! {
            _ = shutdown.draining() => return Ok(None),
            connected = attempt => match connected {
                Ok(node) => {
                    // From here on the watcher speaks for the connection.
                    health.ok();
                    return Ok(Some(node));
                }
                Err(error) => error,
            },
        };
        if error.severity() == Severity::Fatal {
            return Err(error.into());
        }
        tracing::warn!(code = error.code().id, %error, "waiting for a node");
        health.degraded(error.code(), &error);
        tokio::select! {
            _ = shutdown.draining() => return Ok(None),
            _ = tokio::time::sleep(CONNECT_EVERY) => {}
        }
    }
}
