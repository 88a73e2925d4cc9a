// SPDX-License-Identifier: Apache-2.0
//! The worker's configuration: a TOML file, over which environment variables go.
//!
//! - [`sections`]: the fields and their defaults;
//! - [`values`]: amounts, sizes and choices as they are written in the file;
//! - [`environment`]: `ASSAY_WORKER__SECTION__FIELD`;
//! - [`validate`]: the rules that values keep;
//! - [`template`]: the documented file that `assay-worker config init` writes;
//! - [`error`]: what can be wrong.
//!
//! No secret is in the configuration: it names files and environment variables that have them.

mod environment;
mod error;
mod sections;
pub mod template;
mod validate;
mod values;

use std::{io::Read, path::Path};

use serde::{Deserialize, Serialize};

pub use environment::PREFIX as ENVIRONMENT_PREFIX;
pub use error::{ConfigError, Violation};
pub use sections::{Account, Chain, Device, Jobs, Models, Pricing, Proving, Storage, Telemetry};
pub use values::{Amount, ByteSize, Finality, LogFormat, Scheme};

/// The longest configuration file, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Everything that an operator can set. `worker.template.toml` documents each field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the chain is reached.
    pub chain: Chain,
    /// For whom jobs are done, and the key that signs.
    pub account: Account,
    /// What runs the models.
    pub device: Device,
    /// Which models are served.
    pub models: Models,
    /// Which jobs are worth taking.
    pub pricing: Pricing,
    /// How proofs are made.
    pub proving: Proving,
    /// How many jobs, and what is done with them.
    pub jobs: Jobs,
    /// What is kept on disk.
    pub storage: Storage,
    /// Logs, metrics and health.
    pub telemetry: Telemetry,
}

impl Config {
    /// The configuration of a file (the defaults if there is none) with the overrides in `variables`, not validated.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or it or a variable says something that isn't part of a configuration.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let text = file.map_or(Ok(String::new()), read)?;
        let syntax = |error: toml::de::Error| ConfigError::Syntax {
            path: file.map(Path::to_path_buf),
            message: error.to_string(),
        };
        // By itself first: errors then name line and column.
        toml::from_str::<Self>(&text).map_err(syntax)?;
        let mut table: toml::Table = toml::from_str(&text).map_err(syntax)?;
        environment::overlay(&mut table, variables)?;
        table.try_into().map_err(syntax)
    }

    /// Checks every rule.
    ///
    /// # Errors
    ///
    /// All violations together.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let violations = validate::violations(self);
        if violations.is_empty() {
            Ok(())
        } else {
            Err(ConfigError::Rules(violations))
        }
    }

    /// Without what may be a secret: of the nodes' addresses only scheme, host and port are left.
    pub fn redacted(&self) -> Self {
        let mut config = self.clone();
        config.chain.urls = self.chain.urls.iter().map(|url| redact(url)).collect();
        config
    }

    /// As TOML, without comments.
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self)
            .expect("tables of strings, numbers, booleans and lists of them")
    }
}

/// A URL without user, password, path and query: providers of nodes put keys there.
pub fn redact(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let hidden = if tail.len() > 1 || host.len() < authority.len() {
        "/..."
    } else {
        ""
    };
    format!("{scheme}://{host}{hidden}")
}

fn read(path: &Path) -> Result<String, ConfigError> {
    let fail = |source| ConfigError::Read {
        path: path.to_path_buf(),
        source,
    };
    let file = std::fs::File::open(path).map_err(fail)?;
    let mut text = String::new();
    file.take(MAX_FILE + 1)
        .read_to_string(&mut text)
        .map_err(fail)?;
    if text.len() as u64 > MAX_FILE {
        return Err(fail(std::io::Error::other("longer than 1 MiB")));
    }
    Ok(text)
}

#[cfg(test)]
mod should {
    use super::*;

    fn load(text: &str) -> Result<Config, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::load(Some(file.path()), [])
    }

    #[test]
    fn be_what_the_file_says_and_else_the_defaults() {
        let config = load("[jobs]\nmax_open = 3\n[device]\nadapter = \"cpu\"\n").unwrap();
        assert_eq!(config.jobs.max_open, 3);
        assert_eq!(config.device.adapter, crate::executor::AdapterPolicy::Cpu);
        assert_eq!(config.chain, Chain::default());
        assert_eq!(load("").unwrap(), Config::default());
    }

    #[test]
    fn be_the_same_after_writing_and_reading() {
        let mut config = Config::default();
        config.account.provider = "5Grw".into();
        config.account.keystore = Some("/k.json".into());
        config.chain.genesis = Some([7; 32]);
        config.models.serve = vec![1, 2];
        assert_eq!(load(&config.to_toml()).unwrap(), config);
    }

    #[test]
    fn refuse_unknown_fields_and_wrong_types_with_the_line() {
        for (text, line) in [
            ("[jobs]\nmax_opne = 3\n", "line 2"),
            ("[job]\n", "line 1"),
            ("\n[jobs]\nmax_open = \"3\"\n", "line 3"),
            ("[jobs]\nmax_open = -1\n", "line 2"),
            ("[pricing]\nmin_price = \"free\"\n", "line 2"),
            ("[chain]\ngenesis = \"0x12\"\n", "line 2"),
            ("[chain\n", "line 1"),
        ] {
            let error = load(text).unwrap_err();
            assert!(matches!(error, ConfigError::Syntax { .. }), "{error}");
            assert!(error.to_string().contains(line), "{text}: {error}");
        }
    }

    #[test]
    fn refuse_files_that_are_missing_or_too_long() {
        let error = Config::load(Some(Path::new("/no/such/file.toml")), []).unwrap_err();
        assert!(matches!(error, ConfigError::Read { .. }));
        let error = load(&"#".repeat(MAX_FILE as usize + 1)).unwrap_err();
        assert!(matches!(error, ConfigError::Read { .. }));
    }

    #[test]
    fn hide_what_may_be_a_secret_in_addresses() {
        for (url, shown) in [
            ("ws://127.0.0.1:9944", "ws://127.0.0.1:9944"),
            ("wss://rpc.example/", "wss://rpc.example"),
            ("wss://rpc.example/s3cret", "wss://rpc.example/..."),
            ("wss://rpc.example?key=s3cret", "wss://rpc.example/..."),
            ("wss://me:s3cret@rpc.example:1", "wss://rpc.example:1/..."),
        ] {
            assert_eq!(redact(url), shown);
        }
        let mut config = Config::default();
        config.chain.urls = vec!["wss://rpc.example/s3cret".into()];
        assert!(!config.redacted().to_toml().contains("s3cret"));
    }
}
