// SPDX-License-Identifier: Apache-2.0
//! The market's rules.

use assay_client::codes::{job_bytes, unpack, InputFormat};
use assay_proof::{verify, Context, Statement, VerifyingKey};
use codec::{Decode, Encode};

use super::state::{hash, Account, State, World};

/// Identity of the chain.
pub(crate) const CHAIN_ID: [u8; 32] = [0xa5; 32];
/// Blocks after the proof window in which a proof still counts.
const GRACE: u32 = 2;
/// Collateral is so many times the price.
const COLLATERAL_RATIO: u128 = 2;

/// A registered model.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct Model {
    pub(crate) key: Vec<u8>,
    pub(crate) uri: Vec<u8>,
    pub(crate) weights_hash: [u8; 32],
    pub(crate) barred: bool,
}

impl Model {
    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::from_trusted_bytes(&self.key).unwrap()
    }

    pub(crate) fn format(&self) -> InputFormat {
        let key = self.verifying_key();
        let input = key.circuit().input();
        InputFormat {
            elements: input.cells() as u32,
            min: input.range.low,
            max: input.range.high,
        }
    }
}

/// A job that has not ended.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct Job {
    pub(crate) model: u64,
    pub(crate) input_hash: [u8; 32],
    pub(crate) inputs: u32,
    pub(crate) start_price: u128,
    pub(crate) max_price: u128,
    pub(crate) ramp: u32,
    pub(crate) auction: u32,
    pub(crate) window: u32,
    pub(crate) auctions_left: u32,
    pub(crate) since: u32,
    /// Provider, price, last block.
    pub(crate) accepted: Option<(Account, u128, u32)>,
    pub(crate) early: Option<Vec<i32>>,
}

impl Job {
    pub(crate) fn price(&self, now: u32) -> u128 {
        let elapsed = now.saturating_sub(self.since);
        if elapsed >= self.ramp {
            return self.max_price;
        }
        let rise = self.max_price - self.start_price;
        self.start_price + rise * u128::from(elapsed) / u128::from(self.ramp)
    }

    pub(crate) fn collateral(&self, price: u128) -> u128 {
        price * COLLATERAL_RATIO
    }
}

/// A proven answer.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct Receipt {
    pub(crate) provider: Account,
    pub(crate) price: u128,
    pub(crate) block: u32,
    pub(crate) outputs: Vec<i32>,
}

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Call {
    Accept {
        job: u64,
        min_price: u128,
    },
    Early {
        job: u64,
        outputs: Vec<i32>,
    },
    Submit {
        jobs: Vec<u64>,
        outputs: Vec<i32>,
        proof: Vec<u8>,
    },
    Nothing,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Outcome {
    Done,
    Failed(String),
    ProofRejected(String),
}

/// A call, remembered.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct Entry {
    pub(crate) signer: Account,
    pub(crate) name: String,
    pub(crate) jobs: Vec<u64>,
    pub(crate) outcome: Outcome,
}

/// How a job is posted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) start_price: u128,
    pub(crate) max_price: u128,
    pub(crate) ramp: u32,
    pub(crate) auction: u32,
    pub(crate) window: u32,
    pub(crate) auctions: u32,
}

/// Time is no matter.
pub(crate) const EASY: Terms = Terms {
    start_price: 1_000,
    max_price: 2_000,
    ramp: 10,
    auction: 100_000,
    window: 100_000,
    auctions: 1,
};

impl State {
    /// Posts a job with packed inputs. Returns its number.
    pub(crate) fn post(&mut self, model: u64, packed: Vec<u8>, terms: Terms) -> u64 {
        let id = self.next_job;
        self.next_job += 1;
        let format = self.models[&model].format();
        let inputs = unpack(&packed, &format).unwrap().len() as u32;
        let input_hash = hash(&packed);
        self.inputs.insert(input_hash, packed);
        let since = self.best().number;
        let job = Job {
            model,
            input_hash,
            inputs,
            start_price: terms.start_price,
            max_price: terms.max_price,
            ramp: terms.ramp,
            auction: terms.auction,
            window: terms.window,
            auctions_left: terms.auctions - 1,
            since,
            accepted: None,
            early: None,
        };
        // In every block that is kept: a reorganisation doesn't take the question back.
        for world in &mut self.blocks {
            world.jobs.insert(id, job.clone());
        }
        id
    }

    pub(super) fn apply(&self, world: &mut World, signer: &Account, call: &Call) -> Outcome {
        let (name, jobs, result) = match call {
            Call::Accept { job, min_price } => (
                "accept",
                vec![*job],
                self.accept(world, signer, *job, *min_price),
            ),
            Call::Early { job, outputs } => (
                "early",
                vec![*job],
                self.early(world, signer, *job, outputs),
            ),
            Call::Submit {
                jobs,
                outputs,
                proof,
            } => (
                "submit",
                jobs.clone(),
                self.submit_proof(world, signer, jobs, outputs, proof),
            ),
            Call::Nothing => ("nothing", Vec::new(), Ok(Outcome::Done)),
        };
        let outcome = result.unwrap_or_else(|error| Outcome::Failed(error.into()));
        world.log.push(Entry {
            signer: *signer,
            name: name.into(),
            jobs,
            outcome: outcome.clone(),
        });
        outcome
    }

