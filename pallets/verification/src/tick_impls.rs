// SPDX-License-Identifier: Apache-2.0
//! What happens by itself: eras.

use frame_support::weights::Weight;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::Saturating;

use crate::*;

impl<T: Config> Pallet<T> {
    /// Begins an era if the previous one has ended. An era's end is set at its start: whoever leaves a provider within it knows the
    /// jobs for which the stake is at risk.
    pub(crate) fn do_start_era(now: BlockNumberFor<T>) -> Weight {
        let era = CurrentEra::<T>::get();
        if now < era.end {
            return T::WeightInfo::same_era();
        }
        let end = now.saturating_add(Parameters::<T>::get().era_length);
        let index = era.index.saturating_add(1);
        CurrentEra::<T>::put(EraInfo {
            index,
            start: now,
            end,
        });
        Self::deposit_event(Event::EraStarted { era: index, end });
        T::WeightInfo::start_era()
    }
}
