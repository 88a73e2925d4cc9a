// SPDX-License-Identifier: Apache-2.0
//! Sending a transaction, and following it until it is in a block or can't be in any.
//!
//! What counts is the chain, not what a node's pool reports: the node may restart, the connection may be lost, a status
//! may be missed. So with each new block the blocks since the last look are searched for the transaction.

use futures::StreamExt;
use subxt::tx::{TransactionInvalid, ValidationResult};

use super::{Call, Inclusion, SignedTransaction, SubmitError, TransactionOptions, Until};
use crate::{
    chain::{BlockRef, Chain, ChainError},
    keys::Signer,
    types::{Balance, BlockNumber},
    Hash,
};

/// Whether a transaction could be included in the next block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It could.
    Valid,
    /// Its nonce is used already, maybe by itself.
    Stale,
    /// Transactions with lower nonces must come first.
    Future,
    /// The signer can't pay the fee.
    Payment,
    /// Something else.
    Invalid(String),
}

/// Blocks after which a transaction that is in none is sent again.
const RESEND_AFTER: BlockNumber = 4;

/// The node's codes for transactions that it knows: in the pool, or included a moment ago.
const ALREADY_IMPORTED: i32 = 1013;
const TEMPORARILY_BANNED: i32 = 1012;

impl Chain {
    /// The fee that a transaction will pay at most, tip left out.
    ///
    /// # Errors
    ///
    /// [`SubmitError::Chain`].
    pub async fn fee(&self, transaction: &SignedTransaction) -> Result<Balance, SubmitError> {
        let at = self.best().await?;
        let prepared = at.client.tx().from_bytes(transaction.bytes.clone());
        let fee = prepared.partial_fee_estimate().await;
        fee.map_err(|error| SubmitError::Chain(ChainError::from_subxt(error)))
    }

    /// Whether a transaction could be included after the best block.
    ///
    /// # Errors
    ///
    /// [`SubmitError::Chain`].
    pub async fn validate(&self, transaction: &SignedTransaction) -> Result<Validity, SubmitError> {
        let at = self.best().await?;
        let prepared = at.client.tx().from_bytes(transaction.bytes.clone());
        let result = prepared.validate().await;
        let result = result.map_err(|error| SubmitError::Chain(ChainError::from_subxt(error)))?;
        Ok(validity(&result))
    }

    /// Sends a transaction to the node's pool. One that is there already is no error.
    ///
    /// # Errors
    ///
    /// [`SubmitError::Rejected`] if the node doesn't take it: it may be in a block already.
    pub async fn submit(&self, transaction: &SignedTransaction) -> Result<(), SubmitError> {
        use subxt::rpcs::Error;
        match self.rpc.author_submit_extrinsic(&transaction.bytes).await {
            Ok(_) => Ok(()),
            Err(Error::User(error)) if error.code == ALREADY_IMPORTED => Ok(()),
            Err(Error::User(error)) => {
                let data = error.data.as_ref().map(|data| data.get().trim_matches('"'));
                let known = (error.code == TEMPORARILY_BANNED)
                    .then_some(" (it may be in a block already)")
                    .unwrap_or_default();
                Err(SubmitError::Rejected(match data {
                    Some(data) => format!("{}: {data}{known}", error.message),
                    None => format!("{}{known}", error.message),
                }))
            }
            Err(error) => Err(SubmitError::Chain(ChainError::from_rpc(error))),
        }
    }

    /// Sends a transaction and follows it, over lost connections and reorganisations, until it is in a block. It may
    /// have been sent before, or be in a block already.
    ///
    /// # Errors
    ///
    /// [`SubmitError::Rejected`] if the node refuses it and it is in no block, [`SubmitError::Died`] if it never can be.
    /// That its call failed is not an error: see [`Inclusion::outcome`].
    pub async fn watch(
        &self,
        transaction: &SignedTransaction,
        until: Until,
    ) -> Result<Inclusion, SubmitError> {
        let mut search = Search {
            chain: self,
            transaction,
            until,
            searched: None,
        };
        let mut blocks = match until {
            Until::BestBlock => self.best_blocks().await?,
            Until::Finalised => self.finalised_blocks().await?,
        };
        if let Some(inclusion) = search.advance().await? {
            return Ok(inclusion);
        }
        if let Err(error) = self.submit(transaction).await {
            // It may have come into a block between the search and now.
            return search.advance().await?.ok_or(error);
        }
        let mut sent = search.height();
        while let Some(block) = blocks.next().await {
            match block {
                Err(error) if error.is_transient() => continue,
                Err(error) => return Err(error.into()),
                Ok(_) => {}
            }
            let found = match search.advance().await {
                Err(SubmitError::Chain(error)) if error.is_transient() => continue,
                result => result?,
            };
            if let Some(inclusion) = found {
                return Ok(inclusion);
            }
            if search.height() >= sent.saturating_add(RESEND_AFTER) {
                sent = search.height();
                // A node that forgot it takes it again; of one that refuses it, the chain decides.
                let _ = self.submit(transaction).await;
            }
        }
        Err(ChainError::Disconnected("the stream of blocks ended".into()).into())
    }

