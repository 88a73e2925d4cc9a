// SPDX-License-Identifier: Apache-2.0

//! Tests of the composed runtime. They start chains from the genesis presets and build whole
//! blocks: inherents, relay-chain proofs, hooks. One binary, a module for each subject.

mod chain;
mod collators;
mod fees;
mod genesis;
mod governance;
mod integrity;
mod market;
mod proxy;
mod xcm_accepts;
mod xcm_common;
mod xcm_refuses;
mod xcm_sends;
