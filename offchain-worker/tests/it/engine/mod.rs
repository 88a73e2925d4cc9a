// SPDX-License-Identifier: Apache-2.0
//! The daemon as a whole, on a simulated chain that keeps the market's rules and verifies proofs with the real verifier.
//!
//! - [`sim`]: the chain; [`rig`]: workers on it;
//! - [`serving`]: jobs from auction to receipt; what isn't taken; what competitors do to each other;
//! - [`kills`]: SIGKILL between any two steps;
//! - [`chain_faults`]: reorganisations, outages, transactions that die;
//! - [`disk_faults`]: a full disk;
//! - [`misdeeds`]: workers that lie or fall silent;
//! - [`fetching`]: weights over HTTP;
//! - [`live`]: workers on a real development node.

mod chain_faults;
mod disk_faults;
mod fetching;
mod kills;
pub(crate) mod live;
mod misdeeds;
mod rig;
mod serving;
mod sim;
