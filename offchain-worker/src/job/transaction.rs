// SPDX-License-Identifier: Apache-2.0
//! Signed transactions as they are stored before they are sent, what becomes of them, and which nonce the next one has.
//!
//! A transaction is a promise that can't be taken back: once its bytes have left the machine they may come into any block before the
//! one in which they die. So its effect is attempted again only when it is certain that they won't: the finalised chain has passed
//! that block without using the nonce, or has used the nonce.

use std::collections::BTreeSet;

use assay_client::types::{Balance, BlockNumber, JobId};
use codec::{Decode, Encode};

use super::BatchId;

/// The hash of a signed transaction.
pub type TransactionHash = [u8; 32];

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Purpose {
    /// To accept a job.
    Accept(JobId),
    /// To publish the outputs of a job before they are proven.
    EarlyResult(JobId),
    /// To submit a proof.
    Proof(BatchId),
    /// To use a nonce that an earlier transaction left free, because later ones wait for it.
    Fill,
}

impl Purpose {
    /// Its name in logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept(_) => "accept",
            Self::EarlyResult(_) => "publish_early_result",
            Self::Proof(_) => "submit_proof",
            Self::Fill => "fill",
        }
    }
}

/// How a transaction ended that is in a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// Its call succeeded.
    Succeeded,
    /// Its call failed with this error.
    Failed(String),
    /// Its call succeeded, and the chain found the proof invalid.
    ProofRejected(String),
}

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StoredTransaction {
    /// The whole encoding, as it is sent.
    pub bytes: Vec<u8>,
    /// The hash of it.
    pub hash: TransactionHash,
    /// The key that signed it.
    pub signer: [u8; 32],
    /// Its nonce.
    pub nonce: u64,
    /// The block from which it is valid.
    pub born: BlockNumber,
    /// The first block that can't have it. `None`: it never dies.
    pub dies: Option<BlockNumber>,
    /// What it is for.
    pub purpose: Purpose,
    /// The best block when it was sent last, 0 if it never was.
    pub sent: BlockNumber,
    /// How it ended, when it has been seen in a block.
    pub outcome: Option<Outcome>,
    /// What it cost, likewise.
    pub fee: Option<Balance>,
}

/// The end of a chain, as seen from the signing account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Number of the block.
    pub number: BlockNumber,
    /// Hash of the block.
    pub hash: [u8; 32],
    /// The nonce of the signing account after it.
    pub nonce: u64,
}

/// What becomes of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It may still come into a block.
    Pending,
    /// The best chain has used its nonce. A reorganisation can change that.
    Included,
    /// The finalised chain has used its nonce, for this transaction if nobody else signs with the key.
    Final,
    /// It can't come into a block any more, and its nonce is free.
    Dead,
}

impl Fate {
    /// Whether it can't change any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Final | Self::Dead)
    }
}

impl StoredTransaction {
    /// What becomes of it.
    pub fn fate(&self, best: &Head, finalised: &Head) -> Fate {
        if finalised.nonce > self.nonce {
            Fate::Final
        } else if self
            .dies
            .is_some_and(|dies| finalised.number.saturating_add(1) >= dies)
        {
            Fate::Dead
        } else if best.nonce > self.nonce {
            Fate::Included
        } else {
            Fate::Pending
        }
    }
}

/// The nonce for a new transaction: the smallest that neither the best chain nor a transaction in flight has.
///
/// `expected` is the node's own proposal, which counts what it has waiting; it is used if nothing of this worker's is in flight, as
/// after the loss of the database.
pub fn next_nonce(best: &Head, in_flight: &BTreeSet<u64>, expected: u64) -> u64 {
    if in_flight.is_empty() {
        return best.nonce.max(expected);
    }
    let mut nonce = best.nonce;
    while in_flight.contains(&nonce) {
        nonce = nonce.saturating_add(1);
    }
    nonce
}

/// Whether a transaction in flight waits for a nonce that nobody is going to use.
pub fn gap(best: &Head, in_flight: &BTreeSet<u64>) -> Option<u64> {
    let free = next_nonce(best, in_flight, 0);
    in_flight
        .range(free..)
        .next()
        .filter(|_| !in_flight.is_empty())
        .map(|_| free)
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A transaction of nonce 5 that lives in blocks 10 to 41.
    pub(crate) fn transaction(purpose: Purpose) -> StoredTransaction {
        StoredTransaction {
            bytes: vec![1, 2, 3],
            hash: [9; 32],
            signer: [1; 32],
            nonce: 5,
            born: 10,
            dies: Some(42),
            purpose,
            sent: 0,
            outcome: None,
            fee: None,
        }
    }

    /// A block.
    pub(crate) fn head(number: BlockNumber, nonce: u64) -> Head {
        Head {
            number,
            hash: [0; 32],
            nonce,
        }
    }
}

#[cfg(test)]
mod should {
    use super::testing::{head, transaction};
    use super::*;

    #[test]
    fn be_pending_until_a_block_uses_the_nonce() {
        let transaction = transaction(Purpose::Fill);
        assert_eq!(transaction.fate(&head(12, 5), &head(10, 5)), Fate::Pending);
        assert_eq!(transaction.fate(&head(12, 6), &head(10, 5)), Fate::Included);
        assert_eq!(transaction.fate(&head(12, 6), &head(12, 6)), Fate::Final);
    }

    #[test]
    fn be_dead_only_when_the_last_block_that_could_have_it_is_final() {
        let transaction = transaction(Purpose::Fill);
        assert_eq!(transaction.fate(&head(60, 5), &head(40, 5)), Fate::Pending);
        assert_eq!(transaction.fate(&head(60, 5), &head(41, 5)), Fate::Dead);
        // In its last block.
        assert_eq!(transaction.fate(&head(60, 6), &head(41, 6)), Fate::Final);
    }

    #[test]
    fn never_die_without_an_end() {
        let mut transaction = transaction(Purpose::Fill);
        transaction.dies = None;
        let late = head(u32::MAX, 5);
        assert_eq!(transaction.fate(&late, &late), Fate::Pending);
    }

    #[test]
    fn fill_the_lowest_free_nonce() {
        let set = |nonces: &[u64]| nonces.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(next_nonce(&head(1, 5), &set(&[]), 0), 5);
        assert_eq!(next_nonce(&head(1, 5), &set(&[]), 8), 8);
        assert_eq!(next_nonce(&head(1, 5), &set(&[5, 6]), 8), 7);
        assert_eq!(next_nonce(&head(1, 5), &set(&[6]), 8), 5);
        // Included in the best block, not yet final.
        assert_eq!(next_nonce(&head(1, 5), &set(&[4]), 8), 5);
    }

    #[test]
    fn see_gaps_only_below_waiting_transactions() {
        let set = |nonces: &[u64]| nonces.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(gap(&head(1, 5), &set(&[])), None);
        assert_eq!(gap(&head(1, 5), &set(&[4])), None);
        assert_eq!(gap(&head(1, 5), &set(&[5, 6])), None);
        assert_eq!(gap(&head(1, 5), &set(&[6])), Some(5));
        assert_eq!(gap(&head(1, 5), &set(&[5, 7])), Some(6));
    }
}
