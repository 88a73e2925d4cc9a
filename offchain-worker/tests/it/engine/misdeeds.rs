// SPDX-License-Identifier: Apache-2.0
//! Workers that lie or fall silent, and what the honest one does after a refused proof.

use std::sync::{
    atomic::{AtomicBool, Ordering},
    Arc,
};

use assay_worker::{
    adversary::{hooks, Misdeed},
    executor::{open, AdapterPolicy, AdapterSummary, Backend, ExecutorError, LoadedModel},
    job::{End, LossReason},
};

use super::{
    rig::{assert_settled_once, calls, ended, Stage, ALICE},
    sim::market::{Outcome, Terms, EASY},
};

const SHORT: Terms = Terms {
    window: 150,
    ..EASY
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lying_proof_is_refused_and_not_repeated_for_ever() {
    let stage = Stage::new();
    let job = stage.post(1, SHORT);
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |setup| setup.hooks = hooks(Misdeed::LyingProof));
    rig.until_stored("the job is lost", |store| {
        store.totals().is_ok_and(|totals| totals.lost == 1)
    })
    .await;
    let refused = stage.sim.read(|state| {
        let log = state.best().log.iter();
        log.filter(|entry| matches!(entry.outcome, Outcome::ProofRejected(_)))
            .count()
    });
    assert_eq!(refused, 2, "once more, computed anew, and never again");
    let end = ended(&rig.store)[0].end.clone();
    assert_eq!(end, End::Lost(LossReason::ProofRejected));
    // And no more jobs of that model.
    let next = stage.post(1, EASY);
    let number = stage.sim.read(|state| state.best().number);
    rig.until("blocks pass", |state| state.best().number > number + 20)
        .await;
    let accepted = stage.sim.read(|state| calls(state, "accept", next));
    assert_eq!(accepted, (0, 0));
    rig.stop().await.unwrap();
    assert_eq!(stage.sim.read(|state| calls(state, "submit", job)).1, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_ends_in_a_recorded_loss() {
    let stage = Stage::new();
    let job = stage.post(1, SHORT);
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |setup| setup.hooks = hooks(Misdeed::Silence));
    rig.until_stored("the job is lost", |store| {
        store.totals().is_ok_and(|totals| totals.lost == 1)
    })
    .await;
    let submitted = stage.sim.read(|state| calls(state, "submit", job));
    assert_eq!(submitted, (0, 0));
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lying_early_result_is_contradicted() {
    let stage = Stage::new();
    let job = stage.post(1, EASY);
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |setup| {
        setup.hooks = hooks(Misdeed::LyingEarlyResult);
        setup.config.proving.batch_wait = 5;
    });
    rig.until_stored("the job is lost", |store| {
        store.totals().is_ok_and(|totals| totals.lost == 1)
    })
    .await;
    assert_eq!(stage.sim.read(|state| calls(state, "early", job)), (1, 1));
    let end = ended(&rig.store)[0].end.clone();
    assert_eq!(end, End::Lost(LossReason::Contradicted));
    rig.stop().await.unwrap();
}

/// A device that computes wrongly, or stops working, from some moment on.
struct BadDevice {
    inner: Arc<dyn Backend>,
    bad: Arc<AtomicBool>,
    lies: bool,
}

struct BadModel {
    inner: Box<dyn LoadedModel>,
    bad: Arc<AtomicBool>,
    lies: bool,
}

impl Backend for BadDevice {
    fn name(&self) -> String {
        "a bad device".into()
    }

    fn adapter(&self) -> Option<AdapterSummary> {
        None
    }

    fn load(
        &self,
        model: Arc<assay_circuit::Model>,
    ) -> Result<Box<dyn LoadedModel>, ExecutorError> {
        if self.bad.load(Ordering::Relaxed) && !self.lies {
            return Err(lost());
        }
        Ok(Box::new(BadModel {
            inner: self.inner.load(model)?,
            bad: self.bad.clone(),
            lies: self.lies,
        }))
    }
}

fn lost() -> ExecutorError {
    ExecutorError::Lost {
        adapter: "a bad device".into(),
        reason: "unplugged".into(),
    }
}

impl LoadedModel for BadModel {
    fn run(&self, inputs: &[Vec<i32>]) -> Result<Vec<Vec<i32>>, ExecutorError> {
        let mut outputs = self.inner.run(inputs)?;
        if self.bad.load(Ordering::Relaxed) {
            if !self.lies {
                return Err(lost());
            }
            for output in &mut outputs {
                output[0] ^= 1;
            }
        }
        Ok(outputs)
    }
}

async fn with_bad_device(lies: bool) {
    let stage = Stage::new();
    let job = stage.post(1, EASY);
    let bad = Arc::new(AtomicBool::new(false));
    let device = BadDevice {
        inner: open(&AdapterPolicy::Cpu).unwrap(),
        bad: bad.clone(),
        lies,
    };
    let rig = stage.start(ALICE, |setup| setup.backend = Arc::new(device));
    // It is good while models are loaded and tried.
    rig.until_stored("a model is ready", |_| {
        rig.metrics.render().contains("models_ready 2")
    })
    .await;
    bad.store(true, Ordering::Relaxed);
    let _blocks = stage.produce();
    rig.until("the job is settled", |state| {
        state.best().receipts.contains_key(&job)
    })
    .await;
    rig.until_idle().await;
    assert_settled_once(&stage.sim, &rig.store, &[job], ALICE);
    if lies {
        let error = rig.ended().await.unwrap_err();
        assert!(
            error.is_fatal() && error.to_string().contains("A-EX-902"),
            "{error}"
        );
    } else {
        rig.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_lies_settles_what_was_accepted_and_ends_the_worker() {
    with_bad_device(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_lost_is_replaced_by_the_interpreter() {
    with_bad_device(false).await;
}
