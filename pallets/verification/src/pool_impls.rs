// SPDX-License-Identifier: Apache-2.0
//! Bringing records up to date: what eras, slashes and rewards have done to them since they were last touched.

use assay_pallet_primitives::{Balance, EraClock, EraIndex};
use frame_support::{defensive, traits::Get};
use sp_runtime::{ArithmeticError, DispatchError, DispatchResult};

use crate::{
    fixed::{self, ONE},
    *,
};

impl<T: Config> Pallet<T> {
    /// Brings a provider up to the current era: pending delegations become active, an announced commission applies. In a pool that
    /// isn't open they go on waiting, because a slash that takes the rest of the generation would take them with it.
    ///
    /// Nothing else changes a pool between the start of an era and the first touch of its provider, so what this sees is the
    /// state at the start of the era.
    pub(crate) fn sync(who: &T::AccountId, provider: &mut ProviderOf<T>) {
        let era = Self::current_era();
        if let Some((commission, _)) = provider.next_commission.filter(|(_, from)| *from <= era) {
            provider.commission = commission;
            provider.next_commission = None;
        }
        let due = |pending: &PendingPool| pending.era <= era && provider.pool.is_open();
        let Some(pending) = provider.pending.filter(due) else {
            return;
        };
        provider.pending = None;
        let pool = &mut provider.pool;
        let Some(shares) = fixed::shares_bought(pending.amount, pool.index)
            .and_then(|bought| pool.shares.checked_add(bought))
        else {
            // At the least index, 2^128 shares are more than 10^29 of the smallest unit: more money than there is.
            defensive!("more shares than fit 128 bits");
            return;
        };
        pool.shares = shares;
        pool.claims = pool.claims.saturating_add(pending.delegations);
        let activation = Activation {
            generation: pool.generation,
            index: pool.index,
            reward_per_share: pool.reward_per_share,
            claims: pending.delegations,
        };
        Activations::<T>::insert(who, pending.era, activation);
    }

    /// Brings a delegation up to date with its provider, which [`sync`](Self::sync) has brought up to date: counts rewards and
    /// moves to the treasury what slashes have taken. Returns how much that was.
    pub(crate) fn settle(
        provider_id: &T::AccountId,
        provider: &mut ProviderOf<T>,
        delegator: &T::AccountId,
        delegation: &mut DelegationOf<T>,
    ) -> Result<Balance, DispatchError> {
        let before = delegation.total_held();
        Self::settle_active(provider_id, provider, delegation);
        Self::settle_pending(provider_id, provider, delegation)?;
        for chunk in delegation.unbonding.iter_mut() {
            if let Some(pool) = UnbondingPools::<T>::get(provider_id, chunk.era) {
                chunk.held = chunk.held.min(fixed::value(chunk.shares, pool.index));
            } else {
                defensive!("a chunk without its pool");
            }
        }
        Self::settle_incoming(provider, delegation)?;
        let lost = before.saturating_sub(delegation.total_held());
        if lost > 0 {
            Self::take_held(HoldReason::Delegation, delegator, lost);
            Self::deposit_event(Event::SlashApplied {
                provider: provider_id.clone(),
                delegator: delegator.clone(),
                amount: lost,
            });
        }
        Ok(lost)
    }

    /// Rewards and slashes of the active shares.
    fn settle_active(
        provider_id: &T::AccountId,
        provider: &mut ProviderOf<T>,
        delegation: &mut DelegationOf<T>,
    ) {
        let pool = &mut provider.pool;
        let since = delegation.reward_checkpoint;
        if delegation.shares == 0 {
        } else if delegation.generation == pool.generation {
            let earned = fixed::reward(delegation.shares, since, pool.reward_per_share);
            delegation.rewards = delegation.rewards.saturating_add(earned);
            let worth = fixed::value(delegation.shares, pool.index);
            delegation.held = delegation.held.min(worth);
            if delegation.held == 0 {
                pool.shares = pool.shares.saturating_sub(delegation.shares);
                delegation.shares = 0;
                pool.drop_claim();
            }
        } else {
            let until = Self::leave_generation(provider_id, delegation.generation);
            let earned = fixed::reward(delegation.shares, since, until);
            delegation.rewards = delegation.rewards.saturating_add(earned);
            delegation.shares = 0;
            delegation.held = 0;
        }
        delegation.generation = provider.pool.generation;
        delegation.reward_checkpoint = provider.pool.reward_per_share;
    }

