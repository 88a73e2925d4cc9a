// SPDX-License-Identifier: Apache-2.0
//! Workers on a simulated chain.

use std::{path::Path, sync::Arc, time::Duration};

use assay_circuit::{
    testing::{case, Size},
    Model,
};
use assay_client::{
    codes::{pack, InputFormat},
    AccountId,
};
use assay_proof::ProvingKey;
use assay_worker::{
    config::{Amount, ByteSize, Config},
    error::ServiceError,
    executor::{open, AdapterPolicy, Backend},
    job::{End, FinishedJob},
    services::Hooks,
    store::Store,
    supervisor::Shutdown,
    telemetry::{Health, Metrics},
    worker::{Assembly, Worker},
};
use codec::Encode;
use sha2::{Digest, Sha256};

use super::sim::{
    market::{Model as SimModel, Outcome, Terms},
    port::SimPort,
    state::{Account, State},
    Producer, Sim,
};

/// The provider of most tests.
pub(crate) const ALICE: Account = [1; 32];
/// Its competitor.
pub(crate) const BOB: Account = [2; 32];
/// Between two blocks.
pub(crate) const PERIOD: Duration = Duration::from_millis(10);
/// A test that takes so long hangs.
const PATIENCE: Duration = Duration::from_secs(240);

/// A small model with weights; each `variant` is another one.
pub(crate) fn model(variant: u32) -> Model {
    let size = Size {
        nodes: 3,
        extent: 4,
        ..Size::default()
    };
    // The first of the variant's random circuits that has enough weights to be a model.
    let seeds = (0..).map(|step| variant * 1_000 + step);
    let mut models = seeds.map(|seed: u32| {
        let choices: Vec<u32> = (0..400u32)
            .map(|index| (index + 400 * seed).wrapping_mul(2_654_435_761) >> 7)
            .collect();
        case(&choices, size).model
    });
    let weights = |model: &Model| model.parameters().weights.iter().flatten().count();
    models.find(|model| weights(model) >= 16).unwrap()
}

/// Registers a model whose weights are in `folder`.
pub(crate) fn register(state: &mut State, id: u64, model: Model, folder: &Path) {
    let path = folder.join(format!("{id}.weights"));
    let bytes = model.parameters().encode();
    std::fs::write(&path, &bytes).unwrap();
    let uri = format!("file://{}", path.display());
    register_at(state, id, model, &uri);
}

/// Registers a model whose weights are at `uri`.
pub(crate) fn register_at(state: &mut State, id: u64, model: Model, uri: &str) {
    let bytes = model.parameters().encode();
    let key = ProvingKey::new(model).unwrap();
    let registered = SimModel {
        key: key.verifying_key().to_bytes(),
        uri: uri.as_bytes().to_vec(),
        weights_hash: Sha256::digest(&bytes).into(),
        barred: false,
    };
    state.models.insert(id, registered);
}

/// Packed inputs of a model; each `seed` makes others.
pub(crate) fn question(state: &State, model: u64, inputs: u32, seed: u32) -> Vec<u8> {
    let format: InputFormat = state.models[&model].format();
    let span = i64::from(format.max) - i64::from(format.min) + 1;
    let code = |index: u32| {
        let step = i64::from(index) * 31 + i64::from(seed) * 17;
        (i64::from(format.min) + step % span) as i32
    };
    let inputs: Vec<Vec<i32>> = (0..inputs)
        .map(|input| {
            (0..format.elements)
                .map(|cell| code(cell + input * 7))
                .collect()
        })
        .collect();
    pack(&inputs, &format).unwrap()
}

/// A chain with two models and two providers, in a folder.
pub(crate) struct Stage {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) sim: Sim,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sim = Sim::create(&folder.path().join("chain"));
        sim.change(|state| {
            register(state, 1, model(1), folder.path());
            register(state, 2, model(2), folder.path());
            for account in [ALICE, BOB] {
                state.world().collateral.insert(account, 1_000_000);
            }
        });
        Self { folder, sim }
    }

    /// Posts a job with one input.
    pub(crate) fn post(&self, model: u64, terms: Terms) -> u64 {
        self.sim.change(|state| {
            let question = question(state, model, 1, state.next_job as u32);
            state.post(model, question, terms)
        })
    }

    pub(crate) fn produce(&self) -> Producer {
        self.sim.produce(PERIOD)
    }

    /// A worker of `account` with the default configuration, changed.
    pub(crate) fn start(&self, account: Account, change: impl FnOnce(&mut Setup)) -> Rig {
        let mut setup = Setup::new(self.folder.path(), account);
        change(&mut setup);
        setup.start(&self.sim)
    }
}

/// A configuration for tests: every job is welcome.
pub(crate) fn config(folder: &Path) -> Config {
    let mut config = Config::default();
    config.models.file_roots = vec![folder.to_path_buf()];
    config.pricing.floor_per_billion_work = Amount(0);
    config.pricing.min_price = Amount(0);
    config.storage.data_dir = folder.to_path_buf();
    config.storage.min_free = ByteSize(0);
    config.jobs.shutdown_seconds = 30;
    config
}

/// What a worker is made of.
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) account: Account,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) hooks: Hooks,
    pub(crate) store: Store,
    /// See [`SimPort::new`].
    pub(crate) jobs_per_block: u64,
}

