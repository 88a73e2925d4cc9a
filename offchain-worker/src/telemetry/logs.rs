// SPDX-License-Identifier: Apache-2.0
//! Log lines on stderr, for people or as JSON.

use std::io::IsTerminal;

use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt, EnvFilter, Layer};

use crate::{
    config::LogFormat,
    error::{codes, ServiceError},
};

/// Begins to write log lines. `filter` says which, unless the environment variable `RUST_LOG` is set: then that does.
///
/// # Errors
///
/// If the filter can't be understood, or lines are written already.
pub fn start(format: LogFormat, filter: &str) -> Result<(), ServiceError> {
    let variable = std::env::var(EnvFilter::DEFAULT_ENV).ok();
    let filter = variable
        .as_deref()
        .filter(|text| !text.is_empty())
        .unwrap_or(filter);
    let filter =
        EnvFilter::try_new(filter).map_err(|error| ServiceError::fatal(codes::TL_002, error))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init()
        .map_err(|error| ServiceError::fatal(codes::TL_002, error))
}
