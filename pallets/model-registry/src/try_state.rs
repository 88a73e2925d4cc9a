// SPDX-License-Identifier: Apache-2.0
//! What is true of the pallet's storage between any two calls.

use alloc::collections::BTreeMap;
use assay_pallet_primitives::{Balance, KeyFacts, ProofVerifier};
use frame_support::{
    ensure,
    traits::{fungible::InspectHold, Get},
};
use sp_runtime::TryRuntimeError;

use crate::*;

impl<T: Config> Pallet<T> {
    /// Checks everything that the README says is always true.
    ///
    /// # Errors
    ///
    /// The first rule that is broken.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut deposits = BTreeMap::<T::AccountId, Balance>::new();
        for (id, model) in Models::<T>::iter() {
            ensure!(id < NextModelId::<T>::get(), "a model of the future");
            let key = Keys::<T>::get(id).ok_or("a model without a key")?;
            ensure!(
                key.len() == model.key_bytes as usize,
                "a key of another length"
            );
            let facts = T::Verifier::check_key(&key).map_err(|_| "a stored key is invalid")?;
            // A runtime upgrade may have changed the cost, see `refresh`.
            let cost = model.key.cost;
            ensure!(
                KeyFacts { cost, ..facts } == model.key,
                "facts that don't follow from the key"
            );
            ensure!(
                model.royalty <= T::MaxRoyalty::get(),
                "a royalty above the maximum"
            );
            let sum = deposits.entry(model.owner).or_default();
            *sum = sum.saturating_add(model.deposit);
        }
        for id in Keys::<T>::iter_keys() {
            ensure!(Models::<T>::contains_key(id), "a key without a model");
        }
        for (owner, sum) in deposits {
            let held = T::Currency::balance_on_hold(&HoldReason::ModelDeposit.into(), &owner);
            ensure!(held == sum, "what is held of an owner isn't its deposits");
        }
        Ok(())
    }
}
