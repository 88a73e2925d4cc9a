// SPDX-License-Identifier: Apache-2.0
//! `assay key`: keystore files, as polkadot.js reads and writes them.

use std::path::PathBuf;

use anyhow::anyhow;
use assay_client::{
    keys::{self, keystore},
    SecretString,
};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{exit::Failure, output::Output};

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Write a new keystore file, for a new key or for one from the environment.
    Create(Create),
    /// Show whose key a keystore file holds. Needs no password.
    Show(Show),
}

/// Write a keystore file.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The file to write. One that is there is not replaced.
    file: PathBuf,
    /// Name of the key in wallets. Not secret.
    #[arg(long, default_value = "assay")]
    name: String,
    /// Environment variable with the secret: a mnemonic, or 0x and a seed, derivations such as //hot behind it. Otherwise the
    /// key is new, and its mnemonic is not shown: the file and its password are all there is, so keep copies.
    #[arg(long, value_name = "VARIABLE")]
    seed_env: Option<String>,
    /// File with the password. It is asked for if neither this nor --password-env is given.
    #[arg(long, value_name = "FILE", conflicts_with = "password_env")]
    password_file: Option<PathBuf>,
    /// Environment variable with the password.
    #[arg(long, value_name = "VARIABLE")]
    password_env: Option<String>,
}

/// Show whose key a file holds.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The keystore file.
    file: PathBuf,
}

#[derive(Debug, Serialize)]
struct Shown {
    account: String,
    file: PathBuf,
}

impl Key {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let file = match self {
            Self::Create(create) => {
                create.create()?;
                &create.file
            }
            Self::Show(show) => &show.file,
        };
        let shown = Shown {
            account: keystore::account(file)?.to_string(),
            file: file.clone(),
        };
        output.print(&shown, |shown| {
            format!("{} in {}", shown.account, shown.file.display())
        })
    }
}

impl Create {
    fn create(&self) -> Result<(), Failure> {
        let secret = match &self.seed_env {
            Some(variable) => keys::password_from_env(variable)?,
            None => keys::generate()?,
        };
        let json = keystore::create(&secret, &self.name, &self.password()?)?;
        Ok(keystore::write(&self.file, &json)?)
    }

    fn password(&self) -> Result<SecretString, Failure> {
        if let Some(variable) = &self.password_env {
            return Ok(keys::password_from_env(variable)?);
        }
        if let Some(file) = &self.password_file {
            return Ok(keys::password_from_file(file)?);
        }
        let ask = |what| {
            rpassword::prompt_password(what).map_err(|error| {
                Failure::Input(anyhow!(
                    "no password can be asked for ({error}): give --password-file or --password-env"
                ))
            })
        };
        let password = ask("new password: ")?;
        if ask("once more: ")? != password {
            return Err(Failure::Input(anyhow!("the passwords differ")));
        }
        Ok(SecretString::from(password))
    }
}
