// SPDX-License-Identifier: Apache-2.0
//! Stake behind jobs: what the market calls.

use assay_pallet_primitives::{
    Balance, CollateralTerms, EraClock, Fault, JobId, LockedCollateral, Payment, PaymentSplit,
    SlashBeneficiaries, SlashOutcome, Staking,
};
use frame_support::{ensure, storage::with_storage_layer, traits::Get, weights::Weight};
use sp_runtime::{DispatchError, DispatchResult, Saturating};

use crate::*;

/// From where the amount of a slash comes, and what becomes of the rest of the lock.
struct SlashParts {
    /// From own bond behind no job, and what of it is leaving and was there when the job was accepted.
    unlocked: Balance,
    /// From the own part of the lock.
    own: Balance,
    /// From the delegated part of the lock.
    delegated: Balance,
    /// Own part that becomes free because unlocked bond stood in for it.
    freed_own: Balance,
    /// Delegated part that becomes free because unlocked bond stood in for it.
    freed_delegated: Balance,
}

impl SlashParts {
    /// Divides `amount`, at most `own + delegated`, when `unlocked` own bond can stand in.
    fn new(amount: Balance, unlocked: Balance, own: Balance, delegated: Balance) -> Self {
        let from_unlocked = amount.min(unlocked);
        let rest = amount.saturating_sub(from_unlocked);
        let from_own = rest.min(own);
        let from_delegated = rest.saturating_sub(from_own).min(delegated);
        let freed_delegated = delegated.saturating_sub(from_delegated).min(from_unlocked);
        let freed_own = from_unlocked.saturating_sub(freed_delegated);
        Self {
            unlocked: from_unlocked,
            own: from_own,
            delegated: from_delegated,
            freed_own: freed_own.min(own.saturating_sub(from_own)),
            freed_delegated,
        }
    }
}

impl<T: Config> Pallet<T> {
    /// How the collateral of a job would be divided into an own and a delegated part, if `provider` can accept it now.
    fn divide_collateral(
        provider: &ProviderOf<T>,
        terms: &CollateralTerms<Balance>,
    ) -> Result<(Balance, Balance), DispatchError> {
        ensure!(!provider.retired, Error::<T>::ProviderRetired);
        ensure!(provider.jailed_until.is_none(), Error::<T>::ProviderJailed);
        ensure!(
            provider.open_jobs < T::MaxOpenJobs::get(),
            Error::<T>::TooManyJobs
        );
        let parameters = Parameters::<T>::get();
        ensure!(
            provider.own.bond >= parameters.min_self_bond,
            Error::<T>::SelfBondTooLow
        );

        let total = parameters.collateral(terms.price, terms.min_collateral);
        let own_part = parameters.own_part(total, terms.price);
        let free = provider.own.free();
        ensure!(own_part <= free, Error::<T>::InsufficientSelfBond);
        let delegated = total.saturating_sub(own_part).min(provider.pool.free());
        let own = total.saturating_sub(delegated);
        ensure!(own <= free, Error::<T>::InsufficientStake);
        Ok((own, delegated))
    }

    /// Takes up to `amount` from own bond that was there in `since` and is behind no job: first from what stays, then from what is
    /// leaving.
    fn take_unlocked(provider: &mut ProviderOf<T>, amount: Balance, since: u32) {
        let now = Self::now();
        let own = &mut provider.own;
        let of_bond = amount.min(own.free());
        own.bond = own.bond.saturating_sub(of_bond);
        let mut rest = amount.saturating_sub(of_bond);
        for chunk in own.unbonding.iter_mut() {
            if chunk.era >= since && now < chunk.matures_at {
                let part = rest.min(chunk.amount);
                chunk.amount = chunk.amount.saturating_sub(part);
                rest = rest.saturating_sub(part);
            }
        }
    }

    /// Own bond that was there in `since` and is behind no job.
    fn unlocked(provider: &ProviderOf<T>, since: u32) -> Balance {
        let now = Self::now();
        let leaving = provider.own.unbonding.iter();
        leaving
            .filter(|chunk| chunk.era >= since && now < chunk.matures_at)
            .fold(provider.own.free(), |sum, chunk| {
                sum.saturating_add(chunk.amount)
            })
    }

