// SPDX-License-Identifier: Apache-2.0
//! The worker: takes jobs from the chain, runs models on a GPU, proves the results and settles the jobs.
//!
//! | module | purpose |
//! | --- | --- |
//! | [`config`] | the configuration file, environment variables, the documented template |
//! | [`supervisor`] | runs the services, restarts them, stops them in order |
//! | [`services`] | watcher, weights, pricer, executor, prover, submitter |
//! | [`job`] | the life of a job, and what to do next (pure) |
//! | [`store`] | the database, in which each step is written before it is done |
//! | [`chain`] | the chain as the services see it |
//! | [`recovery`] | what is done at the start |
//! | [`worker`] | puts the services together |
//! | [`executor`] | runs models, bit-equal to the reference interpreter |
//! | [`bench`] | measures this machine and suggests prices |
//! | [`telemetry`] | logs, metrics, health, history over HTTP |
//! | [`data_dir`] | the data directory, locked for one worker |
//! | [`keys`] | the key that signs, as the configuration names it |
//! | [`commands`] | the command line |
//! | [`error`] | errors with stable codes |
//!
//! The binary `assay-worker` is [`commands::main`]. `docs/operations/worker.md` is for those who run it.

#[doc(hidden)]
pub mod adversary;
pub mod bench;
pub mod chain;
pub mod commands;
pub mod config;
pub mod data_dir;
pub mod error;
pub mod executor;
pub mod job;
pub mod keys;
pub mod recovery;
pub mod services;
pub mod store;
pub mod supervisor;
pub mod telemetry;
pub mod worker;
