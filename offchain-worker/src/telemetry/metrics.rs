// SPDX-License-Identifier: Apache-2.0
//! Counters and gauges for Prometheus. `docs/operations/worker.md` lists them; a test compares the two.
//!
//! Labels take values from the code, never from the chain, so that their number is bounded. Amounts are in ASY: a float is exact
//! enough for a graph, and the database has the exact numbers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use prometheus::{
    core::Collector, Counter, CounterVec, Gauge, GaugeVec, Histogram, HistogramOpts, IntCounter,
    IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

const PREFIX: &str = "assay_worker";

/// A second split by powers of two: from a millisecond to half an hour.
const SECONDS: [f64; 16] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 180.0, 600.0,
    1800.0,
];

/// All metrics of one worker. Clones share them.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    started: Instant,
    last_block: std::sync::Mutex<Option<Instant>>,

    info: IntGaugeVec,
    uptime: IntGauge,
    resident: IntGauge,
    jobs_open: IntGaugeVec,
    jobs_finished: IntCounterVec,
    jobs_declined: IntCounterVec,
    earned: Counter,
    fees: Counter,
    slashed: Counter,
    execution_seconds: Histogram,
    inputs: IntCounter,
    proof_seconds: Histogram,
    proof_jobs: IntCounter,
    proof_bytes: Gauge,
    best_block: IntGauge,
    finalised_block: IntGauge,
    block_age: Gauge,
    connected: IntGauge,
    disconnections: IntCounter,
    transactions: CounterVec,
    restarts: IntCounterVec,
    device: GaugeVec,
    fee_balance: Gauge,
    free_stake: Gauge,
    disk_free: IntGauge,
    models_ready: IntGauge,
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(format!("{PREFIX}_{name}"), help)
}

