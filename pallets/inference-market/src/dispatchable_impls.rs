// SPDX-License-Identifier: Apache-2.0
//! What the calls do, but for proofs.

use assay_pallet_primitives::{
    codes::{check_packed, CodesRejected},
    Balance, CollateralTerms, Fault, JobId, ModelFacts, ModelId, ModelStatus, Models,
    ProofVerifier, Staking, WorkRecorder,
};
use frame_support::{
    ensure,
    traits::{
        tokens::{Fortitude, Precision, Restriction},
        Get,
    },
    BoundedVec,
};
use sp_runtime::{
    traits::{BlakeTwo256, Hash, One, Saturating, Zero},
    DispatchError, DispatchResult,
};

use crate::*;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_post(
        requester: T::AccountId,
        model: ModelId,
        packed: BoundedVec<u8, T::MaxInputBytes>,
        terms: TermsOf<T>,
    ) -> Result<JobId, DispatchError> {
        let parameters = Parameters::<T>::get();
        Self::check_terms(&terms, &parameters)?;
        let facts = T::Models::hold(model)?;
        let (inputs, outputs) = Self::check_question(&facts, &packed)?;

        let id = NextJobId::<T>::get();
        NextJobId::<T>::put(id.checked_add(1).ok_or(Error::<T>::NumbersExhausted)?);
        let deposit = Self::deposit_for(packed.len() as u32);
        let receipt_deposit = Self::deposit_for(outputs.saturating_mul(4));
        let rewards = parameters
            .expiry_reward
            .saturating_mul(parameters.max_auctions.into());
        Self::hold(HoldReason::Payment, &requester, terms.max_price)?;
        Self::hold(HoldReason::JobDeposit, &requester, deposit)?;
        Self::hold(HoldReason::ReceiptDeposit, &requester, receipt_deposit)?;
        Self::hold(HoldReason::ExpiryRewards, &requester, rewards)?;
        Self::pay_treasury(&requester, parameters.posting_fee)?;

        let input_hash = Self::hold_inputs(packed)?;
        Self::count_version(facts.key.verifier_version)?;
        let job = Job {
            requester: requester.clone(),
            model,
            model_owner: facts.owner,
            royalty: facts.royalty,
            verifier_version: facts.key.verifier_version,
            terms,
            input_hash,
            inputs,
            outputs,
            work: facts.key.work.saturating_mul(inputs.into()),
            auctions_left: parameters.max_auctions.saturating_sub(1),
            bounty: 0,
            deposit,
            receipt_deposit,
            expiry_reward: parameters.expiry_reward,
            rewards_left: rewards,
            posted: Self::position(),
            state: JobState::Open { since: Self::now() },
        };
        OpenJobs::<T>::insert(model, id, ());
        Jobs::<T>::insert(id, job);
        Self::deposit_event(Event::Posted {
            job: id,
            model,
            requester,
            input_hash,
        });
        Ok(id)
    }

    fn check_terms(terms: &TermsOf<T>, parameters: &ParametersOf<T>) -> Result<(), Error<T>> {
        ensure!(
            parameters.min_price <= terms.start_price && terms.start_price <= terms.max_price,
            Error::<T>::PriceOutOfRange
        );
        ensure!(
            !terms.auction.is_zero()
                && terms.auction <= parameters.max_auction
                && terms.ramp <= terms.auction,
            Error::<T>::AuctionOutOfRange
        );
        let shortest = Self::shortest_window(parameters);
        ensure!(
            (shortest..=parameters.max_proof_window).contains(&terms.proof_window),
            Error::<T>::ProofWindowOutOfRange
        );
        Ok(())
    }

    /// Checks that a job can be answered and proven. Returns the number of its inputs, and of the codes of all its outputs.
    fn check_question(
        facts: &ModelFacts<T::AccountId>,
        packed: &[u8],
    ) -> Result<(u32, u32), Error<T>> {
        let key = &facts.key;
        ensure!(
            T::Verifier::supports(key.verifier_version),
            Error::<T>::VerifierFailed
        );
        let inputs = check_packed(packed, key).map_err(|reason| match reason {
            CodesRejected::Shape => Error::<T>::WrongInputShape,
            CodesRejected::Range => Error::<T>::InputOutOfRange,
        })?;
        ensure!(inputs <= key.max_batch, Error::<T>::TooManyInputs);
        let outputs = inputs.saturating_mul(key.output_elements);
        ensure!(
            outputs <= T::MaxOutputs::get() && Self::fits_a_call(key, inputs, outputs),
            Error::<T>::AnswerTooLong
        );
        ensure!(Self::fits_a_block(key, inputs), Error::<T>::AnswerTooHeavy);
        Ok((inputs, outputs))
    }

    pub(crate) fn do_cancel(who: T::AccountId, id: JobId) -> DispatchResult {
        let job = Self::job(id)?;
        ensure!(job.requester == who, Error::<T>::NotRequester);
        ensure!(job.acceptance().is_none(), Error::<T>::NotOpen);
        Self::end(id, job, EndReason::Cancelled)
    }

    pub(crate) fn do_accept(
        provider: T::AccountId,
        id: JobId,
        min_price: Balance,
    ) -> DispatchResult {
        let mut job = Self::job(id)?;
        let JobState::Open { since } = job.state else {
            return Err(Error::<T>::NotOpen.into());
        };
        let now = Self::now();
        ensure!(
            now <= job.terms.auction_ends(since),
            Error::<T>::AuctionOver
        );
        Self::ensure_provable(&job)?;
        let price = job.terms.price(now.saturating_sub(since));
        ensure!(price >= min_price, Error::<T>::PriceTooLow);

        T::WorkRecorder::note_accepted(&provider, job.work)?;
        let min_collateral = job.terms.min_collateral;
        T::Staking::lock_collateral(
            id,
            &provider,
            &CollateralTerms {
                price,
                min_collateral,
            },
        )?;
        let parameters = Parameters::<T>::get();
        // Governance may have made grace or extension longer since the window was allowed, and stake stays no longer than this.
        let longest = now
            .saturating_add(T::MaxJobDuration::get())
            .saturating_sub(One::one());
        let last = now
            .saturating_add(job.terms.proof_window)
            .saturating_add(parameters.grace)
            .min(longest);
        job.state = JobState::Accepted(Acceptance {
            provider: provider.clone(),
            price,
            last,
            latest: last.saturating_add(parameters.max_extension).min(longest),
            congested: CongestedBlocks::<T>::get(),
        });
        OpenJobs::<T>::remove(job.model, id);
        Jobs::<T>::insert(id, job);
        Self::deposit_event(Event::Accepted {
            job: id,
            provider,
            price,
            last,
        });
        Ok(())
    }

    pub(crate) fn do_publish_early_result(
        who: T::AccountId,
        id: JobId,
        outputs: BoundedVec<i32, T::MaxOutputs>,
    ) -> DispatchResult {
        let job = Self::job(id)?;
        Self::ensure_holds(&who, &job)?;
        Self::ensure_provable(&job)?;
        ensure!(
            outputs.len() == job.outputs as usize,
            Error::<T>::WrongOutputs
        );
        ensure!(
            !EarlyResults::<T>::contains_key(id),
            Error::<T>::AlreadyPublished
        );
        let digest = BlakeTwo256::hash_of(&outputs);
        EarlyResults::<T>::insert(id, outputs);
        Self::deposit_event(Event::EarlyResultPublished { job: id, digest });
        Ok(())
    }

    /// Ends what is over with a job, and rewards `who` for it.
    pub(crate) fn do_expire(id: JobId, who: Option<&T::AccountId>) -> DispatchResult {
        let mut job = Self::job(id)?;
        let over = Self::what_is_over(&job).ok_or(Error::<T>::NotOver)?;
        if let Some(who) = who {
            Self::reward_expiry(&mut job, who);
        }
        match over {
            Over::Released(reason) => {
                if job.acceptance().is_some() {
                    T::Staking::release(id)?;
                }
                Self::end(id, job, reason)
            }
            Over::Unfilled => Self::end(id, job, EndReason::Unfilled),
            // Silence after an early result is punished like a lie.
            Over::Missed if EarlyResults::<T>::contains_key(id) => {
                Self::fail(id, job, Fault::Contradicted)
            }
            Over::Missed => Self::fail(id, job, Fault::Missed),
        }
    }

    /// What is over with a job, if anything is.
    pub(crate) fn what_is_over(job: &JobOf<T>) -> Option<Over> {
        let now = Self::now();
        if T::Models::facts(job.model)?.status == ModelStatus::Barred {
            return Some(Over::Released(EndReason::ModelBarred));
        }
        if !T::Verifier::supports(job.verifier_version) {
            return Some(Over::Released(EndReason::Unsupported));
        }
        match &job.state {
            JobState::Open { since } => {
                (now > job.terms.auction_ends(*since)).then_some(Over::Unfilled)
            }
            JobState::Accepted(acceptance) => {
                let ends = acceptance.ends(CongestedBlocks::<T>::get());
                (now > ends).then_some(Over::Missed)
            }
        }
    }

    /// Pays one reward from what the requester has put up, unless `who` is the requester or the provider whose job is over.
    pub(crate) fn reward_expiry(job: &mut JobOf<T>, who: &T::AccountId) {
        use frame_support::traits::fungible::MutateHold;
        let amount = job.expiry_reward.min(job.rewards_left);
        // To oneself the reward returns with the rest, and nobody earns by failing.
        let failed = job.acceptance().is_some_and(|held| held.provider == *who);
        if amount.is_zero() || *who == job.requester || failed {
            return;
        }
        let paid = T::Currency::transfer_on_hold(
            &HoldReason::ExpiryRewards.into(),
            &job.requester,
            who,
            amount,
            Precision::Exact,
            Restriction::Free,
            Fortitude::Force,
        );
        // It fails if it would create an account with too little. That account goes without.
        if paid.is_ok() {
            job.rewards_left = job.rewards_left.saturating_sub(amount);
        }
    }

    pub(crate) fn do_prune_receipt(id: JobId) -> DispatchResult {
        let receipt = Receipts::<T>::get(id).ok_or(Error::<T>::UnknownReceipt)?;
        ensure!(Self::now() >= receipt.expires, Error::<T>::NotOver);
        Self::free(
            HoldReason::ReceiptDeposit,
            &receipt.requester,
            receipt.deposit,
        )?;
        Receipts::<T>::remove(id);
        Self::deposit_event(Event::ReceiptPruned { job: id });
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

/// What is over with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// Nobody can prove it any more, for a reason that is nobody's fault here.
    Released(EndReason),
    /// Nobody came to the auction.
    Unfilled,
    /// The last block in which a proof counted is past.
    Missed,
}
