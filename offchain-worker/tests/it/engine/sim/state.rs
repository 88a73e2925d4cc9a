// SPDX-License-Identifier: Apache-2.0
//! Blocks, the pool, reorganisations.

use std::collections::BTreeMap;

use codec::{Decode, Encode};
use sha2::{Digest, Sha256};

use super::market::{Call, Entry, Job, Model, Outcome, Receipt};

/// Blocks that are kept.
const KEPT: usize = 48;

/// An account.
pub(crate) type Account = [u8; 32];

/// The state after one block.
#[derive(Clone, Debug, Default, Encode, Decode)]
pub(crate) struct World {
    pub(crate) number: u32,
    /// Changes with every fork.
    pub(crate) fork: u32,
    pub(crate) nonces: BTreeMap<Account, u64>,
    pub(crate) jobs: BTreeMap<u64, Job>,
    pub(crate) receipts: BTreeMap<u64, Receipt>,
    /// Free collateral of each provider.
    pub(crate) collateral: BTreeMap<Account, u128>,
    /// Transactions of the block, with what came of them.
    pub(crate) included: Vec<(Vec<u8>, Outcome)>,
    /// All calls of this chain's life, with what came of them.
    pub(crate) log: Vec<Entry>,
}

impl World {
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest((self.number, self.fork).encode()).into()
    }

    pub(crate) fn nonce(&self, account: &Account) -> u64 {
        self.nonces.get(account).copied().unwrap_or(0)
    }
}

/// A signed transaction.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct Transaction {
    pub(crate) signer: Account,
    pub(crate) nonce: u64,
    pub(crate) born: u32,
    pub(crate) dies: u32,
    pub(crate) call: Call,
}

/// The hash of a transaction.
pub(crate) fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// What a reorganisation takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Target {
    /// That this job is accepted.
    Acceptance(u64),
    /// That this job is settled.
    Settlement(u64),
}

impl World {
    fn has(&self, target: Target) -> bool {
        match target {
            Target::Acceptance(job) => {
                let job = self.jobs.get(&job);
                job.is_some_and(|job| job.accepted.is_some())
            }
            Target::Settlement(job) => self.receipts.contains_key(&job),
        }
    }
}

/// The chain.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct State {
    pub(crate) models: BTreeMap<u64, Model>,
    pub(crate) inputs: BTreeMap<[u8; 32], Vec<u8>>,
    /// The last blocks; the last is the best.
    pub(crate) blocks: Vec<World>,
    pub(crate) pool: Vec<Vec<u8>>,
    /// The best block when a transaction came into the pool first, by hash.
    pub(crate) arrivals: BTreeMap<[u8; 32], u32>,
    /// Blocks for which a transaction waits in the pool.
    pub(crate) delay: u32,
    /// Blocks between the best and the finalised.
    pub(crate) lag: u32,
    /// Whether blocks leave the pool alone.
    pub(crate) ignore_pool: bool,
    /// Blocks before this one leave it alone, too.
    pub(crate) pool_held_until: u32,
    /// Whether nobody can ask anything.
    pub(crate) offline: bool,
    pub(crate) next_job: u64,
    pub(crate) forks: u32,
    /// Just before this is final, blocks are taken back until it is gone; whether their transactions return to the pool.
    pub(crate) trap: Option<(Target, bool)>,
}

impl State {
    pub(crate) fn genesis() -> Self {
        let world = World {
            number: 1,
            ..World::default()
        };
        Self {
            models: BTreeMap::new(),
            inputs: BTreeMap::new(),
            blocks: vec![world],
            pool: Vec::new(),
            arrivals: BTreeMap::new(),
            delay: 0,
            lag: 2,
            ignore_pool: false,
            pool_held_until: 0,
            offline: false,
            next_job: 1,
            forks: 0,
            trap: None,
        }
    }

    pub(crate) fn best(&self) -> &World {
        self.blocks.last().unwrap()
    }

    pub(crate) fn finalised(&self) -> &World {
        let index = self.blocks.len().saturating_sub(1 + self.lag as usize);
        &self.blocks[index]
    }

