// SPDX-License-Identifier: Apache-2.0
//! The documented configuration file.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

use super::ConfigError;

/// The file that `assay-worker config init` writes: every field with its meaning, unit, range, an example and the default.
pub const TEMPLATE: &str = include_str!("../../worker.template.toml");

/// Writes the template to `path`, which must not exist. The folder must.
///
/// # Errors
///
/// If the file exists or can't be written.
pub fn write(path: &Path) -> Result<(), ConfigError> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(TEMPLATE.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| ConfigError::Write {
        path: path.to_path_buf(),
        source,
    })
}

#[cfg(test)]
mod should {
    use toml::{Table, Value};

    use super::*;
    use crate::config::Config;

    /// The comment above a field and the line with its value, by section and field.
    fn documented() -> Vec<(String, String, Vec<&'static str>, &'static str)> {
        let mut fields = Vec::new();
        let mut section = String::new();
        let mut comment = Vec::new();
        for line in TEMPLATE.lines() {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']').to_string();
                comment.clear();
            } else if let Some(text) = line.strip_prefix('#') {
                comment.push(text.trim());
            } else if let Some((field, value)) = line.split_once(" = ") {
                let comment = std::mem::take(&mut comment);
                fields.push((section.clone(), field.to_string(), comment, value));
            } else {
                comment.clear();
            }
        }
        fields
    }

    fn entry<'a>(comment: &[&'a str], name: &str) -> Option<&'a str> {
        comment
            .iter()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
    }

    #[test]
    fn parse_to_exactly_the_defaults() {
        assert_eq!(
            toml::from_str::<Config>(TEMPLATE).unwrap(),
            Config::default()
        );
    }

    #[test]
    fn have_every_field_in_order_and_no_other() {
        let defaults = Table::try_from(Config::default()).unwrap();
        let documented: Vec<(String, String)> = documented()
            .into_iter()
            .map(|(section, field, ..)| (section, field))
            .collect();
        let mut expected: Vec<(String, String)> = Vec::new();
        for (section, fields) in &defaults {
            for field in fields.as_table().unwrap().keys() {
                expected.push((section.clone(), field.clone()));
            }
        }
        // TOML tables are sorted by name.
        let mut sorted = documented.clone();
        sorted.sort();
        expected.sort();
        assert_eq!(sorted, expected);
        let mut once = documented.clone();
        once.dedup_by_key(|(section, _)| section.clone());
        assert_eq!(once.len(), defaults.len(), "a section appears twice");
    }

    #[test]
    fn say_meaning_range_example_and_default_of_every_field() {
        for (section, field, comment, value) in documented() {
            let name = format!("{section}.{field}");
            assert!(comment[0].len() > 20, "{name} has no description");
            assert!(entry(&comment, "Range:").is_some(), "{name}: no range");
            assert_eq!(entry(&comment, "Default:"), Some(value), "{name}: default");
            // The example is of the field's type and isn't the default.
            let example = entry(&comment, "Example:").expect(&name);
            let document = format!("[{section}]\n{field} = {example}\n");
            let config: Config =
                toml::from_str(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_ne!(
                config,
                Config::default(),
                "{name}: the example says nothing"
            );
        }
    }

    #[test]
    fn say_the_unit_of_every_number_and_amount() {
        let defaults = Table::try_from(Config::default()).unwrap();
        for (section, field, comment, value) in documented() {
            let default = &defaults[&section][&field];
            let amount = value.ends_with("B\"") || value.ends_with("ASY\"");
            if amount || matches!(default, Value::Integer(_)) {
                assert!(
                    entry(&comment, "Unit:").is_some(),
                    "{section}.{field}: no unit"
                );
            }
        }
    }

    #[test]
    fn never_be_written_over_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("worker.toml");
        write(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), TEMPLATE);
        std::fs::write(&path, "mine").unwrap();
        let error = write(&path).unwrap_err();
        assert!(matches!(error, ConfigError::Write { .. }));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
}
