// SPDX-License-Identifier: Apache-2.0
//! Ten thousand random steps of honest, lazy and lying actors over all calls. After each block everything that must always be true
//! is checked. The seed is printed; `ASSAY_SEED` runs one again.

use std::collections::{BTreeMap, BTreeSet};

use assay_pallet_primitives::{
    CollateralTerms, Fault, Payment, SlashBeneficiaries, SlashOutcome, Staking,
};
use codec::Encode;
use frame_support::{
    storage::with_storage_layer,
    traits::{
        fungible::{Inspect, Mutate, MutateHold},
        tokens::Preservation,
    },
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sp_runtime::Perbill;

use crate::{mock::*, *};

const STEPS: u32 = 10_000;
const STEPS_PER_BLOCK: u32 = 4;
/// The longest unbonding with the era in which it begins, and the longest job.
const RISK: u64 = 90 + 20 + 50;
/// Providers are 1 to 4, delegators 1 to 9: some are both.
const PROVIDERS: std::ops::RangeInclusive<u64> = 1..=4;
const ACCOUNTS: std::ops::RangeInclusive<u64> = 1..=9;

/// What the market would remember.
#[derive(Default)]
struct Market {
    next: u64,
    /// Provider and deadline of each job with collateral.
    open: BTreeMap<u64, (AccountId, u64)>,
}

/// How often each kind of step succeeded and failed, and what was said of it: a test whose calls all fail tests nothing.
#[derive(Default)]
struct Tally {
    steps: BTreeMap<&'static str, (u32, u32)>,
    /// The numbers of the events.
    events: BTreeSet<u8>,
    /// The last block in which stake came to a provider from another one.
    redelegated: BTreeMap<AccountId, u64>,
}

impl Tally {
    fn count<T, E>(&mut self, step: &'static str, result: Result<T, E>) {
        let entry = self.steps.entry(step).or_default();
        match result {
            Ok(_) => entry.0 += 1,
            Err(_) => entry.1 += 1,
        }
    }

    /// Takes note of the events of a block.
    fn note_events(&mut self) {
        for record in System::events() {
            if let RuntimeEvent::Verification(event) = record.event {
                self.events.insert(event.encode()[0]);
                if let crate::Event::Redelegated { to, .. } = event {
                    self.redelegated.insert(to, System::block_number());
                }
            }
        }
        System::reset_events();
    }

    /// The names of the pallet's events that never occurred.
    fn unseen_events(&self) -> Vec<&'static str> {
        use scale_info::{TypeDef, TypeInfo};
        let TypeDef::Variant(events) = crate::Event::<Test>::type_info().type_def else {
            panic!("events are an enum");
        };
        let unseen = events.variants.iter();
        unseen
            .filter(|event| !self.events.contains(&event.index))
            .map(|event| event.name)
            .collect()
    }
}

fn seed() -> u64 {
    match std::env::var("ASSAY_SEED") {
        Err(std::env::VarError::NotPresent) => 0xA55A,
        given => given
            .ok()
            .and_then(|seed| seed.parse().ok())
            .expect("ASSAY_SEED is a number"),
    }
}

/// Amounts of every size, round and odd.
fn amount(rng: &mut ChaCha8Rng) -> u128 {
    let magnitude = rng.gen_range(0..6);
    rng.gen_range(0..=10u128.pow(magnitude) * 3)
}

