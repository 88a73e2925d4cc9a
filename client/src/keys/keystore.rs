// SPDX-License-Identifier: Apache-2.0
//! Keystore files as polkadot.js exports and imports them.
//!
//! A file is JSON. Its `encoded` is, in base64: a salt of 32 bytes; N, p and r of scrypt, each little endian in 4; a nonce
//! of 24; and the box (XSalsa20-Poly1305 under scrypt's key) of a PKCS8-like record: 16 bytes of header, the secret key of
//! 64 in the form of ed25519, 5 bytes of divider, the public key of 32. See `@polkadot/util-crypto`, `json/` and `scrypt/`,
//! and `@polkadot/keyring`, `pair/encode.ts`.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{engine::general_purpose::STANDARD, Engine};
use crypto_secretbox::{
    aead::{Aead, KeyInit},
    Key, Nonce, XSalsa20Poly1305,
};
use rand::{rngs::OsRng, RngCore};
use schnorrkel::{Keypair, SecretKey};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};

use super::{secret, KeyError};
use crate::AccountId;

/// The longest file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;
const SALT: usize = 32;
const NONCE: usize = 24;
/// Salt, N, p, r and nonce.
const HEAD: usize = SALT + 12 + NONCE;
const HEADER: [u8; 16] = [48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
const DIVIDER: [u8; 5] = [161, 35, 3, 33, 0];
const SECRET: usize = 64;
const RECORD: usize = HEADER.len() + SECRET + DIVIDER.len() + 32;

/// What scrypt costs: the binary logarithm of N, then p, then r.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    log_n: u8,
    p: u32,
    r: u32,
}

/// What polkadot.js writes today, and so do we: 128 MiB and about half a second.
const DEFAULT: Cost = Cost {
    log_n: 17,
    p: 1,
    r: 8,
};

/// What polkadot.js accepts. A file could otherwise ask for any amount of memory.
const ALLOWED: [Cost; 6] = [
    Cost {
        log_n: 13,
        p: 10,
        r: 8,
    },
    Cost {
        log_n: 14,
        p: 5,
        r: 8,
    },
    Cost {
        log_n: 15,
        p: 3,
        r: 8,
    },
    Cost {
        log_n: 15,
        p: 1,
        r: 8,
    },
    Cost {
        log_n: 16,
        p: 2,
        r: 8,
    },
    DEFAULT,
];

/// The file.
#[derive(Deserialize, Serialize)]
struct File {
    encoded: String,
    encoding: Encoding,
    address: String,
    #[serde(default)]
    meta: serde_json::Value,
}

#[derive(Deserialize, Serialize)]
struct Encoding {
    content: Vec<String>,
    r#type: Vec<String>,
    version: String,
}

/// What is wrong with a file: its form, or the password.
enum Problem {
    Form(String),
    Password,
}

impl Problem {
    fn of(self, path: &Path) -> KeyError {
        match self {
            Self::Form(reason) => KeyError::Malformed {
                path: path.to_owned(),
                reason,
            },
            Self::Password => KeyError::WrongPassword(path.to_owned()),
        }
    }
}

/// Makes the content of a keystore file for the key of a secret URI. The name is shown by wallets, and not secret.
///
/// # Errors
///
/// [`KeyError::Uri`] and [`KeyError::Randomness`].
pub fn create(uri: &SecretString, name: &str, password: &SecretString) -> Result<String, KeyError> {
    let pair = secret::pair(uri.expose_secret())?;
    encrypt(&pair, name, password, DEFAULT)
}

/// Writes a new keystore file that only its owner can read. A file that is there is not replaced.
///
/// # Errors
///
/// [`KeyError::File`].
pub fn write(path: &Path, json: &str) -> Result<(), KeyError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(json.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| KeyError::File {
        path: path.to_owned(),
        source,
    })
}

/// Whose key a file holds, as it says; no password is needed, and nothing is checked.
///
/// # Errors
///
/// [`KeyError::File`] and [`KeyError::Malformed`].
pub fn account(path: &Path) -> Result<AccountId, KeyError> {
    let json = read(path, MAX_BYTES)?;
    let account = parse(&json).and_then(|file| file.account());
    account.map_err(|problem| problem.of(path))
}

/// Opens a file.
pub(super) fn open(path: &Path, password: &SecretString) -> Result<Keypair, KeyError> {
    let json = read(path, MAX_BYTES)?;
    decrypt(&json, password).map_err(|problem| problem.of(path))
}

/// Reads a file that is not longer than it may be.
pub(super) fn read(path: &Path, limit: u64) -> Result<String, KeyError> {
    let fail = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_string(&mut text))
        .map_err(fail)?;
    if text.len() as u64 > limit {
        let reason = format!("longer than {limit} bytes");
        return Err(fail(std::io::Error::other(reason)));
    }
    Ok(text)
}

