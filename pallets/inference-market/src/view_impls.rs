// SPDX-License-Identifier: Apache-2.0
//! What clients ask, for the runtime API. Nothing here writes.

use alloc::vec::Vec;
use assay_pallet_primitives::{
    Balance, CollateralTerms, JobId, ModelId, ModelStatus, Models, ProofVerifier, Staking,
};
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::U256;
use sp_runtime::traits::Saturating;

use crate::{
    runtime_api::{OpenJob, Quote},
    *,
};

/// The most jobs that one question returns.
const MOST_JOBS: u32 = 1_000;
/// The most jobs that one question looks at.
const MOST_SCANNED: usize = 20_000;

impl<T: Config> Pallet<T> {
    /// Jobs of a model in auction that can be accepted, those that pay most for their work now first: at most `limit` and at most a thousand,
    /// of the first [`MOST_SCANNED`].
    ///
    /// By what they pay, so that nobody can hide a job behind many that no provider would take.
    pub fn open_jobs(model: ModelId, limit: u32) -> Vec<OpenJob<Balance, BlockNumberFor<T>>> {
        let mut open: Vec<_> = OpenJobs::<T>::iter_key_prefix(model)
            .take(MOST_SCANNED)
            .filter_map(Self::open_job)
            .collect();
        // `a.pay / a.work > b.pay / b.work`, without a division. 128 bits times 128 bits.
        let pays = |job: &OpenJob<Balance, _>| U256::from(job.price.saturating_add(job.bounty));
        let work = |job: &OpenJob<Balance, _>| U256::from(job.work.max(1));
        open.sort_by(|a, b| {
            let (a_pays, b_pays) = (
                pays(a).saturating_mul(work(b)),
                pays(b).saturating_mul(work(a)),
            );
            b_pays.cmp(&a_pays)
        });
        open.truncate(limit.min(MOST_JOBS) as usize);
        open
    }

    fn open_job(id: JobId) -> Option<OpenJob<Balance, BlockNumberFor<T>>> {
        let price = Self::current_price(id)?;
        let job = Jobs::<T>::get(id)?;
        let JobState::Open { since } = job.state else {
            return None;
        };
        let min_collateral = job.terms.min_collateral;
        Some(OpenJob {
            job: id,
            price,
            bounty: job.bounty,
            max_price: job.terms.max_price,
            collateral: T::Staking::collateral(&CollateralTerms {
                price,
                min_collateral,
            }),
            inputs: job.inputs,
            work: job.work,
            auction_ends: job.terms.auction_ends(since),
            proof_window: job.terms.proof_window,
        })
    }

    /// The price of a job that can be accepted now.
    pub fn current_price(id: JobId) -> Option<Balance> {
        let job = Jobs::<T>::get(id)?;
        let JobState::Open { since } = job.state else {
            return None;
        };
        if Self::what_is_over(&job).is_some() {
            return None;
        }
        Some(job.terms.price(Self::now().saturating_sub(since)))
    }

    /// The last block in which a proof for an accepted job counts, as it looks now.
    pub fn proof_deadline(id: JobId) -> Option<BlockNumberFor<T>> {
        let job = Jobs::<T>::get(id)?;
        let congested = CongestedBlocks::<T>::get();
        job.acceptance().map(|held| held.ends(congested))
    }

    /// What a job with so many inputs costs now.
    pub fn quote(model: ModelId, inputs: u32) -> Option<Quote<Balance, BlockNumberFor<T>>> {
        let facts = T::Models::facts(model)?;
        let key = &facts.key;
        let outputs = inputs.saturating_mul(key.output_elements);
        let fits = facts.status == ModelStatus::Active
            && T::Verifier::supports(key.verifier_version)
            && (1..=key.max_batch).contains(&inputs)
            && outputs <= T::MaxOutputs::get()
            && Self::fits_a_call(key, inputs, outputs)
            && Self::fits_a_block(key, inputs);
        if !fits {
            return None;
        }
        let parameters = Parameters::<T>::get();
        Some(Quote {
            min_price: parameters.min_price,
            posting_fee: parameters.posting_fee,
            job_deposit: Self::deposit_for(key.packed_input_bytes().saturating_mul(inputs)),
            receipt_deposit: Self::deposit_for(outputs.saturating_mul(4)),
            expiry_rewards: parameters
                .expiry_reward
                .saturating_mul(parameters.max_auctions.into()),
            shortest_window: Self::shortest_window(&parameters),
            work: key.work.saturating_mul(inputs.into()),
            verification_weight: Self::verification_weight(key, inputs),
        })
    }

    /// Whether `provider` has the stake for a job that can be accepted now.
    pub fn can_accept(provider: &T::AccountId, id: JobId) -> bool {
        let Some((price, job)) = Self::current_price(id).zip(Jobs::<T>::get(id)) else {
            return false;
        };
        let terms = CollateralTerms {
            price,
            min_collateral: job.terms.min_collateral,
        };
        T::Staking::can_accept(provider, &terms).is_ok()
    }
}
