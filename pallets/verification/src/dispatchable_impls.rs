// SPDX-License-Identifier: Apache-2.0
//! What the calls of providers and of governance do.

use assay_pallet_primitives::{Balance, EraClock};
use frame_support::{ensure, traits::Get, BoundedVec};
use sp_runtime::{traits::Zero, DispatchResult, Perbill, Saturating};

use crate::*;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register(
        who: T::AccountId,
        metadata: BoundedVec<u8, T::MaxMetadata>,
        commission: Perbill,
        bond: Balance,
    ) -> DispatchResult {
        ensure!(
            !Providers::<T>::contains_key(&who),
            Error::<T>::AlreadyProvider
        );
        let parameters = Parameters::<T>::get();
        ensure!(bond >= parameters.min_self_bond, Error::<T>::SelfBondTooLow);
        ensure!(
            commission <= parameters.max_commission,
            Error::<T>::CommissionTooHigh
        );
        let deposit = Self::deposit_for(&metadata);
        Self::hold(HoldReason::ProviderDeposit, &who, deposit)?;
        Self::hold(HoldReason::SelfBond, &who, bond)?;
        let provider = Provider {
            metadata,
            deposit,
            own: OwnBond {
                bond,
                locked: 0,
                unbonding: BoundedVec::new(),
            },
            pool: Pool::default(),
            pending: None,
            delegations: 0,
            rewards_owed: 0,
            open_jobs: 0,
            commission,
            next_commission: None,
            faults: FaultCount::default(),
            jailed_until: None,
            retired: false,
        };
        Self::store_provider(&who, provider);
        Self::deposit_event(Event::ProviderRegistered {
            provider: who,
            bond,
            commission,
        });
        Ok(())
    }

    /// The deposit for a record with this metadata.
    pub(crate) fn deposit_for(metadata: &BoundedVec<u8, T::MaxMetadata>) -> Balance {
        let bytes = Balance::from(metadata.len() as u32);
        T::DepositBase::get().saturating_add(T::DepositPerByte::get().saturating_mul(bytes))
    }

    pub(crate) fn do_set_metadata(
        who: T::AccountId,
        metadata: BoundedVec<u8, T::MaxMetadata>,
    ) -> DispatchResult {
        let mut provider = Self::provider(&who)?;
        let deposit = Self::deposit_for(&metadata);
        if deposit > provider.deposit {
            let more = deposit.saturating_sub(provider.deposit);
            Self::hold(HoldReason::ProviderDeposit, &who, more)?;
        } else {
            let less = provider.deposit.saturating_sub(deposit);
            Self::free(HoldReason::ProviderDeposit, &who, less)?;
        }
        provider.deposit = deposit;
        provider.metadata = metadata;
        Self::store_provider(&who, provider);
        Self::deposit_event(Event::MetadataChanged { provider: who });
        Ok(())
    }

    pub(crate) fn do_set_commission(who: T::AccountId, commission: Perbill) -> DispatchResult {
        let mut provider = Self::provider(&who)?;
        let parameters = Parameters::<T>::get();
        ensure!(
            commission <= parameters.max_commission,
            Error::<T>::CommissionTooHigh
        );
        let rise = commission.saturating_sub(provider.commission);
        ensure!(
            rise <= parameters.max_commission_step,
            Error::<T>::CommissionStepTooLarge
        );
        let era = Self::current_era().saturating_add(parameters.commission_delay);
        provider.next_commission = Some((commission, era));
        Self::store_provider(&who, provider);
        Self::deposit_event(Event::CommissionAnnounced {
            provider: who,
            commission,
            era,
        });
        Ok(())
    }

    /// Adds to the own bond of `who`.
    pub(crate) fn do_bond(who: T::AccountId, amount: Balance) -> DispatchResult {
        let mut provider = Self::provider(&who)?;
        ensure!(!provider.retired, Error::<T>::ProviderRetired);
        Self::hold(HoldReason::SelfBond, &who, amount)?;
        provider.own.bond = provider.own.bond.saturating_add(amount);
        Self::store_provider(&who, provider);
        Self::deposit_event(Event::Bonded {
            provider: who,
            amount,
        });
        Ok(())
    }

    pub(crate) fn do_unbond(who: T::AccountId, amount: Balance) -> DispatchResult {
        let mut provider = Self::provider(&who)?;
        ensure!(
            amount > 0 && amount <= provider.own.free(),
            Error::<T>::SelfBondNotFree
        );
        let rest = provider.own.bond.saturating_sub(amount);
        ensure!(
            rest >= Parameters::<T>::get().min_self_bond,
            Error::<T>::SelfBondTooLow
        );
        Self::start_unbonding(&who, &mut provider, amount)?;
        Self::store_provider(&who, provider);
        Ok(())
    }

    /// Puts `amount` of the own bond on its way out.
    fn start_unbonding(
        who: &T::AccountId,
        provider: &mut ProviderOf<T>,
        amount: Balance,
    ) -> DispatchResult {
        let (era, matures_at) = (Self::current_era(), Self::matures_at());
        let own = &mut provider.own;
        own.bond = own.bond.saturating_sub(amount);
        match own.unbonding.last_mut().filter(|chunk| chunk.era == era) {
            Some(chunk) => {
                chunk.amount = chunk.amount.saturating_add(amount);
                chunk.matures_at = chunk.matures_at.max(matures_at);
            }
            None => own
                .unbonding
                .try_push(OwnChunk {
                    amount,
                    era,
                    matures_at,
                })
                .map_err(|_| Error::<T>::TooManyChunks)?,
        }
        Self::deposit_event(Event::Unbonding {
            provider: who.clone(),
            amount,
            matures_at,
        });
        Ok(())
    }

    /// Pays out the matured part of the own bond of `who`.
    pub(crate) fn do_withdraw_own(who: T::AccountId) -> DispatchResult {
        let mut provider = Self::provider(&who)?;
        let now = Self::now();
        let mut amount: Balance = 0;
        let chunks = provider.own.unbonding.len();
        provider.own.unbonding.retain(|chunk| {
            let matured = chunk.matures_at <= now;
            if matured {
                amount = amount.saturating_add(chunk.amount);
            }
            !matured
        });
        ensure!(
            provider.own.unbonding.len() < chunks,
            Error::<T>::NothingToWithdraw
        );
        Self::free(HoldReason::SelfBond, &who, amount)?;
        Self::store_provider(&who, provider);
        Self::deposit_event(Event::Withdrawn {
            provider: who.clone(),
            who,
            amount,
        });
        Ok(())
    }

    pub(crate) fn do_unjail(who: T::AccountId) -> DispatchResult {
        let mut provider = Self::provider(&who)?;
        let until = provider.jailed_until.ok_or(Error::<T>::NotJailed)?;
        ensure!(Self::now() >= until, Error::<T>::StillJailed);
        let min_self_bond = Parameters::<T>::get().min_self_bond;
        ensure!(
            provider.own.bond >= min_self_bond,
            Error::<T>::SelfBondTooLow
        );
        provider.jailed_until = None;
        provider.faults = FaultCount::default();
        Self::store_provider(&who, provider);
        Self::deposit_event(Event::Unjailed { provider: who });
        Ok(())
    }

    pub(crate) fn do_retire(who: T::AccountId) -> DispatchResult {
        let mut provider = Self::provider(&who)?;
        ensure!(!provider.retired, Error::<T>::ProviderRetired);
        ensure!(provider.open_jobs == 0, Error::<T>::OpenJobs);
        provider.retired = true;
        let bond = provider.own.bond;
        if !bond.is_zero() {
            Self::start_unbonding(&who, &mut provider, bond)?;
        }
        Self::store_provider(&who, provider);
        Self::deposit_event(Event::Retired { provider: who });
        Ok(())
    }

    pub(crate) fn do_reap(who: T::AccountId) -> DispatchResult {
        let provider = Self::provider(&who)?;
        ensure!(
            provider.is_out() && provider.delegations == 0,
            Error::<T>::NotReapable
        );
        Self::free(HoldReason::ProviderDeposit, &who, provider.deposit)?;
        // Rewards that rounding left over.
        Self::pay_treasury(&Self::account_id(), provider.rewards_owed)?;
        Providers::<T>::remove(&who);
        Self::deposit_event(Event::Reaped { provider: who });
        Ok(())
    }

    pub(crate) fn do_set_parameters(parameters: ParametersOf<T>) -> DispatchResult {
        parameters
            .validate(T::MaxJobDuration::get())
            .map_err(Error::<T>::InvalidParameters)?;
        Parameters::<T>::put(parameters);
        Self::deposit_event(Event::ParametersChanged { parameters });
        Ok(())
    }
}
