// SPDX-License-Identifier: Apache-2.0
//! Weights of `pallet_concentration`, written by `make weights`: don't edit.
//!
//! 2026-11-28, AMD EPYC, steps 20, repetitions 10, WebAssembly Compiled.
//! Times are what was measured; `measured` adds the margin.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

use super::measured;

/// Weight functions for `pallet_concentration`.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_concentration::WeightInfo for WeightInfo<T> {
    /// Storage: `Concentration::Cap` (r:0 w:1)
    /// Proof: `Concentration::Cap` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `Measured`)
    fn set_cap() -> Weight {
        // Proof size, measured: 0
        // Fastest run: 5_378_000 picoseconds
        Weight::from_parts(measured(5_989_000), 0)
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `Concentration::SeenEra` (r:1 w:0)
    /// Proof: `Concentration::SeenEra` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    fn same_era() -> Weight {
        // Proof size, measured: 104
        // Fastest run: 5_719_000 picoseconds
        Weight::from_parts(measured(6_279_000), 1589)
            .saturating_add(T::DbWeight::get().reads(2_u64))
    }
    /// Storage: `Concentration::SeenEra` (r:1 w:1)
    /// Proof: `Concentration::SeenEra` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:0)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    /// Storage: `Concentration::Summaries` (r:2 w:1)
    /// Proof: `Concentration::Summaries` (`max_values`: None, `max_size`: Some(3163), added: 5638, mode: `Measured`)
    /// Storage: `Concentration::AcceptedTotal` (r:8 w:0)
    /// Proof: `Concentration::AcceptedTotal` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Measured`)
    /// Storage: `Concentration::CapReference` (r:0 w:1)
    /// Proof: `Concentration::CapReference` (`max_values`: Some(1), `max_size`: Some(20), added: 515, mode: `Measured`)
    fn close_era() -> Weight {
        // Proof size, measured: 6913
        // Fastest run: 65_928_000 picoseconds
        Weight::from_parts(measured(72_829_000), 27703)
            .saturating_add(T::DbWeight::get().reads(13_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Concentration::Accepted` (r:1 w:1)
    /// Proof: `Concentration::Accepted` (`max_values`: None, `max_size`: Some(76), added: 2551, mode: `Measured`)
    /// Storage: `Concentration::Cap` (r:1 w:0)
    /// Proof: `Concentration::Cap` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `Measured`)
    /// Storage: `Concentration::CapReference` (r:1 w:0)
    /// Proof: `Concentration::CapReference` (`max_values`: Some(1), `max_size`: Some(20), added: 515, mode: `Measured`)
    /// Storage: `Concentration::AcceptedTotal` (r:1 w:1)
    /// Proof: `Concentration::AcceptedTotal` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Measured`)
    fn note_accepted() -> Weight {
        // Proof size, measured: 302
        // Fastest run: 21_773_000 picoseconds
        Weight::from_parts(measured(23_836_000), 3767)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Concentration::Amounts` (r:1 w:1)
    /// Proof: `Concentration::Amounts` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `Measured`)
    /// Storage: `Concentration::Summaries` (r:1 w:1)
    /// Proof: `Concentration::Summaries` (`max_values`: None, `max_size`: Some(3163), added: 5638, mode: `Measured`)
    fn note_settled() -> Weight {
        // Proof size, measured: 4091
        // Fastest run: 33_430_000 picoseconds
        Weight::from_parts(measured(36_414_000), 7556)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Storage: `Concentration::Stakes` (r:1 w:1)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:1)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    fn note_stake() -> Weight {
        // Proof size, measured: 3898
        // Fastest run: 19_159_000 picoseconds
        Weight::from_parts(measured(21_582_000), 7363)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Concentration::Amounts` (r:1 w:1)
    /// Proof: `Concentration::Amounts` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `Measured`)
    /// Storage: `Concentration::Summaries` (r:1 w:1)
    /// Proof: `Concentration::Summaries` (`max_values`: None, `max_size`: Some(3163), added: 5638, mode: `Measured`)
    fn note_author() -> Weight {
        // Proof size, measured: 4091
        // Fastest run: 36_544_000 picoseconds
        Weight::from_parts(measured(42_013_000), 7556)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Storage: `Concentration::OldestEra` (r:1 w:1)
    /// Proof: `Concentration::OldestEra` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Concentration::Amounts` (r:128 w:128)
    /// Proof: `Concentration::Amounts` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `Measured`)
    /// Storage: `Concentration::Accepted` (r:128 w:128)
    /// Proof: `Concentration::Accepted` (`max_values`: None, `max_size`: Some(76), added: 2551, mode: `Measured`)
    /// Storage: `Concentration::AcceptedTotal` (r:0 w:1)
    /// Proof: `Concentration::AcceptedTotal` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Measured`)
    /// Storage: `Concentration::Summaries` (r:0 w:3)
    /// Proof: `Concentration::Summaries` (`max_values`: None, `max_size`: Some(3163), added: 5638, mode: `Measured`)
    /// The range of component `e` is `[0, 256]`.
    fn prune(e: u32, ) -> Weight {
        // Proof size, measured: 236 + e * (70 ±0)
        // Fastest run: 23_375_000 picoseconds
        Weight::from_parts(measured(24_638_322), 1933)
            // Standard error: 16_879
            .saturating_add(Weight::from_parts(measured(1_386_651), 0).saturating_mul(e.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(e.into())))
            .saturating_add(T::DbWeight::get().writes(5_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(e.into())))
            .saturating_add(Weight::from_parts(0, 1309).saturating_mul(e.into()))
    }
}
