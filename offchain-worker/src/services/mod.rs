// SPDX-License-Identifier: Apache-2.0
//! The services of the worker, each a loop that the supervisor restarts.
//!
//! ```text
//!            best blocks                orders (bounded)
//! chain --> watcher --> view --> pricer -----------------> submitter --> chain
//!              |          '----> weights ---> shelf             ^
//!              v                                |               |
//!           database <--> executor <------------'--> prover ----'
//! ```
//!
//! They are level-triggered. A view (one value, the newest) or the ring of a bell only says that it may be worth looking; what is to be
//! done follows from the database, the view and the shelf of models, so that a reorganisation, a reconnection, a restart and a missed
//! event all take the same path.
//!
//! - [`watcher`]: looks at each new best block, writes down what it says of jobs and transactions;
//! - [`weights`]: fetches, checks and loads models;
//! - [`pricer`]: decides which jobs to take;
//! - [`executor`]: runs models on the device;
//! - [`prover`]: makes and checks proofs;
//! - [`submitter`]: signs and sends transactions;
//! - [`janitor`]: forgets old history, counts;
//! - [`speed`], [`shelf`]: how fast this machine is; models that are ready.

pub mod executor;
pub mod janitor;
pub mod pricer;
pub mod prover;
pub mod shelf;
pub mod speed;
pub mod submitter;
pub mod watcher;
pub mod weights;

