// SPDX-License-Identifier: Apache-2.0
//! Workers on a real development node. `make soak` runs the long test, `a_hundred_jobs_in_a_row`.
//!
//! - [`network`]: the node, accounts, models, jobs;
//! - [`process`]: the worker's binary, run as an operator runs it.

pub(crate) mod network;
mod process;

use std::time::Duration;

use assay_worker::{
    job::End,
    telemetry::{JobHistory, JobQuery},
};

use self::{
    network::{Network, Person},
    process::Process,
};
use super::rig::ended;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_jobs_of_two_models_are_settled_by_a_proxy() {
    let network = Network::start().await;
    let provider = network.provider("//Bob", true).await;
    let worker = network.worker(&provider, |_| ()).await;
    let jobs = network.post(10).await;
    network.until_settled(&jobs).await;
    worker.until_idle().await;
    for job in &jobs {
        assert_eq!(network.receipt(*job).await.provider, provider.account());
    }
    let mut ids: Vec<u64> = ended(&worker.store).iter().map(|job| job.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, jobs);
    let report = worker.store.jobs(&JobQuery::default()).unwrap();
    assert_eq!((report.totals.settled, report.totals.lost), (10, 0));
    worker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_and_comes_back_loses_no_job() {
    let mut network = Network::start().await;
    let provider = network.provider("//Bob", false).await;
    let worker = network.worker(&provider, |_| ()).await;
    let jobs = network.post(10).await;
    network.until_some_settled(&jobs).await;
    network.kill_for(Duration::from_secs(8)).await;
    network.until_settled(&jobs).await;
    worker.until_idle().await;
    assert_eq!(worker.store.totals().unwrap().settled, 10);
    worker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_settle_each_job_once() {
    let network = Network::start().await;
    let people = [
        network.provider("//Bob", false).await,
        network.provider("//Charlie", false).await,
    ];
    // Room for half of the jobs each, so that both have something to do.
    let first = network.worker(&people[0], |config| config.jobs.max_open = 3);
    let second = network.worker(&people[1], |config| config.jobs.max_open = 3);
    let workers = [first.await, second.await];
    let jobs = network.post(12).await;
    network.until_settled(&jobs).await;
    let mut settled = 0;
    for worker in workers {
        worker.until_idle().await;
        let jobs = ended(&worker.store);
        assert!(jobs
            .iter()
            .all(|job| matches!(job.end, End::Settled { .. })));
        settled += jobs.len();
        worker.stop().await.unwrap();
    }
    assert_eq!(settled, jobs.len());
}

/// The long one: the binary, 100 jobs of two models in a row, the node killed for 30 s in the middle, memory watched.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes six minutes: run it with `make soak`"]
async fn a_hundred_jobs_in_a_row() {
    let mut network = Network::start().await;
    let provider = network.provider("//Bob", true).await;
    let worker = Process::start(&network, &provider);
    let mut jobs = Vec::new();
    let mut early_memory = 0;
    for round in 0..50 {
        let posted = network.post(2).await;
        network.until_settled(&posted).await;
        jobs.extend(posted);
        if round == 9 {
            early_memory = worker.memory();
        }
        if round == 25 {
            network.kill_for(Duration::from_secs(30)).await;
        }
    }
    let late_memory = worker.memory();
    println!("resident memory: {early_memory} bytes after 20 jobs, {late_memory} after 100");
    let store = worker.stop();
    assert_eq!(store.totals().unwrap().settled, 100);
    assert_eq!(store.totals().unwrap().lost, 0);
    for job in &jobs {
        assert_eq!(network.receipt(*job).await.provider, provider.account());
    }
    assert!(
        late_memory <= early_memory + early_memory / 10,
        "memory grows: {early_memory} to {late_memory}"
    );
}

impl Person {
    fn account(&self) -> assay_client::AccountId {
        self.stash.account()
    }
}
