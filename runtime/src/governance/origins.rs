// SPDX-License-Identifier: Apache-2.0

//! Origins that only a referendum can have.

pub use pallet::*;

use crate::{constants::currency::ASY, Balance};
use frame_support::traits::EnsureOrigin;

/// Most that one referendum of the treasury track may spend, in the smallest unit: 100 000 ASY.
/// Beyond it a root referendum decides.
pub const MAX_TREASURER_SPEND: Balance = 100_000 * ASY;

/// A pallet without calls or storage: it only gives the origins a place in the runtime's origin
/// type.
#[frame_support::pallet]
pub mod pallet {
    use frame_support::pallet_prelude::*;

    #[pallet::config]
    pub trait Config: frame_system::Config {}

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// What a referendum may act as, besides root.
    #[derive(
        Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
    )]
    #[pallet::origin]
    pub enum Origin {
        /// May spend up to [`MAX_TREASURER_SPEND`](super::MAX_TREASURER_SPEND) from the treasury.
        Treasurer,
    }
}

/// Ensures that the origin is [`Origin::Treasurer`]; yields the most that it may spend.
pub struct EnsureTreasurer;

impl<O: Into<Result<Origin, O>> + From<Origin>> EnsureOrigin<O> for EnsureTreasurer {
    type Success = Balance;

    fn try_origin(origin: O) -> Result<Balance, O> {
        origin.into().map(|Origin::Treasurer| MAX_TREASURER_SPEND)
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<O, ()> {
        Ok(Origin::Treasurer.into())
    }
}
