// SPDX-License-Identifier: Apache-2.0

//! A development chain with a model, and the people who meet there.

use std::{path::Path, sync::LazyLock};

use assay_compiler::{compile, samples, Options, Silent};
use assay_pallet_primitives::{codes::pack, JobId, ModelId};
use assay_proof::{prove, Context, ProvingKey};
use assay_runtime::{
    configs::market::GenesisHash, constants::currency::ASY, AccountId, Balance, Balances,
    BlockNumber, Concentration, InferenceMarket, ModelRegistry, Runtime, RuntimeCall, RuntimeEvent,
    System, Verification,
};
use frame_support::{
    traits::{fungible::Inspect, Get},
    weights::Weight,
};
use pallet_inference_market::{Call as Market, ProofOutcome, Terms};
use pallet_model_registry::{Call as Registry, Metadata};
use pallet_verification::Call as Staking;
use sp_core::H256;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    transaction_validity::{InvalidTransaction, TransactionValidityError},
    DispatchError, Perbill,
};

use crate::chain::{account, events, signed, Chain};

pub(super) use sp_keyring::Sr25519Keyring::{
    Bob as OWNER, Charlie as REQUESTER, Dave as PROVIDER, DaveStash as HOT_KEY,
    Eve as OTHER_PROVIDER, Ferdie as DELEGATOR,
};

/// The first model of a chain.
pub(super) const MODEL: ModelId = 0;
/// What the model's owner asks.
pub(super) const ROYALTY: Perbill = Perbill::from_percent(10);
/// What a provider bonds.
pub(super) const BOND: Balance = 2_000 * ASY;
/// What a job pays at first, and at most.
pub(super) const PRICES: (Balance, Balance) = (10 * ASY, 20 * ASY);

/// The example LeNet-5, compiled as its owner would.
pub(super) struct Lenet {
    /// What proving takes.
    pub(super) key: ProvingKey,
    /// Its verifying key.
    pub(super) bytes: Vec<u8>,
    /// Input codes of handwritten digits.
    pub(super) digits: Vec<Vec<i32>>,
}

pub(super) static LENET: LazyLock<Lenet> = LazyLock::new(|| {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/models");
    let compiled = compile(
        &models.join("mnist-lenet/model.onnx"),
        &models.join("mnist-calibration.npz"),
        &Options::default(),
        &Silent,
    )
    .expect("the example compiles");
    let digits = [2, 5, 7].map(|digit| {
        let file = models.join(format!("mnist-digits/digit-{digit}.png"));
        let values = samples::read(&file, compiled.input.sample_shape()).expect("a digit");
        compiled.input.encode(&values[0])
    });
    let key = ProvingKey::new(compiled.model).expect("the example has a key");
    Lenet {
        bytes: key.verifying_key().to_bytes(),
        digits: digits.to_vec(),
        key,
    }
});

/// What a provider knows after its work.
pub(super) struct Proven {
    pub(super) outputs: Vec<Vec<i32>>,
    pub(super) proof: Vec<u8>,
}

/// Runs the model and proves it, as `provider` would for these jobs on the chain `chain_id`.
pub(super) fn work(
    chain_id: H256,
    provider: Sr25519Keyring,
    jobs: &[JobId],
    inputs: &[Vec<i32>],
) -> Proven {
    let jobs: Vec<[u8; 8]> = jobs.iter().map(|job| job.to_le_bytes()).collect();
    let jobs: Vec<&[u8]> = jobs.iter().map(|job| job.as_slice()).collect();
    let context = Context {
        chain_id: chain_id.0,
        jobs: &jobs,
        provider: account(provider).into(),
    };
    let proven = prove(&LENET.key, &context, inputs).expect("the provider can prove");
    Proven {
        proof: proven.proof.to_bytes(),
        outputs: proven.outputs,
    }
}

/// A development chain on which the model is registered.
pub(super) struct World {
    pub(super) chain: Chain,
}

