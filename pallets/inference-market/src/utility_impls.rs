// SPDX-License-Identifier: Apache-2.0
//! Reading records, holding money, counting references, weighing.

use assay_pallet_primitives::{
    Balance, JobId, KeyFacts, ModelFacts, ModelId, ModelStatus, Models, OnSettled, Position,
    ProofVerifier, Staking, WorkRecorder,
};
use frame_support::{
    defensive,
    dispatch::DispatchClass,
    ensure,
    traits::{fungible::MutateHold, tokens::Precision, Get},
    weights::Weight,
    BoundedVec,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::H256;
use sp_runtime::{
    traits::{AccountIdConversion, BlakeTwo256, Hash},
    DispatchError, DispatchResult, SaturatedConversion,
};

use crate::*;

/// Bytes of a call of `submit_proof` besides jobs, outputs and proof: call index, three lengths, the weight limit.
const CALL_OVERHEAD: u32 = 2 + 3 * 4 + 2 * 9;

impl<T: Config> Pallet<T> {
    /// The account that has the bounties.
    pub fn account_id() -> T::AccountId {
        T::PalletId::get().into_account_truncating()
    }

    /// The block in which this runs.
    pub(crate) fn now() -> BlockNumberFor<T> {
        frame_system::Pallet::<T>::block_number()
    }

    /// Where this runs. In hooks there is no extrinsic, although the system says 0 while it initialises a block.
    pub(crate) fn position() -> Position {
        use frame_system::Phase;
        let in_hook = matches!(
            frame_system::Pallet::<T>::execution_phase(),
            Some(Phase::Initialization | Phase::Finalization)
        );
        Position {
            block: Self::now().saturated_into(),
            index: frame_system::Pallet::<T>::extrinsic_index().filter(|_| !in_hook),
        }
    }

    /// The shortest proof window: a few collators can't keep a proof out of the chain for that long. With so many collators that it would
    /// exceed the longest window, it is the longest: else no job could be posted.
    pub(crate) fn shortest_window(parameters: &ParametersOf<T>) -> BlockNumberFor<T> {
        let collators = T::Collators::get().saturating_mul(4);
        parameters
            .min_proof_window
            .max(collators.into())
            .min(parameters.max_proof_window)
    }

    /// A job in progress.
    pub(crate) fn job(id: JobId) -> Result<JobOf<T>, Error<T>> {
        Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)
    }

    /// Checks that `who` has accepted `job` and can still prove it.
    pub(crate) fn ensure_holds(who: &T::AccountId, job: &JobOf<T>) -> Result<(), Error<T>> {
        let acceptance = job.acceptance().filter(|held| held.provider == *who);
        let acceptance = acceptance.ok_or(Error::<T>::NotHolder)?;
        let ends = acceptance.ends(CongestedBlocks::<T>::get());
        ensure!(Self::now() <= ends, Error::<T>::TooLate);
        Ok(())
    }

    /// The facts of a model that governance has not barred.
    pub(crate) fn ensure_not_barred(model: ModelId) -> Result<ModelFacts<T::AccountId>, Error<T>> {
        let facts = T::Models::facts(model).ok_or(Error::<T>::UnknownModel)?;
        ensure!(facts.status != ModelStatus::Barred, Error::<T>::ModelBarred);
        Ok(facts)
    }

    /// [`ensure_not_barred`](Self::ensure_not_barred), and that the chain has a verifier for the model.
    pub(crate) fn ensure_provable(job: &JobOf<T>) -> Result<ModelFacts<T::AccountId>, Error<T>> {
        ensure!(
            T::Verifier::supports(job.verifier_version),
            Error::<T>::VerifierFailed
        );
        Self::ensure_not_barred(job.model)
    }

    /// `base + per_byte * bytes`. Saturates.
    pub(crate) fn deposit_for(bytes: u32) -> Balance {
        let per_byte = T::DepositPerByte::get().saturating_mul(bytes.into());
        T::DepositBase::get().saturating_add(per_byte)
    }

    /// Holds `amount` of the free balance of `who`.
    pub(crate) fn hold(reason: HoldReason, who: &T::AccountId, amount: Balance) -> DispatchResult {
        T::Currency::hold(&reason.into(), who, amount)
    }

    /// Returns `amount` of what is held of `who`.
    pub(crate) fn free(reason: HoldReason, who: &T::AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        T::Currency::release(&reason.into(), who, amount, Precision::Exact).map(|_| ())
    }

    /// Moves `amount` of the free balance of `who` to the treasury, or burns it.
    pub(crate) fn pay_treasury(who: &T::AccountId, amount: Balance) -> DispatchResult {
        assay_pallet_primitives::pay_treasury::<_, T::Currency>(who, &T::Treasury::get(), amount)
    }

    /// Counts a job that needs these inputs, and stores them if it is the first.
    pub(crate) fn hold_inputs(
        packed: BoundedVec<u8, T::MaxInputBytes>,
    ) -> Result<H256, DispatchError> {
        let hash = BlakeTwo256::hash(&packed);
        let jobs = InputJobs::<T>::get(hash).unwrap_or(0);
        if jobs == 0 {
            Inputs::<T>::insert(hash, StoredInputs { packed });
        }
        let jobs = jobs.checked_add(1).ok_or(Error::<T>::NumbersExhausted)?;
        InputJobs::<T>::insert(hash, jobs);
        Ok(hash)
    }

    /// Ends what [`hold_inputs`](Self::hold_inputs) began.
    pub(crate) fn release_inputs(hash: H256) {
        let Some(jobs) = InputJobs::<T>::get(hash) else {
            defensive!("a job had no inputs");
            return;
        };
        if jobs > 1 {
            InputJobs::<T>::insert(hash, jobs.saturating_sub(1));
            return;
        }
        InputJobs::<T>::remove(hash);
        Inputs::<T>::remove(hash);
    }

    /// Counts a job that needs this version of the verifier.
    pub(crate) fn count_version(version: u16) -> DispatchResult {
        JobsByVersion::<T>::try_mutate(version, |jobs| {
            *jobs = jobs.checked_add(1).ok_or(Error::<T>::NumbersExhausted)?;
            Ok(())
        })
    }

    /// Bytes of a call of `submit_proof`, at most.
    pub(crate) fn call_bytes(jobs: u32, outputs: u32, proof: u32) -> u32 {
        CALL_OVERHEAD
            .saturating_add(jobs.saturating_mul(8))
            .saturating_add(outputs.saturating_mul(4))
            .saturating_add(proof)
    }

    /// What verifying a proof over so many inputs takes, reading them included. The weight limit of `submit_proof` must cover it.
    pub fn verification_weight(key: &KeyFacts, inputs: u32) -> Weight {
        let bytes = key.packed_input_bytes().saturating_mul(inputs);
        key.cost
            .weight(inputs)
            .saturating_add(T::WeightInfo::read_inputs(bytes))
    }

    /// What `submit_proof` takes for so many jobs besides the verification: the larger of settling and failing each of them.
    pub(crate) fn submission_weight(jobs: u32) -> Weight {
        let settling = T::WeightInfo::settle()
            .saturating_add(T::Staking::release_weight())
            .saturating_add(T::Staking::pay_weight().saturating_mul(2))
            .saturating_add(T::WorkRecorder::note_settled_weight())
            .saturating_add(T::OnSettled::weight());
        let failing = T::WeightInfo::fail().saturating_add(T::Staking::slash_weight());
        let per_job = settling.max(failing);
        T::WeightInfo::submit_proof(jobs).saturating_add(per_job.saturating_mul(jobs.into()))
    }

    /// Whether so many outputs of one job and the longest proof over its inputs fit a call.
    pub(crate) fn fits_a_call(key: &KeyFacts, inputs: u32, outputs: u32) -> bool {
        let bytes = Self::call_bytes(1, outputs, key.cost.proof_bytes(inputs));
        bytes <= T::MaxProofCallBytes::get()
    }

    /// What each job of a proof takes, in the call and in the transaction's extension.
    pub(crate) fn weight_of_job() -> Weight {
        let with =
            |jobs| Self::submission_weight(jobs).saturating_add(T::WeightInfo::check_proof(jobs));
        with(1).saturating_sub(with(0))
    }

    /// What a transaction with a proof leaves for verifying it and for its jobs, if it is alone.
    pub(crate) fn proof_room() -> Weight {
        let limits = T::BlockWeights::get();
        let most = limits.get(DispatchClass::Normal).max_extrinsic;
        most.unwrap_or(limits.max_block)
            .saturating_sub(T::AroundProof::get())
            .saturating_sub(Self::submission_weight(0))
    }

    /// Whether a transaction with a proof for one job of so many inputs fits a block.
    pub(crate) fn fits_a_block(key: &KeyFacts, inputs: u32) -> bool {
        Self::verification_weight(key, inputs)
            .saturating_add(Self::weight_of_job())
            .all_lte(Self::proof_room())
    }

    /// What `expire` takes.
    pub(crate) fn expiry_weight() -> Weight {
        let end = T::Staking::slash_weight().max(T::Staking::release_weight());
        T::WeightInfo::expire()
            .saturating_add(T::WeightInfo::fail())
            .saturating_add(end)
    }
}
