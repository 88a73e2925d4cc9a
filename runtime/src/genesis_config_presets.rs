// SPDX-License-Identifier: Apache-2.0

//! The chains that the runtime can start by itself.
//!
//! | preset | collators | use |
//! | --- | --- | --- |
//! | `development` | Alice | one machine, `--dev` |
//! | `local_testnet` | Alice, Bob | a parachain under a local relay chain |
//!
//! Both endow the well-known development accounts. The keys of those accounts are public: neither
//! preset is fit for a network that anybody depends on. Periods are those of the main network; a
//! test that needs shorter ones overrides `chainParameters.periods` in the chain specification.

use alloc::{vec, vec::Vec};
use cumulus_primitives_core::ParaId;
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::Sr25519Keyring;

use crate::{
    constants::{currency::ASY, network::DEFAULT_PARA_ID},
    AccountId, AuraId, Balance, BalancesConfig, CollatorSelectionConfig, ParachainInfoConfig,
    PolkadotXcmConfig, RuntimeGenesisConfig, SessionConfig, SessionKeys,
};

/// What each development account owns at genesis: a million ASY.
pub const ENDOWMENT: Balance = 1_000_000 * ASY;
/// What a candidate for the collator set must bond at genesis.
pub const CANDIDACY_BOND: Balance = 1_000 * ASY;
/// Candidates that can be collators at a time, besides the invulnerables.
pub const DESIRED_CANDIDATES: u32 = 10;
/// The XCM version for destinations whose version is not known yet.
pub const SAFE_XCM_VERSION: u32 = xcm::prelude::XCM_VERSION;

/// The genesis of a chain with these collators, all development accounts endowed.
fn genesis(collators: &[Sr25519Keyring], para_id: ParaId) -> Value {
    let account = |key: &Sr25519Keyring| -> AccountId { key.to_account_id() };
    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: Sr25519Keyring::well_known()
                .map(|key| (account(&key), ENDOWMENT))
                .collect::<Vec<_>>(),
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
