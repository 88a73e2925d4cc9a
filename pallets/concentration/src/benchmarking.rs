// SPDX-License-Identifier: Apache-2.0
//! Benchmarks of the calls and of what other pallets report.

use assay_pallet_primitives::{Dimension, EraClock, StakeRecorder, WorkRecorder};
use frame_benchmarking::v2::*;
use frame_support::traits::{EnsureOrigin, Get, Hooks};
use pallet_authorship::EventHandler;
use sp_runtime::{traits::Zero, Perbill};

use crate::*;

const SEED: u32 = 0;

fn cap() -> ShareCap {
    ShareCap {
        cap: Perbill::from_percent(50),
        min_active: 2,
        floor: u128::MAX / 4,
    }
}

/// Fills the list of the largest, and one more, for each dimension.
fn fill<T: Config>() {
    for index in 0..=T::MaxLargest::get() {
        let party: T::AccountId = account("party", index, SEED);
        let amount = u128::from(index).saturating_add(10);
        Pallet::<T>::note_stake(&party, amount);
        Pallet::<T>::note_settled(&party, amount);
        for _ in 0..2 {
            Pallet::<T>::note_author(party.clone());
        }
    }
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn set_cap() -> Result<(), BenchmarkError> {
        let origin =
            T::CapOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Some(cap()));
        assert_eq!(Cap::<T>::get(), Some(cap()));
        Ok(())
    }

    #[benchmark]
    fn same_era() {
        SeenEra::<T>::put(T::Eras::current_era());
        #[block]
        {
            Pallet::<T>::on_initialize(Zero::zero());
        }
    }

    #[benchmark]
    fn close_era() {
        // An era with full lists ends, after as many eras as the cap looks back on.
        let era = MEAN_ERAS.saturating_add(1);
        T::Eras::set_era(era);
        fill::<T>();
        SeenEra::<T>::put(era);
        for past in 0..=era {
            AcceptedTotal::<T>::insert(past, 1_000);
        }
        T::Eras::set_era(era.saturating_add(1));
        #[block]
        {
            Pallet::<T>::on_initialize(Zero::zero());
        }
        assert_eq!(SeenEra::<T>::get(), era.saturating_add(1));
        assert!(Summaries::<T>::contains_key(era, Dimension::Stake));
        assert_eq!(CapReference::<T>::get().mean, 1_000);
    }

    #[benchmark]
    fn note_accepted() {
        fill::<T>();
        Cap::<T>::put(cap());
        CapReference::<T>::put(Reference { mean: 1, active: 2 });
        let party: T::AccountId = account("party", 0, SEED);
        #[block]
        {
            Pallet::<T>::note_accepted(&party, 5).expect("the cap is far");
        }
        assert_eq!(Accepted::<T>::get(T::Eras::current_era(), party), 5);
    }

    #[benchmark]
    fn note_settled() {
        fill::<T>();
        let party: T::AccountId = account("party", 0, SEED);
        #[block]
        {
            Pallet::<T>::note_settled(&party, 1_000);
        }
        assert_eq!(
            Pallet::<T>::largest(T::Eras::current_era(), Dimension::Work)[0].0,
            party
        );
    }

    #[benchmark]
    fn note_stake() {
        fill::<T>();
        let party: T::AccountId = account("party", 0, SEED);
        #[block]
        {
            Pallet::<T>::note_stake(&party, 1_000);
        }
        assert_eq!(Stakes::<T>::get(party), 1_000);
    }

    #[benchmark]
    fn note_author() {
        fill::<T>();
        let party: T::AccountId = account("party", 0, SEED);
        #[block]
        {
            Pallet::<T>::note_author(party.clone());
        }
        assert_eq!(
            Pallet::<T>::largest(T::Eras::current_era(), Dimension::Blocks)[0].0,
            party
        );
    }

    #[benchmark]
    fn prune(e: Linear<0, MAX_PRUNED>) {
        let era = OldestEra::<T>::get();
        for index in 0..e {
            let party: T::AccountId = account("party", index, SEED);
            if index % 2 == 0 {
                Amounts::<T>::insert((era, Dimension::Work, party), 1);
            } else {
                Accepted::<T>::insert(era, party, 1);
            }
        }
        AcceptedTotal::<T>::insert(era, 1);
        for dimension in [Dimension::Work, Dimension::Stake, Dimension::Blocks] {
            Summaries::<T>::insert(era, dimension, SummaryOf::<T>::default());
        }
        #[block]
        {
            let _ = Pallet::<T>::can_prune();
            // One more than there is, so that the rest of the era goes as well.
            Pallet::<T>::do_prune(e.saturating_add(1));
        }
        assert_eq!(OldestEra::<T>::get(), era.saturating_add(1));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
