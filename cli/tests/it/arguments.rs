// SPDX-License-Identifier: Apache-2.0
//! Arguments of the chain's commands, as far as no node is needed.

use std::{fs, process::Command};

use super::{assay, text};

/// An address at which nobody listens.
const NOBODY: &str = "ws://127.0.0.1:1";

fn refusal(arguments: &[&str]) -> String {
    let result = assay(arguments);
    let message = String::from_utf8(result.stderr).unwrap();
    assert_eq!(result.status.code(), Some(2), "{arguments:?}: {message}");
    assert!(result.stdout.is_empty(), "{arguments:?}");
    message
}

#[test]
fn amounts_percentages_and_addresses_are_checked_before_anything_is_asked() {
    for arguments in [
        &["provider", "unbond", "1e3", "--account", "//Alice"][..],
        &["provider", "unbond", "-1", "--account", "//Alice"],
        &[
            "provider",
            "bond",
            "1.0000000000001",
            "--account",
            "//Alice",
        ],
        &[
            "provider",
            "register",
            "--bond",
            "1",
            "--commission",
            "101",
            "--account",
            "//Alice",
        ],
        &[
            "provider",
            "show",
            "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX",
        ],
        &["stake", "delegate", "alice", "1", "--account", "//Alice"],
        &["job", "watch", "one"],
        &[
            "job",
            "post",
            "0",
            "--max-price",
            "1",
            "--account",
            "//Alice",
        ],
        &["concentration", "--era", "-1"],
    ] {
        refusal(arguments);
    }
}

#[test]
fn a_node_that_does_not_answer_is_named() {
    for arguments in [
        &["job", "list"][..],
        &["model", "list"],
        &["provider", "list"],
        &["concentration"],
        &["receipt", "verify", "3"],
    ] {
        let message = refusal(&[arguments, &["--url", "http://127.0.0.1:9944"]].concat());
        assert!(message.contains("ws://"), "{message}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["model", "list"])
        .env("ASSAY_URL", "nowhere")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr)
        .unwrap()
        .contains("nowhere"));
}

#[test]
fn a_transaction_needs_a_key_and_says_how_to_give_one() {
    let message = refusal(&["job", "cancel", "3", "--url", NOBODY]);
    assert!(
        message.contains("--keystore") && message.contains("--seed-env"),
        "{message}"
    );
    let two = [
        "job",
        "cancel",
        "3",
        "--account",
        "//Alice",
        "--seed-env",
        "X",
    ];
    refusal(&two);
}

#[test]
fn secrets_are_neither_taken_from_the_command_line_nor_repeated() {
    let words = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
    let message = refusal(&["job", "cancel", "3", "--account", words]);
    assert!(!message.contains("bottom"), "{message}");

    let output = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["job", "cancel", "3", "--seed-env", "ASSAY_TEST_SECRET"])
        .env("ASSAY_TEST_SECRET", "correct horse battery staple")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!String::from_utf8(output.stderr).unwrap().contains("horse"));
}

#[test]
fn keystore_files_are_made_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.json");
    let password = folder.path().join("password");
    fs::write(&password, "correct horse\n").unwrap();
    let create = |file| {
        Command::new(env!("CARGO_BIN_EXE_assay"))
            .args([
                "key",
                "create",
                file,
                "--seed-env",
                "ASSAY_TEST_SECRET",
                "--json",
            ])
            .args(["--password-file", text(&password)])
            .env("ASSAY_TEST_SECRET", "//Alice")
            .output()
            .unwrap()
    };
    let created = super::json(&create(text(&file)));
    let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    assert_eq!(created["account"], alice);
    let shown = super::json(&assay(&["key", "show", text(&file), "--json"]));
    assert_eq!(shown["account"], alice);
    let content = fs::read(&file).unwrap();
    assert_eq!(create(text(&file)).status.code(), Some(2));
    assert_eq!(fs::read(&file).unwrap(), content);

    let wrong = folder.path().join("wrong");
    fs::write(&wrong, "correct horses").unwrap();
    let message = refusal(&[
        "job",
        "cancel",
        "3",
        "--keystore",
        text(&file),
        "--password-file",
        text(&wrong),
    ]);
    assert!(message.contains("wrong password"), "{message}");
}
