// SPDX-License-Identifier: Apache-2.0

//! The configuration of the pallets, by area. Governance and XCM have modules of their own,
//! [`crate::governance`] and [`crate::xcm_config`].

pub mod accounts;
pub mod collators;
pub mod market;
pub mod messaging;
pub mod money;
pub mod system;
