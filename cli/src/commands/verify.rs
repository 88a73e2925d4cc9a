// SPDX-License-Identifier: Apache-2.0
//! `assay verify`: checks a proof offline, from the verifying key, the inputs and the outputs.

use std::{path::PathBuf, time::Instant};

use anyhow::anyhow;
use assay_proof::{verify, Statement, VerifyingKey};
use clap::Args;
use serde::Serialize;

use super::{context::ContextArguments, prove::Proven};
use crate::{
    exit::Failure,
    inputs::{self, read, read_json},
    output::Output,
};

/// Check a proof.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The verifying key, `model.vk` in the folder of a compiled model.
    key: PathBuf,
    /// Inputs, in the order in which they were proven. Files of real numbers (.npy, .npz, .json, .png) need the model's scale, from
    /// the `model.json` beside the key; {"input_codes": [[integers]]} needs nothing.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    input: Vec<PathBuf>,
    /// What `assay prove --json` printed; its "codes" are checked.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// The proof.
    #[arg(long, value_name = "PROOF")]
    proof: PathBuf,
    #[command(flatten)]
    context: ContextArguments,
}

/// What `verify` prints.
#[derive(Debug, Serialize)]
struct Verdict {
    /// Whether the outputs are the model's outputs for the inputs.
    valid: bool,
    /// Wall time of the check alone, without reading files.
    verify_ms: f64,
    /// Why not, if it isn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Verify {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let key = VerifyingKey::from_bytes(&read(&self.key)?)
            .map_err(|error| Failure::Input(anyhow!("{}: {error}", self.key.display())))?;
        let manifest = self.key.with_file_name("model.json");
        let owner = self.key.display().to_string();
        let inputs = inputs::codes(&self.input, &manifest, key.circuit(), &owner)?;
        let proven: Proven = read_json(&self.output)?;
        let proof = read(&self.proof)?;
        self.check_shapes(&key, &inputs, &proven.codes)?;

        let jobs = self.context.jobs();
        let statement = Statement {
            context: self.context.context(&jobs),
            inputs: &inputs,
            outputs: &proven.codes,
        };
        let start = Instant::now();
        let result = verify(&key, &statement, &proof);
        let verdict = Verdict {
            valid: result.is_ok(),
            verify_ms: start.elapsed().as_secs_f64() * 1e3,
            reason: result.err().map(|error| error.to_string()),
        };
        output.print(&verdict, |verdict| match &verdict.reason {
            None => format!("valid, checked in {:.1} ms", verdict.verify_ms),
            Some(reason) => format!("NOT valid: {reason}"),
        })?;
        if verdict.valid {
            Ok(())
        } else {
            Err(Failure::Invalid)
        }
    }

    /// Files that can't belong together are unusable, which is not the same as a proof that is wrong.
    fn check_shapes(
        &self,
        key: &VerifyingKey,
        inputs: &[Vec<i32>],
        outputs: &[Vec<i32>],
    ) -> Result<(), Failure> {
        let circuit = key.circuit();
        let fail = |what: String| Err(Failure::Input(anyhow!(what)));
        if inputs.len() != outputs.len() || inputs.is_empty() {
            return fail(format!(
                "{} inputs and {} outputs",
                inputs.len(),
                outputs.len()
            ));
        }
        let wrong = |lists: &[Vec<i32>], cells| lists.iter().position(|list| list.len() != cells);
        if let Some(index) = wrong(inputs, circuit.input().cells()) {
            let (found, cells) = (inputs[index].len(), circuit.input().cells());
            return fail(format!(
                "input {index} has {found} values, the model takes {cells}"
            ));
        }
        if let Some(index) = wrong(outputs, circuit.output().cells()) {
            let (found, cells) = (outputs[index].len(), circuit.output().cells());
            let file = self.output.display();
            return fail(format!(
                "{file}: output {index} has {found} codes, the model gives {cells}"
            ));
        }
        Ok(())
    }
}
