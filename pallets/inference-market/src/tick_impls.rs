// SPDX-License-Identifier: Apache-2.0
//! What happens by itself: counting congested blocks, and ending jobs that nobody has ended.

use frame_support::{
    defensive,
    storage::with_storage_layer,
    traits::Get,
    weights::{Weight, WeightMeter},
};

use crate::*;

impl<T: Config> Pallet<T> {
    /// Counts the block if it was full of proofs.
    pub(crate) fn count_congestion() {
        let weight = ProofWeight::<T>::take();
        if weight.any_gte(T::CongestionThreshold::get()) {
            CongestedBlocks::<T>::mutate(|blocks| *blocks = blocks.saturating_add(1));
        }
    }

    /// Looks at jobs from where it stopped last, at most `MaxSweep` of them and as long as `limit` allows, and ends what is over with them.
    /// At the last job it stops, and begins anew in the next block. Returns the weight it took.
    pub(crate) fn sweep(limit: Weight) -> Weight {
        let mut meter = WeightMeter::with_limit(limit);
        if meter.try_consume(T::WeightInfo::sweep()).is_err() {
            return Weight::zero();
        }
        let mut cursor = SweepCursor::<T>::get();
        for _ in 0..T::MaxSweep::get() {
            if meter.try_consume(T::WeightInfo::sweep_job()).is_err() {
                break;
            }
            let next = match cursor {
                Some(id) => Jobs::<T>::iter_keys_from(Jobs::<T>::hashed_key_for(id)).next(),
                None => Jobs::<T>::iter_keys().next(),
            };
            let Some(id) = next else {
                cursor = None;
                break;
            };
            let over = Jobs::<T>::get(id).and_then(|job| Self::what_is_over(&job));
            if over.is_some() {
                if meter.try_consume(Self::expiry_weight()).is_err() {
                    // It is the first one next time.
                    break;
                }
                if with_storage_layer(|| Self::do_expire(id, None)).is_err() {
                    defensive!("a job that is over can't be ended");
                }
            }
            cursor = Some(id);
        }
        SweepCursor::<T>::set(cursor);
        meter.consumed()
    }
}
