// SPDX-License-Identifier: Apache-2.0
//! Weights of `pallet_verification`, written by `make weights`: don't edit.
//!
//! 2026-11-28, AMD EPYC, steps 20, repetitions 10, WebAssembly Compiled.
//! Times are what was measured; `measured` adds the margin.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

use super::measured;

/// Weight functions for `pallet_verification`.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_verification::WeightInfo for WeightInfo<T> {
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:1)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:1)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    /// Storage: `Verification::CounterForProviders` (r:1 w:1)
    /// Proof: `Verification::CounterForProviders` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    fn register() -> Weight {
        // Proof size, measured: 353
        // Fastest run: 120_320_000 picoseconds
        Weight::from_parts(measured(125_377_000), 3818)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:0 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    fn set_metadata() -> Weight {
        // Proof size, measured: 1948
        // Fastest run: 86_519_000 picoseconds
        Weight::from_parts(measured(94_781_000), 5413)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:0 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    fn set_commission() -> Weight {
        // Proof size, measured: 1730
        // Fastest run: 39_089_000 picoseconds
        Weight::from_parts(measured(43_515_000), 5195)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Delegations` (r:1 w:1)
    /// Proof: `Verification::Delegations` (`max_values`: None, `max_size`: Some(1407), added: 3882, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:1 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Verification::UnbondingPools` (r:33 w:0)
    /// Proof: `Verification::UnbondingPools` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:3 w:3)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:1)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:1)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    fn bond_extra() -> Weight {
        // Proof size, measured: 5888
        // Fastest run: 368_230_000 picoseconds
        Weight::from_parts(measured(393_707_000), 88553)
            .saturating_add(T::DbWeight::get().reads(44_u64))
            .saturating_add(T::DbWeight::get().writes(9_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `ChainParameters::MaxJobDuration` (r:1 w:0)
    /// Proof: `ChainParameters::MaxJobDuration` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:1)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:1)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:0 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    fn unbond() -> Weight {
        // Proof size, measured: 1970
        // Fastest run: 51_416_000 picoseconds
        Weight::from_parts(measured(59_359_000), 5435)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Delegations` (r:1 w:1)
    /// Proof: `Verification::Delegations` (`max_values`: None, `max_size`: Some(1407), added: 3882, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:1 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Verification::UnbondingPools` (r:33 w:0)
    /// Proof: `Verification::UnbondingPools` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:2 w:2)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:1)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:1)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    fn delegate() -> Weight {
        // Proof size, measured: 5748
        // Fastest run: 322_251_000 picoseconds
        Weight::from_parts(measured(343_422_000), 88413)
            .saturating_add(T::DbWeight::get().reads(43_u64))
            .saturating_add(T::DbWeight::get().writes(8_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Delegations` (r:1 w:1)
    /// Proof: `Verification::Delegations` (`max_values`: None, `max_size`: Some(1407), added: 3882, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:1 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Verification::UnbondingPools` (r:33 w:1)
    /// Proof: `Verification::UnbondingPools` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:2 w:2)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `ChainParameters::MaxJobDuration` (r:1 w:0)
    /// Proof: `ChainParameters::MaxJobDuration` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:1)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:1)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    fn undelegate() -> Weight {
        // Proof size, measured: 5717
        // Fastest run: 280_648_000 picoseconds
        Weight::from_parts(measured(302_220_000), 88382)
            .saturating_add(T::DbWeight::get().reads(44_u64))
            .saturating_add(T::DbWeight::get().writes(9_u64))
    }
    /// Storage: `Verification::Providers` (r:2 w:2)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Delegations` (r:2 w:2)
    /// Proof: `Verification::Delegations` (`max_values`: None, `max_size`: Some(1407), added: 3882, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:2 w:2)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Verification::UnbondingPools` (r:67 w:2)
    /// Proof: `Verification::UnbondingPools` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:2 w:2)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `ChainParameters::MaxJobDuration` (r:1 w:0)
    /// Proof: `ChainParameters::MaxJobDuration` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:2 w:2)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:1)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    fn redelegate() -> Weight {
        // Proof size, measured: 10824
        // Fastest run: 551_884_000 picoseconds
        Weight::from_parts(measured(591_412_000), 177639)
            .saturating_add(T::DbWeight::get().reads(82_u64))
            .saturating_add(T::DbWeight::get().writes(14_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Delegations` (r:1 w:1)
    /// Proof: `Verification::Delegations` (`max_values`: None, `max_size`: Some(1407), added: 3882, mode: `Measured`)
    /// Storage: `Verification::ClosedGenerations` (r:1 w:1)
    /// Proof: `Verification::ClosedGenerations` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:1 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Verification::UnbondingPools` (r:33 w:33)
    /// Proof: `Verification::UnbondingPools` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:3 w:3)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    fn withdraw() -> Weight {
        // Proof size, measured: 5738
        // Fastest run: 541_167_000 picoseconds
        Weight::from_parts(measured(570_811_000), 88403)
            .saturating_add(T::DbWeight::get().reads(43_u64))
            .saturating_add(T::DbWeight::get().writes(41_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Delegations` (r:1 w:1)
    /// Proof: `Verification::Delegations` (`max_values`: None, `max_size`: Some(1407), added: 3882, mode: `Measured`)
    /// Storage: `Verification::ClosedGenerations` (r:1 w:1)
    /// Proof: `Verification::ClosedGenerations` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:1 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Verification::UnbondingPools` (r:33 w:0)
    /// Proof: `Verification::UnbondingPools` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:3 w:3)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    fn claim_for() -> Weight {
        // Proof size, measured: 5739
        // Fastest run: 337_694_000 picoseconds
        Weight::from_parts(measured(357_574_000), 88404)
            .saturating_add(T::DbWeight::get().reads(43_u64))
            .saturating_add(T::DbWeight::get().writes(8_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Delegations` (r:1 w:1)
    /// Proof: `Verification::Delegations` (`max_values`: None, `max_size`: Some(1407), added: 3882, mode: `Measured`)
    /// Storage: `Verification::ClosedGenerations` (r:1 w:1)
    /// Proof: `Verification::ClosedGenerations` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:1 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Verification::UnbondingPools` (r:33 w:0)
    /// Proof: `Verification::UnbondingPools` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:2 w:2)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    fn apply_slash() -> Weight {
        // Proof size, measured: 5599
        // Fastest run: 278_115_000 picoseconds
        Weight::from_parts(measured(300_518_000), 88264)
            .saturating_add(T::DbWeight::get().reads(42_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:0 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    fn unjail() -> Weight {
        // Proof size, measured: 1734
        // Fastest run: 38_647_000 picoseconds
        Weight::from_parts(measured(42_643_000), 5199)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `ChainParameters::MaxJobDuration` (r:1 w:0)
    /// Proof: `ChainParameters::MaxJobDuration` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:1)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:1)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:0 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    fn retire() -> Weight {
        // Proof size, measured: 1970
        // Fastest run: 52_368_000 picoseconds
        Weight::from_parts(measured(56_764_000), 5435)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `System::Account` (r:3 w:3)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `Verification::CounterForProviders` (r:1 w:1)
    /// Proof: `Verification::CounterForProviders` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    fn reap() -> Weight {
        // Proof size, measured: 1063
        // Fastest run: 110_595_000 picoseconds
        Weight::from_parts(measured(115_532_000), 9478)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    /// Storage: `ChainParameters::MaxJobDuration` (r:1 w:0)
    /// Proof: `ChainParameters::MaxJobDuration` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:0 w:1)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    fn set_parameters() -> Weight {
        // Proof size, measured: 86
        // Fastest run: 9_374_000 picoseconds
        Weight::from_parts(measured(10_095_000), 1571)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    fn same_era() -> Weight {
        // Proof size, measured: 73
        // Fastest run: 3_065_000 picoseconds
        Weight::from_parts(measured(3_395_000), 1558)
            .saturating_add(T::DbWeight::get().reads(1_u64))
    }
    /// Storage: `Verification::CurrentEra` (r:1 w:1)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    fn start_era() -> Weight {
        // Proof size, measured: 175
        // Fastest run: 8_362_000 picoseconds
        Weight::from_parts(measured(9_004_000), 1660)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Verification::Collateral` (r:1 w:1)
    /// Proof: `Verification::Collateral` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `Measured`)
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:0 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    fn lock_collateral() -> Weight {
        // Proof size, measured: 1785
        // Fastest run: 44_526_000 picoseconds
        Weight::from_parts(measured(49_974_000), 5250)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `Verification::Collateral` (r:1 w:1)
    /// Proof: `Verification::Collateral` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `Measured`)
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:0 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    fn release_collateral() -> Weight {
        // Proof size, measured: 1771
        // Fastest run: 39_039_000 picoseconds
        Weight::from_parts(measured(43_304_000), 5236)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `Verification::Collateral` (r:1 w:1)
    /// Proof: `Verification::Collateral` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `Measured`)
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Verification::UnbondingPools` (r:32 w:32)
    /// Proof: `Verification::UnbondingPools` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:4 w:4)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:1)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:1)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:0 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    fn slash_collateral() -> Weight {
        // Proof size, measured: 3458
        // Fastest run: 388_549_000 picoseconds
        Weight::from_parts(measured(407_488_000), 83648)
            .saturating_add(T::DbWeight::get().reads(43_u64))
            .saturating_add(T::DbWeight::get().writes(42_u64))
    }
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:5 w:5)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Verification::Activations` (r:0 w:1)
    /// Proof: `Verification::Activations` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `Measured`)
    fn pay() -> Weight {
        // Proof size, measured: 2462
        // Fastest run: 215_031_000 picoseconds
        Weight::from_parts(measured(227_439_000), 15827)
            .saturating_add(T::DbWeight::get().reads(10_u64))
            .saturating_add(T::DbWeight::get().writes(8_u64))
    }
    fn verify_mlp() -> Weight {
        // Proof size, measured: 0
        // Fastest run: 15_935_768_000 picoseconds
        Weight::from_parts(measured(16_520_189_000), 0)
    }
    fn verify_lenet() -> Weight {
        // Proof size, measured: 0
        // Fastest run: 18_940_470_000 picoseconds
        Weight::from_parts(measured(19_426_124_000), 0)
    }
    fn verify_lenet_batch() -> Weight {
        // Proof size, measured: 0
        // Fastest run: 155_922_637_000 picoseconds
        Weight::from_parts(measured(161_939_852_000), 0)
    }
    fn verify_cnn() -> Weight {
        // Proof size, measured: 0
        // Fastest run: 33_340_837_000 picoseconds
        Weight::from_parts(measured(34_074_411_000), 0)
    }
    fn verify_large_mlp() -> Weight {
        // Proof size, measured: 0
        // Fastest run: 95_547_839_000 picoseconds
        Weight::from_parts(measured(100_338_374_000), 0)
    }
    fn reject_late() -> Weight {
        // Proof size, measured: 0
        // Fastest run: 18_617_197_000 picoseconds
        Weight::from_parts(measured(19_456_920_000), 0)
    }
    fn check_key() -> Weight {
        // Proof size, measured: 0
        // Fastest run: 332_881_308_000 picoseconds
        Weight::from_parts(measured(346_614_973_000), 0)
    }
}
