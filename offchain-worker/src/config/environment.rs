// SPDX-License-Identifier: Apache-2.0
//! Overrides: `ASSAY_WORKER__CHAIN__URLS` is the field `urls` of the section `chain`.
//!
//! A value is read as the type that the field has: text as it stands, numbers and booleans as in TOML, lists either as in
//! TOML (`["a", "b"]`) or separated by commas (`a,b`; nothing for the empty list).

use toml::{Table, Value};

use super::{Config, ConfigError};

/// What all variables begin with.
pub const PREFIX: &str = "ASSAY_WORKER__";

/// Puts `variables` that begin with [`PREFIX`] over `table`, and ignores others.
///
/// # Errors
///
/// If a variable names no field, or its value isn't of the field's type.
pub(super) fn overlay(
    table: &mut Table,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    let defaults = Table::try_from(Config::default()).expect("the defaults are a table");
    for (variable, text) in variables {
        let Some(path) = variable.strip_prefix(PREFIX) else {
            continue;
        };
        let fail = |reason: &str| ConfigError::Environment {
            variable: variable.clone(),
            reason: reason.to_string(),
        };
        let path = path.to_ascii_lowercase();
        let (section, field) = path
            .split_once("__")
            .ok_or_else(|| fail("is not of the form ASSAY_WORKER__SECTION__FIELD"))?;
        let like = defaults
            .get(section)
            .and_then(|section| section.get(field))
            .ok_or_else(|| fail("no such field"))?;
        let value = parse(&text, like).map_err(|reason| fail(&reason))?;
        let entry = table
            .entry(section)
            .or_insert_with(|| Value::Table(Table::new()));
        entry
            .as_table_mut()
            .ok_or_else(|| fail("the section is not a table in the file"))?
            .insert(field.to_string(), value);
    }
    Ok(())
}

/// `text` as a value of the type of `like`.
fn parse(text: &str, like: &Value) -> Result<Value, String> {
    let text = text.trim();
    match like {
        Value::String(_) => Ok(Value::String(text.to_string())),
        Value::Integer(_) => text
            .parse()
            .map(Value::Integer)
            .map_err(|_| "is not a whole number".to_string()),
        Value::Boolean(_) => text
            .parse()
            .map(Value::Boolean)
            .map_err(|_| "is neither true nor false".to_string()),
        Value::Array(_) if text.starts_with('[') => {
            let document = format!("value = {text}");
            let mut table: Table =
                toml::from_str(&document).map_err(|_| "is not a list".to_string())?;
            match table.remove("value") {
                Some(list @ Value::Array(_)) if table.is_empty() => Ok(list),
                _ => Err("is not a list".to_string()),
            }
        }
        Value::Array(_) => Ok(Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| {
                    item.parse()
                        .map_or_else(|_| Value::String(item.to_string()), Value::Integer)
                })
                .collect(),
        )),
        _ => Err("cannot be set by a variable".to_string()),
    }
}

#[cfg(test)]
mod should {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let owned = variables
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        Config::load(None, owned)
    }

    #[test]
    fn override_fields_of_every_type() {
        let config = load(&[
            (
                "ASSAY_WORKER__CHAIN__URLS",
                "ws://127.0.0.1:1, wss://b.example",
            ),
            ("ASSAY_WORKER__MODELS__SERVE", "[1, 2]"),
            ("ASSAY_WORKER__JOBS__EARLY_RESULTS", "true"),
            ("ASSAY_WORKER__JOBS__MAX_OPEN", "7"),
            ("ASSAY_WORKER__PRICING__MIN_PRICE", "0.5 ASY"),
            ("ASSAY_WORKER__DEVICE__ADAPTER", "name:llvmpipe"),
            ("ASSAY_WORKER_PASSWORD", "is not ours"),
            ("PATH", "/bin"),
        ])
        .unwrap();
        assert_eq!(config.chain.urls, ["ws://127.0.0.1:1", "wss://b.example"]);
        assert_eq!(config.models.serve, [1, 2]);
        assert!(config.jobs.early_results);
        assert_eq!(config.jobs.max_open, 7);
        assert_eq!(config.pricing.min_price.0, 500_000_000_000);
        assert_eq!(
            config.device.adapter,
            crate::executor::AdapterPolicy::Named("llvmpipe".into())
        );
    }

    #[test]
    fn override_a_list_by_the_empty_one() {
        let config = load(&[("ASSAY_WORKER__CHAIN__URLS", "")]).unwrap();
        assert!(config.chain.urls.is_empty());
        let config = load(&[("ASSAY_WORKER__MODELS__SERVE", "3,4")]).unwrap();
        assert_eq!(config.models.serve, [3, 4]);
    }

    #[test]
    fn refuse_what_names_no_field() {
        for name in [
            "ASSAY_WORKER__CHAIN__URL",
            "ASSAY_WORKER__CHIAN__URLS",
            "ASSAY_WORKER__CHAIN",
            "ASSAY_WORKER__CHAIN__URLS__X",
            "ASSAY_WORKER__",
        ] {
            let error = load(&[(name, "x")]).unwrap_err();
            assert!(
                matches!(&error, ConfigError::Environment { variable, .. } if variable == name),
                "{error}"
            );
        }
    }

    #[test]
    fn refuse_values_of_another_type_without_showing_them() {
        for (name, value) in [
            ("ASSAY_WORKER__JOBS__MAX_OPEN", "many"),
            ("ASSAY_WORKER__JOBS__EARLY_RESULTS", "yes"),
            ("ASSAY_WORKER__CHAIN__URLS", "[\"a\"]\nother = [\"s3cret\"]"),
            ("ASSAY_WORKER__CHAIN__URLS", "[s3cret"),
        ] {
            let error = load(&[(name, value)]).unwrap_err();
            assert!(matches!(error, ConfigError::Environment { .. }), "{error}");
            assert!(!error.to_string().contains("s3cret"));
        }
    }

    #[test]
    fn go_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("worker.toml");
        std::fs::write(&file, "[jobs]\nmax_open = 3\nearly_results = true\n").unwrap();
        let variable = ("ASSAY_WORKER__JOBS__MAX_OPEN".into(), "5".into());
        let config = Config::load(Some(&file), [variable]).unwrap();
        assert_eq!(config.jobs.max_open, 5);
        assert!(config.jobs.early_results);
    }
}
