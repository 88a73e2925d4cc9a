// SPDX-License-Identifier: Apache-2.0
//! A development node in a process of its own.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{bail, Context, Result};

use crate::programs::{tail, Programs};

/// What the node says when it listens.
const LISTENING: &str = "Running JSON-RPC server: addr=";
/// How long it may take to say so. It takes seconds: this only ends what hangs.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running node. Dropping it ends it.
pub(crate) struct Node {
    process: Child,
    url: String,
    log: PathBuf,
}

impl Node {
    /// Starts `assay-node --dev` with its storage in `folder`, and waits until it listens. Left to itself it would make a temporary folder,
    /// which it leaves behind when it is killed.
    pub(crate) async fn start(programs: &Programs, port: u16, folder: &Path) -> Result<Self> {
        let log = folder.join("node.log");
        let process = Command::new(&programs.node)
            .args(["--dev", "--port", "0", "--no-prometheus"])
            .args(["--no-hardware-benchmarks", "--no-telemetry", "--rpc-port"])
            .arg(port.to_string())
            .arg("--base-path")
            .arg(folder.join("node"))
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).context("the node's log")?)
            .spawn()
            .with_context(|| format!("starting {}", programs.node.display()))?;
        let mut node = Self {
            process,
            url: String::new(),
            log,
        };
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let text = fs::read_to_string(&node.log).unwrap_or_default();
            let line = text.lines().find_map(|line| line.split_once(LISTENING));
            if let Some((_, rest)) = line {
                let address = rest.split([',', ' ']).next().unwrap_or_default();
                node.url = format!("ws://{address}");
                return Ok(node);
            }
            if let Some(status) = node.process.try_wait()? {
                bail!("assay-node ended ({status})\n{}", node.log_tail());
            }
            if tokio::time::Instant::now() > deadline {
                bail!("assay-node doesn't listen\n{}", node.log_tail());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Where it serves JSON-RPC.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn log_tail(&self) -> String {
        tail("assay-node", &self.log)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
