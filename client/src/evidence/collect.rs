// SPDX-License-Identifier: Apache-2.0
//! Collecting a job's evidence. The receipt names the blocks and extrinsics in which key, inputs and proof entered the
//! chain; every node keeps these. Each part is recognised by its digest.

use std::collections::HashMap;

use subxt::{config::Hasher, dynamic::Value};

use super::{
    search::{calls, field, numbers},
    Evidence, EvidenceError, ProvenJob, FORMAT,
};
use crate::{
    chain::{At, Chain, ChainError},
    types::{JobId, Position, Receipt},
    Hash,
};

/// The most jobs of a proof that are looked up. The chain allows 64.
const MAX_JOBS: usize = 1024;

/// A call of `submit_proof`.
struct Submission {
    jobs: Vec<JobId>,
    outputs: Vec<i32>,
    proof: Vec<u8>,
}

impl Chain {
    /// Collects what proves a settled job. `key_digest` computes the digest of a verifying key, `None` if the bytes are
    /// no key.
    ///
    /// The settling extrinsic may hold several proofs for the job: each gives one record, and at least one of them is
    /// valid if the chain and the node are right. There is at least one record.
    ///
    /// # Errors
    ///
    /// [`EvidenceError`].
    pub async fn evidence(
        &self,
        job: JobId,
        key_digest: impl Fn(&[u8]) -> Option<[u8; 32]>,
    ) -> Result<Vec<Evidence>, EvidenceError> {
        let best = self.best().await?;
        let receipt = best.receipt(job).await?;
        let receipt = receipt.ok_or(EvidenceError::NoReceipt(job))?;
        let key = self.find_key(&best, &receipt, key_digest).await?;
        let submissions = self.submissions(job, receipt.settled).await?;

        // Inputs are shared by the submissions, if there are several.
        let mut inputs: HashMap<JobId, Vec<u8>> = HashMap::new();
        let mut evidence = Vec::new();
        for submission in submissions {
            let mut jobs = Vec::new();
            for job in submission.jobs {
                let packed = match inputs.get(&job) {
                    Some(packed) => packed.clone(),
                    None => {
                        let packed = self.find_inputs(&best, job, receipt.settled).await?;
                        inputs.insert(job, packed.clone());
                        packed
                    }
                };
                jobs.push(ProvenJob {
                    job,
                    inputs: packed,
                });
            }
            evidence.push(Evidence {
                format: FORMAT,
                chain_id: Hash::from(self.chain_id()),
                job,
                receipt: receipt.clone(),
                key: key.clone(),
                jobs,
                outputs: submission.outputs,
                proof: submission.proof,
            });
        }
        Ok(evidence)
    }

    async fn find_key(
        &self,
        best: &At,
        receipt: &Receipt,
        digest: impl Fn(&[u8]) -> Option<[u8; 32]>,
    ) -> Result<Vec<u8>, EvidenceError> {
        let right = |key: &Vec<u8>| digest(key) == Some(receipt.key.0);
        if let Some(key) = best.key(receipt.model).await?.filter(right) {
            return Ok(key);
        }
        let call = self.extrinsic(receipt.registered).await?;
        let mut keys = calls(&call, "ModelRegistry", "register")
            .into_iter()
            .filter_map(|fields| numbers::<u8>(field(fields, "key")?));
        keys.find(right).ok_or_else(|| EvidenceError::Missing {
            what: format!("the verifying key of model {}", receipt.model),
            place: place(receipt.registered),
        })
    }

    async fn find_inputs(
        &self,
        best: &At,
        job: JobId,
        settled: Position,
    ) -> Result<Vec<u8>, EvidenceError> {
        // A job of the same proof may have been pruned since.
        let receipt = match best.receipt(job).await? {
            Some(receipt) => Some(receipt),
            None => self.at_number(settled.block).await?.receipt(job).await?,
        };
        let receipt = receipt.ok_or(EvidenceError::NoReceipt(job))?;
        let hasher = best.client.hasher();
        let right = |packed: &Vec<u8>| hasher.hash(packed) == receipt.input_hash;
        if let Some(packed) = best.inputs(receipt.input_hash).await?.filter(right) {
            return Ok(packed);
        }
        let call = self.extrinsic(receipt.posted).await?;
        let mut inputs = calls(&call, "InferenceMarket", "post")
            .into_iter()
            .filter_map(|fields| numbers::<u8>(field(fields, "inputs")?));
        inputs.find(right).ok_or_else(|| EvidenceError::Missing {
            what: format!("the inputs of job {job}"),
            place: place(receipt.posted),
        })
    }

    /// The proofs for a job in the extrinsic that settled it.
    async fn submissions(
        &self,
        job: JobId,
        settled: Position,
    ) -> Result<Vec<Submission>, EvidenceError> {
        let call = self.extrinsic(settled).await?;
        let submissions: Vec<Submission> = calls(&call, "InferenceMarket", "submit_proof")
            .into_iter()
            .filter_map(|fields| {
                Some(Submission {
                    jobs: numbers(field(fields, "jobs")?)?,
                    outputs: numbers(field(fields, "outputs")?)?,
                    proof: numbers(field(fields, "proof")?)?,
                })
            })
            .filter(|submission| submission.jobs.contains(&job))
            .filter(|submission| submission.jobs.len() <= MAX_JOBS)
            .collect();
        if submissions.is_empty() {
            return Err(EvidenceError::Missing {
                what: format!("the proof of job {job}"),
                place: place(settled),
            });
        }
        Ok(submissions)
    }

    /// The call of an extrinsic.
    async fn extrinsic(&self, position: Position) -> Result<Value, EvidenceError> {
        let missing = || EvidenceError::Missing {
            what: "an extrinsic".into(),
            place: place(position),
        };
        let index = position.index.ok_or_else(missing)?;
        let at = self.at_number(position.block).await?;
        let block = at.client.extrinsics().fetch().await;
        let block = block.map_err(ChainError::from_subxt)?;
        let extrinsic = block.iter().nth(index as usize).ok_or_else(missing)?;
        let extrinsic = extrinsic.map_err(ChainError::from_subxt)?;
        let call = extrinsic.decode_call_data_as::<Value>();
        Ok(call.map_err(ChainError::from_subxt)?)
    }
}

fn place(position: Position) -> String {
    match position.index {
        Some(index) => format!("block {}, extrinsic {index}", position.block),
        None => format!("block {}", position.block),
    }
}
