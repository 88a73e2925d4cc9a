// SPDX-License-Identifier: Apache-2.0
//! The market on a real parachain: starts a relay chain with two validators and two collators (`../local.toml`), waits until the relay
//! chain finalises the parachain's blocks, settles jobs with a worker at one collator, kills the other collator, and settles
//! more. Prints what happened and when; exits with 0 only if all of it did.
//!
//! - [`settings`]: what the environment says;
//! - [`network`]: the nodes;
//! - [`market`]: model, provider, worker and jobs, by the programs that users use;
//! - [`timeline`]: the report.
//!
//! Time limits here only end what hangs: this is no part of continuous integration.

mod market;
mod network;
mod settings;
mod timeline;

use std::process::ExitCode;

use anyhow::{ensure, Context, Result};
use tokio::signal::unix::{signal, SignalKind};
use tracing_subscriber::EnvFilter;

use market::Market;
use network::TestNetwork;
use settings::Settings;
use timeline::Timeline;

/// The collator that the market talks to.
const SERVING: &str = "collator-1";
/// The collator that is killed.
const KILLED: &str = "collator-2";
/// Jobs before and after the kill.
const JOBS: usize = 3;
/// Finalised parachain blocks that show that the parachain works.
const FIRST_BLOCKS: u32 = 3;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    let mut timeline = Timeline::start();
    let result = tokio::select! {
        result = run(&mut timeline) => result,
        _ = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    match result {
        Ok(()) => {
            timeline.mark("all of it happened");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("zombienet: error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn interrupted() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = tokio::signal::ctrl_c() => ended?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

async fn run(timeline: &mut Timeline) -> Result<()> {
    let settings = Settings::from_env()?;
    let network = TestNetwork::start(&settings.network).await?;
    timeline.mark("two validators and two collators run");
    let result = story(&settings, &network, timeline).await;
    // Whatever happened: no process is left.
    let stopped = network.stop().await;
    result?;
    stopped?;
    timeline.mark("everything is shut down");
    Ok(())
}

async fn story(settings: &Settings, network: &TestNetwork, timeline: &mut Timeline) -> Result<()> {
    network.wait_until_finalised(SERVING, FIRST_BLOCKS).await?;
    timeline.mark(&format!(
        "the parachain is onboarded: the relay chain has finalised its block {FIRST_BLOCKS}"
    ));

    let mut market = Market::open(settings, network.url(SERVING)?).await?;
    timeline.mark("a model and a provider are registered, the worker is ready");
    let result = jobs(network, &market, timeline).await;
    market.close().await.context("stopping the worker")?;
    result
}

async fn jobs(network: &TestNetwork, market: &Market, timeline: &mut Timeline) -> Result<()> {
    for _ in 0..JOBS {
        let job = settle(network, market).await?;
        timeline.mark(&format!("job {job} is settled, final and verified again"));
    }
    network.kill(KILLED)?;
    let height = network.finalised(SERVING).await?;
    timeline.mark(&format!("{KILLED} is killed at finalised block {height}"));
    for _ in 0..JOBS {
        let job = settle(network, market).await?;
        timeline.mark(&format!(
            "job {job} is settled, final and verified again, with one collator"
        ));
    }
    let height = network.finalised(SERVING).await?;
    timeline.mark(&format!("finalised block {height}"));
    Ok(())
}

/// Has one question answered, and waits until the answer can't be undone.
async fn settle(network: &TestNetwork, market: &Market) -> Result<u64> {
    let (job, outputs) = market.ask().await?;
    ensure!(
        outputs == market.expected(),
        "job {job}: a wrong answer was settled"
    );
    // The command follows the best chain: what it saw is in this block or before.
    let best = network.best(SERVING).await?;
    network.wait_until_finalised(SERVING, best).await?;
    // From the final chain alone: the receipt is there, and its proof is valid.
    market.verify(job).await?;
    Ok(job)
}
