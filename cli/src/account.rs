// SPDX-License-Identifier: Apache-2.0
//! Whose key signs, and where it comes from.

use std::path::PathBuf;

use anyhow::anyhow;
use assay_client::{keys, AccountId, ProxyFor, SecretString, Signer, TransactionOptions};
use clap::Args;

use crate::exit::Failure;

/// The environment variable with a secret URI, if nothing else is said.
const VARIABLE: &str = "ASSAY_SEED";

/// Who signs: one of --account, --seed-env and --keystore; otherwise the secret in the environment variable ASSAY_SEED.
#[derive(Debug, Args)]
pub(crate) struct Account {
    /// A development key that everybody knows, such as //Alice. Real secrets don't belong on a command line, where other
    /// users of the machine can see them.
    #[arg(long, value_name = "//NAME", group = "key")]
    account: Option<String>,
    /// Environment variable that holds the secret: a mnemonic, or 0x and a seed, derivations such as //hot behind it.
    #[arg(long, value_name = "VARIABLE", group = "key")]
    seed_env: Option<String>,
    /// A keystore file of polkadot.js (JSON).
    #[arg(long, value_name = "FILE", group = "key")]
    keystore: Option<PathBuf>,
    /// File with the keystore's password. It is asked for if neither this nor --password-env is given.
    #[arg(
        long,
        value_name = "FILE",
        requires = "keystore",
        conflicts_with = "password_env"
    )]
    password_file: Option<PathBuf>,
    /// Environment variable with the keystore's password.
    #[arg(long, value_name = "VARIABLE", requires = "keystore")]
    password_env: Option<String>,
    /// Act for this account, of which the key is a proxy.
    #[arg(long, value_name = "ADDRESS")]
    proxy_for: Option<AccountId>,
    /// Paid to whoever includes the transaction.
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = assay_client::units::parse_amount)]
    tip: u128,
}

impl Account {
    /// The key.
    pub(crate) fn signer(&self) -> Result<Signer, Failure> {
        if let Some(name) = &self.account {
            return development(name);
        }
        if let Some(path) = &self.keystore {
            return Ok(Signer::from_keystore(path, &self.password(path)?)?);
        }
        match &self.seed_env {
            Some(variable) => Ok(Signer::from_env(variable)?),
            None if std::env::var_os(VARIABLE).is_some() => Ok(Signer::from_env(VARIABLE)?),
            None => Err(Failure::Input(anyhow!(
                "whose key signs? give --account //Alice on a development chain, --keystore FILE, --seed-env VARIABLE, \
                 or put the secret into {VARIABLE}"
            ))),
        }
    }

    fn password(&self, path: &std::path::Path) -> Result<SecretString, Failure> {
        if let Some(variable) = &self.password_env {
            return Ok(keys::password_from_env(variable)?);
        }
        if let Some(file) = &self.password_file {
            return Ok(keys::password_from_file(file)?);
        }
        // That the file can be read is worth knowing before a password is typed.
        let address = keys::keystore::account(path)?;
        let prompt = format!("password of {address}: ");
        rpassword::prompt_password(prompt)
            .map(SecretString::from)
            .map_err(|error| {
                Failure::Input(anyhow!(
                    "no password can be asked for ({error}): give --password-file or --password-env"
                ))
            })
    }

    /// The account that acts.
    pub(crate) fn acting(&self, signer: &Signer) -> AccountId {
        self.proxy_for.unwrap_or_else(|| signer.account())
    }

    /// How transactions are made.
    pub(crate) fn options(&self) -> TransactionOptions {
        TransactionOptions {
            tip: self.tip,
            proxy: self.proxy_for.map(|real| ProxyFor { real, kind: None }),
            ..TransactionOptions::default()
        }
    }
}

/// A key that everybody knows. Anything else that could be a secret is refused, and not repeated.
fn development(name: &str) -> Result<Signer, Failure> {
    if !name.starts_with("//") || name.contains("///") {
        return Err(Failure::Input(anyhow!(
            "--account takes development keys such as //Alice only: everybody on this machine can read a command line; \
             put a secret into an environment variable and give --seed-env"
        )));
    }
    Ok(Signer::from_uri(&name.into())?)
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn take_development_keys_only_from_the_command_line() {
        let alice = development("//Alice").unwrap().account().to_string();
        assert_eq!(alice, "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
        for secret in [
            "word word word",
            "0x00",
            "word//Alice",
            "//Alice///password",
        ] {
            let Err(Failure::Input(error)) = development(secret) else {
                panic!("{secret} is refused");
            };
            assert!(!error.to_string().contains(secret), "{error}");
        }
    }
}
