// SPDX-License-Identifier: Apache-2.0
//! Whether a job is worth taking now. Pure.
//!
//! The price of a job in auction only rises, and whoever accepts first has it. So waiting for a better price than one's own floor loses
//! the job to anybody whose floor is lower, and the worker accepts as soon as price and bounty reach its floor: the larger of the least
//! price, the price of the work, and what makes the fees a small part of it. Work is a model's cost in multiply-accumulate operations,
//! as the chain counts it.

use assay_client::types::{Balance, BlockNumber, OpenJob, Work};

use super::schedule::{fits, Task};
use crate::config::Pricing;

/// Work for which `floor_per_billion_work` is asked.
const BILLION: u128 = 1_000_000_000;

/// A job in auction, with what the worker knows of it besides.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// As the chain says after the best block.
    pub job: &'a OpenJob,
    /// Expected seconds to execute and prove it by itself. `None` if nothing was measured.
    pub seconds: Option<f64>,
    /// What accepting and proving it cost at most in fees.
    pub fees: Balance,
}

/// What it meets.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// The best block.
    pub best: BlockNumber,
    /// Seconds a block.
    pub block_seconds: f64,
    /// What was promised already.
    pub tasks: &'a [Task],
    /// Jobs that may still be accepted.
    pub free_slots: u32,
    /// The largest collateral that the provider can still lock.
    pub free_collateral: Balance,
    /// What the signing account can spend on fees.
    pub balance: Balance,
}

/// Why a job isn't taken, whatever its price becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decline {
    /// Even its highest price is below the floor.
    PriceBelowFloor,
    /// It asks for more collateral than is configured.
    CollateralAboveLimit,
    /// Nothing has been measured, so that nothing can be promised.
    SpeedUnknown,
    /// Even alone it would not be done before its deadline.
    TooSlow,
}

impl Decline {
    /// Its name in logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::PriceBelowFloor => "price_below_floor",
            Self::CollateralAboveLimit => "collateral_above_limit",
            Self::SpeedUnknown => "speed_unknown",
            Self::TooSlow => "too_slow",
        }
    }
}

/// Why a job isn't taken in this block, but perhaps in a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The price has not reached the floor. It will after about so many blocks, if the ramp ends with the auction or before.
    Price,
    /// As many jobs are open as are configured.
    NoSlot,
    /// Other jobs need the time.
    Busy,
    /// The provider's free stake is too small.
    NoCollateral,
    /// The signing account can't pay the fees.
    NoFees,
}

impl Hold {
    /// Its name in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::NoSlot => "no_slot",
            Self::Busy => "busy",
            Self::NoCollateral => "no_collateral",
            Self::NoFees => "no_fees",
        }
    }
}

/// What to do about a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Accept it, at this price (without the bounty) or more.
    Accept {
        /// The least price for which it is worth it, so that the acceptance doesn't fail in an earlier block after a reorganisation.
        min_price: Balance,
    },
    /// Look again in the next block.
    Hold(Hold),
    /// Forget it.
    Decline(Decline),
}

/// The least sum of price and bounty for which a job is taken.
pub fn floor(pricing: &Pricing, work: Work, fees: Balance) -> Balance {
    let per_billion = pricing.floor_per_billion_work.0;
    let for_work = work.saturating_mul(per_billion).div_ceil(BILLION);
    let percent = Balance::from(pricing.max_fee_percent.max(1));
    let for_fees = fees.saturating_mul(100).div_ceil(percent);
    pricing.min_price.0.max(for_work).max(for_fees)
}

/// Decides.
pub fn judge(pricing: &Pricing, offer: &Offer<'_>, situation: &Situation<'_>) -> Verdict {
    let job = offer.job;
    let floor = floor(pricing, job.work, offer.fees);
    if job.max_price.saturating_add(job.bounty) < floor {
        return Verdict::Decline(Decline::PriceBelowFloor);
    }
    if job.collateral > pricing.max_collateral.0 {
        return Verdict::Decline(Decline::CollateralAboveLimit);
    }
    let Some(seconds) = offer.seconds else {
        return Verdict::Decline(Decline::SpeedUnknown);
    };
    // It can be accepted in the next block at the earliest, and the deadline counts from there.
    let accepted = situation.best.saturating_add(1);
    let task = Task {
        deadline: accepted.saturating_add(job.proof_window),
        seconds,
    };
    let fit = |tasks: &mut [Task]| {
        fits(
            tasks,
            accepted,
            pricing.safety_margin,
            situation.block_seconds,
        )
    };
    if !fit(&mut [task]) {
        return Verdict::Decline(Decline::TooSlow);
    }
    if job.price.saturating_add(job.bounty) < floor {
        return Verdict::Hold(Hold::Price);
    }
    if situation.free_slots == 0 {
        return Verdict::Hold(Hold::NoSlot);
    }
    if situation.free_collateral < job.collateral {
        return Verdict::Hold(Hold::NoCollateral);
    }
    if situation.balance < offer.fees {
        return Verdict::Hold(Hold::NoFees);
    }
    let mut tasks = situation.tasks.to_vec();
    tasks.push(task);
    if !fit(&mut tasks) {
        return Verdict::Hold(Hold::Busy);
    }
    Verdict::Accept {
        min_price: floor.saturating_sub(job.bounty),
    }
}

