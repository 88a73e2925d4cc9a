// SPDX-License-Identifier: Apache-2.0
//! What clients ask.

use alloc::vec::Vec;
use assay_pallet_primitives::{Concentration, Dimension, EraClock, EraIndex};
use sp_runtime::Perbill;

use crate::*;

impl<T: Config> Pallet<T> {
    /// The summary of an era: so far for the present one, none for one that is to come or no longer kept.
    fn summary(era: EraIndex, dimension: Dimension) -> Option<SummaryOf<T>> {
        let now = T::Eras::current_era();
        if era > now || era < now.saturating_sub(KEPT_ERAS) {
            return None;
        }
        if dimension == Dimension::Stake && era >= SeenEra::<T>::get() {
            return Some(StakeNow::<T>::get());
        }
        Some(Summaries::<T>::get(era, dimension).unwrap_or_default())
    }

    /// All measures of an era, for runtime APIs. `None` for an era that is to come or no longer kept.
    pub fn concentration(era: EraIndex, dimension: Dimension) -> Option<Concentration> {
        Self::summary(era, dimension).map(|summary| summary.concentration())
    }

    /// The largest parties of an era with their shares, largest first, for runtime APIs.
    pub fn largest(era: EraIndex, dimension: Dimension) -> Vec<(T::AccountId, Perbill)> {
        let Some(summary) = Self::summary(era, dimension) else {
            return Vec::new();
        };
        let listed = summary.largest.iter();
        listed
            .map(|(party, amount)| (party.clone(), summary.share(*amount)))
            .collect()
    }

    /// The share of `party` in an era, for runtime APIs. `None` if it isn't known: for an era that isn't kept, and for the stake of a past
    /// era unless the party was among the largest.
    pub fn share(era: EraIndex, dimension: Dimension, party: &T::AccountId) -> Option<Perbill> {
        let summary = Self::summary(era, dimension)?;
        let amount = match dimension {
            Dimension::Stake if era >= SeenEra::<T>::get() => Stakes::<T>::get(party),
            Dimension::Stake => {
                let listed = summary.largest.iter().find(|(listed, _)| listed == party);
                match listed {
                    Some((_, amount)) => *amount,
                    // Everybody was listed, so who isn't had nothing.
                    None if summary.parties as usize == summary.largest.len() => 0,
                    None => return None,
                }
            }
            Dimension::Work | Dimension::Blocks => Amounts::<T>::get((era, dimension, party)),
        };
        Some(summary.share(amount))
    }
}
