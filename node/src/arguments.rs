// SPDX-License-Identifier: GPL-3.0-only
//! The command line: the library's, with Assay's defaults for development, and checks that need no
//! service running.

use clap::{builder::ArgPredicate, CommandFactory, FromArgMatches, Parser, Subcommand as _};
use polkadot_omni_node_lib::chain_spec::{Extensions, LoadSpec};
use std::ffi::OsString;

use crate::{chain_spec::SpecLoader, export::Subcommands};

/// Milliseconds between two blocks of `--dev`, unless `--dev-block-time` is given. The library's
/// default is 3000.
const DEV_BLOCK_TIME_MS: &str = "1000";

/// The parsed command line.
pub(crate) type Cli = polkadot_omni_node_lib::cli::Cli<Binary>;

/// What the binary says about itself in `--help`, `--version` and over RPC.
pub(crate) struct Binary;

impl polkadot_omni_node_lib::CliConfig for Binary {
    fn impl_version() -> String {
        env!("CARGO_PKG_VERSION").into()
    }

    fn author() -> String {
        "the Assay contributors".into()
    }

    fn support_url() -> String {
        concat!(env!("CARGO_PKG_REPOSITORY"), "/issues").into()
    }

    fn copyright_start_year() -> u16 {
        2026
    }
}

/// Changes what `--dev` implies: a block every [`DEV_BLOCK_TIME_MS`], and RPC for every origin
/// without a warning about it (`--dev` allows every origin anyway). What is given explicitly wins.
pub(crate) fn with_development_defaults(command: clap::Command) -> clap::Command {
    command
        .mut_arg("dev_block_time", |arg| {
            arg.default_value_if(
                "dev",
                ArgPredicate::Equals("true".into()),
                DEV_BLOCK_TIME_MS,
            )
            .help(
                "Produce a block every so many milliseconds, on one machine and without \
                     consensus; `--dev` implies 1000",
            )
            .long_help(None::<&str>)
        })
        .mut_arg("rpc_cors", |arg| {
            arg.default_value_if("dev", ArgPredicate::Equals("true".into()), "all")
        })
}

/// Parses a command line whose first item is the program's name. Returns `None` unless it starts a
/// node: errors, `--help` and subcommands are for the library, which parses once more.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Option<Cli> {
    let command = Subcommands::augment_subcommands(Cli::command());
    let matches = command.try_get_matches_from(arguments).ok()?;
    if matches.subcommand_name().is_some() {
        return None;
    }
    Cli::from_arg_matches(&matches).ok()
}

/// Whether the node makes its blocks alone, without a relay chain.
pub(crate) fn is_development(cli: &Cli) -> bool {
    cli.run.base.shared_params.is_dev() || cli.dev_block_time.is_some() || cli.instant_seal
}

/// The arguments after `--`, as the relay chain's node reads them.
///
/// # Errors
///
/// Says which argument the relay chain's node doesn't know.
pub(crate) fn relay_chain(cli: &Cli) -> Result<sc_cli::RunCmd, String> {
    let arguments = std::iter::once("relay-chain").chain(cli.relay_chain_args.iter().map(|a| &**a));
    polkadot_cli::RunCmd::try_parse_from(arguments)
        .map(|relay_chain| relay_chain.base)
        .map_err(|error| {
            let text = error.to_string();
            let reason = text
                .lines()
                .next()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            format!("in the relay chain's arguments, after `--`: {reason}")
        })
}

