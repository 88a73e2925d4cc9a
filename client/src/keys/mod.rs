// SPDX-License-Identifier: Apache-2.0
//! Keys that sign transactions (sr25519), and where they come from: a secret URI (`//Alice`, a seed, words), an
//! environment variable that holds one, or a keystore file of polkadot.js.
//!
//! Secrets are wiped when they are dropped, and nothing here prints one.

pub mod keystore;
mod secret;

use std::path::{Path, PathBuf};

use schnorrkel::Keypair;
use secrecy::{ExposeSecret, SecretString};
use subxt::utils::MultiSignature;

use crate::{chain::Config, AccountId};

/// What sr25519 signatures of Substrate chains are made under.
const CONTEXT: &[u8] = b"substrate";
/// The longest file of a password that is read, in bytes.
const MAX_PASSWORD: u64 = 4096;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not a secret URI. The text isn't repeated: it may be most of a secret.
    #[error("not a secret URI ({0}): give //Name, 0x and 64 hexadecimal digits, or 12 to 24 words, with derivations such as //hot behind")]
    Uri(&'static str),
    /// The environment doesn't have the secret.
    #[error("the environment variable {0} is not set, or isn't text")]
    Environment(String),
    /// The file can't be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file isn't a keystore file.
    #[error("{path}: not a keystore file of polkadot.js (version 3, sr25519): {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file doesn't open with this password.
    #[error("{0}: wrong password, or the file was changed")]
    WrongPassword(PathBuf),
    /// The system has no randomness.
    #[error("the system gives no random numbers: {0}")]
    Randomness(String),
}

/// A key that signs.
#[derive(Clone)]
pub struct Signer {
    pair: Keypair,
}

impl std::fmt::Debug for Signer {
    /// The address only.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Signer({})", self.account())
    }
}

impl Signer {
    fn new(pair: Keypair) -> Self {
        Self { pair }
    }

    /// Whose transactions it signs.
    pub fn account(&self) -> AccountId {
        AccountId::from(self.pair.public.to_bytes())
    }

    /// From a secret URI: `//Alice` and other names are keys that everybody knows, for development; `0x` and 64
    /// hexadecimal digits are a seed; 12 to 24 words are a BIP-39 mnemonic, which a password may follow behind `///`.
    /// Derivations (`/soft`, `//hard`) follow the seed or the words.
    ///
    /// # Errors
    ///
    /// [`KeyError::Uri`].
    pub fn from_uri(uri: &SecretString) -> Result<Self, KeyError> {
        secret::pair(uri.expose_secret()).map(Self::new)
    }

    /// From a secret URI in an environment variable.
    ///
    /// # Errors
    ///
    /// [`KeyError::Environment`] and [`KeyError::Uri`].
    pub fn from_env(variable: &str) -> Result<Self, KeyError> {
        Self::from_uri(&password_from_env(variable)?)
    }

    /// From a keystore file of polkadot.js, of at most 64 KB.
    ///
    /// # Errors
    ///
    /// [`KeyError::File`], [`KeyError::Malformed`] and [`KeyError::WrongPassword`].
    pub fn from_keystore(path: &Path, password: &SecretString) -> Result<Self, KeyError> {
        keystore::open(path, password).map(Self::new)
    }
}

impl subxt::tx::Signer<Config> for Signer {
    fn account_id(&self) -> AccountId {
        self.account()
    }

    fn sign(&self, payload: &[u8]) -> MultiSignature {
        let context = schnorrkel::signing_context(CONTEXT);
        let signature = self.pair.sign(context.bytes(payload));
        MultiSignature::Sr25519(signature.to_bytes())
    }
}

/// A new mnemonic of 12 words.
///
/// # Errors
///
/// [`KeyError::Randomness`].
pub fn generate() -> Result<SecretString, KeyError> {
    secret::generate()
}

/// A password, or another secret, from an environment variable.
///
/// # Errors
///
/// [`KeyError::Environment`].
pub fn password_from_env(variable: &str) -> Result<SecretString, KeyError> {
    std::env::var(variable)
        .map(SecretString::from)
        .map_err(|_| KeyError::Environment(variable.to_owned()))
}

/// A password from a file, its last line break left out.
///
/// # Errors
///
/// [`KeyError::File`].
pub fn password_from_file(path: &Path) -> Result<SecretString, KeyError> {
    let text = keystore::read(path, MAX_PASSWORD)?;
    let text = SecretString::from(text);
    let password = text.expose_secret();
    let password = password.strip_suffix('\n').unwrap_or(password);
    let password = password.strip_suffix('\r').unwrap_or(password);
    Ok(SecretString::from(password))
}

#[cfg(test)]
mod should {
    use super::*;

    /// Well-known addresses of the development keys.
    #[test]
    fn derive_the_development_keys() {
        let known = [
            (
                "//Alice",
                "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
            ),
            ("//Bob", "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"),
        ];
        for (uri, address) in known {
            let signer = Signer::from_uri(&uri.into()).unwrap();
            assert_eq!(signer.account().to_string(), address);
            assert_eq!(format!("{signer:?}"), format!("Signer({address})"));
        }
    }

    /// The same keys as subxt's own signer derives.
    #[test]
    fn derive_as_others_do() {
        use std::str::FromStr;
        let words = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
        let seed = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
        for root in ["", words, seed] {
            for path in ["//hot", "/soft", "//1/2//x", "//hot///password"] {
                let uri = format!("{root}{path}");
                let theirs = subxt_signer::SecretUri::from_str(&uri).unwrap();
                let theirs = subxt_signer::sr25519::Keypair::from_uri(&theirs).unwrap();
                let ours = Signer::from_uri(&uri.as_str().into()).unwrap();
                assert_eq!(ours.account().0, theirs.public_key().0, "{uri}");
            }
        }
    }

    #[test]
    fn sign_what_others_verify() {
        let signer = Signer::from_uri(&"//Alice".into()).unwrap();
        let MultiSignature::Sr25519(signature) = subxt::tx::Signer::sign(&signer, b"message")
        else {
            panic!("sr25519");
        };
        let key = subxt_signer::sr25519::PublicKey(signer.account().0);
        let signature = subxt_signer::sr25519::Signature(signature);
        assert!(subxt_signer::sr25519::verify(&signature, b"message", &key));
        assert!(!subxt_signer::sr25519::verify(&signature, b"other", &key));
    }

    #[test]
    fn refuse_what_is_no_secret_without_repeating_it() {
        for wrong in ["", "five words are not enough", "0x1234", "0xzz", "Alice"] {
            let error = Signer::from_uri(&wrong.into()).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(wrong.is_empty() || !text.contains(wrong), "{text}");
        }
    }

    #[test]
    fn generate_words_that_make_a_key() {
        let (one, other) = (generate().unwrap(), generate().unwrap());
        assert_eq!(one.expose_secret().split(' ').count(), 12);
        let account = |words| Signer::from_uri(words).unwrap().account();
        assert_ne!(account(&one), account(&other));
    }

    #[test]
    fn read_passwords_from_files() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (content, password) in [("a b\n", "a b"), ("a\r\n", "a"), (" a ", " a "), ("", "")] {
            std::fs::write(file.path(), content).unwrap();
            let read = password_from_file(file.path()).unwrap();
            assert_eq!(read.expose_secret(), password);
        }
        assert!(password_from_file(Path::new("/nonexistent")).is_err());
    }
}
