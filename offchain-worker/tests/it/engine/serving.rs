// SPDX-License-Identifier: Apache-2.0
//! Jobs from auction to receipt; what isn't taken; what competitors do to each other.

use assay_worker::{
    config::Amount,
    telemetry::{JobHistory, JobQuery, JobStatus},
};

use super::{
    rig::{assert_settled_once, calls, ended, question, Stage, ALICE, BOB},
    sim::market::{Outcome, Terms, EASY},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_jobs_of_two_models_are_settled_with_the_right_outputs() {
    let stage = Stage::new();
    let jobs: Vec<u64> = (0..10).map(|job| stage.post(1 + job % 2, EASY)).collect();
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |_| ());
    rig.until("all are settled", |state| state.best().receipts.len() == 10)
        .await;
    rig.until_idle().await;
    assert_settled_once(&stage.sim, &rig.store, &jobs, ALICE);
    // One proof for several jobs: there are fewer submissions than jobs.
    let proofs = stage.sim.read(|state| {
        let log = &state.best().log;
        log.iter().filter(|entry| entry.name == "submit").count()
    });
    assert!(proofs < 10, "{proofs} proofs");
    let report = rig.store.jobs(&JobQuery::default()).unwrap();
    assert_eq!((report.totals.settled, report.totals.open), (10, 0));
    assert_eq!(report.jobs.len(), 10);
    assert!(report
        .jobs
        .iter()
        .all(|row| row.status == JobStatus::Settled));
    assert_eq!(report.totals.fees, (10 + proofs).to_string());
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_proof_is_for_more_jobs_than_a_block_can_settle() {
    let stage = Stage::new();
    let jobs: Vec<u64> = (0..9).map(|_| stage.post(1, EASY)).collect();
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |setup| {
        setup.jobs_per_block = 2;
        // Time for more of them to come together.
        setup.config.proving.batch_wait = 5;
    });
    rig.until_idle_after(&jobs).await;
    assert_settled_once(&stage.sim, &rig.store, &jobs, ALICE);
    let sizes: Vec<usize> = stage.sim.read(|state| {
        let log = state.best().log.iter();
        let proofs = log.filter(|entry| entry.name == "submit");
        proofs.map(|entry| entry.jobs.len()).collect()
    });
    assert_eq!(sizes.iter().max(), Some(&2), "{sizes:?}");
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_with_several_inputs_is_settled() {
    let stage = Stage::new();
    let job = stage.sim.change(|state| {
        let question = question(state, 1, 5, 3);
        state.post(1, question, EASY)
    });
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |_| ());
    rig.until_idle_after(&[job]).await;
    assert_settled_once(&stage.sim, &rig.store, &[job], ALICE);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn early_results_are_published_and_proven() {
    let stage = Stage::new();
    let job = stage.post(1, EASY);
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |setup| {
        setup.config.jobs.early_results = true;
        // Time to publish.
        setup.config.proving.batch_wait = 5;
    });
    rig.until_idle_after(&[job]).await;
    assert_settled_once(&stage.sim, &rig.store, &[job], ALICE);
    let early = stage.sim.read(|state| calls(state, "early", job));
    assert_eq!(early, (1, 1));
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_below_the_floor_is_left_and_the_worker_goes_on() {
    let stage = Stage::new();
    let cheap = stage.post(
        1,
        Terms {
            start_price: 10,
            max_price: 20,
            ..EASY
        },
    );
    let good = stage.post(1, EASY);
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |setup| {
        setup.config.pricing.min_price = Amount(500);
    });
    rig.until_idle_after(&[good]).await;
    let accepted = stage.sim.read(|state| calls(state, "accept", cheap));
    assert_eq!(accepted, (0, 0));
    let metrics = rig.metrics.render();
    assert!(metrics.contains("price_below_floor"), "{metrics}");
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_taken_when_the_ramp_reaches_the_floor() {
    let stage = Stage::new();
    let job = stage.post(
        1,
        Terms {
            start_price: 100,
            max_price: 1_100,
            ramp: 100,
            ..EASY
        },
    );
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |setup| {
        setup.config.pricing.min_price = Amount(600);
    });
    rig.until_idle_after(&[job]).await;
    let price = stage.sim.read(|state| state.best().receipts[&job].price);
    assert!(price >= 600, "{price}");
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_without_good_weights_are_not_served_and_do_no_harm() {
    let stage = Stage::new();
    let weights = stage.folder.path().join("2.weights");
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let other = stage.post(2, EASY);
    let good = stage.post(1, EASY);
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |_| ());
    rig.until_idle_after(&[good]).await;
    let accepted = stage.sim.read(|state| calls(state, "accept", other));
    assert_eq!(accepted, (0, 0));
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_jobs_are_open_than_stake_and_configuration_allow() {
    let stage = Stage::new();
    // Each job locks 2000 to 4000; this is enough for one.
    stage.sim.change(|state| {
        state.world().collateral.insert(ALICE, 5_000);
    });
    let jobs: Vec<u64> = (0..4).map(|_| stage.post(1, EASY)).collect();
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |setup| setup.config.jobs.max_open = 2);
    rig.until("all are settled", |state| {
        let open = |job: &&super::sim::market::Job| job.accepted.is_some();
        assert!(state.best().jobs.values().filter(open).count() <= 2);
        state.best().receipts.len() == jobs.len()
    })
    .await;
    rig.until_idle().await;
    let refused = stage.sim.read(|state| {
        let log = state.best().log.iter();
        log.filter(|entry| entry.outcome == Outcome::Failed("InsufficientStake".into()))
            .count()
    });
    assert_eq!(refused, 0, "acceptances on their way count");
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_settle_each_job_once_and_waste_no_proof() {
    let stage = Stage::new();
    let jobs: Vec<u64> = (0..12).map(|job| stage.post(1 + job % 2, EASY)).collect();
    let _blocks = stage.produce();
    let (alice, bob) = (stage.start(ALICE, |_| ()), stage.start(BOB, |_| ()));
    alice
        .until("all are settled", |state| {
            state.best().receipts.len() == jobs.len()
        })
        .await;
    alice.until_idle().await;
    bob.until_idle().await;
    stage.sim.read(|state| {
        for job in &jobs {
            assert_eq!(calls(state, "submit", *job), (1, 1), "job {job}");
            assert_eq!(calls(state, "accept", *job).1, 1, "job {job}");
        }
    });
    let settled = ended(&alice.store).len() + ended(&bob.store).len();
    assert_eq!(settled, jobs.len());
    let lost = alice.store.totals().unwrap().lost + bob.store.totals().unwrap().lost;
    assert_eq!(lost, 0);
    alice.stop().await.unwrap();
    bob.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_the_database_does_not_know_are_taken_up() {
    let stage = Stage::new();
    let job = stage.post(1, EASY);
    stage.sim.change(|state| {
        let last = state.best().number + 100_000;
        let accepted = state.world().jobs.get_mut(&job).unwrap();
        accepted.accepted = Some((ALICE, 1_000, last));
    });
    let _blocks = stage.produce();
    let rig = stage.start(ALICE, |_| ());
    rig.until_idle_after(&[job]).await;
    let settled = stage.sim.read(|state| state.best().receipts[&job].provider);
    assert_eq!(settled, ALICE);
    rig.stop().await.unwrap();
}
