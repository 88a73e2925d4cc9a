// SPDX-License-Identifier: Apache-2.0

//! What happens to a job, and to everybody's money.

use assay_pallet_primitives::{Fault, Position, ProofRejected};
use assay_runtime::{
    configs::market::GenesisHash, constants::currency::ASY, proxy_type::ProxyType, Balance,
    InferenceMarket, Runtime, RuntimeCall, RuntimeEvent, System, Treasury, Verification,
};
use frame_support::traits::Get;
use pallet_inference_market::{
    Call as Market, Error as MarketError, JobState, Jobs, MarketParameters, ProofOutcome, Receipts,
};
use pallet_verification::{BondExtra, Call as Staking, EconomicParameters};
use sp_runtime::{MultiAddress, PerThing};

use super::world::*;
use crate::chain::{account, events, signed};

fn parameters() -> EconomicParameters<u32> {
    assay_runtime::genesis_config_presets::economic_parameters()
}

#[test]
fn a_proven_answer_is_paid_for_to_the_unit_and_leaves_a_receipt() {
    let mut world = World::new();
    let everybody = [OWNER, REQUESTER, PROVIDER, OTHER_PROVIDER, DELEGATOR];
    // A delegator backs the provider with a quarter of the provider's bond, from the next era on.
    let delegate = Staking::delegate {
        provider: account(PROVIDER),
        amount: BOND / 4,
    };
    world.succeeds(DELEGATOR, RuntimeCall::Verification(delegate));
    world.chain.run(parameters().era_length);

    let before: Vec<Balance> = everybody.map(|who| world.wealth(&account(who))).to_vec();
    let treasury = world.wealth(&Treasury::account_id());
    let posted = world.chain.execute(now) + 1;
    let job = world.post(&[0, 2]);
    let post_fee = world.chain.execute(fee);
    world.chain.run(4);
    let price = world.accept(PROVIDER, job);
    let accept_fee = world.chain.execute(fee);
    // Half of the ramp has passed.
    assert_eq!(price, (PRICES.0 + PRICES.1) / 2);
    let proven = world.work(PROVIDER, &[job], &[0, 2]);
    world.succeeds(PROVIDER, submit(&[job], &proven));
    let submit_fee = world.chain.execute(fee);
    assert_eq!(world.chain.execute(outcomes), [ProofOutcome::Accepted]);

    // The network really answered: digits 2 and 7.
    let answers: Vec<_> = proven
        .outputs
        .iter()
        .map(|codes| (0..10).max_by_key(|class| codes[*class]))
        .collect();
    assert_eq!(answers, [Some(2), Some(7)]);

    // Every part of the price, as the one place that divides payments says.
    let protocol_fee = parameters().protocol_fee.mul_floor(price);
    let royalty = ROYALTY.mul_floor(price - protocol_fee);
    let work = price - protocol_fee - royalty;
    let commission = sp_runtime::Perbill::from_percent(10);
    let delegators = commission.left_from_one().mul_floor(work / 5);
    let rewards = world
        .chain
        .execute(|| Verification::pending_rewards(&account(PROVIDER), &account(DELEGATOR)));
    // A share's reward is rounded down.
    assert!(
        rewards <= delegators && delegators - rewards <= 1,
        "{rewards} of {delegators}"
    );
    let posting = MarketParameters::<u32>::default().posting_fee;
    let changes: Vec<i128> = everybody
        .iter()
        .zip(before)
        .map(|(who, before)| world.wealth(&account(*who)) as i128 - before as i128)
        .collect();
    let expected = [
        royalty as i128,
        -((price + posting + post_fee) as i128),
        (work - delegators) as i128 - (accept_fee + submit_fee) as i128,
        0,
        0,
    ];
    assert_eq!(changes, expected);
    let author_share = assay_runtime::fees::AUTHOR_SHARE;
    let fees: Balance = [post_fee, accept_fee, submit_fee]
        .iter()
        .map(|fee| fee - author_share.mul_floor(*fee))
        .sum();
    assert_eq!(
        world.wealth(&Treasury::account_id()) - treasury,
        protocol_fee + posting + fees
    );

    // The delegator takes out what it earned.
    let claim = Staking::claim {
        provider: account(PROVIDER),
    };
    let before = world.wealth(&account(DELEGATOR));
    world.succeeds(DELEGATOR, RuntimeCall::Verification(claim));
    let claim_fee = world.chain.execute(fee);
    assert_eq!(
        world.wealth(&account(DELEGATOR)) + claim_fee,
        before + rewards
    );

    world.chain.execute(|| {
        assert!(Jobs::<Runtime>::get(job).is_none());
        let receipt = Receipts::<Runtime>::get(job).expect("a receipt");
        assert_eq!(receipt.outputs.to_vec(), proven.outputs.concat());
        assert_eq!(receipt.requester, account(REQUESTER));
        assert_eq!(receipt.provider, account(PROVIDER));
        assert_eq!((receipt.model, receipt.price), (MODEL, price));
        let model = pallet_model_registry::Models::<Runtime>::get(MODEL).expect("registered");
        assert_eq!(receipt.key, model.key.digest);
        // The two inherents come first in a block.
        let at = |block| Position {
            block,
            index: Some(2),
        };
        assert_eq!(receipt.registered, at(2));
        assert_eq!(receipt.posted, at(posted));
        assert_eq!(receipt.settled, at(posted + 6));
    });
}

