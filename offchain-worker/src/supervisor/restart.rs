// SPDX-License-Identifier: Apache-2.0
//! What follows when a service ends: a pure decision.

use std::time::Duration;

use crate::error::{codes, ServiceError};

/// When and how often services are restarted.
#[derive(Clone, Debug)]
pub struct RestartPolicy {
    /// The wait before the first restart.
    pub first: Duration,
    /// The longest wait. Each is twice the one before, up to this.
    pub longest: Duration,
    /// The part of a wait, from 0 to 1, that is taken off at random, so that workers that failed together don't return together.
    pub jitter: f64,
    /// A service that has run for this long starts afresh: earlier failures don't count any more.
    pub stable: Duration,
    /// The most panics in a row. Errors are forgiven for ever: a node may be away for days. A panic is a bug.
    pub max_panics: u32,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            jitter: 0.25,
            stable: Duration::from_secs(300),
            max_panics: 5,
        }
    }
}

/// How a run of a service ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// By itself.
    Returned,
    /// With an error.
    Failed(ServiceError),
    /// With a panic that said this.
    Panicked(String),
}

/// What is remembered of a service's earlier runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    /// Ends in a row that were followed by a restart.
    pub(super) failures: u32,
    /// Panics among them in a row.
    pub(super) panics: u32,
}

/// What follows.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The service is done, as it should be.
    Ended,
    /// It is started again after a wait.
    Restart {
        after: Duration,
        because: ServiceError,
    },
    /// The worker ends.
    Fatal(ServiceError),
}

/// What follows when the service `name` has ended after running for `ran`. `random` is from 0 to 1.
pub(super) fn decide(
    policy: &RestartPolicy,
    history: &mut History,
    name: &str,
    ending: Ending,
    ran: Duration,
    draining: bool,
    random: f64,
) -> Verdict {
    if ran >= policy.stable {
        *history = History::default();
    }
    let because = match ending {
        Ending::Returned if draining => return Verdict::Ended,
        Ending::Failed(error) if error.is_fatal() => return Verdict::Fatal(error),
        Ending::Returned => {
            history.panics = 0;
            ServiceError::recoverable(codes::SV_001, format!("service {name} ended by itself"))
        }
        Ending::Failed(error) => {
            history.panics = 0;
            error
        }
        Ending::Panicked(message) => {
            history.panics += 1;
            if history.panics > policy.max_panics {
                let message = format!(
                    "service {name} panicked {} times in a row, at last with: {message}",
                    history.panics
                );
                return Verdict::Fatal(ServiceError::fatal(codes::SV_003, message));
            }
            let message = format!("service {name} panicked: {message}");
            ServiceError::recoverable(codes::SV_002, message)
        }
    };
    let after = delay(policy, history.failures, random);
    history.failures = history.failures.saturating_add(1);
    Verdict::Restart { after, because }
}

/// `min(longest, first * 2^failures) * (1 - jitter * random)`.
fn delay(policy: &RestartPolicy, failures: u32, random: f64) -> Duration {
    let factor = 1u32.checked_shl(failures).unwrap_or(u32::MAX);
    let whole = policy.first.saturating_mul(factor).min(policy.longest);
    whole.mul_f64(1.0 - policy.jitter.clamp(0.0, 1.0) * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod should {
    use super::*;

    const SHORT: Duration = Duration::from_secs(1);

    fn recoverable() -> Ending {
        Ending::Failed(ServiceError::recoverable(codes::CF_001, "away"))
    }

    fn wait(history: &mut History, ending: Ending, ran: Duration) -> Option<f64> {
        let policy = RestartPolicy::default();
        match decide(&policy, history, "x", ending, ran, false, 0.0) {
            Verdict::Restart { after, .. } => Some(after.as_secs_f64()),
            _ => None,
        }
    }

    #[test]
    fn wait_twice_as_long_each_time_up_to_the_longest() {
        let mut history = History::default();
        let waits: Vec<f64> = (0..9)
            .map(|_| wait(&mut history, recoverable(), SHORT).unwrap())
            .collect();
        assert_eq!(waits, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]);
        history.failures = u32::MAX;
        assert_eq!(wait(&mut history, recoverable(), SHORT), Some(60.0));
    }

    #[test]
    fn start_afresh_after_a_stable_run() {
        let mut history = History {
            failures: 6,
            panics: 3,
        };
        let long = RestartPolicy::default().stable;
        assert_eq!(wait(&mut history, recoverable(), long), Some(1.0));
        assert_eq!((history.failures, history.panics), (1, 0));
    }

    #[test]
    fn take_off_a_random_part_of_the_wait() {
        let policy = RestartPolicy::default();
        assert_eq!(delay(&policy, 2, 1.0), Duration::from_secs(3));
        assert_eq!(delay(&policy, 2, 0.5), Duration::from_secs_f64(3.5));
    }

    #[test]
    fn give_up_after_too_many_panics_in_a_row() {
        let mut history = History::default();
        let panic = || Ending::Panicked("boom".into());
        for _ in 0..5 {
            assert!(wait(&mut history, panic(), SHORT).is_some());
        }
        // An error between them shows that the code can get further.
        assert!(wait(&mut history, recoverable(), SHORT).is_some());
        for _ in 0..5 {
            assert!(wait(&mut history, panic(), SHORT).is_some());
        }
        let policy = RestartPolicy::default();
        let verdict = decide(&policy, &mut history, "x", panic(), SHORT, false, 0.0);
        assert!(
            matches!(&verdict, Verdict::Fatal(error) if error.code() == codes::SV_003
                && error.to_string().contains("boom")),
            "{verdict:?}"
        );
    }

    #[test]
    fn take_a_return_for_an_end_only_while_draining() {
        let policy = RestartPolicy::default();
        let mut history = History::default();
        let mut verdict = |draining| {
            decide(
                &policy,
                &mut history,
                "x",
                Ending::Returned,
                SHORT,
                draining,
                0.0,
            )
        };
        assert!(matches!(verdict(true), Verdict::Ended));
        assert!(matches!(verdict(false), Verdict::Restart { because, .. }
            if because.code() == codes::SV_001));
    }

    #[test]
    fn end_at_a_fatal_error() {
        let ending = || Ending::Failed(ServiceError::fatal(codes::CF_001, "no"));
        for draining in [false, true] {
            let policy = RestartPolicy::default();
            let mut history = History::default();
            let verdict = decide(&policy, &mut history, "x", ending(), SHORT, draining, 0.0);
            assert!(matches!(verdict, Verdict::Fatal(_)));
        }
    }
}
