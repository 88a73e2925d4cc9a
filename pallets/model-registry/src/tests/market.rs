// SPDX-License-Identifier: Apache-2.0
//! What the market relies on.

use assay_pallet_primitives::{ModelStatus, Models as _};
use frame_support::{assert_noop, assert_ok};

use crate::{mock::*, *};

fn hold(model: u64) -> sp_runtime::DispatchResult {
    Registry::hold(model).map(|_| ())
}

#[test]
fn keys_are_reference_counted_until_settlement() {
    tell(|| {
        let model = register();
        let facts = Registry::hold(model).unwrap();
        assert_eq!(facts.status, ModelStatus::Active);
        assert_eq!(facts.owner, OWNER);
        assert_ok!(hold(model));

        assert_ok!(Registry::retire(signed(OWNER), model));
        assert_noop!(Registry::remove(signed(OWNER), model), Error::<Test>::InUse);
        Registry::release(model);
        assert_noop!(Registry::remove(signed(OWNER), model), Error::<Test>::InUse);
        // Its key is there to the last.
        assert_eq!(
            <Registry as assay_pallet_primitives::Models<u64>>::key(model),
            Some(key().into_inner())
        );
        assert_eq!(Registry::facts(model).unwrap().key, facts.key);
        Registry::release(model);
        assert_ok!(Registry::remove(signed(OWNER), model));
        assert_eq!(Registry::facts(model), None);
    });
}

#[test]
fn only_an_active_model_takes_jobs() {
    tell(|| {
        assert_noop!(hold(0), Error::<Test>::UnknownModel);
        let retired = register();
        assert_ok!(Registry::retire(signed(OWNER), retired));
        assert_noop!(hold(retired), Error::<Test>::ModelRetired);
        let barred = register();
        assert_ok!(Registry::bar(RuntimeOrigin::root(), barred));
        assert_noop!(hold(barred), Error::<Test>::ModelBarred);
    });
}

#[test]
fn the_counter_of_jobs_does_not_overflow() {
    tell(|| {
        let model = register();
        Models::<Test>::mutate(model, |record| record.as_mut().unwrap().jobs = u32::MAX);
        assert_noop!(hold(model), Error::<Test>::TooManyJobs);
    });
}

#[test]
#[should_panic(expected = "a job released a model that it didn't hold")]
fn a_release_without_a_hold_is_noticed() {
    tell(|| Registry::release(register()));
}
