// SPDX-License-Identifier: Apache-2.0

//! The chains that the runtime can start by itself.
//!
//! | preset | collators | use |
//! | --- | --- | --- |
//! | `development` | Alice | one machine, `--dev` |
//! | `local_testnet` | Alice, Bob | a parachain under a local relay chain |
//!
//! Both endow the well-known development accounts. The keys of those accounts are public: neither
//! preset is fit for a network that anybody depends on. The periods of governance are those of the
//! main network; a test that needs shorter ones overrides `chainParameters.periods` in the chain
//! specification. The periods of the market and of staking are so short, in both presets, that
//! whoever tries the chain sees stake come and go within minutes: see [`market_parameters`] and
//! [`economic_parameters`]. Amounts are those of the main network.

use alloc::{vec, vec::Vec};
use cumulus_primitives_core::ParaId;
use frame_support::build_struct_json_patch;
use pallet_inference_market::MarketParameters;
use pallet_verification::EconomicParameters;
use serde_json::Value;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::Sr25519Keyring;

use crate::{
    constants::{currency::ASY, network::DEFAULT_PARA_ID},
    AccountId, AuraId, Balance, BalancesConfig, BlockNumber, ChainParametersConfig,
    CollatorSelectionConfig, InferenceMarketConfig, ParachainInfoConfig, PolkadotXcmConfig,
    RuntimeGenesisConfig, SessionConfig, SessionKeys, VerificationConfig,
};

/// What each development account owns at genesis: a million ASY.
pub const ENDOWMENT: Balance = 1_000_000 * ASY;
/// What a candidate for the collator set must bond at genesis.
pub const CANDIDACY_BOND: Balance = 1_000 * ASY;
/// Candidates that can be collators at a time, besides the invulnerables.
pub const DESIRED_CANDIDATES: u32 = 10;
/// The XCM version for destinations whose version is not known yet.
pub const SAFE_XCM_VERSION: u32 = xcm::prelude::XCM_VERSION;

/// How many blocks a job may last in the presets.
pub const MAX_JOB_DURATION: BlockNumber = 50;

/// The market's parameters in the presets: proofs are due after 4 to 40 blocks, and the grace is 3.
pub fn market_parameters() -> MarketParameters<BlockNumber> {
    MarketParameters {
        max_auction: 600,
        min_proof_window: 4,
        max_proof_window: 40,
        grace: 3,
        max_extension: 5,
        receipt_lifetime: 600,
        ..Default::default()
    }
}

/// The economic parameters in the presets: eras of 20 blocks, and stake is out at most 90 blocks
/// after it was asked for.
pub fn economic_parameters() -> EconomicParameters<BlockNumber> {
    EconomicParameters {
        era_length: 20,
        unbonding_period: 70,
        commission_delay: 2,
        jail_period: 40,
        ..Default::default()
    }
}

/// The genesis of a chain with these collators, all development accounts endowed.
fn genesis(collators: &[Sr25519Keyring], para_id: ParaId) -> Value {
    let account = |key: &Sr25519Keyring| -> AccountId { key.to_account_id() };
    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: Sr25519Keyring::well_known()
                .map(|key| (account(&key), ENDOWMENT))
                .collect::<Vec<_>>(),
        },
        chain_parameters: ChainParametersConfig {
            max_job_duration: MAX_JOB_DURATION
        },
        verification: VerificationConfig {
            parameters: economic_parameters()
        },
        inference_market: InferenceMarketConfig {
            parameters: market_parameters()
        },
        parachain_info: ParachainInfoConfig {
            parachain_id: para_id
        },
        collator_selection: CollatorSelectionConfig {
            invulnerables: collators.iter().map(account).collect::<Vec<_>>(),
            candidacy_bond: CANDIDACY_BOND,
            desired_candidates: DESIRED_CANDIDATES,
        },
        session: SessionConfig {
            keys: collators
                .iter()
                .map(|key| {
                    let keys = SessionKeys {
                        aura: AuraId::from(key.public()),
                    };
                    (account(key), account(key), keys)
                })
                .collect::<Vec<_>>(),
        },
        polkadot_xcm: PolkadotXcmConfig {
            safe_xcm_version: Some(SAFE_XCM_VERSION)
        },
    })
}

/// The genesis patch of a preset as JSON, or `None` for an unknown name.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
    let para_id = ParaId::from(DEFAULT_PARA_ID);
    let patch = match id.as_ref() {
        DEV_RUNTIME_PRESET => genesis(&[Sr25519Keyring::Alice], para_id),
        LOCAL_TESTNET_RUNTIME_PRESET => {
            genesis(&[Sr25519Keyring::Alice, Sr25519Keyring::Bob], para_id)
        }
        _ => return None,
    };
    serde_json::to_vec(&patch).ok()
}

/// The names of the presets.
pub fn preset_names() -> Vec<PresetId> {
    vec![
        PresetId::from(DEV_RUNTIME_PRESET),
        PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET),
    ]
}
