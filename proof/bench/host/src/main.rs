// SPDX-License-Identifier: Apache-2.0
//! Measures one workload and prints one line of JSON: proving time, verifying time native and in wasm, proof size, committed rows
//! and peak memory. A process measures one workload, so that the peak belongs to it. All figures are of this machine, now.

mod fixture;
mod guest;
mod memory;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{ensure, Context as _, Result};
use assay_circuit::{Circuit, Model, Parameters};
use assay_proof::{prove, verify, Context, ProvingKey, Statement};
use clap::Parser;
use codec::Encode;
use guest::{Guest, Request};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Measure a compiled model.
#[derive(Parser)]
struct Arguments {
    /// Name of the workload in the output.
    #[arg(long)]
    workload: String,
    /// Folder that `assay model compile` made.
    #[arg(long)]
    model: PathBuf,
    /// The verifier compiled for wasm32v1-none.
    #[arg(long)]
    guest: PathBuf,
    /// Inputs in one proof, 1 to 64; their codes are random over the whole range.
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// Repetitions of each measurement; the median is printed.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Write the last proof with its key and statement to this file, for the benchmarks of the pallets.
    #[arg(long)]
    fixture: Option<PathBuf>,
}

/// The printed line.
#[derive(Serialize)]
struct Figures {
    workload: String,
    batch: usize,
    prove_ms: f64,
    verify_native_ms: f64,
    verify_wasm_ms: f64,
    /// One check of two pairings in wasm, in the same run: machines differ, the ratio to this less so.
    pairing_wasm_ms: f64,
    proof_bytes: usize,
    /// Row commitments of the model, and of the witness of this proof.
    rows: [usize; 2],
    peak_rss_mb: f64,
    /// Making the key, once a model: every weight is committed to.
    key_ms: f64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.runs > 0, "--runs is at least 1");
    let model = load(&arguments)?;
    let input = model.circuit().input();
    let (cells, range) = (input.cells(), input.range);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let inputs: Vec<Vec<i32>> = (0..arguments.batch)
        .map(|_| (0..cells).map(|_| random.gen_range(range.low..=range.high)).collect())
        .collect();

    let started = Instant::now();
    let key = ProvingKey::new(model)?;
    let key_ms = milliseconds(started);
    let jobs = fixture::jobs(inputs.len());
    let jobs: Vec<&[u8]> = jobs.iter().map(|job| job.as_slice()).collect();
    let context =
        Context { chain_id: fixture::CHAIN_ID, jobs: &jobs, provider: fixture::PROVIDER };

    let mut proven = None;
    let prove_ms = median(arguments.runs, || {
        proven = Some(prove(&key, &context, &inputs)?);
        Ok(())
    })?;
    let proven = proven.context("at least one run")?;
    let proof = proven.proof.to_bytes();
    let peak_rss_mb = memory::peak_megabytes()?;

    let statement = Statement { context, inputs: &inputs, outputs: &proven.outputs };
    let verifying = key.verifying_key();
    let verify_native_ms = median(arguments.runs, || {
        verify(verifying, &statement, &proof).context("the verifier refused a proof")
    })?;

    if let Some(path) = &arguments.fixture {
        let key = verifying.to_bytes();
        fixture::write(path, key, range, &inputs, &proven.outputs, &proof)?;
    }
    let request = Request {
        key: verifying.to_bytes(),
        chain_id: context.chain_id,
        jobs: jobs.iter().map(|job| job.to_vec()).collect(),
        provider: context.provider,
        inputs: inputs.clone(),
        outputs: proven.outputs.clone(),
        proof: proof.clone(),
    }
    .encode();
    let guest = Guest::load(&arguments.guest)?;
    let (mut wasm, mut pairings) = (Vec::new(), Vec::new());
    for _ in 0..arguments.runs {
        let (verdict, milliseconds) = guest.verify(&request)?;
        ensure!(verdict == 1, "the verifier in wasm answered {verdict}");
        wasm.push(milliseconds);
        pairings.push(guest.pairing()?);
    }
    let figures = Figures {
        workload: arguments.workload,
        batch: arguments.batch,
        prove_ms,
        verify_native_ms,
        verify_wasm_ms: middle(wasm),
        pairing_wasm_ms: middle(pairings),
        proof_bytes: proof.len(),
        rows: [verifying.rows().len(), proven.proof.rows.len()],
        peak_rss_mb,
        key_ms,
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

fn load(arguments: &Arguments) -> Result<Model> {
    let read = |name: &str| {
        let path = arguments.model.join(name);
        std::fs::read(&path).with_context(|| format!("reading {}", path.display()))
    };
    let circuit = Circuit::from_bytes(&read("circuit.bin")?)?;
    let parameters = Parameters::from_bytes(&circuit, &read("parameters.bin")?)?;
    Ok(Model::new(circuit, parameters)?)
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn median(runs: usize, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let started = Instant::now();
        run()?;
        times.push(milliseconds(started));
    }
    Ok(middle(times))
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
