// SPDX-License-Identifier: Apache-2.0
//! Weights of `pallet_model_registry`, written by `make weights`: don't edit.
//!
//! 2026-11-28, AMD EPYC, steps 20, repetitions 10, WebAssembly Compiled.
//! Times are what was measured; `measured` adds the margin.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

use super::measured;

/// Weight functions for `pallet_model_registry`.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_model_registry::WeightInfo for WeightInfo<T> {
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:0)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `ModelRegistry::NextModelId` (r:1 w:1)
    /// Proof: `ModelRegistry::NextModelId` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:1)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::CounterForModels` (r:1 w:1)
    /// Proof: `ModelRegistry::CounterForModels` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `ModelRegistry::Keys` (r:1 w:2)
    /// Proof: `ModelRegistry::Keys` (`max_values`: None, `max_size`: Some(262202), added: 264677, mode: `Measured`)
    /// The range of component `b` is `[1, 262182]`.
    fn register(b: u32, ) -> Weight {
        // Proof size, measured: 126 + b * (1 ±0)
        // Fastest run: 8_298_257_000 picoseconds
        Weight::from_parts(measured(8_882_294_864), 3591)
            // Standard error: 1_087
            .saturating_add(Weight::from_parts(measured(2_242), 0).saturating_mul(b.into()))
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(b.into()))
    }
    /// Storage: `ModelRegistry::Models` (r:1 w:1)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    fn update_metadata() -> Weight {
        // Proof size, measured: 1231
        // Fastest run: 65_468_000 picoseconds
        Weight::from_parts(measured(75_713_000), 4696)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Storage: `ModelRegistry::Models` (r:1 w:1)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    fn set_royalty() -> Weight {
        // Proof size, measured: 1176
        // Fastest run: 24_106_000 picoseconds
        Weight::from_parts(measured(37_426_000), 4641)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `ModelRegistry::Models` (r:1 w:1)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:0)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    fn retire() -> Weight {
        // Proof size, measured: 1176
        // Fastest run: 31_617_000 picoseconds
        Weight::from_parts(measured(41_171_000), 4641)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `ModelRegistry::Models` (r:1 w:1)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:0)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `ModelRegistry::CounterForModels` (r:1 w:1)
    /// Proof: `ModelRegistry::CounterForModels` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `ModelRegistry::Keys` (r:0 w:1)
    /// Proof: `ModelRegistry::Keys` (`max_values`: None, `max_size`: Some(262202), added: 264677, mode: `Measured`)
    fn remove() -> Weight {
        // Proof size, measured: 1231
        // Fastest run: 68_983_000 picoseconds
        Weight::from_parts(measured(80_440_000), 4696)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    /// Storage: `ModelRegistry::Models` (r:1 w:1)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::BarredKeys` (r:0 w:1)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    fn bar() -> Weight {
        // Proof size, measured: 1176
        // Fastest run: 33_731_000 picoseconds
        Weight::from_parts(measured(51_437_000), 4641)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:1)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    fn permit_key() -> Weight {
        // Proof size, measured: 133
        // Fastest run: 10_826_000 picoseconds
        Weight::from_parts(measured(11_617_000), 3598)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
}
