// SPDX-License-Identifier: Apache-2.0
//! The chain through a node: [`Port`] on `assay-client`.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        atomic::{AtomicBool, Ordering},
        PoisonError, RwLock,
    },
    time::Duration,
};

use assay_client::{
    types::{
        Balance, BlockNumber, Event, Job, JobId, JobState, Model, ModelId, ModelStatus,
        ProofOutcome, Weight,
    },
    AccountId, At, Call, Chain, ChainError, Inclusion, ProxyFor, SignedTransaction, Signer,
    TransactionOptions,
};
use futures::{
    future::BoxFuture,
    stream::{self, BoxStream},
    FutureExt, StreamExt, TryStreamExt,
};

use super::{CallLimits, Interest, JobFacts, Port, PortError, Seen, View};
use crate::{
    config,
    job::{
        decide::{Sight, Sights},
        transaction::{Head, Outcome},
        Deal, StoredTransaction,
    },
};

/// Questions that are asked at the same time.
const AT_ONCE: usize = 8;
/// The most jobs and models that are listed.
const MOST_LISTED: usize = 4_096;
/// The kind of proxy that a worker's key is.
const PROXY_KIND: &str = "Worker";

/// A node, and the key that signs.
pub struct Node {
    chain: RwLock<Chain>,
    /// Whether it didn't answer in time.
    silent: AtomicBool,
    urls: Vec<String>,
    genesis: [u8; 32],
    patience: Duration,
    limits: CallLimits,
    signer: Signer,
    provider: AccountId,
}

impl Node {
    /// Connects to the first of the configured nodes that answers.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if none answers, [`PortError::Genesis`] if one is on another chain.
    pub async fn connect(
        config: &config::Chain,
        provider: AccountId,
        signer: Signer,
    ) -> Result<Self, PortError> {
        let (chain, _) = first_that_answers(&config.urls, 0, config.genesis).await?;
        let limits = chain.best().await?.market_limits().await?;
        Ok(Self {
            genesis: chain.chain_id(),
            chain: RwLock::new(chain),
            silent: AtomicBool::new(false),
            urls: config.urls.clone(),
            patience: Duration::from_secs(config.request_timeout_seconds.max(1)),
            limits: CallLimits {
                jobs: limits.max_jobs_per_proof as usize,
                bytes: limits.max_proof_call_bytes as usize,
                weight: limits.max_proof_weight,
                job_weight: limits.job_weight,
            },
            signer,
            provider,
        })
    }

