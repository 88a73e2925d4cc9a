// SPDX-License-Identifier: Apache-2.0

//! Which transactions with proofs a node takes into its pool, and in which order blocks take them.

use assay_pallet_primitives::JobId;
use assay_runtime::{
    configs::{market::MAX_PROOF_CALL_BYTES, system::RuntimeBlockWeights},
    constants::currency::ASY,
    proxy_type::ProxyType,
    Executive, InferenceMarket, Runtime, RuntimeCall,
};
use frame_support::{
    dispatch::{DispatchClass, GetDispatchInfo},
    storage::with_transaction,
    weights::Weight,
};
use pallet_inference_market::{extension::MAX_PRIORITY, Call as Market, Error as MarketError};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    traits::TransactionExtension,
    transaction_validity::{
        InvalidTransaction, TransactionSource, TransactionValidity, ValidTransaction,
    },
    DispatchError, MultiAddress, TransactionOutcome,
};

use super::world::*;
use crate::chain::{account, signed};

/// What a node asks the runtime before it takes a transaction in.
fn validate(world: &mut World, who: Sr25519Keyring, call: RuntimeCall) -> TransactionValidity {
    let best = world.chain.best();
    world.chain.execute(|| {
        let transaction = signed(who, call, 0);
        // The runtime takes itself to be in the next block; what it writes meanwhile is thrown away.
        let answer = with_transaction(|| {
            let source = TransactionSource::External;
            let answer = Executive::validate_transaction(source, transaction, best);
            TransactionOutcome::Rollback(Ok::<_, DispatchError>(answer))
        });
        answer.expect("the closure succeeds")
    })
}

fn valid(world: &mut World, who: Sr25519Keyring, call: RuntimeCall) -> ValidTransaction {
    validate(world, who, call).expect("a valid transaction")
}

/// A proof in which nothing is wrong but the proof, which admission doesn't look at.
fn proof_for(jobs: &[JobId]) -> RuntimeCall {
    let proven = Proven {
        outputs: vec![vec![0; 10]; jobs.len()],
        proof: vec![0; 17_000],
    };
    submit(jobs, &proven)
}

fn transfer() -> RuntimeCall {
    RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
        dest: MultiAddress::Id(account(OWNER)),
        value: ASY,
    })
}

fn through(real: Sr25519Keyring, call: RuntimeCall) -> RuntimeCall {
    RuntimeCall::Proxy(pallet_proxy::Call::proxy {
        real: MultiAddress::Id(account(real)),
        force_proxy_type: None,
        call: Box::new(call),
    })
}

/// A world in which the provider holds a job and has appointed proxies.
fn world(proxies: &[(Sr25519Keyring, ProxyType)]) -> (World, JobId) {
    let mut world = World::new();
    for (delegate, proxy_type) in proxies {
        let appoint = RuntimeCall::Proxy(pallet_proxy::Call::add_proxy {
            delegate: MultiAddress::Id(account(*delegate)),
            proxy_type: *proxy_type,
            delay: 0,
        });
        world.succeeds(PROVIDER, appoint);
    }
    let job = world.post(&[0]);
    world.accept(PROVIDER, job);
    (world, job)
}

#[test]
fn only_the_holder_of_a_job_gets_a_proof_into_the_pool() {
    let (mut world, job) = world(&[]);
    valid(&mut world, PROVIDER, proof_for(&[job]));
    assert_eq!(
        validate(&mut world, OTHER_PROVIDER, proof_for(&[job])),
        Err(refusal(MarketError::NotHolder))
    );
    assert_eq!(
        validate(&mut world, PROVIDER, proof_for(&[job, job + 1])),
        Err(refusal(MarketError::UnknownJob))
    );
}

#[test]
fn a_hot_key_gets_the_proofs_of_its_account_into_the_pool_and_no_others() {
    let staker = Sr25519Keyring::Alice;
    let proxies = [(HOT_KEY, ProxyType::Worker), (staker, ProxyType::Staking)];
    let (mut world, job) = world(&proxies);
    let fund = RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
        dest: MultiAddress::Id(account(HOT_KEY)),
        value: 10 * ASY,
    });
    world.succeeds(OWNER, fund);

    let direct = valid(&mut world, PROVIDER, proof_for(&[job]));
    let proxied = valid(&mut world, HOT_KEY, through(PROVIDER, proof_for(&[job])));
    assert!(proxied.priority.abs_diff(direct.priority) < 10);
    // The same job: the second of the two isn't admitted beside the first.
    assert!(direct
        .provides
        .iter()
        .any(|tag| proxied.provides.contains(tag)));

    // The hot key in its own name, a stranger, a proxy for something else, and for an account without the job.
    assert_eq!(
        validate(&mut world, HOT_KEY, proof_for(&[job])),
        Err(refusal(MarketError::NotHolder))
    );
    for nobody in [OTHER_PROVIDER, staker] {
        assert_eq!(
            validate(&mut world, nobody, through(PROVIDER, proof_for(&[job]))),
            Err(InvalidTransaction::BadSigner.into())
        );
    }
    let appoint = RuntimeCall::Proxy(pallet_proxy::Call::add_proxy {
        delegate: MultiAddress::Id(account(HOT_KEY)),
        proxy_type: ProxyType::Worker,
        delay: 0,
    });
    world.succeeds(OTHER_PROVIDER, appoint);
    assert_eq!(
        validate(
            &mut world,
            HOT_KEY,
            through(OTHER_PROVIDER, proof_for(&[job]))
        ),
        Err(refusal(MarketError::NotHolder))
    );
}

