// SPDX-License-Identifier: Apache-2.0
//! The chain's commands against a real development node: a model is registered, a provider bonds, a job is posted, followed
//! and cancelled; others are accepted, proven and settled ([`settled`]). Whoever acts is this test, so that what happens is
//! always the same.

mod node;
mod settled;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use node::Node;

use serde_json::Value;

use super::{compile, json, models, text};

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

#[test]
fn the_commands_do_what_they_say() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("digits");
    json(&compile("mnist-mlp-tanh-sigmoid", &folder));
    let node = Node::start();

    models_are_registered(&node, &folder);
    providers_bond_and_unbond(&node);
    delegations_come_and_go(&node);
    jobs_are_posted_and_cancelled(&node, &folder, temporary.path());
    settled::jobs_are_settled_and_verified(&node, &folder, temporary.path());
    concentration_is_shown(&node);
}

fn models_are_registered(node: &Node, folder: &Path) {
    assert_eq!(node.ask(&["model", "list"]), serde_json::json!([]));
    let registered = node.ask(&[
        "model",
        "register",
        text(folder),
        "--licence",
        "Apache-2.0",
        "--royalty",
        "2.5",
        "--account",
        "//Alice",
    ]);
    assert_eq!(registered["model"], 0);
    assert_eq!(registered["account"], ALICE);
    let shown = node.ask(&["model", "show", "0"]);
    assert_eq!(shown["name"], "digits");
    assert_eq!(shown["licence"], "Apache-2.0");
    assert_eq!(shown["owner"], ALICE);
    assert_eq!(shown["status"], "Active");
    assert_eq!(shown["royalty_percent"], 2.5);
    assert_eq!(shown["input_elements"], 784);
    assert_eq!(shown["key"], registered["key"]);
    let listed = node.ask(&["model", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);

    // The key that comes back is the one that went there.
    let key = folder.with_file_name("chain.vk");
    node.ask(&["model", "show", "0", "--save-key", text(&key)]);
    assert_eq!(
        fs::read(key).unwrap(),
        fs::read(folder.join("model.vk")).unwrap()
    );

    let unknown = node.assay(&["model", "show", "7"]);
    assert_eq!(unknown.status.code(), Some(1));
}

fn providers_bond_and_unbond(node: &Node) {
    node.ask(&[
        "provider",
        "register",
        "--bond",
        "2000",
        "--commission",
        "5",
        "--metadata",
        "Bob's GPUs",
        "--account",
        "//Bob",
    ]);
    node.ask(&["provider", "bond", "500", "--account", "//Bob"]);
    node.ask(&["provider", "unbond", "100", "--account", "//Bob"]);
    let shown = node.ask(&["provider", "show", BOB]);
    assert_eq!(shown["own_bond"], "2400000000000000");
    assert_eq!(shown["commission_percent"], 5.0);
    assert_eq!(shown["metadata"], "Bob's GPUs");
    let listed = node.ask(&["provider", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);

    // The runtime's refusal, in its words.
    let twice = node.assay(&[
        "provider",
        "register",
        "--bond",
        "2000",
        "--account",
        "//Bob",
    ]);
    let message = String::from_utf8(twice.stderr).unwrap();
    assert_eq!(twice.status.code(), Some(1), "{message}");
    assert!(
        message.contains("Verification.AlreadyProvider"),
        "{message}"
    );
    let nobody = node.assay(&["provider", "show", ALICE]);
    assert_eq!(nobody.status.code(), Some(1));

    // A proxy acts for Bob, as far as its kind goes: staking is not what workers do.
    let ferdie = "5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL";
    node.ask(&[
        "provider",
        "proxy",
        ferdie,
        "--kind",
        "Staking",
        "--account",
        "//Bob",
    ]);
    node.ask(&[
        "provider",
        "bond",
        "100",
        "--account",
        "//Ferdie",
        "--proxy-for",
        BOB,
    ]);
    assert_eq!(
        node.ask(&["provider", "show", BOB])["own_bond"],
        "2500000000000000"
    );
    node.ask(&[
        "provider",
        "proxy",
        ferdie,
        "--kind",
        "Staking",
        "--remove",
        "--account",
        "//Bob",
    ]);
    let ended = node.assay(&[
        "provider",
        "bond",
        "100",
        "--account",
        "//Ferdie",
        "--proxy-for",
        BOB,
    ]);
    let message = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{message}");
    assert!(message.contains("Proxy.NotProxy"), "{message}");
}

fn delegations_come_and_go(node: &Node) {
    node.ask(&["stake", "delegate", BOB, "50", "--account", "//Charlie"]);
    let delegations = node.ask(&["stake", "rewards", "--account", "//Charlie"]);
    assert_eq!(delegations[0]["provider"], BOB);
    // It becomes active with an era, which may begin at any moment.
    let amount = |name: &str| {
        delegations[0][name]
            .as_str()
            .unwrap()
            .parse::<u128>()
            .unwrap()
    };
    assert_eq!(amount("active") + amount("pending"), 50_000_000_000_000);
    assert_eq!(delegations[0]["rewards"], "0");
    node.ask(&["stake", "undelegate", BOB, "20", "--account", "//Charlie"]);
}

fn jobs_are_posted_and_cancelled(node: &Node, folder: &Path, temporary: &Path) {
    let digit = models().join("mnist-digits/digit-7.png");
    let post = |more: &[&str]| {
        let arguments = [
            "job",
            "post",
            "0",
            "--input",
            text(&digit),
            "--bundle",
            text(folder),
        ];
        node.assay(&[&arguments[..], &["--max-price", "1.5"], more].concat())
    };
    let quoted = json(&post(&["--dry-run"]));
    assert_eq!(quoted["cost"]["inputs"], 1);
    assert_eq!(quoted["cost"]["max_price"], "1500000000000");
    assert!(quoted.get("job").is_none());

    let posted = json(&post(&["--account", "//Dave"]));
    assert_eq!(posted["job"], 0);
    let listed = node.ask(&["job", "list"]);
    assert_eq!(listed[0]["job"], 0);
    assert_eq!(listed[0]["stage"], "open");
    assert_eq!(listed[0]["model"], 0);
    assert_eq!(
        node.ask(&["job", "list", "--provider", BOB]),
        serde_json::json!([])
    );

    // Whoever stops following it does not stop it.
    interrupt_watching(node);
    assert_eq!(node.ask(&["job", "list"])[0]["stage"], "open");

    // Only who posted it can cancel it.
    let stranger = node.assay(&["job", "cancel", "0", "--account", "//Eve"]);
    let message = String::from_utf8(stranger.stderr).unwrap();
    assert_eq!(stranger.status.code(), Some(1), "{message}");
    assert!(
        message.contains("InferenceMarket.NotRequester"),
        "{message}"
    );

    // Somebody follows the job while it is cancelled.
    let watching = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["job", "watch", "0", "--json", "--url", &node.url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    node.ask(&["job", "cancel", "0", "--account", "//Dave"]);
    let watched = watching.wait_with_output().unwrap();
    assert_eq!(watched.status.code(), Some(1));
    let watched: Value = serde_json::from_slice(&watched.stdout).unwrap();
    assert_eq!(watched["stage"], "ended");
    assert_eq!(node.ask(&["job", "list"]), serde_json::json!([]));
    let receipt = node.assay(&["receipt", "verify", "0"]);
    assert_eq!(receipt.status.code(), Some(1));
    let future = node.assay(&["job", "watch", "99"]);
    assert_eq!(future.status.code(), Some(1));

    // Codes need no manifest, and the chain's range is checked here already.
    let codes = temporary.join("codes.json");
    fs::write(
        &codes,
        format!(r#"{{"input_codes": [{:?}]}}"#, vec![100_000; 784]),
    )
    .unwrap();
    let refused = node.assay(&[
        "job",
        "post",
        "0",
        "--input",
        text(&codes),
        "--max-price",
        "1",
        "--account",
        "//Dave",
    ]);
    assert_eq!(refused.status.code(), Some(2));
    let poor = post(&["--account", "//Nobody"]);
    let message = String::from_utf8(poor.stderr).unwrap();
    assert_eq!(poor.status.code(), Some(2), "{message}");
    assert!(message.contains("needs"), "{message}");
}

/// Ctrl-C, once the command is at work.
fn interrupt_watching(node: &Node) {
    let mut watching = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["job", "watch", "0", "--url", &node.url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(watching.stderr.take().unwrap()).lines();
    let first = said.next().unwrap().unwrap();
    assert!(first.contains("following job 0"), "{first}");
    let interrupted = Command::new("kill")
        .args(["-INT", &watching.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    assert_eq!(watching.wait().unwrap().code(), Some(130));
    let last = said.last().unwrap().unwrap();
    assert!(last.contains("job 0 goes on"), "{last}");
}

fn concentration_is_shown(node: &Node) {
    let report = node.ask(&["concentration"]);
    assert_eq!(report["present"], true);
    let names: Vec<&str> = report["dimensions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|measured| measured["dimension"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Work", "Stake", "Blocks"]);
    let unknown = node.assay(&["concentration", "--era", "1000000"]);
    assert_eq!(unknown.status.code(), Some(1));
}