    fn chain(&self) -> Chain {
        let chain = self.chain.read();
        chain.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bounds the time of an answer.
    async fn within<T, E: Into<PortError>>(
        &self,
        what: &'static str,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, PortError> {
        match tokio::time::timeout(self.patience, answer).await {
            Ok(answer) => answer.map_err(Into::into),
            Err(_) => {
                self.silent.store(true, Ordering::Relaxed);
                Err(PortError::TimedOut {
                    what,
                    seconds: self.patience.as_secs(),
                })
            }
        }
    }

    /// Goes on to the next node if this one has been silent.
    async fn replace_if_silent(&self) -> Result<(), PortError> {
        if !self.silent.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let current = self.chain().url().to_string();
        let position = self.urls.iter().position(|url| *url == current);
        let next = position.map_or(0, |position| position + 1);
        let (chain, url) = first_that_answers(&self.urls, next, Some(self.genesis)).await?;
        tracing::warn!(url = %config::redact(&url), "connected to another node: the last one was silent");
        *self.chain.write().unwrap_or_else(PoisonError::into_inner) = chain;
        Ok(())
    }

    fn options(&self, nonce: Option<u64>, lifetime: u32) -> TransactionOptions {
        let by_proxy = self.signer.account() != self.provider;
        TransactionOptions {
            nonce,
            mortality: Some(lifetime),
            tip: 0,
            proxy: by_proxy.then(|| ProxyFor {
                real: self.provider,
                kind: Some(PROXY_KIND.into()),
            }),
        }
    }

    async fn head(&self, at: &At) -> Result<(Head, Balance), ChainError> {
        let account = at.balance(&self.signer.account()).await?;
        let head = Head {
            number: at.number(),
            hash: at.hash().0,
            nonce: account.nonce.into(),
        };
        Ok((head, account.free.saturating_sub(account.frozen)))
    }

    async fn sight(&self, at: &At, id: JobId, model: ModelId) -> Result<Sight, ChainError> {
        if let Some(job) = at.job(id).await? {
            return self.sight_of(at, id, &job).await;
        }
        if let Some(receipt) = at.receipt(id).await? {
            return Ok(Sight::Settled {
                by_us: receipt.provider == self.provider,
                price: receipt.price,
                bounty: receipt.bounty,
                block: receipt.settled.block,
            });
        }
        let status = at.model(model).await?.map(|model| model.status);
        Ok(Sight::Gone {
            barred: status == Some(ModelStatus::Barred),
        })
    }

    async fn sight_of(&self, at: &At, id: JobId, job: &Job) -> Result<Sight, ChainError> {
        let acceptance = match &job.state {
            JobState::Open { .. } => return Ok(Sight::Open),
            JobState::Accepted(acceptance) if acceptance.provider != self.provider => {
                return Ok(Sight::Theirs)
            }
            JobState::Accepted(acceptance) => acceptance,
        };
        let deadline = at.proof_deadline(id).await?;
        Ok(Sight::Ours(Deal {
            price: acceptance.price,
            bounty: job.bounty,
            deadline: deadline.unwrap_or(acceptance.last),
        }))
    }

    async fn sights(
        &self,
        at: &At,
        jobs: &[(JobId, ModelId)],
    ) -> Result<BTreeMap<JobId, Sight>, ChainError> {
        let question = |(id, model)| async move { Ok((id, self.sight(at, id, model).await?)) };
        let questions = jobs.iter().copied().map(question);
        stream::iter(questions)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn view(&self, interest: &Interest) -> Result<View, ChainError> {
        let chain = self.chain();
        let finalised_at = chain.finalised().await?;
        let best_at = chain.best().await?;
        let (best, balance) = self.head(&best_at).await?;
        let best_sights = self.sights(&best_at, &interest.jobs).await?;
        let (finalised, finalised_sights) = if best_at.hash() == finalised_at.hash() {
            (best, best_sights.clone())
        } else {
            let (head, _) = self.head(&finalised_at).await?;
            (head, self.sights(&finalised_at, &interest.jobs).await?)
        };
        let sights = best_sights.into_iter().filter_map(|(id, best)| {
            let finalised = *finalised_sights.get(&id)?;
            Some((id, Sights { best, finalised }))
        });
        let mut auctions = Vec::new();
        for model in &interest.auctions {
            let open = best_at.open_jobs(*model, interest.auction_limit).await?;
            auctions.extend(open.into_iter().map(|job| (*model, job)));
        }
        Ok(View {
            best,
            finalised,
            sights: sights.collect(),
            auctions,
            provider: best_at.provider_status(&self.provider).await?,
            balance,
            slashed: self.slashed(&best_at).await?,
        })
    }

    /// What the provider and its delegators lost in a block.
    async fn slashed(&self, at: &At) -> Result<Vec<(JobId, Balance)>, ChainError> {
        let events = at.events().await?;
        let of_event = |event: &Event| match event {
            Event::Slashed {
                job,
                provider,
                outcome,
                ..
            } if *provider == self.provider => {
                Some((*job, outcome.own.saturating_add(outcome.delegated)))
            }
            _ => None,
        };
        Ok(events.iter().filter_map(of_event).collect())
    }

    /// Looks into the blocks that may have a transaction, the newest first.
    async fn search(&self, transaction: &StoredTransaction) -> Result<Option<Seen>, ChainError> {
        let chain = self.chain();
        let best = chain.best().await?.number();
        let last = transaction
            .dies
            .map_or(best, |dies| dies.saturating_sub(1))
            .min(best);
        for number in (transaction.born.saturating_add(1)..=last).rev() {
            let at = match chain.at_number(number).await {
                // The node has pruned the state: it doesn't know what became of older ones either.
                Err(ChainError::NoBlock(_)) => return Ok(None),
                at => at?,
            };
            if let Some(inclusion) = at.find_transaction(transaction.hash.into()).await? {
                return Ok(Some(seen(&inclusion)));
            }
        }
        Ok(None)
    }
}

/// The first node from the `start`th on, round the list, that answers and is on the right chain.
async fn first_that_answers(
    urls: &[String],
    start: usize,
    genesis: Option<[u8; 32]>,
) -> Result<(Chain, String), PortError> {
    let mut last = PortError::Unavailable("no node is configured".into());
    for step in 0..urls.len() {
        let url = &urls[(start + step) % urls.len()];
        match Chain::connect(url).await {
            Ok(chain) => match genesis {
                Some(expected) if expected != chain.chain_id() => {
                    return Err(PortError::Genesis {
                        found: chain.chain_id(),
                        expected,
                    })
                }
                _ => return Ok((chain, url.clone())),
            },
            Err(error) => {
                tracing::debug!(url = %config::redact(url), %error, "a node does not answer");
                last = error.into();
            }
        }
    }
    Err(last)
}

/// More than verifying so many inputs weighs, reading them included. What isn't used is refunded.
fn generous(model: &Model, inputs: u32) -> Weight {
    let verification = model.key.cost.weight(inputs);
    let bytes = u64::from(inputs).saturating_mul(4 * u64::from(model.key.input_elements));
    Weight {
        ref_time: verification
            .ref_time
            .saturating_add(verification.ref_time / 4),
        proof_size: verification
            .proof_size
            .saturating_add(bytes)
            .saturating_add(64 << 10),
    }
}

fn seen(inclusion: &Inclusion) -> Seen {
    let rejected = inclusion.events.iter().find_map(|event| match event {
        Event::ProofChecked {
            outcome: ProofOutcome::Rejected(reason),
            ..
        } => Some(format!("{reason:?}")),
        _ => None,
    });
    let outcome = match (&inclusion.outcome, rejected) {
        (Err(failure), _) => Outcome::Failed(failure.to_string()),
        (Ok(()), Some(reason)) => Outcome::ProofRejected(reason),
        (Ok(()), None) => Outcome::Succeeded,
    };
    Seen {
        outcome,
        fee: inclusion.fee,
    }
}

impl Port for Node {
    fn chain_id(&self) -> [u8; 32] {
        self.genesis
    }

    fn call_limits(&self) -> CallLimits {
        self.limits
    }

    fn best_blocks(
        &self,
    ) -> BoxFuture<'_, Result<BoxStream<'static, Result<BlockNumber, PortError>>, PortError>> {
        async {
            self.replace_if_silent().await?;
            let chain = self.chain();
            let blocks = self.within("best blocks", chain.best_blocks()).await?;
            let numbers = blocks.map(|block| Ok(block?.number));
            Ok(numbers.boxed())
        }
        .boxed()
    }

    fn observe<'a>(&'a self, interest: &'a Interest) -> BoxFuture<'a, Result<View, PortError>> {
        self.within("state", self.view(interest)).boxed()
    }

    fn held_jobs(&self) -> BoxFuture<'_, Result<Vec<JobId>, PortError>> {
        let question = async {
            let at = self.chain().best().await?;
            let jobs = at.jobs_held_by(&self.provider, MOST_LISTED).await?;
            Ok::<_, ChainError>(jobs.into_iter().map(|(id, _)| id).collect())
        };
        self.within("held jobs", question).boxed()
    }

    fn job(&self, job: JobId) -> BoxFuture<'_, Result<Option<JobFacts>, PortError>> {
        let question = async move {
            let found = self.chain().best().await?.job(job).await?;
            Ok::<_, ChainError>(found.map(|job| JobFacts {
                model: job.model,
                input_hash: job.input_hash.0,
                inputs: job.inputs,
                output_codes: job.outputs,
                work: job.work,
            }))
        };
        self.within("job", question).boxed()
    }

