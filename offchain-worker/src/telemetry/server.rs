// SPDX-License-Identifier: Apache-2.0
//! The HTTP server: `/metrics`, `/health`, `/jobs`. It only reads, has no secrets, and takes only a bounded number of connections,
//! each for a bounded time, so that nothing that reaches it can keep the worker from working.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::{RawQuery, State},
    http::{header, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
    Router,
};
use serde::Serialize;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, Sleep},
};
use tracing::{debug, info};

use super::{Health, JobHistory, JobQuery, Metrics};
use crate::error::{codes, Code, Coded, Severity};

/// The most connections at a time. Others wait.
const MAX_CONNECTIONS: usize = 32;
/// The longest life of a connection. Who scrapes over one connection makes a new one then.
const MAX_LIFE: Duration = Duration::from_secs(120);

/// Why the server can't start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The address can't be used.
    #[error("telemetry.address {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

impl Coded for TelemetryError {
    fn code(&self) -> Code {
        codes::TL_001
    }

    fn severity(&self) -> Severity {
        Severity::Fatal
    }
}

/// What the addresses show.
struct Shared {
    health: Health,
    metrics: Metrics,
    /// Known once the database is open.
    jobs: Mutex<Option<Arc<dyn JobHistory>>>,
    /// One reader of the database at a time: a second waits, and doesn't take another thread.
    reading: tokio::sync::Mutex<()>,
}

/// A running server. It ends with the runtime.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Server {
    /// Begins to listen on `address`.
    ///
    /// # Errors
    ///
    /// If the address can't be used.
    pub async fn start(
        address: SocketAddr,
        health: Health,
        metrics: Metrics,
    ) -> Result<Self, TelemetryError> {
        let fail = |source| TelemetryError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(fail)?;
        let bound = listener.local_addr().map_err(fail)?;
        let shared = Arc::new(Shared {
            health,
            metrics,
            jobs: Mutex::new(None),
            reading: tokio::sync::Mutex::new(()),
        });
        let router = Router::new()
            .route("/metrics", get(metrics_page))
            .route("/health", get(health_page))
            .route("/jobs", get(jobs_page))
            .with_state(shared.clone());
        let bounded = Bounded {
            listener,
            free: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        };
        info!(address = %bound, "serving /metrics, /health and /jobs");
        tokio::spawn(async move {
            // It never returns.
            let _ = axum::serve(bounded, router).await;
        });
        Ok(Self {
            shared,
            address: bound,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets `/jobs` answer.
    pub fn set_jobs(&self, jobs: Arc<dyn JobHistory>) {
        let mut place = self
            .shared
            .jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *place = Some(jobs);
    }
}

async fn metrics_page(State(shared): State<Arc<Shared>>) -> Response {
    let format = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, format)], shared.metrics.render()).into_response()
}

async fn health_page(State(shared): State<Arc<Shared>>) -> Response {
    let report = shared.health.report();
    let status = if report.healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    json(status, &report)
}

async fn jobs_page(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let query = match JobQuery::parse(query.as_deref().unwrap_or_default()) {
        Ok(query) => query,
        Err(reason) => return problem(StatusCode::BAD_REQUEST, None, &reason),
    };
    let jobs = shared
        .jobs
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let Some(jobs) = jobs else {
        let reason = "the worker is still starting";
        return problem(StatusCode::SERVICE_UNAVAILABLE, None, reason);
    };
    let _one_at_a_time = shared.reading.lock().await;
    match tokio::task::spawn_blocking(move || jobs.jobs(&query)).await {
        Ok(Ok(report)) => json(StatusCode::OK, &report),
        Ok(Err(error)) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            Some(error.code()),
            &error.message(),
        ),
        Err(panic) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            None,
            &format!("reading the database failed: {panic}"),
        ),
    }
}

/// A refusal as JSON.
#[derive(Serialize)]
struct Problem<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

fn problem(status: StatusCode, code: Option<Code>, error: &str) -> Response {
    let code = code.map(|code| code.id);
    json(status, &Problem { error, code })
}

fn json(status: StatusCode, document: &impl Serialize) -> Response {
    match serde_json::to_string(document) {
        Ok(text) => {
            let format = "application/json";
            (status, [(header::CONTENT_TYPE, format)], text + "\n").into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// A listener that takes a connection only when one of a bounded number of places is free.
struct Bounded {
    listener: TcpListener,
    free: Arc<Semaphore>,
}

impl axum::serve::Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = self.free.clone().acquire_owned().await;
        let place = place.expect("the semaphore is never closed");
        // This one waits a second when the process has no more file descriptors.
        let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
        debug!(%address, "connection");
        let connection = Connection {
            stream,
            end: Box::pin(sleep(MAX_LIFE)),
            _place: place,
        };
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that has a place, and reads and writes nothing any more when its time is over.
struct Connection {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// An error when the time is over. Else whoever waits is woken then.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.end.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Err(error) = self.check(context) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Err(error) = self.check(context) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
