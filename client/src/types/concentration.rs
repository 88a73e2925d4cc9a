// SPDX-License-Identifier: Apache-2.0
//! How concentrated work, stake and block production are.

use super::{mirrors, Perbill};

mirrors! {
    /// What is concentrated.
    #[derive(Copy)]
    pub enum Dimension {
        /// Settled work, by provider.
        Work,
        /// Active stake, own and delegated, by provider.
        Stake,
        /// Authored blocks, by collator.
        Blocks,
    }

    /// How concentrated something was in one era.
    #[derive(Copy)]
    pub struct Concentration {
        /// Sum over all parties.
        pub total: u128,
        /// Parties with a share above zero.
        pub parties: u32,
        /// Herfindahl-Hirschman index: the sum of the squares of all shares. `1 / parties` if all are equal, 1 if there
        /// is only one, 0 if there is none.
        pub hhi: Perbill,
        /// Nakamoto coefficient: the least number of parties that together have more than half. `None` if it exceeds the
        /// number of largest parties that the chain keeps, and for an era in which nothing happened.
        pub nakamoto: Option<u32>,
    }
}
