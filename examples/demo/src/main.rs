// SPDX-License-Identifier: Apache-2.0
//! `assay-demo`: the main job from end to end on a development chain of its own. `make demo` builds and runs it.
//!
//! Exit codes: 0 all of it happened, 1 something did not, 2 the demo could not be set up. Ctrl-C before the end is 1 or 2 too.

use std::{io, path::PathBuf, process::ExitCode};

use anyhow::anyhow;
use assay_demo::{Demo, Options};
use clap::Parser;
use tokio::signal::unix::{signal, Signal, SignalKind};

/// Runs the whole market on this machine: honest work, lies, silence, theft, and what each of them earns.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Leave the chain and the worker running at the end, until Ctrl-C.
    #[arg(long)]
    keep: bool,
    /// Folder of `assay-node`, `assay-worker` and `assay`. Default: where this program is.
    #[arg(long, value_name = "DIR")]
    binaries: Option<PathBuf>,
    /// Folder of the example models.
    #[arg(long, value_name = "DIR", default_value = "examples/models")]
    models: PathBuf,
    /// Port for JSON-RPC; 0 for a free one.
    #[arg(long, default_value_t = 9944)]
    port: u16,
}

/// What ends the program from outside.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From here on Ctrl-C and SIGTERM end nothing by themselves.
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits until somebody ends the program.
    async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = Options {
        binaries: arguments.binaries,
        models: arguments.models,
        port: arguments.port,
    };
    // Before anything is started: the chain and the worker must end with this program, whenever a signal comes.
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            eprintln!("demo: error: {error}");
            return ExitCode::from(2);
        }
    };
    let started = tokio::select! {
        started = Demo::start(options) => started,
        () = signals.received() => Err(anyhow!("interrupted")),
    };
    let demo = match started {
        Ok(demo) => demo,
        Err(error) => {
            eprintln!("demo: error: {error:#}");
            return ExitCode::from(2);
        }
    };
    let told = tokio::select! {
        told = tell(&demo) => told,
        () = signals.received() => Err(anyhow!("interrupted")),
    };
    if let Err(error) = told {
        eprintln!("demo: error: {error:#}\n{}", demo.logs());
        return ExitCode::from(1);
    }
    if arguments.keep {
        println!("\nThe chain goes on until Ctrl-C.");
        signals.received().await;
    }
    ExitCode::SUCCESS
}

/// The story from its first job to the books.
async fn tell(demo: &Demo) -> anyhow::Result<()> {
    let story = demo.run().await?;
    demo.conclude(&story).await
}