#[test]
fn one_proof_settles_several_jobs() {
    let mut world = World::new();
    let jobs = [world.post(&[0]), world.post(&[1, 2])];
    for job in jobs {
        world.accept(PROVIDER, job);
    }
    let proven = world.work(PROVIDER, &jobs, &[0, 1, 2]);
    world.succeeds(PROVIDER, submit(&jobs, &proven));
    world.chain.execute(|| {
        for (job, answers) in jobs
            .into_iter()
            .zip([&proven.outputs[..1], &proven.outputs[1..]])
        {
            let receipt = Receipts::<Runtime>::get(job).expect("settled");
            assert_eq!(receipt.outputs.to_vec(), answers.concat());
        }
    });
}

#[test]
fn a_corrupted_proof_is_an_outcome_that_slashes_and_the_job_can_still_be_proven() {
    let mut world = World::new();
    let job = world.post(&[0]);
    let price = world.accept(PROVIDER, job);
    let good = world.work(PROVIDER, &[job], &[0]);

    let lie = |proven: &Proven, output: i32, byte: usize| {
        let mut lie = Proven {
            outputs: proven.outputs.clone(),
            proof: proven.proof.clone(),
        };
        lie.outputs[0][0] += output;
        lie.proof[byte] ^= 1 - (output as u8);
        lie
    };
    let share = parameters().invalid_proof_share;
    let slash = share.mul_ceil(parameters().collateral(price, 0));
    let mut bond = world.own_bond(PROVIDER);
    // Another output; a proof that differs in one bit.
    for bad in [lie(&good, 1, 0), lie(&good, 0, good.proof.len() / 2)] {
        let treasury = world.wealth(&Treasury::account_id());
        world.succeeds(PROVIDER, submit(&[job], &bad));
        let outcome = world.chain.execute(outcomes);
        assert!(
            matches!(outcome[..], [ProofOutcome::Rejected(_)]),
            "{outcome:?}"
        );
        let left = world.own_bond(PROVIDER);
        assert_eq!(bond - left, slash);
        // The treasury has it, besides its part of the fee. Nobody can profit from sending bad proofs.
        let fee = world.chain.execute(fee);
        let fee = fee - assay_runtime::fees::AUTHOR_SHARE.mul_floor(fee);
        assert_eq!(
            world.wealth(&Treasury::account_id()) - treasury,
            slash + fee
        );
        bond = left;
    }
    world.chain.execute(|| {
        let job = Jobs::<Runtime>::get(job).expect("still there");
        assert!(matches!(job.state, JobState::Accepted(_)));
    });
    world.succeeds(PROVIDER, submit(&[job], &good));
    assert_eq!(world.chain.execute(outcomes), [ProofOutcome::Accepted]);
    world
        .chain
        .execute(|| assert!(Receipts::<Runtime>::contains_key(job)));
}