use std::{
    collections::BTreeSet,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex, PoisonError,
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use assay_client::{types::ModelId, AccountId};
use tokio::sync::{mpsc, watch, Notify};

use crate::{
    chain::{Port, View},
    config::Config,
    error::ServiceError,
    executor::Backend,
    job::Moment,
    store::Store,
    supervisor::Context,
    telemetry::Metrics,
};
use pricer::refusals::Refusals;
use shelf::Shelf;
use speed::Pace;

/// Orders that may wait for the submitter.
const ORDERS: usize = 16;

/// Called between steps, so that a test can end the process there.
pub trait FailPoint: Send + Sync {
    /// The worker has come to `point`.
    fn reach(&self, point: &'static str);
}

/// Never does anything.
struct NoFailPoint;

impl FailPoint for NoFailPoint {
    fn reach(&self, _: &'static str) {}
}

/// Whether the worker does what it has promised. Anything but honesty can only be asked for through `adversary`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Conduct {
    /// It does.
    #[default]
    Honest,
    /// It changes outputs after proving them, and submits them unchecked.
    LyingProof,
    /// It publishes wrong outputs early.
    LyingEarlyResult,
    /// It accepts jobs and does nothing.
    Silence,
}

/// What tests and the demonstration put into a worker.
#[derive(Clone)]
pub struct Hooks {
    /// Called between steps.
    pub(crate) fail_point: Arc<dyn FailPoint>,
    pub(crate) conduct: Conduct,
}

impl Hooks {
    /// Calls `fail_point` between steps.
    pub fn with_fail_point(fail_point: Arc<dyn FailPoint>) -> Self {
        Self {
            fail_point,
            ..Self::default()
        }
    }
}

impl Default for Hooks {
    fn default() -> Self {
        Self {
            fail_point: Arc::new(NoFailPoint),
            conduct: Conduct::Honest,
        }
    }
}

/// Ways to say that it may be worth looking.
#[derive(Default)]
pub struct Bells {
    /// There may be something to execute.
    pub executor: Notify,
    /// There may be something to prove.
    pub prover: Notify,
    /// There may be something to send.
    pub submitter: Notify,
    /// A model may be needed.
    pub weights: Notify,
}

/// What all services share. It survives their restarts.
pub struct Shared {
    /// The configuration.
    pub config: Config,
    /// The account that is paid.
    pub provider: AccountId,
    /// The database.
    pub store: Store,
    /// The chain.
    pub port: Arc<dyn Port>,
    /// The device.
    pub backend: Arc<dyn Backend>,
    /// Models that are ready.
    pub shelf: Shelf,
    /// Seconds a block.
    pub pace: Mutex<Pace>,
    /// The newest view; `None` before the first.
    pub views: watch::Sender<Option<Arc<View>>>,
    /// Bells.
    pub bells: Bells,
    /// To the submitter.
    pub orders: mpsc::Sender<pricer::Order>,
    /// The submitter's end, which it takes while it runs.
    pub(crate) order_receiver: tokio::sync::Mutex<mpsc::Receiver<pricer::Order>>,
    /// The device has computed something wrong: no job is accepted any more, and what was accepted is computed without it.
    pub distrusted: AtomicBool,
    /// Models of which the chain has refused a proof: no job is accepted until the worker is started again.
    pub quarantined: Mutex<BTreeSet<ModelId>>,
    /// Acceptances that failed.
    pub refusals: Mutex<Refusals>,
    /// Metrics.
    pub metrics: Metrics,
    /// What tests put in.
    pub hooks: Hooks,
    /// When the worker started, by a monotonic clock.
    pub started: Instant,
}

impl Shared {
    /// What a worker's services share.
    #[allow(clippy::too_many_arguments)] // The parts, each once.
    pub fn new(
        config: Config,
        provider: AccountId,
        store: Store,
        port: Arc<dyn Port>,
        backend: Arc<dyn Backend>,
        metrics: Metrics,
        hooks: Hooks,
    ) -> Arc<Self> {
        let (orders, receiver) = mpsc::channel(ORDERS);
        Arc::new(Self {
            config,
            provider,
            store,
            port,
            backend,
            shelf: Shelf::default(),
            pace: Mutex::new(Pace::default()),
            views: watch::Sender::new(None),
            bells: Bells::default(),
            orders,
            order_receiver: tokio::sync::Mutex::new(receiver),
            distrusted: AtomicBool::new(false),
            quarantined: Mutex::default(),
            refusals: Mutex::default(),
            metrics,
            hooks,
            started: Instant::now(),
        })
    }

    /// The newest view.
    pub fn view(&self) -> Option<Arc<View>> {
        self.views.borrow().clone()
    }

    /// The newest view's best block and the time.
    pub fn moment(&self) -> Moment {
        Moment {
            block: self.view().map_or(0, |view| view.best.number),
            seconds: now(),
        }
    }

    /// Whether the device's results are worth nothing.
    pub fn is_distrusted(&self) -> bool {
        self.distrusted.load(Ordering::Relaxed)
    }

    /// Accepts no more jobs of a model.
    pub fn quarantine(&self, model: ModelId) {
        let set = self.quarantined.lock();
        set.unwrap_or_else(PoisonError::into_inner).insert(model);
    }

    /// Whether no jobs of a model are accepted.
    pub fn is_quarantined(&self, model: ModelId) -> bool {
        let set = self.quarantined.lock();
        set.unwrap_or_else(PoisonError::into_inner).contains(&model)
    }

    /// Looks at, or adds to, the acceptances that failed.
    pub(crate) fn with_refusals<R>(&self, with: impl FnOnce(&mut Refusals) -> R) -> R {
        with(&mut self.refusals.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Seconds a block.
    pub fn block_seconds(&self) -> f64 {
        let pace = self.pace.lock();
        pace.unwrap_or_else(PoisonError::into_inner).seconds()
    }

    /// The worker has come to `point`.
    pub(crate) fn reach(&self, point: &'static str) {
        self.hooks.fail_point.reach(point);
    }
}

/// Seconds of the Unix epoch.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Runs blocking work on a thread for it, and passes on its panic.
pub(crate) async fn blocking<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> Option<R> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Some(result),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime shuts down.
            Err(_) => None,
        },
    }
}

/// Runs `turn` at once, at each new view and each time `bell` rings, until the worker drains. A turn that began is finished, unless the
/// worker stops.
pub(crate) async fn at_each_turn<F>(
    shared: &Shared,
    context: &Context,
    bell: &Notify,
    mut turn: impl FnMut() -> F,
) -> Result<(), ServiceError>
where
    F: std::future::Future<Output = Result<(), ServiceError>>,
{
    let mut views = shared.views.subscribe();
    loop {
        if context.shutdown.is_draining() {
            return Ok(());
        }
        tokio::select! {
            _ = context.shutdown.stopping() => return Ok(()),
            result = turn() => result?,
        }
        tokio::select! {
            _ = context.shutdown.draining() => return Ok(()),
            changed = views.changed() => if changed.is_err() { return Ok(()) },
            _ = bell.notified() => {}
        }
    }
}