#[test]
fn a_proxy_that_has_to_announce_its_calls_gets_no_proof_into_the_pool() {
    let (mut world, job) = world(&[]);
    let appoint = RuntimeCall::Proxy(pallet_proxy::Call::add_proxy {
        delegate: MultiAddress::Id(account(HOT_KEY)),
        proxy_type: ProxyType::Worker,
        delay: 1,
    });
    world.succeeds(PROVIDER, appoint);
    assert_eq!(
        validate(&mut world, HOT_KEY, through(PROVIDER, proof_for(&[job]))),
        Err(InvalidTransaction::BadSigner.into())
    );
}

/// Gives the model a cost with which a job of one input just can be posted, and `more`. Returns the weight of a verification.
fn make_heavy(world: &mut World, more: Weight) -> Weight {
    world.chain.execute(|| {
        pallet_model_registry::Models::<Runtime>::mutate(MODEL, |model| {
            let key = &mut model.as_mut().expect("registered").key;
            key.cost.fixed = Weight::zero();
            key.cost.per_input = Weight::zero();
            let rest = InferenceMarket::max_proof_weight()
                - InferenceMarket::job_weight()
                - InferenceMarket::verification_weight(key, 1);
            key.cost.fixed = rest + more;
            InferenceMarket::verification_weight(key, 1)
        })
    })
}

#[test]
fn the_heaviest_job_that_can_be_posted_can_be_proven_by_a_hot_key() {
    let (mut world, job) = world(&[(HOT_KEY, ProxyType::Worker)]);
    let quote = |world: &mut World| world.chain.execute(|| InferenceMarket::quote(MODEL, 1));
    let heaviest = make_heavy(&mut world, Weight::zero());
    assert!(quote(&mut world).is_some());
    let proof = |weight_limit| {
        RuntimeCall::InferenceMarket(Market::submit_proof {
            jobs: vec![job].try_into().expect("one job"),
            outputs: vec![0; 10].try_into().expect("few outputs"),
            // The longest that a call takes.
            proof: vec![0; MAX_PROOF_CALL_BYTES as usize - 80]
                .try_into()
                .expect("not too long"),
            weight_limit,
        })
    };
    valid(&mut world, HOT_KEY, through(PROVIDER, proof(heaviest)));
    for more in [Weight::from_parts(1, 0), Weight::from_parts(0, 1)] {
        make_heavy(&mut world, more);
        assert_eq!(quote(&mut world), None);
    }
    // What the call alone leaves of the heaviest transaction is too much.
    let limits = RuntimeBlockWeights::get();
    let most = limits.get(DispatchClass::Normal).max_extrinsic;
    let call = proof(Weight::zero()).get_dispatch_info().call_weight;
    let alone = most.expect("a limit") - call;
    assert_eq!(
        validate(&mut world, HOT_KEY, through(PROVIDER, proof(alone))),
        Err(InvalidTransaction::ExhaustsResources.into())
    );
}

#[test]
fn a_proof_near_its_deadline_goes_ahead_of_transfers() {
    let (mut world, job) = world(&[]);
    let deadline = world
        .chain
        .execute(|| InferenceMarket::proof_deadline(job).expect("accepted"));
    let now = world.chain.execute(now);
    let early = valid(&mut world, PROVIDER, proof_for(&[job]));
    world.chain.run(deadline - now - 1);
    let last = valid(&mut world, PROVIDER, proof_for(&[job]));
    assert!(last.priority >= MAX_PRIORITY && last.priority > early.priority);
    assert!(last.priority > valid(&mut world, REQUESTER, transfer()).priority);
    world.chain.run(1);
    assert_eq!(
        validate(&mut world, PROVIDER, proof_for(&[job])),
        Err(refusal(MarketError::TooLate))
    );
}

#[test]
fn looking_for_proofs_is_charged_where_there_may_be_one() {
    type Extension = pallet_inference_market::extension::CheckProof<
        Runtime,
        assay_runtime::proof_calls::ProofCalls,
    >;
    let weight = |call: &RuntimeCall| Extension::new().weight(call);
    let proof = RuntimeCall::InferenceMarket(Market::submit_proof {
        jobs: vec![1].try_into().expect("one job"),
        outputs: Default::default(),
        proof: Default::default(),
        weight_limit: Weight::zero(),
    });
    let once = through(PROVIDER, proof.clone());
    let twice = through(OTHER_PROVIDER, once.clone());
    let never = through(OWNER, twice.clone());
    assert!(weight(&proof).all_gt(Weight::zero()));
    assert!(weight(&once).all_gt(weight(&proof)));
    assert!(weight(&twice).all_gt(weight(&once)));
    for call in [never, transfer(), through(PROVIDER, transfer())] {
        assert_eq!(weight(&call), Weight::zero());
    }
}