/// Which of two offers to take first: the one that pays more for a second of this machine's time.
pub fn worth(offer: &Offer<'_>) -> f64 {
    let income = offer.job.price.saturating_add(offer.job.bounty);
    let profit = income.saturating_sub(offer.fees) as f64;
    profit / offer.seconds.unwrap_or(f64::INFINITY).max(1e-6)
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::config::Amount;

    fn pricing() -> Pricing {
        Pricing {
            floor_per_billion_work: Amount(1_000),
            min_price: Amount(50),
            max_collateral: Amount(10_000),
            safety_margin: 2,
            max_fee_percent: 50,
        }
    }

    fn open() -> OpenJob {
        OpenJob {
            job: 1,
            price: 200,
            bounty: 0,
            max_price: 400,
            collateral: 800,
            inputs: 1,
            work: 100_000_000,
            auction_ends: 150,
            proof_window: 20,
        }
    }

    fn situation(tasks: &[Task]) -> Situation<'_> {
        Situation {
            best: 100,
            block_seconds: 6.0,
            tasks,
            free_slots: 1,
            free_collateral: 800,
            balance: 1_000,
        }
    }

    fn judge_job(job: &OpenJob, change: impl FnOnce(&mut Situation<'_>)) -> Verdict {
        let offer = Offer {
            job,
            seconds: Some(60.0),
            fees: 10,
        };
        let mut situation = situation(&[]);
        change(&mut situation);
        judge(&pricing(), &offer, &situation)
    }

    #[test]
    fn ask_for_the_work_the_least_price_and_the_fees() {
        assert_eq!(floor(&pricing(), 100_000_000, 10), 100);
        assert_eq!(floor(&pricing(), 1, 10), 50);
        assert_eq!(floor(&pricing(), 1, 60), 120);
        assert_eq!(floor(&pricing(), u128::MAX, u128::MAX), u128::MAX / 50 + 1);
    }

    #[test]
    fn accept_at_the_floor_not_at_the_price() {
        let verdict = judge_job(&open(), |_| ());
        assert_eq!(verdict, Verdict::Accept { min_price: 100 });
        let mut job = open();
        job.bounty = 30;
        let verdict = judge_job(&job, |_| ());
        assert_eq!(verdict, Verdict::Accept { min_price: 70 });
    }

    #[test]
    fn wait_for_the_ramp_only_if_it_gets_there() {
        let mut job = open();
        job.price = 99;
        assert_eq!(judge_job(&job, |_| ()), Verdict::Hold(Hold::Price));
        job.max_price = 99;
        let verdict = judge_job(&job, |_| ());
        assert_eq!(verdict, Verdict::Decline(Decline::PriceBelowFloor));
        job.bounty = 1;
        let verdict = judge_job(&job, |_| ());
        assert_eq!(verdict, Verdict::Accept { min_price: 99 });
    }

    #[test]
    fn hold_when_something_is_short() {
        let hold = |change: fn(&mut Situation<'_>)| judge_job(&open(), change);
        let verdict = hold(|situation| situation.free_slots = 0);
        assert_eq!(verdict, Verdict::Hold(Hold::NoSlot));
        let verdict = hold(|situation| situation.free_collateral = 799);
        assert_eq!(verdict, Verdict::Hold(Hold::NoCollateral));
        let verdict = hold(|situation| situation.balance = 9);
        assert_eq!(verdict, Verdict::Hold(Hold::NoFees));
    }

    #[test]
    fn not_promise_what_does_not_fit() {
        // 60 s are 10 blocks, with a margin of 2.
        let mut job = open();
        job.proof_window = 12;
        assert!(matches!(judge_job(&job, |_| ()), Verdict::Accept { .. }));
        job.proof_window = 11;
        let verdict = judge_job(&job, |_| ());
        assert_eq!(verdict, Verdict::Decline(Decline::TooSlow));
        let others = [Task {
            deadline: 200,
            seconds: 570.0,
        }];
        let verdict = judge(
            &pricing(),
            &Offer {
                job: &open(),
                seconds: Some(60.0),
                fees: 10,
            },
            &situation(&others),
        );
        assert_eq!(verdict, Verdict::Hold(Hold::Busy));
    }

    #[test]
    fn decline_what_is_unknown_or_above_the_limit() {
        let mut job = open();
        job.collateral = 10_001;
        let verdict = judge_job(&job, |_| ());
        assert_eq!(verdict, Verdict::Decline(Decline::CollateralAboveLimit));
        let offer = Offer {
            job: &open(),
            seconds: None,
            fees: 10,
        };
        let verdict = judge(&pricing(), &offer, &situation(&[]));
        assert_eq!(verdict, Verdict::Decline(Decline::SpeedUnknown));
    }

    #[test]
    fn prefer_what_pays_more_for_a_second() {
        let (cheap, dear) = (open(), open());
        let offer = |job, seconds| Offer {
            job,
            seconds: Some(seconds),
            fees: 10,
        };
        assert!(worth(&offer(&cheap, 1.0)) > worth(&offer(&dear, 2.0)));
    }
}
