// SPDX-License-Identifier: Apache-2.0
//! What governance may do to models.

use assay_pallet_primitives::{ModelStatus, Models as ModelsTrait};
use frame_support::{assert_noop, assert_ok};
use sp_core::H256;
use sp_runtime::{traits::BadOrigin, Perbill};

use crate::{mock::*, *};

#[test]
fn only_governance_bars_and_permits() {
    tell(|| {
        let model = register();
        assert_noop!(Registry::bar(signed(OWNER), model), BadOrigin);
        assert_noop!(Registry::permit_key(signed(OWNER), H256::zero()), BadOrigin);
    });
}

#[test]
fn a_barred_model_stays_barred_and_its_key_cannot_come_back() {
    tell(|| {
        let model = register();
        let digest = Models::<Test>::get(model).unwrap().key.digest;
        assert_ok!(Registry::bar(RuntimeOrigin::root(), model));
        assert_eq!(
            Models::<Test>::get(model).unwrap().status,
            ModelStatus::Barred
        );
        let again = Registry::bar(RuntimeOrigin::root(), model);
        assert_noop!(again, Error::<Test>::ModelBarred);
        assert_noop!(
            Registry::retire(signed(OWNER), model),
            Error::<Test>::ModelBarred
        );
        assert!(!Registry::is_permitted(digest));

        let register = || Registry::register(signed(BOB), key(), metadata("x"), Perbill::zero());
        assert_noop!(register(), Error::<Test>::BarredKey);
        assert_ok!(Registry::permit_key(RuntimeOrigin::root(), digest));
        let again = Registry::permit_key(RuntimeOrigin::root(), digest);
        assert_noop!(again, Error::<Test>::NotBarred);
        assert_ok!(register());
        assert_eq!(
            Models::<Test>::get(model).unwrap().status,
            ModelStatus::Barred
        );
    });
}

#[test]
fn barring_one_of_two_models_that_share_a_key_bars_the_other() {
    tell(|| {
        let (model, copy) = (register(), register());
        assert_ok!(<Registry as ModelsTrait<AccountId>>::hold(copy));
        assert_ok!(Registry::bar(RuntimeOrigin::root(), model));
        let digest = Models::<Test>::get(model).unwrap().key.digest;
        let status = |model| {
            <Registry as ModelsTrait<AccountId>>::facts(model)
                .unwrap()
                .status
        };
        for number in [model, copy] {
            assert_eq!(status(number), ModelStatus::Barred);
            assert_eq!(Registry::model(number).unwrap().status, ModelStatus::Barred);
            assert_noop!(
                <Registry as ModelsTrait<AccountId>>::hold(number),
                Error::<Test>::ModelBarred
            );
        }
        assert_noop!(
            Registry::retire(signed(OWNER), copy),
            Error::<Test>::ModelBarred
        );
        // The job that was in progress is released, and then the owner can have the deposit back.
        assert_noop!(Registry::remove(signed(OWNER), copy), Error::<Test>::InUse);
        <Registry as ModelsTrait<AccountId>>::release(copy);

        assert_ok!(Registry::permit_key(RuntimeOrigin::root(), digest));
        assert_eq!(status(model), ModelStatus::Barred);
        assert_eq!(status(copy), ModelStatus::Active);
        assert_ok!(Registry::bar(RuntimeOrigin::root(), copy));
        assert_ok!(Registry::remove(signed(OWNER), copy));
    });
}

#[test]
fn a_key_is_barred_whoever_registers_it_under_whatever_number() {
    tell(|| {
        // Its owner takes the model away before the referendum on it ends, and comes back under another number.
        let gone = register();
        let digest = Models::<Test>::get(gone).unwrap().key.digest;
        assert_ok!(Registry::retire(signed(OWNER), gone));
        assert_ok!(Registry::remove(signed(OWNER), gone));
        let model = register();
        let bar = || Registry::bar_key(RuntimeOrigin::root(), digest);
        assert_noop!(Registry::bar_key(signed(OWNER), digest), BadOrigin);
        assert_ok!(bar());
        System::assert_last_event(Event::KeyBarred { digest }.into());
        assert_noop!(bar(), Error::<Test>::BarredKey);
        let status = || {
            <Registry as ModelsTrait<AccountId>>::facts(model)
                .unwrap()
                .status
        };
        assert_eq!(status(), ModelStatus::Barred);
        assert_noop!(
            <Registry as ModelsTrait<AccountId>>::hold(model),
            Error::<Test>::ModelBarred
        );
        let again = || Registry::register(signed(BOB), key(), metadata("x"), Perbill::zero());
        assert_noop!(again(), Error::<Test>::BarredKey);

        assert_ok!(Registry::permit_key(RuntimeOrigin::root(), digest));
        assert_eq!(status(), ModelStatus::Active);
        assert_ok!(again());
        // Once more, now that two have it.
        assert_ok!(bar());
        assert_eq!(status(), ModelStatus::Barred);
    });
}

#[test]
fn a_key_that_no_model_has_can_be_barred_in_advance() {
    tell(|| {
        let digest = H256(sp_io::hashing::blake2_256(&key()));
        assert_ok!(Registry::bar_key(RuntimeOrigin::root(), digest));
        let register = || Registry::register(signed(OWNER), key(), metadata("x"), Perbill::zero());
        assert_noop!(register(), Error::<Test>::BarredKey);
        assert_ok!(Registry::permit_key(RuntimeOrigin::root(), digest));
        assert_ok!(register());
    });
}

#[test]
fn a_retired_model_can_still_be_barred() {
    tell(|| {
        let model = register();
        assert_ok!(Registry::retire(signed(OWNER), model));
        assert_ok!(Registry::bar(RuntimeOrigin::root(), model));
        assert_eq!(
            Models::<Test>::get(model).unwrap().status,
            ModelStatus::Barred
        );
    });
}

#[test]
fn the_owner_of_a_barred_model_gets_the_deposit_back() {
    tell(|| {
        let model = register();
        assert_ok!(Registry::bar(RuntimeOrigin::root(), model));
        assert_ok!(Registry::remove(signed(OWNER), model));
        assert_eq!(deposited(OWNER), 0);
    });
}
