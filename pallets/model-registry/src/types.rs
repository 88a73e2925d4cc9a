// SPDX-License-Identifier: Apache-2.0
//! What is stored of a model.

use assay_pallet_primitives::{Balance, KeyFacts, ModelStatus, Position};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    traits::Get, BoundedVec, CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound,
    PartialEqNoBound,
};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::Perbill;

/// What an owner says of a model. Nothing here is checked but its length.
#[derive(
    CloneNoBound,
    DebugNoBound,
    DefaultNoBound,
    PartialEqNoBound,
    EqNoBound,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[codec(mel_bound())]
#[scale_info(skip_type_params(MaxText))]
pub struct Metadata<MaxText: Get<u32>> {
    /// Its name, UTF-8.
    pub name: BoundedVec<u8, MaxText>,
    /// Its licence, an SPDX expression.
    pub licence: BoundedVec<u8, MaxText>,
    /// Where the weights are.
    pub weights_uri: BoundedVec<u8, MaxText>,
    /// SHA-256 of the file of weights.
    pub weights_hash: H256,
}

/// A registered model.
#[derive(
    CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[codec(mel_bound(AccountId: MaxEncodedLen))]
#[scale_info(skip_type_params(MaxText))]
pub struct Model<AccountId: Clone + core::fmt::Debug + PartialEq + Eq, MaxText: Get<u32>> {
    /// Receives the royalties, and may change the model.
    pub owner: AccountId,
    /// What the owner says of it.
    pub metadata: Metadata<MaxText>,
    /// Part of the price, after the protocol fee, that the owner asks of jobs posted now.
    pub royalty: Perbill,
    /// Whether it takes jobs, unless its key is barred: then it doesn't.
    pub status: ModelStatus,
    /// What its key says.
    pub key: KeyFacts,
    /// Bytes of its key.
    pub key_bytes: u32,
    /// Held from the owner.
    pub deposit: Balance,
    /// Jobs that need it.
    pub jobs: u32,
    /// Where it was registered.
    pub registered: Position,
}
