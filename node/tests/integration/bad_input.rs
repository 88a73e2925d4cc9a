// SPDX-License-Identifier: GPL-3.0-only
//! What a node can't work with is said in one line, and nothing is left behind.

use crate::support::{refusal, run};
use std::{fs, net::TcpListener};

#[test]
fn an_unknown_chain_is_named() {
    assert!(refusal(&["--chain", "nowhere"]).contains("unknown chain `nowhere`"));
    assert!(refusal(&["export-chain-spec", "--chain", "nowhere"]).contains("`nowhere`"));
}

#[test]
fn a_chain_must_be_chosen() {
    let line = refusal(&[]);
    assert!(line.contains("--dev") && line.contains("--chain"), "{line}");
}

#[test]
fn an_unreadable_spec_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("broken.json");
    fs::write(&spec, "{ \"name\": \"Broken\", ").unwrap();
    let line = refusal(&["--chain", spec.to_str().unwrap()]);
    assert!(line.contains("broken.json"), "{line}");
}

#[test]
fn a_taken_port_stops_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let base_path = folder.path().join("data");
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    for option in ["--rpc-port", "--port", "--prometheus-port"] {
        let mut arguments = vec!["--dev", "--base-path", base_path.to_str().unwrap()];
        for other in ["--rpc-port", "--port"]
            .into_iter()
            .filter(|other| *other != option)
        {
            arguments.extend([other, "0"]);
        }
        if option != "--prometheus-port" {
            arguments.push("--no-prometheus");
        }
        arguments.extend([option, &port]);
        let line = refusal(&arguments);
        assert!(line.contains(&port) && line.contains(option), "{line}");
        assert!(
            !base_path.exists(),
            "nothing is written before the ports are known to be free"
        );
    }
}

#[test]
fn an_export_that_fails_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("missing").join("spec.json");
    let line = refusal(&[
        "export-chain-spec",
        "--chain",
        "dev",
        "--output",
        output.to_str().unwrap(),
    ]);
    assert!(line.contains("spec.json"), "{line}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn keys_are_made_and_read_back() {
    let secret = "//Alice";
    let output = run(&["key", "inspect", "--output-type", "json", secret]);
    assert!(output.status.success());
    let key: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        key["ss58Address"],
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
    );
}
