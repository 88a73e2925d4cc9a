// SPDX-License-Identifier: Apache-2.0
//! The split of payments. Nothing else decides who earns what.

use assay_pallet_primitives::{Balance, Payment, PaymentSplit};
use frame_support::traits::{
    fungible::{Mutate, MutateHold},
    tokens::{Fortitude, Precision, Preservation, Restriction},
    Get,
};
use sp_runtime::{DispatchError, DispatchResult, PerThing};

use crate::*;

impl<T: Config> Pallet<T> {
    /// `fee = protocol_fee * amount`, `royalty` of the rest to the owner, and what remains is for the work:
    ///
    /// ```text
    /// earned by delegations = work * delegated / (own bond + delegated)     (active stake)
    /// delegators            = earned by delegations * (1 - commission)
    /// provider              = work - delegators
    /// ```
    ///
    /// All products round down, so rounding is the provider's.
    pub(crate) fn do_pay(
        payment: &Payment<'_, T::AccountId, Balance, T::RuntimeHoldReason>,
    ) -> Result<PaymentSplit<Balance>, DispatchError> {
        let mut provider = Self::provider(payment.provider)?;
        let parameters = Parameters::<T>::get();
        let protocol_fee = parameters.protocol_fee.mul_floor(payment.amount);
        let rest = payment.amount.saturating_sub(protocol_fee);
        let royalty = payment.royalty.mul_floor(rest);
        let work = rest.saturating_sub(royalty);

        let delegated = provider.pool.worth();
        let stake = delegated.saturating_add(provider.own.bond);
        let earned = fixed::mul_div(work, delegated, stake).unwrap_or(0);
        let commission = provider.commission.min(parameters.max_commission);
        let mut delegators = commission.left_from_one().mul_floor(earned);
        let pool = &mut provider.pool;
        let raised = fixed::reward_increment(delegators, pool.shares)
            .and_then(|increment| pool.reward_per_share.checked_add(increment));
        match raised {
            Some(reward_per_share) => pool.reward_per_share = reward_per_share,
            None => delegators = 0,
        }
        provider.rewards_owed = provider.rewards_owed.saturating_add(delegators);

        let mut split = PaymentSplit {
            protocol_fee,
            royalty,
            provider: work.saturating_sub(delegators),
            delegators,
        };
        Self::transfer(payment, &Self::account_id(), split.delegators)?;
        // A part that is too small to create its account goes to the treasury, which exists.
        for (dest, part) in [
            (payment.model_owner, &mut split.royalty),
            (payment.provider, &mut split.provider),
        ] {
            if Self::transfer(payment, dest, *part).is_err() {
                split.protocol_fee = split.protocol_fee.saturating_add(*part);
                *part = 0;
            }
        }
        Self::pay_fee(payment, split.protocol_fee)?;
        Self::store_provider(payment.provider, provider);
        Ok(split)
    }

    /// Moves `amount` from the payer to the treasury. If that account is gone and can't be created with so little, burns it: an honest
    /// provider is paid all the same.
    fn pay_fee(
        payment: &Payment<'_, T::AccountId, Balance, T::RuntimeHoldReason>,
        amount: Balance,
    ) -> DispatchResult {
        let Some(reason) = payment.held else {
            return Self::pay_treasury(payment.payer, amount);
        };
        if Self::transfer(payment, &T::Treasury::get(), amount).is_ok() {
            return Ok(());
        }
        let (all, force) = (Precision::Exact, Fortitude::Force);
        T::Currency::burn_held(reason, payment.payer, amount, all, force).map(|_| ())
    }

    /// Moves `amount` from the payer to `dest`.
    fn transfer(
        payment: &Payment<'_, T::AccountId, Balance, T::RuntimeHoldReason>,
        dest: &T::AccountId,
        amount: Balance,
    ) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        match payment.held {
            Some(reason) => T::Currency::transfer_on_hold(
                reason,
                payment.payer,
                dest,
                amount,
                Precision::Exact,
                Restriction::Free,
                Fortitude::Force,
            ),
            None => T::Currency::transfer(payment.payer, dest, amount, Preservation::Preserve),
        }
        .map(|_| ())
    }
}
