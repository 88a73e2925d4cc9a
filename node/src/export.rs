// SPDX-License-Identifier: GPL-3.0-only
//! The `export-chain-spec` command: writes a chain specification, whole or not at all.

use clap::{ArgMatches, Command, FromArgMatches, Subcommand};
use polkadot_omni_node_lib::{extra_subcommand::ExtraSubcommand, RunConfig};
use sc_cli::ExportChainSpecCmd;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::arguments;

/// The commands that this binary has beside the library's.
#[derive(Debug, Subcommand)]
enum Added {
    /// Write a chain specification as JSON.
    ExportChainSpec(ExportChainSpecCmd),
}

/// [`Added`] as the library takes it. The library offers the whole command line to whoever adds
/// subcommands, which is where Assay's defaults for `--dev` come in as well.
pub(crate) struct Subcommands(Added);

impl FromArgMatches for Subcommands {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Added::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Subcommand for Subcommands {
    fn augment_subcommands(command: Command) -> Command {
        Added::augment_subcommands(arguments::with_development_defaults(command))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Added::augment_subcommands_for_update(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Added::has_subcommand(name)
    }
}

impl ExtraSubcommand for Subcommands {
    fn handle(self, config: &RunConfig) -> sc_cli::Result<()> {
        let Added::ExportChainSpec(command) = self.0;
        let spec = config.chain_spec_loader.load_spec(&command.chain)?;
        let json = sc_service::chain_ops::build_spec(spec.as_ref(), command.raw)?;
        match &command.output {
            Some(path) => write_whole(path, json.as_bytes())
                .map_err(|error| format!("cannot write `{}`: {error}", path.display()).into()),
            None => io::stdout()
                .write_all(json.as_bytes())
                .map_err(|error| format!("cannot write to standard output: {error}").into()),
        }
    }
}

/// Writes a file so that it holds all of `content` or is left as it was.
fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    // Where a link points to; and a pipe or a device cannot be replaced, only written to.
    let path = fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    if path.exists() && !path.is_file() {
        return fs::write(path, content);
    }
    let mut name = path
        .file_name()
        .ok_or(io::ErrorKind::InvalidInput)?
        .to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let partial = path.with_file_name(name);
    let written = fs::File::create_new(&partial).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&partial, &path)
    });
    if written.is_err() {
        // Nothing to add to the error when this fails too.
        let _ = fs::remove_file(&partial);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spec.json");
        write_whole(&path, b"first").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_whole(&folder.path().join("missing/spec.json"), b"x").is_err());
        // A folder in the way makes the last step fail.
        assert!(write_whole(folder.path(), b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
