// SPDX-License-Identifier: Apache-2.0
//! Random reports over many eras: running sums equal what they sum up after each block. The seed is printed; `ASSAY_SEED` runs one
//! again.

use std::collections::BTreeMap;

use assay_pallet_primitives::{Dimension, StakeRecorder, WorkRecorder};
use pallet_authorship::EventHandler;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sp_runtime::Perbill;

use crate::{mock::*, *};

/// The coefficient from all amounts.
fn nakamoto(amounts: &BTreeMap<u64, u128>) -> Option<u32> {
    let mut sorted: Vec<u128> = amounts.values().copied().collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let total: u128 = sorted.iter().sum();
    let mut sum = 0;
    sorted.into_iter().zip(1..).find_map(|(amount, count)| {
        sum += amount;
        (sum > total / 2).then_some(count)
    })
}

/// The index from all amounts, in floating point.
fn hhi(amounts: &BTreeMap<u64, u128>) -> f64 {
    let total: u128 = amounts.values().sum();
    amounts
        .values()
        .map(|amount| (*amount as f64 / total as f64).powi(2))
        .sum()
}

#[test]
fn ten_thousand_random_reports_keep_every_sum() {
    let seed = std::env::var("ASSAY_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(0xA55Au64);
    println!("ASSAY_SEED={seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut refused = 0;
    tell(|| {
        for step in 0..10_000u32 {
            let who = rng.gen_range(1..=12u64);
            let bits = rng.gen_range(1..70);
            let amount = rng.gen_range(0..1u128 << bits);
            match rng.gen_range(0..100) {
                0..=34 => Concentration::note_settled(&who, amount),
                35..=69 => Concentration::note_stake(&who, amount),
                70..=84 => <Concentration as EventHandler<u64, u64>>::note_author(who),
                85..=94 => {
                    refused += u32::from(Concentration::note_accepted(&who, amount).is_err())
                }
                95..=96 => {
                    let cap = rng.gen_bool(0.8).then(|| ShareCap {
                        cap: Perbill::from_percent(rng.gen_range(20..80)),
                        min_active: 5,
                        floor: amount + 1,
                    });
                    Concentration::set_cap(RuntimeOrigin::root(), cap).unwrap();
                }
                _ => {
                    next_era();
                    idle();
                }
            }
            if step % 64 == 0 {
                Concentration::do_try_state().unwrap();
                compare(Dimension::Stake, Stakes::<Test>::iter().collect());
                let era = Era::get();
                compare(Dimension::Work, of_era(era, Dimension::Work));
            }
        }
        assert!(Era::get() > KEPT_ERAS);
        assert!(OldestEra::<Test>::get() > 0);
    });
    assert!(refused > 0, "the cap never refused anything");
}

fn of_era(era: u32, dimension: Dimension) -> BTreeMap<u64, u128> {
    Amounts::<Test>::iter_prefix((era, dimension)).collect()
}

fn compare(dimension: Dimension, amounts: BTreeMap<u64, u128>) {
    let measured = Concentration::concentration(Era::get(), dimension).unwrap();
    if let Some(count) = measured.nakamoto {
        assert_eq!(Some(count), nakamoto(&amounts));
    }
    if !amounts.is_empty() {
        let index = f64::from(measured.hhi.deconstruct()) / 1e9;
        assert!((index - hhi(&amounts)).abs() < 1e-8);
    }
}
