// SPDX-License-Identifier: GPL-3.0-only
//! The specifications in `chain-spec/` are what the node's presets give today.

use crate::support::run;
use serde_json::Value;
use std::{fs, path::PathBuf};

/// The node's specification of a chain, with the length of its runtime code, which is then left out
/// as `scripts/chain-specs.sh` does.
fn exported(chain: &str) -> (Value, usize) {
    let output = run(&["export-chain-spec", "--chain", chain]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut spec: Value = serde_json::from_slice(&output.stdout).unwrap();
    let code = &mut spec["genesis"]["runtimeGenesis"]["code"];
    let length = code
        .as_str()
        .expect("a plain specification holds the code as text")
        .len();
    *code = "0x".into();
    (spec, length)
}

#[test]
fn checked_in_specs_are_current() {
    for (chain, file) in [("dev", "development.json"), ("local", "local.json")] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../chain-spec")
            .join(file);
        let checked_in: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let (spec, code_length) = exported(chain);
        assert!(code_length > 100_000, "{chain} holds the runtime");
        assert_eq!(
            serde_json::to_string_pretty(&checked_in).unwrap(),
            serde_json::to_string_pretty(&spec).unwrap(),
            "chain-spec/{file} is out of date: run 'make chain-specs' and read what changed"
        );
    }
}

#[test]
fn a_raw_spec_can_be_exported_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join("raw.json");
    let raw = raw.to_str().unwrap();
    let export = [
        "export-chain-spec",
        "--chain",
        "local",
        "--raw",
        "--output",
        raw,
    ];
    assert!(run(&export).status.success());
    let again = run(&["export-chain-spec", "--chain", raw, "--raw"]);
    assert!(
        again.status.success(),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
    assert_eq!(again.stdout, fs::read(raw).unwrap());
}
