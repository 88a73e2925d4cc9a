// SPDX-License-Identifier: Apache-2.0
//! `assay-worker check` against a real development node.

use std::process::{Command, Stdio};

use assay_worker::{config::Config, executor::AdapterPolicy};

use super::process::text;
use crate::engine::live::network::Network;

const SEED: &str = "ASSAY_TEST_SEED";

/// The exit code and the results by check, of a worker with this configuration and key.
fn check(network: &Network, mut config: Config, uri: &str) -> (i32, serde_json::Value) {
    config.account.seed_env = Some(SEED.into());
    config.device.adapter = AdapterPolicy::Cpu;
    config.telemetry.enabled = false;
    let path = network.folder.path().join("check.toml");
    std::fs::write(&path, config.to_toml()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_assay-worker"))
        .arg("--config")
        .arg(path)
        .args(["check", "--json"])
        .env(SEED, uri)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (code, out, err) = text(&output);
    let json = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out} {err}"));
    (code, json)
}

/// How a check ended.
fn result<'a>(json: &'a serde_json::Value, name: &str) -> &'a str {
    let rows = json["checks"].as_array().unwrap();
    let row = rows.iter().find(|row| row["check"] == name);
    row.unwrap_or_else(|| panic!("no {name}: {json}"))["result"]
        .as_str()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_finds_out_what_the_chain_says() {
    let network = Network::start().await;
    let provider = network.provider("//Bob", true).await;

    let (code, json) = check(&network, network.config(&provider), &provider.uri);
    assert_eq!((code, json["ready"].as_bool()), (0, Some(true)), "{json}");
    for name in [
        "connection",
        "blocks",
        "provider",
        "stake",
        "proxy",
        "models",
    ] {
        assert_eq!(result(&json, name), "ok", "{name}: {json}");
    }

    // A key that nobody appointed, and that has nothing.
    let (code, json) = check(&network, network.config(&provider), "//Bob//other");
    assert_eq!(code, 1);
    assert_eq!(result(&json, "proxy"), "failed");
    assert_eq!(result(&json, "fees"), "failed");

    // An account that is no provider.
    let mut config = network.config(&provider);
    config.account.provider = provider.key.account().to_string();
    let (code, json) = check(&network, config, &provider.uri);
    assert_eq!(code, 1);
    assert_eq!(result(&json, "provider"), "failed");
    assert_eq!(result(&json, "stake"), "skipped");

    // Another chain than the one that is asked for, and a model that isn't there.
    let mut config = network.config(&provider);
    config.chain.genesis = Some([7; 32]);
    let (code, json) = check(&network, config, &provider.uri);
    assert_eq!(code, 1);
    assert_eq!(result(&json, "connection"), "failed");
    let mut config = network.config(&provider);
    config.models.serve = vec![77];
    let (_, json) = check(&network, config, &provider.uri);
    assert_eq!(result(&json, "models"), "warning");
}
