// SPDX-License-Identifier: Apache-2.0
//! What `scripts/zombienet.sh` says through the environment.

use std::{env, path::PathBuf};

use anyhow::{ensure, Context, Result};

/// Paths.
pub(crate) struct Settings {
    /// The network's description.
    pub(crate) network: PathBuf,
    /// The command line tool.
    pub(crate) assay: PathBuf,
    /// The worker.
    pub(crate) worker: PathBuf,
    /// Folder of the example models.
    pub(crate) models: PathBuf,
    /// A folder for everything that is written, which the caller removes.
    pub(crate) folder: PathBuf,
}

impl Settings {
    /// Reads `ASSAY_ZOMBIENET_CONFIG`, `ASSAY_CLI`, `ASSAY_WORKER`, `ASSAY_MODELS` and `ASSAY_ZOMBIENET_DIR`.
    ///
    /// # Errors
    ///
    /// One of them is missing, or names nothing.
    pub(crate) fn from_env() -> Result<Self> {
        Ok(Self {
            network: path("ASSAY_ZOMBIENET_CONFIG")?,
            assay: path("ASSAY_CLI")?,
            worker: path("ASSAY_WORKER")?,
            models: path("ASSAY_MODELS")?,
            folder: path("ASSAY_ZOMBIENET_DIR")?,
        })
    }
}

fn path(variable: &str) -> Result<PathBuf> {
    let value = env::var_os(variable)
        .with_context(|| format!("{variable} is not set: run scripts/zombienet.sh"))?;
    let path = PathBuf::from(value);
    ensure!(
        path.exists(),
        "{variable}: {} does not exist",
        path.display()
    );
    Ok(path)
}
