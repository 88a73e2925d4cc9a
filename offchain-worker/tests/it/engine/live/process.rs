// SPDX-License-Identifier: Apache-2.0
//! The worker's binary, run as an operator runs it.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use assay_worker::{executor::AdapterPolicy, store::Store};

use super::network::{Network, Person};

/// The environment variable with the key.
const SEED: &str = "ASSAY_TEST_SEED";

/// A worker's process.
pub(crate) struct Process {
    child: Child,
    data_dir: PathBuf,
}

impl Process {
    pub(crate) fn start(network: &Network, person: &Person) -> Self {
        let mut config = network.config(person);
        config.account.seed_env = Some(SEED.into());
        config.device.adapter = AdapterPolicy::Cpu;
        config.telemetry.enabled = false;
        let path = network.folder.path().join("worker.toml");
        std::fs::write(&path, config.to_toml()).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_assay-worker"))
            .arg("--config")
            .arg(path)
            .arg("run")
            .env(SEED, &person.uri)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            data_dir: config.storage.data_dir,
        }
    }

    /// Resident memory, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
        kilobytes.parse::<u64>().unwrap() * 1_024
    }

    /// Stops it with SIGTERM, and opens its database.
    pub(crate) fn stop(mut self) -> Store {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(self.child.wait().unwrap().success());
        Store::open_read_only(&self.data_dir).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
