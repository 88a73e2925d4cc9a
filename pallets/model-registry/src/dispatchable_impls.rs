// SPDX-License-Identifier: Apache-2.0
//! What the calls do.

use assay_pallet_primitives::{Balance, ModelId, ModelStatus, Position, ProofVerifier};
use codec::Encode;
use frame_support::{
    ensure,
    traits::{fungible::MutateHold, tokens::Precision, Get},
    BoundedVec,
};
use sp_core::H256;
use sp_runtime::{DispatchError, DispatchResult, Perbill, SaturatedConversion};

use crate::*;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register(
        owner: T::AccountId,
        key: BoundedVec<u8, T::MaxKeyBytes>,
        metadata: MetadataOf<T>,
        royalty: Perbill,
    ) -> Result<ModelId, DispatchError> {
        ensure!(royalty <= T::MaxRoyalty::get(), Error::<T>::RoyaltyTooHigh);
        let facts = T::Verifier::check_key(&key).map_err(Error::<T>::from)?;
        ensure!(
            facts
                .cost
                .weight(1)
                .all_lte(T::MaxVerificationWeight::get()),
            Error::<T>::VerificationTooHeavy
        );
        ensure!(
            !BarredKeys::<T>::contains_key(facts.digest),
            Error::<T>::BarredKey
        );
        let model = NextModelId::<T>::get();
        let next = model.checked_add(1).ok_or(Error::<T>::NumbersExhausted)?;

        let key_bytes = key.len() as u32;
        let deposit = Self::deposit_for(key_bytes, metadata.encoded_size() as u32);
        T::Currency::hold(&HoldReason::ModelDeposit.into(), &owner, deposit)?;
        let digest = facts.digest;
        let record = Model {
            owner: owner.clone(),
            metadata,
            royalty,
            status: ModelStatus::Active,
            key: facts,
            key_bytes,
            deposit,
            jobs: 0,
            registered: Self::position(),
        };
        NextModelId::<T>::put(next);
        Models::<T>::insert(model, record);
        Keys::<T>::insert(model, key);
        Self::deposit_event(Event::Registered {
            model,
            owner,
            digest,
            royalty,
        });
        Ok(model)
    }

    pub(crate) fn do_update_metadata(
        who: T::AccountId,
        model: ModelId,
        metadata: MetadataOf<T>,
    ) -> DispatchResult {
        let mut record = Self::owned(&who, model)?;
        let deposit = Self::deposit_for(record.key_bytes, metadata.encoded_size() as u32);
        let reason = HoldReason::ModelDeposit.into();
        if deposit > record.deposit {
            T::Currency::hold(&reason, &who, deposit.saturating_sub(record.deposit))?;
        } else {
            let less = record.deposit.saturating_sub(deposit);
            T::Currency::release(&reason, &who, less, Precision::Exact)?;
        }
        record.deposit = deposit;
        record.metadata = metadata;
        Models::<T>::insert(model, record);
        Self::deposit_event(Event::MetadataUpdated { model });
        Ok(())
    }

    pub(crate) fn do_set_royalty(
        who: T::AccountId,
        model: ModelId,
        royalty: Perbill,
    ) -> DispatchResult {
        let mut record = Self::owned(&who, model)?;
        ensure!(royalty <= T::MaxRoyalty::get(), Error::<T>::RoyaltyTooHigh);
        record.royalty = royalty;
        Models::<T>::insert(model, record);
        Self::deposit_event(Event::RoyaltySet { model, royalty });
        Ok(())
    }

    pub(crate) fn do_retire(who: T::AccountId, model: ModelId) -> DispatchResult {
        let mut record = Self::owned(&who, model)?;
        Self::ensure_active(&record)?;
        record.status = ModelStatus::Retired;
        Models::<T>::insert(model, record);
        Self::deposit_event(Event::Retired { model });
        Ok(())
    }

    pub(crate) fn do_remove(who: T::AccountId, model: ModelId) -> DispatchResult {
        let record = Self::owned(&who, model)?;
        ensure!(
            Self::status(&record) != ModelStatus::Active,
            Error::<T>::StillActive
        );
        ensure!(record.jobs == 0, Error::<T>::InUse);
        T::Currency::release(
            &HoldReason::ModelDeposit.into(),
            &record.owner,
            record.deposit,
            Precision::Exact,
        )?;
        Models::<T>::remove(model);
        Keys::<T>::remove(model);
        Self::deposit_event(Event::Removed { model });
        Ok(())
    }

    pub(crate) fn do_bar(model: ModelId) -> DispatchResult {
        let mut record = Models::<T>::get(model).ok_or(Error::<T>::UnknownModel)?;
        // A retired model can still be barred: it may have jobs in progress.
        ensure!(
            record.status != ModelStatus::Barred,
            Error::<T>::ModelBarred
        );
        let digest = record.key.digest;
        record.status = ModelStatus::Barred;
        Models::<T>::insert(model, record);
        BarredKeys::<T>::insert(digest, ());
        Self::deposit_event(Event::Barred { model, digest });
        Ok(())
    }

    pub(crate) fn do_bar_key(digest: H256) -> DispatchResult {
        ensure!(
            !BarredKeys::<T>::contains_key(digest),
            Error::<T>::BarredKey
        );
        BarredKeys::<T>::insert(digest, ());
        Self::deposit_event(Event::KeyBarred { digest });
        Ok(())
    }

    pub(crate) fn do_permit_key(digest: H256) -> DispatchResult {
        BarredKeys::<T>::take(digest).ok_or(Error::<T>::NotBarred)?;
        Self::deposit_event(Event::KeyPermitted { digest });
        Ok(())
    }

    /// Returns the bytes of the key.
    pub(crate) fn do_refresh(model: ModelId) -> Result<u32, DispatchError> {
        let mut record = Models::<T>::get(model).ok_or(Error::<T>::UnknownModel)?;
        let key = Keys::<T>::get(model).ok_or(Error::<T>::UnknownModel)?;
        // What a job has relied on since it was posted, such as the shape of its inputs, stays.
        record.key.cost = T::Verifier::check_key(&key).map_err(Error::<T>::from)?.cost;
        let bytes = record.key_bytes;
        Models::<T>::insert(model, record);
        Self::deposit_event(Event::Refreshed { model });
        Ok(bytes)
    }

    /// `base + per_byte * (key_bytes + metadata_bytes)`. Saturates.
    pub(crate) fn deposit_for(key_bytes: u32, metadata_bytes: u32) -> Balance {
        let bytes = Balance::from(key_bytes).saturating_add(metadata_bytes.into());
        T::DepositBase::get().saturating_add(T::DepositPerByte::get().saturating_mul(bytes))
    }

    /// Where this runs. In hooks there is no extrinsic, although the system says 0 while it initialises a block.
    fn position() -> Position {
        use frame_system::Phase;
        let in_hook = matches!(
            frame_system::Pallet::<T>::execution_phase(),
            Some(Phase::Initialization | Phase::Finalization)
        );
        Position {
            block: frame_system::Pallet::<T>::block_number().saturated_into(),
            index: frame_system::Pallet::<T>::extrinsic_index().filter(|_| !in_hook),
        }
    }

    /// The record of a model of `who`.
    fn owned(who: &T::AccountId, model: ModelId) -> Result<ModelOf<T>, DispatchError> {
        let record = Models::<T>::get(model).ok_or(Error::<T>::UnknownModel)?;
        ensure!(record.owner == *who, Error::<T>::NotOwner);
        Ok(record)
    }

    /// Whether a model takes jobs: whatever its record says, not if its key is barred.
    pub(crate) fn status(record: &ModelOf<T>) -> ModelStatus {
        if BarredKeys::<T>::contains_key(record.key.digest) {
            return ModelStatus::Barred;
        }
        record.status
    }

    /// Whether jobs can be posted.
    pub(crate) fn ensure_active(record: &ModelOf<T>) -> Result<(), Error<T>> {
        match Self::status(record) {
            ModelStatus::Active => Ok(()),
            ModelStatus::Retired => Err(Error::<T>::ModelRetired),
            ModelStatus::Barred => Err(Error::<T>::ModelBarred),
        }
    }
}
