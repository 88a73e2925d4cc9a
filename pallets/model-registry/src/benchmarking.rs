// SPDX-License-Identifier: Apache-2.0
//! Benchmarks of every call. The check of a key is weighed by the proof system and depends on the key; the check of the runtime's benchmark
//! key is part of what is measured here for `register`, and counted twice.

#![cfg(feature = "runtime-benchmarks")]

use alloc::vec;
use assay_pallet_primitives::{Balance, ModelId, ModelStatus, Models as _};
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{fungible::Mutate, EnsureOrigin, Get},
    BoundedVec,
};
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

/// The longest metadata.
pub(crate) fn longest<T: Config>() -> MetadataOf<T> {
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

    /// `b` bytes of a key are read and written besides the key of the benchmarks.
    #[benchmark]
    fn register(b: Linear<1, { T::MaxKeyBytes::get() }>) -> Result<(), BenchmarkError> {
        let owner = rich::<T>();
        let key = T::BenchmarkKey::get()
            .try_into()
            .map_err(|_| BenchmarkError::Stop("the benchmark key is too long"))?;
        let other: BoundedVec<u8, T::MaxKeyBytes> = vec![7; b as usize]
            .try_into()
            .map_err(|_| BenchmarkError::Stop("the range ends at the longest key"))?;
        Keys::<T>::insert(ModelId::MAX, &other);
        #[block]
        {
            Pallet::<T>::register(
                RawOrigin::Signed(owner).into(),
                key,
                longest::<T>(),
                Perbill::zero(),
            )?;
            let read = Keys::<T>::get(ModelId::MAX).expect("just written");
            Keys::<T>::insert(ModelId::MAX, read);
        }
        assert_eq!(Models::<T>::count(), 1);
        Ok(())
    }

    #[benchmark]
    fn update_metadata() -> Result<(), BenchmarkError> {
        let (owner, model) = model::<T>();
        // A bit less than before, so that a part of the deposit returns.
        let shorter = Metadata {
            name: Default::default(),
            ..longest::<T>()
        };
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), model, shorter);
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

    /// Charged as `register` of as many bytes.
    #[benchmark(extra)]
    fn refresh() -> Result<(), BenchmarkError> {
        let (owner, model) = model::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), model);
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