    /// Whether one more failed proof leaves enough of `lock` for what its end owes to others than the treasury. Otherwise a provider
    /// could burn with proofs that fail what the requester would get.
    ///
    /// Nothing of this changes when a new era begins, so `provider` needn't be up to date.
    fn survives(provider: &ProviderOf<T>, lock: &LockOf<T>, parameters: &ParametersOf<T>) -> bool {
        let cost = parameters.invalid_proof_share.mul_ceil(lock.total);
        let left = lock.own.saturating_add(lock.delegated).saturating_sub(cost);
        // As `SlashParts` would divide what is left: own bond pays first, the failed proof as well as the end.
        let own = Self::unlocked(provider, lock.era).saturating_add(lock.own);
        let own = own.saturating_sub(cost).min(left);
        let bounty = parameters.bounty_share.mul_floor(left);
        left > 0 && own >= parameters.compensation(lock).saturating_add(bounty)
    }

    /// Counts a fault, and jails a provider that had too many of them.
    fn count_fault(who: &T::AccountId, provider: &mut ProviderOf<T>) {
        let parameters = Parameters::<T>::get();
        let era = Self::current_era();
        let window_end = provider
            .faults
            .since
            .saturating_add(parameters.fault_window);
        if provider.faults.count == 0 || era >= window_end {
            provider.faults = FaultCount {
                count: 0,
                since: era,
            };
        }
        provider.faults.count = provider.faults.count.saturating_add(1);
        let jailed = provider.jailed_until.is_some();
        if !jailed && provider.faults.count >= parameters.fault_threshold {
            let until = Self::now().saturating_add(parameters.jail_period);
            provider.jailed_until = Some(until);
            Self::deposit_event(Event::Jailed {
                provider: who.clone(),
                until,
            });
        }
    }

    fn do_lock(
        job: JobId,
        who: &T::AccountId,
        terms: &CollateralTerms<Balance>,
    ) -> Result<LockOf<T>, DispatchError> {
        ensure!(
            !Collateral::<T>::contains_key(job),
            Error::<T>::CollateralExists
        );
        let mut provider = Self::provider(who)?;
        let (own, delegated) = Self::divide_collateral(&provider, terms)?;
        provider.own.locked = provider.own.locked.saturating_add(own);
        provider.pool.locked = provider.pool.locked.saturating_add(delegated);
        provider.open_jobs = provider.open_jobs.saturating_add(1);
        let lock = LockedCollateral {
            provider: who.clone(),
            own,
            delegated,
            total: own.saturating_add(delegated),
            price: terms.price,
            era: Self::current_era(),
        };
        Collateral::<T>::insert(job, &lock);
        Self::store_provider(who, provider);
        Self::deposit_event(Event::CollateralLocked {
            job,
            provider: who.clone(),
            own,
            delegated,
        });
        Ok(lock)
    }

    fn do_release(job: JobId) -> DispatchResult {
        let lock = Collateral::<T>::take(job).ok_or(Error::<T>::NoCollateral)?;
        let mut provider = Self::provider(&lock.provider)?;
        provider.own.locked = provider.own.locked.saturating_sub(lock.own);
        provider.pool.locked = provider.pool.locked.saturating_sub(lock.delegated);
        provider.open_jobs = provider.open_jobs.saturating_sub(1);
        Self::store_provider(&lock.provider, provider);
        Self::deposit_event(Event::CollateralReleased {
            job,
            provider: lock.provider,
        });
        Ok(())
    }

    fn do_slash(
        job: JobId,
        fault: Fault,
        to: SlashBeneficiaries<'_, T::AccountId>,
    ) -> Result<SlashOutcome<Balance>, DispatchError> {
        let mut lock = Collateral::<T>::get(job).ok_or(Error::<T>::NoCollateral)?;
        let who = lock.provider.clone();
        let mut provider = Self::provider(&who)?;
        let parameters = Parameters::<T>::get();

        let left = lock.own.saturating_add(lock.delegated);
        let ends = fault.is_terminal() || !Self::survives(&provider, &lock, &parameters);
        let amount = if ends {
            left
        } else {
            parameters.invalid_proof_share.mul_ceil(lock.total)
        };
        let unlocked = Self::unlocked(&provider, lock.era);
        let parts = SlashParts::new(amount, unlocked, lock.own, lock.delegated);

        // Before the locked sums change: what is free now is what may be taken.
        Self::take_unlocked(&mut provider, parts.unlocked, lock.era);
        provider.own.bond = provider.own.bond.saturating_sub(parts.own);
        let own_down = parts.own.saturating_add(parts.freed_own);
        let delegated_down = parts.delegated.saturating_add(parts.freed_delegated);
        lock.own = lock.own.saturating_sub(own_down);
        lock.delegated = lock.delegated.saturating_sub(delegated_down);
        provider.own.locked = provider.own.locked.saturating_sub(own_down);
        provider.pool.locked = provider.pool.locked.saturating_sub(delegated_down);
        let delegated = Self::slash_delegations(&who, &mut provider, parts.delegated, lock.era);

        let own = parts.unlocked.saturating_add(parts.own);
        let mut outcome = SlashOutcome {
            own,
            delegated,
            ..Default::default()
        };
        if ends {
            let compensation = parameters.compensation(&lock).min(own);
            if Self::move_held(HoldReason::SelfBond, &who, to.requester, compensation) {
                outcome.compensation = compensation;
            }
            let left = own.saturating_sub(outcome.compensation);
            let bounty = parameters.bounty_share.mul_floor(amount).min(left);
            if let Some(dest) = to.bounty {
                if Self::move_held(HoldReason::SelfBond, &who, dest, bounty) {
                    outcome.bounty = bounty;
                }
            }
            provider.open_jobs = provider.open_jobs.saturating_sub(1);
            Collateral::<T>::remove(job);
        } else {
            Collateral::<T>::insert(job, &lock);
        }
        let paid = outcome.compensation.saturating_add(outcome.bounty);
        outcome.treasury = own.saturating_sub(paid);
        Self::take_held(HoldReason::SelfBond, &who, outcome.treasury);

        Self::count_fault(&who, &mut provider);
        Self::store_provider(&who, provider);
        Self::deposit_event(Event::Slashed {
            job,
            provider: who,
            fault,
            outcome,
        });
        Ok(outcome)
    }
}

