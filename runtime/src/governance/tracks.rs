// SPDX-License-Identifier: Apache-2.0

//! The referendum tracks.
//!
//! Curves and deposits are constants; periods come from [`crate::parameters`]. Approval is the
//! share of ayes among the votes, weighted by conviction. Support is the share of ayes, unweighted,
//! in all tokens that could vote. A referendum passes when it is above both curves for the whole of
//! its confirmation.

use alloc::borrow::Cow;
use pallet_referenda::{Curve, Track, TrackInfo, TracksInfo};
use sp_runtime::{str_array, FixedI64};

use super::origins;
use crate::{
    constants::currency::ASY,
    parameters::{CurrentPeriods, Periods, TrackPeriods},
    Balance, BlockNumber, OriginCaller, Runtime,
};

/// Number of the track for the root origin.
pub const ROOT_TRACK: u16 = 0;
/// Number of the track for [`origins::Origin::Treasurer`].
pub const TREASURY_TRACK: u16 = 1;

/// Deposit that starts the decision of a root referendum.
pub const ROOT_DECISION_DEPOSIT: Balance = 10_000 * ASY;
/// Deposit that starts the decision of a treasury referendum.
pub const TREASURY_DECISION_DEPOSIT: Balance = 1_000 * ASY;

/// Curves are drawn over this many units of the decision period.
const PERIOD: u128 = 14;

const fn percent(x: u128) -> FixedI64 {
    FixedI64::from_rational(x, 100)
}

/// From 100% down to 50%, passing 80% after a seventh of the period: early approval needs near
/// consensus.
const ROOT_APPROVAL: Curve =
    Curve::make_reciprocal(2, PERIOD, percent(80), percent(50), percent(100));
/// From 50% down to 5%: a root referendum never passes unseen.
const ROOT_SUPPORT: Curve = Curve::make_linear(PERIOD, PERIOD, percent(5), percent(50));
/// From 100% down to 50% in equal steps over the whole period.
const TREASURY_APPROVAL: Curve = Curve::make_linear(PERIOD, PERIOD, percent(50), percent(100));
/// From 50% down to 1%, passing 5% at the middle of the period.
const TREASURY_SUPPORT: Curve =
    Curve::make_reciprocal(7, PERIOD, percent(5), percent(1), percent(50));

/// The tracks of this runtime.
pub struct Tracks;

impl Tracks {
    /// The tracks under the given periods, sorted by number.
    fn under(periods: &Periods) -> [Track<u16, Balance, BlockNumber>; 2] {
        [
            Track {
                id: ROOT_TRACK,
                info: info(
                    "root",
                    1,
                    ROOT_DECISION_DEPOSIT,
                    &periods.root_track,
                    ROOT_APPROVAL,
                    ROOT_SUPPORT,
                ),
            },
            Track {
                id: TREASURY_TRACK,
                info: info(
                    "treasury",
                    20,
                    TREASURY_DECISION_DEPOSIT,
                    &periods.treasury_track,
                    TREASURY_APPROVAL,
                    TREASURY_SUPPORT,
                ),
            },
        ]
    }
}

fn info(
    name: &str,
    max_deciding: u32,
    decision_deposit: Balance,
    periods: &TrackPeriods,
    min_approval: Curve,
    min_support: Curve,
) -> TrackInfo<Balance, BlockNumber> {
    TrackInfo {
        name: str_array(name),
        max_deciding,
        decision_deposit,
        prepare_period: periods.prepare,
        decision_period: periods.decision,
        confirm_period: periods.confirm,
        min_enactment_period: periods.min_enactment,
        min_approval,
        min_support,
    }
}

impl TracksInfo<Balance, BlockNumber> for Tracks {
    type Id = u16;
    type RuntimeOrigin = OriginCaller;

    fn tracks() -> impl Iterator<Item = Cow<'static, Track<u16, Balance, BlockNumber>>> {
        Self::under(&CurrentPeriods::<Runtime>::get())
            .into_iter()
            .map(Cow::Owned)
    }

    // Numbers don't depend on storage.
    fn track_ids() -> impl Iterator<Item = u16> {
        [ROOT_TRACK, TREASURY_TRACK].into_iter()
    }

    fn track_for(origin: &OriginCaller) -> Result<u16, ()> {
        match origin {
            OriginCaller::system(frame_system::RawOrigin::Root) => Ok(ROOT_TRACK),
            OriginCaller::Origins(origins::Origin::Treasurer) => Ok(TREASURY_TRACK),
            _ => Err(()),
        }
    }

    // The integrity test of the referenda pallet runs without storage, which `tracks` would read.
    fn check_integrity() -> Result<(), &'static str> {
        let tracks = Self::under(&Periods::default());
        if !tracks.windows(2).all(|pair| pair[0].id < pair[1].id) {
            return Err("tracks must be sorted by number, without doubles");
        }
        if !tracks.iter().map(|track| track.id).eq(Self::track_ids()) {
            return Err("`track_ids` must list the tracks");
        }
        Ok(())
    }
}
