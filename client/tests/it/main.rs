// SPDX-License-Identifier: Apache-2.0
//! What only holds for the crate together with the runtime.

mod metadata;
