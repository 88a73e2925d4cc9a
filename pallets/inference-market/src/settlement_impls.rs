// SPDX-License-Identifier: Apache-2.0
//! How jobs end: settled, failed, or for another reason. Every held balance is paid, released or slashed here, exactly once.

use alloc::vec::Vec;
use assay_pallet_primitives::{
    Balance, Fault, JobId, ModelFacts, Models, OnSettled, Payment, Settlement, SlashBeneficiaries,
    Staking, WorkRecorder,
};
use frame_support::defensive;
use sp_runtime::{traits::Saturating, DispatchResult};

use crate::*;

impl<T: Config> Pallet<T> {
    /// Pays for a proven answer and writes its receipt. `outputs` and `proven` are the same codes.
    pub(crate) fn settle(
        id: JobId,
        job: JobOf<T>,
        facts: &ModelFacts<T::AccountId>,
        outputs: &[Vec<i32>],
        proven: Vec<i32>,
    ) -> DispatchResult {
        let acceptance = job.acceptance().ok_or(Error::<T>::NotHolder)?;
        let (provider, price) = (acceptance.provider.clone(), acceptance.price);
        T::Staking::release(id)?;
        let reason = HoldReason::Payment.into();
        let pot = Self::account_id();
        let payment = Payment {
            payer: &job.requester,
            held: Some(&reason),
            amount: price,
            provider: &provider,
            model_owner: &job.model_owner,
            royalty: job.royalty,
        };
        T::Staking::pay(&payment)?;
        if job.bounty > 0 {
            T::Staking::pay(&Payment {
                payer: &pot,
                held: None,
                amount: job.bounty,
                ..payment
            })?;
        }
        T::WorkRecorder::note_settled(&provider, job.work);
        let receipt = Receipt {
            requester: job.requester.clone(),
            provider: provider.clone(),
            model: job.model,
            key: facts.key.digest,
            input_hash: job.input_hash,
            outputs: proven.try_into().map_err(|_| Error::<T>::WrongOutputs)?,
            price,
            bounty: job.bounty,
            registered: facts.registered,
            posted: job.posted,
            settled: Self::position(),
            expires: Self::now().saturating_add(Parameters::<T>::get().receipt_lifetime),
            deposit: job.receipt_deposit,
        };
        Receipts::<T>::insert(id, receipt);
        Self::conclude(id, &job, price)?;
        Self::deposit_event(Event::Settled {
            job: id,
            provider: provider.clone(),
            price,
            bounty: job.bounty,
        });
        T::OnSettled::on_settled(&Settlement {
            job: id,
            model: job.model,
            requester: &job.requester,
            provider: &provider,
            input_hash: job.input_hash,
            outputs,
        });
        Ok(())
    }

    /// Slashes the provider of a job, and opens the next auction if there is one.
    pub(crate) fn fail(id: JobId, mut job: JobOf<T>, fault: Fault) -> DispatchResult {
        let acceptance = job.acceptance().ok_or(Error::<T>::NotHolder)?;
        let provider = acceptance.provider.clone();
        let again = job.auctions_left > 0;
        let pot = Self::account_id();
        let beneficiaries = SlashBeneficiaries {
            requester: &job.requester,
            bounty: again.then_some(&pot),
        };
        let outcome = T::Staking::slash(id, fault, beneficiaries)?;
        EarlyResults::<T>::remove(id);
        Self::deposit_event(Event::Failed {
            job: id,
            provider,
            fault,
            outcome,
        });
        job.bounty = job.bounty.saturating_add(outcome.bounty);
        job.state = JobState::Open { since: Self::now() };
        if !again {
            return Self::end(id, job, EndReason::Failed);
        }
        job.auctions_left = job.auctions_left.saturating_sub(1);
        Self::deposit_event(Event::Reopened {
            job: id,
            bounty: job.bounty,
            auctions_left: job.auctions_left,
        });
        OpenJobs::<T>::insert(job.model, id, ());
        Jobs::<T>::insert(id, job);
        Ok(())
    }

    /// Ends a job without an answer. Whatever collateral there was is gone already.
    pub(crate) fn end(id: JobId, job: JobOf<T>, reason: EndReason) -> DispatchResult {
        // Not to the requester, whose compensation would exceed the price then.
        if job.bounty > 0 {
            Self::pay_treasury(&Self::account_id(), job.bounty)?;
        }
        Self::free(
            HoldReason::ReceiptDeposit,
            &job.requester,
            job.receipt_deposit,
        )?;
        Self::conclude(id, &job, 0)?;
        Self::deposit_event(Event::Ended { job: id, reason });
        Ok(())
    }

    /// What every end has in common: what the requester didn't pay returns, and nothing refers to the job any more.
    fn conclude(id: JobId, job: &JobOf<T>, paid: Balance) -> DispatchResult {
        let unpaid = job.terms.max_price.saturating_sub(paid);
        Self::free(HoldReason::Payment, &job.requester, unpaid)?;
        Self::free(HoldReason::JobDeposit, &job.requester, job.deposit)?;
        Self::free(HoldReason::ExpiryRewards, &job.requester, job.rewards_left)?;
        Self::release_inputs(job.input_hash);
        T::Models::release(job.model);
        JobsByVersion::<T>::mutate_exists(job.verifier_version, |jobs| {
            *jobs = jobs.unwrap_or(0).checked_sub(1).filter(|left| *left > 0);
        });
        OpenJobs::<T>::remove(job.model, id);
        EarlyResults::<T>::remove(id);
        if Jobs::<T>::take(id).is_none() {
            defensive!("a job ended twice");
        }
        Ok(())
    }
}