#[test]
fn a_proof_copied_by_another_provider_is_refused_or_slashed() {
    let mut world = World::new();
    let (job, twin) = (world.post(&[0]), world.post(&[0]));
    world.accept(PROVIDER, job);
    world.accept(OTHER_PROVIDER, twin);
    let proven = world.work(PROVIDER, &[job], &[0]);
    // The thief sees it in the pool. The job isn't its own: nothing is verified.
    assert_eq!(
        world.refused(OTHER_PROVIDER, submit(&[job], &proven)),
        refusal(MarketError::NotHolder)
    );
    assert!(world.chain.execute(outcomes).is_empty());
    // For its own job with the same question, it proves nothing.
    let bond = world.own_bond(OTHER_PROVIDER);
    world.succeeds(OTHER_PROVIDER, submit(&[twin], &proven));
    assert_eq!(
        world.chain.execute(outcomes),
        [ProofOutcome::Rejected(ProofRejected::Invalid)]
    );
    assert!(world.own_bond(OTHER_PROVIDER) < bond);
    // The worker's own submission still settles its job.
    world.succeeds(PROVIDER, submit(&[job], &proven));
    assert_eq!(world.chain.execute(outcomes), [ProofOutcome::Accepted]);
}

#[test]
fn a_proof_from_another_chain_proves_nothing_here() {
    let mut world = World::new();
    let job = world.post(&[0]);
    world.accept(PROVIDER, job);
    let elsewhere = sp_core::H256::repeat_byte(9);
    let proven = work(elsewhere, PROVIDER, &[job], &inputs(&[0]));
    world.succeeds(PROVIDER, submit(&[job], &proven));
    assert_eq!(
        world.chain.execute(outcomes),
        [ProofOutcome::Rejected(ProofRejected::Invalid)]
    );
}

#[test]
fn a_silent_provider_is_slashed_and_its_job_goes_to_another_with_a_bounty() {
    let mut world = World::new();
    let job = world.post(&[1]);
    let price = world.accept(PROVIDER, job);
    let bond = world.own_bond(PROVIDER);
    let grace = assay_runtime::genesis_config_presets::market_parameters().grace;
    // Up to and including the last block the job is the provider's. In a block without work to do, the chain expires it by itself in the
    // next one.
    world.chain.run(terms().proof_window + grace);
    let holds = |job: &pallet_inference_market::JobOf<Runtime>| job.acceptance().is_some();
    world.chain.execute(|| {
        assert!(Jobs::<Runtime>::get(job).is_some_and(|job| holds(&job)));
    });
    world.chain.run(1);
    let collateral = parameters().collateral(price, 0);
    let outcome = world.chain.execute(|| {
        events().into_iter().find_map(|event| match event {
            RuntimeEvent::InferenceMarket(pallet_inference_market::Event::Failed {
                fault,
                outcome,
                ..
            }) => Some((fault, outcome)),
            _ => None,
        })
    });
    let (fault, outcome) = outcome.expect("expired");
    assert_eq!(fault, Fault::Missed);
    assert_eq!(outcome.own + outcome.delegated, collateral);
    assert!(outcome.compensation <= price);
    assert_eq!(bond - world.own_bond(PROVIDER), outcome.own);

    let second = world.accept(OTHER_PROVIDER, job);
    let before = world.wealth(&account(OTHER_PROVIDER));
    let proven = world.work(OTHER_PROVIDER, &[job], &[1]);
    world.succeeds(OTHER_PROVIDER, submit(&[job], &proven));
    let fee = world.chain.execute(fee);
    let paid = |amount: Balance| {
        let rest = amount - parameters().protocol_fee.mul_floor(amount);
        rest - ROYALTY.mul_floor(rest)
    };
    assert!(outcome.bounty > 0);
    assert_eq!(
        world.wealth(&account(OTHER_PROVIDER)) + fee,
        before + paid(second) + paid(outcome.bounty)
    );
}

