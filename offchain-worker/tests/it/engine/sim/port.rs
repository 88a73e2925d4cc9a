// SPDX-License-Identifier: Apache-2.0
//! The chain as the worker's services see it.

use std::{collections::BTreeMap, time::Duration};

use assay_client::{
    types::{
        Balance, JobId, KeyFacts, Metadata, Model, ModelId, ModelStatus, OpenJob, Perbill,
        Position, ProviderStatus, Weight,
    },
    AccountId, Call, SignedTransaction,
};
use assay_worker::{
    chain::{CallLimits, Interest, JobFacts, Port, PortError, Seen, View},
    job::{
        decide::{Sight, Sights},
        transaction::{Head, Outcome as WorkerOutcome},
        Deal, StoredTransaction,
    },
};
use codec::Encode;
use futures::{
    future::{ready, BoxFuture},
    stream::{self, BoxStream},
    FutureExt, StreamExt,
};

use super::{
    market::{self, Outcome, CHAIN_ID},
    state::{hash, Account, State, Transaction, World},
    Sim,
};

/// How often it is looked whether there is a new block.
const POLL: Duration = Duration::from_millis(2);
/// The fee of every transaction.
pub(crate) const FEE: u128 = 1;

/// The chain, with a provider that signs for itself.
pub(crate) struct SimPort {
    sim: Sim,
    account: Account,
    jobs_per_block: u64,
}

impl SimPort {
    /// A block takes a proof for so many jobs at most. A call takes 64.
    pub(crate) fn new(sim: Sim, account: Account, jobs_per_block: u64) -> Self {
        Self {
            sim,
            account,
            jobs_per_block,
        }
    }

    fn ask<R>(&self, question: impl FnOnce(&State) -> R) -> Result<R, PortError> {
        self.sim.read(|state| match state.offline {
            true => Err(PortError::Unavailable("the node is gone".into())),
            false => Ok(question(state)),
        })
    }

    fn answer<R: Send + 'static>(
        &self,
        question: impl FnOnce(&State) -> R,
    ) -> BoxFuture<'static, Result<R, PortError>> {
        ready(self.ask(question)).boxed()
    }

    fn sight(&self, state: &State, world: &World, id: JobId, model: ModelId) -> Sight {
        if let Some(receipt) = world.receipts.get(&id) {
            return Sight::Settled {
                by_us: receipt.provider == self.account,
                price: receipt.price,
                bounty: 0,
                block: receipt.block,
            };
        }
        let Some(job) = world.jobs.get(&id) else {
            let barred = state.models.get(&model).is_some_and(|model| model.barred);
            return Sight::Gone { barred };
        };
        match job.accepted {
            None => Sight::Open,
            Some((provider, ..)) if provider != self.account => Sight::Theirs,
            Some((_, price, last)) => Sight::Ours(Deal {
                price,
                bounty: 0,
                deadline: last,
            }),
        }
    }

    fn head(&self, world: &World) -> Head {
        Head {
            number: world.number,
            hash: world.hash(),
            nonce: world.nonce(&self.account),
        }
    }

    fn view(&self, state: &State, interest: &Interest) -> View {
        let (best, finalised) = (state.best(), state.finalised());
        let sights = interest.jobs.iter().map(|(id, model)| {
            let sights = Sights {
                best: self.sight(state, best, *id, *model),
                finalised: self.sight(state, finalised, *id, *model),
            };
            (*id, sights)
        });
        let auctions = interest.auctions.iter().flat_map(|model| {
            let open = best
                .jobs
                .iter()
                .filter(move |(_, job)| job.model == *model && job.accepted.is_none());
            open.take(interest.auction_limit as usize)
                .map(|(id, job)| (*model, open_job(*id, job, best.number)))
        });
        View {
            best: self.head(best),
            finalised: self.head(finalised),
            sights: sights.collect::<BTreeMap<_, _>>(),
            auctions: auctions.collect(),
            provider: self.status(best),
            balance: 1_000_000_000,
            slashed: Vec::new(),
        }
    }

    fn status(&self, world: &World) -> Option<ProviderStatus> {
        let free = *world.collateral.get(&self.account)?;
        let held = world
            .jobs
            .values()
            .filter(|job| job.accepted.is_some_and(|(who, ..)| who == self.account));
        Some(ProviderStatus {
            own_bond: free,
            own_locked: 0,
            delegated: 0,
            delegated_locked: 0,
            pending: 0,
            open_jobs: held.count() as u32,
            free_collateral: free,
            commission: Perbill(0),
            next_commission: None,
            faults: 0,
            jailed_until: None,
            retired: false,
        })
    }
}