    /// Makes a pending delegation active if its era has come.
    fn settle_pending(
        provider_id: &T::AccountId,
        provider: &mut ProviderOf<T>,
        delegation: &mut DelegationOf<T>,
    ) -> DispatchResult {
        let era = Self::current_era();
        let Some((from, amount)) = delegation.pending.filter(|(from, _)| *from <= era) else {
            return Ok(());
        };
        // `sync` has left it pending: the pool isn't open.
        if provider.pending.is_some_and(|pending| pending.era == from) {
            return Ok(());
        }
        delegation.pending = None;
        let Some(mut then) = Activations::<T>::get(provider_id, from) else {
            defensive!("a pending delegation without its activation");
            return Ok(());
        };
        then.claims = then.claims.saturating_sub(1);
        if then.claims == 0 {
            Activations::<T>::remove(provider_id, from);
        } else {
            Activations::<T>::insert(provider_id, from, then);
        }
        let shares = fixed::shares_bought(amount, then.index).ok_or(ArithmeticError::Overflow)?;
        let pool = &mut provider.pool;
        if then.generation != pool.generation {
            let until = Self::leave_generation(provider_id, then.generation);
            let earned = fixed::reward(shares, then.reward_per_share, until);
            delegation.rewards = delegation.rewards.saturating_add(earned);
            return Ok(());
        }
        let earned = fixed::reward(shares, then.reward_per_share, pool.reward_per_share);
        delegation.rewards = delegation.rewards.saturating_add(earned);
        if delegation.shares > 0 {
            // Two claims become one.
            pool.claims = pool.claims.saturating_sub(1);
        }
        delegation.shares = delegation.shares.saturating_add(shares);
        delegation.held = delegation
            .held
            .saturating_add(amount)
            .min(fixed::value(delegation.shares, pool.index));
        if delegation.held == 0 {
            pool.shares = pool.shares.saturating_sub(delegation.shares);
            delegation.shares = 0;
            pool.drop_claim();
        }
        Ok(())
    }

    /// Takes what the old provider of redelegated stake has lost of it, and forgets the old provider once it has matured there.
    fn settle_incoming(
        provider: &mut ProviderOf<T>,
        delegation: &mut DelegationOf<T>,
    ) -> DispatchResult {
        let Some(mut incoming) = delegation.incoming.take() else {
            return Ok(());
        };
        let Some(pool) = UnbondingPools::<T>::get(&incoming.from, incoming.era) else {
            defensive!("redelegated stake without its pool");
            return Ok(());
        };
        let worth = fixed::value(incoming.shares, pool.index).min(incoming.worth);
        let mut lost = incoming.worth.saturating_sub(worth);
        incoming.worth = worth;

        let of_pending = lost.min(delegation.pending_amount());
        Self::take_pending(provider, delegation, of_pending);
        lost = lost.saturating_sub(of_pending);
        // A slash at the new provider may have taken some of it already: nobody loses more than there is.
        let of_active = lost.min(delegation.held);
        Self::sell(provider, delegation, of_active)?;

        if worth == 0 || Self::now() >= pool.matures_at {
            let (from, era) = (incoming.from, incoming.era);
            Self::leave_unbonding_pool(&from, era, pool, incoming.shares);
        } else {
            delegation.incoming = Some(incoming);
        }
        Ok(())
    }

    /// Takes `amount` off a pending delegation; the held money is the caller's affair.
    pub(crate) fn take_pending(
        provider: &mut ProviderOf<T>,
        delegation: &mut DelegationOf<T>,
        amount: Balance,
    ) {
        let Some((era, pending)) = delegation.pending.filter(|_| amount > 0) else {
            return;
        };
        let Some(pool) = provider.pending.as_mut() else {
            defensive!("a pending delegation that its provider doesn't know");
            return;
        };
        pool.amount = pool.amount.saturating_sub(amount);
        let rest = pending.saturating_sub(amount);
        if rest > 0 {
            delegation.pending = Some((era, rest));
            return;
        }
        delegation.pending = None;
        pool.delegations = pool.delegations.saturating_sub(1);
        if pool.delegations == 0 {
            provider.pending = None;
        }
    }

