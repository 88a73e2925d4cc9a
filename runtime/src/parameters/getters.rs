// SPDX-License-Identifier: Apache-2.0

//! The stored parameters as [`Get`] types, for the configurations of other pallets.

use core::marker::PhantomData;
use frame_support::traits::Get;
use xcm::latest::NetworkId;

use super::{Config, CurrentPeriods, MaxJobDuration, RelayNetwork};
use crate::BlockNumber;

macro_rules! period_getters {
    ($( $(#[$doc:meta])* $name:ident = $field:ident; )*) => { $(
        $(#[$doc])*
        pub struct $name<T>(PhantomData<T>);

        impl<T: Config> Get<BlockNumber> for $name<T> {
            fn get() -> BlockNumber {
                CurrentPeriods::<T>::get().$field
            }
        }
    )* };
}

period_getters! {
    /// Length of a session, in blocks.
    SessionLength = session;
    /// Time between two rounds of local treasury spends, in blocks.
    TreasurySpendPeriod = treasury_spend;
    /// Time within which a treasury spend must be claimed, in blocks.
    TreasuryPayoutPeriod = treasury_payout;
    /// Time that a vote of conviction 1 locks its tokens, in blocks.
    VoteLockingPeriod = vote_locking;
    /// Time after which an undecided referendum may be removed, in blocks.
    UndecidingTimeout = undeciding_timeout;
}

/// The most blocks that a job may last, from acceptance to expiry.
pub struct LongestJob<T>(PhantomData<T>);

impl<T: Config> Get<BlockNumber> for LongestJob<T> {
    fn get() -> BlockNumber {
        MaxJobDuration::<T>::get()
    }
}

/// The relay chain that this parachain belongs to.
pub struct RelayNetworkId<T>(PhantomData<T>);

impl<T: Config> Get<NetworkId> for RelayNetworkId<T> {
    fn get() -> NetworkId {
        RelayNetwork::<T>::get()
    }
}

impl<T: Config> Get<Option<NetworkId>> for RelayNetworkId<T> {
    fn get() -> Option<NetworkId> {
        Some(RelayNetwork::<T>::get())
    }
}
