// SPDX-License-Identifier: Apache-2.0
//! Weights of `chain_parameters`, written by `make weights`: don't edit.
//!
//! 2026-11-28, AMD EPYC, steps 20, repetitions 10, WebAssembly Compiled.
//! Times are what was measured; `measured` adds the margin.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

use super::measured;

/// Weight functions for `chain_parameters`.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> crate::parameters::weights::WeightInfo for WeightInfo<T> {
    /// Storage: `ChainParameters::CurrentPeriods` (r:1 w:1)
    /// Proof: `ChainParameters::CurrentPeriods` (`max_values`: Some(1), `max_size`: Some(52), added: 547, mode: `Measured`)
    fn set_periods() -> Weight {
        // Proof size, measured: 127
        // Fastest run: 9_554_000 picoseconds
        Weight::from_parts(measured(10_335_000), 1612)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `ChainParameters::CurrentPeriods` (r:1 w:0)
    /// Proof: `ChainParameters::CurrentPeriods` (`max_values`: Some(1), `max_size`: Some(52), added: 547, mode: `Measured`)
    fn read_periods() -> Weight {
        // Proof size, measured: 127
        // Fastest run: 4_006_000 picoseconds
        Weight::from_parts(measured(4_457_000), 1612)
            .saturating_add(T::DbWeight::get().reads(1_u64))
    }
}
