// SPDX-License-Identifier: Apache-2.0
//! Registering a model.

use assay_pallet_primitives::{
    testing::{RelationModel, RelationVerifier, VERSION},
    ModelStatus, Position, ProofVerifier,
};
use codec::Encode;
use frame_support::{assert_noop, assert_ok, weights::Weight};
use sp_runtime::{Perbill, TokenError};

use crate::{mock::*, *};

#[test]
fn a_registered_model_is_stored_with_what_its_key_says() {
    tell(|| {
        System::set_block_number(7);
        System::set_extrinsic_index(3);
        let model = register();
        let record = Models::<Test>::get(model).unwrap();
        assert_eq!(record.owner, OWNER);
        assert_eq!(record.status, ModelStatus::Active);
        assert_eq!(record.royalty, Perbill::from_percent(10));
        assert_eq!(record.metadata, metadata("lenet"));
        assert_eq!(record.jobs, 0);
        let facts = RelationVerifier::check_key(&key()).unwrap();
        assert_eq!(record.key, facts);
        assert!(record.key.cost.fixed.ref_time() > 0);
        assert_eq!(
            record.registered,
            Position {
                block: 7,
                index: Some(3)
            }
        );
        assert_eq!(Keys::<Test>::get(model), Some(key()));
        System::assert_last_event(
            Event::Registered {
                model,
                owner: OWNER,
                digest: facts.digest,
                royalty: Perbill::from_percent(10),
            }
            .into(),
        );
    });
}

#[test]
fn the_deposit_grows_with_the_bytes_of_key_and_metadata() {
    tell(|| {
        register();
        let bytes = (key().len() + metadata("lenet").encoded_size()) as u128;
        assert_eq!(deposited(OWNER), 100 + bytes);
        assert_eq!(
            Registry::deposit(key().len() as u32, 0),
            100 + key().len() as u128
        );
    });
}

#[test]
fn who_cannot_pay_the_deposit_registers_nothing() {
    tell(|| {
        assert_noop!(
            Registry::register(signed(POOR), key(), metadata("x"), Perbill::zero()),
            TokenError::FundsUnavailable
        );
    });
}

#[test]
fn numbers_are_given_in_order_and_never_again() {
    tell(|| {
        assert_eq!(register(), 0);
        // The same key may be registered twice: who comes first can't keep others from serving the same model.
        assert_eq!(register(), 1);
        assert_ok!(Registry::retire(signed(OWNER), 1));
        assert_ok!(Registry::remove(signed(OWNER), 1));
        assert_eq!(register(), 2);
        NextModelId::<Test>::put(u64::MAX);
        assert_noop!(
            Registry::register(signed(OWNER), key(), metadata("x"), Perbill::zero()),
            Error::<Test>::NumbersExhausted
        );
    });
}

#[test]
fn each_way_to_be_no_key_is_refused_with_its_reason() {
    let good = RelationModel::default();
    let mut trailing = good.key();
    trailing.push(0);
    let mut moved_point = good.key();
    *moved_point.last_mut().unwrap() ^= 1;
    let no_input = RelationModel {
        input_elements: 0,
        ..good
    };
    let nothing_committed = RelationModel {
        multiplier: 0,
        ..good
    };
    let newer = RelationModel {
        version: VERSION + 1,
        ..good
    };
    let cases = [
        (vec![], Error::<Test>::MalformedKey),
        (good.key()[..10].to_vec(), Error::<Test>::MalformedKey),
        (trailing, Error::<Test>::MalformedKey),
        (no_input.key(), Error::<Test>::InvalidCircuit),
        (moved_point, Error::<Test>::InvalidPoint),
        (newer.key(), Error::<Test>::UnsupportedVersion),
        (nothing_committed.key(), Error::<Test>::NothingCommitted),
    ];
    tell(|| {
        for (bytes, reason) in cases {
            assert_noop!(
                Registry::register(
                    signed(OWNER),
                    bytes.try_into().unwrap(),
                    metadata("x"),
                    Perbill::zero()
                ),
                reason
            );
        }
    });
}

#[test]
fn a_model_whose_proofs_no_block_could_hold_is_refused() {
    tell(|| {
        let one = RelationVerifier::check_key(&key()).unwrap().cost.weight(1);
        for less in [
            one - Weight::from_parts(1, 0),
            one - Weight::from_parts(0, 1),
        ] {
            HeaviestVerification::set(less);
            assert_noop!(
                Registry::register(signed(OWNER), key(), metadata("x"), Perbill::zero()),
                Error::<Test>::VerificationTooHeavy
            );
        }
        HeaviestVerification::set(one);
        register();
    });
}

#[test]
fn a_model_that_a_hook_registers_has_no_extrinsic() {
    tell(|| {
        // As while a block is initialised, when scheduled calls run.
        let number = System::block_number();
        System::reset_events();
        System::initialize(&(number + 1), &Default::default(), &Default::default());
        assert_eq!(System::extrinsic_index(), Some(0));
        let in_hook = register();
        System::note_finished_initialize();
        let in_extrinsic = register();
        let index = |model| Models::<Test>::get(model).unwrap().registered.index;
        assert_eq!((index(in_hook), index(in_extrinsic)), (None, Some(0)));
    });
}

#[test]
fn a_royalty_above_the_maximum_is_refused() {
    tell(|| {
        let register = |percent| {
            let royalty = Perbill::from_percent(percent);
            Registry::register(signed(OWNER), key(), metadata("x"), royalty)
        };
        assert_noop!(register(51), Error::<Test>::RoyaltyTooHigh);
        assert_ok!(register(50));
    });
}

#[test]
fn the_weight_of_registering_covers_the_check_of_the_key() {
    use frame_support::dispatch::GetDispatchInfo;
    let call = Call::<Test>::register {
        key: key(),
        metadata: metadata("x"),
        royalty: Perbill::zero(),
    };
    let check = RelationVerifier::check_key_weight(key().len() as u32);
    let weight = call.get_dispatch_info().call_weight;
    assert!(weight.all_gt(check));
}
