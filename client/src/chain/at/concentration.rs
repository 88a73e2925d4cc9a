// SPDX-License-Identifier: Apache-2.0
//! Eras, and the concentration of work, stake and block production.

use super::At;
use crate::{
    chain::ChainError,
    runtime::api,
    types::{Concentration, Dimension, EraIndex, Perbill},
    AccountId,
};

impl At {
    /// The era of the block.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn current_era(&self) -> Result<EraIndex, ChainError> {
        self.ask(api::runtime_apis().staking_api().current_era())
            .await
    }

    /// The numbers of an era; `None` if they are no longer kept.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn concentration(
        &self,
        era: EraIndex,
        dimension: Dimension,
    ) -> Result<Option<Concentration>, ChainError> {
        let apis = api::runtime_apis();
        let question = apis.concentration_api().concentration(era, dimension);
        self.ask(question).await
    }

    /// The largest parties of an era with their shares, largest first.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn largest(
        &self,
        era: EraIndex,
        dimension: Dimension,
    ) -> Result<Vec<(AccountId, Perbill)>, ChainError> {
        self.ask(
            api::runtime_apis()
                .concentration_api()
                .largest(era, dimension),
        )
        .await
    }

    /// One party's share in an era, if it is known.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn share(
        &self,
        era: EraIndex,
        dimension: Dimension,
        party: &AccountId,
    ) -> Result<Option<Perbill>, ChainError> {
        let apis = api::runtime_apis();
        let question = apis.concentration_api().share(era, dimension, *party);
        self.ask(question).await
    }
}