impl Setup {
    pub(crate) fn new(folder: &Path, account: Account) -> Self {
        let data = folder.join(format!("worker-{}", account[0]));
        std::fs::create_dir_all(&data).unwrap();
        let mut config = config(folder);
        config.storage.data_dir = data.clone();
        Self {
            config,
            account,
            backend: open(&AdapterPolicy::Cpu).unwrap(),
            hooks: Hooks::default(),
            store: Store::open(&data).unwrap(),
            jobs_per_block: 64,
        }
    }

    pub(crate) fn start(self, sim: &Sim) -> Rig {
        let (store, shutdown, health) = (self.store.clone(), Shutdown::new(), Health::new());
        let metrics = Metrics::new();
        let assembly = Assembly {
            config: self.config,
            provider: AccountId::from(self.account),
            port: Arc::new(SimPort::new(sim.clone(), self.account, self.jobs_per_block)),
            store: self.store,
            backend: self.backend,
            metrics: metrics.clone(),
            health,
            shutdown: shutdown.clone(),
            hooks: self.hooks,
        };
        let handle = Worker::assemble(assembly).unwrap();
        Rig {
            store,
            sim: sim.clone(),
            shutdown,
            metrics,
            task: tokio::spawn(handle.wait()),
        }
    }
}

/// A worker that runs.
pub(crate) struct Rig {
    pub(crate) store: Store,
    pub(crate) sim: Sim,
    pub(crate) metrics: Metrics,
    shutdown: Shutdown,
    task: tokio::task::JoinHandle<Result<(), ServiceError>>,
}

impl Rig {
    /// Waits until the chain is as it should be.
    pub(crate) async fn until(&self, what: &str, mut is: impl FnMut(&State) -> bool) {
        let reached = async {
            while !self.sim.read(&mut is) {
                tokio::time::sleep(PERIOD).await;
            }
        };
        if tokio::time::timeout(PATIENCE, reached).await.is_err() {
            self.give_up(what);
        }
    }

    /// Waits until the database is as it should be.
    pub(crate) async fn until_stored(&self, what: &str, is: impl Fn(&Store) -> bool) {
        let reached = async {
            while !is(&self.store) {
                tokio::time::sleep(PERIOD).await;
            }
        };
        if tokio::time::timeout(PATIENCE, reached).await.is_err() {
            self.give_up(what);
        }
    }

    fn give_up(&self, what: &str) -> ! {
        let log = self.sim.read(|state| format!("{:#?}", state.best().log));
        let jobs = self.store.open_jobs();
        panic!("waited in vain until {what}; log: {log}; open: {jobs:#?}");
    }

    /// Waits until nothing is open in the database any more.
    pub(crate) async fn until_idle(&self) {
        self.until_stored("nothing is open", is_idle).await;
    }

    /// Waits until these jobs have receipts and nothing is open in the database any more.
    pub(crate) async fn until_idle_after(&self, jobs: &[u64]) {
        let settled = |state: &State| {
            let receipts = &state.best().receipts;
            jobs.iter().all(|job| receipts.contains_key(job))
        };
        self.until("the jobs are settled", settled).await;
        self.until_idle().await;
    }

    /// Lets the worker stop, as on SIGTERM.
    pub(crate) async fn stop(self) -> Result<(), ServiceError> {
        self.shutdown.drain();
        self.task.await.unwrap()
    }

    /// Waits until the worker stops by itself.
    pub(crate) async fn ended(self) -> Result<(), ServiceError> {
        self.task.await.unwrap()
    }
}

/// Whether nothing is open in a database.
pub(crate) fn is_idle(store: &Store) -> bool {
    store.open_jobs().is_ok_and(|jobs| jobs.is_empty())
        && store.transactions().is_ok_and(|all| all.is_empty())
        && store.batches().is_ok_and(|all| all.is_empty())
}

/// How often a call that names `job` was in a block, and succeeded.
pub(crate) fn calls(state: &State, name: &str, job: u64) -> (usize, usize) {
    let of_job =
        |entry: &&super::sim::market::Entry| entry.name == name && entry.jobs.contains(&job);
    let all: Vec<_> = state.best().log.iter().filter(of_job).collect();
    let done = all.iter().filter(|entry| entry.outcome == Outcome::Done);
    (all.len(), done.count())
}

/// Asserts that each job was accepted once, submitted once and settled for `account`, and that the database says so.
pub(crate) fn assert_settled_once(sim: &Sim, store: &Store, jobs: &[u64], account: Account) {
    sim.read(|state| {
        for job in jobs {
            assert_eq!(state.best().receipts[job].provider, account, "job {job}");
            assert_eq!(calls(state, "accept", *job), (1, 1), "job {job}");
            assert_eq!(calls(state, "submit", *job), (1, 1), "job {job}");
        }
    });
    let mut finished = ended(store);
    finished.sort_by_key(|job| job.id);
    let ids: Vec<u64> = finished.iter().map(|job| job.id).collect();
    assert_eq!(ids, jobs, "each job ended once");
    for job in &finished {
        assert!(matches!(job.end, End::Settled { .. }), "{job:?}");
    }
    assert_eq!(store.totals().unwrap().settled, jobs.len() as u64);
}

/// All jobs that ended.
pub(crate) fn ended(store: &Store) -> Vec<FinishedJob> {
    store.finished(1_000, |_| true).unwrap()
}
