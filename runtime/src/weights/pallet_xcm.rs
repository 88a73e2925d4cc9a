// SPDX-License-Identifier: Apache-2.0

//! Weights of `pallet_xcm`'s calls and of its version-notification work.
//!
//! The pallet ships figures for its own tests only, and those charge no storage proof. These are
//! upper bounds, set at about twice what public parachain runtimes measure for the same calls.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// A call that touches one or two small entries.
const SMALL: (Weight, u64, u64) = (Weight::from_parts(20_000_000, 4 * 1024), 2, 2);
/// A call that builds and sends a message, or moves assets: versions, channel state, queue pages,
/// fees, two accounts.
const MESSAGE: (Weight, u64, u64) = (Weight::from_parts(200_000_000, 16 * 1024), 12, 8);
/// A step of the work on version notifications, which walks a few entries of a map.
const NOTIFICATIONS: (Weight, u64, u64) = (Weight::from_parts(60_000_000, 32 * 1024), 10, 4);
/// A call that may have to read a full outbound queue page.
const FULL_PAGE: (Weight, u64, u64) = (Weight::from_parts(80_000_000, 128 * 1024), 8, 6);
/// Decoding a message, before its first byte.
const DECODE_BASE: Weight = Weight::from_parts(2_000_000, 0);
/// Decoding, and weighing, one byte of a message of unknown content, with a margin for nesting.
const DECODE_PER_BYTE: Weight = Weight::from_parts(100_000, 0);

/// Implements the pallet's weights over the database weights of `T`.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo<T> {
    fn cost((base, reads, writes): (Weight, u64, u64)) -> Weight {
        base.saturating_add(T::DbWeight::get().reads_writes(reads, writes))
    }
}

impl<T: frame_system::Config> pallet_xcm::WeightInfo for WeightInfo<T> {
    fn send() -> Weight {
        Self::cost(MESSAGE)
    }
    fn teleport_assets() -> Weight {
        Self::cost(MESSAGE)
    }
    fn reserve_transfer_assets() -> Weight {
        Self::cost(MESSAGE)
    }
    fn transfer_assets() -> Weight {
        Self::cost(MESSAGE)
    }
    fn execute() -> Weight {
        Self::cost(SMALL)
    }
    fn force_xcm_version() -> Weight {
        Self::cost(SMALL)
    }
    fn force_default_xcm_version() -> Weight {
        Self::cost(SMALL)
    }
    fn force_subscribe_version_notify() -> Weight {
        Self::cost(MESSAGE)
    }
    fn force_unsubscribe_version_notify() -> Weight {
        Self::cost(FULL_PAGE)
    }
    fn force_suspension() -> Weight {
        Self::cost(SMALL)
    }
    fn migrate_supported_version() -> Weight {
        Self::cost(NOTIFICATIONS)
    }
    fn migrate_version_notifiers() -> Weight {
        Self::cost(NOTIFICATIONS)
    }
    fn already_notified_target() -> Weight {
        Self::cost(NOTIFICATIONS)
    }
    fn notify_current_targets() -> Weight {
        Self::cost(FULL_PAGE)
    }
    fn notify_target_migration_fail() -> Weight {
        Self::cost(NOTIFICATIONS)
    }
    fn migrate_version_notify_targets() -> Weight {
        Self::cost(NOTIFICATIONS)
    }
    fn migrate_and_notify_old_targets() -> Weight {
        Self::cost(FULL_PAGE)
    }
    fn new_query() -> Weight {
        Self::cost(SMALL)
    }
    fn take_response() -> Weight {
        Self::cost(NOTIFICATIONS)
    }
    fn claim_assets(n: u32) -> Weight {
        Self::cost(MESSAGE).saturating_mul(u64::from(n).max(1))
    }
    fn add_authorized_alias() -> Weight {
        Self::cost(SMALL).saturating_add(Self::cost(NOTIFICATIONS))
    }
    fn remove_authorized_alias() -> Weight {
        Self::cost(SMALL).saturating_add(Self::cost(NOTIFICATIONS))
    }
    fn weigh_message(n: u32) -> Weight {
        DECODE_BASE.saturating_add(DECODE_PER_BYTE.saturating_mul(u64::from(n)))
    }
    fn decode_xcm(n: u32) -> Weight {
        DECODE_BASE.saturating_add(DECODE_PER_BYTE.saturating_mul(u64::from(n)))
    }
}