fn open_job(id: JobId, job: &market::Job, now: u32) -> OpenJob {
    let price = job.price(now);
    OpenJob {
        job: id,
        price,
        bounty: 0,
        max_price: job.max_price,
        collateral: job.collateral(price),
        inputs: job.inputs,
        work: 1_000 * u128::from(job.inputs),
        auction_ends: job.since + job.auction,
        proof_window: job.window,
    }
}

fn facts(state: &State, job: &market::Job) -> JobFacts {
    let key = state.models[&job.model].verifying_key();
    let per_input = key.circuit().output().cells() as u32;
    JobFacts {
        model: job.model,
        input_hash: job.input_hash,
        inputs: job.inputs,
        output_codes: job.inputs * per_input,
        work: 1_000 * u128::from(job.inputs),
    }
}

fn model_of(model: &market::Model) -> Model {
    let key = model.verifying_key();
    let format = model.format();
    Model {
        owner: AccountId::from([7; 32]),
        metadata: Metadata {
            name: b"test model".to_vec(),
            licence: b"CC0-1.0".to_vec(),
            weights_uri: model.uri.clone(),
            weights_hash: model.weights_hash.into(),
        },
        royalty: Perbill(0),
        status: match model.barred {
            true => ModelStatus::Barred,
            false => ModelStatus::Active,
        },
        key: KeyFacts {
            digest: (*key.digest()).into(),
            verifier_version: 1,
            input_elements: format.elements,
            input_min: format.min,
            input_max: format.max,
            output_elements: key.circuit().output().cells() as u32,
            max_batch: 64,
            work: 1_000,
            cost: super::cost(),
        },
        key_bytes: model.key.len() as u32,
        deposit: 0,
        jobs: 0,
        registered: Position {
            block: 1,
            index: None,
        },
    }
}

fn call_of(call: &Call) -> market::Call {
    match call.clone() {
        Call::Accept { job, min_price } => market::Call::Accept { job, min_price },
        Call::PublishEarlyResult { job, outputs } => market::Call::Early { job, outputs },
        Call::SubmitProof {
            jobs,
            outputs,
            proof,
            ..
        } => market::Call::Submit {
            jobs,
            outputs,
            proof,
        },
        Call::BatchAll(calls) if calls.is_empty() => market::Call::Nothing,
        other => panic!("the worker has no business with {other:?}"),
    }
}

fn outcome_of(outcome: &Outcome) -> WorkerOutcome {
    match outcome {
        Outcome::Done => WorkerOutcome::Succeeded,
        Outcome::Failed(reason) => WorkerOutcome::Failed(reason.clone()),
        Outcome::ProofRejected(reason) => WorkerOutcome::ProofRejected(reason.clone()),
    }
}

impl Port for SimPort {
    fn chain_id(&self) -> [u8; 32] {
        CHAIN_ID
    }

    fn call_limits(&self) -> CallLimits {
        CallLimits {
            jobs: 64,
            bytes: 64 * 1024,
            // Verifying takes one, and each job.
            weight: Weight {
                ref_time: 1 + self.jobs_per_block,
                proof_size: u64::MAX,
            },
            job_weight: Weight {
                ref_time: 1,
                proof_size: 1,
            },
        }
    }

