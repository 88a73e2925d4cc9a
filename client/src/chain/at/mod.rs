// SPDX-License-Identifier: Apache-2.0
//! Reads of the state after one block: storage and runtime APIs, by what they are about.

mod concentration;
mod jobs;
mod models;
mod stake;

use subxt::storage::{Address, PrefixOf};

use super::{blocks::number, ChainError, ClientAt};
use crate::{types::BlockNumber, Hash};

/// The state after one block.
#[derive(Clone)]
pub struct At {
    pub(crate) client: ClientAt,
    number: BlockNumber,
}

impl std::fmt::Debug for At {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "At(#{} {:?})", self.number, self.hash())
    }
}

/// The pallets that make a chain an Assay chain.
const PALLETS: [&str; 3] = ["ModelRegistry", "Verification", "InferenceMarket"];
/// The most entries of a map that one question looks through.
const MAX_SCANNED: usize = 1 << 18;

impl At {
    pub(super) fn new(client: ClientAt) -> Result<Self, ChainError> {
        let number = number(client.block_number())?;
        Ok(Self { client, number })
    }

    /// Fails if the runtime has not the market's pallets. That their types are as expected is checked with each use.
    pub(super) fn check_runtime(&self) -> Result<(), ChainError> {
        let metadata = self.client.metadata_ref();
        match PALLETS
            .iter()
            .find(|name| metadata.pallet_by_name(name).is_none())
        {
            Some(missing) => Err(ChainError::Incompatible(format!(
                "it has no pallet {missing}"
            ))),
            None => Ok(()),
        }
    }

    /// The block's number.
    pub fn number(&self) -> BlockNumber {
        self.number
    }

    /// The block's hash.
    pub fn hash(&self) -> Hash {
        self.client.block_hash()
    }

    /// One value of a storage map.
    pub(super) async fn value<A: Address>(
        &self,
        address: A,
        key: A::KeyParts,
    ) -> Result<Option<A::Value>, ChainError> {
        let value = self.client.storage().try_fetch(address, key).await;
        match value.map_err(ChainError::from_subxt)? {
            Some(value) => value.decode().map(Some).map_err(ChainError::from_subxt),
            None => Ok(None),
        }
    }

    /// At most `limit` entries of a storage map for which `select` gives something, in no particular order.
    pub(super) async fn entries<A, T>(
        &self,
        address: A,
        limit: usize,
        select: impl Fn(A::KeyParts, A::Value) -> Option<T>,
    ) -> Result<Vec<T>, ChainError>
    where
        A: Address,
        (): PrefixOf<A::KeyParts>,
    {
        let entries = self.client.storage().iter(address, ()).await;
        let mut entries = entries.map_err(ChainError::from_subxt)?;
        let mut list = Vec::new();
        for _ in 0..MAX_SCANNED {
            if list.len() >= limit {
                return Ok(list);
            }
            let Some(entry) = entries.next().await else {
                return Ok(list);
            };
            let entry = entry.map_err(ChainError::from_subxt)?;
            let key = entry.key().map_err(ChainError::from_subxt)?;
            let key = key.decode().map_err(ChainError::from_subxt)?;
            let value = entry.value().decode().map_err(ChainError::from_subxt)?;
            list.extend(select(key, value));
        }
        Err(ChainError::Node(format!(
            "the chain has more than {MAX_SCANNED} entries to look through: ask an indexer"
        )))
    }

    /// The answer of a runtime API.
    pub(super) async fn ask<P>(&self, question: P) -> Result<P::ReturnType, ChainError>
    where
        P: subxt::runtime_apis::Payload,
    {
        let answer = self.client.runtime_apis().call(question).await;
        answer.map_err(ChainError::from_subxt)
    }
}
