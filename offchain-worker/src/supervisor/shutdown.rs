// SPDX-License-Identifier: Apache-2.0
//! The two phases of stopping, and the signals that begin them.

use tokio::signal::unix::{signal, SignalKind};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::error::{codes, ServiceError};

/// How far stopping has come, shared by all services.
///
/// *Draining*: nothing new is accepted; what runs is finished or parked. *Stopping*: services return at the next point where they
/// wait. Stopping implies draining, and there is no way back.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    draining: CancellationToken,
    stopping: CancellationToken,
}

impl Shutdown {
    /// Nobody has asked to stop.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins draining.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Whether draining has begun.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Waits until draining begins.
    pub async fn draining(&self) {
        self.draining.cancelled().await;
    }

    /// Begins stopping.
    pub fn stop(&self) {
        self.draining.cancel();
        self.stopping.cancel();
    }

    /// Whether stopping has begun.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Waits until stopping begins.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Waits for `future` unless stopping begins first.
    pub async fn unless_stopping<T>(
        &self,
        future: impl std::future::Future<Output = T>,
    ) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stopping() => None,
            value = future => Some(value),
        }
    }
}

/// Lets SIGINT and SIGTERM begin draining, and a second one stopping, for as long as the runtime lives.
///
/// # Errors
///
/// If the system refuses the handlers.
pub fn listen(shutdown: Shutdown) -> Result<(), ServiceError> {
    let fail = |error: std::io::Error| ServiceError::fatal(codes::SV_007, error);
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fail)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(fail)?;
    tokio::spawn(async move {
        loop {
            let name = tokio::select! {
                Some(()) = interrupt.recv() => "SIGINT",
                Some(()) = terminate.recv() => "SIGTERM",
                else => return,
            };
            if shutdown.is_draining() {
                warn!(signal = name, "stopping now: what runs is parked");
                shutdown.stop();
            } else {
                info!(
                    signal = name,
                    "stopping: nothing new is accepted, what runs is finished or parked"
                );
                shutdown.drain();
            }
        }
    });
    Ok(())
}

#[cfg(test)]
mod should {
    use super::*;

    #[tokio::test]
    async fn drain_before_it_stops() {
        let shutdown = Shutdown::new();
        assert!(!shutdown.is_draining());
        shutdown.drain();
        shutdown.draining().await;
        assert!(shutdown.is_draining() && !shutdown.is_stopping());
        assert_eq!(shutdown.unless_stopping(async { 1 }).await, Some(1));
        shutdown.stop();
        shutdown.stopping().await;
        assert_eq!(shutdown.unless_stopping(async { 1 }).await, None);
    }

    #[test]
    fn drain_when_it_stops() {
        let shutdown = Shutdown::new();
        shutdown.clone().stop();
        assert!(shutdown.is_draining());
    }
}
