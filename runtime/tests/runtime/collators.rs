// SPDX-License-Identifier: Apache-2.0

//! Sessions and the set of collators.

use assay_runtime::{
    genesis_config_presets::CANDIDACY_BOND, Aura, Authorship, Balances, CollatorSelection, Runtime,
    RuntimeOrigin, Session, SessionKeys,
};
use frame_support::{assert_noop, assert_ok};
use serde_json::json;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use sp_runtime::{traits::OpaqueKeys, DispatchError};

use crate::chain::{account, short_periods, Chain};

/// A chain of short sessions on which Charlie has registered keys and nothing more.
fn chain_with_charlies_keys() -> Chain {
    let keys = |key: sp_keyring::Sr25519Keyring| SessionKeys {
        aura: key.public().into(),
    };
    Chain::with_genesis(
        "local_testnet",
        json!({
            "chainParameters": { "periods": short_periods() },
            "session": {
                "nonAuthorityKeys": [(account(Charlie), account(Charlie), keys(Charlie))],
            },
        }),
    )
}

#[test]
fn a_session_has_the_length_that_genesis_gives() {
    let mut chain = chain_with_charlies_keys();
    let length = short_periods().session;
    for session in 1..=3 {
        chain.run(length);
        chain.execute(|| assert_eq!(Session::current_index(), session));
    }
}

#[test]
fn the_authors_take_turns() {
    let mut chain = chain_with_charlies_keys();
    let mut authors = vec![];
    for _ in 0..4 {
        chain.run(1);
        authors.push(chain.execute(|| Authorship::author().expect("known author")));
    }
    assert_eq!(authors[0], authors[2]);
    assert_eq!(authors[1], authors[3]);
    assert_ne!(authors[0], authors[1]);
}

#[test]
fn a_candidate_becomes_a_collator_and_leaves() {
    let mut chain = chain_with_charlies_keys();
    let length = short_periods().session;
    chain.run(1);
    chain.execute(|| {
        assert_ok!(CollatorSelection::register_as_candidate(
            RuntimeOrigin::signed(account(Charlie))
        ));
        assert_eq!(Balances::reserved_balance(account(Charlie)), CANDIDACY_BOND);
    });
    // Queued by the end of this session, active by the end of the next.
    chain.run(2 * length);
    chain.execute(|| {
        let authorities = pallet_aura::Authorities::<Runtime>::get();
        assert!(
            authorities.contains(&Charlie.public().into()),
            "{authorities:?}"
        );
        assert_eq!(authorities.len(), 3);
    });
    let mut authored = false;
    for _ in 0..3 {
        chain.run(1);
        authored |= chain.execute(|| Authorship::author() == Some(account(Charlie)));
    }
    assert!(authored);
    chain.execute(|| {
        assert_ok!(CollatorSelection::leave_intent(RuntimeOrigin::signed(
            account(Charlie)
        )));
        assert_eq!(Balances::reserved_balance(account(Charlie)), 0);
    });
    chain.run(3 * length);
    chain.execute(|| assert_eq!(pallet_aura::Authorities::<Runtime>::get().len(), 2));
}

#[test]
fn only_root_names_invulnerables_and_nobody_leaves_a_single_collator() {
    chain_with_charlies_keys().execute(|| {
        assert_noop!(
            CollatorSelection::add_invulnerable(
                RuntimeOrigin::signed(account(Alice)),
                account(Charlie)
            ),
            DispatchError::BadOrigin
        );
        assert_ok!(CollatorSelection::add_invulnerable(
            RuntimeOrigin::root(),
            account(Charlie)
        ));
        assert_ok!(CollatorSelection::remove_invulnerable(
            RuntimeOrigin::root(),
            account(Charlie)
        ));
        assert_noop!(
            CollatorSelection::remove_invulnerable(RuntimeOrigin::root(), account(Bob)),
            pallet_collator_selection::Error::<Runtime>::TooFewEligibleCollators
        );
    });
}

#[test]
fn session_keys_are_those_of_aura() {
    use sp_runtime::BoundToRuntimeAppPublic;
    assert_eq!(
        SessionKeys::key_ids(),
        [<<Aura as BoundToRuntimeAppPublic>::Public as sp_runtime::RuntimeAppPublic>::ID]
    );
}