impl World {
    /// A chain with the model, and two providers.
    pub(super) fn new() -> Self {
        let mut world = Self {
            chain: Chain::new("development"),
        };
        // Before the first block a transaction can't name the genesis.
        world.chain.run(1);
        world.succeeds(OWNER, register_model());
        for provider in [PROVIDER, OTHER_PROVIDER] {
            let register = Staking::register {
                metadata: b"https://example.org".to_vec().try_into().unwrap(),
                commission: Perbill::from_percent(10),
                bond: BOND,
            };
            world.succeeds(provider, RuntimeCall::Verification(register));
        }
        world
    }

    /// Identity of the chain.
    pub(super) fn chain_id(&mut self) -> H256 {
        self.chain.execute(GenesisHash::get)
    }

    /// Builds a block with one transaction and checks everything that must hold after it. Returns the outcome of its call.
    pub(super) fn call(
        &mut self,
        who: Sr25519Keyring,
        call: RuntimeCall,
    ) -> Result<(), DispatchError> {
        let issuance = self.chain.execute(Balances::total_issuance);
        let transaction = self.chain.execute(|| signed(who, call, 0));
        let results = self.chain.block(vec![transaction]);
        self.chain.execute(|| {
            assert_eq!(Balances::total_issuance(), issuance);
            sound();
        });
        results[0].clone().expect("the transaction is valid")
    }

    /// [`call`](Self::call) with a call that succeeds.
    pub(super) fn succeeds(&mut self, who: Sr25519Keyring, call: RuntimeCall) {
        assert_eq!(self.call(who, call), Ok(()));
    }

    /// A transaction that no block takes: the reason that a node gives.
    pub(super) fn refused(
        &mut self,
        who: Sr25519Keyring,
        call: RuntimeCall,
    ) -> TransactionValidityError {
        let transaction = self.chain.execute(|| signed(who, call, 0));
        let results = self.chain.block(vec![transaction]);
        results[0].clone().expect_err("the transaction is invalid")
    }

    /// Posts a job with these digits and returns its number.
    pub(super) fn post(&mut self, digits: &[usize]) -> JobId {
        let job = self
            .chain
            .execute(pallet_inference_market::NextJobId::<Runtime>::get);
        self.succeeds(REQUESTER, self::post(digits));
        job
    }

    /// `provider` accepts `job`, at the price that is returned.
    pub(super) fn accept(&mut self, provider: Sr25519Keyring, job: JobId) -> Balance {
        self.succeeds(provider, accept(job));
        self.chain.execute(|| {
            let job = pallet_inference_market::Jobs::<Runtime>::get(job).expect("in progress");
            job.acceptance().expect("accepted").price
        })
    }

    /// [`work`] on these digits.
    pub(super) fn work(
        &mut self,
        provider: Sr25519Keyring,
        jobs: &[JobId],
        digits: &[usize],
    ) -> Proven {
        work(self.chain_id(), provider, jobs, &inputs(digits))
    }

    /// What an account has, on hold or not.
    pub(super) fn wealth(&mut self, who: &AccountId) -> Balance {
        self.chain.execute(|| Balances::total_balance(who))
    }

    /// What a provider has bonded of its own.
    pub(super) fn own_bond(&mut self, provider: Sr25519Keyring) -> Balance {
        let status = self
            .chain
            .execute(|| Verification::provider_status(&account(provider)));
        status.expect("a provider").own_bond
    }
}

/// Every pallet of the market says that its storage is sound, and all money is in accounts.
fn sound() {
    ModelRegistry::do_try_state().expect("models");
    Verification::do_try_state().expect("stake");
    Concentration::do_try_state().expect("measures");
    InferenceMarket::do_try_state().expect("jobs");
    let total: Balance = frame_system::Account::<Runtime>::iter_keys()
        .map(|who| Balances::total_balance(&who))
        .sum();
    assert_eq!(total, Balances::total_issuance());
}

