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
        ensure!(
            provider.pool.index >= fixed::MIN_OPEN_INDEX,
            Error::<T>::PoolDepleted
        );
        let after = delegation.staked().saturating_add(amount);
        ensure!(
            amount > 0 && after >= Parameters::<T>::get().min_delegation,
            Error::<T>::DelegationTooLow
        );
        let era = Self::current_era().saturating_add(1);
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
        let at_risk = delegation
            .incoming
            .as_ref()
            .map_or(0, |incoming| incoming.worth);
        ensure!(rest >= at_risk, Error::<T>::StillAtRiskElsewhere);
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

        let freed = amount.min(delegation.pending_amount());
        Self::take_pending(&mut provider, &mut delegation, freed);
        Self::free(HoldReason::Delegation, &who, freed)?;

        let unbonding = amount.saturating_sub(freed);
        if unbonding > 0 {
            Self::sell(&mut provider, &mut delegation, unbonding)?;
            Self::add_chunk(&provider_id, &mut delegation, unbonding)?;
        }
        Self::store_delegation(&provider_id, &mut provider, &who, delegation)?;
        Self::store_provider(&provider_id, provider);
        Self::deposit_event(Event::Undelegated {
            provider: provider_id,
            delegator: who,
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
        let now = Self::now();
        let mut amount: Balance = 0;
        let chunks = delegation.unbonding.len();
        delegation.unbonding.retain(|chunk| {
            let pool = UnbondingPools::<T>::get(&provider_id, chunk.era);
            let Some(pool) = pool.filter(|pool| pool.matures_at <= now) else {
                return true;
            };
            Self::leave_unbonding_pool(&provider_id, chunk.era, pool, chunk.shares);
            amount = amount.saturating_add(chunk.held);
            false
        });
        ensure!(
            delegation.unbonding.len() < chunks,
            Error::<T>::NothingToWithdraw
        );
        Self::free(HoldReason::Delegation, &who, amount)?;
        Self::store_delegation(&provider_id, &mut provider, &who, delegation)?;
        Self::store_provider(&provider_id, provider);
        Self::deposit_event(Event::Withdrawn {
            provider: provider_id,
            who,
            amount,
        });
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
