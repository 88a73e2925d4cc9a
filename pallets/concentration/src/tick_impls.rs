// SPDX-License-Identifier: Apache-2.0
//! What happens by itself: measures become final, old ones are removed.

use assay_pallet_primitives::{Dimension, EraClock, EraIndex};
use frame_support::weights::Weight;
use sp_runtime::DispatchResult;

use crate::*;

impl<T: Config> Pallet<T> {
    /// When an era has ended: takes down the stake of its end and what the cap compares with from now on.
    ///
    /// A block touches one era at most, since staking begins at most one in a block.
    pub(crate) fn do_close_era() -> Weight {
        let (seen, era) = (SeenEra::<T>::get(), T::Eras::current_era());
        if seen == era {
            return T::WeightInfo::same_era();
        }
        SeenEra::<T>::put(era);
        let stake = StakeNow::<T>::get();
        let measured = |dimension| Self::concentration(seen, dimension).unwrap_or_default();
        Self::deposit_event(Event::EraMeasured {
            era: seen,
            work: measured(Dimension::Work),
            stake: stake.concentration(),
            blocks: measured(Dimension::Blocks),
        });
        CapReference::<T>::put(Reference {
            mean: Self::mean_accepted(era),
            active: Summaries::<T>::get(seen, Dimension::Work).map_or(0, |s| s.parties),
        });
        Summaries::<T>::insert(seen, Dimension::Stake, stake);
        T::WeightInfo::close_era()
    }

    /// Mean of the accepted work of the last [`MEAN_ERAS`] eras before `era`, or of as many as there have been, rounded up.
    fn mean_accepted(era: EraIndex) -> u128 {
        let first = era.saturating_sub(MEAN_ERAS);
        let sum = (first..era).fold(0u128, |sum, past| {
            sum.saturating_add(AcceptedTotal::<T>::get(past))
        });
        sum.div_ceil(era.saturating_sub(first).max(1).into())
    }

    pub(crate) fn do_set_cap(cap: Option<ShareCap>) -> DispatchResult {
        if let Some(cap) = cap {
            cap.validate().map_err(Error::<T>::InvalidCap)?;
        }
        Cap::<T>::set(cap);
        Self::deposit_event(Event::CapChanged { cap });
        Ok(())
    }

    /// Whether there may be entries of an era that is no longer kept.
    pub(crate) fn can_prune() -> bool {
        OldestEra::<T>::get() < T::Eras::current_era().saturating_sub(KEPT_ERAS)
    }

    /// Prunes with as much of `remaining` as it takes, and returns what it took.
    pub(crate) fn do_prune_idle(remaining: Weight) -> Weight {
        let base = T::WeightInfo::prune(0);
        let one = T::WeightInfo::prune(1).saturating_sub(base);
        let Some(rest) = remaining.checked_sub(&base) else {
            return Weight::zero();
        };
        let limit = rest
            .checked_div_per_component(&one)
            .unwrap_or(0)
            .min(MAX_PRUNED.into());
        if limit == 0 || !Self::can_prune() {
            return T::WeightInfo::same_era().min(remaining);
        }
        // `limit` is at most `MAX_PRUNED`.
        let limit = limit as u32;
        T::WeightInfo::prune(Self::do_prune(limit).min(limit))
    }

    /// Removes about `limit` entries of the oldest era, with all that remains of it once its amounts are gone. Returns how many of the
    /// entries that grow with the number of parties it removed.
    pub(crate) fn do_prune(limit: u32) -> u32 {
        let era = OldestEra::<T>::get();
        // Without a cursor: the database forgets in the next block what was removed in this one, so that each block begins at what is left.
        let amounts = Amounts::<T>::clear_prefix((era,), limit, None);
        let mut removed = amounts.unique;
        if amounts.maybe_cursor.is_some() {
            return removed;
        }
        let left = limit.saturating_sub(removed);
        if left == 0 {
            return removed;
        }
        let accepted = Accepted::<T>::clear_prefix(era, left, None);
        removed = removed.saturating_add(accepted.unique);
        if accepted.maybe_cursor.is_some() {
            return removed;
        }
        AcceptedTotal::<T>::remove(era);
        for dimension in [Dimension::Work, Dimension::Stake, Dimension::Blocks] {
            Summaries::<T>::remove(era, dimension);
        }
        OldestEra::<T>::put(era.saturating_add(1));
        Self::deposit_event(Event::EraPruned { era });
        removed
    }
}
