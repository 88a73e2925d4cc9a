// SPDX-License-Identifier: Apache-2.0
//! What is true of the pallet's storage between any two calls.

use alloc::collections::{BTreeMap, BTreeSet};
use assay_pallet_primitives::{Balance, EraIndex};
use frame_support::{ensure, traits::fungible::Inspect};
use sp_runtime::TryRuntimeError;

use crate::*;

/// What the delegations say of one provider.
#[derive(Default)]
struct Seen {
    delegations: u32,
    /// Active shares of the current generation, and how many have some.
    shares: u128,
    sharers: u32,
    /// Pending with the next era.
    pending: Balance,
    pending_delegations: u32,
    /// Not yet activated, by era.
    activations: BTreeMap<EraIndex, u32>,
    /// In ended generations, by generation.
    closed: BTreeMap<Generation, u32>,
}

impl<T: Config> Pallet<T> {
    /// Checks everything that the README says is always true.
    ///
    /// # Errors
    ///
    /// The first rule that is broken.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let parameters = Parameters::<T>::get();
        let valid =
            parameters.validate(<T::MaxJobDuration as frame_support::traits::Get<_>>::get());
        ensure!(valid.is_ok(), "stored parameters are invalid");

        let mut seen = BTreeMap::<T::AccountId, Seen>::new();
        // Shares and number of chunks of each unbonding pool, what they hold together at most.
        let mut chunks = BTreeMap::<(T::AccountId, EraIndex), (u128, u32)>::new();
        let mut held = BTreeMap::<T::AccountId, Balance>::new();
        for (provider_id, delegator, delegation) in Delegations::<T>::iter() {
            let provider = Providers::<T>::get(&provider_id).ok_or("a delegation to nobody")?;
            *held.entry(delegator).or_default() += delegation.total_held();
            Self::check_delegation(&provider_id, &provider, &delegation, &mut chunks)?;
            Self::see(
                &provider_id,
                &provider,
                &delegation,
                seen.entry(provider_id.clone()).or_default(),
            )?;
        }
        for (delegator, sum) in &held {
            ensure!(
                Self::held(HoldReason::Delegation, delegator) == *sum,
                "what is held of a delegator isn't the sum of its delegations"
            );
        }
        Self::check_unbonding_pools(&chunks)?;
        Self::check_references(&seen)?;
        Self::check_providers(&seen)
    }

    fn check_delegation(
        provider_id: &T::AccountId,
        provider: &ProviderOf<T>,
        delegation: &DelegationOf<T>,
        chunks: &mut BTreeMap<(T::AccountId, EraIndex), (u128, u32)>,
    ) -> Result<(), TryRuntimeError> {
        ensure!(!delegation.is_empty(), "an empty delegation is kept");
        ensure!(
            (delegation.shares == 0) == (delegation.held == 0),
            "shares without money"
        );
        if delegation.generation == provider.pool.generation {
            let worth = fixed::value(delegation.shares, provider.pool.index);
            ensure!(
                worth <= delegation.held,
                "shares are worth more than is held for them"
            );
        }
        let mut last = None;
        for chunk in &delegation.unbonding {
            ensure!(last < Some(chunk.era), "chunks out of order");
            last = Some(chunk.era);
            let pool = UnbondingPools::<T>::get(provider_id, chunk.era)
                .ok_or("a chunk without its pool")?;
            let worth = fixed::value(chunk.shares, pool.index);
            ensure!(
                worth <= chunk.held,
                "a chunk is worth more than is held for it"
            );
            let sum = chunks.entry((provider_id.clone(), chunk.era)).or_default();
            *sum = (sum.0 + chunk.shares, sum.1 + 1);
        }
        if let Some(incoming) = &delegation.incoming {
            let pool = UnbondingPools::<T>::get(&incoming.from, incoming.era)
                .ok_or("redelegated stake without its pool")?;
            let worth = fixed::value(incoming.shares, pool.index);
            ensure!(
                worth <= incoming.worth,
                "redelegated stake is worth more than was moved"
            );
            let sum = chunks
                .entry((incoming.from.clone(), incoming.era))
                .or_default();
            *sum = (sum.0 + incoming.shares, sum.1 + 1);
        }
        Ok(())
    }

    /// Adds a delegation to what is seen of its provider.
    fn see(
        provider_id: &T::AccountId,
        provider: &ProviderOf<T>,
        delegation: &DelegationOf<T>,
        seen: &mut Seen,
    ) -> Result<(), TryRuntimeError> {
        seen.delegations += 1;
        if delegation.shares > 0 {
            if delegation.generation == provider.pool.generation {
                seen.shares += delegation.shares;
                seen.sharers += 1;
            } else {
                *seen.closed.entry(delegation.generation).or_default() += 1;
            }
        }
        if let Some((era, amount)) = delegation.pending {
            if let Some(then) = Activations::<T>::get(provider_id, era) {
                *seen.activations.entry(era).or_default() += 1;
                let shares = fixed::shares_bought(amount, then.index).ok_or("overflow")?;
                if then.generation == provider.pool.generation {
                    seen.shares += shares;
                    seen.sharers += 1;
                } else {
                    *seen.closed.entry(then.generation).or_default() += 1;
                }
            } else {
                seen.pending += amount;
                seen.pending_delegations += 1;
            }
        }
        Ok(())
    }

    fn check_unbonding_pools(
        chunks: &BTreeMap<(T::AccountId, EraIndex), (u128, u32)>,
    ) -> Result<(), TryRuntimeError> {
        let mut pools = 0;
        for (provider_id, era, pool) in UnbondingPools::<T>::iter() {
            pools += 1;
            let sum = chunks.get(&(provider_id, era)).copied().unwrap_or_default();
            ensure!(
                sum == (pool.shares, pool.chunks),
                "an unbonding pool isn't its chunks"
            );
        }
        ensure!(pools == chunks.len(), "chunks without a pool");
        Ok(())
    }

    fn check_references(seen: &BTreeMap<T::AccountId, Seen>) -> Result<(), TryRuntimeError> {
        for (provider_id, era, then) in Activations::<T>::iter() {
            let claims = seen.get(&provider_id).and_then(|s| s.activations.get(&era));
            ensure!(
                claims == Some(&then.claims),
                "an activation isn't what waits for it"
            );
        }
        for (provider_id, generation, closed) in ClosedGenerations::<T>::iter() {
            let claims = seen
                .get(&provider_id)
                .and_then(|s| s.closed.get(&generation));
            ensure!(
                claims == Some(&closed.claims),
                "an ended generation isn't who had shares"
            );
        }
        for (provider_id, s) in seen {
            for era in s.activations.keys() {
                ensure!(
                    Activations::<T>::contains_key(provider_id, era),
                    "activation missing"
                );
            }
            for generation in s.closed.keys() {
                let kept = ClosedGenerations::<T>::contains_key(provider_id, generation);
                ensure!(kept, "ended generation missing");
            }
        }
        Ok(())
    }

    fn check_providers(seen: &BTreeMap<T::AccountId, Seen>) -> Result<(), TryRuntimeError> {
        let mut locks = BTreeMap::<T::AccountId, (Balance, Balance, u32)>::new();
        for lock in Collateral::<T>::iter_values() {
            let sum = locks.entry(lock.provider).or_default();
            *sum = (sum.0 + lock.own, sum.1 + lock.delegated, sum.2 + 1);
        }
        for who in locks.keys() {
            ensure!(Providers::<T>::contains_key(who), "a job of nobody");
        }

        let mut owed: Balance = 0;
        for (who, provider) in Providers::<T>::iter() {
            let own = &provider.own;
            let leaving: Balance = own.unbonding.iter().map(|chunk| chunk.amount).sum();
            ensure!(
                Self::held(HoldReason::SelfBond, &who) == own.bond + leaving,
                "what is held of a provider isn't its bond"
            );
            ensure!(
                Self::held(HoldReason::ProviderDeposit, &who) == provider.deposit,
                "what is held of a provider isn't its deposit"
            );
            ensure!(
                own.locked <= own.bond,
                "more own bond is locked than there is"
            );
            let sum = locks.get(&who).copied().unwrap_or_default();
            let recorded = (own.locked, provider.pool.locked, provider.open_jobs);
            ensure!(
                sum == recorded,
                "what is locked isn't the sum over the jobs"
            );

            let nothing = Seen::default();
            let s = seen.get(&who).unwrap_or(&nothing);
            ensure!(
                s.delegations == provider.delegations,
                "the number of delegations is wrong"
            );
            ensure!(
                s.sharers == provider.pool.claims,
                "the number of claims is wrong"
            );
            ensure!(
                s.shares <= provider.pool.shares,
                "more shares than the pool knows"
            );
            let index = provider.pool.index;
            ensure!(
                (fixed::MIN_INDEX..=fixed::ONE).contains(&index),
                "index out of range"
            );
            ensure!(
                provider.pool.claims > 0 || (provider.pool.shares, index) == (0, fixed::ONE),
                "shares of nobody"
            );
            let pending = provider
                .pending
                .map_or((0, 0), |p| (p.amount, p.delegations));
            ensure!(
                pending == (s.pending, s.pending_delegations),
                "what is pending isn't the sum over the delegations"
            );
            owed += provider.rewards_owed;
            Self::check_rewards(&who, &provider)?;
        }
        let pot = T::Currency::balance(&Self::account_id());
        ensure!(
            pot >= owed + T::Currency::minimum_balance(),
            "the account for rewards has less than is owed"
        );
        let depositors: BTreeSet<_> = Providers::<T>::iter_keys().collect();
        ensure!(
            depositors.len() == Providers::<T>::count() as usize,
            "providers miscounted"
        );
        Ok(())
    }

    /// No more can be claimed from a provider than is owed to its delegators.
    fn check_rewards(
        provider_id: &T::AccountId,
        provider: &ProviderOf<T>,
    ) -> Result<(), TryRuntimeError> {
        let mut claimable: Balance = 0;
        for (delegator, _) in Delegations::<T>::iter_prefix(provider_id) {
            claimable += Self::pending_rewards(provider_id, &delegator);
        }
        ensure!(
            claimable <= provider.rewards_owed,
            "more can be claimed than is owed"
        );
        Ok(())
    }
}