/// Input codes of some of the digits.
pub(super) fn inputs(digits: &[usize]) -> Vec<Vec<i32>> {
    digits.iter().map(|i| LENET.digits[*i].clone()).collect()
}

/// How a node says that the market would return this error.
pub(super) fn refusal(error: pallet_inference_market::Error<Runtime>) -> TransactionValidityError {
    let DispatchError::Module(module) = error.into() else {
        unreachable!("errors of pallets are of modules");
    };
    InvalidTransaction::Custom(module.error[0]).into()
}

/// Registers the model.
pub(super) fn register_model() -> RuntimeCall {
    RuntimeCall::ModelRegistry(Registry::register {
        key: LENET.bytes.clone().try_into().expect("a key is short"),
        metadata: Metadata {
            name: b"LeNet-5".to_vec().try_into().unwrap(),
            licence: b"Apache-2.0".to_vec().try_into().unwrap(),
            weights_uri: b"https://example.org/lenet".to_vec().try_into().unwrap(),
            weights_hash: H256::repeat_byte(7),
        },
        royalty: ROYALTY,
    })
}

/// Posts a job with these digits.
pub(super) fn post(digits: &[usize]) -> RuntimeCall {
    let facts = <pallet_verification::proof::AssayVerifier as assay_pallet_primitives::ProofVerifier>::check_key(
        &LENET.bytes,
    )
    .expect("a valid key");
    RuntimeCall::InferenceMarket(Market::post {
        model: MODEL,
        inputs: pack(&inputs(digits), &facts)
            .expect("digits are inputs")
            .try_into()
            .expect("few inputs"),
        terms: terms(),
    })
}

/// The conditions of a job.
pub(super) fn terms() -> Terms<BlockNumber> {
    Terms {
        start_price: PRICES.0,
        max_price: PRICES.1,
        ramp: 10,
        auction: 30,
        proof_window: 8,
        min_collateral: 0,
    }
}

pub(super) fn accept(job: JobId) -> RuntimeCall {
    RuntimeCall::InferenceMarket(Market::accept {
        job,
        min_price: PRICES.0,
    })
}

/// Submits a proof with as much weight as it needs.
pub(super) fn submit(jobs: &[JobId], proven: &Proven) -> RuntimeCall {
    RuntimeCall::InferenceMarket(Market::submit_proof {
        jobs: jobs.to_vec().try_into().expect("few jobs"),
        outputs: proven.outputs.concat().try_into().expect("few outputs"),
        proof: proven.proof.clone().try_into().expect("a short proof"),
        weight_limit: verification_weight(proven.outputs.len() as u32),
    })
}

/// What verifying a proof over so many inputs weighs.
pub(super) fn verification_weight(inputs: u32) -> Weight {
    use assay_pallet_primitives::ProofVerifier;
    let key = pallet_verification::proof::AssayVerifier::check_key(&LENET.bytes).expect("valid");
    InferenceMarket::verification_weight(&key, inputs)
}

/// How the proofs of the last block ended.
pub(super) fn outcomes() -> Vec<ProofOutcome> {
    let events = events().into_iter();
    events
        .filter_map(|event| match event {
            RuntimeEvent::InferenceMarket(pallet_inference_market::Event::ProofChecked {
                outcome,
                ..
            }) => Some(outcome),
            _ => None,
        })
        .collect()
}

/// The fee of the last block's only transaction.
pub(super) fn fee() -> Balance {
    let fees = events().into_iter().filter_map(|event| match event {
        RuntimeEvent::TransactionPayment(
            pallet_transaction_payment::Event::TransactionFeePaid {
                actual_fee, tip, ..
            },
        ) => Some(actual_fee + tip),
        _ => None,
    });
    let fees: Vec<Balance> = fees.collect();
    assert_eq!(fees.len(), 1, "one transaction");
    fees[0]
}

/// The number of the present block.
pub(super) fn now() -> BlockNumber {
    System::block_number()
}