#[test]
fn a_chain_that_stalls_takes_no_time_from_a_provider() {
    let mut world = World::new();
    let job = world.post(&[0]);
    world.accept(PROVIDER, job);
    let deadline = |world: &mut World| {
        let deadline = || InferenceMarket::proof_deadline(job);
        world.chain.execute(deadline).expect("accepted")
    };
    let clock = |world: &mut World| world.chain.execute(pallet_timestamp::Now::<Runtime>::get);
    let (before, began) = (deadline(&mut world), clock(&mut world));
    // Many more slots of the relay chain than the provider has blocks.
    world.chain.stall(100);
    world.chain.run(1);
    let passed = clock(&mut world) - began;
    assert_eq!(
        passed,
        101 * assay_runtime::constants::consensus::SLOT_DURATION
    );
    assert_eq!(deadline(&mut world), before);
    let proven = world.work(PROVIDER, &[job], &[0]);
    world.succeeds(PROVIDER, submit(&[job], &proven));
    world
        .chain
        .execute(|| assert!(Receipts::<Runtime>::contains_key(job)));
}

#[test]
fn in_no_block_do_a_proof_and_an_expiry_both_count() {
    // Every chain of the preset has the same genesis, so one proof does for all.
    let mut proven = None;
    for (late, expire_first) in [(0, false), (0, true), (1, false), (1, true)] {
        let mut world = World::new();
        let job = world.post(&[0]);
        world.accept(PROVIDER, job);
        let proven = proven.get_or_insert_with(|| world.work(PROVIDER, &[job], &[0]));
        let left = world
            .chain
            .execute(|| InferenceMarket::proof_deadline(job).expect("accepted") - now());
        world.chain.run(left + late - 1);
        let expire = RuntimeCall::InferenceMarket(Market::expire { job });
        let mut both = world.chain.execute(|| {
            [
                signed(PROVIDER, submit(&[job], proven), 0),
                signed(REQUESTER, expire, 0),
            ]
        });
        let mut results = {
            if expire_first {
                both.reverse();
            }
            world.chain.block(both.to_vec())
        };
        if expire_first {
            results.reverse();
        }
        let error = |error: MarketError<Runtime>| Ok(Err(error.into()));
        let expected = match (late, expire_first) {
            (0, false) => [Ok(Ok(())), error(MarketError::UnknownJob)],
            (0, true) => [Ok(Ok(())), error(MarketError::NotOver)],
            (_, false) => [Err(refusal(MarketError::TooLate)), Ok(Ok(()))],
            (_, true) => [Err(refusal(MarketError::NotHolder)), Ok(Ok(()))],
        };
        assert_eq!(results, expected, "{late} {expire_first}");
        let bond = world.own_bond(PROVIDER);
        assert_eq!(bond < BOND, late > 0);
        world.chain.execute(|| {
            assert_eq!(Receipts::<Runtime>::contains_key(job), late == 0);
        });
    }
}

#[test]
fn a_workers_hot_key_accepts_and_proves_for_the_provider() {
    let mut world = World::new();
    let appoint = |delegate, proxy_type| {
        RuntimeCall::Proxy(pallet_proxy::Call::add_proxy {
            delegate: MultiAddress::Id(account(delegate)),
            proxy_type,
            delay: 0,
        })
    };
    world.succeeds(PROVIDER, appoint(HOT_KEY, ProxyType::Worker));
    let through = |call| {
        RuntimeCall::Proxy(pallet_proxy::Call::proxy {
            real: MultiAddress::Id(account(PROVIDER)),
            force_proxy_type: Some(ProxyType::Worker),
            call: Box::new(call),
        })
    };
    let job = world.post(&[2]);
    world.succeeds(HOT_KEY, through(accept(job)));
    // The proof is made for the staked account.
    let proven = world.work(PROVIDER, &[job], &[2]);
    world.succeeds(HOT_KEY, through(submit(&[job], &proven)));
    assert_eq!(world.chain.execute(outcomes), [ProofOutcome::Accepted]);
    world.chain.execute(|| {
        let receipt = Receipts::<Runtime>::get(job).expect("settled");
        assert_eq!(receipt.provider, account(PROVIDER));
    });
}

