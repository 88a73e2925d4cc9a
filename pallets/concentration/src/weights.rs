// SPDX-License-Identifier: Apache-2.0
//! Weights of the calls and of what is recorded. A runtime measures them in its blob.

use frame_support::weights::Weight;

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

/// Estimates without a database, for tests.
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
        Weight::from_parts(5_000_000, 4_500).saturating_mul(u64::from(entries) + 6)
    }
}
