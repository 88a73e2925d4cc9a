// SPDX-License-Identifier: Apache-2.0
//! The sections of the configuration with their defaults. `worker.template.toml` has the full documentation of each field; the
//! two are compared by a test.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use super::values::{optional, text, Amount, ByteSize, Finality, LogFormat, Scheme};
use crate::executor::AdapterPolicy;

/// Where the chain is reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chain {
    /// WebSocket addresses of nodes, in order of preference.
    pub urls: Vec<String>,
    /// The hash of the genesis block that the chain must have.
    #[serde(with = "optional")]
    pub genesis: Option<[u8; 32]>,
    /// When a settled job counts as settled.
    pub finality: Finality,
    /// Blocks for which a transaction is valid; a power of two.
    pub transaction_lifetime: u64,
    /// Seconds after which an unanswered request has failed.
    pub request_timeout_seconds: u64,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            urls: vec!["ws://127.0.0.1:9944".into()],
            genesis: None,
            finality: Finality::Finalised,
            transaction_lifetime: 32,
            request_timeout_seconds: 30,
        }
    }
}

/// For whom jobs are done, and the key that signs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// The address of the provider: the account whose stake is behind the jobs.
    pub provider: String,
    /// A polkadot.js keystore file with the key that signs.
    #[serde(with = "optional")]
    pub keystore: Option<PathBuf>,
    /// A file with the keystore's password.
    #[serde(with = "optional")]
    pub password_file: Option<PathBuf>,
    /// The environment variable with the keystore's password.
    #[serde(with = "optional")]
    pub password_env: Option<String>,
    /// The environment variable with the seed or mnemonic of the key that signs, instead of a keystore.
    #[serde(with = "optional")]
    pub seed_env: Option<String>,
}

/// What runs the models.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Device {
    /// Which device.
    #[serde(with = "text")]
    pub adapter: AdapterPolicy,
    /// Memory of the device that models and their inputs may take; 0 for what the device says.
    pub memory_limit: ByteSize,
}

/// Which models are served, and how their weights are fetched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Models {
    /// Numbers of models; empty for all that are active and fit.
    pub serve: Vec<u64>,
    /// The largest file of weights.
    pub max_weights: ByteSize,
    /// Where fetched weights are kept; `models` in the data directory if absent.
    #[serde(with = "optional")]
    pub cache_dir: Option<PathBuf>,
    /// How much is kept there.
    pub cache_size: ByteSize,
    /// From where weights may be fetched.
    pub schemes: Vec<Scheme>,
    /// Folders below which `file:` addresses may point; none if empty.
    pub file_roots: Vec<PathBuf>,
    /// Whether weights may be fetched from private and loopback addresses.
    pub private_addresses: bool,
    /// Seconds after which fetching one file has failed.
    pub fetch_timeout_seconds: u64,
}

impl Default for Models {
    fn default() -> Self {
        Self {
            serve: Vec::new(),
            max_weights: ByteSize(256 << 20),
            cache_dir: None,
            cache_size: ByteSize(20 << 30),
            schemes: vec![Scheme::Https, Scheme::Http, Scheme::File],
            file_roots: Vec::new(),
            private_addresses: false,
            fetch_timeout_seconds: 600,
        }
    }
}

/// Which jobs are worth taking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pricing {
    /// The least price for 10^9 units of work.
    pub floor_per_billion_work: Amount,
    /// The least price of a job, however small.
    pub min_price: Amount,
    /// The most collateral behind one job.
    pub max_collateral: Amount,
    /// Blocks that must be left before the deadline when the proof is expected to be ready.
    pub safety_margin: u32,
    /// The most that the fee of a proof may be of the price, in percent.
    pub max_fee_percent: u8,
}

impl Default for Pricing {
    fn default() -> Self {
        Self {
            floor_per_billion_work: Amount(1_000_000_000),
            min_price: Amount(1_000_000_000),
            max_collateral: Amount(1_000_000_000_000_000),
            safety_margin: 5,
            max_fee_percent: 50,
        }
    }
}

/// How proofs are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Proving {
    /// Threads of the prover; 0 for one a core.
    pub threads: usize,
    /// The most inputs of one proof.
    pub max_batch_inputs: u32,
    /// Blocks for which a finished job may wait for others of its model.
    pub batch_wait: u32,
}

impl Default for Proving {
    fn default() -> Self {
        Self {
            threads: 0,
            max_batch_inputs: 16,
            batch_wait: 2,
        }
    }
}

/// How many jobs, and what is done with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    /// The most jobs accepted and not settled.
    pub max_open: u32,
    /// Whether outputs are published before they are proven.
    pub early_results: bool,
    /// Seconds that running work has to finish when the worker is told to stop.
    pub shutdown_seconds: u64,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            max_open: 16,
            early_results: false,
            shutdown_seconds: 60,
        }
    }
}

/// What is kept on disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// The folder of the database and, if nothing else is said, of the weights.
    pub data_dir: PathBuf,
    /// Days for which ended jobs are kept.
    pub history_days: u32,
    /// Free disk space below which no job is accepted.
    pub min_free: ByteSize,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            data_dir: "/var/lib/assay-worker".into(),
            history_days: 365,
            min_free: ByteSize(1 << 30),
        }
    }
}

/// Logs, metrics and health.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// Whether metrics, health and jobs are served over HTTP.
    pub enabled: bool,
    /// On which address.
    pub address: SocketAddr,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written.
    pub log_filter: String,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            enabled: true,
            // Not 9615 and 9616, the metrics of `assay-node` and of the relay chain's node in it.
            address: (Ipv4Addr::LOCALHOST, 9617).into(),
            log_format: LogFormat::Text,
            log_filter: "info".into(),
        }
    }
}
