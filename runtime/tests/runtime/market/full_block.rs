// SPDX-License-Identifier: Apache-2.0

//! A block as full of proofs as its weight allows, executed in WebAssembly as a node that imports it does. It measures time, so it
//! runs only when it is asked for: `make bench-block`. It prints a line of JSON for each model.

use std::{fs, path::Path, time::Instant};

use assay_circuit::{Circuit, Model, Parameters};
use assay_pallet_primitives::{codes::pack, JobId, ProofVerifier};
use assay_proof::{prove, Context, ProvingKey};
use assay_runtime::{
    configs::{market::GenesisHash, system::RuntimeBlockWeights},
    constants::currency::ASY,
    Block, InferenceMarket, Runtime, RuntimeCall,
};
use codec::Encode;
use cumulus_primitives_proof_size_hostfunction::storage_proof_size;
use frame_support::{
    dispatch::{DispatchClass, GetDispatchInfo},
    traits::Get,
    weights::Weight,
};
use pallet_inference_market::{Call as Market, Terms};
use pallet_model_registry::Call as Registry;
use pallet_verification::{proof::AssayVerifier, Call as Staking};
use sc_executor::WasmExecutor;
use sp_core::{
    traits::{CallContext, RuntimeCode, WrappedRuntimeCode},
    Blake2Hasher,
};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{ApplyExtrinsicResult, Perbill};
use sp_state_machine::{InMemoryBackend, OverlayedChanges, StateMachine};

use super::world::{LENET, MODEL, OWNER, PROVIDER, REQUESTER};
use crate::chain::{account, signed_with_nonce, Chain};

/// Folders with compiled models, separated by colons. The example LeNet-5 if it isn't set.
const MODELS: &str = "ASSAY_MODELS";
/// A blob of this runtime; the one that was built with this test if it isn't set.
const BLOB: &str = "ASSAY_BLOB";
/// Transactions that prepare jobs, in one block.
const AT_ONCE: usize = 30;
/// Times that the block is executed. The best is printed: it is nearest to a machine that does nothing else.
const RUNS: usize = 5;

/// A model with an input that is asked again and again.
struct Served {
    name: String,
    key: ProvingKey,
    input: Vec<i32>,
}

impl Served {
    fn example() -> Self {
        Self {
            name: "lenet-5".into(),
            key: LENET.key.clone(),
            input: LENET.digits[0].clone(),
        }
    }

