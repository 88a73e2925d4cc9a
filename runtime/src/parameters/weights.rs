// SPDX-License-Identifier: Apache-2.0

//! Weights of the chain-parameters pallet, measured in [`crate::weights`].

use frame_support::weights::Weight;

/// Weights that the pallet needs.
pub trait WeightInfo {
    /// Validating and replacing the periods.
    fn set_periods() -> Weight;
    /// Reading the periods from storage.
    fn read_periods() -> Weight;
}
