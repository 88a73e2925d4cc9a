// SPDX-License-Identifier: Apache-2.0
//! The programs that the demo runs, and the end of their logs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{bail, Context, Result};

/// Where the programs are.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) node: PathBuf,
    pub(crate) worker: PathBuf,
    pub(crate) assay: PathBuf,
}

impl Programs {
    /// Looks in `folder`, by default where this program is.
    pub(crate) fn find(folder: Option<&Path>) -> Result<Self> {
        let folder = match folder {
            Some(folder) => folder.to_path_buf(),
            None => std::env::current_exe()
                .context("where this program is")?
                .parent()
                .context("a program is in a folder")?
                .to_path_buf(),
        };
        let program = |name: &str| {
            let path = folder.join(name);
            if !path.is_file() {
                bail!("{} is missing: run `make build` first", path.display());
            }
            Ok(path)
        };
        Ok(Self {
            node: program("assay-node")?,
            worker: program("assay-worker")?,
            assay: program("assay")?,
        })
    }
}

/// The last lines of a log.
pub(crate) fn tail(name: &str, path: &Path) -> String {
    const LINES: usize = 25;
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.len().saturating_sub(LINES);
    format!("--- the end of {name}'s log\n{}", lines[start..].join("\n"))
}
