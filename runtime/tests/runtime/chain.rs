// SPDX-License-Identifier: Apache-2.0

//! A chain in memory: genesis from a preset, then whole blocks through `Executive`, as a collator
//! builds them.

use assay_runtime::{
    constants::consensus::SLOT_DURATION,
    parameters::{Periods, TrackPeriods},
    AccountId, Block, Executive, Hash, Header, Nonce, Runtime, RuntimeCall, RuntimeEvent,
    Signature, System, TxExtension, UncheckedExtrinsic,
};
use codec::Encode;
use cumulus_pallet_parachain_system::parachain_inherent::{
    BasicParachainInherentData, InboundMessagesData,
};
use cumulus_primitives_core::{relay_chain::HeadData, ParaId, PersistedValidationData};
use cumulus_test_relay_sproof_builder::RelayStateSproofBuilder;
use frame_support::storage::with_transaction;
use serde_json::{json, Value};
use sp_core::Blake2Hasher;
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    generic::{Digest, DigestItem, Era, SignedPayload},
    traits::{Block as _, Header as _},
    ApplyExtrinsicResult, DispatchError, MultiAddress, TransactionOutcome,
};
use sp_state_machine::InMemoryBackend;

/// The para id in the presets.
pub(crate) const PARA_ID: u32 = 2_100;
/// A sibling with an open channel in both directions.
pub(crate) const SIBLING: u32 = 2_000;
/// The slot of block 1. Any slot will do; this one lies in 2026.
const FIRST_SLOT: u64 = 295_000_000;

/// The presets that every property of a fresh chain is checked on.
pub(crate) const PRESETS: [&str; 2] = ["development", "local_testnet"];

/// Periods of a few blocks, for tests that carry a process to its end.
pub(crate) fn short_periods() -> Periods {
    let track = TrackPeriods {
        prepare: 2,
        decision: 10,
        confirm: 3,
        min_enactment: 2,
    };
    Periods {
        session: 5,
        treasury_spend: 5,
        treasury_payout: 20,
        vote_locking: 4,
        undeciding_timeout: 30,
        root_track: track,
        treasury_track: track,
    }
}

/// The account of a development key.
pub(crate) fn account(key: Sr25519Keyring) -> AccountId {
    key.to_account_id()
}

/// A chain that grows by whole blocks.
pub(crate) struct Chain {
    ext: TestExternalities,
    parent: Header,
    genesis: Hash,
    /// Slots in which there was no block.
    stalled: u32,
}

/// The complete genesis configuration of a preset, with `overrides` on top.
pub(crate) fn genesis_json(preset: &str, overrides: Value) -> Value {
    let parse = |bytes: Vec<u8>| -> Value { serde_json::from_slice(&bytes).expect("valid JSON") };
    let default = <Runtime as GenesisBuilder<Block>>::get_preset(&None).expect("default exists");
    let patch = <Runtime as GenesisBuilder<Block>>::get_preset(&Some(preset.into()))
        .unwrap_or_else(|| panic!("no preset {preset}"));
    let mut config = parse(default);
    merge(&mut config, parse(patch));
    merge(&mut config, overrides);
    config
}

/// Writes `patch` over `base`, object by object, as chain-specification builders do.
fn merge(base: &mut Value, patch: Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, patch) => *base = patch,
    }
}

impl Chain {
    /// A chain from a preset as it is.
    pub(crate) fn new(preset: &str) -> Self {
        Self::with_genesis(preset, json!({}))
    }

    /// A development chain with [`short_periods`].
    pub(crate) fn short() -> Self {
        Self::with_genesis(
            "development",
            json!({ "chainParameters": { "periods": short_periods() } }),
        )
    }

    /// A chain from a preset with changes.
    pub(crate) fn with_genesis(preset: &str, overrides: Value) -> Self {
        let config = genesis_json(preset, overrides).to_string().into_bytes();
        let mut ext = TestExternalities::default();
        ext.execute_with(|| {
            <Runtime as GenesisBuilder<Block>>::build_state(config).expect("genesis builds")
        });
        ext.commit_all().expect("genesis commits");
        let parent = Header::new(
            0,
            Default::default(),
            *ext.backend.root(),
            Default::default(),
            Default::default(),
        );
        let genesis = parent.hash();
        Self {
            ext,
            parent,
            genesis,
            stalled: 0,
        }
    }

    /// Hash of the last block.
    pub(crate) fn best(&self) -> Hash {
        self.parent.hash()
    }

    /// Hash of block 0.
    pub(crate) fn genesis(&self) -> Hash {
        self.genesis
    }

