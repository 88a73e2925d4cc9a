// SPDX-License-Identifier: Apache-2.0
//! `assay receipt`: proven answers.
//!
//! `verify` trusts nobody with the answer: it takes key, inputs, outputs and proof from the chain's blocks, or from a file
//! that `show --save` wrote, and checks them on this machine. With a file it needs no connection.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use assay_client::{
    evidence::{EvidenceError, FORMAT},
    types::{JobId, Receipt as Record},
    units::format_amount,
    Chain, Evidence,
};
use assay_compiler::Progress;
use assay_proof::VerifyingKey;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{
    connection::Connection,
    evidence::{check, Verdict},
    exit::Failure,
    inputs::{matching, read_json, write},
    output::Output,
    progress::Bars,
};

/// What to do with receipts.
#[derive(Debug, Subcommand)]
pub(crate) enum Receipt {
    /// Show a settled job's receipt; save what proves it.
    Show(Show),
    /// Check a settled job again: a job of the chain, or a file that `show --save` wrote, for which no node is needed. Exit
    /// code 0 if it is valid, 1 if it is not.
    Verify(Verify),
}

/// Show a receipt.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Number of the job.
    job: JobId,
    /// Write everything that proves it to this file (JSON), for `assay receipt verify FILE`. An existing file is replaced.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Folder of the compiled model, for its `model.json`: outputs are also shown as real numbers, with their labels.
    #[arg(long, value_name = "DIR", requires = "save")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

/// Check a settled job.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Number of a job, or a file.
    what: String,
    #[command(flatten)]
    connection: Connection,
}

/// What `show` prints.
#[derive(Debug, Serialize)]
struct Shown {
    job: JobId,
    #[serde(flatten)]
    receipt: ReceiptView,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved: Option<PathBuf>,
    /// Real outputs, one list for each input.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Vec<Vec<f64>>>,
}

#[derive(Debug, Serialize)]
struct ReceiptView {
    model: u64,
    requester: String,
    provider: String,
    key: String,
    input_hash: String,
    codes: Vec<i32>,
    price: String,
    bounty: String,
    registered: u32,
    posted: u32,
    settled: u32,
    expires: u32,
}

impl From<&Record> for ReceiptView {
    fn from(receipt: &Record) -> Self {
        Self {
            model: receipt.model,
            requester: receipt.requester.to_string(),
            provider: receipt.provider.to_string(),
            key: format!("{:?}", receipt.key),
            input_hash: format!("{:?}", receipt.input_hash),
            codes: receipt.outputs.clone(),
            price: receipt.price.to_string(),
            bounty: receipt.bounty.to_string(),
            registered: receipt.registered.block,
            posted: receipt.posted.block,
            settled: receipt.settled.block,
            expires: receipt.expires,
        }
    }
}

impl Receipt {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Show(show) => show.run(output),
            Self::Verify(verify) => verify.run(output),
        }
    }
}

impl Show {
    fn run(&self, output: &Output) -> Result<(), Failure> {
        let bars = Bars::new();
        let (receipt, evidence) =
            self.connection
                .run(&bars, "nothing was sent", |chain| async move {
                    let receipt = chain.best().await?.receipt(self.job).await?;
                    let receipt = receipt.ok_or(EvidenceError::NoReceipt(self.job))?;
                    let evidence = match &self.save {
                        Some(_) => Some(collect(&chain, self.job).await?),
                        None => None,
                    };
                    Ok((receipt, evidence))
                })?;
        let mut shown = Shown {
            job: self.job,
            receipt: ReceiptView::from(&receipt),
            saved: self.save.clone(),
            output: None,
        };
        if let (Some(path), Some(evidence)) = (&self.save, &evidence) {
            let mut json = serde_json::to_vec_pretty(evidence)
                .map_err(|error| Failure::Machine(error.into()))?;
            json.push(b'\n');
            write(path, &json)?;
            if let Some(folder) = &self.bundle {
                shown.output = Some(real_outputs(evidence, &folder.join("model.json"))?);
            }
        }
        output.print(&shown, text)
    }
}