    fn best_blocks(
        &self,
    ) -> BoxFuture<'_, Result<BoxStream<'static, Result<u32, PortError>>, PortError>> {
        let sim = self.sim.clone();
        let blocks = stream::unfold(None, move |last: Option<[u8; 32]>| {
            let sim = sim.clone();
            async move {
                loop {
                    let (offline, number, hash) =
                        sim.read(|state| (state.offline, state.best().number, state.best().hash()));
                    if offline {
                        let gone = PortError::Unavailable("the node is gone".into());
                        return Some((Err(gone), last));
                    }
                    if last != Some(hash) {
                        return Some((Ok(number), Some(hash)));
                    }
                    tokio::time::sleep(POLL).await;
                }
            }
        });
        let stream = self.ask(|_| ()).map(|()| blocks.boxed());
        ready(stream).boxed()
    }

    fn observe<'a>(&'a self, interest: &'a Interest) -> BoxFuture<'a, Result<View, PortError>> {
        self.answer(|state| self.view(state, interest))
    }

    fn held_jobs(&self) -> BoxFuture<'_, Result<Vec<JobId>, PortError>> {
        self.answer(|state| {
            let jobs = state.best().jobs.iter();
            jobs.filter(|(_, job)| job.accepted.is_some_and(|(who, ..)| who == self.account))
                .map(|(id, _)| *id)
                .collect()
        })
    }

    fn job(&self, job: JobId) -> BoxFuture<'_, Result<Option<JobFacts>, PortError>> {
        self.answer(|state| state.best().jobs.get(&job).map(|job| facts(state, job)))
    }

    fn active_models(&self) -> BoxFuture<'_, Result<Vec<ModelId>, PortError>> {
        self.answer(|state| {
            let models = state.models.iter();
            models
                .filter(|(_, model)| !model.barred)
                .map(|(id, _)| *id)
                .collect()
        })
    }

    fn model(&self, model: ModelId) -> BoxFuture<'_, Result<Option<Model>, PortError>> {
        self.answer(|state| state.models.get(&model).map(model_of))
    }

    fn key(&self, model: ModelId) -> BoxFuture<'_, Result<Option<Vec<u8>>, PortError>> {
        self.answer(|state| state.models.get(&model).map(|model| model.key.clone()))
    }

    fn inputs(&self, hash: [u8; 32]) -> BoxFuture<'_, Result<Option<Vec<u8>>, PortError>> {
        self.answer(|state| state.inputs.get(&hash).cloned())
    }

    fn verification_weight(
        &self,
        _: ModelId,
        _: u32,
    ) -> BoxFuture<'_, Result<Option<Weight>, PortError>> {
        self.answer(|_| {
            Some(Weight {
                ref_time: 1,
                proof_size: 1,
            })
        })
    }

    fn next_nonce(&self) -> BoxFuture<'_, Result<u64, PortError>> {
        self.answer(|state| state.next_nonce(&self.account))
    }

    fn sign<'a>(
        &'a self,
        call: &'a Call,
        nonce: u64,
        lifetime: u32,
    ) -> BoxFuture<'a, Result<SignedTransaction, PortError>> {
        self.answer(|state| {
            let born = state.finalised().number;
            let transaction = Transaction {
                signer: self.account,
                nonce,
                born,
                dies: born + lifetime,
                call: call_of(call),
            };
            let bytes = transaction.encode();
            SignedTransaction {
                hash: hash(&bytes).into(),
                bytes,
                signer: AccountId::from(self.account),
                nonce,
                born,
                dies: Some(born + lifetime),
            }
        })
    }

    fn fee<'a>(&'a self, _: &'a Call) -> BoxFuture<'a, Result<Balance, PortError>> {
        self.answer(|_| FEE)
    }

    fn submit<'a>(
        &'a self,
        transaction: &'a StoredTransaction,
    ) -> BoxFuture<'a, Result<(), PortError>> {
        let submitted = self.sim.change(|state| match state.offline {
            true => Err(PortError::Unavailable("the node is gone".into())),
            false => state.submit(&transaction.bytes).map_err(PortError::Refused),
        });
        ready(submitted).boxed()
    }

    fn find<'a>(
        &'a self,
        transaction: &'a StoredTransaction,
    ) -> BoxFuture<'a, Result<Option<Seen>, PortError>> {
        self.answer(|state| {
            state.find(&transaction.bytes).map(|outcome| Seen {
                outcome: outcome_of(outcome),
                fee: Some(FEE),
            })
        })
    }
}
