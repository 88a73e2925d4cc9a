// SPDX-License-Identifier: Apache-2.0
//! The binary `assay-worker`.

use std::process::ExitCode;

fn main() -> ExitCode {
    assay_worker::commands::main()
}
