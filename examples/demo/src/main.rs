// SPDX-License-Identifier: Apache-2.0
//! `assay-demo`: the main job from end to end on a development chain of its own. `make demo` builds and runs it.
//!
//! Exit codes: 0 all of it happened, 1 something did not, 2 the demo could not be set up.

use std::{path::PathBuf, process::ExitCode};

use assay_demo::{Demo, Options};
use clap::Parser;
use tokio::signal::unix::{signal, SignalKind};

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

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = Options {
        binaries: arguments.binaries,
        models: arguments.models,
        port: arguments.port,
    };
    let demo = match Demo::start(options).await {
        Ok(demo) => demo,
        Err(error) => {
            eprintln!("demo: error: {error:#}");
            return ExitCode::from(2);
        }
    };
    let run = async {
        let story = demo.run().await?;
        demo.conclude(&story).await?;
        if arguments.keep {
            println!("\nThe chain goes on until Ctrl-C.");
            std::future::pending::<()>().await;
        }
        anyhow::Ok(())
    };
    let result = tokio::select! {
        result = run => result,
        _ = ended() => {
            println!("\ninterrupted");
            if arguments.keep { Ok(()) } else { Err(anyhow::anyhow!("interrupted")) }
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: error: {error:#}\n{}", demo.logs());
            ExitCode::from(1)
        }
    }
}

/// Waits until somebody ends the program, by Ctrl-C or by SIGTERM: its chain and its worker must end with it.
async fn ended() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => (),
            _ = tokio::signal::ctrl_c() => (),
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
