// SPDX-License-Identifier: Apache-2.0
//! Jobs, their inputs and outputs, receipts.

use subxt::ext::scale_decode::DecodeAsType;

use super::At;
use crate::{
    chain::ChainError,
    runtime::api,
    types::{Balance, BlockNumber, Job, JobId, MarketLimits, ModelId, OpenJob, Quote, Receipt},
    AccountId, Hash,
};

impl At {
    /// A job that has not ended.
    ///
    /// # Errors
    ///
    /// [`ChainError`], as of all reads.
    pub async fn job(&self, job: JobId) -> Result<Option<Job>, ChainError> {
        self.value(api::storage().inference_market().jobs(), (job,))
            .await
    }

    /// At most `limit` jobs that have not ended, by number.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn jobs(&self, limit: usize) -> Result<Vec<(JobId, Job)>, ChainError> {
        self.jobs_that(limit, |_| true).await
    }

    /// At most `limit` jobs that `provider` has accepted and not settled, by number.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn jobs_held_by(
        &self,
        provider: &AccountId,
        limit: usize,
    ) -> Result<Vec<(JobId, Job)>, ChainError> {
        let held = |job: &Job| job.acceptance().is_some_and(|a| a.provider == *provider);
        self.jobs_that(limit, held).await
    }

    async fn jobs_that(
        &self,
        limit: usize,
        wanted: impl Fn(&Job) -> bool,
    ) -> Result<Vec<(JobId, Job)>, ChainError> {
        let address = api::storage().inference_market().jobs();
        let select = |(id,): (JobId,), job: Job| wanted(&job).then_some((id, job));
        let mut jobs = self.entries(address, limit, select).await?;
        jobs.sort_by_key(|(id, _)| *id);
        Ok(jobs)
    }

    /// The number that the next job will have.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn next_job(&self) -> Result<JobId, ChainError> {
        let address = api::storage().inference_market().next_job_id();
        Ok(self.value(address, ()).await?.unwrap_or_default())
    }

    /// A settled job's receipt, as long as it is kept.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn receipt(&self, job: JobId) -> Result<Option<Receipt>, ChainError> {
        self.value(api::storage().inference_market().receipts(), (job,))
            .await
    }

    /// At most `limit` receipts, by number.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn receipts(&self, limit: usize) -> Result<Vec<(JobId, Receipt)>, ChainError> {
        let address = api::storage().inference_market().receipts();
        let select = |(id,): (JobId,), receipt| Some((id, receipt));
        let mut receipts = self.entries(address, limit, select).await?;
        receipts.sort_by_key(|(id, _)| *id);
        Ok(receipts)
    }

    /// Packed inputs by their digest, as long as a job needs them.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn inputs(&self, digest: Hash) -> Result<Option<Vec<u8>>, ChainError> {
        let address = api::storage().inference_market().inputs();
        let stored = self.value(address, (digest,)).await?;
        Ok(stored.map(|stored| stored.packed))
    }

    /// The output codes that a job's provider has published before proving them.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn early_result(&self, job: JobId) -> Result<Option<Vec<i32>>, ChainError> {
        let address = api::storage().inference_market().early_results();
        Ok(self.value(address, (job,)).await?.map(|codes| codes.0))
    }

    /// At most `limit` jobs of a model that can be accepted.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn open_jobs(&self, model: ModelId, limit: u32) -> Result<Vec<OpenJob>, ChainError> {
        let question = api::runtime_apis().market_api().open_jobs(model, limit);
        self.ask(question).await
    }

    /// The price of a job in auction, without the bounty; `None` if nobody can accept it.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn current_price(&self, job: JobId) -> Result<Option<Balance>, ChainError> {
        self.ask(api::runtime_apis().market_api().current_price(job))
            .await
    }

    /// The last block in which a proof for an accepted job counts, as it looks now.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn proof_deadline(&self, job: JobId) -> Result<Option<BlockNumber>, ChainError> {
        self.ask(api::runtime_apis().market_api().proof_deadline(job))
            .await
    }

    /// What a job with so many inputs costs; `None` if the model takes no jobs or not so many inputs.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn quote(&self, model: ModelId, inputs: u32) -> Result<Option<Quote>, ChainError> {
        self.ask(api::runtime_apis().market_api().quote(model, inputs))
            .await
    }

    /// Whether `provider` could accept `job` now.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn can_accept(&self, provider: &AccountId, job: JobId) -> Result<bool, ChainError> {
        let question = api::runtime_apis().market_api().can_accept(*provider, job);
        self.ask(question).await
    }

    /// What the market allows in one call of `submit_proof`.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn market_limits(&self) -> Result<MarketLimits, ChainError> {
        Ok(MarketLimits {
            max_jobs_per_proof: self.market_constant("MaxJobsPerProof")?,
            max_proof_call_bytes: self.market_constant("MaxProofCallBytes")?,
            max_input_bytes: self.market_constant("MaxInputBytes")?,
            max_outputs: self.market_constant("MaxOutputs")?,
            max_proof_weight: self.market_constant("MaxProofWeight")?,
            job_weight: self.market_constant("JobWeight")?,
        })
    }

    fn market_constant<T: DecodeAsType>(&self, name: &str) -> Result<T, ChainError> {
        let address = subxt::dynamic::constant::<T>("InferenceMarket", name);
        let value = self.client.constants().entry(address);
        value.map_err(ChainError::from_subxt)
    }
}
