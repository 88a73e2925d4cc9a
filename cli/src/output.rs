// SPDX-License-Identifier: Apache-2.0
//! Results on stdout: text for people, or one JSON document.

use std::io::Write;

use serde::Serialize;

use crate::exit::Failure;

/// Where results go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Says something on the way to a result: on stderr, and only to people.
    pub(crate) fn note(&self, line: &str) {
        if !self.json {
            eprintln!("{line}");
        }
    }

    /// Prints a result: `document` as JSON, or what `text` makes of it.
    pub(crate) fn print<T: Serialize>(
        &self,
        document: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        let line = if self.json {
            serde_json::to_string(document).map_err(|error| Failure::Machine(error.into()))?
        } else {
            text(document)
        };
        let mut stdout = std::io::stdout().lock();
        match writeln!(stdout, "{}", line.trim_end_matches('\n')) {
            // Whoever reads only the beginning (`| head`) has what they want.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|error| Failure::Machine(error.into())),
        }
    }
}

/// Rows of text in columns that are as wide as their widest cell; the first column to the left, the others to the right.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            let cell = if column == 0 {
                format!("{cell:<width$}")
            } else {
                format!("  {cell:>width$}")
            };
            text.push_str(&cell);
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn align_columns() {
        let rows = [
            vec!["a".into(), "10".into()],
            vec!["bcd".into(), "9".into()],
        ];
        assert_eq!(columns(&rows), "a    10\nbcd   9\n");
    }
}
