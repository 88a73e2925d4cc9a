// SPDX-License-Identifier: Apache-2.0

//! The periods and their invariants.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    constants::time::{DAYS, HOURS, MINUTES},
    BlockNumber,
};

/// Shortest session, in blocks. Collators need a few blocks to notice that a session began.
pub const MIN_SESSION: BlockNumber = 5;
/// Longest session, in blocks. A collator that stops is only replaced at the end of one.
pub const MAX_SESSION: BlockNumber = 14 * DAYS;
/// Longest of the other periods, in blocks. It also keeps sums of a few of them far from overflow.
pub const MAX_PERIOD: BlockNumber = 365 * DAYS;

/// The periods of one referendum track, in blocks.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    Debug,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrackPeriods {
    /// Time between submission and the earliest start of the decision.
    pub prepare: BlockNumber,
    /// Longest time that a decision may take.
    pub decision: BlockNumber,
    /// Time that a referendum must hold its majority before it passes.
    pub confirm: BlockNumber,
    /// Least time between approval and enactment.
    pub min_enactment: BlockNumber,
}

/// All periods of the chain, in parachain blocks.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    Debug,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Periods {
    /// Length of a session: the set of collators and their keys change only between sessions. A
    /// candidate that authors no block for this long is removed.
    pub session: BlockNumber,
    /// Time between two rounds of the treasury's deprecated local spends.
    pub treasury_spend: BlockNumber,
    /// Time within which an approved treasury spend must be claimed.
    pub treasury_payout: BlockNumber,
    /// How long a vote of conviction 1 locks its tokens after the referendum ended; higher
    /// convictions are multiples of it.
    pub vote_locking: BlockNumber,
    /// Time after which a referendum whose decision never began may be removed.
    pub undeciding_timeout: BlockNumber,
    /// Periods of the root track.
    pub root_track: TrackPeriods,
    /// Periods of the treasury track.
    pub treasury_track: TrackPeriods,
}

impl Default for Periods {
    /// The main network's periods.
    fn default() -> Self {
        Self {
            session: 6 * HOURS,
            treasury_spend: 7 * DAYS,
            treasury_payout: 30 * DAYS,
            vote_locking: 7 * DAYS,
            undeciding_timeout: 14 * DAYS,
            root_track: TrackPeriods {
                prepare: 2 * HOURS,
                decision: 14 * DAYS,
                confirm: 24 * HOURS,
                min_enactment: 24 * HOURS,
            },
            treasury_track: TrackPeriods {
                prepare: 2 * HOURS,
                decision: 14 * DAYS,
                confirm: 24 * HOURS,
                min_enactment: 10 * MINUTES,
            },
        }
    }
}

/// Why a set of periods is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvalidPeriods {
    /// The session is outside `MIN_SESSION..=MAX_SESSION`.
    SessionOutOfRange,
    /// Another period is outside `1..=MAX_PERIOD`.
    PeriodOutOfRange,
    /// A track's confirmation is longer than its decision, so nothing could pass after the first
    /// part of the decision.
    ConfirmationExceedsDecision,
    /// The vote lock is shorter than a track's enactment, so voters could leave before the
    /// consequences of their vote.
    VoteLockBelowEnactment,
    /// The timeout is not longer than a track's preparation, so a referendum could be removed
    /// before it can be decided.
    TimeoutWithinPreparation,
}

impl Periods {
    /// Checks every period's range and the relations between them.
    ///
    /// # Errors
    ///
    /// The first violated rule, see [`InvalidPeriods`].
    pub fn validate(&self) -> Result<(), InvalidPeriods> {
        if !(MIN_SESSION..=MAX_SESSION).contains(&self.session) {
            return Err(InvalidPeriods::SessionOutOfRange);
        }
        let tracks = [&self.root_track, &self.treasury_track];
        let of_tracks = tracks
            .iter()
            .flat_map(|t| [t.prepare, t.decision, t.confirm, t.min_enactment]);
        let mut others = [
            self.treasury_spend,
            self.treasury_payout,
            self.vote_locking,
            self.undeciding_timeout,
        ]
        .into_iter()
        .chain(of_tracks);
        if others.any(|period| !(1..=MAX_PERIOD).contains(&period)) {
            return Err(InvalidPeriods::PeriodOutOfRange);
        }
        if tracks.iter().any(|t| t.confirm > t.decision) {
            return Err(InvalidPeriods::ConfirmationExceedsDecision);
        }
        if tracks.iter().any(|t| self.vote_locking < t.min_enactment) {
            return Err(InvalidPeriods::VoteLockBelowEnactment);
        }
        if tracks.iter().any(|t| self.undeciding_timeout <= t.prepare) {
            return Err(InvalidPeriods::TimeoutWithinPreparation);
        }
        Ok(())
    }
}
