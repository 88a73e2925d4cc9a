// SPDX-License-Identifier: Apache-2.0
//! Weights of the calls. A runtime measures them in its blob.

use frame_support::weights::{constants::RocksDbWeight, Weight};

/// The most proof of storage that one access adds, in bytes: an entry of the largest record and the trie nodes on its path.
const PROOF_PER_ACCESS: u64 = 3_500;

/// What each call weighs, without what the proof system does.
pub trait WeightInfo {
    /// Weight of `register` with a key of `bytes` bytes, without the check of the key; and of `refresh`.
    fn register(bytes: u32) -> Weight;
    /// Weight of `update_metadata`.
    fn update_metadata() -> Weight;
    /// Weight of `set_royalty`.
    fn set_royalty() -> Weight;
    /// Weight of `retire`.
    fn retire() -> Weight;
    /// Weight of `remove`.
    fn remove() -> Weight;
    /// Weight of `bar`.
    fn bar() -> Weight;
    /// Weight of `permit_key`.
    fn permit_key() -> Weight;
}

/// `reads` and `writes` of the database and `micros` microseconds of computation.
fn estimate(reads: u64, writes: u64, micros: u64) -> Weight {
    let computation = micros.saturating_mul(1_000_000);
    Weight::from_parts(computation, reads.saturating_mul(PROOF_PER_ACCESS))
        .saturating_add(RocksDbWeight::get().reads_writes(reads, writes))
}

/// Estimates with RocksDB, for tests.
impl WeightInfo for () {
    fn register(bytes: u32) -> Weight {
        // A key is hashed, written, and in `refresh` read.
        let per_byte = Weight::from_parts(2_000, 1).saturating_mul(bytes.into());
        estimate(7, 5, 90).saturating_add(per_byte)
    }
    fn update_metadata() -> Weight {
        estimate(3, 3, 60)
    }
    fn set_royalty() -> Weight {
        estimate(1, 1, 25)
    }
    fn retire() -> Weight {
        estimate(2, 1, 25)
    }
    fn remove() -> Weight {
        estimate(5, 5, 60)
    }
    fn bar() -> Weight {
        estimate(1, 2, 25)
    }
    fn permit_key() -> Weight {
        estimate(1, 1, 15)
    }
}
