// SPDX-License-Identifier: Apache-2.0
//! Whether jobs fit before their deadlines. One machine works on them one after another, the most urgent first, which is optimal for
//! meeting deadlines (Jackson's rule).

use assay_client::types::BlockNumber;

/// What is still to be done for a job, and until when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task {
    /// The last block in which its proof counts.
    pub deadline: BlockNumber,
    /// Expected seconds of this machine's time.
    pub seconds: f64,
}

/// Whether all tasks are done `margin` blocks before their deadlines, if work begins after block `now` and blocks take
/// `block_seconds`.
pub fn fits(tasks: &mut [Task], now: BlockNumber, margin: BlockNumber, block_seconds: f64) -> bool {
    tasks.sort_by_key(|task| task.deadline);
    let mut seconds = 0.0;
    tasks.iter().all(|task| {
        seconds += task.seconds;
        let blocks = (seconds / block_seconds.max(f64::MIN_POSITIVE)).ceil();
        // Also refuses what isn't a number.
        blocks <= f64::from(task.deadline.saturating_sub(now.saturating_add(margin)))
    })
}

/// Seconds until all tasks are done.
pub fn backlog(tasks: &[Task]) -> f64 {
    tasks.iter().map(|task| task.seconds).sum()
}

#[cfg(test)]
mod should {
    use super::*;

    fn task(deadline: BlockNumber, seconds: f64) -> Task {
        Task { deadline, seconds }
    }

    #[test]
    fn fit_one_job_up_to_its_last_block() {
        let fits_in = |deadline| fits(&mut [task(deadline, 30.0)], 100, 3, 6.0);
        assert!(fits_in(108));
        assert!(!fits_in(107));
        assert!(!fits_in(99));
    }

    #[test]
    fn count_a_begun_block_as_a_whole_one() {
        assert!(fits(&mut [task(101, 0.1)], 100, 0, 6.0));
        assert!(!fits(&mut [task(100, 0.1)], 100, 0, 6.0));
    }

    #[test]
    fn do_the_urgent_first() {
        let mut tasks = [task(130, 60.0), task(110, 60.0)];
        assert!(fits(&mut tasks, 100, 0, 6.0));
        let mut tasks = [task(119, 60.0), task(110, 60.0)];
        assert!(!fits(&mut tasks, 100, 0, 6.0));
    }

    #[test]
    fn see_that_a_new_urgent_job_endangers_an_old_one() {
        let old = task(110, 54.0);
        assert!(fits(&mut [old], 100, 0, 6.0));
        assert!(!fits(&mut [old, task(105, 12.0)], 100, 0, 6.0));
    }

    #[test]
    fn refuse_what_cannot_be_predicted() {
        assert!(!fits(&mut [task(1_000, f64::INFINITY)], 0, 0, 6.0));
        assert!(!fits(&mut [task(1_000, f64::NAN)], 0, 0, 6.0));
        assert!(!fits(&mut [task(1_000, 1.0)], 0, 0, 0.0));
    }
}