    fn active_models(&self) -> BoxFuture<'_, Result<Vec<ModelId>, PortError>> {
        let question = async {
            let models = self.chain().best().await?.models(MOST_LISTED).await?;
            let active = models
                .into_iter()
                .filter(|(_, model)| model.status == ModelStatus::Active);
            Ok::<_, ChainError>(active.map(|(id, _)| id).collect())
        };
        self.within("models", question).boxed()
    }

    fn model(&self, model: ModelId) -> BoxFuture<'_, Result<Option<Model>, PortError>> {
        let question = async move { self.chain().best().await?.model(model).await };
        self.within("model", question).boxed()
    }

    fn key(&self, model: ModelId) -> BoxFuture<'_, Result<Option<Vec<u8>>, PortError>> {
        let question = async move { self.chain().best().await?.key(model).await };
        self.within("verifying key", question).boxed()
    }

    fn inputs(&self, hash: [u8; 32]) -> BoxFuture<'_, Result<Option<Vec<u8>>, PortError>> {
        let question = async move { self.chain().best().await?.inputs(hash.into()).await };
        self.within("inputs", question).boxed()
    }

    fn verification_weight(
        &self,
        model: ModelId,
        inputs: u32,
    ) -> BoxFuture<'_, Result<Option<Weight>, PortError>> {
        let question = async move {
            let at = self.chain().best().await?;
            if let Some(quote) = at.quote(model, inputs).await? {
                return Ok::<_, ChainError>(Some(quote.verification_weight));
            }
            // No quotes for a model that its owner has withdrawn, whose last jobs are still to be served.
            let retired = at
                .model(model)
                .await?
                .filter(|model| model.status == ModelStatus::Retired);
            Ok(retired.map(|model| generous(&model, inputs)))
        };
        self.within("verification weight", question).boxed()
    }

    fn next_nonce(&self) -> BoxFuture<'_, Result<u64, PortError>> {
        let question = async {
            let chain = self.chain();
            chain.next_nonce(&self.signer.account()).await
        };
        self.within("nonce", question).boxed()
    }

    fn sign<'a>(
        &'a self,
        call: &'a Call,
        nonce: u64,
        lifetime: u32,
    ) -> BoxFuture<'a, Result<SignedTransaction, PortError>> {
        let question = async move {
            let options = self.options(Some(nonce), lifetime);
            self.chain().sign(&self.signer, call, &options).await
        };
        self.within("signing", question).boxed()
    }

    fn fee<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Balance, PortError>> {
        let question = async move {
            let chain = self.chain();
            let options = self.options(None, 64);
            let signed = chain.sign(&self.signer, call, &options).await?;
            chain.fee(&signed).await
        };
        self.within("fee", question).boxed()
    }

    fn submit<'a>(
        &'a self,
        transaction: &'a StoredTransaction,
    ) -> BoxFuture<'a, Result<(), PortError>> {
        let question = async move {
            let signed = SignedTransaction {
                bytes: transaction.bytes.clone(),
                hash: transaction.hash.into(),
                signer: AccountId::from(transaction.signer),
                nonce: transaction.nonce,
                born: transaction.born,
                dies: transaction.dies,
            };
            self.chain().submit(&signed).await
        };
        self.within("submission", question).boxed()
    }

    fn find<'a>(
        &'a self,
        transaction: &'a StoredTransaction,
    ) -> BoxFuture<'a, Result<Option<Seen>, PortError>> {
        self.within("transaction", self.search(transaction)).boxed()
    }
}
