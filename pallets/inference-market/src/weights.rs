// SPDX-License-Identifier: Apache-2.0
//! Weights of the calls and of what happens by itself. A runtime measures them in its blob. What staking, the proof system, the
//! measure of work and the consumers of answers take comes from them and is added by the pallet.

use frame_support::weights::{constants::RocksDbWeight, Weight};

/// The most proof of storage that one access adds, in bytes: an entry of the largest record and the trie nodes on its path.
const PROOF_PER_ACCESS: u64 = 3_500;

/// What each operation weighs.
pub trait WeightInfo {
    /// Weight of `post` with `bytes` bytes of inputs.
    fn post(bytes: u32) -> Weight;
    /// Weight of `cancel`.
    fn cancel() -> Weight;
    /// Weight of `accept`, without locking the collateral.
    fn accept() -> Weight;
    /// Weight of `publish_early_result` with `outputs` codes.
    fn publish_early_result(outputs: u32) -> Weight;
    /// Weight of looking up and checking `jobs` jobs in `submit_proof`, and of finding their inputs and the model's key.
    fn submit_proof(jobs: u32) -> Weight;
    /// Weight of looking up and checking `jobs` jobs before a proof for them is admitted.
    fn check_proof(jobs: u32) -> Weight;
    /// Weight of reading and unpacking `bytes` bytes of inputs.
    fn read_inputs(bytes: u32) -> Weight;
    /// Weight of settling one job, without staking.
    fn settle() -> Weight;
    /// Weight of failing one job, without the slash.
    fn fail() -> Weight;
    /// Weight of `expire`, without what ends the job.
    fn expire() -> Weight;
    /// Weight of `prune_receipt`.
    fn prune_receipt() -> Weight;
    /// Weight of `set_parameters`.
    fn set_parameters() -> Weight;
    /// Weight of counting a congested block.
    fn count_congestion() -> Weight;
    /// Weight of `on_idle` without a job.
    fn sweep() -> Weight;
    /// Weight of looking at one job in `on_idle`.
    fn sweep_job() -> Weight;
}

/// `reads` and `writes` of the database and `micros` microseconds of computation.
fn estimate(reads: u64, writes: u64, micros: u64) -> Weight {
    let computation = micros.saturating_mul(1_000_000);
    Weight::from_parts(computation, reads.saturating_mul(PROOF_PER_ACCESS))
        .saturating_add(RocksDbWeight::get().reads_writes(reads, writes))
}

/// Estimates with RocksDB, for tests.
impl WeightInfo for () {
    fn post(bytes: u32) -> Weight {
        // Checked, hashed, read if another job has the same, written.
        let per_byte = Weight::from_parts(12_000, 1).saturating_mul(bytes.into());
        estimate(12, 12, 150).saturating_add(per_byte)
    }
    fn cancel() -> Weight {
        estimate(11, 12, 120)
    }
    fn accept() -> Weight {
        estimate(6, 4, 50)
    }
    fn publish_early_result(outputs: u32) -> Weight {
        let per_output = Weight::from_parts(10_000, 0).saturating_mul(outputs.into());
        estimate(4, 2, 40).saturating_add(per_output)
    }
    fn submit_proof(jobs: u32) -> Weight {
        let per_job = estimate(2, 0, 15).saturating_mul(jobs.into());
        estimate(6, 2, 40).saturating_add(per_job)
    }
    fn check_proof(jobs: u32) -> Weight {
        let per_job = estimate(1, 0, 15).saturating_mul(jobs.into());
        estimate(4, 0, 40).saturating_add(per_job)
    }
    fn read_inputs(bytes: u32) -> Weight {
        Weight::from_parts(10_000, 1).saturating_mul(bytes.into())
    }
    fn settle() -> Weight {
        estimate(12, 13, 150)
    }
    fn fail() -> Weight {
        estimate(12, 13, 150)
    }
    fn expire() -> Weight {
        estimate(6, 3, 60)
    }
    fn prune_receipt() -> Weight {
        estimate(3, 3, 50)
    }
    fn set_parameters() -> Weight {
        estimate(0, 1, 10)
    }
    fn count_congestion() -> Weight {
        estimate(1, 1, 3)
    }
    fn sweep() -> Weight {
        estimate(1, 1, 5)
    }
    fn sweep_job() -> Weight {
        estimate(5, 0, 20)
    }
}
