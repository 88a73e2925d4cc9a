// SPDX-License-Identifier: Apache-2.0
//! The economic parameters of the chain: their ranges and the relations between them.

use assay_pallet_primitives::{Balance, EraIndex, LockedCollateral};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::PalletError;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::AtLeast32BitUnsigned, FixedU128, Perbill};

/// Most eras that one job touches. It bounds the unbonding pools that a slash visits.
pub const MAX_ERAS_PER_JOB: u32 = 32;
/// The largest bounty, as a part of the slash. With more, a staller's second account could profit from its default.
pub const MAX_BOUNTY_SHARE: Perbill = Perbill::from_percent(25);
/// The largest protocol fee.
pub const MAX_PROTOCOL_FEE: Perbill = Perbill::from_percent(20);
/// The largest part of the collateral that one failed proof costs.
pub const MAX_INVALID_PROOF_SHARE: Perbill = Perbill::from_percent(50);
/// The largest ratio of collateral to price.
pub const MAX_COLLATERAL_RATIO: FixedU128 = FixedU128::from_u32(100);
/// The smallest ratio of collateral to price: the delegated part excepted, a provider risks at least this.
pub const MIN_COLLATERAL_RATIO: FixedU128 = FixedU128::from_rational(1, 10);
/// The least minimum of a delegation, so that a share is worth more than what rounding costs.
pub const LEAST_MIN_DELEGATION: Balance = 1_000;
/// The longest delay of a commission change, in eras.
pub const MAX_COMMISSION_DELAY: EraIndex = 1_000;
/// Blocks in the longest era, the longest unbonding and the longest stay in jail: a year of 6-second blocks.
pub const MAX_PERIOD: u32 = 365 * 24 * 60 * 10;

/// What governance can set.
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
pub struct EconomicParameters<BlockNumber> {
    /// Blocks in an era. A change applies from the next era on.
    pub era_length: BlockNumber,
    /// Blocks from leaving a pool to being paid out. A change applies to what leaves later.
    pub unbonding_period: BlockNumber,
    /// The least own bond of a provider that accepts jobs.
    pub min_self_bond: Balance,
    /// The least delegation.
    pub min_delegation: Balance,
    /// The least collateral of a job.
    pub collateral_floor: Balance,
    /// Collateral per unit of price.
    pub collateral_ratio: FixedU128,
    /// Part of the collateral that compensates the requester, who never receives more than the price.
    pub compensation_share: Perbill,
    /// Part of a slash that raises the price of the job's next auction.
    pub bounty_share: Perbill,
    /// Part of the collateral that a failed proof costs.
    pub invalid_proof_share: Perbill,
    /// Part of each payment that goes to the treasury.
    pub protocol_fee: Perbill,
    /// The largest commission. Larger ones that were set before count as this.
    pub max_commission: Perbill,
    /// The most by which one change raises a commission.
    pub max_commission_step: Perbill,
    /// Eras from announcing a commission to its application.
    pub commission_delay: EraIndex,
    /// Faults within one window that jail a provider.
    pub fault_threshold: u32,
    /// Eras in a window in which faults are counted.
    pub fault_window: EraIndex,
    /// Blocks that a provider stays in jail at least.
    pub jail_period: BlockNumber,
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
    /// A period is zero or longer than [`MAX_PERIOD`], or a count of eras or faults is zero or too large.
    PeriodOutOfRange,
    /// A job could span more than [`MAX_ERAS_PER_JOB`] eras.
    EraTooShort,
    /// Stake could leave before a job that it stands behind is settled.
    UnbondingTooShort,
    /// The minimum of a delegation is below [`LEAST_MIN_DELEGATION`], or another minimum is zero.
    MinimumTooLow,
    /// The ratio of collateral to price is outside `MIN_COLLATERAL_RATIO..=MAX_COLLATERAL_RATIO`.
    CollateralRatioOutOfRange,
    /// The bounty exceeds a quarter of a slash.
    BountyTooLarge,
    /// A failed proof would cost nothing, or more than half of the collateral.
    InvalidProofShareOutOfRange,
    /// Compensation, bounty and one failed proof together exceed the collateral.
    SharesExceedCollateral,
    /// The protocol fee is zero, so that trading with oneself is free, or above [`MAX_PROTOCOL_FEE`].
    ProtocolFeeOutOfRange,
    /// Commissions could never rise.
    CommissionStepZero,
}

