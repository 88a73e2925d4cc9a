// SPDX-License-Identifier: Apache-2.0
//! The rules that values keep. Pure: nothing is opened or asked here; `assay-worker check` does that.

use std::{collections::BTreeSet, path::Path};

use assay_circuit::limits::MAX_BATCH;

use super::{ByteSize, Config, Violation};
use crate::executor::AdapterPolicy;

const MAX_URLS: usize = 8;
const MAX_URL: usize = 256;
const MAX_MODELS: usize = 4096;
const DAY: u64 = 24 * 60 * 60;

/// Collects violations.
#[derive(Default)]
struct Rules(Vec<Violation>);

impl Rules {
    /// Notes that `field` breaks `rule`, which continues "`field` ...", unless it `holds`.
    fn check(&mut self, holds: bool, field: &'static str, rule: impl Into<String>) {
        if !holds {
            let rule = rule.into();
            self.0.push(Violation { field, rule });
        }
    }

    fn range<T>(&mut self, value: T, range: std::ops::RangeInclusive<T>, field: &'static str)
    where
        T: PartialOrd + std::fmt::Display,
    {
        let holds = range.contains(&value);
        let (start, end) = (range.start(), range.end());
        self.check(
            holds,
            field,
            format!("is {value}, must be between {start} and {end}"),
        );
    }
}

/// Every rule that `config` breaks, in the order of the fields.
pub(super) fn violations(config: &Config) -> Vec<Violation> {
    let mut rules = Rules::default();
    chain(config, &mut rules);
    account(config, &mut rules);
    models(config, &mut rules);
    work(config, &mut rules);
    storage(config, &mut rules);
    rules.0
}

fn chain(config: &Config, rules: &mut Rules) {
    let chain = &config.chain;
    let count = chain.urls.len();
    rules.range(count, 1..=MAX_URLS, "chain.urls");
    for url in &chain.urls {
        let rest = url
            .strip_prefix("ws://")
            .or_else(|| url.strip_prefix("wss://"));
        let plain = |url: &str| url.chars().all(|c| c.is_ascii_graphic());
        let holds = rest.is_some_and(|rest| !rest.is_empty()) && plain(url) && url.len() <= MAX_URL;
        // Not the address itself: it may have a key of the node's provider in it.
        rules.check(holds, "chain.urls", format!("must hold addresses that begin with ws:// or wss://, of at most {MAX_URL} printable characters"));
    }
    let lifetime = chain.transaction_lifetime;
    rules.check(
        (8..=4096).contains(&lifetime) && lifetime.is_power_of_two(),
        "chain.transaction_lifetime",
        format!("is {lifetime}, must be a power of two between 8 and 4096"),
    );
    rules.range(
        chain.request_timeout_seconds,
        1..=600,
        "chain.request_timeout_seconds",
    );
}

fn account(config: &Config, rules: &mut Rules) {
    let account = &config.account;
    let provider = account.provider.trim();
    if provider.is_empty() {
        let rule = "is empty: set the address of the account that has the stake";
        rules.check(false, "account.provider", rule);
    } else if provider.parse::<assay_client::AccountId>().is_err() {
        rules.check(false, "account.provider", "is not an SS58 address");
    }
    match (&account.keystore, &account.seed_env) {
        (None, None) => rules.check(
            false,
            "account.keystore",
            "is empty, and so is account.seed_env: set one of them",
        ),
        (Some(_), Some(_)) => rules.check(
            false,
            "account.seed_env",
            "is set, and so is account.keystore: set only one of them",
        ),
        _ => {}
    }
    let passwords = [
        account.password_file.is_some(),
        account.password_env.is_some(),
    ];
    rules.check(
        passwords != [true, true],
        "account.password_env",
        "is set, and so is account.password_file: set only one of them",
    );
    rules.check(
        account.keystore.is_some() || passwords == [false, false],
        "account.keystore",
        "is empty, but there is a password for it",
    );
    for (name, field) in [
        (&account.password_env, "account.password_env"),
        (&account.seed_env, "account.seed_env"),
    ] {
        let holds = name.as_deref().is_none_or(is_variable);
        // Not the text: people write secrets here by mistake.
        rules.check(
            holds,
            field,
            "must be the name of an environment variable, not its value",
        );
    }
}

/// Letters, digits and underscores, no digit first.
fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn models(config: &Config, rules: &mut Rules) {
    let limit = config.device.memory_limit;
    rules.check(
        limit.0 == 0 || limit >= ByteSize(16 << 20),
        "device.memory_limit",
        format!("is {limit}, must be 0 B or at least 16 MiB"),
    );
    if let AdapterPolicy::Named(name) = &config.device.adapter {
        rules.check(
            name.len() <= 128,
            "device.adapter",
            "has a name of more than 128 bytes",
        );
    }

    let models = &config.models;
    let distinct: BTreeSet<u64> = models.serve.iter().copied().collect();
    rules.check(
        distinct.len() == models.serve.len(),
        "models.serve",
        "has a model twice",
    );
    rules.check(
        models.serve.len() <= MAX_MODELS,
        "models.serve",
        format!("has more than {MAX_MODELS} models"),
    );
    rules.check(
        (ByteSize(1 << 10)..=ByteSize(64 << 30)).contains(&models.max_weights),
        "models.max_weights",
        format!(
            "is {}, must be between 1 KiB and 64 GiB",
            models.max_weights
        ),
    );
    rules.check(
        models.cache_size >= models.max_weights,
        "models.cache_size",
        format!(
            "is {}, less than models.max_weights, {}",
            models.cache_size, models.max_weights
        ),
    );
    rules.check(!models.schemes.is_empty(), "models.schemes", "is empty");
    rules.check(
        models.file_roots.iter().all(|root| root.is_absolute()),
        "models.file_roots",
        "must hold absolute paths",
    );
    rules.range(
        models.fetch_timeout_seconds,
        1..=DAY,
        "models.fetch_timeout_seconds",
    );
}

fn work(config: &Config, rules: &mut Rules) {
    let pricing = &config.pricing;
    rules.check(
        pricing.max_collateral.0 > 0,
        "pricing.max_collateral",
        "is 0, so that no job could be taken",
    );
    rules.range(pricing.safety_margin, 0..=1000, "pricing.safety_margin");
    rules.range(pricing.max_fee_percent, 1..=100, "pricing.max_fee_percent");

    let proving = &config.proving;
    rules.range(proving.threads, 0..=1024, "proving.threads");
    rules.range(
        proving.max_batch_inputs,
        1..=MAX_BATCH,
        "proving.max_batch_inputs",
    );
    rules.range(proving.batch_wait, 0..=1000, "proving.batch_wait");

    rules.range(config.jobs.max_open, 1..=1024, "jobs.max_open");
    rules.range(
        config.jobs.shutdown_seconds,
        1..=3600,
        "jobs.shutdown_seconds",
    );
}

fn storage(config: &Config, rules: &mut Rules) {
    let storage = &config.storage;
    rules.check(
        storage.data_dir != Path::new(""),
        "storage.data_dir",
        "is empty",
    );
    rules.range(storage.history_days, 1..=36_500, "storage.history_days");
    let filter = &config.telemetry.log_filter;
    if let Err(error) = tracing_subscriber::EnvFilter::try_new(filter) {
        rules.check(
            false,
            "telemetry.log_filter",
            format!("is not a filter: {error}"),
        );
    }
}

#[cfg(test)]
mod should {
    use super::*;