impl Verify {
    fn run(&self, output: &Output) -> Result<(), Failure> {
        let evidence = match self.what.parse() {
            Ok(job) => {
                let bars = Bars::new();
                self.connection
                    .run(&bars, "nothing was sent", |chain| async move {
                        collect(&chain, job).await
                    })?
            }
            Err(_) => from_file(Path::new(&self.what))?,
        };
        let verdict = check(&evidence);
        output.print(&verdict, verdict_text)?;
        if verdict.valid {
            Ok(())
        } else {
            Err(Failure::Invalid)
        }
    }
}

fn from_file(path: &Path) -> Result<Evidence, Failure> {
    let evidence: Evidence = read_json(path)?;
    if evidence.format != FORMAT {
        return Err(Failure::Input(anyhow!(
            "{}: format: {}, {FORMAT} is supported",
            path.display(),
            evidence.format
        )));
    }
    Ok(evidence)
}

/// Collects a job's evidence. Of several proofs in the extrinsic that settled it the one that is valid, if one is.
async fn collect(chain: &Chain, job: JobId) -> Result<Evidence, Failure> {
    let bars = Bars::new();
    bars.stage("collecting", 0);
    let digest = |key: &[u8]| Some(*VerifyingKey::from_bytes(key).ok()?.digest());
    let found = chain.evidence(job, digest).await;
    bars.finish();
    let mut found = found?;
    let valid = match found.len() {
        1 => None,
        _ => found.iter().position(|evidence| check(evidence).valid),
    };
    if found.is_empty() {
        return Err(Failure::Negative(anyhow!("job {job} has no proof")));
    }
    Ok(found.swap_remove(valid.unwrap_or(0)))
}

impl From<EvidenceError> for Failure {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Chain(error) => error.into(),
            error => Self::Negative(error.into()),
        }
    }
}

/// The job's outputs as real numbers.
fn real_outputs(evidence: &Evidence, manifest: &Path) -> Result<Vec<Vec<f64>>, Failure> {
    let key = VerifyingKey::from_bytes(&evidence.key)
        .map_err(|error| Failure::Negative(anyhow!("the model's key: {error}")))?;
    let owner = format!("job {}", evidence.job);
    let codec = matching(manifest, key.circuit(), &owner)?.output_codec(manifest)?;
    let cells = key.circuit().output().cells().max(1);
    let outputs = evidence.receipt.outputs.chunks(cells);
    Ok(outputs.map(|codes| codec.decode(codes)).collect())
}

fn text(shown: &Shown) -> String {
    let receipt = &shown.receipt;
    let amount = |text: &str| text.parse().map_or_else(|_| text.to_owned(), format_amount);
    let mut text = format!(
        "job        {}, model {}\nrequester  {}\nprovider   {}\nprice      {}, bounty {}\nkey        {}\ninputs     {}\n\
         outputs    {:?}\nblocks     model registered in {}, job posted in {}, settled in {}; receipt kept until {}\n",
        shown.job,
        receipt.model,
        receipt.requester,
        receipt.provider,
        amount(&receipt.price),
        amount(&receipt.bounty),
        receipt.key,
        receipt.input_hash,
        receipt.codes,
        receipt.registered,
        receipt.posted,
        receipt.settled,
        receipt.expires,
    );
    if let Some(outputs) = &shown.output {
        for (number, values) in outputs.iter().enumerate() {
            let values: Vec<String> = values.iter().map(|value| format!("{value:.4}")).collect();
            text.push_str(&format!("output {number}   [{}]\n", values.join(", ")));
        }
    }
    if let Some(path) = &shown.saved {
        text.push_str(&format!(
            "saved      {0}: `assay receipt verify {0}` checks it without a node\n",
            path.display()
        ));
    }
    text
}

fn verdict_text(verdict: &Verdict) -> String {
    match &verdict.reason {
        Some(reason) => format!("job {}: NOT valid: {reason}", verdict.job),
        None => format!(
            "job {}: valid, proof of {} bytes checked in {:.1} ms\nchain      {}\nmodel      {}, key {}\nprovider   {}\n\
             inputs     {}\noutputs    {:?}",
            verdict.job,
            verdict.proof_bytes,
            verdict.verify_ms,
            verdict.chain_id,
            verdict.model,
            verdict.key,
            verdict.provider,
            verdict.input_hash,
            verdict.outputs,
        ),
    }
}
