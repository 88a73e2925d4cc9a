// SPDX-License-Identifier: Apache-2.0
//! The supervisor as a whole, on a clock that the test moves.

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
    time::Duration,
};

use tokio::sync::{mpsc, Notify};

use super::{
    clock::manual::{ManualClock, Sleep},
    *,
};

/// A supervisor on a manual clock, without jitter.
struct Bench {
    supervisor: Supervisor,
    clock: Arc<ManualClock>,
    sleeps: mpsc::UnboundedReceiver<Sleep>,
    health: Health,
    metrics: Metrics,
    shutdown: Shutdown,
}

fn bench() -> Bench {
    let (clock, sleeps) = ManualClock::new();
    let clock = Arc::new(clock);
    let (health, metrics) = (Health::default(), Metrics::new());
    let options = SupervisorOptions {
        clock: clock.clone(),
        random: || 0.0,
        ..SupervisorOptions::default()
    };
    Bench {
        supervisor: Supervisor::new(options, health.clone(), metrics.clone()),
        clock,
        sleeps,
        health,
        metrics,
        shutdown: Shutdown::new(),
    }
}

/// The next one that waits on the clock for `seconds`. Those before it wait for ever.
async fn sleep(sleeps: &mut mpsc::UnboundedReceiver<Sleep>, seconds: u64) -> Sleep {
    loop {
        let sleep = sleeps.recv().await.unwrap();
        if sleep.duration == Duration::from_secs(seconds) {
            return sleep;
        }
    }
}

fn away() -> Result<(), ServiceError> {
    Err(ServiceError::recoverable(codes::CF_001, "away"))
}

/// Until stopping begins, as a service that doesn't drain would.
async fn until_stopping(context: Context) -> Result<(), ServiceError> {
    context.shutdown.stopping().await;
    Ok(())
}

mod should {
    use super::*;

