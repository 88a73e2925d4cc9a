// SPDX-License-Identifier: Apache-2.0
//! What clients ask.

use frame_support::assert_ok;

use crate::{mock::*, *};

#[test]
fn open_jobs_are_listed_with_their_price() {
    tell(|| {
        provide(ALICE, 100_000);
        let first = post(1);
        let second = post_for(
            OTHER,
            &question(2, 2),
            Terms {
                min_collateral: 900,
                auction: 10,
                ..terms()
            },
        );
        run_to_block(3);
        let mut jobs = Market::open_jobs(0, 10);
        jobs.sort_by_key(|job| job.job);
        assert_eq!(jobs.len(), 2);
        assert_eq!(
            (jobs[0].job, jobs[0].price, jobs[0].collateral),
            (first, 120, 480)
        );
        assert_eq!(
            (jobs[1].job, jobs[1].inputs, jobs[1].collateral),
            (second, 2, 900)
        );
        assert_eq!((jobs[1].auction_ends, jobs[1].work), (11, 2_000));
        assert_eq!(Market::open_jobs(0, 1).len(), 1);
        assert_eq!(Market::open_jobs(1, 10).len(), 0);
        accept(ALICE, first);
        assert_eq!(Market::open_jobs(0, 10).len(), 1);
        run_to_block(12);
        assert_eq!(Market::open_jobs(0, 10).len(), 0);
    });
}

#[test]
fn a_quote_says_what_posting_takes() {
    tell(|| {
        let quote = Market::quote(0, 2).unwrap();
        post_for(REQUESTER, &question(1, 2), terms());
        assert_eq!(quote.job_deposit, held(HoldReason::JobDeposit, REQUESTER));
        assert_eq!(
            quote.receipt_deposit,
            held(HoldReason::ReceiptDeposit, REQUESTER)
        );
        assert_eq!(
            quote.expiry_rewards,
            held(HoldReason::ExpiryRewards, REQUESTER)
        );
        assert_eq!((quote.posting_fee, quote.min_price), (FEE, 10));
        assert_eq!((quote.shortest_window, quote.work), (8, 2_000));
        assert_eq!(quote.verification_weight, limit(&[0]));
        assert_eq!(Market::quote(0, 0), None);
        assert_eq!(Market::quote(0, 9), None);
        assert_eq!(Market::quote(1, 1), None);
        assert_ok!(Registry::retire(signed(OWNER), 0));
        assert_eq!(Market::quote(0, 1), None);
    });
}

#[test]
fn open_jobs_that_pay_most_for_their_work_come_first() {
    tell(|| {
        provide(ALICE, 100_000);
        let paying = |price, inputs| {
            let terms = Terms {
                start_price: price,
                max_price: price,
                ..terms()
            };
            post_for(REQUESTER, &question(1, inputs), terms)
        };
        let junk = || {
            for _ in 0..5 {
                paying(10, 8);
            }
        };
        // Nobody hides a job behind many that no provider would take, posted before it or after it.
        junk();
        let large = paying(800, 4);
        let small = paying(300, 1);
        let missed = paying(290, 1);
        junk();
        let first = |n| -> Vec<u64> {
            let jobs = Market::open_jobs(0, n);
            jobs.into_iter().map(|job| job.job).collect()
        };
        assert_eq!(first(3), [small, missed, large]);
        assert_eq!(first(1), [small]);
        assert_eq!(first(100).len(), 13);
        // A bounty counts as well.
        accept(ALICE, missed);
        run_to_block(14);
        assert_ok!(Market::expire(signed(STRANGER), missed));
        assert_eq!(first(3), [missed, small, large]);
    });
}
