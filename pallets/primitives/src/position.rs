// SPDX-License-Identifier: Apache-2.0
//! Where on the chain something happened.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The block and the extrinsic in which something happened, so that anyone can find its data in the chain's history when the
/// state no longer has it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Position {
    /// Number of the block.
    pub block: u32,
    /// Index of the extrinsic in the block; `None` if the call came from a hook, as scheduled calls do.
    pub index: Option<u32>,
}