impl File {
    fn account(&self) -> Result<AccountId, Problem> {
        let account = self.address.parse();
        account.map_err(|error| Problem::Form(format!("address: {error}")))
    }
}

fn parse(json: &str) -> Result<File, Problem> {
    let file: File =
        serde_json::from_str(json).map_err(|error| Problem::Form(error.to_string()))?;
    let has = |list: &[String], name: &str| list.iter().any(|item| item == name);
    let encoding = &file.encoding;
    let supported = encoding.version == "3"
        && has(&encoding.content, "pkcs8")
        && has(&encoding.content, "sr25519")
        && has(&encoding.r#type, "scrypt")
        && has(&encoding.r#type, "xsalsa20-poly1305");
    if !supported {
        return Err(Problem::Form(
            "its encoding is not supported: export an encrypted sr25519 account".into(),
        ));
    }
    Ok(file)
}

fn decrypt(json: &str, password: &SecretString) -> Result<Keypair, Problem> {
    let form = |reason: &str| Problem::Form(reason.to_owned());
    let file = parse(json)?;
    let encoded = STANDARD
        .decode(&file.encoded)
        .map_err(|error| Problem::Form(format!("encoded: {error}")))?;
    let (head, sealed) = encoded
        .split_first_chunk::<HEAD>()
        .ok_or_else(|| form("encoded: too short"))?;
    let (salt, head) = head.split_at(SALT);
    let (numbers, nonce) = head.split_at(12);
    let number = |index: usize| {
        let bytes = numbers.iter().skip(4 * index).take(4).rev();
        bytes.fold(0u32, |number, byte| (number << 8) | u32::from(*byte))
    };
    let (n, p, r) = (number(0), number(1), number(2));
    let cost = ALLOWED
        .into_iter()
        .find(|cost| (1u32 << cost.log_n, cost.p, cost.r) == (n, p, r))
        .ok_or_else(|| Problem::Form(format!("encoded: scrypt with N {n}, p {p}, r {r}")))?;
    let cipher = cipher(password, salt, cost)?;
    let record = cipher
        .decrypt(Nonce::from_slice(nonce), sealed)
        .map_err(|_| Problem::Password)?;
    let record = SecretSlice::from(record);
    let pair = from_record(record.expose_secret())
        .ok_or_else(|| form("what it holds is not a key of sr25519"))?;
    if file.account()? != AccountId::from(pair.public.to_bytes()) {
        return Err(form("address: not that of the key"));
    }
    Ok(pair)
}

fn encrypt(
    pair: &Keypair,
    name: &str,
    password: &SecretString,
    cost: Cost,
) -> Result<String, KeyError> {
    let mut random = [0; SALT + NONCE];
    OsRng
        .try_fill_bytes(&mut random)
        .map_err(|error| KeyError::Randomness(error.to_string()))?;
    let (salt, nonce) = random.split_at(SALT);
    let record = to_record(pair);
    let cipher = cipher(password, salt, cost)
        .map_err(|_| KeyError::Randomness("scrypt refused its parameters".into()))?;
    let sealed = cipher
        .encrypt(Nonce::from_slice(nonce), record.expose_secret())
        .map_err(|_| KeyError::Randomness("the key could not be sealed".into()))?;

    let mut encoded = salt.to_vec();
    for number in [1u32 << cost.log_n, cost.p, cost.r] {
        encoded.extend(number.to_le_bytes());
    }
    encoded.extend_from_slice(nonce);
    encoded.extend(sealed);
    let created = SystemTime::now().duration_since(UNIX_EPOCH);
    let created = created.map_or(0, |time| time.as_millis() as u64);
    let strings = |list: [&str; 2]| list.map(str::to_owned).to_vec();
    let file = File {
        encoded: STANDARD.encode(encoded),
        encoding: Encoding {
            content: strings(["pkcs8", "sr25519"]),
            r#type: strings(["scrypt", "xsalsa20-poly1305"]),
            version: "3".into(),
        },
        address: AccountId::from(pair.public.to_bytes()).to_string(),
        meta: serde_json::json!({ "name": name, "whenCreated": created }),
    };
    // Strings and numbers always have a JSON form.
    serde_json::to_string(&file).map_err(|error| KeyError::Randomness(error.to_string()))
}

fn cipher(password: &SecretString, salt: &[u8], cost: Cost) -> Result<XSalsa20Poly1305, Problem> {
    let parameters = scrypt::Params::new(cost.log_n, cost.r, cost.p, 32)
        .map_err(|error| Problem::Form(error.to_string()))?;
    let mut key = Key::default();
    let password = password.expose_secret().as_bytes();
    scrypt::scrypt(password, salt, &parameters, &mut key)
        .map_err(|error| Problem::Form(error.to_string()))?;
    Ok(XSalsa20Poly1305::new(&key))
}

fn to_record(pair: &Keypair) -> SecretSlice<u8> {
    let secret = pair.secret.to_ed25519_bytes();
    let record = [&HEADER[..], &secret, &DIVIDER, &pair.public.to_bytes()].concat();
    SecretSlice::from(record)
}

fn from_record(record: &[u8]) -> Option<Keypair> {
    if record.len() != RECORD {
        return None;
    }
    let rest = record.strip_prefix(&HEADER)?;
    let (secret, rest) = rest.split_at(SECRET);
    let public = rest.strip_prefix(&DIVIDER)?;
    let pair = Keypair::from(SecretKey::from_ed25519_bytes(secret).ok()?);
    (pair.public.to_bytes() == public).then_some(pair)
}

#[cfg(test)]
mod should {
    use super::*;

    /// `new Keyring({ type: 'sr25519' }).addFromUri('//Golden').toJson('correct horse')` of @polkadot/keyring.
    const GOLDEN: &str = include_str!("golden.json");
    const PASSWORD: &str = "correct horse";

    const CHEAP: Cost = Cost {
        log_n: 15,
        p: 1,
        r: 8,
    };

    fn golden() -> Keypair {
        secret::pair("//Golden").unwrap()
    }

    fn is_form(result: Result<Keypair, Problem>) -> bool {
        matches!(result, Err(Problem::Form(_)))
    }

    #[test]
    fn open_a_file_of_polkadot_js() {
        let Ok(pair) = decrypt(GOLDEN, &PASSWORD.into()) else {
            panic!("opens");
        };
        assert_eq!(pair.public, golden().public);
        assert_eq!(
            pair.secret.to_ed25519_bytes(),
            golden().secret.to_ed25519_bytes()
        );
    }

    #[test]
    fn refuse_a_wrong_password() {
        let result = decrypt(GOLDEN, &"correct horses".into());
        assert!(matches!(result, Err(Problem::Password)));
    }

    #[test]
    fn open_what_it_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        let password = SecretString::from("päss wörd");
        let json = encrypt(&golden(), "hot", &password, CHEAP).unwrap();
        write(&path, &json).unwrap();
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap());
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(open(&path, &password).unwrap().public, golden().public);
        assert_eq!(account(&path).unwrap().0, golden().public.to_bytes());
        let error = open(&path, &"".into()).unwrap_err();
        assert!(matches!(error, KeyError::WrongPassword(_)), "{error}");
        // A second key doesn't replace the first.
        assert!(write(&path, "{}").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), json);
        // Every file has a salt and a nonce of its own.
        assert_ne!(encrypt(&golden(), "hot", &password, CHEAP).unwrap(), json);
    }

    #[test]
    fn refuse_files_that_were_cut_or_changed() {
        let password = PASSWORD.into();
        for end in [0, 1, GOLDEN.len() / 2, GOLDEN.trim_end().len() - 1] {
            assert!(is_form(decrypt(&GOLDEN[..end], &password)), "{end}");
        }
        let file: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
        let encoded = file["encoded"].as_str().unwrap();
        let with = |field: &str, value: serde_json::Value| {
            let mut file = file.clone();
            file[field] = value;
            file.to_string()
        };
        for cut in [0, 4, 88] {
            let json = with("encoded", encoded[..cut].into());
            assert!(is_form(decrypt(&json, &password)), "{cut}");
        }
        let json = with("encoded", encoded[..encoded.len() - 4].into());
        assert!(matches!(decrypt(&json, &password), Err(Problem::Password)));
        let other = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        assert!(is_form(decrypt(&with("address", other.into()), &password)));
        assert!(is_form(decrypt(&with("address", "".into()), &password)));
        let mut unsupported = file.clone();
        unsupported["encoding"]["content"] = serde_json::json!(["pkcs8", "ed25519"]);
        assert!(is_form(decrypt(&unsupported.to_string(), &password)));
    }

    #[test]
    fn refuse_to_be_made_to_use_any_amount_of_memory() {
        let file: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
        let mut bytes = STANDARD.decode(file["encoded"].as_str().unwrap()).unwrap();
        bytes[SALT..SALT + 4].copy_from_slice(&(1u32 << 30).to_le_bytes());
        let mut changed = file.clone();
        changed["encoded"] = STANDARD.encode(bytes).into();
        assert!(is_form(decrypt(&changed.to_string(), &PASSWORD.into())));
    }

    #[test]
    fn refuse_a_file_that_is_too_long() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), vec![b' '; MAX_BYTES as usize + 1]).unwrap();
        let error = open(file.path(), &"".into()).unwrap_err();
        assert!(matches!(error, KeyError::File { .. }), "{error}");
    }
}
