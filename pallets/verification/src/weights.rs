// SPDX-License-Identifier: Apache-2.0
//! Weights of the calls and of what the market calls.
//!
//! Estimates from the database accesses of the worst case, until the benchmarks have been run on the reference machine.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The most proof of storage that one access adds, in bytes: an entry of the largest record and the trie nodes on its path.
const PROOF_PER_ACCESS: u64 = 3_500;

/// What each operation weighs.
pub trait WeightInfo {
    /// Weight of `register`.
    fn register() -> Weight;
    /// Weight of `set_metadata`.
    fn set_metadata() -> Weight;
    /// Weight of `set_commission`.
    fn set_commission() -> Weight;
    /// Weight of `bond_extra`.
    fn bond_extra() -> Weight;
    /// Weight of `unbond`.
    fn unbond() -> Weight;
    /// Weight of `delegate`.
    fn delegate() -> Weight;
    /// Weight of `undelegate`.
    fn undelegate() -> Weight;
    /// Weight of `redelegate`.
    fn redelegate() -> Weight;
    /// Weight of `withdraw`.
    fn withdraw() -> Weight;
    /// Weight of `claim_for`.
    fn claim_for() -> Weight;
    /// Weight of `apply_slash`.
    fn apply_slash() -> Weight;
    /// Weight of `unjail`.
    fn unjail() -> Weight;
    /// Weight of `retire`.
    fn retire() -> Weight;
    /// Weight of `reap`.
    fn reap() -> Weight;
    /// Weight of `set_parameters`.
    fn set_parameters() -> Weight;
    /// Weight of `on_initialize` within an era.
    fn same_era() -> Weight;
    /// Weight of `on_initialize` that begins an era.
    fn start_era() -> Weight;
    /// Weight of `Staking::lock_collateral`.
    fn lock_collateral() -> Weight;
    /// Weight of `Staking::release`.
    fn release_collateral() -> Weight;
    /// Weight of `Staking::slash` with stake of every era at risk.
    fn slash_collateral() -> Weight;
    /// Weight of `Staking::pay`.
    fn pay() -> Weight;
    /// Weight of verifying the proof of a perceptron with 102 thousand weights for one input. This and those below charge nobody: a test
    /// compares what was measured with what the chain computes from a key.
    fn verify_mlp() -> Weight;
    /// Weight of verifying a LeNet-5 for one input.
    fn verify_lenet() -> Weight;
    /// Weight of verifying a LeNet-5 for 64 inputs.
    fn verify_lenet_batch() -> Weight;
    /// Weight of verifying a convolutional network with 264 thousand weights for one input.
    fn verify_cnn() -> Weight;
    /// Weight of verifying a perceptron with four million weights for one input.
    fn verify_large_mlp() -> Weight;
    /// Weight of rejecting a proof of a LeNet-5 for one input by nothing but the last check.
    fn reject_late() -> Weight;
    /// Weight of checking the key of the perceptron with four million weights.
    fn check_key() -> Weight;
}