fn market_step(rng: &mut ChaCha8Rng, market: &mut Market, tally: &mut Tally) {
    let now = System::block_number();
    let provider = rng.gen_range(PROVIDERS);
    match rng.gen_range(0..10) {
        0..=4 => {
            // Often all that the provider has behind no job, so that its delegators are at risk.
            let free = Verification::provider_status(&provider).map_or(0, |p| {
                p.own_bond - p.own_locked + p.delegated.saturating_sub(p.delegated_locked)
            });
            let terms = if rng.gen_bool(0.5) {
                CollateralTerms {
                    price: free / rng.gen_range(10..100),
                    min_collateral: free,
                }
            } else {
                CollateralTerms {
                    price: amount(rng) / 8,
                    min_collateral: amount(rng) / 8,
                }
            };
            let job = market.next;
            let can = Verification::can_accept(&provider, &terms);
            let locked =
                with_storage_layer(|| Verification::lock_collateral(job, &provider, &terms));
            assert_eq!(can.err(), locked.as_ref().err().copied());
            if locked.is_ok() {
                market.next += 1;
                // Never longer than the longest job.
                market
                    .open
                    .insert(job, (provider, now + rng.gen_range(1..=50)));
            }
            tally.count("accept", locked);
        }
        5..=7 => {
            let Some((&job, _)) = market.open.iter().nth(rng.gen_range(0..8)) else {
                return;
            };
            if rng.gen_ratio(1, 4) {
                // Once, or until it is the end.
                for _ in 0..[1, 10][usize::from(rng.gen_ratio(1, 3))] {
                    tally.count("failed proof", slash(tally, job, Fault::InvalidProof));
                    if Verification::collateral_of(job).is_none() {
                        market.open.remove(&job);
                        tally.count("last failed proof", Ok::<_, ()>(()));
                        break;
                    }
                }
            } else if rng.gen_ratio(1, 4) {
                tally.count("contradiction", slash(tally, job, Fault::Contradicted));
                market.open.remove(&job);
            } else {
                let (provider, _) = market.open.remove(&job).unwrap();
                Verification::release(job).unwrap();
                tally.count("payment", pay_some(rng, provider));
            }
        }
        _ => tally.count("payment", pay_some(rng, provider)),
    }
}

fn slash(
    tally: &Tally,
    job: u64,
    fault: Fault,
) -> Result<SlashOutcome<u128>, sp_runtime::DispatchError> {
    let to = SlashBeneficiaries {
        requester: &REQUESTER,
        bounty: Some(&BOUNTIES),
    };
    let lock = Verification::collateral_of(job).unwrap();
    let ends = fault.is_terminal() || !Verification::survives_failed_proof(job);
    let outcome = Verification::slash(job, fault, to)?;
    assert_eq!(
        outcome.own,
        outcome.compensation + outcome.bounty + outcome.treasury
    );
    assert!(outcome.compensation <= lock.price);
    assert!(outcome.own + outcome.delegated <= lock.own + lock.delegated);
    assert_ne!(outcome, SlashOutcome::default(), "a fault was free");
    assert_eq!(Verification::collateral_of(job).is_none(), ends);
    if ends {
        // Collateral is always covered, but for the rounding of the index; and but for stake that came from another provider and
        // that one's slashes took, while it was at risk here and there.
        let came = tally.redelegated.get(&lock.provider);
        let risky = came.is_some_and(|block| System::block_number() <= block + RISK);
        let missing = lock.own + lock.delegated - outcome.own - outcome.delegated;
        assert!(
            missing <= 64 || risky,
            "{missing} of the collateral were gone"
        );
    }
    Ok(outcome)
}

fn pay_some(rng: &mut ChaCha8Rng, provider: AccountId) -> Result<(), sp_runtime::DispatchError> {
    let reason: RuntimeHoldReason = market::HoldReason::Payment.into();
    let amount = amount(rng) / 16;
    with_storage_layer(|| {
        <Balances as MutateHold<u64>>::hold(&reason, &REQUESTER, amount)?;
        let split = Verification::pay(&Payment {
            payer: &REQUESTER,
            held: Some(&reason),
            amount,
            provider: &provider,
            model_owner: &OWNER,
            royalty: Perbill::from_percent(rng.gen_range(0..=50)),
        })?;
        let sum = split.protocol_fee + split.royalty + split.provider + split.delegators;
        assert_eq!(sum, amount);
        Ok(())
    })
}

