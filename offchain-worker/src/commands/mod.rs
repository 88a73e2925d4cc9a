// SPDX-License-Identifier: Apache-2.0
//! The command line, one file for each command.
//!
//! | command | does |
//! | --- | --- |
//! | [`run`] | works until it is told to stop |
//! | [`check`] | checks everything that a worker needs, and says what is missing |
//! | [`bench`] | measures this machine and suggests prices |
//! | [`jobs`] | shows jobs and what they earned |
//! | [`keys`] | makes, shows and imports the key that signs |
//! | [`config`] | writes, checks and shows the configuration |
//!
//! [`exit`] has the exit codes, [`output`] prints results.

mod bench;
mod check;
mod config;
mod exit;
mod jobs;
mod keys;
mod output;
mod run;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use crate::{config::Config, executor::AdapterPolicy};
use exit::Failure;
use output::Output;

/// Where the configuration is looked for if `--config` doesn't say.
const DEFAULT_CONFIG: &str = "/etc/assay-worker/worker.toml";

/// Runs models on this machine for pay, and proves that it ran them right.
///
/// Exit codes: 0 done; 1 the command failed, the worker met a fatal error, or a check did not pass; 2 the arguments, the
/// configuration or a key are unusable, and nothing was begun.
#[derive(Debug, Parser)]
#[command(name = "assay-worker", version, propagate_version = true)]
struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Print one JSON document on stdout instead of text.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// Where the configuration comes from.
#[derive(Debug, Args)]
struct Source {
    /// The configuration file [default: /etc/assay-worker/worker.toml, if it exists]
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    /// The device that runs models, instead of `device.adapter`: best, discrete, integrated, software, cpu or name:TEXT
    #[arg(long, visible_alias = "adapter", global = true, value_name = "ADAPTER")]
    backend: Option<AdapterPolicy>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take jobs, until SIGINT or SIGTERM.
    Run,
    /// Check everything that a worker needs: configuration, key, account, stake, device, models, connection, disk.
    Check(check::Arguments),
    /// Measure this machine and suggest prices.
    Bench(bench::Arguments),
    /// Show jobs and what they earned.
    Jobs(jobs::Arguments),
    /// Make, show or import the key that signs.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Write, check or show the configuration.
    #[command(subcommand)]
    Config(config::Command),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    exit::report(arguments.run(&output))
}

impl Arguments {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let Self {
            source, command, ..
        } = self;
        match command {
            Command::Run => run::run(source.valid()?),
            Command::Check(arguments) => check::run(&arguments, source.load()?, output),
            Command::Bench(arguments) => bench::run(&arguments, &source.load()?, output),
            Command::Jobs(arguments) => jobs::run(&arguments, &source.load()?, output),
            Command::Keys(command) => keys::run(&command, || source.load(), output),
            Command::Config(command) => config::run(&command, &source, output),
        }
    }
}

impl Source {
    /// The file that is read, if one is.
    fn file(&self) -> Option<&Path> {
        self.config.as_deref().or_else(|| {
            let default = Path::new(DEFAULT_CONFIG);
            default.exists().then_some(default)
        })
    }

    /// The configuration, with the environment and `--backend`, not validated.
    fn load(&self) -> Result<Config, Failure> {
        // A variable that isn't UTF-8 can't be one of ours.
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let mut config = Config::load(self.file(), variables).map_err(Failure::input)?;
        if let Some(backend) = &self.backend {
            config.device.adapter = backend.clone();
        }
        Ok(config)
    }

    /// The configuration, validated.
    fn valid(&self) -> Result<Config, Failure> {
        let config = self.load()?;
        config.validate().map_err(Failure::input)?;
        Ok(config)
    }
}

/// A runtime for a command that asks the chain something.
fn block_on<T>(future: impl std::future::Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::Failed(crate::error::ServiceError::fatal(
                crate::error::codes::SV_007,
                error,
            ))
        })?;
    let result = runtime.block_on(future);
    // What blocks a thread is not waited for.
    runtime.shutdown_background();
    Ok(result)
}

#[cfg(test)]
mod should {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn be_a_consistent_command_line() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn take_global_options_anywhere() {
        let line = [
            "assay-worker",
            "check",
            "--config",
            "x.toml",
            "--backend",
            "cpu",
            "--json",
        ];
        let arguments = Arguments::parse_from(line);
        assert_eq!(arguments.source.config, Some("x.toml".into()));
        assert_eq!(arguments.source.backend, Some(AdapterPolicy::Cpu));
        assert!(arguments.json);
        assert!(Arguments::try_parse_from(["assay-worker", "run", "--backend", "gpu"]).is_err());
    }
}
