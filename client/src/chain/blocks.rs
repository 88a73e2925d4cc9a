// SPDX-License-Identifier: Apache-2.0
//! Streams of blocks.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures::{stream, Stream, StreamExt};
use serde::{Deserialize, Serialize};

use super::{Chain, ChainError, Config};
use crate::{types::BlockNumber, Hash};

/// A block's place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockRef {
    /// Its number.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: Hash,
    /// The hash of the block before it.
    pub parent: Hash,
}

/// Blocks as they come.
pub struct BlockStream(Pin<Box<dyn Stream<Item = Result<BlockRef, ChainError>> + Send>>);

impl std::fmt::Debug for BlockStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("BlockStream")
    }
}

impl Stream for BlockStream {
    type Item = Result<BlockRef, ChainError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl Chain {
    /// Each new best block. The same number can come again after a reorganisation, and blocks are left out when they come
    /// fast or the connection was lost: act on the state, not on having seen every block.
    ///
    /// # Errors
    ///
    /// [`ChainError`]. The stream goes on after an error that [may pass](ChainError::is_transient).
    pub async fn best_blocks(&self) -> Result<BlockStream, ChainError> {
        let blocks = self.client.stream_best_blocks().await;
        let blocks = blocks.map_err(ChainError::from_subxt)?;
        Ok(BlockStream(blocks.map(block).boxed()))
    }

    /// Every finalised block from now on, in order: those that the node leaves out, or that were finalised while the
    /// connection was lost, are fetched.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn finalised_blocks(&self) -> Result<BlockStream, ChainError> {
        let blocks = self.client.stream_blocks().await;
        let blocks = blocks.map_err(ChainError::from_subxt)?;
        let state = Finalised {
            chain: self.clone(),
            blocks: blocks.map(block).boxed(),
            last: None,
            ahead: None,
        };
        let blocks = stream::unfold(state, |mut state| async move {
            let next = state.next().await?;
            Some((next, state))
        });
        Ok(BlockStream(blocks.boxed()))
    }

    /// A block of the best chain by its number.
    pub(crate) async fn block_at(&self, number: BlockNumber) -> Result<BlockRef, ChainError> {
        let missing = || ChainError::NoBlock(number.to_string());
        let hash = self.block_hash(Some(number)).await?.ok_or_else(missing)?;
        let header = self.rpc.chain_get_header(Some(hash)).await;
        let header = header.map_err(ChainError::from_rpc)?.ok_or_else(missing)?;
        Ok(BlockRef {
            number,
            hash,
            parent: header.parent_hash,
        })
    }
}

/// The state of a stream of finalised blocks.
struct Finalised {
    chain: Chain,
    blocks: Pin<Box<dyn Stream<Item = Result<BlockRef, ChainError>> + Send>>,
    /// Number of the last block that was given out.
    last: Option<BlockNumber>,
    /// A block that has come, while some before it are missing.
    ahead: Option<BlockRef>,
}

impl Finalised {
    async fn next(&mut self) -> Option<Result<BlockRef, ChainError>> {
        loop {
            let ahead = match self.ahead {
                Some(block) => block,
                None => match self.blocks.next().await? {
                    Ok(block) => block,
                    Err(error) => return Some(Err(error)),
                },
            };
            match next_wanted(self.last, ahead.number) {
                Wanted::Nothing => self.ahead = None,
                Wanted::This => {
                    self.ahead = None;
                    self.last = Some(ahead.number);
                    return Some(Ok(ahead));
                }
                Wanted::Earlier(number) => {
                    self.ahead = Some(ahead);
                    let block = self.chain.block_at(number).await;
                    if block.is_ok() {
                        self.last = Some(number);
                    }
                    return Some(block);
                }
            }
        }
    }
}

/// What to give out next, when a block has come.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// It was given out already.
    Nothing,
    /// That block.
    This,
    /// One before it.
    Earlier(BlockNumber),
}

fn next_wanted(last: Option<BlockNumber>, come: BlockNumber) -> Wanted {
    match last {
        None => Wanted::This,
        Some(last) if come <= last => Wanted::Nothing,
        Some(last) if come - last == 1 => Wanted::This,
        Some(last) => Wanted::Earlier(last + 1),
    }
}

fn block(
    block: Result<subxt::client::Block<Config>, subxt::error::BlocksError>,
) -> Result<BlockRef, ChainError> {
    let block = block.map_err(ChainError::from_subxt)?;
    Ok(BlockRef {
        number: number(block.number())?,
        hash: block.hash(),
        parent: block.header().parent_hash,
    })
}

/// The chain counts blocks in 32 bits, subxt in 64.
pub(super) fn number(number: u64) -> Result<BlockNumber, ChainError> {
    BlockNumber::try_from(number)
        .map_err(|_| ChainError::Malformed(format!("block number {number}")))
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn give_out_every_finalised_block_once() {
        assert_eq!(next_wanted(None, 7), Wanted::This);
        assert_eq!(next_wanted(Some(7), 8), Wanted::This);
        assert_eq!(next_wanted(Some(7), 10), Wanted::Earlier(8));
        assert_eq!(next_wanted(Some(7), 7), Wanted::Nothing);
        assert_eq!(next_wanted(Some(7), 3), Wanted::Nothing);
        assert_eq!(next_wanted(Some(u32::MAX), u32::MAX), Wanted::Nothing);
    }
}
