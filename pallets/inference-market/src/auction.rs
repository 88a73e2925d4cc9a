// SPDX-License-Identifier: Apache-2.0
//! The price of a job in auction, and the deadlines of one that is accepted. Pure functions of what a job says and of the block.

use assay_pallet_primitives::Balance;
use sp_runtime::{
    helpers_128bit::multiply_by_rational_with_rounding, traits::AtLeast32BitUnsigned, Rounding,
};

use crate::{Acceptance, Terms};

impl<BlockNumber: AtLeast32BitUnsigned + Copy> Terms<BlockNumber> {
    /// `start_price + floor((max_price - start_price) * min(elapsed, ramp) / ramp)`; the maximum at once if there is no ramp.
    pub fn price(&self, elapsed: BlockNumber) -> Balance {
        if elapsed >= self.ramp {
            return self.max_price;
        }
        let rise = self.max_price.saturating_sub(self.start_price);
        let (elapsed, ramp): (u128, u128) = (
            elapsed.unique_saturated_into(),
            self.ramp.unique_saturated_into(),
        );
        // The quotient is below one, so there is no overflow.
        let risen = multiply_by_rational_with_rounding(rise, elapsed, ramp, Rounding::Down);
        self.start_price.saturating_add(risen.unwrap_or(rise))
    }

    /// The last block in which an auction that began in `since` takes acceptances.
    pub fn auction_ends(&self, since: BlockNumber) -> BlockNumber {
        since.saturating_add(self.auction)
    }
}

impl<AccountId, BlockNumber: AtLeast32BitUnsigned + Copy> Acceptance<AccountId, BlockNumber> {
    /// The last block in which a proof counts, given the congested blocks of the chain's life so far. Never decreases.
    pub fn ends(&self, congested: u32) -> BlockNumber {
        let since = congested.saturating_sub(self.congested);
        self.last.saturating_add(since.into()).min(self.latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(start_price: u128, max_price: u128, ramp: u32) -> Terms<u32> {
        Terms {
            start_price,
            max_price,
            ramp,
            auction: 100,
            proof_window: 10,
            min_collateral: 0,
        }
    }

    #[test]
    fn the_price_rises_in_equal_steps_and_stays_at_the_maximum() {
        let terms = terms(100, 200, 10);
        let prices: Vec<u128> = [0, 1, 5, 9, 10, 11, 100].map(|b| terms.price(b)).into();
        assert_eq!(prices, [100, 110, 150, 190, 200, 200, 200]);
    }

    #[test]
    fn without_a_ramp_the_price_is_the_maximum() {
        assert_eq!(terms(1, 7, 0).price(0), 7);
    }

    #[test]
    fn the_price_never_leaves_its_range_and_never_falls() {
        for (start, max) in [(0, u128::MAX), (5, 5), (u128::MAX - 3, u128::MAX), (0, 2)] {
            let terms = terms(start, max, 7);
            let prices: Vec<u128> = (0..9).map(|block| terms.price(block)).collect();
            assert_eq!(prices[0], start);
            assert_eq!(prices[8], max);
            assert!(prices.windows(2).all(|pair| pair[0] <= pair[1]));
        }
    }

    #[test]
    fn congestion_moves_the_end_up_to_the_limit() {
        let acceptance = Acceptance {
            provider: (),
            price: 1,
            last: 20u32,
            latest: 25,
            congested: 100,
        };
        let ends: Vec<u32> = [99, 100, 103, 105, 106, u32::MAX]
            .map(|c| acceptance.ends(c))
            .into();
        assert_eq!(ends, [20, 20, 23, 25, 25, 25]);
    }
}
