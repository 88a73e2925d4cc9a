// SPDX-License-Identifier: Apache-2.0

//! What must fit into a block, and what must not be free.

use assay_pallet_primitives::ProofVerifier;
use assay_runtime::{
    configs::{
        market::{
            CongestionThreshold, MaxVerificationWeight, AROUND_PROOF, MAX_INPUT_BYTES,
            MAX_KEY_BYTES, MAX_PROOF_CALL_BYTES,
        },
        system::{RuntimeBlockLength, RuntimeBlockWeights},
    },
    constants::currency::{deposit, ASY, EXISTENTIAL_DEPOSIT},
    InferenceMarket, ModelRegistry, RuntimeCall, Verification,
};
use codec::Encode;
use frame_support::{
    dispatch::{DispatchClass, GetDispatchInfo},
    weights::Weight,
};
use pallet_verification::proof::AssayVerifier;

use super::world::*;
use crate::chain::{account, signed, Chain};

/// The most that one transaction may weigh, and its longest encoding.
fn largest_transaction() -> (Weight, u32) {
    let limits = RuntimeBlockWeights::get();
    let weight = limits.get(DispatchClass::Normal).max_extrinsic;
    let length = *RuntimeBlockLength::get().max.get(DispatchClass::Normal);
    (weight.expect("normal transactions have a limit"), length)
}

#[test]
fn a_proof_of_the_example_fits_a_block_for_one_job_and_for_many() {
    let (heaviest, _) = largest_transaction();
    let key = AssayVerifier::check_key(&LENET.bytes).expect("valid");
    // One job with the largest batch, and many jobs with an input each.
    for (jobs, inputs) in [(1, 1), (1, key.max_batch), (32, 32)] {
        let proven = Proven {
            outputs: vec![vec![0; key.output_elements as usize]; inputs as usize],
            proof: vec![0; key.cost.max_proof_bytes as usize],
        };
        let jobs: Vec<u64> = (0..jobs).collect();
        let call = submit(&jobs, &proven);
        let weight = call.get_dispatch_info().total_weight();
        assert!(weight.all_lte(heaviest), "{inputs} inputs: {weight}");
        assert!(call.encoded_size() <= MAX_PROOF_CALL_BYTES as usize);
    }
}

#[test]
fn a_block_takes_several_proofs_and_the_heaviest_permitted_model() {
    let normal = RuntimeBlockWeights::get()
        .get(DispatchClass::Normal)
        .max_total;
    let one = submit(
        &[0],
        &Proven {
            outputs: vec![vec![0; 10]],
            proof: vec![0; 20_000],
        },
    );
    let weight = one.get_dispatch_info().total_weight();
    let fit = normal.expect("a limit").checked_div_per_component(&weight);
    assert!(fit.is_some_and(|fit| fit >= 8), "{fit:?} proofs a block");
    // A model just within the limit can be served: it leaves enough for one job with the longest input.
    let mut key = AssayVerifier::check_key(&LENET.bytes).expect("valid");
    key.cost.fixed = MaxVerificationWeight::get();
    key.cost.per_input = Weight::zero();
    key.input_elements = MAX_INPUT_BYTES / key.code_bytes();
    let job = InferenceMarket::verification_weight(&key, 1) + InferenceMarket::job_weight();
    let room = InferenceMarket::max_proof_weight();
    assert!(job.all_lte(room), "{job} {room}");
    // Below the threshold such a proof still fits beside what is there.
    let threshold = CongestionThreshold::get();
    assert!(threshold.all_lt(normal.expect("a limit")));
    assert!(weight.all_lt(normal.expect("a limit") - threshold));
}

#[test]
fn nothing_around_a_proof_weighs_more_than_the_market_takes_it_to() {
    let mut chain = Chain::new("development");
    chain.run(1);
    // The longest call: besides outputs and proof it has 40 bytes, as the market counts them.
    let proof = submit(
        &[0],
        &Proven {
            outputs: vec![vec![0; 10]],
            proof: vec![0; MAX_PROOF_CALL_BYTES as usize - 40 - 40],
        },
    );
    let inside = proof.get_dispatch_info().call_weight;
    let mut call = proof;
    for proxies in 0..=2 {
        let transaction = chain.execute(|| signed(HOT_KEY, call.clone(), ASY));
        let length = transaction.encoded_size() as u64;
        let all = transaction.get_dispatch_info().total_weight();
        let around = all.saturating_add_proof_size(length) - inside;
        assert!(around.all_lte(AROUND_PROOF), "{proxies} proxies: {around}");
        call = RuntimeCall::Proxy(pallet_proxy::Call::proxy {
            real: sp_runtime::MultiAddress::Id(account(PROVIDER)),
            force_proxy_type: None,
            call: Box::new(call),
        });
    }
}

