// SPDX-License-Identifier: Apache-2.0
//! What remains of a settled job.

use assay_pallet_primitives::{testing::RelationModel, Position};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::traits::{BlakeTwo256, Hash};

use crate::{mock::*, *};

fn settled() -> u64 {
    provide(ALICE, 100_000);
    run_to_block(3);
    System::set_extrinsic_index(5);
    let job = post(1);
    run_to_block(4);
    accept(ALICE, job);
    run_to_block(6);
    System::set_extrinsic_index(2);
    prove_honestly(ALICE, &[job]);
    job
}

#[test]
fn a_receipt_names_where_everything_happened() {
    tell(|| {
        let job = settled();
        let receipt = Receipts::<Test>::get(job).unwrap();
        let inputs = question(1, 1);
        assert_eq!(receipt.requester, REQUESTER);
        assert_eq!(receipt.provider, ALICE);
        assert_eq!(receipt.model, 0);
        assert_eq!(receipt.key, key_facts(0).digest);
        assert_eq!(receipt.input_hash, BlakeTwo256::hash(&packed(&inputs)));
        assert_eq!(
            receipt.outputs.into_inner(),
            RelationModel::default().run(&inputs[0])
        );
        assert_eq!((receipt.price, receipt.bounty), (110, 0));
        let at = |block, index| Position { block, index };
        assert_eq!(receipt.registered, at(1, None));
        assert_eq!(receipt.posted, at(3, Some(5)));
        assert_eq!(receipt.settled, at(6, Some(2)));
        assert_eq!(receipt.expires, 36);
    });
}

#[test]
fn a_receipt_is_pruned_after_its_lifetime_and_its_deposit_returns() {
    tell(|| {
        let job = settled();
        assert_eq!(all_held(REQUESTER), 108);
        run_to_block(35);
        assert_noop!(
            Market::prune_receipt(signed(STRANGER), job),
            Error::<Test>::NotOver
        );
        run_to_block(36);
        assert_ok!(Market::prune_receipt(signed(STRANGER), job));
        assert_eq!(all_held(REQUESTER), 0);
        assert_noop!(
            Market::prune_receipt(signed(STRANGER), job),
            Error::<Test>::UnknownReceipt
        );
    });
}

#[test]
fn a_receipt_outlives_its_model() {
    tell(|| {
        let job = settled();
        assert_ok!(Registry::retire(signed(OWNER), 0));
        assert_ok!(Registry::remove(signed(OWNER), 0));
        assert!(Receipts::<Test>::contains_key(job));
    });
}

#[test]
fn what_a_hook_does_has_no_index() {
    tell(|| {
        // The system sets an index of 0 while it initialises a block, when scheduled calls run.
        System::initialize(&2, &Default::default(), &Default::default());
        assert_eq!(System::extrinsic_index(), Some(0));
        let scheduled = post(1);
        System::note_finished_initialize();
        let first = post(2);
        let index = |job| Jobs::<Test>::get(job).unwrap().posted.index;
        assert_eq!((index(scheduled), index(first)), (None, Some(0)));
    });
}
