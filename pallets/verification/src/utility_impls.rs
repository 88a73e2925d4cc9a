// SPDX-License-Identifier: Apache-2.0
//! Reading and writing records, and moving held money.

use assay_pallet_primitives::{Balance, EraClock, EraIndex, StakeRecorder};
use frame_support::{
    defensive,
    traits::{
        fungible::{Mutate, MutateHold},
        tokens::{Fortitude, Precision, Preservation, Restriction},
        Get,
    },
    weights::Weight,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::AccountIdConversion, DispatchError, DispatchResult};

use crate::*;

impl<T: Config> EraClock for Pallet<T> {
    fn current_era() -> EraIndex {
        CurrentEra::<T>::get().index
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn set_era(era: EraIndex) {
        CurrentEra::<T>::mutate(|current| current.index = era);
    }
}

impl<T: Config> Pallet<T> {
    /// The account that has the rewards which delegators haven't claimed.
    pub fn account_id() -> T::AccountId {
        T::PalletId::get().into_account_truncating()
    }

    /// The block in which this runs.
    pub(crate) fn now() -> BlockNumberFor<T> {
        frame_system::Pallet::<T>::block_number()
    }

    /// The record of `who`, brought up to this era.
    pub(crate) fn provider(who: &T::AccountId) -> Result<ProviderOf<T>, DispatchError> {
        let mut provider = Providers::<T>::get(who).ok_or(Error::<T>::NotProvider)?;
        Self::sync(who, &mut provider);
        Ok(provider)
    }

    /// Writes the record of `who` and reports its stake: what is active, and what will be when the next era begins. Nobody need touch the
    /// record then, and what is reported at the end of an era is exactly the stake with which the next one begins.
    pub(crate) fn store_provider(who: &T::AccountId, provider: ProviderOf<T>) {
        let pending = provider.pending.filter(|_| provider.pool.is_open());
        let pending = pending.map_or(0, |pending| pending.amount);
        let own = provider.own.bond;
        let stake = own
            .saturating_add(provider.pool.worth())
            .saturating_add(pending);
        T::StakeRecorder::note_stake(who, stake);
        Providers::<T>::insert(who, provider);
    }

    /// `weight` of what ends with [`store_provider`](Self::store_provider), and the most that recording the stake takes: how long the
    /// list of the largest is doesn't depend on what a benchmark of this pallet sets up.
    pub(crate) fn with_record(weight: Weight) -> Weight {
        weight.saturating_add(T::StakeRecorder::note_stake_weight())
    }

    /// The record of a delegation with all slashes applied and all rewards counted.
    pub(crate) fn delegation(
        provider_id: &T::AccountId,
        provider: &mut ProviderOf<T>,
        delegator: &T::AccountId,
    ) -> Result<DelegationOf<T>, DispatchError> {
        let mut delegation =
            Delegations::<T>::get(provider_id, delegator).ok_or(Error::<T>::NoDelegation)?;
        Self::settle(provider_id, provider, delegator, &mut delegation)?;
        Ok(delegation)
    }

    /// Writes a delegation, or removes it when nothing is left of it but rewards, which it pays out then.
    pub(crate) fn store_delegation(
        provider_id: &T::AccountId,
        provider: &mut ProviderOf<T>,
        delegator: &T::AccountId,
        mut delegation: DelegationOf<T>,
    ) -> DispatchResult {
        let rewards = core::mem::take(&mut delegation.rewards);
        if delegation.is_empty() {
            // Less than an account needs, and the delegator's only money: it stays with the pool as dust.
            let _ = Self::pay_rewards(provider_id, provider, delegator, rewards);
            if Delegations::<T>::take(provider_id, delegator).is_some() {
                provider.delegations = provider.delegations.saturating_sub(1);
            }
            return Ok(());
        }
        delegation.rewards = rewards;
        if !Delegations::<T>::contains_key(provider_id, delegator) {
            provider.delegations = provider.delegations.saturating_add(1);
        }
        Delegations::<T>::insert(provider_id, delegator, delegation);
        Ok(())
    }

    /// Pays `amount` of what the delegators of a provider earned to one of them. Changes nothing if its account can't take it, because it
    /// would be its only free money and too little.
    pub(crate) fn pay_rewards(
        provider_id: &T::AccountId,
        provider: &mut ProviderOf<T>,
        delegator: &T::AccountId,
        amount: Balance,
    ) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        let pot = Self::account_id();
        T::Currency::transfer(&pot, delegator, amount, Preservation::Preserve)?;
        provider.rewards_owed = provider.rewards_owed.saturating_sub(amount);
        Self::deposit_event(Event::RewardsClaimed {
            provider: provider_id.clone(),
            delegator: delegator.clone(),
            amount,
        });
        Ok(())
    }

    /// Holds `amount` of the free balance of `who`.
    pub(crate) fn hold(reason: HoldReason, who: &T::AccountId, amount: Balance) -> DispatchResult {
        T::Currency::hold(&reason.into(), who, amount)
    }

    /// Returns `amount` of what is held of `who`.
    pub(crate) fn free(reason: HoldReason, who: &T::AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        T::Currency::release(&reason.into(), who, amount, Precision::Exact).map(|_| ())
    }

    /// Moves `amount` of what is held of `who` to the free balance of `dest`, whatever else locks it. Returns whether it could: not
    /// if `dest` doesn't exist and the amount is too small to create it.
    pub(crate) fn move_held(
        reason: HoldReason,
        who: &T::AccountId,
        dest: &T::AccountId,
        amount: Balance,
    ) -> bool {
        amount == 0
            || T::Currency::transfer_on_hold(
                &reason.into(),
                who,
                dest,
                amount,
                Precision::Exact,
                Restriction::Free,
                Fortitude::Force,
            )
            .is_ok()
    }

    /// Moves `amount` of what is held of `who` to the treasury. If that account is gone and can't be created with the amount, burns
    /// it: a slash must not fail, and must not stay with whom it punishes.
    pub(crate) fn take_held(reason: HoldReason, who: &T::AccountId, amount: Balance) {
        if Self::move_held(reason, who, &T::Treasury::get(), amount) {
            return;
        }
        let burnt = T::Currency::burn_held(
            &reason.into(),
            who,
            amount,
            Precision::BestEffort,
            Fortitude::Force,
        );
        if burnt != Ok(amount) {
            defensive!("less is held than the records say");
        }
    }

    /// Moves `amount` of the free balance of `from` to the treasury, or burns it.
    pub(crate) fn pay_treasury(from: &T::AccountId, amount: Balance) -> DispatchResult {
        assay_pallet_primitives::pay_treasury::<_, T::Currency>(from, &T::Treasury::get(), amount)
    }

    /// What is held of `who` for `reason`.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub(crate) fn held(reason: HoldReason, who: &T::AccountId) -> Balance {
        use frame_support::traits::fungible::InspectHold;
        T::Currency::balance_on_hold(&reason.into(), who)
    }
}
