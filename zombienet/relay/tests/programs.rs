// SPDX-License-Identifier: GPL-3.0-only
//! The three programs fit together: a validator refuses workers of another version than its own.

use std::process::Command;

/// The version that a program prints, without the commit that follows it.
fn version(program: &str) -> String {
    let output = Command::new(program)
        .arg("--version")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} --version failed");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let version = printed.split_whitespace().last().expect("a version");
    version.split('-').next().expect("a number").to_owned()
}

#[test]
fn the_workers_are_of_the_validators_version() {
    let validator = version(env!("CARGO_BIN_EXE_polkadot"));
    assert_eq!(validator, polkadot_node_primitives::NODE_VERSION);
    for worker in [
        env!("CARGO_BIN_EXE_polkadot-prepare-worker"),
        env!("CARGO_BIN_EXE_polkadot-execute-worker"),
    ] {
        assert_eq!(version(worker), validator, "{worker}");
    }
}
