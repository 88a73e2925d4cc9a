// SPDX-License-Identifier: Apache-2.0
//! What the chain stores and answers, as plain types.
//!
//! Each mirrors a type of a pallet, field by field and by name (a field that no client needs may be left out), so that
//! it can be decoded by the metadata of whatever runtime is live. Amounts are in the token's smallest unit, periods in
//! blocks.

// The derives of `mirrors!` import what structs don't need.
#![allow(unused_imports)]

mod concentration;
mod event;
mod job;
mod model;
mod staking;

pub use concentration::{Concentration, Dimension};
pub use event::Event;
pub use job::{
    Acceptance, EndReason, Job, JobState, MarketLimits, OpenJob, ProofOutcome, ProofRejected,
    Quote, Receipt, StoredInputs, Terms,
};
pub use model::{KeyFacts, Metadata, Model, ModelStatus, VerificationCost};
pub use staking::{
    AccountBalance, BondExtra, DelegationStatus, Fault, OwnBond, Provider, ProviderStatus,
    SlashOutcome,
};

/// Number of a model, in the order of registration.
pub type ModelId = u64;
/// Number of a job, in the order of posting.
pub type JobId = u64;
/// An amount of the native token in its smallest unit.
pub type Balance = u128;
/// Number of a block, or of blocks.
pub type BlockNumber = u32;
/// Number of an era.
pub type EraIndex = u32;
/// An amount of work, in units of circuit cost.
pub type Work = u128;

/// Derives what a mirrored type needs.
macro_rules! mirrors {
    ($($item:item)*) => {
        $(
            #[derive(
                Clone,
                Debug,
                PartialEq,
                Eq,
                ::serde::Serialize,
                ::serde::Deserialize,
                ::subxt::ext::scale_encode::EncodeAsType,
                ::subxt::ext::scale_decode::DecodeAsType,
            )]
            #[encode_as_type(crate_path = "::subxt::ext::scale_encode")]
            #[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
            $item
        )*
    };
}
pub(crate) use mirrors;

mirrors! {
    /// Where on the chain something happened.
    #[derive(Copy)]
    pub struct Position {
        /// Number of the block.
        pub block: BlockNumber,
        /// Index of the extrinsic in the block; `None` if a hook did it.
        pub index: Option<u32>,
    }

    /// Parts per billion.
    #[derive(Copy, PartialOrd, Ord)]
    pub struct Perbill(pub u32);

    /// Time and proof size that something takes.
    #[derive(Copy)]
    pub struct Weight {
        /// Picoseconds on the reference machine.
        pub ref_time: u64,
        /// Bytes of state proof.
        pub proof_size: u64,
    }
}

impl Perbill {
    /// Everything.
    pub const ONE: Self = Self(1_000_000_000);

    /// A number between 0 and 1.
    pub fn as_fraction(self) -> f64 {
        f64::from(self.0) / 1e9
    }

    /// From percent, in steps of 10^-7 percent.
    ///
    /// `None` unless `percent` is between 0 and 100.
    pub fn from_percent(percent: f64) -> Option<Self> {
        (0.0..=100.0)
            .contains(&percent)
            .then(|| Self((percent * 1e7).round() as u32))
    }
}

impl std::fmt::Display for Perbill {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:.2}%", 100.0 * self.as_fraction())
    }
}

impl Weight {
    /// `self + other * times`. Saturates.
    pub fn plus(self, other: Self, times: u64) -> Self {
        let add = |a: u64, b: u64| a.saturating_add(b.saturating_mul(times));
        Self {
            ref_time: add(self.ref_time, other.ref_time),
            proof_size: add(self.proof_size, other.proof_size),
        }
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn turn_percent_into_parts() {
        assert_eq!(Perbill::from_percent(12.5), Some(Perbill(125_000_000)));
        assert_eq!(Perbill::from_percent(100.0), Some(Perbill::ONE));
        for wrong in [-0.1, 100.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Perbill::from_percent(wrong), None);
        }
        assert_eq!(Perbill(123_456_789).to_string(), "12.35%");
    }
}
