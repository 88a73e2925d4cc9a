// SPDX-License-Identifier: Apache-2.0
//! `assay-worker run`: work until told to stop.

use std::sync::Arc;

use tracing::{error, info};

use super::exit::Failure;
use crate::{
    config::Config,
    data_dir::DataDir,
    error::{codes, ServiceError},
    executor::{self, Backend},
    keys,
    supervisor::{self, Shutdown},
    telemetry::{logs, Health, Metrics, Server},
    worker::{Parts, Worker},
};

/// Runs a worker as `config` says. Returns when it has been told to stop and has, or has met a fatal error.
pub(super) fn run(config: Config) -> Result<(), Failure> {
    let telemetry = &config.telemetry;
    logs::start(telemetry.log_format, &telemetry.log_filter).map_err(Failure::Input)?;
    // From here on everything goes to the log, so that it is JSON alone if it is to be.
    let (code, error) = match locked(config) {
        Ok(()) => {
            info!("stopped");
            return Ok(());
        }
        Err(Failure::Input(error)) => (2, error),
        Err(Failure::Failed(error)) => (1, error),
        Err(other) => return Err(other),
    };
    let remedy = error.code().remedy;
    error!(code = error.code().id, remedy, "stopped: {error}");
    Err(Failure::Logged(code))
}

/// Works with the data directory locked.
fn locked(config: Config) -> Result<(), Failure> {
    // First of all, before anything is read that another worker may be writing. Held until the process ends.
    let data = DataDir::open(&config.storage.data_dir).map_err(Failure::input)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(ServiceError::fatal(codes::SV_007, error)))?;
    let result = runtime.block_on(work(config));
    // A proof that is being made is not waited for: it is made again at the next start.
    runtime.shutdown_background();
    drop(data);
    result
}

async fn work(config: Config) -> Result<(), Failure> {
    info!(
        version = env!("CARGO_PKG_VERSION"),
        data_dir = %config.storage.data_dir.display(),
        provider = config.account.provider,
        "assay-worker"
    );
    let (health, metrics, shutdown) = (Health::default(), Metrics::new(), Shutdown::new());
    supervisor::listen(shutdown.clone()).map_err(Failure::Failed)?;
    let starting = health.reporter("worker");
    let server = if config.telemetry.enabled {
        let address = config.telemetry.address;
        let server = Server::start(address, health.clone(), metrics.clone()).await;
        Some(server.map_err(Failure::input)?)
    } else {
        None
    };

    let account = config.account.clone();
    let signer = blocking(move || keys::signer(&account)).await?;
    let signer = signer.map_err(Failure::input)?;
    info!(address = %signer.account(), "transactions are signed by this account");

    let device = config.device.clone();
    let backend = blocking(move || open_device(&device)).await?;
    let backend = backend.map_err(Failure::Failed)?;
    let memory = backend
        .adapter()
        .map_or(0, |adapter| adapter.limits.buffer_bytes);
    let interface = backend
        .adapter()
        .map_or_else(|| "cpu".to_string(), |adapter| adapter.backend);
    metrics.device(&backend.name(), &interface, memory);

    let parts = Parts {
        config,
        backend,
        signer,
        metrics,
        health,
        shutdown,
    };
    let worker = Worker::start(parts).await.map_err(Failure::Failed)?;
    if let Some(server) = &server {
        server.set_jobs(worker.history());
    }
    starting.ok();
    worker.wait().await.map_err(Failure::Failed)
}

/// Opens the device and compares it with the reference interpreter.
pub(super) fn open_device(
    device: &crate::config::Device,
) -> Result<Arc<dyn Backend>, ServiceError> {
    let options = match device.memory_limit.0 {
        0 => executor::Options::default(),
        memory_bytes => executor::Options {
            memory_bytes,
            ..executor::Options::default()
        },
    };
    let backend = executor::open_with(&device.adapter, options)?;
    info!(device = backend.name(), "models run on this device");
    if let Some(adapter) = backend.adapter() {
        info!(
            kind = %adapter.kind,
            driver = adapter.driver,
            tensor_bytes = adapter.limits.tensor_bytes,
            buffer_bytes = adapter.limits.buffer_bytes,
            "limits of the device"
        );
    }
    executor::self_test(backend.as_ref())?;
    info!("the device computes what the reference interpreter computes");
    Ok(backend)
}

/// Does something slow on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|panic| Failure::Failed(ServiceError::fatal(codes::SV_002, panic)))
}