/// Checks that the chain exists, and that a node which is not for development can know its relay
/// chain.
///
/// # Errors
///
/// One line that says what is wrong and what to do.
pub(crate) fn check(cli: &Cli) -> Result<(), String> {
    let shared = &cli.run.base.shared_params;
    let spec = SpecLoader.load_spec(&shared.chain_id(shared.is_dev()))?;

    if is_development(cli) || !cli.run.relay_chain_rpc_urls.is_empty() {
        return Ok(());
    }
    let named_by_spec = Extensions::try_get(&*spec)
        .map(Extensions::relay_chain)
        .unwrap_or_default();
    let needs_file = named_by_spec == crate::chain_spec::LOCAL_RELAY_CHAIN;
    if needs_file && relay_chain(cli)?.shared_params.chain.is_none() {
        return Err(format!(
            "chain `{}` has a relay chain of its own, `{named_by_spec}`: add \
             `-- --chain RELAY_SPEC.json` or `--relay-chain-rpc-urls URL`; for a chain on this \
             machine alone use `--dev`",
            spec.id()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(arguments: &[&str]) -> Option<Cli> {
        parse(
            std::iter::once("assay-node")
                .chain(arguments.iter().copied())
                .map(OsString::from),
        )
    }

    #[test]
    fn dev_makes_a_block_every_second_unless_told_otherwise() {
        assert_eq!(node(&["--dev"]).unwrap().dev_block_time, Some(1000));
        assert_eq!(
            node(&["--dev", "--dev-block-time", "250"])
                .unwrap()
                .dev_block_time,
            Some(250)
        );
        assert_eq!(node(&["--chain", "local"]).unwrap().dev_block_time, None);
    }

    #[test]
    fn dev_defaults_do_not_clash_with_explicit_choices() {
        assert!(node(&["--dev", "--instant-seal"]).unwrap().instant_seal);
        let endpoint = "listen-addr=127.0.0.1:1234";
        assert!(node(&["--dev", "--experimental-rpc-endpoint", endpoint]).is_some());
        let cors = |arguments: &[&str]| {
            node(arguments)
                .unwrap()
                .run
                .base
                .rpc_params
                .rpc_cors
                .map(Option::<Vec<String>>::from)
        };
        assert_eq!(cors(&["--dev"]), Some(None));
        assert_eq!(
            cors(&["--dev", "--rpc-cors", "http://example.org"]),
            Some(Some(vec!["http://example.org".into()]))
        );
        assert_eq!(cors(&["--chain", "local"]), None);
    }

    #[test]
    fn only_what_starts_a_node_is_parsed() {
        assert!(node(&["key", "generate"]).is_none());
        assert!(node(&["export-chain-spec", "--chain", "dev"]).is_none());
        assert!(node(&["--help"]).is_none());
        assert!(node(&["--version"]).is_none());
        assert!(node(&["--no-such-option"]).is_none());
    }

    #[test]
    fn a_chain_must_be_named_and_known() {
        assert_eq!(check(&node(&["--dev"]).unwrap()), Ok(()));
        assert!(check(&node(&[]).unwrap()).unwrap_err().contains("--dev"));
        let unknown = check(&node(&["--chain", "nowhere"]).unwrap()).unwrap_err();
        assert!(unknown.contains("unknown chain `nowhere`"), "{unknown}");
    }

    #[test]
    fn a_local_collator_needs_its_relay_chain() {
        let missing = check(&node(&["--chain", "local", "--collator"]).unwrap()).unwrap_err();
        assert!(missing.contains("-- --chain"), "{missing}");
        let given = [
            "--chain",
            "local",
            "--collator",
            "--",
            "--chain",
            "relay.json",
        ];
        assert_eq!(check(&node(&given).unwrap()), Ok(()));
        let remote = [
            "--chain",
            "local",
            "--relay-chain-rpc-urls",
            "ws://127.0.0.1:1",
        ];
        assert_eq!(check(&node(&remote).unwrap()), Ok(()));
        assert_eq!(
            check(&node(&["--chain", "local", "--dev-block-time", "1000"]).unwrap()),
            Ok(())
        );
    }

    #[test]
    fn unknown_relay_chain_arguments_are_named() {
        let cli = node(&["--chain", "local", "--", "--no-such-option"]).unwrap();
        let error = relay_chain(&cli).unwrap_err();
        assert!(
            error.contains("--no-such-option") && !error.contains('\n'),
            "{error}"
        );
    }
}