#[test]
fn the_largest_key_can_be_registered_and_refreshed() {
    let (heaviest, longest) = largest_transaction();
    let register = RuntimeCall::ModelRegistry(pallet_model_registry::Call::register {
        key: vec![0; MAX_KEY_BYTES as usize]
            .try_into()
            .expect("not too long"),
        metadata: Default::default(),
        royalty: Default::default(),
    });
    let refresh = RuntimeCall::ModelRegistry(pallet_model_registry::Call::refresh { model: 0 });
    for call in [register, refresh] {
        let weight = call.get_dispatch_info().total_weight();
        assert!(weight.all_lte(heaviest), "{weight} of {heaviest}");
        assert!(call.encoded_size() < longest as usize);
    }
    // As many bytes as a circuit and its rows can have.
    let rows = assay_proof::key::MAX_ROWS * assay_proof::key::ROW_BYTES;
    let circuit = assay_circuit::limits::MAX_CIRCUIT_BYTES;
    assert!(MAX_KEY_BYTES as usize >= circuit + rows + 38);
}

#[test]
fn state_costs_what_it_costs_elsewhere_on_this_chain() {
    let mut world = World::new();
    world.chain.execute(|| {
        let key = LENET.bytes.len() as u32;
        let model = ModelRegistry::deposit(key, 0);
        assert!(model >= deposit(1, key));
        assert!(model < deposit(4, key + 4_096));
        let quote = InferenceMarket::quote(MODEL, 1).expect("active");
        for amount in [quote.job_deposit, quote.receipt_deposit] {
            assert!(amount > EXISTENTIAL_DEPOSIT && amount < 10 * ASY);
        }
        // The pots keep the existential deposit beside what they owe.
        for pot in [Verification::account_id(), InferenceMarket::account_id()] {
            assert_eq!(
                assay_runtime::Balances::free_balance(pot),
                EXISTENTIAL_DEPOSIT
            );
        }
    });
}

#[test]
fn who_submits_a_proof_pays_for_its_verification_and_no_more() {
    let mut world = World::new();
    let job = world.post(&[0]);
    world.accept(PROVIDER, job);
    let proven = world.work(PROVIDER, &[job], &[0]);
    let mut generous = submit(&[job], &proven);
    if let RuntimeCall::InferenceMarket(pallet_inference_market::Call::submit_proof {
        weight_limit,
        ..
    }) = &mut generous
    {
        *weight_limit = weight_limit.saturating_mul(4);
    }
    let before = world.wealth(&account(PROVIDER));
    // Too little is refused before anything is verified.
    let mut stingy = submit(&[job], &proven);
    if let RuntimeCall::InferenceMarket(pallet_inference_market::Call::submit_proof {
        weight_limit,
        ..
    }) = &mut stingy
    {
        *weight_limit = weight_limit.saturating_sub(Weight::from_parts(1, 0));
    }
    assert_eq!(
        world.refused(PROVIDER, stingy),
        refusal(pallet_inference_market::Error::WeightLimitTooLow)
    );
    assert_eq!(world.wealth(&account(PROVIDER)), before);
    world.succeeds(PROVIDER, generous.clone());
    let verified = world.chain.execute(fee);
    // The whole limit would have cost at least this.
    let at_most = world.chain.execute(|| {
        assay_runtime::TransactionPayment::weight_to_fee(generous.get_dispatch_info().call_weight)
    });
    assert!(verified < at_most, "{verified} {at_most}");
    let verification = world
        .chain
        .execute(|| assay_runtime::TransactionPayment::weight_to_fee(verification_weight(1)));
    assert!(verified > verification, "{verified} {verification}");
}