fn call_step(rng: &mut ChaCha8Rng, tally: &mut Tally) {
    let who = rng.gen_range(ACCOUNTS);
    let provider = rng.gen_range(PROVIDERS);
    // Often a delegation that exists, so that steps succeed.
    let (provider, who) = if rng.gen_bool(0.5) {
        let all: Vec<_> = Delegations::<Test>::iter_keys().collect();
        let mut all = all;
        all.sort_unstable();
        if all.is_empty() {
            (provider, who)
        } else {
            all[rng.gen_range(0..all.len())]
        }
    } else {
        (provider, who)
    };
    let delegator = if rng.gen_bool(0.8) {
        who
    } else {
        rng.gen_range(ACCOUNTS)
    };
    // And often by the provider itself, which gets up again after a fall.
    let kind = rng.gen_range(0..36);
    let itself = (32..36).contains(&kind) || rng.gen_bool(0.2);
    let who = if itself { provider } else { who };
    let origin = signed(who);
    let staked = Delegations::<Test>::get(provider, who).map_or(0, |d| d.staked());
    let some = if rng.gen_bool(0.3) {
        staked
    } else {
        amount(rng)
    };
    let percent = Perbill::from_percent(rng.gen_range(0..=60));
    let (step, call): (&str, crate::Call<Test>) = match kind {
        0..=1 => (
            "register",
            Call::register {
                metadata: Default::default(),
                commission: percent,
                bond: some,
            },
        ),
        2 => (
            "set_commission",
            Call::set_commission {
                commission: percent,
            },
        ),
        3..=4 => (
            "bond_extra",
            Call::bond_extra {
                provider: if rng.gen() { who } else { provider },
                extra: BondExtra::FreeBalance(some),
            },
        ),
        5 => (
            "compound",
            Call::bond_extra {
                provider,
                extra: BondExtra::Rewards,
            },
        ),
        6 => ("unbond", Call::unbond { amount: some }),
        7..=12 => (
            "delegate",
            Call::delegate {
                provider,
                amount: some,
            },
        ),
        13..=15 => (
            "undelegate",
            Call::undelegate {
                provider,
                amount: some,
            },
        ),
        16..=18 => (
            "redelegate",
            Call::redelegate {
                from: provider,
                to: rng.gen_range(PROVIDERS),
                amount: some,
            },
        ),
        19..=21 => ("withdraw", Call::withdraw { provider }),
        22 => ("withdraw own", Call::withdraw { provider: who }),
        23 => ("claim", Call::claim { provider }),
        24 => (
            "claim_for",
            Call::claim_for {
                provider,
                delegator,
            },
        ),
        25..=26 => (
            "apply_slash",
            Call::apply_slash {
                provider,
                delegator,
            },
        ),
        27 | 32..34 => ("unjail", Call::unjail {}),
        28 | 34..36 => (
            "bond_extra",
            Call::bond_extra {
                provider: who,
                extra: BondExtra::FreeBalance(parameters().min_self_bond + some),
            },
        ),
        29 if rng.gen_ratio(1, 8) => ("retire", Call::retire {}),
        30 if rng.gen() => ("reap", Call::reap { provider }),
        30 => (
            "withdraw_for",
            Call::withdraw_for {
                provider,
                delegator,
            },
        ),
        _ => {
            let metadata = vec![b'x'; rng.gen_range(0..=64)].try_into().unwrap();
            ("set_metadata", Call::set_metadata { metadata })
        }
    };
    use frame_support::traits::UnfilteredDispatchable;
    tally.count(
        step,
        with_storage_layer(|| call.dispatch_bypass_filter(origin)),
    );
}

/// Governance moves the parameters within their bounds.
fn governance_step(rng: &mut ChaCha8Rng, tally: &mut Tally) {
    let mut changed = parameters();
    changed.era_length = rng.gen_range(2..=20);
    changed.unbonding_period = rng.gen_range(50..=90);
    changed.collateral_ratio = sp_runtime::FixedU128::from_rational(rng.gen_range(1..40), 4);
    changed.compensation_share = Perbill::from_percent(rng.gen_range(0..60));
    changed.max_commission = Perbill::from_percent(rng.gen_range(0..=100));
    changed.jail_period = rng.gen_range(1..20);
    let result =
        with_storage_layer(|| Verification::set_parameters(RuntimeOrigin::root(), changed));
    tally.count("set_parameters", result);
}

/// Nobody runs dry: what others spent comes back to the requester and to who has little.
fn refill() {
    for rich in [TREASURY, OWNER, BOUNTIES] {
        for poor in ACCOUNTS.chain([REQUESTER]) {
            let has = Balances::balance(&poor);
            let spare = Balances::balance(&rich).saturating_sub(ED + 1_000_000);
            if has < 1_000_000 && spare > 100_000 {
                let _ = <Balances as Mutate<u64>>::transfer(
                    &rich,
                    &poor,
                    spare / 4,
                    Preservation::Preserve,
                );
            }
        }
    }
}

