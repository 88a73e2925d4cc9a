// SPDX-License-Identifier: GPL-3.0-only
//! Chain specifications: two that are built in, from the genesis presets of the runtime that this
//! binary contains, and any other from a file.

use polkadot_omni_node_lib::{
    chain_spec::{Extensions, GenericChainSpec, LoadSpec},
    runtime::{AuraConsensusId, BlockNumber, Consensus, Runtime, RuntimeResolver},
};
use sc_chain_spec::{ChainSpec, ChainType, Properties};
use serde_json::Value;
use sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use std::path::Path;

/// The parachain's id on the relay chain of a development or local network. The presets hold the
/// same number.
pub(crate) const PARA_ID: u32 = 2100;

/// The relay chain of the built-in specifications. It exists only on the machine of whoever starts
/// it, so that a collator gets its specification as a file.
pub(crate) const LOCAL_RELAY_CHAIN: &str = "rococo-local";

/// What stands for the runtime code in the specifications that `chain-spec/` keeps under version
/// control.
const ELIDED_CODE: &str = "0x";

/// Tells the library which runtime it serves, so that it need not guess from the metadata.
pub(crate) struct AssayRuntime;

impl RuntimeResolver for AssayRuntime {
    fn runtime(&self, _: &dyn ChainSpec) -> sc_cli::Result<Runtime> {
        Ok(Runtime::Omni(
            BlockNumber::U32,
            Consensus::Aura(AuraConsensusId::Sr25519),
        ))
    }
}

/// Finds the chain specification that `--chain` names: `dev`, `local`, or the path of a file.
pub(crate) struct SpecLoader;

impl LoadSpec for SpecLoader {
    fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
        let spec =
            match id {
                "" => return Err(
                    "which chain? `--dev` starts a development chain on this machine; `--chain` \
                     takes `local` or the path of a chain specification"
                        .into(),
                ),
                "dev" => development()?,
                "local" => local_testnet()?,
                path => from_file(Path::new(path))?,
            };
        Ok(Box::new(spec))
    }
}

/// A chain on one machine, without relay chain, with the runtime's `development` preset.
fn development() -> Result<GenericChainSpec, String> {
    built_in(
        "Assay Development",
        "assay_dev",
        ChainType::Development,
        DEV_RUNTIME_PRESET,
    )
}

/// A parachain whose relay chain runs on the same machine, with the runtime's `local_testnet`
/// preset.
fn local_testnet() -> Result<GenericChainSpec, String> {
    built_in(
        "Assay Local Testnet",
        "assay_local",
        ChainType::Local,
        LOCAL_TESTNET_RUNTIME_PRESET,
    )
}

fn built_in(
    name: &str,
    id: &str,
    chain_type: ChainType,
    preset: &str,
) -> Result<GenericChainSpec, String> {
    let code = assay_runtime::WASM_BINARY.ok_or(
        "this assay-node was built without its runtime (SKIP_WASM_BUILD was set): build it again \
         without that variable, or name a chain specification with `--chain PATH`",
    )?;
    Ok(
        GenericChainSpec::builder(code, Extensions::new(LOCAL_RELAY_CHAIN.into(), PARA_ID))
            .with_name(name)
            .with_id(id)
            .with_chain_type(chain_type)
            .with_protocol_id("assay")
            .with_properties(properties())
            .with_genesis_config_preset_name(preset)
            .build(),
    )
}

/// How wallets show the token.
fn properties() -> Properties {
    let mut properties = Properties::new();
    properties.insert("tokenSymbol".into(), "ASY".into());
    properties.insert("tokenDecimals".into(), 12.into());
    properties.insert("ss58Format".into(), 42.into());
    properties
}

fn from_file(path: &Path) -> Result<GenericChainSpec, String> {
    let name = path.display();
    if !path.exists() {
        return Err(format!(
            "unknown chain `{name}`: it is neither `dev` nor `local`, and there is no such file"
        ));
    }
    let unusable = |reason: &dyn std::fmt::Display| {
        format!("`{name}` is not a usable chain specification: {reason}")
    };
    let text = std::fs::read(path).map_err(|error| unusable(&error))?;
    let json: Value = serde_json::from_slice(&text).map_err(|error| unusable(&error))?;
    let genesis = json
        .get("genesis")
        .ok_or_else(|| unusable(&"it has no `genesis`"))?;
    if genesis
        .pointer("/runtimeGenesis/code")
        .and_then(Value::as_str)
        == Some(ELIDED_CODE)
    {
        return Err(unusable(
            &"its runtime code was left out; `assay-node export-chain-spec --chain dev|local` \
              writes a complete one",
        ));
    }
    GenericChainSpec::from_json_file(path.into()).map_err(|error| unusable(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(id: &str) -> Box<dyn ChainSpec> {
        SpecLoader
            .load_spec(id)
            .unwrap_or_else(|error| panic!("{id}: {error}"))
    }

    fn refuse(id: &str) -> String {
        match SpecLoader.load_spec(id) {
            Ok(_) => panic!("{id} was accepted"),
            Err(message) => {
                assert!(!message.contains('\n'), "more than one line: {message}");
                message
            }
        }
    }

    #[test]
    fn built_in_specs_are_of_their_kind() {
        assert_eq!(load("dev").chain_type(), ChainType::Development);
        assert_eq!(load("local").chain_type(), ChainType::Local);
        for id in ["dev", "local"] {
            let spec = load(id);
            let extensions = Extensions::try_get(&*spec).unwrap();
            assert_eq!(extensions.para_id(), Some(PARA_ID));
            assert_eq!(extensions.relay_chain(), LOCAL_RELAY_CHAIN);
            assert_eq!(
                spec.properties().get("tokenSymbol"),
                Some(&Value::from("ASY"))
            );
        }
    }

    #[test]
    fn built_in_specs_agree_with_the_runtime() {
        for id in ["dev", "local"] {
            let spec = load(id);
            let json: Value = serde_json::from_str(&spec.as_json(false).unwrap()).unwrap();
            let preset = &json["genesis"]["runtimeGenesis"]["patch"];
            assert_eq!(preset["parachainInfo"]["parachainId"], PARA_ID, "{id}");
            // The runtime builds its genesis state from its own preset.
            assert!(spec.build_storage().unwrap().top.len() > 10, "{id}");
        }
    }

    #[test]
    fn a_written_spec_reads_back_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("local.json");
        let written = load("local").as_json(false).unwrap();
        std::fs::write(&path, &written).unwrap();
        assert_eq!(
            load(path.to_str().unwrap()).as_json(false).unwrap(),
            written
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refuse_content = |content: &str| {
            let path = folder.path().join("spec.json");
            std::fs::write(&path, content).unwrap();
            refuse(path.to_str().unwrap())
        };
        assert!(refuse("no-such-chain").contains("unknown chain `no-such-chain`"));
        assert!(refuse("").contains("--dev"));
        assert!(
            refuse(folder.path().to_str().unwrap()).contains("not a usable chain specification")
        );
        assert!(refuse_content("{ \"name\": ").contains("not a usable chain specification"));
        assert!(refuse_content("{}").contains("no `genesis`"));
        assert!(refuse_content(r#"{ "genesis": {} }"#).contains("missing field"));
        let elided = r#"{ "genesis": { "runtimeGenesis": { "code": "0x", "patch": {} } } }"#;
        assert!(refuse_content(elided).contains("export-chain-spec"));
    }
}
