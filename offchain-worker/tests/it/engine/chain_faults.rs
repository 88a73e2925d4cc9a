// SPDX-License-Identifier: Apache-2.0
//! Reorganisations, outages, lost and dead transactions.

use assay_worker::job::{End, LossReason};

use super::{
    rig::{assert_settled_once, calls, ended, Stage, ALICE, BOB},
    sim::{
        market::{Terms, EASY},
        state::{State, Target},
    },
};

fn is_accepted(state: &State, job: u64) -> bool {
    let job = state.best().jobs.get(&job);
    job.is_some_and(|job| job.accepted.is_some())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reorganisation_that_takes_the_acceptance_back_costs_nothing() {
    let stage = Stage::new();
    let job = stage.post(1, EASY);
    stage.sim.change(|state| {
        state.lag = 8;
        state.trap = Some((Target::Acceptance(job), true));
    });
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |_| ());
    rig.until("the acceptance was taken back", |state| {
        state.trap.is_none()
    })
    .await;
    rig.until_idle_after(&[job]).await;
    assert_settled_once(&stage.sim, &rig.store, &[job], ALICE);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reorganisation_that_takes_the_settlement_back_makes_no_second_one() {
    for keep in [true, false] {
        let stage = Stage::new();
        let job = stage.post(1, EASY);
        stage.sim.change(|state| {
            state.lag = 8;
            state.trap = Some((Target::Settlement(job), keep));
        });
        let _blocks = stage.produce();
        let rig = stage.start(ALICE, |_| ());
        rig.until("the settlement was taken back", |state| {
            state.trap.is_none()
        })
        .await;
        rig.until_idle_after(&[job]).await;
        assert_settled_once(&stage.sim, &rig.store, &[job], ALICE);
        rig.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_forgets_its_pool_gets_the_same_transactions_again() {
    let stage = Stage::new();
    stage.sim.change(|state| state.ignore_pool = true);
    let job = stage.post(1, EASY);
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |_| ());
    rig.until("something waits", |state| !state.pool.is_empty())
        .await;
    let first = stage.sim.change(|state| std::mem::take(&mut state.pool));
    rig.until("it is sent again", |state| !state.pool.is_empty())
        .await;
    stage.sim.change(|state| {
        assert_eq!(state.pool, first);
        state.ignore_pool = false;
    });
    rig.until_idle_after(&[job]).await;
    assert_settled_once(&stage.sim, &rig.store, &[job], ALICE);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_dies_is_replaced_after_its_death() {
    let stage = Stage::new();
    stage.sim.change(|state| state.lag = 4);
    let job = stage.post(1, EASY);
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |setup| setup.config.chain.transaction_lifetime = 16);
    rig.until("it is accepted", |state| is_accepted(state, job))
        .await;
    // No block takes the proof until its transaction is dead.
    stage.sim.change(|state| state.ignore_pool = true);
    rig.until("the proof waits", |state| !state.pool.is_empty())
        .await;
    let born = stage.sim.read(|state| state.best().number);
    rig.until("it is dead", |state| state.best().number > born + 40)
        .await;
    stage.sim.change(|state| state.ignore_pool = false);
    rig.until_idle_after(&[job]).await;
    assert_settled_once(&stage.sim, &rig.store, &[job], ALICE);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_away_for_a_while_does_no_harm() {
    let stage = Stage::new();
    let jobs: Vec<u64> = (0..4).map(|job| stage.post(1 + job % 2, EASY)).collect();
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |_| ());
    rig.until("work has begun", |state| is_accepted(state, jobs[0]))
        .await;
    stage.sim.change(|state| {
        state.offline = true;
        // It doesn't remember them when it is back.
        state.pool.clear();
    });
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    stage.sim.change(|state| state.offline = false);
    rig.until_idle_after(&jobs).await;
    assert_settled_once(&stage.sim, &rig.store, &jobs, ALICE);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missed_deadline_is_recorded_and_explained() {
    let stage = Stage::new();
    let job = stage.post(
        1,
        Terms {
            window: 60,
            auctions: 2,
            ..EASY
        },
    );
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |_| ());
    rig.until("it is accepted", |state| is_accepted(state, job))
        .await;
    stage.sim.change(|state| state.ignore_pool = true);
    rig.until("it is lost", |state| {
        state.best().number > 70 && !is_accepted(state, job)
    })
    .await;
    rig.until_stored("the loss is recorded", |store| {
        store.totals().is_ok_and(|totals| totals.lost == 1)
    })
    .await;
    let lost = ended(&rig.store);
    assert_eq!(lost[0].end, End::Lost(LossReason::MissedDeadline));
    assert!(lost[0].detail.as_deref().unwrap().contains("by block"));
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_barred_model_releases_its_jobs_and_that_is_explained() {
    let stage = Stage::new();
    let job = stage.post(1, EASY);
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |_| ());
    rig.until("it is accepted", |state| is_accepted(state, job))
        .await;
    stage.sim.change(|state| {
        state.ignore_pool = true;
        state.models.get_mut(&1).unwrap().barred = true;
    });
    rig.until_stored("the end is recorded", |store| {
        store.totals().is_ok_and(|totals| totals.lost == 1)
    })
    .await;
    assert_eq!(ended(&rig.store)[0].end, End::Lost(LossReason::ModelBarred));
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_race_that_is_lost_is_no_loss() {
    let stage = Stage::new();
    stage.sim.change(|state| state.ignore_pool = true);
    let job = stage.post(1, EASY);
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |_| ());
    rig.until("it wants the job", |state| !state.pool.is_empty())
        .await;
    stage.sim.change(|state| {
        let last = state.best().number + 1_000;
        state.world().jobs.get_mut(&job).unwrap().accepted = Some((BOB, 1_000, last));
        state.ignore_pool = false;
    });
    rig.until_stored("it is over", |store| {
        store.totals().is_ok_and(|totals| totals.not_accepted == 1)
    })
    .await;
    rig.until_idle().await;
    assert!(ended(&rig.store).is_empty());
    let submitted = stage.sim.read(|state| calls(state, "submit", job));
    assert_eq!(submitted, (0, 0));
    rig.stop().await.unwrap();
}