#[test]
fn stake_leaves_within_the_promised_blocks_and_not_before() {
    let mut world = World::new();
    let call = RuntimeCall::Verification;
    let (provider, amount) = (account(PROVIDER), 100 * ASY);
    let delegate = Staking::delegate {
        provider: provider.clone(),
        amount,
    };
    world.succeeds(DELEGATOR, call(delegate));
    world.chain.run(parameters().era_length);
    let extra = BondExtra::FreeBalance(amount);
    let bond_extra = Staking::bond_extra {
        provider: provider.clone(),
        extra,
    };
    world.succeeds(DELEGATOR, call(bond_extra));
    let undelegate = Staking::undelegate {
        provider: provider.clone(),
        amount: 2 * amount,
    };
    world.succeeds(DELEGATOR, call(undelegate));
    let asked = world.chain.execute(now);
    let status = world.chain.execute(|| {
        Verification::delegation_status(&account(PROVIDER), &account(DELEGATOR)).expect("there")
    });
    assert_eq!((status.active, status.pending), (0, 0));
    let [(leaving, matures)] = status.unbonding[..] else {
        panic!("one chunk: {status:?}");
    };
    // The addition hadn't become active and is free again.
    assert_eq!(leaving, amount);
    assert!(matures - asked <= 90);
    let withdraw = || {
        call(Staking::withdraw {
            provider: account(PROVIDER),
        })
    };
    world.chain.run(matures - asked - 2);
    assert_eq!(
        world.call(DELEGATOR, withdraw()),
        Err(pallet_verification::Error::<Runtime>::NothingToWithdraw.into())
    );
    world.succeeds(DELEGATOR, withdraw());
    assert_eq!(world.chain.execute(now), matures);
}

/// The hash of block 0 is what proofs are bound to, and the system keeps it when it prunes the hashes of other blocks.
#[test]
fn the_chain_knows_its_genesis_for_ever() {
    let mut world = World::new();
    let genesis = world.chain_id();
    assert_eq!(genesis, world.chain.genesis());
    world.chain.execute(|| {
        // The block that would prune block 0, had the system no exception for it, and one that prunes another.
        let kept = <Runtime as frame_system::Config>::BlockHashCount::get();
        for (number, pruned) in [(kept + 1, 0), (kept + 3, 2)] {
            System::set_block_number(number - 1);
            assert_ne!(System::block_hash(pruned), Default::default());
            System::initialize(&number, &Default::default(), &Default::default());
            System::finalize();
            assert_eq!(System::block_hash(pruned) == Default::default(), pruned > 0);
        }
        assert_eq!(GenesisHash::get(), genesis);
    });
}

/// What is posted and what is asked agree.
#[test]
fn a_requester_pays_what_was_quoted() {
    let mut world = World::new();
    let quote = world
        .chain
        .execute(|| InferenceMarket::quote(MODEL, 2))
        .expect("the model is active");
    let before = world.wealth(&account(REQUESTER));
    let free = |world: &mut World| {
        let who = account(REQUESTER);
        world
            .chain
            .execute(|| assay_runtime::Balances::free_balance(who))
    };
    let (job, fee) = (world.post(&[0, 1]), world.chain.execute(fee));
    assert_eq!(
        before - world.wealth(&account(REQUESTER)),
        quote.posting_fee + fee
    );
    let held = quote.job_deposit + quote.receipt_deposit + quote.expiry_rewards + PRICES.1;
    assert_eq!(world.wealth(&account(REQUESTER)) - free(&mut world), held);
    let cancel = RuntimeCall::InferenceMarket(Market::cancel { job });
    world.succeeds(REQUESTER, cancel);
    assert_eq!(world.wealth(&account(REQUESTER)), free(&mut world));
}
