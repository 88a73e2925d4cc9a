// SPDX-License-Identifier: Apache-2.0
//! Weights of the calls and of what the market calls. A runtime measures them in its blob.

use frame_support::weights::Weight;

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

/// Estimates without a database, for tests.
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
        Weight::from_parts(346_700_000_000, 0)
    }
}
