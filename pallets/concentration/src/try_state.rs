// SPDX-License-Identifier: Apache-2.0
//! What is true of the pallet's storage between any two calls.

use alloc::collections::BTreeMap;
use assay_pallet_primitives::{Dimension, EraClock};
use frame_support::ensure;
use sp_core::U256;
use sp_runtime::TryRuntimeError;

use crate::*;

impl<T: Config> Pallet<T> {
    /// Checks every summary against the amounts that it sums up.
    ///
    /// # Errors
    ///
    /// The first rule that is broken.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        if let Some(cap) = Cap::<T>::get() {
            ensure!(cap.validate().is_ok(), "the stored cap is invalid");
        }
        // The era that is being removed has lost some of its amounts already.
        let oldest = OldestEra::<T>::get();
        let pruned = Self::can_prune().then_some(oldest);

        let mut amounts = BTreeMap::<_, BTreeMap<T::AccountId, u128>>::new();
        for ((era, dimension, party), amount) in Amounts::<T>::iter() {
            ensure!(amount > 0, "an amount of zero is kept");
            ensure!(era >= oldest, "an amount of an era that was removed");
            amounts
                .entry((era, dimension))
                .or_default()
                .insert(party, amount);
        }
        for (era, dimension, summary) in Summaries::<T>::iter() {
            if dimension != Dimension::Stake && Some(era) != pruned {
                let parties = amounts.remove(&(era, dimension)).unwrap_or_default();
                Self::check_summary(&summary, &parties)?;
            }
        }
        amounts.retain(|(era, _), _| Some(*era) != pruned);
        ensure!(amounts.is_empty(), "amounts without a summary");
        Self::check_summary(&StakeNow::<T>::get(), &Stakes::<T>::iter().collect())?;

        let mut accepted = BTreeMap::<_, u128>::new();
        for (era, _, work) in Accepted::<T>::iter() {
            ensure!(era >= oldest, "accepted work of an era that was removed");
            let sum = accepted.entry(era).or_default();
            *sum = sum.saturating_add(work);
        }
        for (era, total) in AcceptedTotal::<T>::iter() {
            let sum = accepted.remove(&era).unwrap_or_default();
            ensure!(
                sum == total || Some(era) == pruned,
                "accepted work isn't the sum"
            );
        }
        ensure!(accepted.is_empty(), "accepted work without a total");
        ensure!(
            SeenEra::<T>::get() <= T::Eras::current_era(),
            "an era to come was measured"
        );
        Ok(())
    }

    fn check_summary(
        summary: &SummaryOf<T>,
        parties: &BTreeMap<T::AccountId, u128>,
    ) -> Result<(), TryRuntimeError> {
        let total = parties
            .values()
            .fold(0u128, |sum, amount| sum.saturating_add(*amount));
        ensure!(summary.total == total, "a total isn't the sum");
        ensure!(
            summary.parties as usize == parties.len(),
            "parties miscounted"
        );
        let squares = parties.values().fold(U256::zero(), |sum, amount| {
            sum + U256::from(*amount) * U256::from(*amount)
        });
        ensure!(summary.squares == squares, "the sum of squares is wrong");
        let mut outside = parties.clone();
        let mut last = u128::MAX;
        for (party, amount) in &summary.largest {
            ensure!(
                outside.remove(party) == Some(*amount),
                "a listed amount is wrong"
            );
            ensure!(*amount <= last, "the largest are out of order");
            last = *amount;
        }
        let largest_outside = outside.values().max().copied().unwrap_or(0);
        ensure!(
            largest_outside <= summary.outside,
            "a party outside the list is too large"
        );
        Ok(())
    }
}
