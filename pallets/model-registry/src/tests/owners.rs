// SPDX-License-Identifier: Apache-2.0
//! What owners may change.

use assay_pallet_primitives::{testing::RelationVerifier, ModelStatus, ProofVerifier};
use frame_support::{assert_noop, assert_ok, weights::Weight};
use sp_runtime::{Perbill, TokenError};

use crate::{mock::*, *};

#[test]
fn the_deposit_follows_the_metadata() {
    tell(|| {
        let model = register();
        let before = deposited(OWNER);
        let longer = metadata("lenet, but with a longer name");
        assert_ok!(Registry::update_metadata(
            signed(OWNER),
            model,
            longer.clone()
        ));
        assert_eq!(deposited(OWNER), before + 24);
        assert_eq!(Models::<Test>::get(model).unwrap().metadata, longer);
        assert_ok!(Registry::update_metadata(
            signed(OWNER),
            model,
            metadata("net")
        ));
        assert_eq!(deposited(OWNER), before - 2);
    });
}

#[test]
fn who_cannot_pay_more_deposit_changes_nothing() {
    tell(|| {
        let model = register();
        let free = Balances::free_balance(OWNER);
        assert_ok!(Balances::transfer_allow_death(
            signed(OWNER),
            BOB,
            free - 10
        ));
        assert_noop!(
            Registry::update_metadata(signed(OWNER), model, metadata("a longer name")),
            TokenError::FundsUnavailable
        );
    });
}

#[test]
fn only_the_owner_changes_a_model() {
    tell(|| {
        let model = register();
        let no = Error::<Test>::NotOwner;
        assert_noop!(
            Registry::update_metadata(signed(BOB), model, metadata("x")),
            no
        );
        let no = Error::<Test>::NotOwner;
        assert_noop!(
            Registry::set_royalty(signed(BOB), model, Perbill::zero()),
            no
        );
        assert_noop!(
            Registry::retire(signed(BOB), model),
            Error::<Test>::NotOwner
        );
        assert_noop!(
            Registry::remove(signed(BOB), model),
            Error::<Test>::NotOwner
        );
    });
}

#[test]
fn a_model_that_nobody_registered_cannot_be_changed() {
    tell(|| {
        let no = || Error::<Test>::UnknownModel;
        assert_noop!(
            Registry::update_metadata(signed(OWNER), 9, metadata("x")),
            no()
        );
        assert_noop!(
            Registry::set_royalty(signed(OWNER), 9, Perbill::zero()),
            no()
        );
        assert_noop!(Registry::retire(signed(OWNER), 9), no());
        assert_noop!(Registry::remove(signed(OWNER), 9), no());
        assert_noop!(Registry::bar(RuntimeOrigin::root(), 9), no());
        assert_noop!(Registry::refresh(signed(OWNER), 9), no());
    });
}

#[test]
fn a_royalty_can_be_changed_up_to_the_maximum() {
    tell(|| {
        let model = register();
        let half = Perbill::from_percent(50);
        assert_ok!(Registry::set_royalty(signed(OWNER), model, half));
        assert_eq!(Models::<Test>::get(model).unwrap().royalty, half);
        assert_noop!(
            Registry::set_royalty(signed(OWNER), model, Perbill::from_percent(51)),
            Error::<Test>::RoyaltyTooHigh
        );
    });
}

#[test]
fn a_retired_model_can_be_removed_and_the_deposit_returns() {
    tell(|| {
        let model = register();
        assert_noop!(
            Registry::remove(signed(OWNER), model),
            Error::<Test>::StillActive
        );
        assert_ok!(Registry::retire(signed(OWNER), model));
        assert_noop!(
            Registry::retire(signed(OWNER), model),
            Error::<Test>::ModelRetired
        );
        assert_eq!(
            Models::<Test>::get(model).unwrap().status,
            ModelStatus::Retired
        );
        assert_ok!(Registry::remove(signed(OWNER), model));
        assert_eq!(deposited(OWNER), 0);
        assert_eq!(Balances::free_balance(OWNER), ENDOWMENT);
        assert_eq!(Models::<Test>::count(), 0);
        assert_eq!(Keys::<Test>::iter().count(), 0);
    });
}

#[test]
fn anyone_can_have_a_stale_cost_computed_again() {
    tell(|| {
        let model = register();
        Models::<Test>::mutate(model, |record| {
            record.as_mut().unwrap().key.cost.fixed = Weight::from_parts(1, 1);
        });
        let result = Registry::refresh(signed(BOB), model).unwrap();
        let cost = RelationVerifier::check_key(&key()).unwrap().cost;
        assert_eq!(Models::<Test>::get(model).unwrap().key.cost, cost);
        // Charged for the longest key, paid for this one.
        let paid = result.actual_weight.unwrap();
        use frame_support::dispatch::GetDispatchInfo;
        let charged = Call::<Test>::refresh { model }
            .get_dispatch_info()
            .call_weight;
        assert!(charged.all_gt(paid));
    });
}
