// SPDX-License-Identifier: Apache-2.0
//! `assay-worker keys`: make, show or import the key that signs, as a polkadot.js keystore file.

use std::path::{Path, PathBuf};

use assay_client::{
    keys::{generate, keystore},
    SecretString, Signer,
};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{exit::Failure, output::Output};
use crate::{
    config::Config,
    keys::{self, KeysError},
};

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a new key and write it to a keystore file that only its owner can read.
    New {
        #[command(flatten)]
        target: Target,
        /// Print the phrase of 12 words from which the key can be made again. A hot key needs no copy: appoint another one.
        #[arg(long)]
        print_phrase: bool,
    },
    /// Show the address of the configured key, or of a keystore file, and whether calls go through a proxy.
    Show {
        /// A keystore file, instead of the configured key
        #[arg(long, value_name = "PATH")]
        keystore: Option<PathBuf>,
    },
    /// Write a key of which the phrase or seed is known to a keystore file.
    Import {
        #[command(flatten)]
        target: Target,
        /// The environment variable with the phrase or seed; asked for if not given
        #[arg(long, value_name = "NAME")]
        seed_env: Option<String>,
    },
}

/// Where a keystore file is written, and its password.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// The file; never replaced
    #[arg(long, value_name = "PATH")]
    output: PathBuf,
    /// A name that wallets show
    #[arg(long, default_value = "assay-worker")]
    name: String,
    /// A file whose first line is the password; asked for if there is neither this nor a variable
    #[arg(long, value_name = "PATH", conflicts_with = "password_env")]
    password_file: Option<PathBuf>,
    /// The environment variable with the password
    #[arg(long, value_name = "NAME")]
    password_env: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    /// The address of the key.
    address: String,
    /// The keystore file, if the key is in one.
    keystore: Option<PathBuf>,
    /// Whether calls are made for another account. Unknown without a configured provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<bool>,
    /// The provider's address, if configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// Only on demand.
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase: Option<String>,
}

pub(super) fn run(
    command: &Command,
    config: impl FnOnce() -> Result<Config, Failure>,
    output: &Output,
) -> Result<(), Failure> {
    let shown = match command {
        Command::New {
            target,
            print_phrase,
        } => {
            let phrase = generate().map_err(|error| {
                Failure::input(KeysError::Create {
                    path: target.output.clone(),
                    reason: error.to_string(),
                })
            })?;
            let mut shown = write(target, &phrase)?;
            if *print_phrase {
                use secrecy::ExposeSecret;
                shown.phrase = Some(phrase.expose_secret().to_string());
            }
            shown
        }
        Command::Import { target, seed_env } => {
            let fail = |reason: String| {
                Failure::input(KeysError::Create {
                    path: target.output.clone(),
                    reason,
                })
            };
            let seed = match seed_env {
                // Taken as a secret, like a password.
                Some(name) => assay_client::keys::password_from_env(name)
                    .map_err(|error| fail(format!("environment variable {name}: {error}")))?,
                None => keys::ask("Phrase or seed: ").map_err(|error| fail(error.to_string()))?,
            };
            write(target, &seed)?
        }
        Command::Show { keystore } => show(keystore.as_deref(), config)?,
    };
    output.print(&shown, text)
}

/// Writes a keystore file and reads it again: a file that can't be opened is found now, not when stake depends on it.
fn write(target: &Target, secret: &SecretString) -> Result<Shown, Failure> {
    let path = &target.output;
    let fail = |reason: String| {
        Failure::input(KeysError::Create {
            path: path.clone(),
            reason,
        })
    };
    let password = match (&target.password_file, &target.password_env) {
        (None, None) => new_password().map_err(fail)?,
        (file, variable) => {
            keys::password(path, file.as_deref(), variable.as_deref()).map_err(Failure::input)?
        }
    };
    let json =
        keystore::create(secret, &target.name, &password).map_err(|e| fail(e.to_string()))?;
    keystore::write(path, &json).map_err(|error| fail(error.to_string()))?;
    let signer = Signer::from_keystore(path, &password).map_err(|error| fail(error.to_string()))?;
    Ok(Shown {
        address: signer.account().to_string(),
        keystore: Some(path.clone()),
        proxy: None,
        provider: None,
        phrase: None,
    })
}

fn new_password() -> Result<SecretString, String> {
    use secrecy::ExposeSecret;
    let ask = |prompt| keys::ask(prompt).map_err(|error| error.to_string());
    let password = ask("New password: ")?;
    if password.expose_secret().is_empty() {
        return Err("the password is empty".to_string());
    }
    if ask("Again: ")?.expose_secret() != password.expose_secret() {
        return Err("the two passwords differ".to_string());
    }
    Ok(password)
}

fn show(
    keystore: Option<&Path>,
    config: impl FnOnce() -> Result<Config, Failure>,
) -> Result<Shown, Failure> {
    let mut account = match keystore {
        Some(path) => crate::config::Account {
            keystore: Some(path.to_path_buf()),
            ..Default::default()
        },
        None => config()?.account,
    };
    let address = keys::account(&account).map_err(Failure::input)?.to_string();
    let provider = Some(std::mem::take(&mut account.provider)).filter(|text| !text.is_empty());
    Ok(Shown {
        proxy: provider.as_ref().map(|provider| *provider != address),
        address,
        keystore: account.keystore,
        provider,
        phrase: None,
    })
}

fn text(shown: &Shown) -> String {
    let mut lines = vec![format!("address   {}", shown.address)];
    if let Some(path) = &shown.keystore {
        lines.push(format!("keystore  {}", path.display()));
    }
    match (&shown.provider, shown.proxy) {
        (Some(provider), Some(true)) => lines.push(format!(
            "signs for {provider}, whose proxy of kind Worker it must be"
        )),
        (Some(_), _) => lines.push("signs as the provider itself".to_string()),
        (None, _) => {}
    }
    if let Some(phrase) = &shown.phrase {
        lines.push(format!("phrase    {phrase}"));
        lines.push("Whoever has this phrase has the key.".to_string());
    }
    lines.join("\n")
}
