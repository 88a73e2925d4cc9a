// SPDX-License-Identifier: Apache-2.0
//! The node that is asked.

use std::future::Future;

use assay_client::Chain;
use assay_compiler::Progress;
use clap::Args;

use crate::{exit::Failure, progress::Bars};

/// Where a node listens if nothing else is said.
const DEFAULT_URL: &str = "ws://127.0.0.1:9944";
/// The environment variable with the address.
const VARIABLE: &str = "ASSAY_URL";

/// Which node to ask.
#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// Address of a node (ws:// or wss://). Otherwise that in the environment variable ASSAY_URL, otherwise
    /// ws://127.0.0.1:9944.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl Connection {
    fn url(&self) -> String {
        let variable = || std::env::var(VARIABLE).ok().filter(|url| !url.is_empty());
        let url = self.url.clone().or_else(variable);
        url.unwrap_or_else(|| DEFAULT_URL.to_owned())
    }

    /// Connects, and does something that takes time. Ctrl-C ends it; `interrupted` says what that means.
    pub(crate) fn run<T, F>(
        &self,
        bars: &Bars,
        interrupted: &str,
        act: impl FnOnce(Chain) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Failure::Machine(error.into()))?;
        let work = async {
            bars.stage("connecting", 0);
            let chain = Chain::connect(&self.url()).await?;
            bars.finish();
            act(chain).await
        };
        let result = runtime.block_on(async {
            tokio::select! {
                result = work => result,
                _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted(interrupted.to_owned())),
            }
        });
        bars.finish();
        // Nothing that is left is worth waiting for.
        runtime.shutdown_background();
        result
    }
}
