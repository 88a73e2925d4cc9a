// SPDX-License-Identifier: Apache-2.0
//! Twenty digits, twelve in jobs of their own and eight in one, answered by an honest worker.

use std::collections::BTreeMap;

use anyhow::{bail, ensure, Context, Result};
use assay_client::{
    types::{Balance, BlockNumber, Event, JobId, Terms},
    units::{format_amount, ASY},
};
use serde::Deserialize;

use crate::{market::Market, screen, BATCH, DIGITS};

/// An answered job.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its number.
    pub job: JobId,
    /// How many inputs it has.
    pub inputs: usize,
    /// Output codes, one vector an input.
    pub outputs: Vec<Vec<i32>>,
    /// What the requester paid.
    pub price: Balance,
    /// The block in which it was settled.
    pub block: BlockNumber,
    /// Length of the proof.
    pub proof_bytes: usize,
    /// Jobs that the proof settled.
    pub jobs_in_proof: usize,
    /// What it took to verify the proof on this machine, natively.
    pub verify_ms: f64,
}

/// How many digits must be recognised. The trained model recognises all of them.
const RECOGNISED: usize = DIGITS - 2;

/// What `assay receipt verify --json` says.
#[derive(Debug, Deserialize)]
struct Verified {
    valid: bool,
    jobs: Vec<JobId>,
    proof_bytes: usize,
    verify_ms: f64,
    outputs: Vec<Vec<i32>>,
}

pub(super) async fn play(market: &Market) -> Result<(Vec<Answer>, usize)> {
    screen::title("2. Twenty digits are asked for, and an honest worker answers");
    let singles = DIGITS - BATCH;
    let terms = |inputs: u128| Terms {
        start_price: inputs * ASY / 2,
        max_price: inputs * 2 * ASY,
        ramp: 20,
        auction: 60,
        proof_window: 30,
        min_collateral: 0,
    };
    let mut calls = Vec::new();
    for digit in &market.digits[..singles] {
        calls.push(market.job(std::slice::from_ref(digit), terms(1))?);
    }
    calls.push(market.job(&market.digits[singles..], terms(BATCH as u128))?);
    let from = market.chain.finalised().await?.number();
    let jobs = market.post(calls).await?;
    screen::fact(
        "posted",
        format!(
            "{} jobs for {DIGITS} digits, {BATCH} of them in one job",
            jobs.len()
        ),
    );

    // Settled jobs in the order in which they are settled.
    let mut settled: Vec<(JobId, Balance, BlockNumber)> = Vec::new();
    let honest = market.cast.honest.account();
    market
        .follow(from, |block, event| {
            match event {
                Event::Accepted {
                    job,
                    price,
                    provider,
                    ..
                } if jobs.contains(job) => {
                    ensure!(*provider == honest, "somebody else accepted job {job}");
                    screen::event(
                        block,
                        format!("job {job} accepted at {}", format_amount(*price)),
                    );
                }
                Event::Settled {
                    job,
                    price,
                    provider,
                    bounty,
                } if jobs.contains(job) => {
                    ensure!(*provider == honest, "somebody else settled job {job}");
                    ensure!(*bounty == 0, "a bounty for a first auction");
                    screen::event(
                        block,
                        format!("job {job} settled, {} paid", format_amount(*price)),
                    );
                    settled.push((*job, *price, block));
                }
                Event::Failed { job, fault, .. } | Event::Slashed { job, fault, .. }
                    if jobs.contains(job) =>
                {
                    bail!("the honest worker failed job {job}: {fault:?}")
                }
                Event::Ended { job, reason } if jobs.contains(job) => {
                    bail!("job {job} ended without an answer: {reason:?}")
                }
                _ => {}
            }
            Ok(settled.len() == jobs.len())
        })
        .await?;

    let prices: BTreeMap<JobId, (Balance, BlockNumber)> = settled
        .iter()
        .map(|(job, price, block)| (*job, (*price, *block)))
        .collect();
    let mut answers = Vec::new();
    let mut right = 0;
    let mut digits = market.digits.iter();
    for job in jobs {
        let inputs = if answers.len() < singles { 1 } else { BATCH };
        let (price, block) = *prices.get(&job).context("every job is settled")?;
        let receipt = verify(market, job).await?;
        ensure!(
            receipt.outputs.len() == inputs,
            "an output for each input of job {job}"
        );
        let answer = Answer {
            job,
            inputs,
            outputs: receipt.outputs,
            price,
            block,
            proof_bytes: receipt.proof_bytes,
            jobs_in_proof: receipt.jobs.len(),
            verify_ms: receipt.verify_ms,
        };
        for output in &answer.outputs {
            let digit = digits.next().context("a digit for each output")?;
            // The reference interpreter gives the same integers, on any machine.
            let expected = market.bundle.model.run(&digit.codes);
            let expected = expected
                .map_err(|error| anyhow::anyhow!("{error}"))?
                .output();
            ensure!(*output == expected, "job {job} was answered wrongly");
            let prediction = market.prediction(output);
            right += usize::from(prediction == usize::from(digit.label));
            screen::answer(digit, prediction, &answer);
        }
        answers.push(answer);
    }
    println!();
    screen::fact("recognised", format!("{right} of {DIGITS}"));
    ensure!(
        right >= RECOGNISED,
        "the model recognises {right} of {DIGITS} digits, not {RECOGNISED} or more"
    );
    Ok((answers, right))
}

/// Checks a receipt as anyone can: from the chain's data, without the weights.
async fn verify(market: &Market, job: JobId) -> Result<Verified> {
    let output = tokio::process::Command::new(&market.programs.assay)
        .args(["receipt", "verify", &job.to_string(), "--json", "--url"])
        .arg(&market.url)
        .kill_on_drop(true)
        .output()
        .await?;
    ensure!(
        output.status.success(),
        "assay receipt verify {job}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let verified: Verified = serde_json::from_slice(&output.stdout)?;
    ensure!(verified.valid, "the receipt of job {job} is not valid");
    Ok(verified)
}
