// SPDX-License-Identifier: Apache-2.0
//! What subxt generates from the runtime's metadata: addresses of storage, calls and runtime APIs, each with a hash of
//! its types that is compared with the live chain's before it is used.
//!
//! The records are not generated: [`types`](crate::types) stand in for them, so that nobody outside this module meets a
//! generated type.

// Generated code: its documentation is the pallets'.
#![allow(missing_docs, unreachable_pub, unused_qualifications)]

// Cargo doesn't know what a macro reads: without this line it would not compile the crate again when the file changes.
const _: &[u8] = include_bytes!("metadata/assay.scale");

#[subxt::subxt(
    runtime_metadata_path = "src/metadata/assay.scale",
    substitute_type(
        path = "assay_pallet_primitives::concentration::Concentration",
        with = "crate::types::Concentration"
    ),
    substitute_type(
        path = "assay_pallet_primitives::concentration::Dimension",
        with = "crate::types::Dimension"
    ),
    substitute_type(
        path = "assay_pallet_primitives::models::ModelStatus",
        with = "crate::types::ModelStatus"
    ),
    substitute_type(
        path = "assay_pallet_primitives::position::Position",
        with = "crate::types::Position"
    ),
    substitute_type(
        path = "assay_pallet_primitives::proof::KeyFacts",
        with = "crate::types::KeyFacts"
    ),
    substitute_type(
        path = "assay_pallet_primitives::proof::ProofRejected",
        with = "crate::types::ProofRejected"
    ),
    substitute_type(
        path = "assay_pallet_primitives::runtime_api::DelegationStatus<A, B>",
        with = "crate::types::DelegationStatus"
    ),
    substitute_type(
        path = "assay_pallet_primitives::runtime_api::ProviderStatus<A, B>",
        with = "crate::types::ProviderStatus"
    ),
    substitute_type(
        path = "assay_pallet_primitives::staking::Fault",
        with = "crate::types::Fault"
    ),
    substitute_type(
        path = "assay_pallet_primitives::staking::SlashOutcome<A>",
        with = "crate::types::SlashOutcome"
    ),
    substitute_type(
        path = "pallet_inference_market::runtime_api::OpenJob<A, B>",
        with = "crate::types::OpenJob"
    ),
    substitute_type(
        path = "pallet_inference_market::runtime_api::Quote<A, B>",
        with = "crate::types::Quote"
    ),
    substitute_type(
        path = "pallet_inference_market::types::EndReason",
        with = "crate::types::EndReason"
    ),
    substitute_type(
        path = "pallet_inference_market::types::Job<A, B>",
        with = "crate::types::Job"
    ),
    substitute_type(
        path = "pallet_inference_market::types::ProofOutcome",
        with = "crate::types::ProofOutcome"
    ),
    substitute_type(
        path = "pallet_inference_market::types::Receipt<A, B>",
        with = "crate::types::Receipt"
    ),
    substitute_type(
        path = "pallet_inference_market::types::StoredInputs",
        with = "crate::types::StoredInputs"
    ),
    substitute_type(
        path = "pallet_inference_market::types::Terms<A>",
        with = "crate::types::Terms"
    ),
    substitute_type(
        path = "pallet_model_registry::types::Metadata",
        with = "crate::types::Metadata"
    ),
    substitute_type(
        path = "pallet_model_registry::types::Model<A>",
        with = "crate::types::Model"
    ),
    substitute_type(
        path = "pallet_verification::types::BondExtra",
        with = "crate::types::BondExtra"
    ),
    substitute_type(
        path = "pallet_verification::types::Provider<A>",
        with = "crate::types::Provider"
    ),
    substitute_type(
        path = "sp_arithmetic::per_things::Perbill",
        with = "crate::types::Perbill"
    ),
    substitute_type(path = "sp_weights::weight_v2::Weight", with = "crate::types::Weight")
)]
pub mod api {}
