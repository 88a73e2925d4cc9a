// SPDX-License-Identifier: Apache-2.0
//! A development node with models, providers and jobs.

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use assay_client::{
    codes::{pack, InputFormat},
    types::{Event, JobId, Metadata, ModelId, Perbill, Receipt, Terms},
    units::ASY,
    Call, Chain, Inclusion, SecretString, Signer, TransactionOptions, Until,
};
use assay_proof::ProvingKey;
use assay_worker::{
    config::Config,
    error::ServiceError,
    executor::{open, AdapterPolicy},
    store::Store,
    supervisor::Shutdown,
    telemetry::{Health, Metrics},
    worker::{Parts, Worker},
};
use codec::Encode;
use sha2::{Digest, Sha256};

use crate::engine::rig::{config, is_idle, model};

/// What takes so long hangs.
const PATIENCE: Duration = Duration::from_secs(240);

/// The node's process.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The node's binary: where the environment says, or beside this package's own.
fn binary() -> PathBuf {
    match env::var_os("ASSAY_NODE") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_BIN_EXE_assay-worker")).with_file_name("assay-node"),
    }
}

/// Starts a node on `port` (0: any) and returns its port.
fn start_node(folder: &Path, port: u16) -> (Node, u16) {
    let binary = binary();
    assert!(
        binary.exists(),
        "{} is missing: run `make build`, or set ASSAY_NODE",
        binary.display()
    );
    let mut process = Command::new(binary)
        .args(["--dev", "--port", "0", "--no-prometheus"])
        .args(["--no-hardware-benchmarks", "--rpc-port"])
        .arg(port.to_string())
        .arg("--base-path")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .env_remove("RUST_LOG")
        .spawn()
        .expect("assay-node starts");
    let log = BufReader::new(process.stderr.take().unwrap());
    let (found, address) = mpsc::channel();
    std::thread::spawn(move || {
        for line in log.lines().map_while(Result::ok) {
            if let Some((_, rest)) = line.split_once("Running JSON-RPC server: addr=") {
                let first = rest.split([',', ' ']).next().unwrap_or_default();
                let port = first.rsplit(':').next().and_then(|port| port.parse().ok());
                let _ = found.send(port);
            }
            eprintln!("{line}");
        }
    });
    let node = Node(process);
    let port = address.recv_timeout(PATIENCE).ok().flatten();
    (node, port.expect("the node says where it listens"))
}

fn signer(uri: &str) -> Signer {
    Signer::from_uri(&SecretString::from(uri)).unwrap()
}

/// A provider: whose stake it is, and the key that signs for it.
pub(crate) struct Person {
    pub(crate) stash: Signer,
    pub(crate) key: Signer,
    /// The secret of the key.
    pub(crate) uri: String,
}

/// A chain with two models.
pub(crate) struct Network {
    node: Option<Node>,
    port: u16,
    pub(crate) folder: tempfile::TempDir,
    chain: Chain,
    models: Vec<(ModelId, InputFormat)>,
    requester: Signer,
}

impl Network {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (node, port) = start_node(&folder.path().join("node"), 0);
        let chain = Chain::connect(&format!("ws://127.0.0.1:{port}")).await;
        let mut network = Self {
            node: Some(node),
            port,
            folder,
            chain: chain.unwrap(),
            models: Vec::new(),
            requester: signer("//Alice"),
        };
        for variant in [1, 2] {
            network.register(variant).await;
        }
        network
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    async fn execute(&self, signer: &Signer, call: &Call) -> Inclusion {
        let options = TransactionOptions::default();
        let done = self.chain.execute(signer, call, &options, Until::Finalised);
        done.await
            .unwrap_or_else(|error| panic!("{error}: {call:?}"))
    }

    async fn register(&mut self, variant: u32) {
        let model = model(variant);
        let weights = model.parameters().encode();
        let path = self.folder.path().join(format!("{variant}.weights"));
        std::fs::write(&path, &weights).unwrap();
        let key = ProvingKey::new(model).unwrap();
        let call = Call::RegisterModel {
            key: key.verifying_key().to_bytes(),
            metadata: Metadata {
                name: format!("test model {variant}").into_bytes(),
                licence: b"CC0-1.0".to_vec(),
                weights_uri: format!("file://{}", path.display()).into_bytes(),
                weights_hash: <[u8; 32]>::from(Sha256::digest(&weights)).into(),
            },
            royalty: Perbill(0),
        };
        let inclusion = self.execute(&self.requester, &call).await;
        let registered = inclusion.events.iter().find_map(|event| match event {
            Event::ModelRegistered { model, .. } => Some(*model),
            _ => None,
        });
        let id = registered.unwrap();
        let facts = self.chain.best().await.unwrap().model(id).await.unwrap();
        let format = InputFormat::from(&facts.unwrap().key);
        self.models.push((id, format));
    }

