// SPDX-License-Identifier: Apache-2.0
//! Reads of the state after one block: storage and runtime APIs.

use subxt::{
    ext::scale_decode::DecodeAsType,
    storage::{Address, PrefixOf},
};

use super::{blocks::number, ChainError, ClientAt};
use crate::{
    runtime::api,
    types::{
        AccountBalance, Balance, BlockNumber, Concentration, DelegationStatus, Dimension, EraIndex,
        Job, JobId, MarketLimits, Model, ModelId, OpenJob, Perbill, Provider, ProviderStatus, Quote, Receipt,
    },
    AccountId, Hash,
};

/// The state after one block.
#[derive(Clone)]
pub struct At {
    pub(crate) client: ClientAt,
    number: BlockNumber,
}

impl std::fmt::Debug for At {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "At(#{} {:?})", self.number, self.hash())
    }
}

/// The pallets that make a chain an Assay chain.
const PALLETS: [&str; 3] = ["ModelRegistry", "Verification", "InferenceMarket"];
/// The most entries of a map that one question looks through.
const MAX_SCANNED: usize = 1 << 18;

impl At {
    pub(super) fn new(client: ClientAt) -> Result<Self, ChainError> {
        let number = number(client.block_number())?;
        Ok(Self { client, number })
    }

    /// Fails if the runtime has not the market's pallets. That their types are as expected is checked with each use.
    pub(super) fn check_runtime(&self) -> Result<(), ChainError> {
        let metadata = self.client.metadata_ref();
        match PALLETS.iter().find(|name| metadata.pallet_by_name(name).is_none()) {
            Some(missing) => Err(ChainError::Incompatible(format!("it has no pallet {missing}"))),
            None => Ok(()),
        }
    }

    /// The block's number.
    pub fn number(&self) -> BlockNumber {
        self.number
    }

    /// The block's hash.
    pub fn hash(&self) -> Hash {
        self.client.block_hash()
    }

    /// One value of a storage map.
    pub(super) async fn value<A: Address>(
        &self,
        address: A,
        key: A::KeyParts,
    ) -> Result<Option<A::Value>, ChainError> {
        let value = self.client.storage().try_fetch(address, key).await;
        match value.map_err(ChainError::from_subxt)? {
            Some(value) => value.decode().map(Some).map_err(ChainError::from_subxt),
            None => Ok(None),
        }
    }

    /// At most `limit` entries of a storage map for which `select` gives something, in no particular order.
    async fn entries<A, T>(
        &self,
        address: A,
        limit: usize,
        select: impl Fn(A::KeyParts, A::Value) -> Option<T>,
    ) -> Result<Vec<T>, ChainError>
    where
        A: Address,
        (): PrefixOf<A::KeyParts>,
    {
        let entries = self.client.storage().iter(address, ()).await;
        let mut entries = entries.map_err(ChainError::from_subxt)?;
        let mut list = Vec::new();
        for _ in 0..MAX_SCANNED {
            if list.len() >= limit {
                return Ok(list);
            }
            let Some(entry) = entries.next().await else {
                return Ok(list);
            };
            let entry = entry.map_err(ChainError::from_subxt)?;
            let key = entry.key().map_err(ChainError::from_subxt)?;
            let key = key.decode().map_err(ChainError::from_subxt)?;
            let value = entry.value().decode().map_err(ChainError::from_subxt)?;
            list.extend(select(key, value));
        }
        Err(ChainError::Node(format!(
            "the chain has more than {MAX_SCANNED} entries to look through: ask an indexer"
        )))
    }

    /// The answer of a runtime API.
    async fn ask<P>(&self, question: P) -> Result<P::ReturnType, ChainError>
    where
        P: subxt::runtime_apis::Payload,
    {
        let answer = self.client.runtime_apis().call(question).await;
        answer.map_err(ChainError::from_subxt)
    }
}

/// Jobs.
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
}

/// Models.
impl At {
    /// A model's record.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn model(&self, model: ModelId) -> Result<Option<Model>, ChainError> {
        self.value(api::storage().model_registry().models(), (model,))
            .await
    }

    /// At most `limit` models, by number.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn models(&self, limit: usize) -> Result<Vec<(ModelId, Model)>, ChainError> {
        let address = api::storage().model_registry().models();
        let select = |(id,): (ModelId,), model| Some((id, model));
        let mut models = self.entries(address, limit, select).await?;
        models.sort_by_key(|(id, _)| *id);
        Ok(models)
    }

    /// A model's verifying key.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn key(&self, model: ModelId) -> Result<Option<Vec<u8>>, ChainError> {
        let address = api::storage().model_registry().keys();
        Ok(self.value(address, (model,)).await?.map(|key| key.0))
    }
}