impl<BlockNumber: AtLeast32BitUnsigned + Copy> EconomicParameters<BlockNumber> {
    /// Checks ranges and relations, for a chain on which a job lasts at most `max_job_duration` blocks.
    ///
    /// # Errors
    ///
    /// The first violated rule, see [`InvalidParameters`].
    pub fn validate(&self, max_job_duration: BlockNumber) -> Result<(), InvalidParameters> {
        use InvalidParameters::*;
        let check = |holds: bool, reason| if holds { Ok(()) } else { Err(reason) };

        let periods = [self.era_length, self.unbonding_period, self.jail_period];
        let in_range = |p: &BlockNumber| (BlockNumber::one()..=MAX_PERIOD.into()).contains(p);
        check(periods.iter().all(in_range), PeriodOutOfRange)?;
        let counts = [
            self.commission_delay,
            self.fault_threshold,
            self.fault_window,
        ];
        let in_range = |count: &u32| (1..=MAX_COMMISSION_DELAY).contains(count);
        check(counts.iter().all(in_range), PeriodOutOfRange)?;

        let longest = self
            .era_length
            .saturating_mul((MAX_ERAS_PER_JOB - 1).into());
        check(longest >= max_job_duration, EraTooShort)?;
        let needed = max_job_duration.saturating_add(self.era_length);
        check(self.unbonding_period >= needed, UnbondingTooShort)?;

        let minima = [self.min_self_bond, self.collateral_floor];
        check(minima.iter().all(|m| *m > 0), MinimumTooLow)?;
        check(self.min_delegation >= LEAST_MIN_DELEGATION, MinimumTooLow)?;
        let ratios = MIN_COLLATERAL_RATIO..=MAX_COLLATERAL_RATIO;
        check(
            ratios.contains(&self.collateral_ratio),
            CollateralRatioOutOfRange,
        )?;

        check(self.bounty_share <= MAX_BOUNTY_SHARE, BountyTooLarge)?;
        let invalid = self.invalid_proof_share;
        check(
            !invalid.is_zero() && invalid <= MAX_INVALID_PROOF_SHARE,
            InvalidProofShareOutOfRange,
        )?;
        let shares = [self.compensation_share, self.bounty_share, invalid];
        let sum: u64 = shares.iter().map(|s| u64::from(s.deconstruct())).sum();
        check(
            sum <= Perbill::one().deconstruct().into(),
            SharesExceedCollateral,
        )?;

        let fee = self.protocol_fee;
        check(
            !fee.is_zero() && fee <= MAX_PROTOCOL_FEE,
            ProtocolFeeOutOfRange,
        )?;
        check(!self.max_commission_step.is_zero(), CommissionStepZero)
    }

    /// The collateral of a job: `max(floor, ceil(ratio * price), min_collateral)`. Saturates.
    pub fn collateral(&self, price: Balance, min_collateral: Balance) -> Balance {
        let ratio = self.collateral_ratio.into_inner();
        let by_price = crate::fixed::mul_div_up(price, ratio, crate::fixed::ONE);
        by_price
            .unwrap_or(Balance::MAX)
            .max(self.collateral_floor)
            .max(min_collateral)
    }

    /// The part of a collateral of `total` that must be the provider's own: what a fault can pay to others than the treasury, and
    /// one failed proof. At most `total`.
    pub fn own_part(&self, total: Balance, price: Balance) -> Balance {
        self.compensation_share
            .mul_ceil(total)
            .min(price)
            .saturating_add(self.bounty_share.mul_ceil(total))
            .saturating_add(self.invalid_proof_share.mul_ceil(total))
            .min(total)
    }

    /// What the requester is owed at most when a job with this collateral fails: never more than the price.
    pub fn compensation<AccountId>(&self, lock: &LockedCollateral<AccountId, Balance>) -> Balance {
        self.compensation_share
            .mul_floor(lock.total)
            .min(lock.price)
    }

    /// [`own_part`](Self::own_part) per unit of collateral at most, which is when the price doesn't limit the compensation.
    pub fn largest_own_share(&self) -> Perbill {
        let shares = [
            self.compensation_share,
            self.bounty_share,
            self.invalid_proof_share,
        ];
        shares.into_iter().fold(Perbill::zero(), |sum, s| {
            Perbill::from_parts(sum.deconstruct().saturating_add(s.deconstruct()))
        })
    }
}

impl<BlockNumber: From<u32>> Default for EconomicParameters<BlockNumber> {
    /// Values for a chain with 12 decimals and a block every 6 seconds.
    fn default() -> Self {
        const UNIT: Balance = 1_000_000_000_000;
        const DAY: u32 = 14_400;
        Self {
            era_length: DAY.into(),
            unbonding_period: (14 * DAY).into(),
            min_self_bond: 1_000 * UNIT,
            min_delegation: 10 * UNIT,
            collateral_floor: UNIT,
            collateral_ratio: FixedU128::from_u32(4),
            compensation_share: Perbill::from_percent(25),
            bounty_share: Perbill::from_percent(10),
            invalid_proof_share: Perbill::from_percent(10),
            protocol_fee: Perbill::from_percent(2),
            max_commission: Perbill::from_percent(50),
            max_commission_step: Perbill::from_percent(5),
            commission_delay: 7,
            fault_threshold: 5,
            fault_window: 7,
            jail_period: DAY.into(),
        }
    }
}
