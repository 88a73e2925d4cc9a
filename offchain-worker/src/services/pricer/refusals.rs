// SPDX-License-Identifier: Apache-2.0
//! Acceptances that failed in a block, and how long none is tried after them: each costs a fee. Pure.

use std::collections::BTreeMap;

use assay_client::types::{BlockNumber, JobId};

/// The most jobs that are remembered.
const REMEMBERED: usize = 1_000;
/// The longest pause, in blocks.
const LONGEST: BlockNumber = 256;

/// Errors of the market that say that somebody was faster, or that the job is over.
const RACES: [&str; 4] = ["NotOpen", "UnknownJob", "AuctionOver", "ModelBarred"];

/// A pause, twice as long each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pause {
    count: u32,
    until: BlockNumber,
}

impl Pause {
    fn again(self, best: BlockNumber) -> Self {
        let blocks = 4u32
            .checked_shl(self.count)
            .map_or(LONGEST, |blocks| blocks.min(LONGEST));
        Self {
            count: self.count.saturating_add(1).min(16),
            until: best.saturating_add(blocks),
        }
    }
}

/// What failed.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    jobs: BTreeMap<JobId, Pause>,
    all: Pause,
}

impl Refusals {
    /// The acceptance of a job failed in a block for this reason. If it was no lost race, the next one may fail as well, whatever the
    /// job: the provider's share of the work may be capped, or its stake gone.
    pub fn note(&mut self, job: JobId, reason: &str, best: BlockNumber) {
        if self.jobs.len() >= REMEMBERED {
            self.jobs.pop_first();
        }
        let pause = self.jobs.entry(job).or_default();
        *pause = pause.again(best);
        if !RACES.iter().any(|race| reason.contains(race)) {
            self.all = self.all.again(best);
        }
    }

    /// An acceptance succeeded.
    pub fn forget(&mut self, job: JobId) {
        self.jobs.remove(&job);
        self.all = Pause::default();
    }

    /// Whether accepting a job may be tried.
    pub fn allow(&self, job: JobId, best: BlockNumber) -> bool {
        let of_job = self.jobs.get(&job).map_or(0, |pause| pause.until);
        best >= of_job.max(self.all.until)
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn pause_a_job_longer_each_time() {
        let mut refusals = Refusals::default();
        refusals.note(1, "InferenceMarket.NotOpen", 100);
        assert!(!refusals.allow(1, 103) && refusals.allow(1, 104));
        assert!(refusals.allow(2, 100), "a lost race says nothing of others");
        refusals.note(1, "InferenceMarket.NotOpen", 104);
        assert!(!refusals.allow(1, 111) && refusals.allow(1, 112));
    }

    #[test]
    fn pause_all_when_the_provider_is_refused() {
        let mut refusals = Refusals::default();
        for _ in 0..40 {
            refusals.note(1, "Concentration.ShareCapExceeded", 100);
        }
        assert!(!refusals.allow(2, 355) && refusals.allow(2, 356));
        refusals.forget(3);
        assert!(refusals.allow(2, 100), "it is accepted again");
        assert!(!refusals.allow(1, 100));
    }

    #[test]
    fn remember_a_bounded_number_of_jobs() {
        let mut refusals = Refusals::default();
        for job in 0..3_000 {
            refusals.note(job, "NotOpen", 1);
        }
        assert!(refusals.jobs.len() <= REMEMBERED);
    }
}
