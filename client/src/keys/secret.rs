// SPDX-License-Identifier: Apache-2.0
//! Secret URIs to key pairs, as `sp_core::sr25519` derives them.

use std::str::FromStr;

use rand::{rngs::OsRng, RngCore};
use schnorrkel::{
    derive::{ChainCode, Derivation},
    ExpansionMode, Keypair, MiniSecretKey,
};
use secrecy::{ExposeSecret, SecretString};
use subxt_signer::{bip39::Mnemonic, SecretUri, DEV_PHRASE};

use super::KeyError;

/// Bytes of randomness behind twelve words.
const ENTROPY: usize = 16;

/// The key pair of a secret URI.
pub(super) fn pair(uri: &str) -> Result<Keypair, KeyError> {
    let uri = SecretUri::from_str(uri).map_err(|_| KeyError::Uri("it has no such form"))?;
    let phrase = uri.phrase.expose_secret();
    // Nothing at all is most likely a forgotten variable, not the wish for a key that everybody knows.
    if phrase == DEV_PHRASE && uri.junctions.is_empty() && uri.password.is_none() {
        return Err(KeyError::Uri(
            "it is empty, or the development phrase itself",
        ));
    }
    let root = match phrase.strip_prefix("0x") {
        Some(digits) => seed(digits)?,
        None => {
            let password = uri
                .password
                .as_ref()
                .map(|password| password.expose_secret());
            words(phrase, password.unwrap_or_default())?
        }
    };
    let mut secret = root.expand(ExpansionMode::Ed25519);
    for junction in uri.junctions {
        let code = ChainCode(junction.into_inner());
        secret = if junction.is_hard() {
            let (seed, _) = secret.hard_derive_mini_secret_key(Some(code), b"");
            seed.expand(ExpansionMode::Ed25519)
        } else {
            secret.derived_key_simple(code, []).0
        };
    }
    Ok(secret.into())
}

fn seed(digits: &str) -> Result<MiniSecretKey, KeyError> {
    let mut seed = [0; 32];
    hex::decode_to_slice(digits, &mut seed)
        .map_err(|_| KeyError::Uri("a seed has 64 hexadecimal digits"))?;
    MiniSecretKey::from_bytes(&seed).map_err(|_| KeyError::Uri("not a seed"))
}

fn words(phrase: &str, password: &str) -> Result<MiniSecretKey, KeyError> {
    let mnemonic = Mnemonic::from_str(phrase)
        .map_err(|_| KeyError::Uri("not a mnemonic: a word is wrong, or their number"))?;
    let (entropy, length) = mnemonic.to_entropy_array();
    substrate_bip39::mini_secret_from_entropy(&entropy[..length], password)
        .map_err(|_| KeyError::Uri("not a mnemonic"))
}

/// Twelve new words.
pub(super) fn generate() -> Result<SecretString, KeyError> {
    let mut entropy = [0; ENTROPY];
    OsRng
        .try_fill_bytes(&mut entropy)
        .map_err(|error| KeyError::Randomness(error.to_string()))?;
    let mnemonic = Mnemonic::from_entropy(&entropy)
        .map_err(|error| KeyError::Randomness(error.to_string()))?;
    Ok(SecretString::from(mnemonic.to_string()))
}
