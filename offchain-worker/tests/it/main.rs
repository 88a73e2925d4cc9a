// SPDX-License-Identifier: Apache-2.0
//! Integration tests of the worker, one program: `cargo nextest run -p assay-worker -E 'binary(it)'`.

mod engine;
mod executor;
mod ops;