    fn accept(
        &self,
        world: &mut World,
        signer: &Account,
        id: u64,
        min_price: u128,
    ) -> Result<Outcome, &'static str> {
        let now = world.number;
        let job = world.jobs.get_mut(&id).ok_or("UnknownJob")?;
        if job.accepted.is_some() {
            return Err("NotOpen");
        }
        if now > job.since + job.auction {
            return Err("AuctionOver");
        }
        let price = job.price(now);
        if price < min_price {
            return Err("PriceTooLow");
        }
        let collateral = job.collateral(price);
        let free = world.collateral.get_mut(signer).ok_or("NotProvider")?;
        *free = free.checked_sub(collateral).ok_or("InsufficientStake")?;
        job.accepted = Some((*signer, price, now + job.window + GRACE));
        Ok(Outcome::Done)
    }

    fn held<'w>(
        world: &'w mut World,
        signer: &Account,
        id: u64,
    ) -> Result<&'w mut Job, &'static str> {
        let now = world.number;
        let job = world.jobs.get_mut(&id).ok_or("UnknownJob")?;
        let (provider, _, last) = job.accepted.ok_or("NotHolder")?;
        if provider != *signer {
            return Err("NotHolder");
        }
        if now > last {
            return Err("TooLate");
        }
        Ok(job)
    }

    fn early(
        &self,
        world: &mut World,
        signer: &Account,
        id: u64,
        outputs: &[i32],
    ) -> Result<Outcome, &'static str> {
        let job = Self::held(world, signer, id)?;
        if job.early.is_some() {
            return Err("AlreadyPublished");
        }
        job.early = Some(outputs.to_vec());
        Ok(Outcome::Done)
    }

    fn submit_proof(
        &self,
        world: &mut World,
        signer: &Account,
        ids: &[u64],
        outputs: &[i32],
        proof: &[u8],
    ) -> Result<Outcome, &'static str> {
        if !ids.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err("JobsNotAscending");
        }
        let mut jobs = Vec::new();
        for id in ids {
            jobs.push(Self::held(world, signer, *id)?.clone());
        }
        let model = jobs.first().ok_or("NoJobs")?.model;
        if jobs.iter().any(|job| job.model != model) {
            return Err("DifferentModels");
        }
        let (key, format) = (
            self.models[&model].verifying_key(),
            self.models[&model].format(),
        );
        let per_input = key.circuit().output().cells();
        let inputs: Vec<Vec<i32>> = jobs
            .iter()
            .flat_map(|job| unpack(&self.inputs[&job.input_hash], &format).unwrap())
            .collect();
        if outputs.len() != inputs.len() * per_input {
            return Err("WrongOutputs");
        }
        let answers: Vec<Vec<i32>> = outputs.chunks(per_input).map(<[i32]>::to_vec).collect();
        let encoded: Vec<[u8; 8]> = ids.iter().map(|id| job_bytes(*id)).collect();
        let names: Vec<&[u8]> = encoded.iter().map(|bytes| bytes.as_slice()).collect();
        let statement = Statement {
            context: Context {
                chain_id: CHAIN_ID,
                jobs: &names,
                provider: *signer,
            },
            inputs: &inputs,
            outputs: &answers,
        };
        if let Err(error) = verify(&key, &statement, proof) {
            return Ok(Outcome::ProofRejected(error.to_string()));
        }
        let mut answers = answers.into_iter();
        for (id, job) in ids.iter().zip(jobs) {
            let own: Vec<i32> = answers
                .by_ref()
                .take(job.inputs as usize)
                .flatten()
                .collect();
            let (_, price, _) = job.accepted.unwrap();
            if job.early.as_ref().is_some_and(|early| *early != own) {
                Self::fail(world, *id);
                continue;
            }
            *world.collateral.get_mut(signer).unwrap() += job.collateral(price);
            world.jobs.remove(id);
            world.receipts.insert(
                *id,
                Receipt {
                    provider: *signer,
                    price,
                    block: world.number,
                    outputs: own,
                },
            );
        }
        Ok(Outcome::Done)
    }

    /// The collateral is gone, and the job is in auction again or ends.
    fn fail(world: &mut World, id: u64) {
        let now = world.number;
        let Some(job) = world.jobs.get_mut(&id) else {
            return;
        };
        if job.auctions_left == 0 {
            world.jobs.remove(&id);
            return;
        }
        job.auctions_left -= 1;
        job.accepted = None;
        job.early = None;
        job.since = now;
    }

    pub(super) fn expire(&self, world: &mut World) {
        let now = world.number;
        let ids: Vec<u64> = world.jobs.keys().copied().collect();
        for id in ids {
            let job = &world.jobs[&id];
            if self.models[&job.model].barred {
                if let Some((provider, price, _)) = job.accepted {
                    let collateral = job.collateral(price);
                    *world.collateral.get_mut(&provider).unwrap() += collateral;
                }
                world.jobs.remove(&id);
                continue;
            }
            match job.accepted {
                Some((_, _, last)) if now > last => Self::fail(world, id),
                None if now > job.since + job.auction => {
                    world.jobs.remove(&id);
                }
                _ => {}
            }
        }
    }
}
