// SPDX-License-Identifier: Apache-2.0
//! The executor against the reference interpreter: random circuits and real models, on the software adapter and on the processor.
//!
//! `ASSAY_TEST_ADAPTER` names another adapter, in the words of the configuration (`best`, `name:RTX`): `scripts/gpu.sh` runs these tests
//! on a machine's GPU.

mod devices;
mod models;
mod properties;

use std::sync::Arc;

use assay_circuit::Model;
use assay_worker::executor::{open, AdapterPolicy, Backend};

/// The policy that the environment names, else the software adapter.
fn policy() -> AdapterPolicy {
    match std::env::var("ASSAY_TEST_ADAPTER") {
        Ok(policy) => policy.parse().expect("ASSAY_TEST_ADAPTER is a policy"),
        Err(_) => AdapterPolicy::Software,
    }
}

fn device() -> Arc<dyn Backend> {
    open(&policy()).expect("the adapter opens: see docs/operations/gpu.md")
}

fn processor() -> Arc<dyn Backend> {
    open(&AdapterPolicy::Cpu).expect("always there")
}

/// What the interpreter says.
fn interpret(model: &Model, inputs: &[Vec<i32>]) -> Vec<Vec<i32>> {
    let run = |input: &Vec<i32>| model.run(input).expect("the input fits").output();
    inputs.iter().map(run).collect()
}
