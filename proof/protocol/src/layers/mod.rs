// SPDX-License-Identifier: Apache-2.0
//! The layers of a circuit: how each reduces what a proof claims about its output to claims about
//! its inputs.
//!
//! No claim flows through a table, so all layers are proved side by side: [`lookups`] is the
//! argument for all tables and range checks, [`requantise`] turns the evaluations at the leaf point
//! of the lookup argument into claims on committed tensors and accumulators, [`linear`] the
//! accumulators into claims on weights and views, [`max_pool`] proves maxima, and [`view`] reduces
//! claims on views to claims on tensors.

pub mod linear;
pub mod lookups;
pub mod max_pool;
pub mod requantise;
pub mod view;
pub mod window;
