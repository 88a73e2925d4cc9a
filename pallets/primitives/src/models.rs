// SPDX-License-Identifier: Apache-2.0
//! What the market needs of the model registry.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::{DispatchError, Perbill};

use crate::{KeyFacts, ModelId, Position};

/// Whether a model takes jobs.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ModelStatus {
    /// Jobs can be posted.
    Active,
    /// Its owner withdrew it: jobs in progress are served, none can be posted.
    Retired,
    /// Governance barred it: jobs in progress are released without a slash, none can be posted.
    Barred,
}

/// What the market needs to know of a model.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ModelFacts<AccountId> {
    /// Receives the royalty.
    pub owner: AccountId,
    /// Part of the price, after the protocol fee, that the owner asks of a job that is posted now.
    pub royalty: Perbill,
    /// Whether it takes jobs.
    pub status: ModelStatus,
    /// What its verifying key says.
    pub key: KeyFacts,
    /// Where its key entered the chain.
    pub registered: Position,
}

/// The registered models.
pub trait Models<AccountId> {
    /// The model `model`, if it is registered.
    fn facts(model: ModelId) -> Option<ModelFacts<AccountId>>;

    /// The bytes of its verifying key. They stay as long as the model is held.
    fn key(model: ModelId) -> Option<Vec<u8>>;

    /// Counts a job that needs the model, and returns the model's facts as they are now. Until [`release`](Self::release) its key
    /// and its facts stay readable, whatever its owner or governance does.
    ///
    /// # Errors
    ///
    /// The model isn't registered, isn't active, or has as many jobs as the counter holds.
    fn hold(model: ModelId) -> Result<ModelFacts<AccountId>, DispatchError>;

    /// Ends what [`hold`](Self::hold) began.
    fn release(model: ModelId);

    /// How often the model is held.
    fn held(model: ModelId) -> u32;

    /// Registers a model with a valid key for benchmarks and returns its number.
    #[cfg(feature = "runtime-benchmarks")]
    fn set_up_model(owner: &AccountId) -> ModelId;
}
