// SPDX-License-Identifier: Apache-2.0
//! The protocol from end to end: honest proofs verify, dishonest ones don't.

mod binding;
mod completeness;
mod encoding;
mod keys;
mod liars;
mod models;
