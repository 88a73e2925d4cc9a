// SPDX-License-Identifier: Apache-2.0

//! Transactions are charged what was announced, the author and the treasury receive it, and nothing
//! is lost on the way.

use assay_runtime::{
    constants::currency::{ASY, EXISTENTIAL_DEPOSIT, MILLI_ASY},
    fees::{DealWithFees, WeightToFee, AUTHOR_SHARE, EXTRINSIC_BASE_FEE, PROOF_BYTES_PER_BASE_FEE},
    weights::ExtrinsicBaseWeight,
    AccountId, Balance, Balances, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin,
    TransactionPayment, Treasury,
};
use codec::Encode;
use frame_support::{
    assert_ok,
    traits::{fungible::Balanced, OnUnbalanced},
    weights::{Weight, WeightToFee as _},
};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use sp_runtime::MultiAddress;

use crate::chain::{account, events, signed, Chain};

fn transfer(to: AccountId, value: Balance) -> RuntimeCall {
    RuntimeCall::Balances(pallet_balances::Call::transfer_allow_death {
        dest: MultiAddress::Id(to),
        value,
    })
}

/// The actual fee and the tip of the only paid transaction in the last block.
fn fee_paid() -> (Balance, Balance) {
    let paid: Vec<_> = events()
        .into_iter()
        .filter_map(|event| match event {
            RuntimeEvent::TransactionPayment(
                pallet_transaction_payment::Event::TransactionFeePaid {
                    actual_fee, tip, ..
                },
            ) => Some((actual_fee - tip, tip)),
            _ => None,
        })
        .collect();
    assert_eq!(paid.len(), 1);
    paid[0]
}

#[test]
fn author_and_treasury_share_the_fee_and_the_author_has_the_tip() {
    let mut chain = Chain::new("development");
    chain.run(1);
    // Alice is the only collator, so Bob pays.
    let tip = 3 * ASY;
    let (author, treasury, payer, issuance) = chain.execute(|| {
        (
            Balances::free_balance(account(Alice)),
            Balances::free_balance(Treasury::account_id()),
            Balances::free_balance(account(Bob)),
            Balances::total_issuance(),
        )
    });
    let transaction = chain.execute(|| signed(Bob, transfer(account(Charlie), ASY), tip));
    let length = transaction.encode().len() as u32;
    let announced = chain.execute(|| {
        TransactionPayment::query_fee_details(transaction.clone(), length)
            .inclusion_fee
            .expect("signed transactions pay")
            .inclusion_fee()
    });
    let results = chain.block(vec![transaction]);
    assert_ok!(results[0].expect("valid"));
    chain.execute(|| {
        let (fee, paid_tip) = fee_paid();
        assert_eq!(paid_tip, tip);
        // What the transaction did not use was given back.
        assert!(fee <= announced, "{fee} > {announced}");
        assert!(fee * 2 > announced, "{fee} is far below {announced}");

        let author_part = AUTHOR_SHARE.mul_floor(fee);
        assert_eq!(
            Balances::free_balance(account(Alice)),
            author + author_part + tip
        );
        assert_eq!(
            Balances::free_balance(Treasury::account_id()),
            treasury + fee - author_part
        );
        assert_eq!(
            Balances::free_balance(account(Bob)),
            payer - ASY - fee - tip
        );
        assert_eq!(Balances::total_issuance(), issuance);
    });
}

#[test]
fn a_fee_that_no_author_can_take_goes_to_the_treasury() {
    Chain::new("development").execute(|| {
        // Before the first block there is no author.
        let (treasury, issuance) = (
            Balances::free_balance(Treasury::account_id()),
            Balances::total_issuance(),
        );
        let credit = <Balances as Balanced<AccountId>>::issue(5 * ASY);
        DealWithFees::on_unbalanceds(core::iter::once(credit));
        assert_eq!(
            Balances::free_balance(Treasury::account_id()),
            treasury + 5 * ASY
        );
        assert_eq!(Balances::total_issuance(), issuance + 5 * ASY);
    });
}