#[test]
fn ten_thousand_random_steps_keep_every_invariant() {
    let seed = seed();
    println!("ASSAY_SEED={seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut tally = Tally::default();
    tell(|| {
        let (mut market, issuance) = (Market::default(), Balances::total_issuance());
        for step in 0..STEPS {
            match rng.gen_range(0..100) {
                0..=39 => market_step(&mut rng, &mut market, &mut tally),
                40..=98 => call_step(&mut rng, &mut tally),
                _ => governance_step(&mut rng, &mut tally),
            }
            if step % STEPS_PER_BLOCK == 0 {
                end_block(&mut market, &mut tally, issuance, step);
            }
        }
        everybody_leaves(market);
        tally.note_events();
    });
    for (step, (ok, failed)) in &tally.steps {
        println!("{step:>18}: {ok:>5} succeeded, {failed:>5} refused");
    }
    // Few providers retire and are rid of all stake before the end, where all of them are reaped.
    let rare = ["reap", "withdraw_for"];
    for (step, (ok, _)) in &tally.steps {
        assert!(*ok > 0 || rare.contains(step), "no {step} ever succeeded");
    }
    assert_eq!(tally.unseen_events(), [""; 0], "events that never occurred");
}

/// Jobs whose deadline has come are slashed; then the whole state is checked.
fn end_block(market: &mut Market, tally: &mut Tally, issuance: u128, step: u32) {
    let now = System::block_number();
    let missed: Vec<u64> = market
        .open
        .iter()
        .filter(|(_, (_, deadline))| *deadline <= now)
        .map(|(job, _)| *job)
        .collect();
    for job in missed {
        tally.count("missed", slash(tally, job, Fault::Missed));
        market.open.remove(&job);
    }
    if let Err(broken) = Verification::do_try_state() {
        panic!("step {step}, block {now}: {broken:?}");
    }
    check_books();
    assert_eq!(Balances::total_issuance(), issuance, "step {step}");
    tally.note_events();
    refill();
    run_to_block(now + 1);
}

/// In the end everything is settled and paid out: no hold, no record, no dust is left behind.
fn everybody_leaves(market: Market) {
    for job in market.open.keys() {
        Verification::release(*job).unwrap();
    }
    for _ in 0..8 {
        run_to_block(System::block_number() + 100);
        for who in ACCOUNTS {
            let _ = Verification::withdraw(signed(who), who);
            let _ = Verification::retire(signed(who));
        }
        for (provider, who) in Delegations::<Test>::iter_keys().collect::<Vec<_>>() {
            let _ = Verification::withdraw_for(signed(OWNER), provider, who);
            let _ = Verification::withdraw(signed(who), provider);
            let _ = Verification::apply_slash(signed(who), provider, who);
            let staked = Verification::delegation_status(&provider, &who)
                .map_or(0, |status| status.active + status.pending);
            let _ = Verification::undelegate(signed(who), provider, staked);
            let _ = Verification::claim(signed(who), provider);
        }
        Verification::do_try_state().unwrap();
    }
    for who in ACCOUNTS {
        let _ = Verification::withdraw(signed(who), who);
        let _ = Verification::reap(signed(who), who);
        assert_eq!(staked(who), 0, "{who} still has delegations on hold");
        assert_eq!(bonded(who), 0, "{who} still has a bond on hold");
    }
    assert_eq!(Delegations::<Test>::iter().count(), 0);
    assert_eq!(Providers::<Test>::count(), 0);
    assert_eq!(Collateral::<Test>::iter().count(), 0);
    assert_eq!(Activations::<Test>::iter().count(), 0);
    assert_eq!(ClosedGenerations::<Test>::iter().count(), 0);
    assert_eq!(UnbondingPools::<Test>::iter().count(), 0);
    // What rounding left of rewards went to the treasury with the last record of each provider.
    assert_eq!(Balances::balance(&Verification::account_id()), ED);
}
