// SPDX-License-Identifier: Apache-2.0
//! The market's parameters: their ranges and the relations between them.

use assay_pallet_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::PalletError;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::traits::AtLeast32BitUnsigned;

/// The most auctions of one job.
pub const MAX_AUCTIONS: u32 = 16;
/// Blocks of the longest auction and the longest life of a receipt: ten years of 6-second blocks.
pub const MAX_PERIOD: u32 = 10 * 365 * 24 * 60 * 10;

/// What governance can set. A change applies to jobs that are posted, accepted or settled later.
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
pub struct MarketParameters<BlockNumber> {
    /// The least price of a job.
    pub min_price: Balance,
    /// Paid to the treasury for each job posted.
    pub posting_fee: Balance,
    /// Paid to who expires a job, by its requester.
    pub expiry_reward: Balance,
    /// Blocks of the longest auction.
    pub max_auction: BlockNumber,
    /// The most auctions of a job.
    pub max_auctions: u32,
    /// Blocks of the shortest proof window. Four times the number of collators, if that is more.
    pub min_proof_window: BlockNumber,
    /// Blocks of the longest proof window.
    pub max_proof_window: BlockNumber,
    /// Blocks after the proof window in which a proof still counts.
    pub grace: BlockNumber,
    /// The most congested blocks by which a deadline moves.
    pub max_extension: BlockNumber,
    /// Blocks for which receipts stay.
    pub receipt_lifetime: BlockNumber,
}

impl<BlockNumber: From<u32>> Default for MarketParameters<BlockNumber> {
    /// For 6-second blocks and a token of 12 decimals: auctions of up to a day, proofs within 4 minutes to 6 hours, receipts for 30 days.
    fn default() -> Self {
        Self {
            min_price: 1_000_000,
            posting_fee: 1_000_000_000,
            expiry_reward: 1_000_000_000,
            max_auction: 14_400.into(),
            max_auctions: 3,
            min_proof_window: 40.into(),
            max_proof_window: 3_600.into(),
            grace: 20.into(),
            max_extension: 300.into(),
            receipt_lifetime: 432_000.into(),
        }
    }
}

/// Why parameters are refused.
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
pub enum InvalidParameters {
    /// A price, fee or reward is zero, so that jobs without end could be posted for nothing.
    Free,
    /// A period is zero or longer than [`MAX_PERIOD`].
    PeriodOutOfRange,
    /// A job has no auction, or more than [`MAX_AUCTIONS`].
    AuctionsOutOfRange,
    /// The shortest proof window is longer than the longest.
    WindowsCrossed,
    /// A job could last longer than the stake behind it stays.
    JobTooLong,
}

impl<BlockNumber: AtLeast32BitUnsigned + Copy> MarketParameters<BlockNumber> {
    /// Checks ranges and relations, for a chain on which a job lasts at most `max_job_duration` blocks from acceptance.
    ///
    /// # Errors
    ///
    /// The first violated rule, see [`InvalidParameters`].
    pub fn validate(&self, max_job_duration: BlockNumber) -> Result<(), InvalidParameters> {
        use InvalidParameters::*;
        let check = |holds: bool, reason| if holds { Ok(()) } else { Err(reason) };

        let amounts = [self.min_price, self.posting_fee, self.expiry_reward];
        check(!amounts.contains(&0), Free)?;
        let periods = [
            self.max_auction,
            self.min_proof_window,
            self.grace,
            self.receipt_lifetime,
        ];
        let in_range = |p: &BlockNumber| (BlockNumber::one()..=MAX_PERIOD.into()).contains(p);
        check(periods.iter().all(in_range), PeriodOutOfRange)?;
        let auctions = 1..=MAX_AUCTIONS;
        check(auctions.contains(&self.max_auctions), AuctionsOutOfRange)?;
        check(
            self.min_proof_window <= self.max_proof_window,
            WindowsCrossed,
        )?;
        let longest = self
            .max_proof_window
            .saturating_add(self.grace)
            .saturating_add(self.max_extension);
        // The block after the last one, in which the job is expired at the earliest, is part of it.
        check(longest < max_job_duration, JobTooLong)
    }
}
