// SPDX-License-Identifier: Apache-2.0

//! The presets start chains that produce blocks, with the accounts and collators that they promise.

use assay_runtime::{
    constants::currency::EXISTENTIAL_DEPOSIT,
    genesis_config_presets::{
        self, economic_parameters, market_parameters, CANDIDACY_BOND, DESIRED_CANDIDATES,
        ENDOWMENT, MAX_JOB_DURATION,
    },
    parameters::{CurrentPeriods, MaxJobDuration, Periods, RelayNetwork},
    AccountId, AuraId, Balances, Block, InferenceMarket, ParachainInfo, Runtime, Session, System,
    Treasury, Verification,
};
use serde_json::json;
use sp_consensus_aura::runtime_decl_for_aura_api::AuraApi;
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob};
use xcm::latest::NetworkId;

use crate::chain::{account, genesis_json, short_periods, Chain, PARA_ID, PRESETS};

#[test]
fn the_presets_are_those_that_are_listed() {
    let names = <Runtime as GenesisBuilder<Block>>::preset_names();
    assert_eq!(
        names
            .iter()
            .map(|name| name.as_ref())
            .collect::<Vec<&str>>(),
        PRESETS
    );
    for name in &names {
        assert!(genesis_config_presets::get_preset(name).is_some());
    }
    assert!(genesis_config_presets::get_preset(&"staging".into()).is_none());
}

#[test]
fn a_preset_starts_a_chain_that_produces_blocks() {
    for preset in PRESETS {
        let mut chain = Chain::new(preset);
        chain.run(3);
        chain.execute(|| assert_eq!(System::block_number(), 3, "{preset}"));
    }
}

#[test]
fn a_preset_has_its_collators_and_endowed_accounts() {
    for (preset, collators) in PRESETS.into_iter().zip([vec![Alice], vec![Alice, Bob]]) {
        Chain::new(preset).execute(|| {
            let mut accounts: Vec<_> = collators.iter().copied().map(account).collect();
            accounts.sort();
            assert_eq!(
                pallet_collator_selection::Invulnerables::<Runtime>::get(),
                accounts
            );
            assert_eq!(
                pallet_collator_selection::CandidacyBond::<Runtime>::get(),
                CANDIDACY_BOND
            );
            assert_eq!(
                pallet_collator_selection::DesiredCandidates::<Runtime>::get(),
                DESIRED_CANDIDATES
            );
            assert_eq!(Session::validators(), accounts);
            // The key of a development account is its session key too.
            let authorities = <Runtime as AuraApi<Block, AuraId>>::authorities();
            let owners: Vec<AccountId> = authorities
                .iter()
                .map(|key| AccountId::from(<[u8; 32]>::try_from(key.as_ref()).expect("32 bytes")))
                .collect();
            assert_eq!(owners, accounts);

            let endowed: Vec<_> = Sr25519Keyring::well_known().collect();
            for key in &endowed {
                assert_eq!(Balances::free_balance(account(*key)), ENDOWMENT);
            }
            // Accounts that receive sums below the existential deposit exist from the start.
            let pots = [
                Treasury::account_id(),
                Verification::account_id(),
                InferenceMarket::account_id(),
            ];
            for pot in &pots {
                assert_eq!(Balances::free_balance(pot), EXISTENTIAL_DEPOSIT);
            }
            assert_eq!(
                Balances::total_issuance(),
                ENDOWMENT * endowed.len() as u128 + EXISTENTIAL_DEPOSIT * pots.len() as u128
            );
            assert_eq!(u32::from(ParachainInfo::parachain_id()), PARA_ID);
        });
    }
}

#[test]
fn a_preset_has_the_main_networks_periods_unless_they_are_overridden() {
    Chain::new("development").execute(|| {
        assert_eq!(CurrentPeriods::<Runtime>::get(), Periods::default());
        assert_eq!(RelayNetwork::<Runtime>::get(), NetworkId::Polkadot);
    });
    Chain::with_genesis(
        "local_testnet",
        json!({ "chainParameters": { "periods": short_periods(), "relayNetwork": "Kusama" } }),
    )
    .execute(|| {
        assert_eq!(CurrentPeriods::<Runtime>::get(), short_periods());
        assert_eq!(RelayNetwork::<Runtime>::get(), NetworkId::Kusama);
    });
}

#[test]
fn the_presets_have_a_market_with_short_periods() {
    for preset in PRESETS {
        Chain::new(preset).execute(|| {
            assert_eq!(MaxJobDuration::<Runtime>::get(), MAX_JOB_DURATION);
            assert_eq!(
                pallet_inference_market::Parameters::<Runtime>::get(),
                market_parameters()
            );
            assert_eq!(
                pallet_verification::Parameters::<Runtime>::get(),
                economic_parameters()
            );
            // As long as the presets promise, and out within 90 blocks.
            let staking = economic_parameters();
            assert!(staking.era_length + staking.unbonding_period <= 90);
        });
    }
}

