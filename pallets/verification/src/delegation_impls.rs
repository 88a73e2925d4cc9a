// SPDX-License-Identifier: Apache-2.0
//! What the calls of delegators do.

use assay_pallet_primitives::{Balance, EraClock};
use frame_support::{
    ensure,
    traits::{fungible::Mutate, tokens::Preservation},
};
use sp_runtime::{DispatchError, DispatchResult};

use crate::*;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_bond_extra(
        who: T::AccountId,
        provider_id: T::AccountId,
        extra: BondExtra,
    ) -> DispatchResult {
        match extra {
            BondExtra::FreeBalance(amount) if who == provider_id => Self::do_bond(who, amount),
            BondExtra::FreeBalance(amount) => Self::do_delegate(who, provider_id, amount),
            BondExtra::Rewards => {
                let mut provider = Self::provider(&provider_id)?;
                let mut delegation = Self::delegation(&provider_id, &mut provider, &who)?;
                let rewards = core::mem::take(&mut delegation.rewards);
                ensure!(rewards > 0, Error::<T>::NothingToClaim);
                let pot = Self::account_id();
                T::Currency::transfer(&pot, &who, rewards, Preservation::Preserve)?;
                provider.rewards_owed = provider.rewards_owed.saturating_sub(rewards);
                Self::hold(HoldReason::Delegation, &who, rewards)?;
                Self::add_pending(&who, &provider_id, &mut provider, &mut delegation, rewards)?;
                Self::store_delegation(&provider_id, &mut provider, &who, delegation)?;
                Self::store_provider(&provider_id, provider);
                Ok(())
            }
        }
    }

    pub(crate) fn do_delegate(
        who: T::AccountId,
        provider_id: T::AccountId,
        amount: Balance,
    ) -> DispatchResult {
        let mut provider = Self::provider(&provider_id)?;
        let mut delegation = Self::delegation_or_new(&provider_id, &mut provider, &who)?;
        Self::hold(HoldReason::Delegation, &who, amount)?;
        Self::add_pending(&who, &provider_id, &mut provider, &mut delegation, amount)?;
        Self::store_delegation(&provider_id, &mut provider, &who, delegation)?;
        Self::store_provider(&provider_id, provider);
        Ok(())
    }

    /// The delegation, brought up to date, or an empty one.
    fn delegation_or_new(
        provider_id: &T::AccountId,
        provider: &mut ProviderOf<T>,
        who: &T::AccountId,
    ) -> Result<DelegationOf<T>, DispatchError> {
        let mut delegation = Delegations::<T>::get(provider_id, who).unwrap_or_default();
        Self::settle(provider_id, provider, who, &mut delegation)?;
        Ok(delegation)
    }

    /// Adds `amount`, which is held already, to what becomes active with the next era.
    fn add_pending(
        who: &T::AccountId,
        provider_id: &T::AccountId,
        provider: &mut ProviderOf<T>,
        delegation: &mut DelegationOf<T>,
        amount: Balance,
    ) -> DispatchResult {
        ensure!(who != provider_id, Error::<T>::SelfDelegation);
        ensure!(!provider.retired, Error::<T>::ProviderRetired);
        let era = Self::current_era().saturating_add(1);
        // Who waits for the pool to open comes first: at the next touch of the provider.
        let waits = provider.pending.is_some_and(|pending| pending.era < era);
        ensure!(provider.pool.is_open() && !waits, Error::<T>::PoolDepleted);
        let after = delegation.staked().saturating_add(amount);
        ensure!(
            amount > 0 && after >= Parameters::<T>::get().min_delegation,
            Error::<T>::DelegationTooLow
        );
        let new = delegation.pending.is_none();
        delegation.pending = Some((era, delegation.pending_amount().saturating_add(amount)));
        let pool = provider.pending.get_or_insert(PendingPool {
            era,
            amount: 0,
            delegations: 0,
        });
        pool.amount = pool.amount.saturating_add(amount);
        pool.delegations = pool.delegations.saturating_add(new.into());
        Self::deposit_event(Event::Delegated {
            provider: provider_id.clone(),
            delegator: who.clone(),
            amount,
            era,
        });
        Ok(())
    }

    /// Checks that `amount` can leave a delegation of which `available` could: it may not be at risk for another provider, and what
    /// stays must be nothing or enough.
    fn ensure_can_leave(
        delegation: &DelegationOf<T>,
        available: Balance,
        amount: Balance,
    ) -> DispatchResult {
        ensure!(
            amount > 0 && amount <= available,
            Error::<T>::InsufficientDelegation
        );
        let rest = delegation.staked().saturating_sub(amount);
        ensure!(
            rest >= delegation.at_risk_elsewhere(),
            Error::<T>::StillAtRiskElsewhere
        );
        let minimum = Parameters::<T>::get().min_delegation;
        ensure!(rest == 0 || rest >= minimum, Error::<T>::DelegationTooLow);
        Ok(())
    }

    pub(crate) fn do_undelegate(
        who: T::AccountId,
        provider_id: T::AccountId,
        amount: Balance,
    ) -> DispatchResult {
        let mut provider = Self::provider(&provider_id)?;
        let mut delegation = Self::delegation(&provider_id, &mut provider, &who)?;
        Self::ensure_can_leave(&delegation, delegation.staked(), amount)?;
        Self::take_out(&provider_id, &mut provider, &who, &mut delegation, amount)?;
        Self::store_delegation(&provider_id, &mut provider, &who, delegation)?;
        Self::store_provider(&provider_id, provider);
        Ok(())
    }

    /// Takes `amount` out of a delegation: frees what is pending, and puts the rest on its way out.
    fn take_out(
        provider_id: &T::AccountId,
        provider: &mut ProviderOf<T>,
        who: &T::AccountId,
        delegation: &mut DelegationOf<T>,
        amount: Balance,
    ) -> DispatchResult {
        // Redelegated stake that waits here isn't free before it has matured elsewhere, whatever else there is to stand for it.
        let at_risk = delegation.at_risk_elsewhere();
        let freed = amount.min(delegation.pending_amount().saturating_sub(at_risk));
        Self::take_pending(provider, delegation, freed);
        Self::free(HoldReason::Delegation, who, freed)?;

        let unbonding = amount.saturating_sub(freed);
        if unbonding > 0 {
            Self::sell(provider, delegation, unbonding)?;
            Self::add_chunk(provider_id, delegation, unbonding)?;
        }
        Self::deposit_event(Event::Undelegated {
            provider: provider_id.clone(),
            delegator: who.clone(),
            freed,
            unbonding,
        });
        Ok(())
    }

    /// Puts `amount`, for which shares were sold, on its way out.
    fn add_chunk(
        provider_id: &T::AccountId,
        delegation: &mut DelegationOf<T>,
        amount: Balance,
    ) -> DispatchResult {
        let era = Self::current_era();
        let known = delegation
            .unbonding
            .last()
            .is_some_and(|chunk| chunk.era == era);
        let shares = Self::enter_unbonding_pool(provider_id, era, amount, !known)?;
        match delegation
            .unbonding
            .last_mut()
            .filter(|chunk| chunk.era == era)
        {
            Some(chunk) => {
                chunk.shares = chunk.shares.saturating_add(shares);
                chunk.held = chunk.held.saturating_add(amount);
            }
            None => delegation
                .unbonding
                .try_push(Chunk {
                    era,
                    shares,
                    held: amount,
                })
                .map_err(|_| Error::<T>::TooManyChunks)?,
        }
        Ok(())
    }

    pub(crate) fn do_redelegate(
        who: T::AccountId,
        from: T::AccountId,
        to: T::AccountId,
        amount: Balance,
    ) -> DispatchResult {
        ensure!(from != to, Error::<T>::SameProvider);
        let mut old = Self::provider(&from)?;
        let mut out = Self::delegation(&from, &mut old, &who)?;
        Self::ensure_can_leave(&out, out.held, amount)?;
        let mut new = Self::provider(&to)?;
        let mut into = Self::delegation_or_new(&to, &mut new, &who)?;

        let era = Self::current_era();
        let known = into
            .incoming
            .as_ref()
            .map(|i| i.from == from && i.era == era);
        ensure!(known != Some(false), Error::<T>::RedelegationInProgress);
        Self::sell(&mut old, &mut out, amount)?;
        let shares = Self::enter_unbonding_pool(&from, era, amount, known.is_none())?;
        let incoming = into.incoming.get_or_insert(Incoming {
            from: from.clone(),
            era,
            shares: 0,
            worth: 0,
        });
        incoming.shares = incoming.shares.saturating_add(shares);
        incoming.worth = incoming.worth.saturating_add(amount);
        Self::add_pending(&who, &to, &mut new, &mut into, amount)?;

        Self::store_delegation(&from, &mut old, &who, out)?;
        Self::store_provider(&from, old);
        Self::store_delegation(&to, &mut new, &who, into)?;
        Self::store_provider(&to, new);
        Self::deposit_event(Event::Redelegated {
            from,
            to,
            delegator: who,
            amount,
        });
        Ok(())
    }

    pub(crate) fn do_withdraw(who: T::AccountId, provider_id: T::AccountId) -> DispatchResult {
        if who == provider_id {
            return Self::do_withdraw_own(who);
        }
        let mut provider = Self::provider(&provider_id)?;
        let mut delegation = Self::delegation(&provider_id, &mut provider, &who)?;
        let matured = Self::pay_matured(&provider_id, &who, &mut delegation)?;
        ensure!(matured, Error::<T>::NothingToWithdraw);
        Self::store_delegation(&provider_id, &mut provider, &who, delegation)?;
        Self::store_provider(&provider_id, provider);
        Ok(())
    }

    /// Pays out the matured chunks of a delegation. Returns whether there were any.
    fn pay_matured(
        provider_id: &T::AccountId,
        who: &T::AccountId,
        delegation: &mut DelegationOf<T>,
    ) -> Result<bool, DispatchError> {
        let now = Self::now();
        let mut amount: Balance = 0;
        let chunks = delegation.unbonding.len();
        delegation.unbonding.retain(|chunk| {
            let pool = UnbondingPools::<T>::get(provider_id, chunk.era);
            let Some(pool) = pool.filter(|pool| pool.matures_at <= now) else {
                return true;
            };
            Self::leave_unbonding_pool(provider_id, chunk.era, pool, chunk.shares);
            amount = amount.saturating_add(chunk.held);
            false
        });
        if delegation.unbonding.len() == chunks {
            return Ok(false);
        }
        Self::free(HoldReason::Delegation, who, amount)?;
        Self::deposit_event(Event::Withdrawn {
            provider: provider_id.clone(),
            who: who.clone(),
            amount,
        });
        Ok(true)
    }

    /// What anyone can do about the last delegators of a provider that is gone: pay out what has matured, and put the rest on its
    /// way. Nobody can keep the record and its deposit by not leaving.
    pub(crate) fn do_withdraw_for(
        provider_id: T::AccountId,
        delegator: T::AccountId,
    ) -> DispatchResult {
        let mut provider = Self::provider(&provider_id)?;
        // The unbonding of the provider's own bond is the time in which delegators can redelegate.
        ensure!(provider.is_out(), Error::<T>::NotReapable);
        let mut delegation = Self::delegation(&provider_id, &mut provider, &delegator)?;
        let matured = Self::pay_matured(&provider_id, &delegator, &mut delegation)?;
        let amount = delegation
            .staked()
            .saturating_sub(delegation.at_risk_elsewhere());
        if amount > 0 {
            Self::take_out(
                &provider_id,
                &mut provider,
                &delegator,
                &mut delegation,
                amount,
            )?;
        }
        Self::store_delegation(&provider_id, &mut provider, &delegator, delegation)?;
        // Redelegated stake of which nothing is left has only to be settled.
        let gone = !Delegations::<T>::contains_key(&provider_id, &delegator);
        ensure!(matured || amount > 0 || gone, Error::<T>::NothingToWithdraw);
        Self::store_provider(&provider_id, provider);
        Ok(())
    }

    pub(crate) fn do_claim(provider_id: T::AccountId, delegator: T::AccountId) -> DispatchResult {
        let mut provider = Self::provider(&provider_id)?;
        let mut delegation = Self::delegation(&provider_id, &mut provider, &delegator)?;
        let rewards = core::mem::take(&mut delegation.rewards);
        ensure!(rewards > 0, Error::<T>::NothingToClaim);
        Self::pay_rewards(&provider_id, &mut provider, &delegator, rewards)?;
        Self::store_delegation(&provider_id, &mut provider, &delegator, delegation)?;
        Self::store_provider(&provider_id, provider);
        Ok(())
    }

    pub(crate) fn do_apply_slash(
        provider_id: T::AccountId,
        delegator: T::AccountId,
    ) -> DispatchResult {
        let mut provider = Self::provider(&provider_id)?;
        let mut delegation =
            Delegations::<T>::get(&provider_id, &delegator).ok_or(Error::<T>::NoDelegation)?;
        let lost = Self::settle(&provider_id, &mut provider, &delegator, &mut delegation)?;
        ensure!(lost > 0, Error::<T>::NothingToApply);
        Self::store_delegation(&provider_id, &mut provider, &delegator, delegation)?;
        Self::store_provider(&provider_id, provider);
        Ok(())
    }
}
