// SPDX-License-Identifier: Apache-2.0
//! Transactions: made and signed before they are sent, so that their bytes can be kept first, and then followed until
//! they are in a block or can't be in any.
//!
//! - [`call`]: what can be asked of the chain, and its encoding;
//! - [`sign`]: nonce, mortality, signature;
//! - [`watch`]: sending, and what became of it.

mod call;
mod sign;
mod watch;

pub use call::Call;
pub use sign::{ProxyFor, SignedTransaction, TransactionOptions};
pub use watch::Validity;

use serde::{Deserialize, Serialize};

use crate::{
    chain::{BlockRef, ChainError},
    types::{Balance, BlockNumber, Event},
};

/// How far to follow a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// It is in the best block or an ancestor of it. A reorganisation can still take it out.
    BestBlock,
    /// It is in a finalised block.
    Finalised,
}

/// Why a call failed, in the runtime's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispatchFailure {
    /// The pallet, such as `InferenceMarket`.
    pub pallet: String,
    /// The error, such as `NotOpen`.
    pub name: String,
    /// What the pallet says of it.
    pub docs: String,
}

impl std::fmt::Display for DispatchFailure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.pallet, self.name)?;
        if !self.docs.is_empty() {
            write!(formatter, ": {}", self.docs)?;
        }
        Ok(())
    }
}

impl std::error::Error for DispatchFailure {}

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The block.
    pub block: BlockRef,
    /// The transaction's index in it.
    pub index: u32,
    /// What became of the call; of the inner one, if it was made as a proxy.
    pub outcome: Result<(), DispatchFailure>,
    /// The events of the transaction.
    pub events: Vec<Event>,
    /// The fee that was paid.
    pub fee: Option<Balance>,
}

/// Why a transaction has not done what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The chain could not be asked.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The call doesn't fit the chain's runtime.
    #[error("the call can't be encoded: {0}")]
    Encode(String),
    /// The node refused the transaction.
    #[error("the node refused the transaction: {0}")]
    Rejected(String),
    /// The transaction is in no block, and can't come into one any more: its time is over, or its nonce was used by
    /// another one. Nothing happened; make a new one.
    #[error("the transaction died at block {at}: {reason}; nothing happened, make it again")]
    Died {
        /// The finalised block in which that is certain.
        at: BlockNumber,
        /// Why.
        reason: String,
    },
    /// The call failed. The fee is paid, nothing else happened.
    #[error("{0}")]
    Dispatch(DispatchFailure),
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn say_what_failed() {
        let failure = DispatchFailure {
            pallet: "InferenceMarket".into(),
            name: "NotOpen".into(),
            docs: "The job isn't in auction.".into(),
        };
        let text = "InferenceMarket.NotOpen: The job isn't in auction.";
        assert_eq!(SubmitError::Dispatch(failure).to_string(), text);
    }
}