#[test]
fn the_market_counts_the_collators_of_the_session() {
    use assay_runtime::configs::market::Collators;
    use frame_support::traits::Get;
    for (preset, collators) in PRESETS.into_iter().zip([1, 2]) {
        Chain::new(preset).execute(|| assert_eq!(Collators::get(), collators, "{preset}"));
    }
}

/// Only root sets the parameters, and not even root sets periods that don't fit the longest job.
#[test]
fn governance_stays_within_the_longest_job() {
    use assay_runtime::RuntimeOrigin;
    use frame_support::{assert_noop, assert_ok};
    use sp_runtime::DispatchError::BadOrigin;
    Chain::new("development").execute(|| {
        let set_market = pallet_inference_market::Pallet::<Runtime>::set_parameters;
        let mut market = market_parameters();
        market.max_proof_window = 30;
        let alice = RuntimeOrigin::signed(account(Alice));
        assert_noop!(set_market(alice.clone(), market), BadOrigin);
        assert_ok!(set_market(RuntimeOrigin::root(), market));
        market.max_proof_window = MAX_JOB_DURATION - market.grace - market.max_extension;
        assert_noop!(
            set_market(RuntimeOrigin::root(), market),
            pallet_inference_market::Error::<Runtime>::InvalidParameters(
                pallet_inference_market::InvalidParameters::JobTooLong
            )
        );

        let set_staking = pallet_verification::Pallet::<Runtime>::set_parameters;
        let mut staking = economic_parameters();
        assert_noop!(set_staking(alice, staking), BadOrigin);
        assert_ok!(set_staking(RuntimeOrigin::root(), staking));
        staking.unbonding_period = MAX_JOB_DURATION + staking.era_length - 1;
        assert_noop!(
            set_staking(RuntimeOrigin::root(), staking),
            pallet_verification::Error::<Runtime>::InvalidParameters(
                pallet_verification::InvalidParameters::UnbondingTooShort
            )
        );
    });
}

/// Without a preset the chain has the main network's parameters, which fit its longest job.
#[test]
fn the_main_networks_parameters_fit_each_other() {
    use assay_runtime::{constants::time::DAYS, BlockNumber};
    let market = pallet_inference_market::MarketParameters::<BlockNumber>::default();
    let staking = pallet_verification::EconomicParameters::<BlockNumber>::default();
    sp_io::TestExternalities::default().execute_with(|| {
        let longest = MaxJobDuration::<Runtime>::get();
        assert_eq!(longest, DAYS);
        assert_eq!(market.validate(longest), Ok(()));
        assert_eq!(staking.validate(longest), Ok(()));
    });
}

#[test]
fn genesis_refuses_periods_of_market_and_staking_that_do_not_fit_the_longest_job() {
    let build = |overrides| {
        let config = genesis_json("development", overrides).to_string();
        std::panic::catch_unwind(|| {
            sp_io::TestExternalities::default().execute_with(|| {
                <Runtime as GenesisBuilder<Block>>::build_state(config.into_bytes())
            })
        })
    };
    assert!(build(json!({})).expect("no panic").is_ok());
    for longer in [
        json!({ "inferenceMarket": { "parameters": { "maxProofWindow": MAX_JOB_DURATION } } }),
        json!({ "verification": { "parameters": { "unbondingPeriod": MAX_JOB_DURATION } } }),
        json!({ "chainParameters": { "maxJobDuration": 14_400 } }),
        json!({ "chainParameters": { "maxJobDuration": 0 } }),
    ] {
        assert!(build(longer).is_err());
    }
}

#[test]
fn genesis_refuses_fields_that_it_does_not_know() {
    let config = genesis_json(
        "development",
        json!({ "chainParameters": { "periods": { "sesion": 5 } } }),
    );
    let built = sp_io::TestExternalities::default().execute_with(|| {
        <Runtime as GenesisBuilder<Block>>::build_state(config.to_string().into_bytes())
    });
    let error = built.expect_err("a misspelt period must not be ignored");
    assert!(error.contains("sesion"), "{error}");
}

#[test]
fn the_metadata_shows_the_periods_of_the_chain() {
    use codec::Encode;
    use sp_api::runtime_decl_for_metadata::MetadataV2 as Metadata;
    let metadata = |chain: &mut Chain| {
        chain.execute(|| {
            for version in <Runtime as Metadata<Block>>::metadata_versions() {
                assert!(<Runtime as Metadata<Block>>::metadata_at_version(version).is_some());
            }
            <Runtime as Metadata<Block>>::metadata().encode()
        })
    };
    let main = metadata(&mut Chain::new("development"));
    let short = metadata(&mut Chain::short());
    // The same blob, the same types, other constants.
    assert_eq!(main.len(), short.len());
    assert_ne!(main, short);
}