    fn valid() -> Config {
        let mut config = Config::default();
        config.account.provider = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY".into();
        config.account.seed_env = Some("SEED".into());
        config
    }

    fn broken(change: impl FnOnce(&mut Config)) -> Vec<&'static str> {
        let mut config = valid();
        change(&mut config);
        violations(&config).iter().map(|v| v.field).collect()
    }

    #[test]
    fn accept_the_defaults_with_an_account() {
        assert_eq!(violations(&valid()), []);
    }

    #[test]
    fn ask_for_an_account_and_a_key() {
        let fields: Vec<_> = violations(&Config::default())
            .iter()
            .map(|v| v.field)
            .collect();
        assert_eq!(fields, ["account.provider", "account.keystore"]);
    }

    #[test]
    fn name_the_field_of_each_broken_rule() {
        type Case = (&'static str, fn(&mut Config));
        let cases: &[Case] = &[
            ("chain.urls", |c| c.chain.urls.clear()),
            ("chain.urls", |c| {
                c.chain.urls = vec!["http://127.0.0.1".into()]
            }),
            ("chain.urls", |c| c.chain.urls = vec!["ws://".into()]),
            ("chain.urls", |c| c.chain.urls = vec!["ws://a b".into()]),
            ("chain.urls", |c| c.chain.urls = vec!["ws://a".into(); 9]),
            ("chain.transaction_lifetime", |c| {
                c.chain.transaction_lifetime = 33
            }),
            ("chain.transaction_lifetime", |c| {
                c.chain.transaction_lifetime = 4
            }),
            ("chain.request_timeout_seconds", |c| {
                c.chain.request_timeout_seconds = 0
            }),
            ("account.provider", |c| c.account.provider = " ".into()),
            ("account.provider", |c| {
                c.account.provider = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX".into()
            }),
            ("account.keystore", |c| c.account.seed_env = None),
            ("account.seed_env", |c| {
                c.account.keystore = Some("key.json".into())
            }),
            ("account.seed_env", |c| {
                c.account.seed_env = Some("bottom drive obey lake".into())
            }),
            ("account.keystore", |c| {
                c.account.password_env = Some("P".into())
            }),
            ("device.memory_limit", |c| {
                c.device.memory_limit = ByteSize(1)
            }),
            ("device.adapter", |c| {
                c.device.adapter = AdapterPolicy::Named("x".repeat(129))
            }),
            ("models.serve", |c| c.models.serve = vec![1, 2, 1]),
            ("models.max_weights", |c| c.models.max_weights = ByteSize(0)),
            ("models.cache_size", |c| c.models.cache_size = ByteSize(0)),
            ("models.schemes", |c| c.models.schemes.clear()),
            ("models.file_roots", |c| {
                c.models.file_roots.push("models".into())
            }),
            ("models.fetch_timeout_seconds", |c| {
                c.models.fetch_timeout_seconds = 0
            }),
            ("pricing.max_collateral", |c| c.pricing.max_collateral.0 = 0),
            ("pricing.safety_margin", |c| c.pricing.safety_margin = 1001),
            ("pricing.max_fee_percent", |c| c.pricing.max_fee_percent = 0),
            ("proving.threads", |c| c.proving.threads = 1025),
            ("proving.max_batch_inputs", |c| {
                c.proving.max_batch_inputs = MAX_BATCH + 1
            }),
            ("proving.batch_wait", |c| c.proving.batch_wait = 1001),
            ("jobs.max_open", |c| c.jobs.max_open = 0),
            ("jobs.shutdown_seconds", |c| c.jobs.shutdown_seconds = 0),
            ("storage.data_dir", |c| c.storage.data_dir = "".into()),
            ("storage.history_days", |c| c.storage.history_days = 0),
            ("telemetry.log_filter", |c| {
                c.telemetry.log_filter = "info,=,".into()
            }),
        ];
        for (number, (field, change)) in cases.iter().enumerate() {
            let fields = broken(change);
            assert!(!fields.is_empty(), "case {number}: {field}");
            assert!(fields.iter().all(|f| f == field), "{number}: {fields:?}");
        }
    }

    #[test]
    fn not_repeat_what_may_be_a_secret() {
        let mut config = valid();
        config.account.seed_env = Some("bottom drive obey lake".into());
        config.chain.urls = vec!["https://node.example/s3cret".into()];
        for violation in violations(&config) {
            let text = violation.to_string();
            assert!(!text.contains("bottom") && !text.contains("s3cret"));
        }
    }

    #[test]
    fn refuse_two_passwords() {
        let fields = broken(|c| {
            c.account.seed_env = None;
            c.account.keystore = Some("key.json".into());
            c.account.password_env = Some("P".into());
            c.account.password_file = Some("p".into());
        });
        assert_eq!(fields, ["account.password_env"]);
    }
}
