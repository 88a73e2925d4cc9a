// SPDX-License-Identifier: Apache-2.0
//! What other pallets report: work, stake, blocks.

use assay_pallet_primitives::{
    Balance, Dimension, EraClock, EraIndex, StakeRecorder, Work, WorkRecorder,
};
use frame_support::{defensive, ensure, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::DispatchResult;

use crate::*;

impl<T: Config> Pallet<T> {
    /// Adds `amount` to what `party` has in this era.
    fn add(era: EraIndex, dimension: Dimension, party: &T::AccountId, amount: u128) {
        if amount == 0 {
            return;
        }
        let key = (era, dimension, party);
        let old = Amounts::<T>::get(key);
        let new = old.saturating_add(amount);
        let mut summary = Summaries::<T>::get(era, dimension).unwrap_or_default();
        if summary.update(party, old, new) {
            Amounts::<T>::insert(key, new);
            Summaries::<T>::insert(era, dimension, summary);
        } else {
            defensive!("an era's total exceeds 128 bits");
        }
    }

    /// The work that one provider may accept in this era, none if there is no limit.
    pub fn allowance() -> Option<Work> {
        let cap = Cap::<T>::get()?;
        let reference = CapReference::<T>::get();
        (reference.active >= cap.min_active)
            .then(|| cap.cap.mul_floor(reference.mean.saturating_add(cap.floor)))
    }
}

impl<T: Config> WorkRecorder<T::AccountId> for Pallet<T> {
    fn note_accepted(provider: &T::AccountId, work: Work) -> DispatchResult {
        let era = T::Eras::current_era();
        let accepted = Accepted::<T>::get(era, provider).saturating_add(work);
        if let Some(allowance) = Self::allowance() {
            ensure!(accepted <= allowance, Error::<T>::ShareCapExceeded);
        }
        Accepted::<T>::insert(era, provider, accepted);
        AcceptedTotal::<T>::mutate(era, |total| *total = total.saturating_add(work));
        Ok(())
    }

    fn note_settled(provider: &T::AccountId, work: Work) {
        Self::add(T::Eras::current_era(), Dimension::Work, provider, work);
    }

    fn note_accepted_weight() -> Weight {
        T::WeightInfo::note_accepted()
    }

    fn note_settled_weight() -> Weight {
        T::WeightInfo::note_settled()
    }
}

impl<T: Config> StakeRecorder<T::AccountId, Balance> for Pallet<T> {
    fn note_stake(provider: &T::AccountId, active: Balance) {
        let old = Stakes::<T>::get(provider);
        if old == active {
            return;
        }
        let mut summary = StakeNow::<T>::get();
        if !summary.update(provider, old, active) {
            defensive!("the total stake exceeds 128 bits");
            return;
        }
        StakeNow::<T>::put(summary);
        if active == 0 {
            Stakes::<T>::remove(provider);
        } else {
            Stakes::<T>::insert(provider, active);
        }
    }

    fn note_stake_weight() -> Weight {
        T::WeightInfo::note_stake()
    }
}

impl<T: Config> pallet_authorship::EventHandler<T::AccountId, BlockNumberFor<T>> for Pallet<T> {
    fn note_author(author: T::AccountId) {
        let weight = T::WeightInfo::note_author();
        frame_system::Pallet::<T>::register_extra_weight_unchecked(
            weight,
            frame_support::dispatch::DispatchClass::Mandatory,
        );
        Self::add(T::Eras::current_era(), Dimension::Blocks, &author, 1);
    }
}
