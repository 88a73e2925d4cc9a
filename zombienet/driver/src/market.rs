// SPDX-License-Identifier: Apache-2.0
//! The market as its users meet it: `assay` for the model's owner, the provider and the requester, `assay-worker` for the work.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use anyhow::{bail, ensure, Context, Result};
use serde_json::Value;
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::settings::Settings;

/// What any step may take: it ends what hangs.
const PATIENCE: Duration = Duration::from_secs(1_200);
/// The model's owner, the provider and the requester: development accounts of the chain's genesis.
const OWNER: &str = "//Dave";
const PROVIDER: &str = "//Charlie";
const REQUESTER: &str = "//Eve";
/// Address of `//Charlie`.
const PROVIDER_ADDRESS: &str = "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y";
/// The worker's HTTP port.
const WORKER_PORT: u16 = 19_616;

/// A model on the chain and a worker that serves it.
pub(crate) struct Market {
    assay: PathBuf,
    url: String,
    bundle: PathBuf,
    digit: PathBuf,
    model: u64,
    expected: Vec<i64>,
    worker: Child,
}

impl Market {
    /// Compiles and registers a model, registers a provider, and starts a worker.
    ///
    /// # Errors
    ///
    /// A command fails, with what it said.
    pub(crate) async fn open(settings: &Settings, url: String) -> Result<Self> {
        let assay = settings.assay.clone();
        let bundle = settings.folder.join("lenet");
        let onnx = settings.models.join("mnist-lenet/model.onnx");
        let samples = settings.models.join("mnist-calibration.npz");
        let digit = settings.models.join("mnist-digits/digit-7.json");
        let run = |arguments: Vec<String>| run(assay.clone(), url.clone(), arguments);

        run(words(
            "model compile {} --samples {} --output {}",
            &[&onnx, &samples, &bundle],
        ))
        .await?;
        let answer = run(words("infer {} --input {}", &[&bundle, &digit])).await?;
        let expected = integers(&answer["codes"][0]).context("what `assay infer` printed")?;

        let registered = run(words(
            "model register {} --name lenet --royalty 5 --account",
            &[&bundle],
        )
        .into_iter()
        .chain([OWNER.to_owned()])
        .collect())
        .await?;
        let model = registered["model"]
            .as_u64()
            .context("what `assay model register` printed has no model")?;
        let provider = words(
            "provider register --bond 5000 --commission 10 --account",
            &[],
        );
        run(provider.into_iter().chain([PROVIDER.to_owned()]).collect()).await?;

        let worker = start_worker(settings, &url, &bundle)?;
        let mut market = Self {
            assay,
            url,
            bundle,
            digit,
            model,
            expected,
            worker,
        };
        if let Err(error) = market.wait_for_worker().await {
            let _ = market.close().await;
            return Err(error);
        }
        Ok(market)
    }

    /// The answer to every question that [`ask`](Self::ask) asks, by the reference interpreter.
    pub(crate) fn expected(&self) -> &[i64] {
        &self.expected
    }

    /// Posts a job, waits until it is settled, and returns its number and its outputs.
    ///
    /// # Errors
    ///
    /// A command fails, or the job ends without an answer.
    pub(crate) async fn ask(&self) -> Result<(u64, Vec<i64>)> {
        let post = words(
            "job post {} --input {} --bundle {} --start-price 1 --max-price 5 --proof-window 40 --account {}",
            &[
                Path::new(&self.model.to_string()),
                &self.digit,
                &self.bundle,
                Path::new(REQUESTER),
            ],
        );
        let posted = run(self.assay.clone(), self.url.clone(), post).await?;
        let job = posted["job"]
            .as_u64()
            .context("what `assay job post` printed has no job")?;
        let watch = words(
            "job watch {} --until settled",
            &[Path::new(&job.to_string())],
        );
        let watched = run(self.assay.clone(), self.url.clone(), watch).await?;
        let outputs = integers(&watched["outputs"]).context("what `assay job watch` printed")?;
        Ok((job, outputs))
    }

    /// Checks a settled job again with nothing but what the chain has.
    ///
    /// # Errors
    ///
    /// There is no receipt, or its proof isn't valid.
    pub(crate) async fn verify(&self, job: u64) -> Result<()> {
        let verify = words("receipt verify {}", &[Path::new(&job.to_string())]);
        run(self.assay.clone(), self.url.clone(), verify).await?;
        Ok(())
    }

