// SPDX-License-Identifier: Apache-2.0
//! Ten thousand random steps of honest, lazy, lying and stealing actors over all calls of the market, and over those of the registry and
//! of staking meanwhile. After each block the states of all pallets are checked, and the books: see [`check_books`] and [`Outcomes`]. The
//! seed is printed; `ASSAY_SEED` runs one again.

use std::collections::{BTreeMap, BTreeSet};

use assay_pallet_primitives::{testing::RelationModel, Balance, ModelId, ModelStatus};
use codec::Encode;
use frame_support::{traits::Hooks, weights::Weight, BoundedVec};
use pallet_model_registry::{BarredKeys, Models};
use pallet_verification::{BondExtra, Collateral, Delegations, Providers};
use rand::{seq::IteratorRandom, Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sp_core::H256;
use sp_runtime::{DispatchResult, Perbill};

use crate::{mock::*, *};

const STEPS: u32 = 10_000;
const STEPS_PER_BLOCK: u32 = 5;
/// With their bonds: the third one has little of its own, so that its delegators are at risk, and the last one comes and goes.
const PROVIDERS: [AccountId; 4] = [ALICE, BOB, DELEGATOR, OTHER];
const BONDS: [Balance; 4] = [2_000_000, 2_000_000, 15_000, 50_000];
const REQUESTERS: [AccountId; 3] = [REQUESTER, OTHER, ALICE];
/// Who has stake with the providers.
const DELEGATORS: [AccountId; 2] = [STRANGER, OWNER];
/// As many as are registered at a time.
const MOST_MODELS: u32 = 3;

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

/// How jobs ended, as events say: every job below the next number is in progress or has ended once.
#[derive(Default)]
struct Outcomes(BTreeSet<u64>);

impl Outcomes {
    fn note(&mut self) {
        for event in market_events() {
            if let Event::Settled { job, .. } | Event::Ended { job, .. } = event {
                assert!(self.0.insert(job), "job {job} ended twice");
            }
        }
        let open: BTreeSet<u64> = Jobs::<Test>::iter_keys().collect();
        assert!(open.is_disjoint(&self.0), "an ended job is in progress");
        let all = (open.len() + self.0.len()) as u64;
        assert_eq!(all, NextJobId::<Test>::get(), "a job without an outcome");
    }
}

fn seed() -> u64 {
    let given = std::env::var("ASSAY_SEED");
    given.map_or(0xA55A, |seed| seed.parse().expect("ASSAY_SEED is a number"))
}

fn one_of<T: Copy>(rng: &mut ChaCha8Rng, all: &[T]) -> T {
    *all.iter().choose(rng).unwrap()
}

/// In an order that depends on nothing but the seed.
fn one_of_keys<T: Ord>(rng: &mut ChaCha8Rng, all: impl Iterator<Item = T>) -> Option<T> {
    all.collect::<BTreeSet<_>>().into_iter().choose(rng)
}

fn some_job(rng: &mut ChaCha8Rng) -> u64 {
    one_of_keys(rng, Jobs::<Test>::iter_keys()).unwrap_or(0)
}

fn some_model(rng: &mut ChaCha8Rng) -> ModelId {
    one_of_keys(rng, Models::<Test>::iter_keys()).unwrap_or(0)
}

/// Jobs of one provider and mostly of one model, sometimes with one that isn't its own.
fn some_batch(rng: &mut ChaCha8Rng) -> (AccountId, Vec<u64>) {
    let who = one_of(rng, &PROVIDERS);
    let own: BTreeMap<u64, ModelId> = Jobs::<Test>::iter()
        .filter(|(_, job)| job.acceptance().is_some_and(|held| held.provider == who))
        .map(|(id, job)| (id, job.model))
        .collect();
    let mixed = rng.gen_ratio(1, 20);
    let model = own.values().next().copied();
    let mut jobs: Vec<u64> = own
        .into_iter()
        .filter(|(_, of)| mixed || Some(*of) == model)
        .map(|(id, _)| id)
        .collect();
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

fn post_step(rng: &mut ChaCha8Rng) -> DispatchResult {
    let who = one_of(rng, &REQUESTERS);
    let start_price = rng.gen_range(5..300);
    let auction = rng.gen_range(1..=52);
    let terms = Terms {
        start_price,
        max_price: start_price + rng.gen_range(0..200),
        ramp: rng.gen_range(0..=auction),
        auction,
        proof_window: rng.gen_range(7..=41),
        min_collateral: match rng.gen_range(0..10) {
            0..=1 => rng.gen_range(10_000..40_000),
            _ => rng.gen_range(0..3_000),
        },
    };
    // Few questions, so that some are asked twice.
    let (question_seed, inputs) = (rng.gen_range(0..20), rng.gen_range(1..=3));
    let inputs = question(question_seed, inputs);
    let active = |id: &ModelId| Registry::model(*id).unwrap().status == ModelStatus::Active;
    let model = match rng.gen_ratio(1, 10) {
        true => some_model(rng),
        false => one_of_keys(rng, Models::<Test>::iter_keys().filter(active)).unwrap_or(0),
    };
    Market::post(signed(who), model, packed(&inputs), terms)
}

/// Proves a batch, or pretends to. Nothing but a proof settles a job.
fn proof_step(rng: &mut ChaCha8Rng, tally: &mut Tally) {
    let (who, jobs) = some_batch(rng);
    if jobs.is_empty() {
        return;
    }
    let mut answer = answer(who, &jobs);
    let kind = match rng.gen_range(0..20) {
        0 => {
            answer.outputs[0] ^= 1;
            "lie"
        }
        1 => {
            answer.proof[0] ^= 1;
            "invalid proof"
        }
        2 => {
            answer.proof.pop();
            "malformed proof"
        }
        3 => "theft",
        4 => "copied proof",
        _ => return tally.count("prove", submit(who, &jobs, answer)),
    };
    let jobs = match kind {
        "theft" => {
            // The whole transaction of another, sent under one's own name.
            let thief = one_of(rng, &PROVIDERS.map(|p| if p == who { STRANGER } else { p }));
            let refused = match submit(thief, &jobs, answer) {
                Ok(_) => Err(()),
                Err(_) => Ok(()),
            };
            tally.count("theft refused", refused);
            jobs
        }
        "copied proof" => {
            // The proof of another for jobs of one's own.
            let (thief, own) = some_batch(rng);
            if own.is_empty() || thief == who {
                return;
            }
            let outputs = self::answer(thief, &own).outputs;
            let proof = answer.proof;
            tally.count(kind, submit(thief, &own, Answer { outputs, proof }));
            own
        }
        _ => {
            tally.count(kind, submit(who, &jobs, answer));
            jobs
        }
    };
    let settled = |job: &u64| Receipts::<Test>::contains_key(job);
    assert!(!jobs.iter().any(settled), "settled by a {kind}");
}

fn step(rng: &mut ChaCha8Rng, tally: &mut Tally) {
    let anyone = rng.gen_range(1..=7);
    match rng.gen_range(0..100) {
        0..=20 => tally.count("post", post_step(rng)),
        21..=42 => {
            let (who, job) = (one_of(rng, &PROVIDERS), some_job(rng));
            let result = Market::accept(signed(who), job, rng.gen_range(0..150));
            tally.count("accept", result);
        }
        43..=66 => proof_step(rng, tally),
        67..=71 => {
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
        72..=74 => {
            let job = some_job(rng);
            let requester = Jobs::<Test>::get(job).map_or(REQUESTER, |job| job.requester);
            tally.count("cancel", Market::cancel(signed(requester), job));
        }
        75..=81 => {
            let job = some_job(rng);
            tally.count("expire", Market::expire(signed(anyone), job));
        }
        82..=83 => {
            let job = Receipts::<Test>::iter_keys().min().unwrap_or(0);
            tally.count("prune", Market::prune_receipt(signed(anyone), job));
        }
        84..=87 => registry_step(rng, tally),
        88..=97 => stake_step(rng, tally),
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

/// Models come and go meanwhile. All have the same shape and other weights.
fn registry_step(rng: &mut ChaCha8Rng, tally: &mut Tally) {
    let root = RuntimeOrigin::root;
    let model = some_model(rng);
    let owner = Models::<Test>::get(model).map_or(OWNER, |model| model.owner);
    let royalty = Perbill::from_percent(rng.gen_range(0..60));
    let relation = RelationModel {
        multiplier: rng.gen_range(3..=5),
        ..Default::default()
    };
    let key: BoundedVec<_, _> = relation.key().try_into().unwrap();
    let digest = H256(sp_io::hashing::blake2_256(&key));
    let barred = one_of_keys(rng, BarredKeys::<Test>::iter_keys()).unwrap_or(digest);
    let (step, result) = match rng.gen_range(0..24) {
        0..=7 => {
            if Models::<Test>::count() >= MOST_MODELS {
                return;
            }
            let who = one_of(rng, &[OWNER, STRANGER]);
            let result = Registry::register(signed(who), key, Default::default(), royalty);
            ("register", result)
        }
        8 => {
            let mut metadata = pallet_model_registry::MetadataOf::<Test>::default();
            metadata.name = vec![b'x'; rng.gen_range(0..32)].try_into().unwrap();
            let result = Registry::update_metadata(signed(owner), model, metadata);
            ("update_metadata", result)
        }
        9..=10 => (
            "set_royalty",
            Registry::set_royalty(signed(owner), model, royalty),
        ),
        11 => ("retire", Registry::retire(signed(owner), model)),
        12 => ("bar", Registry::bar(root(), model)),
        13 => ("bar_key", Registry::bar_key(root(), digest)),
        14..=18 => ("permit_key", Registry::permit_key(root(), barred)),
        19..=21 => ("remove", Registry::remove(signed(owner), model)),
        _ => {
            let result = Registry::refresh(signed(STRANGER), model);
            ("refresh", result.map(drop).map_err(|error| error.error))
        }
    };
    tally.count(step, result);
}

/// Stake comes and goes meanwhile.
fn stake_step(rng: &mut ChaCha8Rng, tally: &mut Tally) {
    let who = one_of(rng, &PROVIDERS);
    let (to, delegator) = (one_of(rng, &PROVIDERS), one_of(rng, &DELEGATORS));
    let amount = rng.gen_range(1_000..30_000);
    let delegations = Delegations::<Test>::iter_keys();
    let (from, staked) = one_of_keys(rng, delegations).unwrap_or((to, delegator));
    let (step, result) = match rng.gen_range(0..32) {
        0..=3 => {
            // The one that has little gets no more than it needs.
            let little = Providers::<Test>::get(DELEGATOR).unwrap().own.bond < BONDS[2];
            let (who, amount) = match who {
                DELEGATOR if !little => (ALICE, amount),
                _ if little => (DELEGATOR, BONDS[2]),
                _ => (who, amount),
            };
            let extra = BondExtra::FreeBalance(amount);
            let result = Verification::bond_extra(signed(who), who, extra);
            ("bond_extra", result)
        }
        4 => ("unbond", Verification::unbond(signed(who), amount)),
        5..=8 => (
            "delegate",
            Verification::delegate(signed(delegator), to, amount),
        ),
        9 => (
            "undelegate",
            Verification::undelegate(signed(staked), from, amount),
        ),
        10..=11 => (
            "redelegate",
            Verification::redelegate(signed(staked), from, to, amount),
        ),
        12..=13 => ("claim", Verification::claim(signed(staked), from)),
        14..=15 => ("withdraw", Verification::withdraw(signed(staked), from)),
        16 => ("withdraw own", Verification::withdraw(signed(who), who)),
        17 => (
            "withdraw_for",
            Verification::withdraw_for(signed(REQUESTER), OTHER, delegator),
        ),
        18..=20 => (
            "apply_slash",
            Verification::apply_slash(signed(REQUESTER), from, staked),
        ),
        21..=26 => ("unjail", Verification::unjail(signed(who))),
        27..=28 => (
            "become a provider",
            Verification::register(signed(OTHER), Default::default(), Perbill::zero(), BONDS[3]),
        ),
        29 => ("stop", Verification::retire(signed(OTHER))),
        30 => ("withdraw own", Verification::withdraw(signed(OTHER), OTHER)),
        _ => ("reap", Verification::reap(signed(anyone(rng)), OTHER)),
    };
    tally.count(step, result);
}

fn anyone(rng: &mut ChaCha8Rng) -> AccountId {
    rng.gen_range(1..=7)
}

/// Whatever is on hold is there for a job, a receipt, a model, a provider or a delegation that says so; all money is in accounts; and no
/// stake is behind a job that has ended.
fn check_books() {
    let mut owed: BTreeMap<(AccountId, Vec<u8>), Balance> = BTreeMap::new();
    let mut owe = |who: AccountId, reason: RuntimeHoldReason, amount: Balance| {
        if amount > 0 {
            *owed.entry((who, reason.encode())).or_default() += amount;
        }
    };
    for job in Jobs::<Test>::iter_values() {
        let who = job.requester;
        owe(who, HoldReason::Payment.into(), job.terms.max_price);
        owe(who, HoldReason::JobDeposit.into(), job.deposit);
        owe(who, HoldReason::ReceiptDeposit.into(), job.receipt_deposit);
        owe(who, HoldReason::ExpiryRewards.into(), job.rewards_left);
    }
    for receipt in Receipts::<Test>::iter_values() {
        let reason = HoldReason::ReceiptDeposit.into();
        owe(receipt.requester, reason, receipt.deposit);
    }
    for model in Models::<Test>::iter_values() {
        let reason = pallet_model_registry::HoldReason::ModelDeposit.into();
        owe(model.owner, reason, model.deposit);
    }
    use pallet_verification::HoldReason::{Delegation, ProviderDeposit, SelfBond};
    for (who, provider) in Providers::<Test>::iter() {
        let leaving = provider.own.unbonding.iter().map(|chunk| chunk.amount);
        let own = provider.own.bond + leaving.sum::<Balance>();
        owe(who, SelfBond.into(), own);
        owe(who, ProviderDeposit.into(), provider.deposit);
    }
    for (_, who, delegation) in Delegations::<Test>::iter() {
        owe(who, Delegation.into(), delegation.total_held());
    }
    let held = pallet_balances::Holds::<Test>::iter().flat_map(|(who, holds)| {
        let holds = holds.into_iter();
        holds.map(move |hold| ((who, hold.id.encode()), hold.amount))
    });
    assert_eq!(held.collect::<BTreeMap<_, _>>(), owed);

    let accounts = frame_system::Account::<Test>::iter_keys();
    let total: Balance = accounts.map(wealth).sum();
    assert_eq!(total, Balances::total_issuance());
    for job in Collateral::<Test>::iter_keys() {
        assert!(Jobs::<Test>::contains_key(job), "stake behind no job");
    }
}

fn end_block(rng: &mut ChaCha8Rng, outcomes: &mut Outcomes, tally: &mut Tally) {
    Worked::set(BTreeMap::new());
    if rng.gen_ratio(1, 3) {
        let limit = Weight::from_parts(rng.gen_range(0..20_000_000_000), u64::MAX);
        let spent = Market::on_idle(System::block_number(), limit);
        assert!(spent.all_lte(limit));
    }
    if rng.gen_ratio(1, 20) {
        ProofWeight::<Test>::put(Weight::from_parts(60_000_000_000, 0));
    }
    check();
    check_books();
    outcomes.note();
    for record in System::events() {
        if let RuntimeEvent::Verification(pallet_verification::Event::Jailed { .. }) = record.event
        {
            tally.count("jail", Ok::<_, ()>(()));
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
    let (mut tally, mut outcomes) = (Tally::default(), Outcomes::default());
    tell(|| {
        pallet_verification::Parameters::<Test>::mutate(|set| set.fault_threshold = 4);
        for (who, bond) in PROVIDERS.into_iter().zip(BONDS) {
            provide(who, bond);
        }
        for number in 0..STEPS {
            step(&mut rng, &mut tally);
            if number % STEPS_PER_BLOCK == 0 {
                end_block(&mut rng, &mut outcomes, &mut tally);
            }
        }
        everything_ends();
        outcomes.note();
        check_books();
    });
    let mut never = Vec::new();
    for (step, (ok, failed)) in &tally.0 {
        println!("{step:>16}: {ok:>5} succeeded, {failed:>5} refused");
        if *ok == 0 {
            never.push(step);
        }
    }
    assert!(never.is_empty(), "never succeeded: {never:?}");
    // Every kind of step was taken, and providers went to jail.
    assert_eq!(tally.0.len(), KINDS);
}

/// Kinds of steps in the tally.
const KINDS: usize = 37;

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
    assert_eq!(InputJobs::<Test>::iter().count(), 0);
    assert_eq!(EarlyResults::<Test>::iter().count(), 0);
    assert_eq!(JobsByVersion::<Test>::iter().count(), 0);
    assert_eq!(Collateral::<Test>::iter().count(), 0);
    for who in 1..=7 {
        assert_eq!(all_held(who), 0, "{who} has money on hold for the market");
    }
    assert_eq!(free(Market::account_id()), ED);
}

/// Each round ends at least one auction of each job.
const MAX_ROUNDS: u32 = 6;
