// SPDX-License-Identifier: Apache-2.0
//! The registry as the market sees it.

use alloc::vec::Vec;
use assay_pallet_primitives::{ModelFacts, ModelId, Models as ModelsTrait};
use frame_support::{defensive, BoundedVec};
use sp_runtime::DispatchError;

use crate::*;

/// What the market needs to know of a model.
fn facts<T: Config>(record: ModelOf<T>) -> ModelFacts<T::AccountId> {
    ModelFacts {
        status: Pallet::<T>::status(&record),
        owner: record.owner,
        royalty: record.royalty,
        key: record.key,
        registered: record.registered,
    }
}

impl<T: Config> ModelsTrait<T::AccountId> for Pallet<T> {
    fn facts(model: ModelId) -> Option<ModelFacts<T::AccountId>> {
        Models::<T>::get(model).map(facts::<T>)
    }

    fn key(model: ModelId) -> Option<Vec<u8>> {
        Keys::<T>::get(model).map(BoundedVec::into_inner)
    }

    fn hold(model: ModelId) -> Result<ModelFacts<T::AccountId>, DispatchError> {
        Models::<T>::try_mutate(model, |slot| {
            let record = slot.as_mut().ok_or(Error::<T>::UnknownModel)?;
            Self::ensure_active(record)?;
            record.jobs = record.jobs.checked_add(1).ok_or(Error::<T>::TooManyJobs)?;
            Ok(facts::<T>(record.clone()))
        })
    }

    fn release(model: ModelId) {
        Models::<T>::mutate(model, |slot| {
            let jobs = slot.as_mut().map(|record| &mut record.jobs);
            match jobs.filter(|jobs| **jobs > 0) {
                Some(jobs) => *jobs = jobs.saturating_sub(1),
                None => {
                    defensive!("a job released a model that it didn't hold");
                }
            }
        });
    }

    fn held(model: ModelId) -> u32 {
        Models::<T>::get(model).map_or(0, |record| record.jobs)
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn set_up_model(owner: &T::AccountId) -> ModelId {
        use frame_support::traits::Get;
        let key = T::BenchmarkKey::get()
            .try_into()
            .expect("the key for benchmarks is not too long");
        let metadata = crate::benchmarking::longest::<T>();
        Self::do_register(owner.clone(), key, metadata, Default::default())
            .expect("the owner can pay the deposit for a valid key")
    }
}
