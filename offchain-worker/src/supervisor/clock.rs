// SPDX-License-Identifier: Apache-2.0
//! Time, as the supervisor takes it: a test sets it.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;

/// A monotonic clock that can be waited on.
pub trait Clock: Send + Sync + 'static {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

#[cfg(test)]
pub(super) mod manual {
    use std::sync::Mutex;

    use futures::FutureExt;
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    /// Someone waits.
    pub(in crate::supervisor) struct Sleep {
        pub(in crate::supervisor) duration: Duration,
        wake: oneshot::Sender<()>,
    }

    /// A clock that stands still. Whoever waits on it is reported, and waits until woken.
    pub(in crate::supervisor) struct ManualClock {
        now: Mutex<Duration>,
        sleeps: mpsc::UnboundedSender<Sleep>,
    }

    impl ManualClock {
        pub(in crate::supervisor) fn new() -> (Self, mpsc::UnboundedReceiver<Sleep>) {
            let (sleeps, receiver) = mpsc::unbounded_channel();
            let now = Mutex::new(Duration::ZERO);
            (Self { now, sleeps }, receiver)
        }

        pub(in crate::supervisor) fn advance(&self, duration: Duration) {
            *self.now.lock().unwrap() += duration;
        }
    }

    impl Sleep {
        /// Ends the wait, if it is still waited for.
        pub(in crate::supervisor) fn wake(self) {
            let _ = self.wake.send(());
        }
    }

    impl Clock for ManualClock {
        fn now(&self) -> Duration {
            *self.now.lock().unwrap()
        }

        fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
            let (wake, woken) = oneshot::channel();
            let report = self.sleeps.send(Sleep { duration, wake });
            async move {
                // If the test has ended nobody wakes us.
                if report.is_err() || woken.await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
            .boxed()
        }
    }
}