/// Stake.
impl At {
    /// A provider's record.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn provider(&self, provider: &AccountId) -> Result<Option<Provider>, ChainError> {
        self.value(api::storage().verification().providers(), (*provider,))
            .await
    }

    /// At most `limit` providers, in no particular order.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn providers(&self, limit: usize) -> Result<Vec<(AccountId, Provider)>, ChainError> {
        let address = api::storage().verification().providers();
        let select = |(account,): (AccountId,), provider| Some((account, provider));
        self.entries(address, limit, select).await
    }

    /// A provider's state, with pending slashes applied.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn provider_status(
        &self,
        provider: &AccountId,
    ) -> Result<Option<ProviderStatus>, ChainError> {
        let question = api::runtime_apis().staking_api().provider_status(*provider);
        self.ask(question).await
    }

    /// A delegation's state, with pending slashes applied.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn delegation_status(
        &self,
        provider: &AccountId,
        delegator: &AccountId,
    ) -> Result<Option<DelegationStatus>, ChainError> {
        let apis = api::runtime_apis();
        let question = apis
            .staking_api()
            .delegation_status(*provider, *delegator);
        self.ask(question).await
    }

    /// At most `limit` providers to which `delegator` has delegated.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn delegations_of(
        &self,
        delegator: &AccountId,
        limit: usize,
    ) -> Result<Vec<AccountId>, ChainError> {
        let address = api::storage().verification().delegations();
        let select =
            |(provider, who): (AccountId, AccountId), _| (who == *delegator).then_some(provider);
        self.entries(address, limit, select).await
    }

    /// The collateral that a job at this price needs, and the part of it that must be the provider's own.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn collateral(
        &self,
        price: Balance,
        min_collateral: Balance,
    ) -> Result<(Balance, Balance), ChainError> {
        let apis = api::runtime_apis();
        self.ask(apis.staking_api().collateral(price, min_collateral))
            .await
    }

    /// An account's balance.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn balance(&self, account: &AccountId) -> Result<AccountBalance, ChainError> {
        let address = subxt::dynamic::storage::<(AccountId,), AccountInfo>("System", "Account");
        let info = self.value(address, (*account,)).await?;
        Ok(info.map(AccountBalance::from).unwrap_or_default())
    }

    /// The balances of at most `limit` accounts, in no particular order.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn balances(
        &self,
        limit: usize,
    ) -> Result<Vec<(AccountId, AccountBalance)>, ChainError> {
        let address = subxt::dynamic::storage::<(AccountId,), AccountInfo>("System", "Account");
        let select = |(account,): (AccountId,), info| Some((account, AccountBalance::from(info)));
        self.entries(address, limit, select).await
    }

    /// All tokens that exist.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn total_issuance(&self) -> Result<Balance, ChainError> {
        let address = subxt::dynamic::storage::<(), Balance>("Balances", "TotalIssuance");
        Ok(self.value(address, ()).await?.unwrap_or_default())
    }

    /// What the market allows in one call of `submit_proof`.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn market_limits(&self) -> Result<MarketLimits, ChainError> {
        let constant = |name: &str| {
            let address = subxt::dynamic::constant::<u32>("InferenceMarket", name);
            let value = self.client.constants().entry(address);
            value.map_err(ChainError::from_subxt)
        };
        Ok(MarketLimits {
            max_jobs_per_proof: constant("MaxJobsPerProof")?,
            max_proof_call_bytes: constant("MaxProofCallBytes")?,
            max_input_bytes: constant("MaxInputBytes")?,
            max_outputs: constant("MaxOutputs")?,
        })
    }
}

/// The part of `frame_system::AccountInfo` that clients need. The system's pallet is not among the generated ones: it would
/// bring the types of every other pallet with it.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
struct AccountInfo {
    nonce: u32,
    data: AccountData,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
struct AccountData {
    free: Balance,
    reserved: Balance,
    frozen: Balance,
}

impl From<AccountInfo> for AccountBalance {
    fn from(info: AccountInfo) -> Self {
        Self {
            nonce: info.nonce,
            free: info.data.free,
            reserved: info.data.reserved,
            frozen: info.data.frozen,
        }
    }
}

/// Concentration.
impl At {
    /// The era of the block.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn current_era(&self) -> Result<EraIndex, ChainError> {
        self.ask(api::runtime_apis().staking_api().current_era())
            .await
    }

    /// The numbers of an era; `None` if they are no longer kept.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn concentration(
        &self,
        era: EraIndex,
        dimension: Dimension,
    ) -> Result<Option<Concentration>, ChainError> {
        let apis = api::runtime_apis();
        let question = apis.concentration_api().concentration(era, dimension);
        self.ask(question).await
    }

    /// The largest parties of an era with their shares, largest first.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn largest(
        &self,
        era: EraIndex,
        dimension: Dimension,
    ) -> Result<Vec<(AccountId, Perbill)>, ChainError> {
        self.ask(api::runtime_apis().concentration_api().largest(era, dimension))
            .await
    }

    /// One party's share in an era, if it is known.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn share(
        &self,
        era: EraIndex,
        dimension: Dimension,
        party: &AccountId,
    ) -> Result<Option<Perbill>, ChainError> {
        let apis = api::runtime_apis();
        let question = apis.concentration_api().share(era, dimension, *party);
        self.ask(question).await
    }
}
