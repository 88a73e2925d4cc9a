// SPDX-License-Identifier: Apache-2.0
//! Benchmarks of every call. The check of a key is measured with the proof system; here a key's bytes count only as storage, so
//! the weight of `register` is measured with the longest metadata and the runtime's benchmark key.

#![cfg(feature = "runtime-benchmarks")]

use alloc::vec;
use assay_pallet_primitives::{Balance, ModelId, ModelStatus, Models as _};
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate, EnsureOrigin, Get};
use frame_system::RawOrigin;
use sp_runtime::Perbill;

use crate::*;

fn rich<T: Config>() -> T::AccountId
where
    T::Currency: Mutate<T::AccountId>,
{
    let who: T::AccountId = whitelisted_caller();
    let enough = T::DepositBase::get()
        .saturating_add(T::DepositPerByte::get().saturating_mul(1 << 20))
        .saturating_mul(10)
        .max(1_000_000_000_000);
    T::Currency::mint_into(&who, enough as Balance).expect("a benchmark can mint");
    who
}

fn longest<T: Config>() -> MetadataOf<T> {
    let text = || {
        vec![b'x'; T::MaxText::get() as usize]
            .try_into()
            .expect("as long as allowed")
    };
    Metadata {
        name: text(),
        licence: text(),
        weights_uri: text(),
        weights_hash: Default::default(),
    }
}

fn model<T: Config>() -> (T::AccountId, ModelId)
where
    T::Currency: Mutate<T::AccountId>,
{
    let owner = rich::<T>();
    let model = Pallet::<T>::set_up_model(&owner);
    (owner, model)
}

#[benchmarks(where T::Currency: Mutate<T::AccountId>)]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn register() -> Result<(), BenchmarkError> {
        let owner = rich::<T>();
        let key = T::BenchmarkKey::get()
            .try_into()
            .map_err(|_| BenchmarkError::Stop("the benchmark key is too long"))?;
        #[extrinsic_call]
        _(
            RawOrigin::Signed(owner),
            key,
            longest::<T>(),
            Perbill::zero(),
        );
        assert_eq!(Models::<T>::count(), 1);
        Ok(())
    }

    #[benchmark]
    fn update_metadata() -> Result<(), BenchmarkError> {
        let (owner, model) = model::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), model, longest::<T>());
        Ok(())
    }

    #[benchmark]
    fn set_royalty() -> Result<(), BenchmarkError> {
        let (owner, model) = model::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), model, T::MaxRoyalty::get());
        Ok(())
    }

    #[benchmark]
    fn retire() -> Result<(), BenchmarkError> {
        let (owner, model) = model::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), model);
        assert_eq!(
            Models::<T>::get(model).unwrap().status,
            ModelStatus::Retired
        );
        Ok(())
    }

    #[benchmark]
    fn remove() -> Result<(), BenchmarkError> {
        let (owner, model) = model::<T>();
        Pallet::<T>::retire(RawOrigin::Signed(owner.clone()).into(), model)?;
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), model);
        assert_eq!(Models::<T>::count(), 0);
        Ok(())
    }

    #[benchmark]
    fn bar() -> Result<(), BenchmarkError> {
        let (_, model) = model::<T>();
        let origin =
            T::BarOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, model);
        Ok(())
    }

    #[benchmark]
    fn permit_key() -> Result<(), BenchmarkError> {
        let digest = sp_core::H256::repeat_byte(1);
        BarredKeys::<T>::insert(digest, ());
        let origin =
            T::BarOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, digest);
        Ok(())
    }

    #[benchmark]
    fn refresh() -> Result<(), BenchmarkError> {
        let (owner, model) = model::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), model);
        Ok(())
    }
}
