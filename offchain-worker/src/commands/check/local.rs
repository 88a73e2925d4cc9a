// SPDX-License-Identifier: Apache-2.0
//! Checks of what is on this machine.

use std::{fs, io, net::TcpListener, os::unix::fs::PermissionsExt, path::Path};

use assay_client::Signer;

use super::report::Report;
use crate::{
    commands::run::open_device,
    config::{ByteSize, Config},
    data_dir,
    error::{Coded, ServiceError},
    executor, keys,
};

/// The rules that fields keep.
pub(super) fn configuration(config: &Config, report: &mut Report) {
    const CHECK: &str = "configuration";
    match config.validate() {
        Ok(()) => report.ok(CHECK, "valid"),
        Err(error) => report.failed(CHECK, error.to_string(), error.code().remedy),
    }
    let remote = |url: &String| {
        let local = ["ws://127.", "ws://localhost", "ws://[::1]"];
        url.starts_with("ws://") && !local.iter().any(|prefix| url.starts_with(prefix))
    };
    if config.chain.urls.iter().any(remote) {
        report.warning(
            "connection is private",
            "chain.urls has an address of another machine without TLS",
            "use wss://: whoever is between can feed the worker a false chain",
        );
    }
}

/// That the data directory can be written, and the space on its disk.
pub(super) fn data_directory(config: &Config, report: &mut Report) {
    const CHECK: &str = "data directory";
    let path = &config.storage.data_dir;
    let shown = path.display();
    if data_dir::in_use(path) {
        report.ok(CHECK, format!("{shown}: a worker is running with it"));
    } else if path.is_dir() {
        match write(path) {
            Ok(()) => report.ok(CHECK, format!("{shown} can be written")),
            Err(error) => report.failed(
                CHECK,
                format!("{shown}: {error}"),
                "let the user that runs the worker own it, with mode 0700",
            ),
        }
    } else {
        report.warning(
            CHECK,
            format!("{shown} does not exist"),
            "it is made at the first start, if the user that runs the worker may; else make it",
        );
    }

    const DISK: &str = "disk space";
    match data_dir::free_space(path) {
        Ok(free) => {
            let (free, least) = (ByteSize(free), config.storage.min_free);
            let found = format!("{:.1} GiB free", free.0 as f64 / f64::from(1 << 30));
            if free < least {
                let remedy = "make room, or lower storage.min_free: no job is accepted below it";
                report.failed(DISK, found, remedy);
            } else if free.0 < least.0.saturating_add(config.models.max_weights.0) {
                let remedy = "the largest weights that models.max_weights allows don't fit";
                report.warning(DISK, found, remedy);
            } else {
                report.ok(DISK, found);
            }
        }
        Err(error) => report.failed(DISK, error.to_string(), "check storage.data_dir"),
    }
}

/// Writes a byte and takes it away again.
fn write(folder: &Path) -> io::Result<()> {
    let probe = folder.join(format!(".check-{}", std::process::id()));
    let result = fs::write(&probe, [0]);
    let _ = fs::remove_file(&probe);
    result
}

/// That the key can be opened. Gives it.
pub(super) fn key(config: &Config, report: &mut Report) -> Option<Signer> {
    const CHECK: &str = "key";
    let account = &config.account;
    let files = [&account.keystore, &account.password_file];
    for path in files.into_iter().flatten() {
        let mode = fs::metadata(path).map(|data| data.permissions().mode() & 0o777);
        if let Ok(mode) = mode.as_ref().map(|mode| mode & 0o077).map_err(|_| ()) {
            if mode != 0 {
                report.warning(
                    "key is private",
                    format!("others can reach {}", path.display()),
                    format!("chmod 600 {}", path.display()),
                );
            }
        }
    }
    match keys::signer(account) {
        Ok(signer) => {
            let address = signer.account().to_string();
            report.ok(CHECK, format!("signs as {address}"));
            if address == account.provider.trim() {
                report.warning(
                    "key is a hot key",
                    "the key is the provider's own: whoever steals it has the stake",
                    "sign with another key, appointed as a proxy of kind Worker",
                );
            }
            Some(signer)
        }
        Err(error) => {
            report.failed(CHECK, error.to_string(), error.code().remedy);
            None
        }
    }
}

/// That the device computes what the reference interpreter computes.
pub(super) fn device(config: &Config, report: &mut Report) {
    const CHECK: &str = "device";
    let adapters = executor::list_adapters();
    if !adapters.is_empty() {
        let names: Vec<String> = adapters.iter().map(ToString::to_string).collect();
        report.ok("adapters", names.join("; "));
    }
    match open_device(&config.device) {
        Ok(backend) => {
            let limits = backend.adapter().map_or_else(String::new, |adapter| {
                let tensor = adapter.limits.tensor_bytes >> 20;
                format!(", tensors of up to {tensor} MiB")
            });
            report.ok(
                CHECK,
                format!(
                    "{}{limits}; equal to the reference interpreter",
                    backend.name()
                ),
            );
        }
        Err(error) => {
            let error: ServiceError = error;
            report.failed(CHECK, error.message(), error.code().remedy);
        }
    }
}

/// That the address for metrics and health is free.
pub(super) fn http(config: &Config, report: &mut Report) {
    const CHECK: &str = "metrics and health";
    let address = config.telemetry.address;
    if !config.telemetry.enabled {
        return report.ok(CHECK, "disabled");
    }
    if !address.ip().is_loopback() {
        report.warning(
            "HTTP is private",
            format!("{address} can be reached from elsewhere, without authentication"),
            "use a loopback address, or a firewall",
        );
    }
    if data_dir::in_use(&config.storage.data_dir) {
        return report.ok(CHECK, format!("{address}: in use by the running worker"));
    }
    match TcpListener::bind(address) {
        Ok(_) => report.ok(CHECK, format!("{address} is free")),
        Err(error) => report.failed(
            CHECK,
            format!("{address}: {error}"),
            "choose another telemetry.address",
        ),
    }
}
