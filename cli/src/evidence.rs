// SPDX-License-Identifier: Apache-2.0
//! Checks a settled job's evidence, without any node: that the model behind the key gave this output for these inputs,
//! computed for this job by this provider on the chain with this genesis.

use std::time::Instant;

use assay_client::{
    blake2_256,
    codes::{job_bytes, unpack, InputFormat},
    Evidence,
};
use assay_proof::{verify, Context, Statement, VerifyingKey};
use serde::Serialize;

/// What a check says.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    /// Whether everything holds.
    pub(crate) valid: bool,
    /// What doesn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The job.
    pub(crate) job: u64,
    /// All jobs that the proof settles.
    pub(crate) jobs: Vec<u64>,
    /// The model's number.
    pub(crate) model: u64,
    /// Digest of the model's key: circuit and weights.
    pub(crate) key: String,
    /// Genesis hash of the chain for which the proof was made.
    pub(crate) chain_id: String,
    /// Who answered.
    pub(crate) provider: String,
    /// Who asked.
    pub(crate) requester: String,
    /// Digest of the packed inputs.
    pub(crate) input_hash: String,
    /// Output codes of the job, one list for each input. Empty if they can't be told apart.
    pub(crate) outputs: Vec<Vec<i32>>,
    /// The block that settled it.
    pub(crate) settled: u32,
    /// Length of the proof.
    pub(crate) proof_bytes: usize,
    /// Wall time of the check of the proof alone; 0 if it didn't come to that.
    pub(crate) verify_ms: f64,
}

/// Checks everything that can be checked.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let receipt = &evidence.receipt;
    let mut verdict = Verdict {
        valid: false,
        reason: None,
        job: evidence.job,
        jobs: evidence.jobs.iter().map(|job| job.job).collect(),
        model: receipt.model,
        key: format!("{:?}", receipt.key),
        chain_id: format!("{:?}", evidence.chain_id),
        provider: receipt.provider.to_string(),
        requester: receipt.requester.to_string(),
        input_hash: format!("{:?}", receipt.input_hash),
        outputs: Vec::new(),
        settled: receipt.settled.block,
        proof_bytes: evidence.proof.len(),
        verify_ms: 0.0,
    };
    match check_all(evidence, &mut verdict) {
        Ok(()) => verdict.valid = true,
        Err(reason) => verdict.reason = Some(reason),
    }
    verdict
}

fn check_all(evidence: &Evidence, verdict: &mut Verdict) -> Result<(), String> {
    let receipt = &evidence.receipt;
    let key = VerifyingKey::from_bytes(&evidence.key)
        .map_err(|error| format!("key: not a verifying key: {error}"))?;
    if *key.digest() != receipt.key.0 {
        return Err("key: not the one that the receipt names".into());
    }
    let circuit = key.circuit();
    let (input, output) = (circuit.input(), circuit.output());
    let format = InputFormat {
        elements: u32::try_from(input.cells()).map_err(|_| "key: too many inputs")?,
        min: input.range.low,
        max: input.range.high,
    };

    if !evidence.jobs.is_sorted_by(|a, b| a.job < b.job) {
        return Err("jobs: not in ascending order, each once".into());
    }
    // Inputs of all jobs, and where those of this one are.
    let (mut inputs, mut own) = (Vec::new(), None);
    for job in &evidence.jobs {
        let codes = unpack(&job.inputs, &format)
            .map_err(|error| format!("jobs: inputs of job {}: {error}", job.job))?;
        if job.job == evidence.job {
            if blake2_256(&job.inputs) != receipt.input_hash {
                return Err(
                    "jobs: the inputs are not those of which the receipt has the digest".into(),
                );
            }
            own = Some(inputs.len()..inputs.len() + codes.len());
        }
        inputs.extend(codes);
    }
    let own = own.ok_or("jobs: the proof is not for this job")?;

    let cells = output.cells();
    if evidence.outputs.len() != inputs.len().saturating_mul(cells) || cells == 0 {
        return Err(format!(
            "outputs: {} codes, {} inputs have {cells} each",
            evidence.outputs.len(),
            inputs.len()
        ));
    }
    let outputs: Vec<Vec<i32>> = evidence
        .outputs
        .chunks(cells)
        .map(<[i32]>::to_vec)
        .collect();
    let own = outputs.get(own).unwrap_or_default();
    verdict.outputs = own.to_vec();
    if own.concat() != receipt.outputs {
        return Err("outputs: not those of the receipt".into());
    }

    let jobs: Vec<[u8; 8]> = evidence.jobs.iter().map(|job| job_bytes(job.job)).collect();
    let jobs: Vec<&[u8]> = jobs.iter().map(|job| &job[..]).collect();
    let statement = Statement {
        context: Context {
            chain_id: evidence.chain_id.0,
            jobs: &jobs,
            provider: receipt.provider.0,
        },
        inputs: &inputs,
        outputs: &outputs,
    };
    let start = Instant::now();
    let result = verify(&key, &statement, &evidence.proof);
    verdict.verify_ms = start.elapsed().as_secs_f64() * 1e3;
    result.map_err(|error| format!("proof: {error}"))
}