/// Registers a metric. Its name is one of this file and there once, so nothing can fail.
fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    metric: prometheus::Result<C>,
) -> C {
    let metric = metric.expect("the names and labels in this file are valid");
    registry
        .register(Box::new(metric.clone()))
        .expect("each name is in this file once");
    metric
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics in a registry of their own, all zero.
    pub fn new() -> Self {
        let registry = Registry::new();
        let r = &registry;
        let counter = |name, help| registered(r, Counter::with_opts(opts(name, help)));
        let int_counter = |name, help| registered(r, IntCounter::with_opts(opts(name, help)));
        let counters = |name, help, labels: &[&str]| {
            registered(r, IntCounterVec::new(opts(name, help), labels))
        };
        let gauge = |name, help| registered(r, Gauge::with_opts(opts(name, help)));
        let int_gauge = |name, help| registered(r, IntGauge::with_opts(opts(name, help)));
        let gauges =
            |name, help, labels: &[&str]| registered(r, IntGaugeVec::new(opts(name, help), labels));
        let histogram = |name: &str, help: &str| {
            let options = HistogramOpts::new(format!("{PREFIX}_{name}"), help);
            registered(r, Histogram::with_opts(options.buckets(SECONDS.to_vec())))
        };
        let inner = Inner {
            info: gauges("info", "Always 1; the version is a label.", &["version"]),
            uptime: int_gauge("uptime_seconds", "Seconds since the start."),
            resident: int_gauge("resident_bytes", "Memory of the process, swapped out pages excluded."),
            jobs_open: gauges("jobs_open", "Jobs accepted and not ended, by stage.", &["stage"]),
            jobs_finished: counters("jobs_finished_total", "Jobs that ended, by outcome (settled, lost) and reason.", &["outcome", "reason"]),
            jobs_declined: counters("jobs_declined_total", "Jobs in auction that were not taken, by reason; each counts once.", &["reason"]),
            earned: counter("earned_asy_total", "Prices and bounties of settled jobs, before the protocol's fee, royalty and delegators' share, in ASY."),
            fees: counter("fees_asy_total", "What transactions cost, in ASY."),
            slashed: counter("slashed_asy_total", "Collateral that was slashed, in ASY."),
            execution_seconds: histogram("execution_seconds", "Time to run a model on the inputs of a job."),
            inputs: int_counter("inputs_total", "Inputs that models were run on."),
            proof_seconds: histogram("proof_seconds", "Time to make and check a proof."),
            proof_jobs: int_counter("proof_jobs_total", "Jobs in proofs that were made."),
            proof_bytes: gauge("proof_bytes", "Size of the last proof."),
            best_block: int_gauge("best_block", "Number of the best block that the worker has seen."),
            finalised_block: int_gauge("finalised_block", "Number of the last finalised block that the worker has seen."),
            block_age: gauge("block_age_seconds", "Seconds since the last best block arrived; -1 before the first."),
            connected: int_gauge("connected", "1 while a node answers, else 0."),
            disconnections: int_counter("disconnections_total", "How often the connection to the node was lost."),
            transactions: registered(r, CounterVec::new(
                opts("transactions_total", "Transactions, by call and outcome (included, failed, died, resubmitted)."),
                &["call", "outcome"],
            )),
            restarts: counters("service_restarts_total", "Restarts of services after an error.", &["service"]),
            device: registered(r, GaugeVec::new(
                opts("device_memory_bytes", "Memory of the device that runs the models, 0 if it doesn't say; its name is a label."),
                &["name", "backend"],
            )),
            fee_balance: gauge("fee_balance_asy", "Free balance of the account that pays fees, in ASY."),
            free_stake: gauge("free_stake_asy", "Stake of the provider behind no job, in ASY."),
            disk_free: int_gauge("disk_free_bytes", "Free space on the disk of the data directory."),
            models_ready: int_gauge("models_ready", "Models whose weights are here and checked."),
            started: Instant::now(),
            last_block: Default::default(),
            registry: registry.clone(),
        };
        inner
            .info
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1);
        inner.block_age.set(-1.0);
        Self(Arc::new(inner))
    }

    /// All metrics in Prometheus's text format.
    pub fn render(&self) -> String {
        let inner = &self.0;
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        inner.uptime.set(seconds(inner.started.elapsed()));
        if let Some(bytes) = resident() {
            inner.resident.set(bytes);
        }
        if let Some(at) = *inner.last_block.lock().unwrap_or_else(|e| e.into_inner()) {
            inner.block_age.set(at.elapsed().as_secs_f64());
        }
        TextEncoder::new()
            .encode_to_string(&inner.registry.gather())
            .expect("every registered metric can be written")
    }

    /// So many jobs are in a stage.
    pub fn jobs_open(&self, stage: &'static str, jobs: u64) {
        let gauge = self.0.jobs_open.with_label_values(&[stage]);
        gauge.set(clamp(jobs));
    }

    /// A job ended: `outcome` is `settled` or `lost`, `reason` is empty for the former.
    pub fn job_finished(&self, outcome: &'static str, reason: &'static str) {
        let labels = [outcome, reason];
        self.0.jobs_finished.with_label_values(&labels).inc();
    }

    /// A job was not taken.
    pub fn job_declined(&self, reason: &'static str) {
        self.0.jobs_declined.with_label_values(&[reason]).inc();
    }

    /// Income, in the token's smallest unit.
    pub fn earned(&self, amount: u128) {
        self.0.earned.inc_by(asy(amount));
    }

    /// Fees, in the token's smallest unit.
    pub fn fees_paid(&self, amount: u128) {
        self.0.fees.inc_by(asy(amount));
    }

    /// Slashed collateral, in the token's smallest unit.
    pub fn slashed(&self, amount: u128) {
        self.0.slashed.inc_by(asy(amount));
    }

    /// A model was run on `inputs` inputs.
    pub fn executed(&self, seconds: f64, inputs: u64) {
        self.0.execution_seconds.observe(seconds);
        self.0.inputs.inc_by(inputs);
    }

    /// A proof of `jobs` jobs and of `bytes` bytes was made.
    pub fn proved(&self, seconds: f64, jobs: u64, bytes: u64) {
        self.0.proof_seconds.observe(seconds);
        self.0.proof_jobs.inc_by(jobs);
        self.0.proof_bytes.set(bytes as f64);
    }

    /// A best block arrived.
    pub fn best_block(&self, number: u32) {
        self.0.best_block.set(number.into());
        let mut last = self.0.last_block.lock().unwrap_or_else(|e| e.into_inner());
        *last = Some(Instant::now());
    }

    /// A finalised block arrived.
    pub fn finalised_block(&self, number: u32) {
        self.0.finalised_block.set(number.into());
    }

    /// Whether a node answers. Going from yes to no counts as a disconnection.
    pub fn connected(&self, connected: bool) {
        if !connected && self.0.connected.get() == 1 {
            self.0.disconnections.inc();
        }
        self.0.connected.set(connected.into());
    }

    /// A transaction of a call came to an outcome: `included`, `failed`, `died` or `resubmitted`.
    pub fn transaction(&self, call: &'static str, outcome: &'static str) {
        let labels = [call, outcome];
        self.0.transactions.with_label_values(&labels).inc();
    }

    /// A service is being restarted.
    pub fn service_restarted(&self, service: &'static str) {
        self.0.restarts.with_label_values(&[service]).inc();
    }

    /// The device that runs the models, set once. `memory` is 0 if it doesn't say.
    pub fn device(&self, name: &str, backend: &str, memory: u64) {
        self.0.device.reset();
        let gauge = self.0.device.with_label_values(&[name, backend]);
        gauge.set(memory as f64);
    }

    /// Free balance of the account that pays fees, in the token's smallest unit.
    pub fn fee_balance(&self, amount: u128) {
        self.0.fee_balance.set(asy(amount));
    }

    /// Stake behind no job, in the token's smallest unit.
    pub fn free_stake(&self, amount: u128) {
        self.0.free_stake.set(asy(amount));
    }

    /// Free space on the disk of the data directory.
    pub fn disk_free(&self, bytes: u64) {
        self.0.disk_free.set(clamp(bytes));
    }

    /// So many models are ready.
    pub fn models_ready(&self, models: u64) {
        self.0.models_ready.set(clamp(models));
    }
}

