// SPDX-License-Identifier: Apache-2.0
//! The process's peak resident set, as Linux accounts it.

use anyhow::{Context, Result};

/// `VmHWM` of `/proc/self/status` in megabytes (10^6 bytes).
pub fn peak_megabytes() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse().context("VmHWM")?;
    Ok(kibibytes * 1024.0 / 1e6)
}
