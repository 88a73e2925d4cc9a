// SPDX-License-Identifier: Apache-2.0
//! Fetching one file, bounded in size and time.

use std::{io::Read, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use assay_compiler::limits::MAX_PARAMETER_BYTES;
use futures::StreamExt;
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::{Attempt, Policy},
    Client, Url,
};

use super::{
    address::{check_web, is_public, Address},
    WeightsError,
};
use crate::{config::Models, services::blocking};

/// The most redirections that are followed.
const MAX_REDIRECTS: usize = 5;
/// How long a connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing may come.
const READ_PATIENCE: Duration = Duration::from_secs(60);

/// What one file may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// Bytes.
    pub bytes: u64,
    /// Time, from the first to the last byte.
    pub time: Duration,
}

impl FetchLimits {
    /// The configured limits; no file of parameters is longer than a circuit allows.
    pub fn of(config: &Models) -> Self {
        Self {
            bytes: config.max_weights.0.min(MAX_PARAMETER_BYTES),
            time: Duration::from_secs(config.fetch_timeout_seconds),
        }
    }
}

/// The bytes at an address.
///
/// # Errors
///
/// [`WeightsError`].
pub async fn fetch(address: Address, config: &Models) -> Result<Vec<u8>, WeightsError> {
    let limits = FetchLimits::of(config);
    let fetched = async {
        match address {
            Address::File(path) => {
                let read = blocking(move || read_file(&path, limits.bytes)).await;
                read.unwrap_or_else(|| Err(WeightsError::Fetch("the worker ends".into())))
            }
            Address::Web(url) => download(&client(config)?, url, limits.bytes).await,
        }
    };
    match tokio::time::timeout(limits.time, fetched).await {
        Ok(result) => result,
        Err(_) => Err(WeightsError::Fetch(format!(
            "not done within {} s",
            limits.time.as_secs()
        ))),
    }
}

/// Reads a file. Blocks.
pub(super) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, WeightsError> {
    let fail = |why: String| WeightsError::Fetch(format!("{}: {why}", path.display()));
    // A pipe would block, a device would never end.
    let metadata = std::fs::metadata(path).map_err(|error| fail(error.to_string()))?;
    if !metadata.is_file() {
        return Err(fail("it is not a file".into()));
    }
    let file = std::fs::File::open(path).map_err(|error| fail(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| fail(error.to_string()))?;
    if bytes.len() as u64 > limit {
        return Err(WeightsError::TooLong { limit });
    }
    Ok(bytes)
}

/// Resolves names to public addresses only: a name of a stranger may point into the operator's network, or do so from the second
/// question on.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn client(config: &Models) -> Result<Client, WeightsError> {
    let rules = config.clone();
    let redirects = Policy::custom(move |attempt: Attempt<'_>| {
        if attempt.previous().len() > MAX_REDIRECTS {
            return attempt.error("too many redirections");
        }
        let from = attempt
            .previous()
            .last()
            .map(|url| url.scheme().to_string());
        if from.as_deref() == Some("https") && attempt.url().scheme() != "https" {
            return attempt.error("redirected away from HTTPS");
        }
        match check_web(attempt.url(), &rules) {
            Ok(()) => attempt.follow(),
            Err(error) => attempt.error(error),
        }
    });
    let mut builder = Client::builder()
        .user_agent(concat!("assay-worker/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_PATIENCE)
        .read_timeout(READ_PATIENCE)
        .redirect(redirects)
        .referer(false);
    if !config.private_addresses {
        // A proxy would resolve names itself.
        builder = builder.no_proxy().dns_resolver(Arc::new(PublicOnly));
    }
    builder
        .build()
        .map_err(|error| WeightsError::Fetch(explain(&error)))
}

async fn download(client: &Client, url: Url, limit: u64) -> Result<Vec<u8>, WeightsError> {
    let fail = |error: reqwest::Error| WeightsError::Fetch(explain(&error));
    let response = client.get(url).send().await.map_err(fail)?;
    if !response.status().is_success() {
        // Also a redirection that isn't followed.
        let status = response.status();
        return Err(WeightsError::Fetch(format!("the server answers {status}")));
    }
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(WeightsError::TooLong { limit });
    }
    let mut bytes = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(fail)?;
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(WeightsError::TooLong { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// An error with its causes.
fn explain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
