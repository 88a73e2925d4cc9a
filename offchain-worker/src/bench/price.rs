// SPDX-License-Identifier: Apache-2.0
//! Prices from times. A job costs what the machine would have earned elsewhere in the time that it takes, and a margin for what the time
//! does not show: fees, collateral that is locked, jobs that are lost.

use assay_circuit::CircuitCost;
use serde::Serialize;

use super::measure::ModelBench;

const NANOSECONDS_PER_HOUR: u128 = 3_600_000_000_000;

/// The price of `seconds` of a machine that is to earn `income_per_hour`, `margin_percent` added, rounded up. In the unit of the income;
/// saturates. Time that is not a positive number costs nothing.
pub fn price_of_seconds(seconds: f64, income_per_hour: u128, margin_percent: u32) -> u128 {
    // A conversion of a float saturates, and makes 0 of what is no number.
    let nanoseconds = (seconds * 1e9).ceil() as u128;
    let percent = 100 + u128::from(margin_percent);
    nanoseconds
        .saturating_mul(income_per_hour)
        .checked_mul(percent)
        .map_or(u128::MAX, |price| {
            price.div_ceil(100 * NANOSECONDS_PER_HOUR)
        })
}

/// How fast a device is, as measured on one model, to estimate others.
///
/// Running is counted by multiply-accumulates, proving by the leaves of the lookup argument, which grow with everything that a proof
/// commits to. Both are linear in the batch up to what a batch shares, so that the estimate for another model is within a small factor
/// at best: measure the models that are served.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Speed {
    /// Seconds for a multiply-accumulate of a model's run.
    pub execute_seconds_per_multiply: f64,
    /// Seconds for a leaf of the lookup argument of a proof.
    pub prove_seconds_per_leaf: f64,
}

impl Speed {
    /// From the times of one batch and its cost.
    pub fn measured(execute_seconds: f64, prove_seconds: f64, cost: &CircuitCost) -> Self {
        Self {
            execute_seconds_per_multiply: execute_seconds / cost.multiply_accumulates.max(1) as f64,
            prove_seconds_per_leaf: prove_seconds / cost.lookup_leaves.max(1) as f64,
        }
    }

    /// Seconds for running and proving a batch of this cost.
    pub fn seconds(&self, cost: &CircuitCost) -> f64 {
        self.execute_seconds_per_multiply * cost.multiply_accumulates as f64
            + self.prove_seconds_per_leaf * cost.lookup_leaves as f64
    }
}

/// A price for jobs that are proved in batches of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// Inputs of a batch.
    pub batch: u32,
    /// Price of one input.
    pub input: u128,
    /// Price of a billion units of work, of which an input has as many as multiply-accumulates.
    pub billion_work: u128,
}

impl ModelBench {
    /// Prices for each measured batch size, so that a machine that is never idle earns `income_per_hour` and the margin.
    pub fn suggest(&self, income_per_hour: u128, margin_percent: u32) -> Vec<Suggestion> {
        let suggest = |time: &super::measure::BatchTime| {
            let seconds = time.execute_seconds + time.prove_seconds;
            let batch = price_of_seconds(seconds, income_per_hour, margin_percent);
            let input = batch.div_ceil(u128::from(time.batch.max(1)));
            Suggestion {
                batch: time.batch,
                input,
                billion_work: input
                    .saturating_mul(1_000_000_000)
                    .div_ceil(u128::from(self.work_per_input.max(1))),
            }
        };
        self.times.iter().map(suggest).collect()
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::bench::BatchTime;

    const ASY: u128 = 1_000_000_000_000;

    #[test]
    fn price_an_hour_at_the_income_of_an_hour() {
        assert_eq!(price_of_seconds(3600.0, 2 * ASY, 0), 2 * ASY);
        assert_eq!(price_of_seconds(1800.0, 2 * ASY, 25), ASY * 5 / 4);
    }

    #[test]
    fn round_up_and_never_overflow() {
        assert_eq!(price_of_seconds(1e-9, 1, 0), 1);
        assert_eq!(price_of_seconds(0.0, ASY, 50), 0);
        assert_eq!(price_of_seconds(-1.0, ASY, 0), 0);
        assert_eq!(price_of_seconds(f64::NAN, ASY, 0), 0);
        assert_eq!(price_of_seconds(f64::INFINITY, u128::MAX, 0), u128::MAX);
        assert_eq!(price_of_seconds(1.0, u128::MAX, u32::MAX), u128::MAX);
    }

    #[test]
    fn ask_less_for_an_input_of_a_batch_that_shares_its_costs() {
        let time = |batch, prove_seconds| BatchTime {
            batch,
            execute_seconds: 0.5,
            prove_seconds,
            verify_seconds: 0.01,
            proof_bytes: 1000,
        };
        let bench = ModelBench {
            backend: "device".into(),
            work_per_input: 500_000_000,
            parameters: 1,
            load_seconds: 1.0,
            times: vec![time(1, 3.1), time(64, 35.5)],
        };
        let suggestions = bench.suggest(3600 * ASY, 0);
        // 3.6 s for one; 36 s for 64.
        assert_eq!(suggestions[0].input, 36 * ASY / 10);
        assert_eq!(suggestions[0].billion_work, 72 * ASY / 10);
        assert_eq!(suggestions[1].input, 36 * ASY / 64);
        assert!(suggestions[1].billion_work < suggestions[0].billion_work);
    }

    #[test]
    fn estimate_the_measured_model_exactly() {
        let model = crate::executor::probe_model();
        let cost = |batch| model.circuit().cost(batch).expect("a valid batch");
        let speed = Speed::measured(0.25, 2.0, &cost(1));
        assert!((speed.seconds(&cost(1)) - 2.25).abs() < 1e-9);
        assert!(speed.seconds(&cost(8)) > 8.0 * 0.25);
    }
}
