// SPDX-License-Identifier: Apache-2.0
//! A chain for tests, in a file, so that it outlives the processes that use it.
//!
//! - [`state`]: blocks, the pool of transactions, reorganisations;
//! - [`market`]: the rules of the market's calls, as `pallet-inference-market` has them; proofs are verified by the real verifier;
//! - [`port`]: the chain as the worker's services see it.
//!
//! Every use locks the file, changes it and replaces it, so a process may be killed at any instant.

pub(crate) mod market;
pub(crate) mod port;
pub(crate) mod state;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    thread::JoinHandle,
    time::Duration,
};

use codec::{Decode, Encode};
use state::State;

/// A chain in a file.
#[derive(Clone)]
pub(crate) struct Sim {
    path: PathBuf,
}

impl Sim {
    /// A new chain at its genesis.
    pub(crate) fn create(path: &Path) -> Self {
        let sim = Self { path: path.into() };
        File::create(sim.lock_path()).unwrap();
        sim.write(&State::genesis());
        sim
    }

    /// A chain that is there.
    pub(crate) fn open(path: &Path) -> Self {
        Self { path: path.into() }
    }

    fn lock_path(&self) -> PathBuf {
        self.path.with_extension("lock")
    }

    fn write(&self, state: &State) {
        let staging = self.path.with_extension("new");
        fs::write(&staging, state.encode()).unwrap();
        fs::rename(staging, &self.path).unwrap();
    }

    fn locked<R>(&self, with: impl FnOnce() -> R) -> R {
        let lock = File::open(self.lock_path()).unwrap();
        lock.lock().unwrap();
        with()
    }

    fn state(&self) -> State {
        let bytes = fs::read(&self.path).unwrap();
        State::decode(&mut bytes.as_slice()).unwrap()
    }

    /// Reads the chain.
    pub(crate) fn read<R>(&self, with: impl FnOnce(&State) -> R) -> R {
        let state = self.locked(|| self.state());
        with(&state)
    }

    /// Changes the chain.
    pub(crate) fn change<R>(&self, with: impl FnOnce(&mut State) -> R) -> R {
        self.locked(|| {
            let mut state = self.state();
            let result = with(&mut state);
            self.write(&state);
            result
        })
    }

    /// Makes a block every `period` until the answer is dropped.
    pub(crate) fn produce(&self, period: Duration) -> Producer {
        let stop = Arc::new(AtomicBool::new(false));
        let (sim, stopped) = (self.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                sim.change(State::produce);
                std::thread::sleep(period);
            }
        });
        Producer {
            stop,
            thread: Some(thread),
        }
    }
}

/// A thread that makes blocks.
pub(crate) struct Producer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The cost of every verification.
pub(crate) fn cost() -> assay_client::types::VerificationCost {
    use assay_client::types::{VerificationCost, Weight};
    let nothing = Weight {
        ref_time: 0,
        proof_size: 0,
    };
    VerificationCost {
        fixed: nothing,
        per_input: nothing,
        single_proof_bytes: 0,
        proof_bytes_per_input: 0,
        max_proof_bytes: 0,
    }
}
