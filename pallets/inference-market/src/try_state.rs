// SPDX-License-Identifier: Apache-2.0
//! What is true of the pallet's storage between any two calls.

use alloc::collections::BTreeMap;
use assay_pallet_primitives::{
    codes::check_packed, Balance, JobId, ModelId, Models, ProofVerifier, Staking,
};
use frame_support::{
    ensure,
    traits::{
        fungible::{Inspect, InspectHold},
        Get,
    },
};
use sp_core::H256;
use sp_runtime::{
    traits::{BlakeTwo256, Hash},
    TryRuntimeError,
};

use crate::*;

/// What is held of one requester.
#[derive(Default)]
struct Held {
    payment: Balance,
    job_deposit: Balance,
    receipt_deposit: Balance,
    expiry_rewards: Balance,
}

/// What the jobs and receipts say, taken together.
struct Seen<AccountId> {
    held: BTreeMap<AccountId, Held>,
    inputs: BTreeMap<H256, u32>,
    models: BTreeMap<ModelId, u32>,
    versions: BTreeMap<u16, u32>,
    bounties: Balance,
    open: u32,
}

impl<T: Config> Pallet<T> {
    /// Checks everything that the README says is always true.
    ///
    /// # Errors
    ///
    /// The first rule that is broken.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let valid = Parameters::<T>::get().validate(T::MaxJobDuration::get());
        ensure!(valid.is_ok(), "stored parameters are invalid");
        let mut seen = Seen {
            held: BTreeMap::new(),
            inputs: BTreeMap::new(),
            models: BTreeMap::new(),
            versions: BTreeMap::new(),
            bounties: 0,
            open: 0,
        };
        for (id, job) in Jobs::<T>::iter() {
            Self::check_job(id, &job)?;
            Self::see(job, &mut seen);
        }
        for (id, receipt) in Receipts::<T>::iter() {
            ensure!(id < NextJobId::<T>::get(), "a receipt of the future");
            ensure!(
                !Jobs::<T>::contains_key(id),
                "a receipt of a job in progress"
            );
            seen.held
                .entry(receipt.requester)
                .or_default()
                .receipt_deposit += receipt.deposit;
        }
        Self::check_money(&seen)?;
        Self::check_references(&seen)
    }

    fn check_job(id: JobId, job: &JobOf<T>) -> Result<(), TryRuntimeError> {
        ensure!(id < NextJobId::<T>::get(), "a job of the future");
        let facts = T::Models::facts(job.model).ok_or("a job without a model")?;
        ensure!(T::Models::key(job.model).is_some(), "a job without a key");
        let stored = Inputs::<T>::get(job.input_hash).ok_or("a job without inputs")?;
        ensure!(
            check_packed(&stored.packed, &facts.key) == Ok(job.inputs),
            "inputs that don't fit the model"
        );
        ensure!(
            job.outputs == job.inputs * facts.key.output_elements,
            "a wrong number of outputs"
        );
        let collateral = T::Staking::collateral_of(id).map(|lock| lock.provider);
        let provider = job.acceptance().map(|held| held.provider.clone());
        ensure!(
            collateral == provider,
            "a job whose collateral isn't its provider's"
        );
        ensure!(
            OpenJobs::<T>::contains_key(job.model, id) == provider.is_none(),
            "the index of open jobs is wrong"
        );
        if let Some(acceptance) = job.acceptance() {
            ensure!(
                (job.terms.start_price..=job.terms.max_price).contains(&acceptance.price),
                "a price outside its range"
            );
        }
        if let Some(early) = EarlyResults::<T>::get(id) {
            ensure!(provider.is_some(), "an early result without a provider");
            ensure!(
                early.len() == job.outputs as usize,
                "an early result of another length"
            );
        }
        Ok(())
    }

    /// Adds a job to what is seen.
    fn see(job: JobOf<T>, seen: &mut Seen<T::AccountId>) {
        seen.open += u32::from(job.acceptance().is_none());
        let held = seen.held.entry(job.requester).or_default();
        held.payment += job.terms.max_price;
        held.job_deposit += job.deposit;
        held.receipt_deposit += job.receipt_deposit;
        held.expiry_rewards += job.rewards_left;
        seen.bounties += job.bounty;
        *seen.inputs.entry(job.input_hash).or_default() += 1;
        *seen.models.entry(job.model).or_default() += 1;
        *seen.versions.entry(job.verifier_version).or_default() += 1;
    }

    fn check_money(seen: &Seen<T::AccountId>) -> Result<(), TryRuntimeError> {
        for (who, held) in &seen.held {
            for (reason, amount) in [
                (HoldReason::Payment, held.payment),
                (HoldReason::JobDeposit, held.job_deposit),
                (HoldReason::ReceiptDeposit, held.receipt_deposit),
                (HoldReason::ExpiryRewards, held.expiry_rewards),
            ] {
                ensure!(
                    T::Currency::balance_on_hold(&reason.into(), who) == amount,
                    "what is held of a requester isn't what its jobs and receipts say"
                );
            }
        }
        let pot = T::Currency::balance(&Self::account_id());
        ensure!(
            pot >= seen.bounties.saturating_add(T::Currency::minimum_balance()),
            "the pallet's account doesn't have the bounties"
        );
        Ok(())
    }

    fn check_references(seen: &Seen<T::AccountId>) -> Result<(), TryRuntimeError> {
        for (hash, stored) in Inputs::<T>::iter() {
            ensure!(
                BlakeTwo256::hash(&stored.packed) == hash,
                "inputs under another hash"
            );
            ensure!(seen.inputs.contains_key(&hash), "inputs without a job");
        }
        let inputs: BTreeMap<H256, u32> = InputJobs::<T>::iter().collect();
        ensure!(
            inputs == seen.inputs,
            "inputs are not counted by their jobs"
        );
        for (model, jobs) in &seen.models {
            ensure!(
                T::Models::held(*model) == *jobs,
                "a model doesn't count its jobs"
            );
        }
        let versions: BTreeMap<u16, u32> = JobsByVersion::<T>::iter().collect();
        ensure!(versions == seen.versions, "versions don't count their jobs");
        // What a runtime upgrade must not break.
        ensure!(
            versions
                .keys()
                .all(|version| T::Verifier::supports(*version)),
            "jobs need a version of the verifier that the chain no longer has"
        );
        ensure!(
            OpenJobs::<T>::iter_keys().count() == seen.open as usize,
            "the index of open jobs has others"
        );
        for id in EarlyResults::<T>::iter_keys() {
            ensure!(Jobs::<T>::contains_key(id), "an early result without a job");
        }
        Ok(())
    }
}
