// SPDX-License-Identifier: Apache-2.0
//! Payments and what delegators earn by them.

use assay_pallet_primitives::{Payment, PaymentSplit, Staking};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::Perbill;

use crate::{mock::*, *};

fn rewards(who: AccountId) -> u128 {
    Verification::pending_rewards(&ALICE, &who)
}

/// Alice provides with half of the stake and a commission of 20%, Bob has delegated three quarters of the other half, Carol the rest.
fn a_provider_with_delegators() {
    assert_ok!(Verification::register(
        signed(ALICE),
        Default::default(),
        Perbill::from_percent(20),
        40_000
    ));
    delegate(ALICE, BOB, 30_000);
    delegate(ALICE, CAROL, 10_000);
    next_era();
}

#[test]
fn a_payment_is_split_among_treasury_owner_provider_and_delegators() {
    tell(|| {
        a_provider_with_delegators();
        let (owner, treasury, alice) = (free(OWNER), free(TREASURY), free(ALICE));
        let split = pay(ALICE, 10_000, Perbill::from_percent(10));
        // 2% fee; 10% of 9 800; half of 8 820 less 20% to delegators.
        let expected = PaymentSplit {
            protocol_fee: 200,
            royalty: 980,
            provider: 8_820 - 3_528,
            delegators: 3_528,
        };
        assert_eq!(split, expected);
        assert_eq!(free(TREASURY), treasury + 200);
        assert_eq!(free(OWNER), owner + 980);
        assert_eq!(free(ALICE), alice + 5_292);
        assert_eq!((rewards(BOB), rewards(CAROL)), (2_646, 882));
    });
}

#[test]
fn a_payment_can_come_from_a_pot() {
    tell(|| {
        a_provider_with_delegators();
        let payment = Payment {
            payer: &BOUNTIES,
            held: None,
            amount: 1_000,
            provider: &ALICE,
            model_owner: &OWNER,
            royalty: Perbill::zero(),
        };
        let split = Verification::pay(&payment).unwrap();
        assert_eq!((split.protocol_fee, split.royalty), (20, 0));
        assert_eq!(free(BOUNTIES), ENDOWMENT - 1_000);
        let payment = Payment {
            amount: ENDOWMENT,
            ..payment
        };
        assert!(Verification::pay(&payment).is_err());
        let payment = Payment {
            provider: &DAVE,
            ..payment
        };
        assert_eq!(
            Verification::pay(&payment),
            Err(Error::<Test>::NotProvider.into())
        );
    });
}

#[test]
fn a_provider_without_delegators_keeps_all_of_its_part() {
    tell(|| {
        register(ALICE, 10_000);
        delegate(ALICE, BOB, 10_000);
        let split = pay(ALICE, 1_000, Perbill::zero());
        assert_eq!((split.provider, split.delegators), (980, 0));
    });
}

#[test]
fn a_part_too_small_to_create_its_account_goes_to_the_treasury() {
    tell(|| {
        register(ALICE, 10_000);
        let reason: RuntimeHoldReason = market::HoldReason::Payment.into();
        use frame_support::traits::fungible::MutateHold;
        assert_ok!(<Balances as MutateHold<u64>>::hold(
            &reason, &REQUESTER, 100
        ));
        let split = Verification::pay(&Payment {
            payer: &REQUESTER,
            held: Some(&reason),
            amount: 100,
            provider: &ALICE,
            model_owner: &77,
            royalty: Perbill::from_percent(5),
        })
        .unwrap();
        assert_eq!(
            (split.protocol_fee, split.royalty, split.provider),
            (6, 0, 94)
        );
    });
}

#[test]
fn an_honest_provider_is_paid_even_if_the_treasury_is_gone() {
    new_test_ext().execute_with(|| {
        a_provider_with_delegators();
        dissolve_treasury();
        let (issuance, alice) = (Balances::total_issuance(), free(ALICE));
        // A fee of 2 is too little to create the account again: burnt.
        let split = pay(ALICE, 100, Perbill::zero());
        assert_eq!(split.protocol_fee, 2);
        assert_eq!(free(ALICE), alice + split.provider);
        let of_a_pot = Payment {
            payer: &BOUNTIES,
            held: None,
            amount: 100,
            provider: &ALICE,
            model_owner: &OWNER,
            royalty: Perbill::zero(),
        };
        assert_ok!(Verification::pay(&of_a_pot).map(|_| ()));
        assert_eq!(Balances::total_issuance(), issuance - 4);
        // Not an excuse for a payer without money.
        let amount = 2 * ENDOWMENT;
        assert!(Verification::pay(&Payment { amount, ..of_a_pot }).is_err());
        check_books();
    });
}

#[test]
fn a_provider_is_reaped_even_if_the_treasury_is_gone() {
    new_test_ext().execute_with(|| {
        a_provider_with_delegators();
        // 7 to the delegators: 5 to Bob, 1 to Carol, 1 to nobody.
        assert_eq!(pay(ALICE, 19, Perbill::zero()).delegators, 7);
        for who in [BOB, CAROL] {
            let staked = staked(who);
            assert_ok!(Verification::undelegate(signed(who), ALICE, staked));
        }
        assert_ok!(Verification::retire(signed(ALICE)));
        run_to_block(100);
        for who in [ALICE, BOB, CAROL] {
            assert_ok!(Verification::withdraw(signed(who), ALICE));
        }
        assert_eq!(Providers::<Test>::get(ALICE).unwrap().rewards_owed, 1);
        dissolve_treasury();
        let issuance = Balances::total_issuance();
        assert_ok!(Verification::reap(signed(DAVE), ALICE));
        assert_eq!(free(Verification::account_id()), ED);
        assert_eq!(Balances::total_issuance(), issuance - 1);
    });
}

