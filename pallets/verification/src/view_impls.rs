// SPDX-License-Identifier: Apache-2.0
//! What clients ask: records as they would be if everything pending were applied. Nothing here writes.

use assay_pallet_primitives::{
    runtime_api::{DelegationStatus, ProviderStatus},
    Balance, EraClock,
};
use frame_support::storage::{with_transaction, TransactionOutcome};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::DispatchError;

use crate::*;

/// Runs `f` and undoes what it wrote.
fn without_effects<R>(f: impl FnOnce() -> R) -> Option<R> {
    with_transaction(|| TransactionOutcome::Rollback(Ok::<R, DispatchError>(f()))).ok()
}

impl<T: Config> Pallet<T> {
    /// The record of a provider as of this era, without writing what became active.
    pub(crate) fn peek_provider(who: &T::AccountId) -> Option<ProviderOf<T>> {
        without_effects(|| Self::provider(who).ok())?
    }

    /// The state of a provider, for runtime APIs.
    pub fn provider_status(
        who: &T::AccountId,
    ) -> Option<ProviderStatus<Balance, BlockNumberFor<T>>> {
        let provider = Self::peek_provider(who)?;
        let parameters = Parameters::<T>::get();
        let era = Self::current_era();
        let faults = provider.faults;
        let window_end = faults.since.saturating_add(parameters.fault_window);
        let accepts = !provider.retired
            && provider.jailed_until.is_none()
            && provider.open_jobs < <T::MaxOpenJobs as frame_support::traits::Get<u32>>::get()
            && provider.own.bond >= parameters.min_self_bond;
        let free = provider.own.free();
        let share = parameters.largest_own_share();
        // Three products round up, so up to three units more than the sum of the shares.
        let by_own = share.saturating_reciprocal_mul_floor(free.saturating_sub(3));
        Some(ProviderStatus {
            own_bond: provider.own.bond,
            own_locked: provider.own.locked,
            delegated: provider.pool.worth(),
            delegated_locked: provider.pool.locked,
            pending: provider.pending.map_or(0, |p| p.amount),
            open_jobs: provider.open_jobs,
            free_collateral: if accepts {
                by_own.min(free.saturating_add(provider.pool.free()))
            } else {
                0
            },
            commission: provider.commission.min(parameters.max_commission),
            next_commission: provider.next_commission,
            faults: if era < window_end { faults.count } else { 0 },
            jailed_until: provider.jailed_until,
            retired: provider.retired,
        })
    }

    /// The state of a delegation, for runtime APIs.
    pub fn delegation_status(
        provider_id: &T::AccountId,
        delegator: &T::AccountId,
    ) -> Option<DelegationStatus<Balance, BlockNumberFor<T>>> {
        without_effects(|| {
            let mut provider = Self::provider(provider_id).ok()?;
            let delegation = Self::delegation(provider_id, &mut provider, delegator).ok()?;
            let unbonding = delegation.unbonding.iter().filter_map(|chunk| {
                let pool = UnbondingPools::<T>::get(provider_id, chunk.era)?;
                Some((chunk.held, pool.matures_at))
            });
            Some(DelegationStatus {
                active: delegation.held,
                pending: delegation.pending_amount(),
                unbonding: unbonding.collect(),
                rewards: delegation.rewards,
            })
        })?
    }

    /// What a delegator could claim, for runtime APIs.
    pub fn pending_rewards(provider_id: &T::AccountId, delegator: &T::AccountId) -> Balance {
        Self::delegation_status(provider_id, delegator).map_or(0, |status| status.rewards)
    }

    /// The collateral of a job and the least part of it that is the provider's own, for runtime APIs.
    pub fn collateral_parts(price: Balance, min_collateral: Balance) -> (Balance, Balance) {
        let parameters = Parameters::<T>::get();
        let total = parameters.collateral(price, min_collateral);
        (total, parameters.own_part(total, price))
    }
}
