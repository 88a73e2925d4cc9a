// SPDX-License-Identifier: GPL-3.0-only
//! A running node that a test can ask and kill, and a command that ends by itself.

use serde_json::{json, Value};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

/// How long a node may take for anything. Far more than it needs: it ends what hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The binary under test.
pub(crate) fn assay_node() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay-node"));
    command.stdin(Stdio::null()).env_remove("RUST_LOG");
    command
}

/// Runs a command that is expected to end by itself.
pub(crate) fn run(arguments: &[&str]) -> Output {
    assay_node()
        .args(arguments)
        .output()
        .expect("assay-node starts")
}

/// Runs a command that is expected to fail, and returns the one line that it says.
pub(crate) fn refusal(arguments: &[&str]) -> String {
    let output = run(arguments);
    let text = String::from_utf8(output.stderr).expect("text");
    assert!(!output.status.success(), "{arguments:?} succeeded");
    assert!(
        output.stdout.is_empty(),
        "{arguments:?} wrote to standard output"
    );
    assert_eq!(text.lines().count(), 1, "{arguments:?} said:\n{text}");
    text
}

/// A development node on ports that the system chose. Dropping it kills it, as `kill -9` does.
pub(crate) struct Node {
    process: Child,
    rpc: String,
}

impl Node {
    /// Starts a node that keeps its data in `base_path`, and waits until it answers.
    pub(crate) fn start(base_path: &Path) -> Self {
        let mut process = assay_node()
            .args(["--dev", "--rpc-port", "0", "--port", "0", "--no-prometheus"])
            .args(["--no-hardware-benchmarks", "--base-path"])
            .arg(base_path)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("assay-node starts");
        let log = BufReader::new(process.stderr.take().expect("standard error is a pipe"));
        let (found, address) = mpsc::channel();
        // Reads to the end, so that the node never waits for room in the pipe.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("Running JSON-RPC server: addr=") {
                    let first = rest.split([',', ' ']).next().unwrap_or_default();
                    let _ = found.send(first.to_owned());
                }
                eprintln!("{line}");
            }
        });
        let rpc = address.recv_timeout(PATIENCE);
        let mut node = Self {
            process,
            rpc: String::new(),
        };
        node.rpc = rpc.expect("the node says where it serves JSON-RPC");
        node
    }

    /// Calls a JSON-RPC method and returns its result.
    pub(crate) fn call(&self, method: &str, parameters: Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters })
            .to_string();
        let mut stream = TcpStream::connect(&self.rpc).expect("the node listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a timeout can be set");
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.rpc,
            body.len(),
        )
        .expect("the node reads");
        let mut response = String::new();
        stream
            .read_to_string(&mut response)
            .expect("the node answers");
        let (_, content) = response.split_once("\r\n\r\n").expect("an HTTP response");
        let mut answer: Value = serde_json::from_str(content).expect("JSON");
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The hash of a block, if the chain has reached it.
    pub(crate) fn block_hash(&self, number: u64) -> Option<String> {
        self.call("chain_getBlockHash", json!([number]))
            .as_str()
            .map(Into::into)
    }

    /// The number of the last finalised block.
    pub(crate) fn finalised(&self) -> u64 {
        let hash = self.call("chain_getFinalizedHead", json!([]));
        let header = self.call("chain_getHeader", json!([hash]));
        let number = header["number"].as_str().expect("a header has a number");
        u64::from_str_radix(number.trim_start_matches("0x"), 16).expect("a hexadecimal number")
    }

    /// Waits until the chain is finalised up to a block.
    pub(crate) fn wait_for(&self, number: u64) {
        let start = Instant::now();
        while self.finalised() < number {
            assert!(start.elapsed() < PATIENCE, "block {number} didn't come");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.process.kill().expect("the node runs");
        self.process.wait().expect("the node ended");
    }
}