    /// Changes the best block's state, as transactions of others would.
    pub(crate) fn world(&mut self) -> &mut World {
        self.blocks.last_mut().unwrap()
    }

    /// Takes a transaction into the pool. Refuses one that can't come into a block any more.
    pub(crate) fn submit(&mut self, bytes: &[u8]) -> Result<(), String> {
        let transaction =
            Transaction::decode(&mut &bytes[..]).map_err(|error| error.to_string())?;
        let best = self.best();
        if transaction.nonce < best.nonce(&transaction.signer) {
            return Err("the nonce is used".into());
        }
        if best.number + 1 >= transaction.dies {
            return Err("the transaction is dead".into());
        }
        let arrival = best.number;
        self.arrivals.entry(hash(bytes)).or_insert(arrival);
        if !self.pool.iter().any(|other| other == bytes) {
            self.pool.push(bytes.to_vec());
        }
        Ok(())
    }

    /// Makes a block.
    pub(crate) fn produce(&mut self) {
        if self.offline {
            return;
        }
        let mut world = self.best().clone();
        world.number += 1;
        world.included.clear();
        if !self.ignore_pool && world.number >= self.pool_held_until {
            // By nonce: a transaction waits for those before it.
            let mut pool: Vec<(Transaction, Vec<u8>)> = std::mem::take(&mut self.pool)
                .into_iter()
                .map(|bytes| (Transaction::decode(&mut bytes.as_slice()).unwrap(), bytes))
                .collect();
            pool.sort_by_key(|(transaction, _)| transaction.nonce);
            for (transaction, bytes) in pool {
                let next = world.nonce(&transaction.signer);
                if world.number >= transaction.dies || transaction.nonce < next {
                    continue;
                }
                let arrival = self.arrivals.get(&hash(&bytes)).copied().unwrap_or(0);
                if transaction.nonce > next || world.number < arrival + self.delay {
                    self.pool.push(bytes);
                    continue;
                }
                world.nonces.insert(transaction.signer, next + 1);
                let outcome = self.apply(&mut world, &transaction.signer, &transaction.call);
                world.included.push((bytes, outcome));
            }
        }
        self.expire(&mut world);
        self.blocks.push(world);
        if self.blocks.len() > KEPT {
            self.blocks.remove(0);
        }
        self.spring();
    }

    /// Springs the trap if it is time.
    fn spring(&mut self) {
        let Some((target, keep)) = self.trap else {
            return;
        };
        let lag = self.lag as usize;
        let next_final = self.blocks.len().saturating_sub(lag);
        if !self.blocks[next_final].has(target) {
            return;
        }
        self.reorganise(lag, keep);
        assert!(!self.best().has(target), "it was final already");
        self.trap = None;
    }

    /// Takes back the last `depth` blocks, which must not be finalised. Their transactions return to the pool if `keep`.
    fn reorganise(&mut self, depth: usize, keep: bool) {
        assert!(depth <= self.lag as usize, "final blocks stay");
        for world in self.blocks.split_off(self.blocks.len() - depth) {
            if keep {
                self.pool
                    .extend(world.included.into_iter().map(|(bytes, _)| bytes));
            }
        }
        self.forks += 1;
        self.world().fork = self.forks;
    }

    /// The nonce of an account's next transaction, the pool counted as a node does.
    pub(crate) fn next_nonce(&self, account: &Account) -> u64 {
        let pool = self.pool.iter().filter_map(|bytes| {
            let transaction = Transaction::decode(&mut bytes.as_slice()).ok()?;
            (transaction.signer == *account).then_some(transaction.nonce)
        });
        let waiting: Vec<u64> = pool.collect();
        let mut next = self.best().nonce(account);
        while waiting.contains(&next) {
            next += 1;
        }
        next
    }

    /// What came of a transaction, if a block that is kept has it.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<&Outcome> {
        let mut included = self.blocks.iter().flat_map(|world| &world.included);
        included
            .find(|(other, _)| other == bytes)
            .map(|(_, outcome)| outcome)
    }
}
