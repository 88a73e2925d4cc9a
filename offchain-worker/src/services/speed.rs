// SPDX-License-Identifier: Apache-2.0
//! How fast blocks come, and how fast this machine is, from measurements. Pure.
//!
//! Time decides nothing about deadlines, which are blocks; it only predicts in how many blocks something will be done.

use std::{collections::BTreeMap, time::Duration};

use assay_client::types::BlockNumber;

/// Weight of the newest measurement in a moving average.
const WEIGHT: f64 = 0.25;
/// Before anything is measured: fast blocks, so that too much isn't promised.
const FIRST_GUESS: f64 = 1.0;
/// The shortest time of a block that is believed: while a node catches up they come faster.
const SHORTEST: f64 = 0.2;
/// The longest: while a node is gone they don't come.
const LONGEST: f64 = 60.0;

fn average(old: Option<f64>, new: f64) -> f64 {
    old.map_or(new, |old| old + WEIGHT * (new - old))
}

/// Seconds a block.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    last: Option<(BlockNumber, Duration)>,
    seconds: Option<f64>,
}

impl Pace {
    /// A best block was seen at a time of a monotonic clock.
    pub fn note(&mut self, block: BlockNumber, at: Duration) {
        if let Some((last, before)) = self.last {
            if block <= last {
                return;
            }
            let seconds = at.saturating_sub(before).as_secs_f64() / f64::from(block - last);
            self.seconds = Some(average(self.seconds, seconds.clamp(SHORTEST, LONGEST)));
        }
        self.last = Some((block, at));
    }

    /// The moving average.
    pub fn seconds(&self) -> f64 {
        self.seconds.unwrap_or(FIRST_GUESS)
    }
}

/// How fast a model runs here.
#[derive(Clone, Debug, Default)]
pub struct Speed {
    execute: Option<f64>,
    prove: BTreeMap<u32, f64>,
}

impl Speed {
    /// So many inputs were executed in so many seconds.
    pub fn note_execution(&mut self, inputs: u32, seconds: f64) {
        let each = seconds / f64::from(inputs.max(1));
        self.execute = Some(average(self.execute, each));
    }

    /// A proof over so many inputs took so many seconds.
    pub fn note_proof(&mut self, inputs: u32, seconds: f64) {
        let padded = inputs.next_power_of_two();
        let old = self.prove.get(&padded).copied();
        self.prove.insert(padded, average(old, seconds));
    }

    /// Seconds to execute and prove so many inputs as one batch. `None` before anything is measured.
    ///
    /// A batch is padded to a power of two. What isn't measured follows from the nearest size that is: proofs of larger batches take at
    /// most proportionally longer, those of smaller ones at most as long.
    pub fn expect(&self, inputs: u32) -> Option<f64> {
        let padded = inputs.next_power_of_two();
        let prove = match self.prove.range(padded..).next() {
            Some((_, seconds)) => *seconds,
            None => {
                let (size, seconds) = self.prove.last_key_value()?;
                seconds * f64::from(padded) / f64::from(*size)
            }
        };
        Some(prove + self.execute? * f64::from(inputs))
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn follow_the_pace_of_blocks() {
        let mut pace = Pace::default();
        assert_eq!(pace.seconds(), FIRST_GUESS);
        for block in 0..50u32 {
            pace.note(block, Duration::from_secs(6 * u64::from(block)));
        }
        assert!((pace.seconds() - 6.0).abs() < 1e-6);
        // Reorganisations don't turn it.
        pace.note(3, Duration::from_secs(1_000));
        assert!((pace.seconds() - 6.0).abs() < 1e-6);
    }

    #[test]
    fn not_be_fooled_by_catching_up_or_by_an_outage() {
        let mut pace = Pace::default();
        pace.note(1, Duration::ZERO);
        pace.note(1_000, Duration::from_secs(1));
        assert_eq!(pace.seconds(), SHORTEST);
        let mut pace = Pace::default();
        pace.note(1, Duration::ZERO);
        pace.note(2, Duration::from_secs(100_000));
        assert_eq!(pace.seconds(), LONGEST);
    }

    #[test]
    fn expect_what_was_measured_or_more() {
        let mut speed = Speed::default();
        assert_eq!(speed.expect(1), None);
        speed.note_execution(10, 5.0);
        speed.note_proof(3, 8.0);
        assert_eq!(speed.expect(4), Some(8.0 + 2.0));
        assert_eq!(speed.expect(1), Some(8.0 + 0.5));
        assert_eq!(speed.expect(8), Some(16.0 + 4.0));
        speed.note_proof(1, 2.0);
        assert_eq!(speed.expect(1), Some(2.0 + 0.5));
    }
}
