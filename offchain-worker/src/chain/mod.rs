// SPDX-License-Identifier: Apache-2.0
//! The chain, as the services see it.
//!
//! - this file: what they ask, as a trait, so that tests can put another chain in its place;
//! - [`node`]: the real one, through a node;
//! - [`error`]: why there is no answer.

mod error;
pub mod node;

use std::collections::BTreeMap;

use assay_client::{
    types::{Balance, BlockNumber, JobId, Model, ModelId, OpenJob, ProviderStatus, Weight, Work},
    Call, SignedTransaction,
};
use futures::{future::BoxFuture, stream::BoxStream};

use crate::job::{
    decide::Sights,
    transaction::{Head, Outcome},
    StoredTransaction,
};
pub use error::PortError;
pub use node::Node;

/// What the chain is asked about at each block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Jobs with their models.
    pub jobs: Vec<(JobId, ModelId)>,
    /// Models whose auctions are of interest.
    pub auctions: Vec<ModelId>,
    /// The most auctions of one model.
    pub auction_limit: u32,
}

/// What the chain says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The best block.
    pub best: Head,
    /// The finalised block.
    pub finalised: Head,
    /// What they say of each job of interest.
    pub sights: BTreeMap<JobId, Sights>,
    /// Jobs in auction after the best block.
    pub auctions: Vec<(ModelId, OpenJob)>,
    /// The provider after the best block. `None` if it isn't registered.
    pub provider: Option<ProviderStatus>,
    /// What the signing account can spend, after the best block.
    pub balance: Balance,
    /// What the provider and its delegators lost in the best block, by job.
    pub slashed: Vec<(JobId, Balance)>,
}

/// What the worker must know of a job to accept or execute it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobFacts {
    /// The model.
    pub model: ModelId,
    /// Digest of the packed inputs.
    pub input_hash: [u8; 32],
    /// Number of inputs.
    pub inputs: u32,
    /// Codes of all outputs.
    pub output_codes: u32,
    /// Work of all inputs.
    pub work: Work,
}

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How it ended.
    pub outcome: Outcome,
    /// What it cost, if the chain says so.
    pub fee: Option<Balance>,
}

/// Limits of the runtime for one call of `submit_proof`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// The most jobs.
    pub jobs: usize,
    /// The most bytes of the call.
    pub bytes: usize,
    /// The most that the verification and all jobs weigh.
    pub weight: Weight,
    /// What each job weighs.
    pub job_weight: Weight,
}

impl CallLimits {
    /// Whether a block can take a proof for so many jobs whose verification has this weight.
    pub fn fits_a_block(&self, verification: Weight, jobs: usize) -> bool {
        let all = verification.plus(self.job_weight, jobs as u64);
        all.ref_time <= self.weight.ref_time && all.proof_size <= self.weight.proof_size
    }
}

/// A chain with a signing account. Every answer is bounded in size and time.
pub trait Port: Send + Sync + 'static {
    /// The hash of its genesis block.
    fn chain_id(&self) -> [u8; 32];

    /// Limits of `submit_proof`.
    fn call_limits(&self) -> CallLimits;

    /// An item for each new best block; some may be left out. Ends, or yields an error, when the connection is lost for good.
    fn best_blocks(
        &self,
    ) -> BoxFuture<'_, Result<BoxStream<'static, Result<BlockNumber, PortError>>, PortError>>;

    /// What the chain says now.
    fn observe<'a>(&'a self, interest: &'a Interest) -> BoxFuture<'a, Result<View, PortError>>;

    /// Every job that the provider holds after the best block.
    fn held_jobs(&self) -> BoxFuture<'_, Result<Vec<JobId>, PortError>>;

    /// A job that has not ended, after the best block.
    fn job(&self, job: JobId) -> BoxFuture<'_, Result<Option<JobFacts>, PortError>>;

    /// Numbers of the models that take jobs.
    fn active_models(&self) -> BoxFuture<'_, Result<Vec<ModelId>, PortError>>;

    /// A model, whatever its status.
    fn model(&self, model: ModelId) -> BoxFuture<'_, Result<Option<Model>, PortError>>;

    /// The verifying key of a model.
    fn key(&self, model: ModelId) -> BoxFuture<'_, Result<Option<Vec<u8>>, PortError>>;

    /// Packed inputs.
    fn inputs(&self, hash: [u8; 32]) -> BoxFuture<'_, Result<Option<Vec<u8>>, PortError>>;

    /// The weight limit for a proof over so many inputs of a model. `None` if the chain can't verify one.
    fn verification_weight(
        &self,
        model: ModelId,
        inputs: u32,
    ) -> BoxFuture<'_, Result<Option<Weight>, PortError>>;

    /// The nonce that the node proposes, what waits in its pool counted.
    fn next_nonce(&self) -> BoxFuture<'_, Result<u64, PortError>>;

    /// Signs a call, on the provider's behalf if the signing account is another one. Nothing is sent.
    fn sign<'a>(
        &'a self,
        call: &'a Call,
        nonce: u64,
        lifetime: u32,
    ) -> BoxFuture<'a, Result<SignedTransaction, PortError>>;

    /// What a signed call would cost at most.
    fn fee<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Balance, PortError>>;

    /// Sends a transaction. Sending it again is no error.
    fn submit<'a>(
        &'a self,
        transaction: &'a StoredTransaction,
    ) -> BoxFuture<'a, Result<(), PortError>>;

    /// Looks for a transaction in the best chain. `None` if it isn't there, or the node doesn't know any more what became of it.
    fn find<'a>(
        &'a self,
        transaction: &'a StoredTransaction,
    ) -> BoxFuture<'a, Result<Option<Seen>, PortError>>;
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn weigh_a_batch_by_its_verification_and_its_jobs() {
        let weight = |ref_time, proof_size| Weight {
            ref_time,
            proof_size,
        };
        let limits = CallLimits {
            jobs: 64,
            bytes: 64 * 1024,
            weight: weight(100, 50),
            job_weight: weight(10, 1),
        };
        assert!(limits.fits_a_block(weight(60, 46), 4));
        assert!(!limits.fits_a_block(weight(61, 46), 4));
        assert!(!limits.fits_a_block(weight(60, 47), 4));
        assert!(!limits.fits_a_block(weight(60, 46), 5));
    }
}
