// SPDX-License-Identifier: Apache-2.0
//! Weights of the calls and of what is recorded.
//!
//! Estimates from the database accesses of the worst case, until the benchmarks have been run on the reference machine.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The most proof of storage that one access adds, in bytes: a summary and the trie nodes on its path.
const PROOF_PER_ACCESS: u64 = 4_500;

/// What each operation weighs.
pub trait WeightInfo {
    /// Weight of `set_cap`.
    fn set_cap() -> Weight;
    /// Weight of `on_initialize` within an era.
    fn same_era() -> Weight;
    /// Weight of `on_initialize` that closes an era.
    fn close_era() -> Weight;
    /// Weight of `WorkRecorder::note_accepted`.
    fn note_accepted() -> Weight;
    /// Weight of `WorkRecorder::note_settled`.
    fn note_settled() -> Weight;
    /// Weight of `StakeRecorder::note_stake`.
    fn note_stake() -> Weight;
    /// Weight of `EventHandler::note_author`.
    fn note_author() -> Weight;
    /// Weight of removing `entries` entries.
    fn prune(entries: u32) -> Weight;
}

/// `reads` and `writes` of the runtime's database and `micros` microseconds of computation.
fn estimate<T: frame_system::Config>(reads: u64, writes: u64, micros: u64) -> Weight {
    let computation = micros.saturating_mul(1_000_000);
    Weight::from_parts(computation, reads.saturating_mul(PROOF_PER_ACCESS))
        .saturating_add(T::DbWeight::get().reads_writes(reads, writes))
}

/// Weights with the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn set_cap() -> Weight {
        estimate::<T>(0, 1, 10)
    }
    fn same_era() -> Weight {
        estimate::<T>(2, 0, 2)
    }
    fn close_era() -> Weight {
        estimate::<T>(15, 4, 40)
    }
    fn note_accepted() -> Weight {
        estimate::<T>(5, 2, 20)
    }
    fn note_settled() -> Weight {
        estimate::<T>(3, 2, 40)
    }
    fn note_stake() -> Weight {
        estimate::<T>(2, 2, 40)
    }
    fn note_author() -> Weight {
        estimate::<T>(3, 2, 40)
    }
    fn prune(entries: u32) -> Weight {
        let each = estimate::<T>(1, 1, 5);
        estimate::<T>(6, 7, 30).saturating_add(each.saturating_mul(entries.into()))
    }
}

/// Weights without a database, for tests.
impl WeightInfo for () {
    fn set_cap() -> Weight {
        Weight::from_parts(10_000_000, 0)
    }
    fn same_era() -> Weight {
        Weight::from_parts(2_000_000, 9000)
    }
    fn close_era() -> Weight {
        Weight::from_parts(40_000_000, 67500)
    }
    fn note_accepted() -> Weight {
        Weight::from_parts(20_000_000, 22500)
    }
    fn note_settled() -> Weight {
        Weight::from_parts(40_000_000, 13500)
    }
    fn note_stake() -> Weight {
        Weight::from_parts(40_000_000, 9000)
    }
    fn note_author() -> Weight {
        Weight::from_parts(40_000_000, 13500)
    }
    fn prune(entries: u32) -> Weight {
        Weight::from_parts(5_000_000, PROOF_PER_ACCESS).saturating_mul(u64::from(entries) + 6)
    }
}
