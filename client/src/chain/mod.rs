// SPDX-License-Identifier: Apache-2.0
//! A connection to a node, and what can be asked of it.
//!
//! - [`error`]: why there is no answer;
//! - [`at`]: reads of the state after one block;
//! - [`blocks`]: streams of blocks;
//! - [`body`]: transactions and events of a block;
//! - [`proxies`]: who may act for an account.
//!
//! The connection makes itself again for ever. Calls made meanwhile wait for it. The older JSON-RPC methods are used:
//! every node has them, they can read any block that the node keeps, and nothing has to be unpinned.

mod at;
mod blocks;
mod body;
mod error;
mod proxies;

pub use at::At;
pub use blocks::{BlockRef, BlockStream};
pub use error::ChainError;
pub use proxies::Proxy;

use std::{sync::Arc, time::Duration};

use subxt::{
    backend::LegacyBackend,
    config::RpcConfigFor,
    rpcs::{
        client::reconnecting_rpc_client::{ExponentialBackoff, RpcClient as Reconnecting},
        LegacyRpcMethods, RpcClient,
    },
    OnlineClient, SubstrateConfig,
};

use crate::{types::BlockNumber, AccountId, Hash};

/// What subxt needs to know of the chain: accounts of 32 bytes, BLAKE2 hashes.
pub(crate) type Config = SubstrateConfig;
/// subxt's view of one block.
pub(crate) type ClientAt = subxt::OnlineClientAtBlock<Config>;

/// How long the first connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// How long the node may take for one answer.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);
/// The longest pause between attempts to connect again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The largest answer that is read, in bytes. A block body is at most 5 MiB, twice that in hexadecimal.
const MAX_ANSWER: u32 = 32 << 20;
/// Values of a storage map that are fetched at once.
const PAGE: u32 = 128;

/// A connection to a node. Clones share it.
#[derive(Clone)]
pub struct Chain {
    pub(crate) client: OnlineClient<Config>,
    pub(crate) rpc: LegacyRpcMethods<RpcConfigFor<Config>>,
    url: Arc<str>,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Chain({})", self.url)
    }
}

impl Chain {
    /// Connects to the node at `url` (`ws://` or `wss://`).
    ///
    /// # Errors
    ///
    /// [`ChainError::Unreachable`] if nobody answers within ten seconds, [`ChainError::Incompatible`] if the chain isn't
    /// an Assay chain.
    pub async fn connect(url: &str) -> Result<Self, ChainError> {
        let unreachable = |reason: String| ChainError::Unreachable {
            url: url.to_owned(),
            reason,
        };
        if !(url.starts_with("ws://") || url.starts_with("wss://")) {
            return Err(unreachable(
                "the address must begin with ws:// or wss://".into(),
            ));
        }
        let patience = Self::handshake(url);
        match tokio::time::timeout(CONNECT_PATIENCE, patience).await {
            Ok(Ok(chain)) => Ok(chain),
            Ok(Err(ChainError::Node(reason))) => Err(unreachable(reason)),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(unreachable(format!(
                "no answer within {} s",
                CONNECT_PATIENCE.as_secs()
            ))),
        }
    }

    async fn handshake(url: &str) -> Result<Self, ChainError> {
        let pauses = ExponentialBackoff::from_millis(50).max_delay(LONGEST_PAUSE);
        let rpc = Reconnecting::builder()
            .retry_policy(pauses)
            .request_timeout(ANSWER_PATIENCE)
            .max_response_size(MAX_ANSWER)
            .build(url)
            .await
            .map_err(|error| ChainError::Node(error.to_string()))?;
        let rpc = RpcClient::new(rpc);
        let backend = LegacyBackend::<Config>::builder()
            .storage_page_size(PAGE)
            .build(rpc.clone());
        let client = OnlineClient::from_backend_with_config(Config::new(), Arc::new(backend))
            .await
            .map_err(ChainError::from_subxt)?;
        let chain = Self {
            client,
            rpc: LegacyRpcMethods::new(rpc),
            url: url.into(),
        };
        chain.best().await?.check_runtime()?;
        Ok(chain)
    }

    /// Where the node is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The hash of the chain's first block: the chain's identity in proofs.
    pub fn chain_id(&self) -> [u8; 32] {
        self.client.genesis_hash().0
    }

    /// The state after the best block.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn best(&self) -> Result<At, ChainError> {
        let hash = self.block_hash(None).await?;
        self.at(hash.ok_or_else(|| ChainError::NoBlock("best".into()))?)
            .await
    }

    /// The state after the last finalised block.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn finalised(&self) -> Result<At, ChainError> {
        let hash = self.rpc.chain_get_finalized_head().await;
        self.at(hash.map_err(ChainError::from_rpc)?).await
    }

    /// The state after a block.
    ///
    /// # Errors
    ///
    /// [`ChainError::NoBlock`] if the node doesn't have the block.
    pub async fn at(&self, block: Hash) -> Result<At, ChainError> {
        use subxt::error::OnlineClientAtBlockError as Error;
        let client = self.client.at_block(block).await;
        let client = client.map_err(|error| match error {
            Error::BlockHeaderNotFound { .. } => ChainError::NoBlock(format!("{block:?}")),
            error => ChainError::from_subxt(error),
        })?;
        At::new(client)
    }

    /// The state after the block of this number in the best chain.
    ///
    /// # Errors
    ///
    /// [`ChainError::NoBlock`] if there is none.
    pub async fn at_number(&self, number: BlockNumber) -> Result<At, ChainError> {
        let hash = self.block_hash(Some(number)).await?;
        self.at(hash.ok_or_else(|| ChainError::NoBlock(number.to_string()))?)
            .await
    }

    /// The hash of a block of the best chain, or of its last block.
    pub(crate) async fn block_hash(
        &self,
        number: Option<BlockNumber>,
    ) -> Result<Option<Hash>, ChainError> {
        let number = number.map(Into::into);
        let hash = self.rpc.chain_get_block_hash(number).await;
        hash.map_err(ChainError::from_rpc)
    }

    /// The nonce of an account's next transaction, those in the node's pool counted.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn next_nonce(&self, account: &AccountId) -> Result<u64, ChainError> {
        let nonce = self.rpc.system_account_next_index(account).await;
        nonce.map_err(ChainError::from_rpc)
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[tokio::test]
    async fn refuse_an_address_that_is_no_websocket() {
        for wrong in ["http://127.0.0.1:9944", "127.0.0.1:9944", ""] {
            let error = Chain::connect(wrong).await.unwrap_err();
            assert!(error.to_string().contains("ws://"), "{error}");
        }
    }
}
