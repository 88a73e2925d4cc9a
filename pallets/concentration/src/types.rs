// SPDX-License-Identifier: Apache-2.0
//! Running sums from which every measure is computed.

use assay_pallet_primitives::{Concentration, Work};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    traits::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PalletError, PartialEqNoBound,
};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::U256;
use sp_runtime::{PerThing, Perbill};

/// The largest amounts of one dimension, and sums over all of them.
#[derive(
    CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[scale_info(skip_type_params(MaxLargest))]
pub struct Summary<AccountId: Clone + core::fmt::Debug + PartialEq + Eq, MaxLargest: Get<u32>> {
    /// Sum of all amounts.
    pub total: u128,
    /// Parties whose amount isn't zero.
    pub parties: u32,
    /// Sum of the squares of all amounts. Never overflows, since it is at most the square of `total`.
    pub squares: U256,
    /// The largest amounts, in descending order.
    pub largest: BoundedVec<(AccountId, u128), MaxLargest>,
    /// No party outside `largest` has more than this.
    pub outside: u128,
}

impl<AccountId: Clone + core::fmt::Debug + PartialEq + Eq, MaxLargest: Get<u32>> Default
    for Summary<AccountId, MaxLargest>
{
    fn default() -> Self {
        Self {
            total: 0,
            parties: 0,
            squares: U256::zero(),
            largest: BoundedVec::new(),
            outside: 0,
        }
    }
}

impl<AccountId: Clone + core::fmt::Debug + PartialEq + Eq, MaxLargest: Get<u32>>
    Summary<AccountId, MaxLargest>
{
    /// Changes the amount of `party` from `old`, which it must be, to `new`. Returns whether it did: not if the total would
    /// overflow.
    pub fn update(&mut self, party: &AccountId, old: u128, new: u128) -> bool {
        let Some(total) = self
            .total
            .checked_sub(old)
            .and_then(|rest| rest.checked_add(new))
        else {
            return false;
        };
        self.total = total;
        let square = |amount: u128| U256::from(amount).saturating_mul(U256::from(amount));
        self.squares = self
            .squares
            .saturating_sub(square(old))
            .saturating_add(square(new));
        match (old, new) {
            (0, 0) => {}
            (0, _) => self.parties = self.parties.saturating_add(1),
            (_, 0) => self.parties = self.parties.saturating_sub(1),
            _ => {}
        }
        self.rank(party, new);
        true
    }

    /// Puts `party` where `amount` belongs among the largest, or outside.
    fn rank(&mut self, party: &AccountId, amount: u128) {
        self.largest.retain(|(listed, _)| listed != party);
        let place = self.largest.partition_point(|(_, other)| *other >= amount);
        if amount > 0 {
            if self.largest.is_full() && place < self.largest.len() {
                if let Some((_, evicted)) = self.largest.pop() {
                    self.outside = self.outside.max(evicted);
                }
            }
            if self
                .largest
                .try_insert(place, (party.clone(), amount))
                .is_err()
            {
                self.outside = self.outside.max(amount);
            }
        }
        if self.parties as usize <= self.largest.len() {
            // Everybody is listed.
            self.outside = 0;
        }
    }

    /// The Herfindahl-Hirschman index, rounded down. 0 without parties.
    pub fn hhi(&self) -> Perbill {
        if self.total == 0 {
            return Perbill::zero();
        }
        // Drop low bits so that a billion times the squares fits 256 bits; 96 bits are left of the total.
        let shift = (128 - self.total.leading_zeros()).saturating_sub(96) as usize;
        let total = U256::from(self.total >> shift);
        let squares = self.squares >> (2 * shift);
        let billion = U256::from(1_000_000_000u32);
        let parts = squares.saturating_mul(billion) / (total * total);
        Perbill::from_parts(parts.min(billion).low_u32())
    }

    /// The Nakamoto coefficient, if the list of the largest suffices to know it.
    pub fn nakamoto(&self) -> Option<u32> {
        let half = self.total / 2;
        let mut sum: u128 = 0;
        for (count, (_, amount)) in (1u32..).zip(&self.largest) {
            if *amount < self.outside {
                return None;
            }
            sum = sum.saturating_add(*amount);
            if sum > half {
                return Some(count);
            }
        }
        None
    }

    /// All measures.
    pub fn concentration(&self) -> Concentration {
        Concentration {
            total: self.total,
            parties: self.parties,
            hhi: self.hhi(),
            nakamoto: self.nakamoto(),
        }
    }

    /// `amount` as a share of the total, rounded down.
    pub fn share(&self, amount: u128) -> Perbill {
        if self.total == 0 {
            return Perbill::zero();
        }
        Perbill::from_rational_with_rounding(
            amount.min(self.total),
            self.total,
            sp_runtime::Rounding::Down,
        )
        .unwrap_or_default()
    }
}

/// A cap on the work that one provider may accept in an era.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShareCap {
    /// The largest share.
    pub cap: Perbill,
    /// It applies if at least this many providers settled work in the era before.
    pub min_active: u32,
    /// Work that is added to the mean of past eras.
    pub floor: Work,
}

/// Why a cap is refused.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    PalletError,
)]
pub enum InvalidCap {
    /// The floor is zero: a market without past work could never begin.
    FloorZero,
    /// `cap * min_active` is less than one: the providers together could not do the work.
    CapTooTight,
}

impl ShareCap {
    /// Checks that a market under the cap can work.
    ///
    /// # Errors
    ///
    /// The first violated rule, see [`InvalidCap`].
    pub fn validate(&self) -> Result<(), InvalidCap> {
        if self.floor == 0 {
            return Err(InvalidCap::FloorZero);
        }
        let together = u64::from(self.cap.deconstruct()).saturating_mul(self.min_active.into());
        if together < u64::from(Perbill::one().deconstruct()) {
            return Err(InvalidCap::CapTooTight);
        }
        Ok(())
    }
}

/// What the cap compares with in the present era, fixed at its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Reference {
    /// Mean of the accepted work of past eras.
    pub mean: Work,
    /// Providers that settled work in the era before.
    pub active: u32,
}