fn asy(amount: u128) -> f64 {
    amount as f64 / assay_client::units::ASY as f64
}

fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Memory of this process, from Linux's `/proc`.
fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod should {
    use super::*;

    /// The value of the line that begins with `name` and a space.
    fn value(text: &str, name: &str) -> f64 {
        let prefix = format!("{name} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&prefix));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}"))
            .parse()
            .unwrap()
    }

    #[test]
    fn be_readable_under_their_names() {
        let metrics = Metrics::new();
        metrics.jobs_open("proven", 3);
        metrics.job_finished("lost", "deadline");
        metrics.earned(1_500_000_000_000);
        metrics.proved(0.3, 4, 17_000);
        metrics.device("llvmpipe \"x\"", "wgpu", 5);
        metrics.device("llvmpipe", "wgpu", 6);
        let text = metrics.render();
        assert_eq!(
            value(&text, "assay_worker_jobs_open{stage=\"proven\"}"),
            3.0
        );
        let lost = "assay_worker_jobs_finished_total{outcome=\"lost\",reason=\"deadline\"}";
        assert_eq!(value(&text, lost), 1.0);
        assert_eq!(value(&text, "assay_worker_earned_asy_total"), 1.5);
        assert_eq!(value(&text, "assay_worker_proof_seconds_count"), 1.0);
        assert_eq!(value(&text, "assay_worker_proof_jobs_total"), 4.0);
        // One device, the last.
        assert_eq!(text.matches("assay_worker_device_memory_bytes{").count(), 1);
        assert!(value(&text, "assay_worker_resident_bytes") > 0.0);
    }

    #[test]
    fn count_disconnections_once() {
        let metrics = Metrics::new();
        for connected in [false, true, true, false, false, true, false] {
            metrics.connected(connected);
        }
        let text = metrics.render();
        assert_eq!(value(&text, "assay_worker_disconnections_total"), 2.0);
        assert_eq!(value(&text, "assay_worker_connected"), 0.0);
    }

    #[test]
    fn know_the_age_of_a_block_only_after_the_first() {
        let metrics = Metrics::new();
        assert_eq!(
            value(&metrics.render(), "assay_worker_block_age_seconds"),
            -1.0
        );
        metrics.best_block(7);
        let text = metrics.render();
        assert!(value(&text, "assay_worker_block_age_seconds") >= 0.0);
        assert_eq!(value(&text, "assay_worker_best_block"), 7.0);
    }

    #[test]
    fn be_apart_in_each_worker() {
        let (one, other) = (Metrics::new(), Metrics::new());
        one.clone().best_block(1);
        assert_eq!(value(&other.render(), "assay_worker_best_block"), 0.0);
    }
}
