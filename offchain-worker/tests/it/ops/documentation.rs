// SPDX-License-Identifier: Apache-2.0
//! The documentation says what the code does.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use assay_worker::{error::codes, telemetry::Metrics};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn manual() -> String {
    fs::read_to_string(root().join("../docs/operations/worker.md")).unwrap()
}

/// The Rust files below `folder`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

mod should {
    use super::*;

    #[test]
    fn list_every_error_code_as_the_code_has_it() {
        let manual = manual();
        let (_, section) = manual.split_once("\n## Error codes\n").unwrap();
        let documented: Vec<&str> = section
            .lines()
            .filter(|line| line.starts_with("| `A-"))
            .collect();
        let expected: Vec<String> = codes::ALL
            .iter()
            .map(|code| format!("| `{}` | {} | {} |", code.id, code.meaning, code.remedy))
            .collect();
        assert!(
            documented == expected,
            "the table should be:\n{}",
            expected.join("\n")
        );
    }

    #[test]
    fn have_no_error_code_that_nothing_uses() {
        let mut files = Vec::new();
        sources(&root().join("src"), &mut files);
        let list = root().join("src/error/codes.rs");
        let texts: Vec<String> = files
            .iter()
            .filter(|file| **file != list)
            .map(|file| fs::read_to_string(file).unwrap())
            .collect();
        for code in codes::ALL {
            let name = format!("codes::{}", code.id[2..].replace('-', "_"));
            assert!(
                texts.iter().any(|text| text.contains(&name)),
                "{name} is used nowhere"
            );
        }
    }

    #[test]
    fn list_every_metric_and_no_other() {
        let metrics = Metrics::new();
        // Families with labels show only after use.
        metrics.jobs_open("x", 0);
        metrics.job_finished("settled", "");
        metrics.job_declined("x");
        metrics.transaction("x", "included");
        metrics.service_restarted("x");
        metrics.device("x", "x", 0);
        let text = metrics.render();
        let families: BTreeSet<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "))
            .map(|line| line.split(' ').next().unwrap().to_string())
            .collect();
        let documented: BTreeSet<String> = manual()
            .lines()
            .filter_map(|line| line.strip_prefix("| `assay_worker_"))
            .map(|line| format!("assay_worker_{}", line.split(['`', '{']).next().unwrap()))
            .collect();
        assert_eq!(documented, families);
    }

    #[test]
    fn have_every_field_of_the_configuration_used() {
        let mut files = Vec::new();
        sources(&root().join("src"), &mut files);
        let texts: Vec<String> = files
            .iter()
            .filter(|file| !file.starts_with(root().join("src/config")))
            .map(|file| fs::read_to_string(file).unwrap())
            .collect();
        let defaults = assay_worker::config::Config::default().to_toml();
        for field in defaults.lines().filter_map(|line| line.split(" = ").next()) {
            let field = field.trim();
            if field.is_empty() || field.starts_with(['[', ']', '"']) {
                continue;
            }
            let used = format!(".{field}");
            assert!(
                texts.iter().any(|text| text.contains(&used)),
                "nothing reads {field}"
            );
        }
    }
}
