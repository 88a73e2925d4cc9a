// SPDX-License-Identifier: Apache-2.0
//! The key that signs, as the configuration names it. No secret is logged or printed.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use assay_client::{keys, AccountId, KeyError, SecretString, Signer};

use crate::{
    config::Account,
    error::{codes, Code, Coded, Severity},
};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The configuration names none.
    #[error("neither account.keystore nor account.seed_env is set")]
    NotConfigured,
    /// It can't be opened.
    #[error("{what}: {source}")]
    Open {
        /// The file or variable.
        what: String,
        /// Why.
        source: KeyError,
    },
    /// There is no password.
    #[error("the password of {}: {reason}", .keystore.display())]
    Password {
        /// The keystore file.
        keystore: PathBuf,
        /// Why.
        reason: String,
    },
    /// A new one can't be made or written.
    #[error("{}: {reason}", .path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Coded for KeysError {
    fn code(&self) -> Code {
        match self {
            Self::NotConfigured => codes::KY_001,
            Self::Open { .. } => codes::KY_002,
            Self::Password { .. } => codes::KY_003,
            Self::Create { .. } => codes::KY_004,
        }
    }

    fn severity(&self) -> Severity {
        Severity::Fatal
    }
}

/// Opens the key that signs. Asks for a password if none is configured and there is a terminal. Takes up to a second: the password's
/// hash is slow on purpose.
///
/// # Errors
///
/// If no key is configured, or it can't be opened.
pub fn signer(account: &Account) -> Result<Signer, KeysError> {
    match (&account.keystore, &account.seed_env) {
        (Some(path), _) => {
            let password = password(
                path,
                account.password_file.as_deref(),
                account.password_env.as_deref(),
            )?;
            Signer::from_keystore(path, &password).map_err(|source| KeysError::Open {
                what: path.display().to_string(),
                source,
            })
        }
        (None, Some(variable)) => Signer::from_env(variable).map_err(|source| KeysError::Open {
            what: format!("environment variable {variable}"),
            source,
        }),
        (None, None) => Err(KeysError::NotConfigured),
    }
}

/// The account of the key that signs, without its password if it is in a keystore.
///
/// # Errors
///
/// If no key is configured, or it can't be read.
pub fn account(account: &Account) -> Result<AccountId, KeysError> {
    match &account.keystore {
        Some(path) => keys::keystore::account(path).map_err(|source| KeysError::Open {
            what: path.display().to_string(),
            source,
        }),
        None => signer(account).map(|signer| signer.account()),
    }
}

/// The password of a keystore: from a file, from an environment variable, or asked for on the terminal.
///
/// # Errors
///
/// If it can't be read, or there is no terminal to ask on.
pub fn password(
    keystore: &Path,
    file: Option<&Path>,
    variable: Option<&str>,
) -> Result<SecretString, KeysError> {
    let fail = |reason: String| KeysError::Password {
        keystore: keystore.to_path_buf(),
        reason,
    };
    match (file, variable) {
        (Some(file), _) => keys::password_from_file(file)
            .map_err(|error| fail(format!("{}: {error}", file.display()))),
        (None, Some(variable)) => keys::password_from_env(variable)
            .map_err(|error| fail(format!("environment variable {variable}: {error}"))),
        (None, None) => ask(&format!("Password of {}: ", keystore.display()))
            .map_err(|error| fail(error.to_string())),
    }
}

/// Asks for a secret on the terminal, without showing what is typed.
///
/// # Errors
///
/// If there is no terminal.
pub fn ask(prompt: &str) -> io::Result<SecretString> {
    if !io::stdin().is_terminal() {
        return Err(io::Error::other("there is no terminal to ask for it on"));
    }
    rpassword::prompt_password(prompt).map(SecretString::from)
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn say_what_is_missing() {
        let mut account_section = Account::default();
        let error = signer(&account_section).unwrap_err();
        assert_eq!(error.code(), codes::KY_001);
        account_section.seed_env = Some("ASSAY_TEST_NO_SUCH_VARIABLE".into());
        let error = signer(&account_section).unwrap_err();
        assert_eq!(error.code(), codes::KY_002);
        assert!(error.to_string().contains("ASSAY_TEST_NO_SUCH_VARIABLE"));
        account_section.seed_env = None;
        account_section.keystore = Some("/no/such/key.json".into());
        account_section.password_env = Some("ASSAY_TEST_NO_SUCH_VARIABLE".into());
        let error = signer(&account_section).unwrap_err();
        assert_eq!(error.code(), codes::KY_003);
        assert!(error.to_string().contains("/no/such/key.json"));
        assert_eq!(account(&account_section).unwrap_err().code(), codes::KY_002);
    }
}
