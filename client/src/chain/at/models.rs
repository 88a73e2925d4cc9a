// SPDX-License-Identifier: Apache-2.0
//! Models and their keys.

use super::At;
use crate::{
    chain::ChainError,
    runtime::api,
    types::{Model, ModelId},
};

impl At {
    /// A model's record.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn model(&self, model: ModelId) -> Result<Option<Model>, ChainError> {
        self.value(api::storage().model_registry().models(), (model,))
            .await
    }

    /// At most `limit` models, by number.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn models(&self, limit: usize) -> Result<Vec<(ModelId, Model)>, ChainError> {
        let address = api::storage().model_registry().models();
        let select = |(id,): (ModelId,), model| Some((id, model));
        let mut models = self.entries(address, limit, select).await?;
        models.sort_by_key(|(id, _)| *id);
        Ok(models)
    }

    /// A model's verifying key.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn key(&self, model: ModelId) -> Result<Option<Vec<u8>>, ChainError> {
        let address = api::storage().model_registry().keys();
        Ok(self.value(address, (model,)).await?.map(|key| key.0))
    }
}
