// SPDX-License-Identifier: Apache-2.0
//! Results on stdout: text for people, or one JSON document.

use std::io::{ErrorKind, Write};

use comfy_table::{presets, ContentArrangement, Table};
use serde::Serialize;

use super::exit::Failure;
use crate::error::{codes, ServiceError};

/// Where results go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result: `document` as JSON, or what `text` makes of it.
    pub(super) fn print<T: Serialize>(
        &self,
        document: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        let fail = |error: Box<dyn std::error::Error + Send + Sync>| {
            Failure::Failed(ServiceError::fatal(codes::CM_003, error))
        };
        let line = if self.json {
            serde_json::to_string(document).map_err(|error| fail(error.into()))?
        } else {
            text(document)
        };
        match writeln!(std::io::stdout().lock(), "{}", line.trim_end_matches('\n')) {
            // Whoever reads only the beginning (`| head`) has what they want.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|error| fail(error.into())),
        }
    }
}

/// Columns of a table that goes to a file or another program.
const WIDTH: u16 = 150;

/// A table without borders that fits the terminal.
pub(super) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.iter().copied());
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    table
}

/// Text of the chain or of a file, so that it can do nothing to a terminal: control characters are shown as `?`.
pub(super) fn printable(text: &str) -> String {
    let safe = |c: char| if c.is_control() { '?' } else { c };
    text.chars().map(safe).collect()
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn defuse_control_characters() {
        assert_eq!(printable("a\u{1b}[2Jb\nä"), "a?[2Jb?ä");
    }
}