#[test]
fn a_transaction_that_cannot_be_paid_is_invalid() {
    let mut chain = Chain::new("development");
    chain.run(1);
    chain.execute(|| {
        let rest = Balances::free_balance(account(Bob)) - EXISTENTIAL_DEPOSIT;
        assert_ok!(Balances::transfer_keep_alive(
            RuntimeOrigin::signed(account(Bob)),
            MultiAddress::Id(account(Charlie)),
            rest,
        ));
    });
    let transaction = chain.execute(|| signed(Bob, transfer(account(Charlie), 1), 0));
    assert!(chain.block(vec![transaction])[0].is_err());
}

#[test]
fn a_tampered_or_repeated_transaction_is_invalid() {
    let mut chain = Chain::new("development");
    chain.run(1);
    let (transaction, other) = chain.execute(|| {
        (
            signed(Bob, transfer(account(Charlie), ASY), 0),
            signed(Bob, transfer(account(Charlie), 2 * ASY), 0),
        )
    });
    let mut tampered = transaction.clone();
    tampered.function = other.function;
    assert!(chain.block(vec![tampered])[0].is_err());
    let results = chain.block(vec![transaction.clone(), transaction]);
    assert_ok!(results[0].expect("valid"));
    assert!(results[1].is_err());
}

#[test]
fn dust_goes_to_the_treasury() {
    Chain::new("development").execute(|| {
        let (treasury, issuance) = (
            Balances::free_balance(Treasury::account_id()),
            Balances::total_issuance(),
        );
        let poor = AccountId::from([9; 32]);
        let pay = |from: AccountId, to: AccountId, value| {
            assert_ok!(Balances::transfer_allow_death(
                RuntimeOrigin::signed(from),
                MultiAddress::Id(to),
                value,
            ));
        };
        pay(account(Bob), poor.clone(), EXISTENTIAL_DEPOSIT);
        let dust = EXISTENTIAL_DEPOSIT / 4;
        pay(poor.clone(), account(Bob), EXISTENTIAL_DEPOSIT - dust);
        assert_eq!(Balances::free_balance(&poor), 0);
        assert_eq!(
            Balances::free_balance(Treasury::account_id()),
            treasury + dust
        );
        assert_eq!(Balances::total_issuance(), issuance);
    });
}

#[test]
fn weight_fees_are_linear_and_follow_the_scarcer_resource() {
    let base = ExtrinsicBaseWeight::get().ref_time();
    let fee = |time, proof| WeightToFee::weight_to_fee(&Weight::from_parts(time, proof));
    assert_eq!(fee(0, 0), 0);
    // Rounding of the slope to parts per billion may cost a few units in a hundred million.
    let close = |a: Balance, b: Balance| a.abs_diff(b) <= b / 10_000_000 + 1;
    assert!(close(fee(base, 0), EXTRINSIC_BASE_FEE));
    assert!(close(fee(1_000 * base, 0), 1_000 * EXTRINSIC_BASE_FEE));
    assert_eq!(fee(0, PROOF_BYTES_PER_BASE_FEE), EXTRINSIC_BASE_FEE);
    assert_eq!(
        fee(base, 7 * PROOF_BYTES_PER_BASE_FEE),
        7 * EXTRINSIC_BASE_FEE
    );
    // No overflow at the end of the range.
    assert!(fee(u64::MAX, u64::MAX) > fee(u64::MAX / 2, u64::MAX / 2));
}

#[test]
fn filling_a_block_is_expensive_and_a_transfer_is_not() {
    let limits = <Runtime as frame_system::Config>::BlockWeights::get();
    // A block is full as soon as one of the two is used up.
    let (time, proof) = (limits.max_block.ref_time(), limits.max_block.proof_size());
    for full in [Weight::from_parts(time, 0), Weight::from_parts(0, proof)] {
        let block = WeightToFee::weight_to_fee(&full);
        assert!(block > ASY, "a block full by {full} costs {block}");
    }
    let transfer = {
        use pallet_balances::WeightInfo;
        WeightToFee::weight_to_fee(
            &<Runtime as pallet_balances::Config>::WeightInfo::transfer_allow_death(),
        )
    };
    assert!(transfer < MILLI_ASY * 10, "a transfer costs {transfer}");
}
