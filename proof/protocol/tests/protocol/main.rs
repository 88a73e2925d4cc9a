// SPDX-License-Identifier: Apache-2.0
//! The protocol from end to end: honest proofs verify, dishonest ones don't.

mod completeness;
mod models;