    #[tokio::test]
    async fn restart_a_service_that_fails_and_leave_others_alone() {
        let mut bench = bench();
        let (failing, steady) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (starts, others) = (failing.clone(), steady.clone());
        bench.supervisor.add("failing", move |context| {
            let start = starts.fetch_add(1, Ordering::SeqCst);
            async move {
                if start < 3 {
                    return away();
                }
                context.health.ok();
                context.shutdown.draining().await;
                Ok(())
            }
        });
        bench.supervisor.add("steady", move |context: Context| {
            others.fetch_add(1, Ordering::SeqCst);
            async move {
                context.shutdown.draining().await;
                Ok(())
            }
        });
        let Bench {
            supervisor,
            ref mut sleeps,
            ref health,
            ref metrics,
            ref shutdown,
            ..
        } = bench;
        let run = tokio::spawn(supervisor.run(shutdown.clone()));
        for seconds in [1, 2, 4] {
            let sleep = sleep(sleeps, seconds).await;
            let report = health.report();
            assert!(!report.healthy);
            assert_eq!(report.components["failing"].code, Some("A-CF-001"));
            sleep.wake();
        }
        // The stability timer of the fourth start.
        let _stable = sleep(sleeps, 300).await;
        assert!(health.report().healthy);
        shutdown.drain();
        run.await.unwrap().unwrap();
        assert_eq!(failing.load(Ordering::SeqCst), 4);
        assert_eq!(steady.load(Ordering::SeqCst), 1);
        let text = metrics.render();
        assert!(
            text.contains("assay_worker_service_restarts_total{service=\"failing\"} 3"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn survive_a_panic_and_forget_it_after_a_stable_run() {
        let mut bench = bench();
        let runs = Arc::new(AtomicUsize::new(0));
        let go = Arc::new(Notify::new());
        let (count, gate, clock) = (runs.clone(), go.clone(), bench.clock.clone());
        bench.supervisor.add("fragile", move |context: Context| {
            let run = count.fetch_add(1, Ordering::SeqCst);
            let (gate, clock) = (gate.clone(), clock.clone());
            async move {
                match run {
                    0 => panic!("boom"),
                    1 => {
                        gate.notified().await;
                        clock.advance(Duration::from_secs(300));
                        away()
                    }
                    _ => until_stopping(context).await,
                }
            }
        });
        let Bench {
            supervisor,
            ref mut sleeps,
            ref health,
            ref shutdown,
            ..
        } = bench;
        let run = tokio::spawn(supervisor.run(shutdown.clone()));
        let first = sleeps.recv().await.unwrap();
        assert_eq!(first.duration, Duration::from_secs(1));
        let component = health.report().components["fragile"].clone();
        assert_eq!(component.code, Some("A-SV-002"));
        assert!(component.reason.unwrap().contains("boom"));
        first.wake();
        // It runs again; the timer says that it has run long enough.
        let stable = sleeps.recv().await.unwrap();
        assert_eq!(stable.duration, Duration::from_secs(300));
        stable.wake();
        go.notify_one();
        // Afresh: one second, not two.
        let second = sleeps.recv().await.unwrap();
        assert_eq!(second.duration, Duration::from_secs(1));
        second.wake();
        shutdown.stop();
        run.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn end_everything_at_a_fatal_error_and_report_the_first() {
        let mut bench = bench();
        let parked = Arc::new(AtomicUsize::new(0));
        let count = parked.clone();
        bench.supervisor.add("fatal", |_| async {
            Err(ServiceError::fatal(codes::CF_002, "bad device"))
        });
        bench.supervisor.add("worker", move |context: Context| {
            let count = count.clone();
            async move {
                context.shutdown.draining().await;
                count.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        });
        let error = bench.supervisor.run(bench.shutdown).await.unwrap_err();
        assert_eq!(error.code(), codes::CF_002);
        assert_eq!(parked.load(Ordering::SeqCst), 1);
        assert_eq!(
            bench.health.report().components["fatal"].code,
            Some("A-CF-002")
        );
    }

    #[tokio::test]
    async fn drain_then_stop_then_abort() {
        let mut bench = bench();
        let stopped = Arc::new(AtomicUsize::new(0));
        let count = stopped.clone();
        bench.supervisor.add("slow", move |context: Context| {
            let count = count.clone();
            async move {
                context.shutdown.stopping().await;
                count.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        });
        bench.supervisor.add("stuck", |_| {
            std::future::pending::<Result<(), ServiceError>>()
        });
        let Bench {
            supervisor,
            ref mut sleeps,
            ref shutdown,
            ..
        } = bench;
        let run = tokio::spawn(supervisor.run(shutdown.clone()));
        shutdown.drain();
        let grace = sleeps.recv().await.unwrap();
        assert_eq!(grace.duration, Duration::from_secs(60));
        assert!(!shutdown.is_stopping());
        grace.wake();
        let abort = sleeps.recv().await.unwrap();
        assert_eq!(abort.duration, Duration::from_secs(5));
        assert!(shutdown.is_stopping());
        assert!(!run.is_finished());
        abort.wake();
        run.await.unwrap().unwrap();
        assert_eq!(stopped.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn not_wait_for_a_restart_when_it_stops() {
        let mut bench = bench();
        bench.supervisor.add("failing", |_| async { away() });
        let Bench {
            supervisor,
            ref mut sleeps,
            ref shutdown,
            ..
        } = bench;
        let run = tokio::spawn(supervisor.run(shutdown.clone()));
        let _never_woken = sleeps.recv().await.unwrap();
        shutdown.stop();
        run.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn restart_while_draining_so_that_work_can_be_finished() {
        let mut bench = bench();
        let starts = Arc::new(AtomicUsize::new(0));
        let count = starts.clone();
        bench.supervisor.add("finishing", move |context: Context| {
            let start = count.fetch_add(1, Ordering::SeqCst);
            async move {
                context.shutdown.draining().await;
                if start == 0 {
                    return away();
                }
                Ok(())
            }
        });
        let Bench {
            supervisor,
            ref mut sleeps,
            ref shutdown,
            ..
        } = bench;
        let run = tokio::spawn(supervisor.run(shutdown.clone()));
        shutdown.drain();
        // The other one is the grace period.
        sleep(sleeps, 1).await.wake();
        run.await.unwrap().unwrap();
        assert_eq!(starts.load(Ordering::SeqCst), 2);
    }
}