    /// Signs, sends and follows a call.
    ///
    /// # Errors
    ///
    /// [`SubmitError`]; [`SubmitError::Dispatch`] if the call failed.
    pub async fn execute(
        &self,
        signer: &Signer,
        call: &Call,
        options: &TransactionOptions,
        until: Until,
    ) -> Result<Inclusion, SubmitError> {
        let transaction = self.sign(signer, call, options).await?;
        let inclusion = self.watch(&transaction, until).await?;
        match inclusion.outcome.clone() {
            Ok(()) => Ok(inclusion),
            Err(failure) => Err(SubmitError::Dispatch(failure)),
        }
    }
}

/// The search for a transaction in the chain as it grows.
struct Search<'a> {
    chain: &'a Chain,
    transaction: &'a SignedTransaction,
    until: Until,
    /// The last block that was searched, with all before it.
    searched: Option<(BlockNumber, Hash)>,
}

impl Search<'_> {
    /// Number of the last block that was searched.
    fn height(&self) -> BlockNumber {
        self.searched
            .map_or(self.transaction.born, |(number, _)| number)
    }

    /// Searches the blocks that are new, and says if the transaction can't come any more.
    async fn advance(&mut self) -> Result<Option<Inclusion>, SubmitError> {
        let finalised = self.chain.finalised().await?;
        let head = match self.until {
            Until::BestBlock => self.chain.best().await?,
            Until::Finalised => finalised.clone(),
        };
        let mut next = self.next_to_search(finalised.number()).await?;
        while next <= head.number() {
            let block: BlockRef = match self.chain.block_at(next).await {
                Ok(block) => block,
                // The best chain became shorter meanwhile.
                Err(ChainError::NoBlock(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let at = self.chain.at(block.hash).await?;
            if let Some(inclusion) = at.find_transaction(self.transaction.hash).await? {
                return Ok(Some(inclusion));
            }
            self.searched = Some((block.number, block.hash));
            next = block.number.saturating_add(1);
        }
        let nonce = finalised.balance(&self.transaction.signer).await?.nonce;
        match death(self.transaction, finalised.number(), nonce.into()) {
            // Only what was searched up to the finalised block counts.
            Some(reason) if self.height() >= finalised.number() => Err(SubmitError::Died {
                at: finalised.number(),
                reason: reason.into(),
            }),
            _ => Ok(None),
        }
    }

    /// The first block that hasn't been searched in the present chain.
    async fn next_to_search(&self, finalised: BlockNumber) -> Result<BlockNumber, ChainError> {
        let first = self.transaction.born.saturating_add(1);
        let Some((number, hash)) = self.searched else {
            return Ok(first);
        };
        let present = self.chain.block_hash(Some(number)).await?;
        Ok(if present == Some(hash) {
            number.saturating_add(1)
        } else {
            // A reorganisation: it can't have gone back behind the finalised block.
            finalised.min(number).max(first)
        })
    }
}

/// Why a transaction that is in no block up to the finalised one can't come any more.
fn death(
    transaction: &SignedTransaction,
    finalised: BlockNumber,
    nonce: u64,
) -> Option<&'static str> {
    if nonce > transaction.nonce {
        return Some("another transaction of the account has used its nonce");
    }
    // The last block that can have it is `dies - 1`.
    let over = |dies: BlockNumber| finalised.saturating_add(1) >= dies;
    transaction
        .dies
        .is_some_and(over)
        .then_some("its time is over")
}

fn validity(result: &ValidationResult) -> Validity {
    match result {
        ValidationResult::Valid(_) => Validity::Valid,
        ValidationResult::Invalid(TransactionInvalid::Stale) => Validity::Stale,
        ValidationResult::Invalid(TransactionInvalid::Future) => Validity::Future,
        ValidationResult::Invalid(TransactionInvalid::Payment) => Validity::Payment,
        ValidationResult::Invalid(reason) => Validity::Invalid(format!("{reason:?}")),
        ValidationResult::Unknown(reason) => Validity::Invalid(format!("{reason:?}")),
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::AccountId;

    fn transaction(nonce: u64, dies: Option<BlockNumber>) -> SignedTransaction {
        SignedTransaction {
            bytes: Vec::new(),
            hash: Hash::zero(),
            signer: AccountId::from([0; 32]),
            nonce,
            born: 10,
            dies,
        }
    }

    #[test]
    fn live_as_long_as_a_block_can_have_it() {
        let mortal = transaction(5, Some(74));
        assert_eq!(death(&mortal, 72, 5), None);
        assert_eq!(death(&mortal, 73, 5), Some("its time is over"));
        assert_eq!(death(&transaction(5, None), u32::MAX, 5), None);
        assert_eq!(death(&transaction(5, None), 11, 4), None);
    }

    #[test]
    fn die_when_its_nonce_is_used() {
        let reason = death(&transaction(5, None), 11, 6).unwrap();
        assert!(reason.contains("nonce"), "{reason}");
    }

    #[test]
    fn read_the_pools_answers() {
        let invalid = |reason| validity(&ValidationResult::Invalid(reason));
        assert_eq!(invalid(TransactionInvalid::Stale), Validity::Stale);
        assert_eq!(invalid(TransactionInvalid::Future), Validity::Future);
        assert_eq!(invalid(TransactionInvalid::Payment), Validity::Payment);
        assert!(matches!(
            invalid(TransactionInvalid::BadProof),
            Validity::Invalid(_)
        ));
    }
}
