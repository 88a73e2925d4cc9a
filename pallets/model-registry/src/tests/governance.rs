// SPDX-License-Identifier: Apache-2.0
//! What governance may do to models.

use assay_pallet_primitives::ModelStatus;
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
