// SPDX-License-Identifier: GPL-3.0-only
//! Tests of the built `assay-node`, run as a user runs it: each starts processes and looks at what
//! they print, what they serve and what they leave behind.

mod bad_input;
mod chain_specs;
mod restart;
mod support;
