// SPDX-License-Identifier: Apache-2.0
//! Starts the binary with a configuration of its own.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

/// The address of the development account Alice.
pub(super) const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

/// A folder with a configuration, and a command that uses it.
pub(super) struct Place {
    pub(super) folder: tempfile::TempDir,
}

impl Place {
    /// With `configuration` as its file; `{folder}` in it becomes the folder.
    pub(super) fn new(configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder };
        let text = configuration.replace("{folder}", place.folder.path().to_str().unwrap());
        std::fs::write(place.config(), text).unwrap();
        place
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> PathBuf {
        self.path("worker.toml")
    }

    /// The binary with this configuration, and nothing of the test's environment that could reach it.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assay-worker"));
        command
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .env_clear()
            .stdin(std::process::Stdio::null());
        command
    }

    pub(super) fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

/// What was printed, for assertions.
pub(super) fn text(output: &Output) -> (i32, String, String) {
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}