/// Weights with the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// `reads` and `writes` of the runtime's database and `micros` microseconds of computation.
fn estimate<T: frame_system::Config>(reads: u64, writes: u64, micros: u64) -> Weight {
    let computation = micros.saturating_mul(1_000_000);
    Weight::from_parts(computation, reads.saturating_mul(PROOF_PER_ACCESS))
        .saturating_add(T::DbWeight::get().reads_writes(reads, writes))
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn register() -> Weight {
        estimate::<T>(4, 4, 60)
    }
    fn set_metadata() -> Weight {
        estimate::<T>(3, 2, 50)
    }
    fn set_commission() -> Weight {
        estimate::<T>(3, 1, 20)
    }
    fn bond_extra() -> Weight {
        estimate::<T>(9, 7, 90)
    }
    fn unbond() -> Weight {
        estimate::<T>(4, 2, 40)
    }
    fn delegate() -> Weight {
        estimate::<T>(9, 6, 80)
    }
    fn undelegate() -> Weight {
        estimate::<T>(12, 8, 110)
    }
    fn redelegate() -> Weight {
        estimate::<T>(16, 12, 160)
    }
    fn withdraw() -> Weight {
        estimate::<T>(14, 12, 120)
    }
    fn claim_for() -> Weight {
        estimate::<T>(11, 8, 100)
    }
    fn apply_slash() -> Weight {
        estimate::<T>(12, 9, 110)
    }
    fn unjail() -> Weight {
        estimate::<T>(3, 1, 20)
    }
    fn retire() -> Weight {
        estimate::<T>(4, 2, 40)
    }
    fn reap() -> Weight {
        estimate::<T>(5, 4, 70)
    }
    fn set_parameters() -> Weight {
        estimate::<T>(0, 1, 10)
    }
    fn same_era() -> Weight {
        estimate::<T>(1, 0, 2)
    }
    fn start_era() -> Weight {
        estimate::<T>(2, 1, 8)
    }
    fn lock_collateral() -> Weight {
        estimate::<T>(5, 3, 40)
    }
    fn release_collateral() -> Weight {
        estimate::<T>(4, 3, 30)
    }
    fn slash_collateral() -> Weight {
        estimate::<T>(40, 39, 200)
    }
    fn pay() -> Weight {
        estimate::<T>(9, 6, 120)
    }
    fn verify_mlp() -> Weight {
        estimate::<T>(0, 0, 19_900)
    }
    fn verify_lenet() -> Weight {
        estimate::<T>(0, 0, 22_900)
    }
    fn verify_lenet_batch() -> Weight {
        estimate::<T>(0, 0, 207_600)
    }
    fn verify_cnn() -> Weight {
        estimate::<T>(0, 0, 40_300)
    }
    fn verify_large_mlp() -> Weight {
        estimate::<T>(0, 0, 113_900)
    }
    fn reject_late() -> Weight {
        estimate::<T>(0, 0, 22_900)
    }
    fn check_key() -> Weight {
        estimate::<T>(0, 0, 0)
    }
}

/// Weights without a database, for tests.
impl WeightInfo for () {
    fn register() -> Weight {
        Weight::from_parts(60_000_000, 14000)
    }
    fn set_metadata() -> Weight {
        Weight::from_parts(50_000_000, 10500)
    }
    fn set_commission() -> Weight {
        Weight::from_parts(20_000_000, 10500)
    }
    fn bond_extra() -> Weight {
        Weight::from_parts(90_000_000, 31500)
    }
    fn unbond() -> Weight {
        Weight::from_parts(40_000_000, 14000)
    }
    fn delegate() -> Weight {
        Weight::from_parts(80_000_000, 31500)
    }
    fn undelegate() -> Weight {
        Weight::from_parts(110_000_000, 42000)
    }
    fn redelegate() -> Weight {
        Weight::from_parts(160_000_000, 56000)
    }
    fn withdraw() -> Weight {
        Weight::from_parts(120_000_000, 49000)
    }
    fn claim_for() -> Weight {
        Weight::from_parts(100_000_000, 38500)
    }
    fn apply_slash() -> Weight {
        Weight::from_parts(110_000_000, 42000)
    }
    fn unjail() -> Weight {
        Weight::from_parts(20_000_000, 10500)
    }
    fn retire() -> Weight {
        Weight::from_parts(40_000_000, 14000)
    }
    fn reap() -> Weight {
        Weight::from_parts(70_000_000, 17500)
    }
    fn set_parameters() -> Weight {
        Weight::from_parts(10_000_000, 0)
    }
    fn same_era() -> Weight {
        Weight::from_parts(2_000_000, 3500)
    }
    fn start_era() -> Weight {
        Weight::from_parts(8_000_000, 7000)
    }
    fn lock_collateral() -> Weight {
        Weight::from_parts(40_000_000, 17500)
    }
    fn release_collateral() -> Weight {
        Weight::from_parts(30_000_000, 14000)
    }
    fn slash_collateral() -> Weight {
        Weight::from_parts(200_000_000, 140000)
    }
    fn pay() -> Weight {
        Weight::from_parts(120_000_000, 31500)
    }
    fn verify_mlp() -> Weight {
        Weight::from_parts(19_900_000_000, 0)
    }
    fn verify_lenet() -> Weight {
        Weight::from_parts(22_900_000_000, 0)
    }
    fn verify_lenet_batch() -> Weight {
        Weight::from_parts(207_600_000_000, 0)
    }
    fn verify_cnn() -> Weight {
        Weight::from_parts(40_300_000_000, 0)
    }
    fn verify_large_mlp() -> Weight {
        Weight::from_parts(113_900_000_000, 0)
    }
    fn reject_late() -> Weight {
        Weight::from_parts(22_900_000_000, 0)
    }
    fn check_key() -> Weight {
        Weight::from_parts(0, 0)
    }
}
