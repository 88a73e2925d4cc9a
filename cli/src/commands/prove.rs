// SPDX-License-Identifier: Apache-2.0
//! `assay prove`: inputs to outputs with one proof for all of them.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::anyhow;
use assay_circuit::limits::MAX_BATCH;
use assay_compiler::{samples, Bundle, Progress};
use assay_proof::{prove, verify, ProvingKey, Statement, VerifyingKey};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::context::ContextArguments;
use crate::{exit::Failure, inputs::write, output::Output, progress::Bars};

/// File name of the verifying key in the folder of a compiled model.
pub(crate) const KEY: &str = "model.vk";

/// Prove the outputs of a compiled model.
#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// Folder of a compiled model.
    model: PathBuf,
    /// Inputs: .npy, .npz, .json ({"input_data": [[...]]}) or .png; up to 64 in all files together.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    input: Vec<PathBuf>,
    /// Where the proof goes; an existing file is replaced.
    #[arg(short, long, value_name = "PROOF")]
    output: PathBuf,
    #[command(flatten)]
    context: ContextArguments,
}

/// What `prove` prints, and `verify` reads as `--output`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Proven {
    /// Wall time of the proof alone: neither reading the model nor checking the proof.
    pub(crate) prove_ms: f64,
    /// Length of the proof.
    pub(crate) proof_bytes: usize,
    /// Real outputs, one list for each input.
    pub(crate) output: Vec<Vec<f64>>,
    /// The outputs that are proven: `output` in units of the output's scale.
    pub(crate) codes: Vec<Vec<i32>>,
}

impl Prove {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let bars = Bars::new();
        let proven = self.prove(&bars);
        bars.finish();
        output.print(&proven?, |proven| {
            format!(
                "{} outputs proven in {:.0} ms, {} bytes in {}",
                proven.codes.len(),
                proven.prove_ms,
                proven.proof_bytes,
                self.output.display()
            )
        })
    }

    fn prove(&self, bars: &Bars) -> Result<Proven, Failure> {
        bars.stage("reading", 0);
        let bundle = Bundle::read(&self.model)?;
        let mut inputs = Vec::new();
        for file in &self.input {
            let samples = samples::read(file, bundle.input.sample_shape())?;
            inputs.extend(samples.iter().map(|sample| bundle.input.encode(sample)));
        }
        if inputs.len() > MAX_BATCH as usize {
            let error = anyhow!("{} inputs, one proof covers {MAX_BATCH}", inputs.len());
            return Err(Failure::Input(error));
        }
        let key = proving_key(&self.model.join(KEY), &bundle, bars)?;

        bars.stage("proving", 0);
        let jobs = self.context.jobs();
        let context = self.context.context(&jobs);
        let start = Instant::now();
        let proven = prove(&key, &context, &inputs)
            .map_err(|error| Failure::Input(anyhow!("the inputs can't be proven: {error}")))?;
        let prove_ms = start.elapsed().as_secs_f64() * 1e3;
        let proof = proven.proof.to_bytes();

        // A key that belongs to other weights shows itself here, not at somebody else's.
        bars.stage("checking", 0);
        let statement = Statement {
            context,
            inputs: &inputs,
            outputs: &proven.outputs,
        };
        verify(key.verifying_key(), &statement, &proof).map_err(|error| {
            Failure::Input(anyhow!(
                "{}: the proof that it leads to is not valid ({error}): compile the model again",
                self.model.join(KEY).display()
            ))
        })?;
        write(&self.output, &proof)?;
        Ok(Proven {
            prove_ms,
            proof_bytes: proof.len(),
            output: proven
                .outputs
                .iter()
                .map(|codes| bundle.output.decode(codes))
                .collect(),
            codes: proven.outputs,
        })
    }
}

/// The key of a model: with the commitment in `file` if it is there, else computed.
fn proving_key(file: &Path, bundle: &Bundle, bars: &Bars) -> Result<ProvingKey, Failure> {
    let model = bundle.model.clone();
    let key = if file.exists() {
        let bytes = fs::read(file)
            .map_err(|error| Failure::Input(anyhow!("{}: {error}", file.display())))?;
        VerifyingKey::from_bytes(&bytes).and_then(|key| ProvingKey::with_verifying_key(model, key))
    } else {
        bars.stage("committing", 0);
        ProvingKey::new(model)
    };
    key.map_err(|error| Failure::Input(anyhow!("{}: {error}", file.display())))
}