    /// Runs a closure on the state between two blocks.
    pub(crate) fn execute<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.ext.execute_with(f)
    }

    /// Lets time and relay chain go on without a block.
    pub(crate) fn stall(&mut self, slots: u32) {
        self.stalled += slots;
    }

    /// Builds `count` empty blocks.
    pub(crate) fn run(&mut self, count: u32) {
        for _ in 0..count {
            self.block(vec![]);
        }
    }

    /// Builds one block with these transactions; returns their outcomes. The events of the block
    /// stay readable.
    pub(crate) fn block(
        &mut self,
        transactions: Vec<UncheckedExtrinsic>,
    ) -> Vec<ApplyExtrinsicResult> {
        self.build(transactions).0
    }

    /// The state between two blocks, as a database.
    pub(crate) fn state(&mut self) -> InMemoryBackend<Blake2Hasher> {
        self.ext.as_backend()
    }

    /// Builds one block with those of these transactions that are valid and fit. Returns the outcomes of all, and the block.
    pub(crate) fn build(
        &mut self,
        transactions: Vec<UncheckedExtrinsic>,
    ) -> (Vec<ApplyExtrinsicResult>, Block) {
        let number = self.parent.number + 1;
        let relay_number = number + self.stalled;
        let slot = FIRST_SLOT + u64::from(relay_number);
        let pre_digest = DigestItem::PreRuntime(sp_consensus_aura::AURA_ENGINE_ID, slot.encode());
        let header = Header::new(
            number,
            Default::default(),
            Default::default(),
            self.parent.hash(),
            Digest {
                logs: vec![pre_digest],
            },
        );
        let inherents = [
            validation_data(relay_number, slot, &self.parent),
            RuntimeCall::Timestamp(pallet_timestamp::Call::set {
                now: slot * SLOT_DURATION,
            }),
        ];
        let mut extrinsics = inherents.map(UncheckedExtrinsic::new_bare).to_vec();
        let (results, finished) = self.ext.execute_with(|| {
            Executive::initialize_block(&header);
            for inherent in extrinsics.clone() {
                Executive::apply_extrinsic(inherent)
                    .expect("inherent is valid")
                    .expect("inherent succeeds");
            }
            let mut results = Vec::with_capacity(transactions.len());
            for transaction in transactions {
                // As a block's author does: what is left out leaves nothing behind, such as a nonce.
                let result = with_transaction(|| {
                    let result = Executive::apply_extrinsic(transaction.clone());
                    match result.is_ok() {
                        true => TransactionOutcome::Commit(Ok::<_, DispatchError>(result)),
                        false => TransactionOutcome::Rollback(Ok(result)),
                    }
                });
                let result = result.expect("the closure succeeds");
                if result.is_ok() {
                    extrinsics.push(transaction);
                }
                results.push(result);
            }
            let finished = Executive::finalize_block();
            check_state(number);
            (results, finished)
        });
        self.parent = finished.clone();
        (results, Block::new(finished, extrinsics))
    }
}

/// Every pallet's own consistency check, where it was compiled in.
#[cfg(feature = "try-runtime")]
fn check_state(number: u32) {
    use frame_support::traits::{TryState, TryStateSelect};
    <assay_runtime::AllPalletsWithSystem as TryState<u32>>::try_state(number, TryStateSelect::All)
        .expect("consistent state");
}

#[cfg(not(feature = "try-runtime"))]
fn check_state(_: u32) {}

/// The inherent with the state of the relay chain: the parent was included, a channel to the
/// sibling is open in both directions, the upward queue has room.
fn validation_data(relay_number: u32, slot: u64, parent: &Header) -> RuntimeCall {
    let mut relay = RelayStateSproofBuilder {
        para_id: ParaId::from(PARA_ID),
        current_slot: slot.into(),
        included_para_head: Some(HeadData(parent.encode())),
        relay_dispatch_queue_remaining_capacity: Some((100, 1_000_000)),
        ..Default::default()
    };
    relay.host_config.max_upward_queue_count = 100;
    relay.host_config.max_upward_queue_size = 1_000_000;
    relay.host_config.max_upward_message_size = 50_000;
    let sibling = ParaId::from(SIBLING);
    relay.upsert_inbound_channel(sibling);
    let channel = relay.upsert_outbound_channel(sibling);
    channel.max_capacity = 100;
    channel.max_total_size = 1_000_000;
    channel.max_message_size = 100_000;
    let (relay_parent_storage_root, relay_chain_state) = relay.into_state_root_and_proof();
    RuntimeCall::ParachainSystem(cumulus_pallet_parachain_system::Call::set_validation_data {
        data: BasicParachainInherentData {
            validation_data: PersistedValidationData {
                parent_head: HeadData(parent.encode()),
                relay_parent_number: relay_number,
                relay_parent_storage_root,
                max_pov_size: 10 * 1024 * 1024,
            },
            relay_chain_state,
            relay_parent_descendants: vec![],
            collator_peer_id: None,
        },
        inbound_messages_data: InboundMessagesData::new(Default::default(), Default::default()),
    })
}

/// A signed transaction with the account's next nonce. Call it inside [`Chain::execute`].
pub(crate) fn signed(key: Sr25519Keyring, call: RuntimeCall, tip: u128) -> UncheckedExtrinsic {
    signed_with_nonce(key, call, tip, System::account_nonce(account(key)))
}

/// A signed transaction. Call it inside [`Chain::execute`].
pub(crate) fn signed_with_nonce(
    key: Sr25519Keyring,
    call: RuntimeCall,
    tip: u128,
    nonce: Nonce,
) -> UncheckedExtrinsic {
    let who = account(key);
    let extension: TxExtension = (
        frame_system::AuthorizeCall::<Runtime>::new(),
        frame_system::CheckNonZeroSender::<Runtime>::new(),
        frame_system::CheckSpecVersion::<Runtime>::new(),
        frame_system::CheckTxVersion::<Runtime>::new(),
        frame_system::CheckGenesis::<Runtime>::new(),
        frame_system::CheckEra::<Runtime>::from(Era::Immortal),
        frame_system::CheckNonce::<Runtime>::from(nonce),
        frame_system::CheckWeight::<Runtime>::new(),
        pallet_inference_market::extension::CheckProof::new(),
        pallet_transaction_payment::ChargeTransactionPayment::<Runtime>::from(tip),
        frame_metadata_hash_extension::CheckMetadataHash::<Runtime>::new(false),
    )
        .into();
    let payload = SignedPayload::new(call.clone(), extension.clone()).expect("payload");
    let signature = payload.using_encoded(|bytes| key.sign(bytes));
    UncheckedExtrinsic::new_signed(
        call,
        MultiAddress::Id(who),
        Signature::Sr25519(signature),
        extension,
    )
}

/// The events of the last block.
pub(crate) fn events() -> Vec<RuntimeEvent> {
    System::events()
        .into_iter()
        .map(|record| record.event)
        .collect()
}