#[test]
fn rewards_are_claimed_by_their_owner_or_for_it() {
    tell(|| {
        a_provider_with_delegators();
        let error = Error::<Test>::NothingToClaim;
        assert_noop!(Verification::claim(signed(BOB), ALICE), error);
        pay(ALICE, 10_000, Perbill::from_percent(10));
        let (bob, carol) = (free(BOB), free(CAROL));
        assert_ok!(Verification::claim(signed(BOB), ALICE));
        assert_ok!(Verification::claim_for(signed(DAVE), ALICE, CAROL));
        assert_eq!((free(BOB), free(CAROL)), (bob + 2_646, carol + 882));
        assert_noop!(
            Verification::claim(signed(BOB), ALICE),
            Error::<Test>::NothingToClaim
        );
        assert_noop!(
            Verification::claim(signed(DAVE), ALICE),
            Error::<Test>::NoDelegation
        );
        assert_eq!(Providers::<Test>::get(ALICE).unwrap().rewards_owed, 0);
    });
}

#[test]
fn rewards_can_be_delegated() {
    tell(|| {
        a_provider_with_delegators();
        let compound = |who| Verification::bond_extra(signed(who), ALICE, BondExtra::Rewards);
        assert_noop!(compound(BOB), Error::<Test>::NothingToClaim);
        assert_noop!(compound(ALICE), Error::<Test>::NoDelegation);
        pay(ALICE, 10_000, Perbill::from_percent(10));
        let before = free(BOB);
        assert_ok!(compound(BOB));
        assert_eq!((free(BOB), staked(BOB)), (before, 32_646));
        assert_ok!(Verification::bond_extra(
            signed(BOB),
            ALICE,
            BondExtra::FreeBalance(354)
        ));
        next_era();
        assert_eq!(
            Verification::delegation_status(&ALICE, &BOB)
                .unwrap()
                .active,
            33_000
        );
    });
}

#[test]
fn who_leaves_takes_what_it_earned() {
    tell(|| {
        a_provider_with_delegators();
        pay(ALICE, 10_000, Perbill::from_percent(10));
        assert_ok!(Verification::undelegate(signed(BOB), ALICE, 30_000));
        pay(ALICE, 10_000, Perbill::from_percent(10));
        assert_eq!(rewards(BOB), 2_646);
        run_to_block(100);
        assert_ok!(Verification::withdraw(signed(BOB), ALICE));
        assert_eq!(free(BOB), ENDOWMENT + 2_646);
        assert_eq!(Delegations::<Test>::get(ALICE, BOB), None);
    });
}

#[test]
fn delegating_right_before_a_reward_earns_nothing() {
    tell(|| {
        a_provider_with_delegators();
        delegate(ALICE, DAVE, 1_000_000);
        pay(ALICE, 10_000, Perbill::from_percent(10));
        assert_eq!(rewards(DAVE), 0);
        assert_eq!((rewards(BOB), rewards(CAROL)), (2_646, 882));
        assert_ok!(Verification::undelegate(signed(DAVE), ALICE, 1_000_000));
        assert_eq!(free(DAVE), ENDOWMENT);
    });
}

#[test]
fn a_delegation_that_became_active_earns_although_nobody_touched_it() {
    tell(|| {
        a_provider_with_delegators();
        pay(ALICE, 10_000, Perbill::from_percent(10));
        delegate(ALICE, DAVE, 40_000);
        next_era();
        let split = pay(ALICE, 12_000, Perbill::zero());
        // Two thirds of 11 760, less a fifth, half of it to Dave.
        assert_eq!(split.delegators, 6_272);
        assert_eq!(rewards(DAVE), 3_136);
        next_era();
        delegate(ALICE, DAVE, 1_000);
        assert_eq!(rewards(DAVE), 3_136);
    });
}

#[test]
fn a_commission_above_a_new_maximum_counts_as_the_maximum() {
    tell(|| {
        a_provider_with_delegators();
        let mut lower = parameters();
        lower.max_commission = Perbill::zero();
        assert_ok!(Verification::set_parameters(RuntimeOrigin::root(), lower));
        assert_eq!(pay(ALICE, 10_000, Perbill::zero()).delegators, 4_900);
    });
}

#[test]
fn a_claim_that_the_account_cannot_take_is_not_lost() {
    tell(|| {
        a_provider_with_delegators();
        // All that Dave has is on hold, as it may be by a pallet that leaves nothing free.
        delegate(ALICE, DAVE, 40_000);
        next_era();
        pay(ALICE, 30, Perbill::zero());
        let earned = rewards(DAVE);
        assert!(earned > 0 && earned < ED);
        use frame_support::traits::{fungible::Mutate, tokens::Preservation};
        assert_ok!(<Balances as Mutate<u64>>::transfer(
            &DAVE,
            &OWNER,
            free(DAVE) - ED,
            Preservation::Preserve
        ));
        frame_system::Account::<Test>::mutate(DAVE, |account| account.data.free = 0);
        assert!(Verification::claim(signed(DAVE), ALICE).is_err());
        assert_eq!(rewards(DAVE), earned);
        frame_system::Account::<Test>::mutate(DAVE, |account| account.data.free = ED);
        assert_ok!(Verification::claim(signed(DAVE), ALICE));
        assert_eq!(free(DAVE), ED + earned);
    });
}
