// SPDX-License-Identifier: Apache-2.0
//! The result of the checks: rows with a tick, a reason and a remedy.

use serde::Serialize;

use crate::commands::output::{printable, table};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Tick {
    /// As it should be.
    Ok,
    /// The worker runs, but something should be looked at.
    Warning,
    /// The worker can't run, or takes no jobs.
    Failed,
    /// It couldn't be checked, because of something above it.
    Skipped,
}

/// A row.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    /// What was checked.
    pub(super) check: &'static str,
    /// How it ended.
    pub(super) result: Tick,
    /// What was found.
    pub(super) found: String,
    /// What to do. Empty if nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) remedy: String,
}

/// All rows.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// Whether no check failed or was skipped because of one that did.
    pub(super) ready: bool,
    /// In the order of checking.
    pub(super) checks: Vec<Row>,
}

impl Report {
    pub(super) fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.push(check, Tick::Ok, found.into(), String::new());
    }

    pub(super) fn warning(
        &mut self,
        check: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(check, Tick::Warning, found.into(), remedy.into());
    }

    pub(super) fn failed(
        &mut self,
        check: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(check, Tick::Failed, found.into(), remedy.into());
    }

    /// The checks could not be made because of `why`.
    pub(super) fn skipped(&mut self, checks: &[&'static str], why: &str) {
        for check in checks {
            self.push(check, Tick::Skipped, why.to_string(), String::new());
        }
    }

    fn push(&mut self, check: &'static str, result: Tick, found: String, remedy: String) {
        let found = printable(&found);
        self.checks.push(Row {
            check,
            result,
            found,
            remedy,
        });
        self.ready = self
            .checks
            .iter()
            .all(|row| row.result != Tick::Failed && row.result != Tick::Skipped);
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut table = table(&["", "check", "found", "what to do"]);
        for row in &self.checks {
            let tick = match row.result {
                Tick::Ok => "✓",
                Tick::Warning => "!",
                Tick::Failed => "✗",
                Tick::Skipped => "-",
            };
            table.add_row([tick, row.check, &row.found, &row.remedy]);
        }
        let end = if self.ready {
            "The worker can run."
        } else {
            "The worker can't work yet."
        };
        format!("{table}\n\n{end}")
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn be_ready_only_if_nothing_failed_or_was_skipped() {
        let mut report = Report::default();
        assert!(!report.ready);
        report.ok("a", "fine");
        report.warning("b", "so-so", "look at it");
        assert!(report.ready);
        report.skipped(&["c"], "b is missing");
        assert!(!report.ready);
        let mut report = Report::default();
        report.failed("d", "bad\u{7}", "repair it");
        assert!(!report.ready);
        let text = report.text();
        assert!(text.contains('✗') && text.contains("repair it") && !text.contains('\u{7}'));
    }
}
