// SPDX-License-Identifier: Apache-2.0

//! Benchmarks of the chain-parameters pallet.

use super::*;
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn set_periods() -> Result<(), BenchmarkError> {
        let origin =
            T::UpdateOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let periods = Periods {
            session: types::MIN_SESSION,
            ..Periods::default()
        };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, periods);

        assert_eq!(CurrentPeriods::<T>::get(), periods);
        Ok(())
    }

    #[benchmark]
    fn read_periods() {
        CurrentPeriods::<T>::put(Periods::default());
        let periods;

        #[block]
        {
            periods = CurrentPeriods::<T>::get();
        }

        assert_eq!(periods, Periods::default());
    }
}
