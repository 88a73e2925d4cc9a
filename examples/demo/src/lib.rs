// SPDX-License-Identifier: Apache-2.0
//! The main job from end to end, on a development chain of its own: a model is registered, an honest worker serves twenty real
//! digits, a liar, a silent provider and a thief are dealt with, and every balance adds up. `assay-demo` prints it; the test beside it
//! checks what it leaves on the chain.
//!
//! | module | what it does |
//! | --- | --- |
//! | `node` | runs `assay-node --dev` |
//! | `worker` | runs `assay-worker`, and the dishonest one |
//! | `digits` | real handwritten digits, and how to draw them |
//! | `market` | accounts, the model, jobs, and following them |
//! | `scenes` | what happens, in order |
//! | `books` | whether the balances add up |
//! | `screen` | what is printed |

#![allow(clippy::print_stdout)]

mod books;
mod digits;
mod market;
mod node;
mod programs;
mod scenes;
mod screen;
mod worker;

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use assay_client::Chain;

pub use digits::Digit;
pub use market::{Cast, Market};
pub use scenes::{Answer, Crime, Slash, Story};

/// How many digits are asked for.
pub const DIGITS: usize = 20;
/// How many of them are in one job.
pub const BATCH: usize = 8;

/// Where things are.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of the programs; `None` for the folder of this one.
    pub binaries: Option<PathBuf>,
    /// Folder of the example models.
    pub models: PathBuf,
    /// Port for JSON-RPC, 0 for a free one.
    pub port: u16,
}

/// A running chain with everything that the demo needs. Dropping it ends every process and removes every file.
pub struct Demo {
    market: Arc<Market>,
    honest: worker::Process,
    node: node::Node,
    // Last: the processes above write into it.
    folder: tempfile::TempDir,
}

impl Demo {
    /// Starts the chain, compiles and registers the model, registers the providers and starts the honest worker.
    ///
    /// # Errors
    ///
    /// A program is missing, doesn't start or says no.
    pub async fn start(options: Options) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("assay-demo-")
            .tempdir()
            .context("a temporary folder")?;
        let programs = programs::Programs::find(options.binaries.as_deref())?;
        screen::title("1. A chain, a model, four providers");
        let node = node::Node::start(&programs, options.port, folder.path()).await?;
        screen::fact("chain", format!("assay-node --dev at {}", node.url()));
        let chain = Chain::connect(node.url())
            .await
            .context("connecting to the node")?;
        let market =
            Market::open(chain, node.url(), &options.models, folder.path(), programs).await?;
        let honest = worker::Process::start(&market, folder.path())?;
        Ok(Self {
            market: Arc::new(market),
            honest,
            node,
            folder,
        })
    }

    /// The market's accounts, model and connection.
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// Plays every scene.
    ///
    /// # Errors
    ///
    /// Something that had to happen did not.
    pub async fn run(&self) -> Result<Story> {
        scenes::play(&self.market, self.folder.path()).await
    }

    /// Checks the balances and prints them with the concentration and how to go on.
    ///
    /// # Errors
    ///
    /// The books don't balance.
    pub async fn conclude(&self, story: &Story) -> Result<()> {
        books::close(&self.market, story).await?;
        scenes::concentration(&self.market).await?;
        screen::title("Look around");
        println!(
            "  https://polkadot.js.org/apps/?rpc={url}#/explorer\n  \
             Developer > Chain state > inferenceMarket > receipts; Developer > Extrinsics > verification > delegate\n  \
             (the chain ends with the demo; `make demo KEEP=1` leaves it running)",
            url = self.node.url()
        );
        println!("\nAll of it happened.");
        Ok(())
    }

    /// The last lines that the node and the worker wrote, for an error report.
    pub fn logs(&self) -> String {
        format!("{}\n{}", self.node.log_tail(), self.honest.log_tail())
    }
}
