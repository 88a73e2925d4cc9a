// SPDX-License-Identifier: Apache-2.0
//! Ten thousand random steps of honest, lazy and lying actors over all calls of the market. After each block the states of all
//! pallets are checked. The seed is printed; `ASSAY_SEED` runs one again.

use std::collections::BTreeMap;

use frame_support::{traits::Hooks, weights::Weight, BoundedVec};
use rand::{seq::IteratorRandom, Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{mock::*, *};

const STEPS: u32 = 10_000;
const STEPS_PER_BLOCK: u32 = 5;
const PROVIDERS: [AccountId; 3] = [ALICE, BOB, DELEGATOR];
const REQUESTERS: [AccountId; 3] = [REQUESTER, OTHER, ALICE];

/// How often each kind of step succeeded and failed: a test whose calls all fail tests nothing.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, (u32, u32)>);

impl Tally {
    fn count<T, E>(&mut self, step: &'static str, result: Result<T, E>) {
        let entry = self.0.entry(step).or_default();
        match result {
            Ok(_) => entry.0 += 1,
            Err(_) => entry.1 += 1,
        }
    }
}

fn seed() -> u64 {
    std::env::var("ASSAY_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(0xA55A)
}

fn some_job(rng: &mut ChaCha8Rng) -> u64 {
    let jobs = Jobs::<Test>::iter_keys().collect::<std::collections::BTreeSet<_>>();
    jobs.into_iter().choose(rng).unwrap_or(0)
}

/// Jobs of one provider, sometimes with one that isn't.
fn some_batch(rng: &mut ChaCha8Rng) -> (AccountId, Vec<u64>) {
    let who = *PROVIDERS.iter().choose(rng).unwrap();
    let mut jobs: Vec<u64> = Jobs::<Test>::iter()
        .filter(|(_, job)| job.acceptance().is_some_and(|held| held.provider == who))
        .map(|(id, _)| id)
        .collect();
    jobs.sort_unstable();
    let most = rng.gen_range(1..=4);
    jobs.truncate(most);
    if rng.gen_ratio(1, 10) {
        let other = some_job(rng);
        if Jobs::<Test>::contains_key(other) && !jobs.contains(&other) {
            jobs.push(other);
            jobs.sort_unstable();
        }
    }
    (who, jobs)
}

fn post_step(rng: &mut ChaCha8Rng) -> sp_runtime::DispatchResult {
    let who = *REQUESTERS.iter().choose(rng).unwrap();
    let start_price = rng.gen_range(5..300);
    let auction = rng.gen_range(1..=52);
    let terms = Terms {
        start_price,
        max_price: start_price + rng.gen_range(0..200),
        ramp: rng.gen_range(0..=auction),
        auction,
        proof_window: rng.gen_range(7..=41),
        min_collateral: rng.gen_range(0..3_000),
    };
    // Few questions, so that some are asked twice.
    let (question_seed, inputs) = (rng.gen_range(0..20), rng.gen_range(1..=3));
    let inputs = question(question_seed, inputs);
    Market::post(signed(who), 0, packed(&inputs), terms)
}

fn step(rng: &mut ChaCha8Rng, tally: &mut Tally) {
    let anyone = rng.gen_range(1..=7);
    match rng.gen_range(0..100) {
        0..=24 => tally.count("post", post_step(rng)),
        25..=49 => {
            let who = *PROVIDERS.iter().choose(rng).unwrap();
            let job = some_job(rng);
            let result = Market::accept(signed(who), job, rng.gen_range(0..150));
            tally.count("accept", result);
        }
        50..=74 => {
            let (who, jobs) = some_batch(rng);
            if jobs.is_empty() {
                return;
            }
            let mut answer = answer(who, &jobs);
            let lie = rng.gen_ratio(1, 5);
            if lie {
                answer.outputs[0] ^= 1;
            }
            let result = submit(who, &jobs, answer);
            tally.count(if lie { "lie" } else { "prove" }, result);
        }
        75..=80 => {
            let (who, jobs) = some_batch(rng);
            let Some(job) = jobs.first() else { return };
            let mut outputs = answer(who, &[*job]).outputs;
            if rng.gen_ratio(1, 4) {
                outputs[0] += 1;
            }
            let outputs = BoundedVec::try_from(outputs).unwrap();
            let result = Market::publish_early_result(signed(who), *job, outputs);
            tally.count("early result", result);
        }
        81..=84 => {
            let job = some_job(rng);
            let requester = Jobs::<Test>::get(job).map_or(REQUESTER, |job| job.requester);
            tally.count("cancel", Market::cancel(signed(requester), job));
        }
        85..=92 => {
            let job = some_job(rng);
            tally.count("expire", Market::expire(signed(anyone), job));
        }
        93..=95 => {
            let job = Receipts::<Test>::iter_keys().min().unwrap_or(0);
            tally.count("prune", Market::prune_receipt(signed(anyone), job));
        }
        96..=97 => stake_step(rng, tally),
        _ => {
            let changed = MarketParameters {
                posting_fee: rng.gen_range(1..40),
                expiry_reward: rng.gen_range(1..90),
                max_auctions: rng.gen_range(1..=4),
                grace: rng.gen_range(1..=4),
                max_extension: rng.gen_range(0..=6),
                ..parameters()
            };
            let result = Market::set_parameters(RuntimeOrigin::root(), changed);
            tally.count("set_parameters", result);
        }
    }
}

/// Stake comes and goes meanwhile.
fn stake_step(rng: &mut ChaCha8Rng, tally: &mut Tally) {
    use pallet_verification::BondExtra;
    let who = *PROVIDERS.iter().choose(rng).unwrap();
    let amount = rng.gen_range(1_000..20_000);
    let result = match rng.gen_range(0..4) {
        0 => Verification::bond_extra(signed(who), who, BondExtra::FreeBalance(amount)),
        1 => Verification::unbond(signed(who), amount),
        2 => Verification::delegate(signed(STRANGER), who, amount),
        _ => Verification::undelegate(signed(STRANGER), who, amount),
    };
    tally.count("stake", result);
}

fn end_block(rng: &mut ChaCha8Rng, number: u32) {
    Worked::set(BTreeMap::new());
    if rng.gen_ratio(1, 3) {
        let limit = Weight::from_parts(rng.gen_range(0..20_000_000_000), u64::MAX);
        let spent = Market::on_idle(System::block_number(), limit);
        assert!(spent.all_lte(limit));
    }
    if rng.gen_ratio(1, 20) {
        ProofWeight::<Test>::put(Weight::from_parts(60_000_000_000, 0));
    }
    for result in [
        Market::do_try_state(),
        Registry::do_try_state(),
        Verification::do_try_state(),
    ] {
        if let Err(broken) = result {
            panic!(
                "step {number}, block {}: {broken:?}",
                System::block_number()
            );
        }
    }
    System::reset_events();
    skip(1);
}

#[test]
fn ten_thousand_random_steps_keep_every_invariant() {
    let seed = seed();
    println!("ASSAY_SEED={seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut tally = Tally::default();
    tell(|| {
        for who in PROVIDERS {
            provide(who, 2_000_000);
        }
        for number in 0..STEPS {
            step(&mut rng, &mut tally);
            if number % STEPS_PER_BLOCK == 0 {
                end_block(&mut rng, number);
            }
        }
        everything_ends();
    });
    for (step, (ok, failed)) in &tally.0 {
        println!("{step:>16}: {ok:>5} succeeded, {failed:>5} refused");
        assert!(*ok > 0, "no {step} ever succeeded");
    }
}

/// In the end no job is without an outcome and nothing is left behind.
fn everything_ends() {
    for _ in 0..MAX_ROUNDS {
        skip(60);
        for job in Jobs::<Test>::iter_keys().collect::<Vec<_>>() {
            Market::expire(signed(STRANGER), job).unwrap();
        }
        for job in Receipts::<Test>::iter_keys().collect::<Vec<_>>() {
            let _ = Market::prune_receipt(signed(STRANGER), job);
        }
    }
    assert_eq!(Jobs::<Test>::iter().count(), 0);
    assert_eq!(Receipts::<Test>::iter().count(), 0);
    assert_eq!(OpenJobs::<Test>::iter().count(), 0);
    assert_eq!(Inputs::<Test>::iter().count(), 0);
    assert_eq!(EarlyResults::<Test>::iter().count(), 0);
    assert_eq!(JobsByVersion::<Test>::iter().count(), 0);
    assert_eq!(pallet_verification::Collateral::<Test>::iter().count(), 0);
    for who in 1..=7 {
        assert_eq!(all_held(who), 0, "{who} has money on hold for the market");
    }
    assert_eq!(free(Market::account_id()), ED);
}

/// Each round ends at least one auction of each job.
const MAX_ROUNDS: u32 = 6;
