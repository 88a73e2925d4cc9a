// SPDX-License-Identifier: Apache-2.0
//! Checking proofs. What may be the fault of a race or of the chain is a dispatch error before anything is verified; what is the
//! provider's fault is an outcome.

use alloc::vec::Vec;
use assay_pallet_primitives::{
    codes::unpack, Fault, JobId, ModelFacts, Models, ProofRejected, ProofVerifier,
    SlashBeneficiaries, Staking, Statement,
};
use codec::Encode;
use frame_support::{
    dispatch::{DispatchResultWithPostInfo, WithPostDispatchInfo},
    ensure,
    traits::Get,
    weights::Weight,
    BoundedVec,
};
use sp_runtime::{DispatchError, DispatchResult};

use crate::*;

/// The jobs of one proof, all held by its submitter and of one model.
pub(crate) struct Batch<T: Config> {
    pub(crate) jobs: Vec<(JobId, JobOf<T>)>,
    facts: ModelFacts<T::AccountId>,
    /// Of all jobs together.
    inputs: u32,
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_submit_proof(
        who: T::AccountId,
        ids: BoundedVec<JobId, T::MaxJobsPerProof>,
        outputs: BoundedVec<i32, T::MaxProofCallBytes>,
        proof: BoundedVec<u8, T::MaxProofCallBytes>,
        weight_limit: Weight,
    ) -> DispatchResultWithPostInfo {
        let looked_up = Self::submission_weight(ids.len() as u32);
        let sizes = (outputs.len() as u32, proof.len() as u32);
        let (batch, verification) = Self::check_submission(&who, &ids, sizes, weight_limit)
            .map_err(|reason| reason.with_weight(looked_up))?;
        let weight = looked_up.saturating_add(verification);
        ProofWeight::<T>::mutate(|sum| *sum = sum.saturating_add(weight));
        Self::check_and_conclude(&who, &ids, batch, &outputs, &proof)
            .map_err(|reason| reason.with_weight(weight))?;
        Ok(Some(weight).into())
    }

    /// Everything that can be known before the proof is looked at. Returns the jobs and the weight of the verification.
    pub(crate) fn check_submission(
        who: &T::AccountId,
        ids: &[JobId],
        (outputs, proof): (u32, u32),
        weight_limit: Weight,
    ) -> Result<(Batch<T>, Weight), Error<T>> {
        ensure!(
            ids.windows(2).all(|pair| pair[0] < pair[1]),
            Error::<T>::JobsNotAscending
        );
        let bytes = Self::call_bytes(ids.len() as u32, outputs, proof);
        ensure!(
            bytes <= T::MaxProofCallBytes::get(),
            Error::<T>::ProofCallTooLong
        );
        let mut jobs = Vec::with_capacity(ids.len());
        for id in ids {
            let job = Self::job(*id)?;
            Self::ensure_holds(who, &job)?;
            jobs.push((*id, job));
        }
        let first = &jobs.first().ok_or(Error::<T>::NoJobs)?.1;
        ensure!(
            jobs.iter().all(|(_, job)| job.model == first.model),
            Error::<T>::DifferentModels
        );
        let facts = Self::ensure_provable(first)?;
        let sum = |of: fn(&JobOf<T>) -> u32| {
            jobs.iter()
                .fold(0u32, |sum, (_, job)| sum.saturating_add(of(job)))
        };
        let inputs = sum(|job| job.inputs);
        ensure!(inputs <= facts.key.max_batch, Error::<T>::TooManyInputs);
        ensure!(outputs == sum(|job| job.outputs), Error::<T>::WrongOutputs);
        let verification = Self::verification_weight(&facts.key, inputs);
        ensure!(
            verification.all_lte(weight_limit),
            Error::<T>::WeightLimitTooLow
        );
        let batch = Batch {
            jobs,
            facts,
            inputs,
        };
        Ok((batch, verification))
    }

    fn check_and_conclude(
        who: &T::AccountId,
        ids: &[JobId],
        batch: Batch<T>,
        outputs: &[i32],
        proof: &[u8],
    ) -> DispatchResult {
        let per_input = batch.facts.key.output_elements.max(1) as usize;
        let answers: Vec<Vec<i32>> = outputs.chunks(per_input).map(<[i32]>::to_vec).collect();
        let outcome = match Self::verify(who, ids, &batch, &answers, proof)? {
            Ok(()) => ProofOutcome::Accepted,
            // The key was checked when it was registered: this is the chain's fault.
            Err(ProofRejected::Key) => return Err(Error::<T>::VerifierFailed.into()),
            Err(reason) => ProofOutcome::Rejected(reason),
        };
        Self::deposit_event(Event::ProofChecked {
            provider: who.clone(),
            first: ids.first().copied().unwrap_or_default(),
            jobs: ids.len() as u32,
            outcome,
        });
        let mut answers = answers.as_slice();
        for (id, job) in batch.jobs {
            if outcome != ProofOutcome::Accepted {
                Self::punish_invalid_proof(id, job)?;
                continue;
            }
            let (own, rest) = answers
                .split_at_checked(job.inputs as usize)
                .ok_or(Error::<T>::WrongOutputs)?;
            answers = rest;
            let proven = own.concat();
            match EarlyResults::<T>::get(id) {
                Some(early) if early.as_slice() != proven.as_slice() => {
                    Self::fail(id, job, Fault::Contradicted)?;
                }
                _ => Self::settle(id, job, &batch.facts, own, proven)?,
            }
        }
        Ok(())
    }

    /// Runs the verifier. The outer error is the chain's, the inner one the proof's.
    fn verify(
        who: &T::AccountId,
        ids: &[JobId],
        batch: &Batch<T>,
        outputs: &[Vec<i32>],
        proof: &[u8],
    ) -> Result<Result<(), ProofRejected>, DispatchError> {
        let mut inputs = Vec::with_capacity(batch.inputs as usize);
        for (_, job) in &batch.jobs {
            let stored = Inputs::<T>::get(job.input_hash).ok_or(Error::<T>::VerifierFailed)?;
            let codes =
                unpack(&stored.packed, &batch.facts.key).map_err(|_| Error::<T>::VerifierFailed)?;
            inputs.extend(codes);
        }
        let model = batch.jobs.first().ok_or(Error::<T>::NoJobs)?.1.model;
        let key = T::Models::key(model).ok_or(Error::<T>::VerifierFailed)?;
        let statement = Statement {
            chain_id: T::ChainId::get(),
            jobs: ids,
            provider: Self::proof_identity(who),
            inputs: &inputs,
            outputs,
        };
        Ok(T::Verifier::verify(&key, &statement, proof))
    }

    /// The provider loses a part of the collateral and keeps the job, as long as what is left covers what the requester is owed.
    fn punish_invalid_proof(id: JobId, job: JobOf<T>) -> DispatchResult {
        if !T::Staking::survives_failed_proof(id) {
            return Self::fail(id, job, Fault::InvalidProof);
        }
        let beneficiaries = SlashBeneficiaries {
            requester: &job.requester,
            bounty: None,
        };
        T::Staking::slash(id, Fault::InvalidProof, beneficiaries).map(|_| ())
    }

    /// The account as it stands in a statement: its encoding if that has 32 bytes, else the BLAKE2-256 hash of it.
    pub fn proof_identity(who: &T::AccountId) -> [u8; 32] {
        use sp_runtime::traits::{BlakeTwo256, Hash};
        let encoded = who.encode();
        match <[u8; 32]>::try_from(encoded.as_slice()) {
            Ok(account) => account,
            Err(_) => BlakeTwo256::hash(&encoded).0,
        }
    }
}
