// SPDX-License-Identifier: Apache-2.0
//! Weights of `pallet_inference_market`, written by `make weights`: don't edit.
//!
//! 2026-11-28, AMD EPYC, steps 20, repetitions 10, WebAssembly Compiled.
//! Times are what was measured; `measured` adds the margin.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

use super::measured;

/// Weight functions for `pallet_inference_market`.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_inference_market::WeightInfo for WeightInfo<T> {
    /// Storage: `InferenceMarket::Parameters` (r:1 w:0)
    /// Proof: `InferenceMarket::Parameters` (`max_values`: Some(1), `max_size`: Some(76), added: 571, mode: `Measured`)
    /// Storage: `Session::Validators` (r:1 w:0)
    /// Proof: `Session::Validators` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:1)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:0)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `InferenceMarket::NextJobId` (r:1 w:1)
    /// Proof: `InferenceMarket::NextJobId` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `Measured`)
    /// Storage: `System::Account` (r:2 w:2)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `InferenceMarket::InputJobs` (r:1 w:1)
    /// Proof: `InferenceMarket::InputJobs` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `Measured`)
    /// Storage: `InferenceMarket::JobsByVersion` (r:1 w:1)
    /// Proof: `InferenceMarket::JobsByVersion` (`max_values`: None, `max_size`: Some(14), added: 2489, mode: `Measured`)
    /// Storage: `InferenceMarket::OpenJobs` (r:0 w:1)
    /// Proof: `InferenceMarket::OpenJobs` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `InferenceMarket::Jobs` (r:0 w:1)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    /// Storage: `InferenceMarket::Inputs` (r:0 w:2)
    /// Proof: `InferenceMarket::Inputs` (`max_values`: None, `max_size`: Some(65572), added: 68047, mode: `Measured`)
    /// The range of component `b` is `[1, 65536]`.
    fn post(b: u32, ) -> Weight {
        // Proof size, measured: 1681
        // Fastest run: 296_002_000 picoseconds
        Weight::from_parts(measured(315_635_223), 7621)
            // Standard error: 32
            .saturating_add(Weight::from_parts(measured(2_151), 0).saturating_mul(b.into()))
            .saturating_add(T::DbWeight::get().reads(10_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
    /// Storage: `InferenceMarket::Jobs` (r:1 w:1)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    /// Storage: `System::Account` (r:3 w:3)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `InferenceMarket::InputJobs` (r:1 w:1)
    /// Proof: `InferenceMarket::InputJobs` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:1)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `InferenceMarket::JobsByVersion` (r:1 w:1)
    /// Proof: `InferenceMarket::JobsByVersion` (`max_values`: None, `max_size`: Some(14), added: 2489, mode: `Measured`)
    /// Storage: `InferenceMarket::OpenJobs` (r:0 w:1)
    /// Proof: `InferenceMarket::OpenJobs` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `InferenceMarket::EarlyResults` (r:0 w:1)
    /// Proof: `InferenceMarket::EarlyResults` (`max_values`: None, `max_size`: Some(16402), added: 18877, mode: `Measured`)
    /// Storage: `InferenceMarket::Inputs` (r:0 w:1)
    /// Proof: `InferenceMarket::Inputs` (`max_values`: None, `max_size`: Some(65572), added: 68047, mode: `Measured`)
    fn cancel() -> Weight {
        // Proof size, measured: 2106
        // Fastest run: 246_848_000 picoseconds
        Weight::from_parts(measured(270_974_000), 10521)
            .saturating_add(T::DbWeight::get().reads(8_u64))
            .saturating_add(T::DbWeight::get().writes(11_u64))
    }
    /// Storage: `InferenceMarket::Jobs` (r:1 w:1)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:0)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:0)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Concentration::Accepted` (r:1 w:1)
    /// Proof: `Concentration::Accepted` (`max_values`: None, `max_size`: Some(76), added: 2551, mode: `Measured`)
    /// Storage: `Concentration::Cap` (r:1 w:0)
    /// Proof: `Concentration::Cap` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `Measured`)
    /// Storage: `Concentration::AcceptedTotal` (r:1 w:1)
    /// Proof: `Concentration::AcceptedTotal` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Measured`)
    /// Storage: `Verification::Collateral` (r:1 w:1)
    /// Proof: `Verification::Collateral` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `Measured`)
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `InferenceMarket::Parameters` (r:1 w:0)
    /// Proof: `InferenceMarket::Parameters` (`max_values`: Some(1), `max_size`: Some(76), added: 571, mode: `Measured`)
    /// Storage: `ChainParameters::MaxJobDuration` (r:1 w:0)
    /// Proof: `ChainParameters::MaxJobDuration` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `InferenceMarket::CongestedBlocks` (r:1 w:0)
    /// Proof: `InferenceMarket::CongestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `InferenceMarket::OpenJobs` (r:0 w:1)
    /// Proof: `InferenceMarket::OpenJobs` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    fn accept() -> Weight {
        // Proof size, measured: 2191
        // Fastest run: 82_053_000 picoseconds
        Weight::from_parts(measured(108_362_000), 5656)
            .saturating_add(T::DbWeight::get().reads(14_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    /// Storage: `InferenceMarket::Jobs` (r:1 w:0)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    /// Storage: `InferenceMarket::CongestedBlocks` (r:1 w:0)
    /// Proof: `InferenceMarket::CongestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:0)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:0)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `InferenceMarket::EarlyResults` (r:1 w:1)
    /// Proof: `InferenceMarket::EarlyResults` (`max_values`: None, `max_size`: Some(16402), added: 18877, mode: `Measured`)
    /// The range of component `o` is `[1, 4096]`.
    fn publish_early_result(o: u32, ) -> Weight {
        // Proof size, measured: 1531
        // Fastest run: 34_121_000 picoseconds
        Weight::from_parts(measured(43_358_218), 4996)
            // Standard error: 243
            .saturating_add(Weight::from_parts(measured(6_924), 0).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `InferenceMarket::Jobs` (r:64 w:0)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    /// Storage: `InferenceMarket::CongestedBlocks` (r:1 w:0)
    /// Proof: `InferenceMarket::CongestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:0)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:0)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `InferenceMarket::Inputs` (r:64 w:0)
    /// Proof: `InferenceMarket::Inputs` (`max_values`: None, `max_size`: Some(65572), added: 68047, mode: `Measured`)
    /// Storage: `ModelRegistry::Keys` (r:1 w:0)
    /// Proof: `ModelRegistry::Keys` (`max_values`: None, `max_size`: Some(262202), added: 264677, mode: `Measured`)
    /// Storage: `System::BlockHash` (r:1 w:0)
    /// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `Measured`)
    /// The range of component `j` is `[1, 64]`.
    fn submit_proof(j: u32, ) -> Weight {
        // Proof size, measured: 3896 + j * (1197 ±0)
        // Fastest run: 45_438_000 picoseconds
        Weight::from_parts(measured(43_612_155), 7362)
            // Standard error: 54_297
            .saturating_add(Weight::from_parts(measured(10_040_539), 0).saturating_mul(j.into()))
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(j.into())))
            .saturating_add(Weight::from_parts(0, 3673).saturating_mul(j.into()))
    }
    /// Storage: `InferenceMarket::Jobs` (r:64 w:0)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    /// Storage: `InferenceMarket::CongestedBlocks` (r:1 w:0)
    /// Proof: `InferenceMarket::CongestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:0)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:0)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// The range of component `j` is `[1, 64]`.
    fn check_proof(j: u32, ) -> Weight {
        // Proof size, measured: 1162 + j * (371 ±0)
        // Fastest run: 23_265_000 picoseconds
        Weight::from_parts(measured(22_334_001), 4628)
            // Standard error: 222_566
            .saturating_add(Weight::from_parts(measured(6_599_957), 0).saturating_mul(j.into()))
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(j.into())))
            .saturating_add(Weight::from_parts(0, 2847).saturating_mul(j.into()))
    }
    /// Storage: `InferenceMarket::Inputs` (r:1 w:0)
    /// Proof: `InferenceMarket::Inputs` (`max_values`: None, `max_size`: Some(65572), added: 68047, mode: `Measured`)
    /// The range of component `b` is `[1, 65536]`.
    fn read_inputs(b: u32, ) -> Weight {
        // Proof size, measured: 506
        // Fastest run: 13_130_000 picoseconds
        Weight::from_parts(measured(29_340_669), 3972)
            // Standard error: 86
            .saturating_add(Weight::from_parts(measured(4_332), 0).saturating_mul(b.into()))
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(b.into()))
    }
    /// Storage: `InferenceMarket::EarlyResults` (r:1 w:1)
    /// Proof: `InferenceMarket::EarlyResults` (`max_values`: None, `max_size`: Some(16402), added: 18877, mode: `Measured`)
    /// Storage: `Verification::Collateral` (r:1 w:1)
    /// Proof: `Verification::Collateral` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `Measured`)
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:0)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:4 w:4)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Concentration::Amounts` (r:1 w:1)
    /// Proof: `Concentration::Amounts` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `Measured`)
    /// Storage: `Concentration::Summaries` (r:1 w:1)
    /// Proof: `Concentration::Summaries` (`max_values`: None, `max_size`: Some(3163), added: 5638, mode: `Measured`)
    /// Storage: `InferenceMarket::Parameters` (r:1 w:0)
    /// Proof: `InferenceMarket::Parameters` (`max_values`: Some(1), `max_size`: Some(76), added: 571, mode: `Measured`)
    /// Storage: `InferenceMarket::InputJobs` (r:1 w:1)
    /// Proof: `InferenceMarket::InputJobs` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:1)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `InferenceMarket::JobsByVersion` (r:1 w:1)
    /// Proof: `InferenceMarket::JobsByVersion` (`max_values`: None, `max_size`: Some(14), added: 2489, mode: `Measured`)
    /// Storage: `InferenceMarket::Jobs` (r:1 w:1)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    /// Storage: `InferenceMarket::OpenJobs` (r:0 w:1)
    /// Proof: `InferenceMarket::OpenJobs` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `InferenceMarket::Receipts` (r:0 w:1)
    /// Proof: `InferenceMarket::Receipts` (`max_values`: None, `max_size`: Some(16617), added: 19092, mode: `Measured`)
    /// Storage: `InferenceMarket::Inputs` (r:0 w:1)
    /// Proof: `InferenceMarket::Inputs` (`max_values`: None, `max_size`: Some(65572), added: 68047, mode: `Measured`)
    fn settle() -> Weight {
        // Proof size, measured: 19599
        // Fastest run: 437_031_000 picoseconds
        Weight::from_parts(measured(454_949_000), 30489)
            .saturating_add(T::DbWeight::get().reads(18_u64))
            .saturating_add(T::DbWeight::get().writes(17_u64))
    }
    /// Storage: `Verification::Collateral` (r:1 w:1)
    /// Proof: `Verification::Collateral` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `Measured`)
    /// Storage: `Verification::Providers` (r:1 w:1)
    /// Proof: `Verification::Providers` (`max_values`: None, `max_size`: Some(1271), added: 3746, mode: `Measured`)
    /// Storage: `Verification::CurrentEra` (r:1 w:0)
    /// Proof: `Verification::CurrentEra` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `Measured`)
    /// Storage: `Verification::Parameters` (r:1 w:0)
    /// Proof: `Verification::Parameters` (`max_values`: Some(1), `max_size`: Some(112), added: 607, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:2 w:2)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:4 w:4)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Concentration::Stakes` (r:1 w:1)
    /// Proof: `Concentration::Stakes` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `Measured`)
    /// Storage: `Concentration::StakeNow` (r:1 w:1)
    /// Proof: `Concentration::StakeNow` (`max_values`: Some(1), `max_size`: Some(3142), added: 3637, mode: `Measured`)
    /// Storage: `InferenceMarket::InputJobs` (r:1 w:1)
    /// Proof: `InferenceMarket::InputJobs` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:1)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `InferenceMarket::JobsByVersion` (r:1 w:1)
    /// Proof: `InferenceMarket::JobsByVersion` (`max_values`: None, `max_size`: Some(14), added: 2489, mode: `Measured`)
    /// Storage: `InferenceMarket::Jobs` (r:1 w:1)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    /// Storage: `InferenceMarket::OpenJobs` (r:0 w:1)
    /// Proof: `InferenceMarket::OpenJobs` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `InferenceMarket::EarlyResults` (r:0 w:1)
    /// Proof: `InferenceMarket::EarlyResults` (`max_values`: None, `max_size`: Some(16402), added: 18877, mode: `Measured`)
    /// Storage: `InferenceMarket::Inputs` (r:0 w:1)
    /// Proof: `InferenceMarket::Inputs` (`max_values`: None, `max_size`: Some(65572), added: 68047, mode: `Measured`)
    fn fail() -> Weight {
        // Proof size, measured: 3305
        // Fastest run: 378_505_000 picoseconds
        Weight::from_parts(measured(402_080_000), 14195)
            .saturating_add(T::DbWeight::get().reads(16_u64))
            .saturating_add(T::DbWeight::get().writes(17_u64))
    }
    /// Storage: `InferenceMarket::Jobs` (r:1 w:0)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:0)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:0)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `InferenceMarket::CongestedBlocks` (r:1 w:0)
    /// Proof: `InferenceMarket::CongestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `InferenceMarket::EarlyResults` (r:1 w:0)
    /// Proof: `InferenceMarket::EarlyResults` (`max_values`: None, `max_size`: Some(16402), added: 18877, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    /// Storage: `System::Account` (r:2 w:2)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    fn expire() -> Weight {
        // Proof size, measured: 2099
        // Fastest run: 75_794_000 picoseconds
        Weight::from_parts(measured(82_763_000), 8039)
            .saturating_add(T::DbWeight::get().reads(8_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `InferenceMarket::Receipts` (r:1 w:1)
    /// Proof: `InferenceMarket::Receipts` (`max_values`: None, `max_size`: Some(16617), added: 19092, mode: `Measured`)
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Measured`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(247), added: 2722, mode: `Measured`)
    fn prune_receipt() -> Weight {
        // Proof size, measured: 16877
        // Fastest run: 66_830_000 picoseconds
        Weight::from_parts(measured(71_807_000), 20342)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `ChainParameters::MaxJobDuration` (r:1 w:0)
    /// Proof: `ChainParameters::MaxJobDuration` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    /// Storage: `InferenceMarket::Parameters` (r:0 w:1)
    /// Proof: `InferenceMarket::Parameters` (`max_values`: Some(1), `max_size`: Some(76), added: 571, mode: `Measured`)
    fn set_parameters() -> Weight {
        // Proof size, measured: 86
        // Fastest run: 9_014_000 picoseconds
        Weight::from_parts(measured(9_725_000), 1571)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `InferenceMarket::CongestedBlocks` (r:1 w:1)
    /// Proof: `InferenceMarket::CongestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    fn count_congestion() -> Weight {
        // Proof size, measured: 0
        // Fastest run: 2_464_000 picoseconds
        Weight::from_parts(measured(2_754_000), 1485)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `InferenceMarket::SweepCursor` (r:1 w:1)
    /// Proof: `InferenceMarket::SweepCursor` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `Measured`)
    /// Storage: `InferenceMarket::Jobs` (r:1 w:0)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    fn sweep() -> Weight {
        // Proof size, measured: 0
        // Fastest run: 5_869_000 picoseconds
        Weight::from_parts(measured(6_419_000), 3465)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `InferenceMarket::SweepCursor` (r:1 w:1)
    /// Proof: `InferenceMarket::SweepCursor` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `Measured`)
    /// Storage: `InferenceMarket::Jobs` (r:2 w:0)
    /// Proof: `InferenceMarket::Jobs` (`max_values`: None, `max_size`: Some(364), added: 2839, mode: `Measured`)
    /// Storage: `ModelRegistry::Models` (r:1 w:0)
    /// Proof: `ModelRegistry::Models` (`max_values`: None, `max_size`: Some(1006), added: 3481, mode: `Measured`)
    /// Storage: `ModelRegistry::BarredKeys` (r:1 w:0)
    /// Proof: `ModelRegistry::BarredKeys` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Measured`)
    /// Storage: `InferenceMarket::CongestedBlocks` (r:1 w:0)
    /// Proof: `InferenceMarket::CongestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Measured`)
    fn sweep_job() -> Weight {
        // Proof size, measured: 1531
        // Fastest run: 36_434_000 picoseconds
        Weight::from_parts(measured(41_983_000), 7471)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
}
