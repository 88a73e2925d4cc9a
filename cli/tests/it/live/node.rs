// SPDX-License-Identifier: Apache-2.0
//! A development node for a test.

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::Value;

use crate::json;

/// How long a node may take to start. Far more than it needs: it ends what hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// A development node on ports that the system chose. Dropping it kills it.
pub(super) struct Node {
    process: Child,
    pub(super) url: String,
    _folder: tempfile::TempDir,
}

/// The node's binary: where the environment says, or beside this package's own.
fn binary() -> PathBuf {
    match env::var_os("ASSAY_NODE") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_BIN_EXE_assay")).with_file_name("assay-node"),
    }
}

impl Node {
    pub(super) fn start() -> Self {
        let binary = binary();
        assert!(
            binary.exists(),
            "{} is missing: run `make build`, or set ASSAY_NODE",
            binary.display()
        );
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(binary)
            .args(["--dev", "--rpc-port", "0", "--port", "0", "--no-prometheus"])
            .args(["--no-hardware-benchmarks", "--base-path"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .env_remove("RUST_LOG")
            .spawn()
            .expect("assay-node starts");
        let log = BufReader::new(process.stderr.take().expect("standard error is a pipe"));
        let (found, address) = mpsc::channel();
        // Reads to the end, so that the node never waits for room in the pipe.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("Running JSON-RPC server: addr=") {
                    let first = rest.split([',', ' ']).next().unwrap_or_default();
                    let _ = found.send(format!("ws://{first}"));
                }
                eprintln!("{line}");
            }
        });
        let mut node = Self {
            process,
            url: String::new(),
            _folder: folder,
        };
        node.url = address
            .recv_timeout(PATIENCE)
            .expect("the node says where it serves JSON-RPC");
        node
    }

    pub(super) fn assay(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_assay"))
            .args(arguments)
            .args(["--json", "--url", &self.url])
            .output()
            .expect("the binary runs")
    }

    /// Runs a command that succeeds, and returns what it prints.
    pub(super) fn ask(&self, arguments: &[&str]) -> Value {
        json(&self.assay(arguments))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
