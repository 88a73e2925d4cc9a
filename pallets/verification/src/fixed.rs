// SPDX-License-Identifier: Apache-2.0
//! Shares, the slash index and the reward per share: all arithmetic that rounds.
//!
//! Indices and rewards per share are fixed-point numbers with 18 decimals; products have 256 bits in between. Every function
//! rounds against the one whom a rounding in his favour would pay.

use assay_pallet_primitives::Balance;
use sp_runtime::{helpers_128bit::multiply_by_rational_with_rounding, Rounding};

/// The fixed-point number one.
pub(crate) const ONE: u128 = 1_000_000_000_000_000_000;
/// A generation ends when its index falls below this: a billionth.
pub(crate) const MIN_INDEX: u128 = ONE / 1_000_000_000;
/// A pool with a smaller index takes no new delegation: a thousandth.
pub(crate) const MIN_OPEN_INDEX: u128 = ONE / 1_000;

/// `floor(a * b / c)`. `None` if `c` is 0 or the result has more than 128 bits.
pub(crate) fn mul_div(a: u128, b: u128, c: u128) -> Option<u128> {
    multiply_by_rational_with_rounding(a, b, c, Rounding::Down)
}

/// `ceil(a * b / c)`. `None` if `c` is 0 or the result has more than 128 bits.
pub(crate) fn mul_div_up(a: u128, b: u128, c: u128) -> Option<u128> {
    multiply_by_rational_with_rounding(a, b, c, Rounding::Up)
}

/// The shares that `amount` buys. `None` if `index` is 0, or on overflow.
pub(crate) fn shares_bought(amount: Balance, index: u128) -> Option<u128> {
    mul_div(amount, ONE, index)
}

/// The shares that must be sold to take out `amount`. `None` if `index` is 0, or on overflow.
pub(crate) fn shares_sold(amount: Balance, index: u128) -> Option<u128> {
    mul_div_up(amount, ONE, index)
}

/// What `shares` are worth. Since an index is at most one, this is at most `shares`.
pub(crate) fn value(shares: u128, index: u128) -> Balance {
    mul_div(shares, index, ONE).unwrap_or(0)
}

/// The index after the fraction `lost / base` is gone.
pub(crate) fn index_after_loss(index: u128, lost: Balance, base: Balance) -> u128 {
    mul_div(index, base.saturating_sub(lost), base).unwrap_or(0)
}

/// What a payment of `amount` adds to the reward per share. `None` if there are no shares, or on overflow.
pub(crate) fn reward_increment(amount: Balance, shares: u128) -> Option<u128> {
    mul_div(amount, ONE, shares)
}

/// What `shares` earned while the reward per share rose from `since` to `until`.
pub(crate) fn reward(shares: u128, since: u128, until: u128) -> Balance {
    mul_div(shares, until.saturating_sub(since), ONE).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_never_gains() {
        for index in [
            ONE,
            ONE - 1,
            ONE / 3,
            ONE / 7 * 5,
            MIN_OPEN_INDEX,
            MIN_INDEX,
        ] {
            for amount in [0, 1, 2, 3, 10, 999, 1_000_000_007, 10u128.pow(24)] {
                let shares = shares_bought(amount, index).unwrap();
                assert!(value(shares, index) <= amount);
                assert!(shares_sold(amount, index).unwrap() >= shares);
            }
        }
    }

    #[test]
    fn a_loss_of_everything_leaves_nothing() {
        assert_eq!(index_after_loss(ONE, 100, 100), 0);
        assert_eq!(index_after_loss(ONE, 101, 100), 0);
        assert_eq!(index_after_loss(ONE, 25, 100), ONE / 4 * 3);
    }

    #[test]
    fn overflow_and_division_by_zero_are_refused() {
        assert_eq!(shares_bought(1, 0), None);
        assert_eq!(shares_bought(u128::MAX, ONE / 2), None);
        assert_eq!(reward_increment(1, 0), None);
        assert_eq!(reward_increment(u128::MAX, 1), None);
    }
}