    /// What `assay model compile` wrote.
    fn read(folder: &Path) -> Self {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let circuit = Circuit::from_bytes(&read("circuit.bin")).expect("a circuit");
        let (cells, range) = (circuit.input().cells(), circuit.input().range);
        let parameters =
            Parameters::from_bytes(&circuit, &read("parameters.bin")).expect("parameters");
        let model = Model::new(circuit, parameters).expect("a model");
        // Any input will do; this one uses the whole range.
        let span = range.high - range.low + 1;
        let input = (0..cells as i32).map(|i| range.low + (i * 7_919).rem_euclid(span));
        Self {
            name: folder.file_name().expect("a name").to_string_lossy().into(),
            key: ProvingKey::new(model).expect("a key"),
            input: input.collect(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.key.verifying_key().to_bytes()
    }
}

/// A chain on which a provider holds jobs of a model.
struct Prepared {
    chain: Chain,
    jobs: Vec<JobId>,
}

/// Sends calls of one account, as many a block as are sure to fit.
fn send(chain: &mut Chain, who: Sr25519Keyring, calls: Vec<RuntimeCall>) {
    for calls in calls.chunks(AT_ONCE) {
        let transactions = transactions(chain, who, calls.to_vec());
        for result in chain.block(transactions) {
            assert_eq!(result, Ok(Ok(())));
        }
    }
}

fn transactions(
    chain: &mut Chain,
    who: Sr25519Keyring,
    calls: Vec<RuntimeCall>,
) -> Vec<assay_runtime::UncheckedExtrinsic> {
    chain.execute(|| {
        let first = frame_system::Pallet::<Runtime>::account_nonce(account(who));
        let nonces = first..;
        let calls = calls.into_iter().zip(nonces);
        calls
            .map(|(call, nonce)| signed_with_nonce(who, call, 0, nonce))
            .collect()
    })
}

fn prepare(served: &Served, jobs: usize) -> Prepared {
    let mut chain = Chain::new("development");
    chain.run(1);
    let register = Registry::register {
        key: served.bytes().try_into().expect("a key is short"),
        metadata: Default::default(),
        royalty: Perbill::from_percent(10),
    };
    send(
        &mut chain,
        OWNER,
        vec![RuntimeCall::ModelRegistry(register)],
    );
    let provide = Staking::register {
        metadata: Default::default(),
        commission: Perbill::zero(),
        bond: 10_000 * ASY,
    };
    send(
        &mut chain,
        PROVIDER,
        vec![RuntimeCall::Verification(provide)],
    );
    let facts = AssayVerifier::check_key(&served.bytes()).expect("a valid key");
    let inputs = pack(std::slice::from_ref(&served.input), &facts).expect("an input");
    let post = RuntimeCall::InferenceMarket(Market::post {
        model: MODEL,
        inputs: inputs.try_into().expect("one input"),
        terms: Terms {
            start_price: ASY,
            max_price: ASY,
            ramp: 0,
            auction: 600,
            proof_window: 40,
            min_collateral: 0,
        },
    });
    send(&mut chain, REQUESTER, vec![post; jobs]);
    let jobs: Vec<JobId> = (0..jobs as JobId).collect();
    let accept = |job: &JobId| {
        RuntimeCall::InferenceMarket(Market::accept {
            job: *job,
            min_price: 0,
        })
    };
    send(&mut chain, PROVIDER, jobs.iter().map(accept).collect());
    Prepared { chain, jobs }
}

/// A proof for one job.
fn submission(served: &Served, chain_id: [u8; 32], job: JobId) -> RuntimeCall {
    let number = job.to_le_bytes();
    let context = Context {
        chain_id,
        jobs: &[&number],
        provider: account(PROVIDER).into(),
    };
    let inputs = std::slice::from_ref(&served.input);
    let proven = prove(&served.key, &context, inputs).expect("the provider can prove");
    let facts = AssayVerifier::check_key(&served.bytes()).expect("a valid key");
    RuntimeCall::InferenceMarket(Market::submit_proof {
        jobs: vec![job].try_into().expect("one job"),
        outputs: proven.outputs.concat().try_into().expect("few outputs"),
        proof: proven.proof.to_bytes().try_into().expect("a short proof"),
        weight_limit: InferenceMarket::verification_weight(&facts, 1),
    })
}

/// The runtime's blob.
fn blob() -> Vec<u8> {
    match std::env::var(BLOB) {
        Ok(path) => fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}")),
        Err(_) => assay_runtime::WASM_BINARY
            .expect("built with its blob")
            .to_vec(),
    }
}

/// Milliseconds of executing `block` on `state` in the runtime's blob.
fn execute(
    executor: &WasmExecutor<(
        sp_io::SubstrateHostFunctions,
        storage_proof_size::HostFunctions,
    )>,
    blob: &[u8],
    state: &InMemoryBackend<Blake2Hasher>,
    block: &Block,
) -> f64 {
    let code = RuntimeCode {
        code_fetcher: &WrappedRuntimeCode(blob.into()),
        heap_pages: None,
        hash: vec![1],
    };
    let (mut overlay, mut extensions) = (OverlayedChanges::default(), Default::default());
    let call = block.encode();
    let started = Instant::now();
    StateMachine::new(
        state,
        &mut overlay,
        executor,
        "Core_execute_block",
        &call,
        &mut extensions,
        &code,
        CallContext::Onchain { import: true },
    )
    .execute()
    .expect("WebAssembly agrees with the native runtime that built the block");
    started.elapsed().as_secs_f64() * 1e3
}

fn measure(served: &Served) {
    let most = RuntimeBlockWeights::get()
        .get(DispatchClass::Normal)
        .max_total
        .expect("normal transactions have a limit");
    let charged = submission(served, [0; 32], 0)
        .get_dispatch_info()
        .total_weight();
    let fit = most
        .checked_div_per_component(&charged)
        .expect("weighs something");
    // More than fit, so that it is the weight that ends the block.
    let Prepared { mut chain, jobs } = prepare(served, fit as usize + 3);
    let chain_id = chain.execute(GenesisHash::get).0;
    let calls = jobs
        .iter()
        .map(|job| submission(served, chain_id, *job))
        .collect();
    let transactions = transactions(&mut chain, PROVIDER, calls);

    let state = chain.state();
    let (results, block) = chain.build(transactions);
    let proofs = results
        .iter()
        .filter(|result| **result == Ok(Ok(())))
        .count();
    assert!(
        proofs < results.len(),
        "all proofs fit: the block isn't full"
    );
    assert!(results.iter().all(is_settled_or_left_out), "{results:?}");
    let weight: Weight = chain
        .execute(|| *frame_system::Pallet::<Runtime>::block_weight().get(DispatchClass::Normal));

    let executor = WasmExecutor::builder().build();
    let blob = blob();
    // Compiles the blob.
    execute(&executor, &blob, &state, &block);
    let times = (0..RUNS).map(|_| execute(&executor, &blob, &state, &block));
    let best = times.fold(f64::INFINITY, f64::min);
    println!(
        "{{\"model\":\"{}\",\"proofs\":{proofs},\"bytes\":{},\"execute_ms\":{best:.1},\"per_proof_ms\":{:.1},\"weight_ms\":{:.1},\"charged_per_proof_ms\":{:.1}}}",
        served.name,
        block.encoded_size(),
        best / proofs as f64,
        weight.ref_time() as f64 / 1e9,
        charged.ref_time() as f64 / 1e9,
    );
    // What the relay chain's validators have for it.
    assert!(best < 2_000.0, "{best:.1} ms for a full block");
}

/// What doesn't fit is left for the next block; what does succeeds.
fn is_settled_or_left_out(result: &ApplyExtrinsicResult) -> bool {
    use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};
    let full = TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);
    // After one that was left out, the nonces of the rest are too high.
    let later = TransactionValidityError::Invalid(InvalidTransaction::Future);
    matches!(result, Ok(Ok(()))) || *result == Err(full) || *result == Err(later)
}

#[test]
#[ignore = "measures time: make bench-block"]
fn execute_a_block_full_of_proofs() {
    // Where a panic in WebAssembly says why.
    tracing_subscriber::fmt().init();
    match std::env::var(MODELS) {
        Ok(folders) => folders
            .split(':')
            .for_each(|folder| measure(&Served::read(Path::new(folder)))),
        Err(_) => measure(&Served::example()),
    }
}
