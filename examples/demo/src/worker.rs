// SPDX-License-Identifier: Apache-2.0
//! The honest worker, which is the program that operators run, and the dishonest ones, which are its library with one step changed.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use anyhow::{Context, Result};
use assay_client::keys::Signer;
use assay_worker::{
    adversary::{self, Misdeed},
    config::Config,
    executor::{self, AdapterPolicy},
    supervisor::Shutdown,
    telemetry::{Health, Metrics},
    worker::Parts,
};

use crate::{
    market::{Market, HONEST_HOT_URI},
    programs::tail,
};

/// Variable in which the honest worker finds its key.
const SEED: &str = "ASSAY_DEMO_WORKER_SEED";

/// A running `assay-worker`. Dropping it ends it.
pub(crate) struct Process {
    process: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the honest worker. It asks for more than the lowest price of a job, so that who undercuts it is first.
    pub(crate) fn start(market: &Market, folder: &Path) -> Result<Self> {
        let home = folder.join("honest");
        fs::create_dir_all(&home)?;
        let file = home.join("worker.toml");
        fs::write(&file, configuration(market, &home)?)?;
        let log = folder.join("worker.log");
        let (runtime, cache) = (home.join("run"), home.join("cache"));
        fs::create_dir_all(&runtime)?;
        fs::create_dir_all(&cache)?;
        let process = Command::new(&market.programs.worker)
            .arg("--config")
            .arg(&file)
            .arg("run")
            .env(SEED, HONEST_HOT_URI)
            // Mesa's software adapter complains without one.
            .env("XDG_RUNTIME_DIR", &runtime)
            // Where Mesa keeps compiled kernels: not in the caller's home.
            .env("XDG_CACHE_HOME", &cache)
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("worker.out"))?)
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("starting {}", market.programs.worker.display()))?;
        Ok(Self { process, log })
    }

    /// The last lines of its log.
    pub(crate) fn log_tail(&self) -> String {
        tail("assay-worker", &self.log)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The least price that the honest worker takes, in whole ASY.
pub(crate) const HONEST_FLOOR: &str = "0.5 ASY";

fn configuration(market: &Market, home: &Path) -> Result<String> {
    // The system picks a free port; the worker takes it a moment later.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    Ok(format!(
        r#"# The honest worker of the demo.
[chain]
urls = ["{url}"]

[account]
provider = "{provider}"
seed_env = "{SEED}"

[device]
adapter = "best"

[models]
serve = [{model}]
file_roots = ["{roots}"]

[pricing]
min_price = "{HONEST_FLOOR}"
safety_margin = 1

[proving]
batch_wait = 1

[storage]
data_dir = "{home}/data"

[telemetry]
address = "127.0.0.1:{port}"
"#,
        url = market.url,
        provider = market.cast.honest.account(),
        model = market.model,
        roots = market.folder.display(),
        home = home.display(),
    ))
}

/// Starts a worker that lies, in this process and until the returned value is dropped.
pub(crate) async fn liar(market: &Market, signer: &Signer, folder: &Path) -> Result<Liar> {
    let home = folder.join("liar");
    fs::create_dir_all(&home)?;
    let mut config = Config::default();
    config.chain.urls = vec![market.url.clone()];
    config.account.provider = signer.account().to_string();
    config.models.serve = vec![market.model];
    config.models.file_roots = vec![market.folder.clone()];
    config.pricing.safety_margin = 1;
    config.storage.data_dir = home.join("data");
    config.telemetry.enabled = false;
    fs::create_dir_all(&config.storage.data_dir)?;
    let shutdown = Shutdown::new();
    let parts = Parts {
        config,
        backend: executor::open(&AdapterPolicy::Cpu)?,
        signer: signer.clone(),
        metrics: Metrics::new(),
        health: Health::new(),
        shutdown: shutdown.clone(),
    };
    let handle = adversary::start(parts, Misdeed::LyingProof).await?;
    let task = tokio::spawn(handle.wait());
    Ok(Liar {
        shutdown: Arc::new(shutdown),
        task,
    })
}

/// A lying worker. Dropping it ends it.
pub(crate) struct Liar {
    shutdown: Arc<Shutdown>,
    task: tokio::task::JoinHandle<Result<(), assay_worker::error::ServiceError>>,
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.shutdown.drain();
        self.shutdown.stop();
        self.task.abort();
    }
}