    /// Sells active shares worth `amount`, at most what is held for them; the held money is the caller's affair.
    pub(crate) fn sell(
        provider: &mut ProviderOf<T>,
        delegation: &mut DelegationOf<T>,
        amount: Balance,
    ) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        let pool = &mut provider.pool;
        let rest = delegation.held.saturating_sub(amount);
        let shares = if rest == 0 {
            delegation.shares
        } else {
            fixed::shares_sold(amount, pool.index)
                .ok_or(ArithmeticError::Overflow)?
                .min(delegation.shares)
        };
        pool.shares = pool.shares.saturating_sub(shares);
        delegation.shares = delegation.shares.saturating_sub(shares);
        delegation.held = rest;
        if delegation.shares == 0 {
            pool.drop_claim();
        }
        Ok(())
    }

    /// Puts `amount` into the provider's unbonding pool of this era and returns the shares that it has there. `new` says whether
    /// they make a new chunk.
    pub(crate) fn enter_unbonding_pool(
        provider_id: &T::AccountId,
        era: EraIndex,
        amount: Balance,
        new: bool,
    ) -> Result<u128, DispatchError> {
        let matures_at = Self::matures_at();
        let mut pool = UnbondingPools::<T>::get(provider_id, era).unwrap_or(UnbondingPool {
            shares: 0,
            index: ONE,
            matures_at,
            chunks: 0,
        });
        let shares =
            fixed::shares_bought(amount, pool.index).ok_or(ArithmeticError::DivisionByZero)?;
        pool.shares = pool
            .shares
            .checked_add(shares)
            .ok_or(ArithmeticError::Overflow)?;
        pool.matures_at = pool.matures_at.max(matures_at);
        pool.chunks = pool.chunks.saturating_add(new.into());
        UnbondingPools::<T>::insert(provider_id, era, pool);
        Ok(shares)
    }

    /// Takes a chunk of `shares` out of an unbonding pool.
    pub(crate) fn leave_unbonding_pool(
        provider_id: &T::AccountId,
        era: EraIndex,
        mut pool: UnbondingPool<frame_system::pallet_prelude::BlockNumberFor<T>>,
        shares: u128,
    ) {
        pool.chunks = pool.chunks.saturating_sub(1);
        pool.shares = pool.shares.saturating_sub(shares);
        if pool.chunks == 0 {
            UnbondingPools::<T>::remove(provider_id, era);
        } else {
            UnbondingPools::<T>::insert(provider_id, era, pool);
        }
    }

    /// The block at which stake that leaves now matures: after the unbonding period, and never before the last job that can be accepted in
    /// this era has ended. The former is later, unless governance has made the periods shorter while a longer era goes on.
    pub(crate) fn matures_at() -> frame_system::pallet_prelude::BlockNumberFor<T> {
        use sp_runtime::Saturating;
        let jobs_end = CurrentEra::<T>::get()
            .end
            .saturating_add(T::MaxJobDuration::get());
        Self::now()
            .saturating_add(Parameters::<T>::get().unbonding_period)
            .max(jobs_end)
    }

    /// Takes note of one delegation that a generation has ended, and returns the reward per share at its end.
    fn leave_generation(provider_id: &T::AccountId, generation: Generation) -> u128 {
        let Some(mut closed) = ClosedGenerations::<T>::get(provider_id, generation) else {
            defensive!("shares of a generation that isn't kept");
            return 0;
        };
        closed.claims = closed.claims.saturating_sub(1);
        if closed.claims == 0 {
            ClosedGenerations::<T>::remove(provider_id, generation);
        } else {
            ClosedGenerations::<T>::insert(provider_id, generation, closed);
        }
        closed.reward_per_share
    }

    /// Takes up to `amount` from the delegations to a provider that are at risk for a job accepted in `since`: the same fraction of
    /// the active ones and of each chunk that left in that era or later. Returns how much it took.
    pub(crate) fn slash_delegations(
        provider_id: &T::AccountId,
        provider: &mut ProviderOf<T>,
        amount: Balance,
        since: EraIndex,
    ) -> Balance {
        if amount == 0 {
            return 0;
        }
        let (now, era) = (Self::now(), Self::current_era());
        let first = since.max(era.saturating_sub(MAX_ERAS_PER_JOB - 1));
        let mut leaving = alloc::vec::Vec::new();
        let mut base = provider.pool.worth();
        for left in first..=era {
            let Some(pool) = UnbondingPools::<T>::get(provider_id, left) else {
                continue;
            };
            if now < pool.matures_at {
                base = base.saturating_add(fixed::value(pool.shares, pool.index));
                leaving.push((left, pool));
            }
        }
        let lost = amount.min(base);
        if lost == 0 {
            return 0;
        }
        for (left, mut pool) in leaving {
            pool.index = fixed::index_after_loss(pool.index, lost, base);
            UnbondingPools::<T>::insert(provider_id, left, pool);
        }
        let pool = &mut provider.pool;
        // With everybody on the way out, there is nothing here whose worth could fall.
        if pool.claims > 0 {
            pool.index = fixed::index_after_loss(pool.index, lost, base);
            if pool.index < fixed::MIN_INDEX {
                Self::close_generation(provider_id, pool);
            }
        }
        lost
    }

    /// Ends a generation that somebody has shares of: they are worth nothing, the next one starts empty.
    fn close_generation(provider_id: &T::AccountId, pool: &mut Pool) {
        let ended = pool.generation;
        let closed = ClosedGeneration {
            reward_per_share: pool.reward_per_share,
            claims: pool.claims,
        };
        ClosedGenerations::<T>::insert(provider_id, ended, closed);
        pool.generation = ended.saturating_add(1);
        pool.shares = 0;
        pool.claims = 0;
        pool.index = ONE;
        Self::deposit_event(Event::GenerationClosed {
            provider: provider_id.clone(),
            generation: ended,
        });
    }
}