    /// Makes a development account a provider, with a key of its own if `by_proxy`.
    pub(crate) async fn provider(&self, uri: &str, by_proxy: bool) -> Person {
        let stash = signer(uri);
        let register = Call::RegisterProvider {
            metadata: b"a test".to_vec(),
            commission: Perbill(0),
            bond: 10_000 * ASY,
        };
        self.execute(&stash, &register).await;
        if !by_proxy {
            return Person {
                key: stash.clone(),
                stash,
                uri: uri.into(),
            };
        }
        let uri = format!("{uri}//hot");
        let key = signer(&uri);
        let delegate = key.account();
        let transfer = Call::Transfer {
            to: delegate,
            amount: 100 * ASY,
        };
        let kind = "Worker".to_string();
        let calls = vec![transfer, Call::AddProxy { delegate, kind }];
        self.execute(&stash, &Call::BatchAll(calls)).await;
        Person { stash, key, uri }
    }

    /// The configuration of a provider's worker.
    pub(crate) fn config(&self, person: &Person) -> Config {
        let mut config = config(self.folder.path());
        config.account.provider = person.stash.account().to_string();
        config.chain.urls = vec![self.url()];
        config.pricing.max_fee_percent = 100;
        let data = self.folder.path().join(person.uri.replace('/', "_"));
        std::fs::create_dir_all(&data).unwrap();
        config.storage.data_dir = data;
        config
    }

    /// A worker in this process.
    pub(crate) async fn worker(
        &self,
        person: &Person,
        change: impl FnOnce(&mut Config),
    ) -> Running {
        let mut config = self.config(person);
        change(&mut config);
        let shutdown = Shutdown::new();
        let parts = Parts {
            config,
            backend: open(&AdapterPolicy::Cpu).unwrap(),
            signer: person.key.clone(),
            metrics: Metrics::new(),
            health: Health::new(),
            shutdown: shutdown.clone(),
        };
        let handle = Worker::start(parts).await.unwrap();
        Running {
            store: handle.store(),
            shutdown,
            task: tokio::spawn(handle.wait()),
        }
    }

    /// Posts jobs with one input each, the models in turn.
    pub(crate) async fn post(&self, jobs: u32) -> Vec<JobId> {
        let terms = Terms {
            start_price: 5 * ASY,
            max_price: 10 * ASY,
            ramp: 5,
            auction: 200,
            proof_window: 40,
            min_collateral: 0,
        };
        let calls = (0..jobs).map(|index| {
            let (model, format) = &self.models[index as usize % self.models.len()];
            let span = i64::from(format.max) - i64::from(format.min) + 1;
            let code = |cell: u32| {
                let step = i64::from(cell) * 31 + i64::from(index) * 17;
                (i64::from(format.min) + step % span) as i32
            };
            let inputs = vec![(0..format.elements).map(code).collect()];
            Call::Post {
                model: *model,
                inputs: pack(&inputs, format).unwrap(),
                terms,
            }
        });
        let batch = Call::BatchAll(calls.collect());
        let inclusion = self.execute(&self.requester, &batch).await;
        let posted = inclusion.events.iter().filter_map(|event| match event {
            Event::Posted { job, .. } => Some(*job),
            _ => None,
        });
        let mut posted: Vec<JobId> = posted.collect();
        posted.sort_unstable();
        assert_eq!(posted.len(), jobs as usize);
        posted
    }

    async fn settled(&self, jobs: &[JobId]) -> usize {
        let Ok(at) = self.chain.finalised().await else {
            return 0;
        };
        let mut settled = 0;
        for job in jobs {
            settled += usize::from(
                at.receipt(*job)
                    .await
                    .is_ok_and(|receipt| receipt.is_some()),
            );
        }
        settled
    }

    async fn until_so_many(&self, jobs: &[JobId], enough: usize) {
        let reached = async {
            while self.settled(jobs).await < enough {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, reached).await.is_err() {
            let settled = self.settled(jobs).await;
            panic!("{settled} of {} jobs are settled", jobs.len());
        }
    }

    pub(crate) async fn until_settled(&self, jobs: &[JobId]) {
        self.until_so_many(jobs, jobs.len()).await;
    }

    pub(crate) async fn until_some_settled(&self, jobs: &[JobId]) {
        self.until_so_many(jobs, 1).await;
    }

    pub(crate) async fn receipt(&self, job: JobId) -> Receipt {
        let at = self.chain.best().await.unwrap();
        at.receipt(job).await.unwrap().unwrap()
    }

    /// Kills the node, and starts it again after a while.
    pub(crate) async fn kill_for(&mut self, time: Duration) {
        drop(self.node.take());
        tokio::time::sleep(time).await;
        let (node, _) = start_node(&self.folder.path().join("node"), self.port);
        self.node = Some(node);
    }
}

/// A worker that runs in this process.
pub(crate) struct Running {
    pub(crate) store: Store,
    shutdown: Shutdown,
    task: tokio::task::JoinHandle<Result<(), ServiceError>>,
}

impl Running {
    pub(crate) async fn until_idle(&self) {
        let idle = async {
            while !is_idle(&self.store) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, idle).await.unwrap();
    }

    pub(crate) async fn stop(self) -> Result<(), ServiceError> {
        self.shutdown.drain();
        self.task.await.unwrap()
    }
}