impl<T: Config> Staking<T::AccountId, Balance> for Pallet<T> {
    type HoldReason = T::RuntimeHoldReason;

    fn collateral(terms: &CollateralTerms<Balance>) -> Balance {
        Parameters::<T>::get().collateral(terms.price, terms.min_collateral)
    }

    fn can_accept(who: &T::AccountId, terms: &CollateralTerms<Balance>) -> DispatchResult {
        // Not `Self::provider`: this writes nothing, and a client may ask it of any state.
        let provider = Self::peek_provider(who).ok_or(Error::<T>::NotProvider)?;
        Self::divide_collateral(&provider, terms).map(|_| ())
    }

    fn lock_collateral(
        job: JobId,
        provider: &T::AccountId,
        terms: &CollateralTerms<Balance>,
    ) -> Result<LockOf<T>, DispatchError> {
        with_storage_layer(|| Self::do_lock(job, provider, terms))
    }

    fn collateral_of(job: JobId) -> Option<LockOf<T>> {
        Collateral::<T>::get(job)
    }

    fn release(job: JobId) -> DispatchResult {
        with_storage_layer(|| Self::do_release(job))
    }

    fn survives_failed_proof(job: JobId) -> bool {
        // Not `Self::provider`, which writes: the slash that follows does that.
        let lock = Collateral::<T>::get(job);
        let of = lock.and_then(|lock| Some((Providers::<T>::get(&lock.provider)?, lock)));
        of.is_some_and(|(provider, lock)| Self::survives(&provider, &lock, &Parameters::<T>::get()))
    }

    fn slash(
        job: JobId,
        fault: Fault,
        beneficiaries: SlashBeneficiaries<'_, T::AccountId>,
    ) -> Result<SlashOutcome<Balance>, DispatchError> {
        with_storage_layer(|| Self::do_slash(job, fault, beneficiaries))
    }

    fn pay(
        payment: &Payment<'_, T::AccountId, Balance, Self::HoldReason>,
    ) -> Result<PaymentSplit<Balance>, DispatchError> {
        with_storage_layer(|| Self::do_pay(payment))
    }

    fn lock_weight() -> Weight {
        Self::with_record(T::WeightInfo::lock_collateral())
    }

    fn release_weight() -> Weight {
        Self::with_record(T::WeightInfo::release_collateral())
    }

    fn slash_weight() -> Weight {
        Self::with_record(T::WeightInfo::slash_collateral())
    }

    fn pay_weight() -> Weight {
        Self::with_record(T::WeightInfo::pay())
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn set_up_provider(who: &T::AccountId, collateral: Balance) {
        use frame_support::traits::fungible::{Inspect, Mutate};
        let bond = collateral.max(Parameters::<T>::get().min_self_bond);
        let deposit = Self::deposit_for(&Default::default());
        let needed = bond
            .saturating_add(deposit)
            .saturating_add(T::Currency::minimum_balance().saturating_mul(10));
        T::Currency::mint_into(who, needed).expect("a benchmark can mint");
        Self::do_register(who.clone(), Default::default(), Default::default(), bond)
            .expect("a benchmark can register a provider");
    }
}