    /// Waits until the worker says that it is healthy.
    async fn wait_for_worker(&mut self) -> Result<()> {
        let healthy = async {
            loop {
                if let Some(status) = self.worker.try_wait()? {
                    bail!("the worker ended with {status}; its log is beside its database");
                }
                if health().await {
                    return Ok(());
                }
                sleep(Duration::from_secs(1)).await;
            }
        };
        timeout(PATIENCE, healthy)
            .await
            .context("the worker doesn't become healthy")?
    }

    /// Tells the worker to stop and waits until it has.
    ///
    /// # Errors
    ///
    /// It doesn't, or fails on the way.
    pub(crate) async fn close(&mut self) -> Result<()> {
        let Some(process) = self.worker.id() else {
            return Ok(());
        };
        Command::new("kill")
            .args(["-TERM", &process.to_string()])
            .status()
            .await?;
        let ended = timeout(PATIENCE, self.worker.wait()).await;
        let status = ended.context("the worker doesn't end")??;
        ensure!(status.success(), "the worker ended with {status}");
        Ok(())
    }
}

/// The words of a command; each `{}` is one argument, whatever it contains.
fn words(template: &str, arguments: &[&Path]) -> Vec<String> {
    let mut arguments = arguments.iter();
    template
        .split_whitespace()
        .map(|word| match word {
            "{}" => arguments
                .next()
                .map_or_else(String::new, |argument| argument.display().to_string()),
            word => word.to_owned(),
        })
        .collect()
}

/// Runs `assay --json` and returns what it prints.
async fn run(assay: PathBuf, url: String, arguments: Vec<String>) -> Result<Value> {
    let command = format!("assay {}", arguments.join(" "));
    let child = Command::new(assay)
        .arg("--json")
        .args(&arguments)
        .env("ASSAY_URL", url)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let Output {
        status,
        stdout,
        stderr,
    } = timeout(PATIENCE, child)
        .await
        .with_context(|| format!("`{command}` doesn't end"))??;
    let said = String::from_utf8_lossy(&stderr);
    ensure!(status.success(), "`{command}` ended with {status}: {said}");
    serde_json::from_slice(&stdout).with_context(|| format!("`{command}` printed no JSON"))
}

/// A list of integers.
fn integers(value: &Value) -> Result<Vec<i64>> {
    let list = value.as_array().context("no list of codes")?;
    list.iter()
        .map(|code| code.as_i64().context("a code that is no integer"))
        .collect()
}

/// Starts the worker with a configuration of its own. It signs with the provider's key itself, which only a test may do.
fn start_worker(settings: &Settings, url: &str, bundle: &Path) -> Result<Child> {
    let folder = settings.folder.join("worker");
    fs::create_dir_all(&folder)?;
    let file = folder.join("worker.toml");
    fs::write(
        &file,
        format!(
            "[chain]\nurls = [{url:?}]\n\n[account]\nprovider = \"{PROVIDER_ADDRESS}\"\nseed_env = \"ASSAY_WORKER_SEED\"\n\n\
             [device]\nadapter = \"cpu\"\n\n[models]\nfile_roots = [{:?}]\n\n[storage]\ndata_dir = {:?}\nmin_free = \"100 MiB\"\n\n\
             [telemetry]\naddress = \"127.0.0.1:{WORKER_PORT}\"\n",
            bundle.display().to_string(),
            folder.join("data").display().to_string(),
        ),
    )?;
    let log = File::create(folder.join("worker.log"))?;
    Command::new(&settings.worker)
        .args(["run", "--config"])
        .arg(&file)
        .env("ASSAY_WORKER_SEED", PROVIDER)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .context("starting the worker")
}

/// Whether the worker's health endpoint answers with 200.
async fn health() -> bool {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };
    let request = async {
        let mut stream = TcpStream::connect(("127.0.0.1", WORKER_PORT)).await?;
        let request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await?;
        let mut answer = Vec::new();
        stream.take(64 * 1024).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.starts_with(b"HTTP/1.1 200"))
    };
    matches!(
        timeout(Duration::from_secs(10), request).await,
        Ok(Ok(true))
    )
}
