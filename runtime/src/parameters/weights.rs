// SPDX-License-Identifier: Apache-2.0

//! Weights of the chain-parameters pallet.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weights that the pallet needs.
pub trait WeightInfo {
    /// Validating and replacing the periods.
    fn set_periods() -> Weight;
    /// Reading the periods from storage.
    fn read_periods() -> Weight;
}

/// Execution time of either operation without the database, with a wide margin, in picoseconds: a
/// few dozen comparisons of integers and one event.
const EXECUTION_TIME: u64 = 15_000_000;
/// Proof of one storage value: the trie nodes on its path in a large state, and the value.
const PROOF_SIZE: u64 = 1_600;

/// Bounds by construction, over the database weights of `T`: the pallet makes one read and at most
/// one write.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn set_periods() -> Weight {
        Weight::from_parts(EXECUTION_TIME, PROOF_SIZE)
            .saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    fn read_periods() -> Weight {
        Weight::from_parts(EXECUTION_TIME, PROOF_SIZE).saturating_add(T::DbWeight::get().reads(1))
    }
}
