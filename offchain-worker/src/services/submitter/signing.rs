// SPDX-License-Identifier: Apache-2.0
//! A nonce and a signature for a call.

use std::collections::BTreeSet;

use assay_client::{types::BlockNumber, Call};

use crate::{
    chain::Interest,
    error::ServiceError,
    job::{
        transaction::{gap, next_nonce, Head},
        Fate, Purpose, StoredTransaction,
    },
    services::Shared,
};

/// Nonces as they stand.
pub(super) struct Nonces {
    best: Head,
    finalised: Head,
    in_flight: BTreeSet<u64>,
}

impl Nonces {
    /// Asks the database, and then the chain: what was forgotten in between has used its nonce by then.
    pub(super) async fn now(shared: &Shared) -> Result<Self, ServiceError> {
        let transactions = shared.store.run(|store| store.transactions()).await?;
        let view = shared.port.observe(&Interest::default()).await?;
        let alive = transactions.values().filter(|transaction| {
            let fate = transaction.fate(&view.best, &view.finalised);
            matches!(fate, Fate::Pending | Fate::Included)
        });
        Ok(Self {
            in_flight: alive.map(|transaction| transaction.nonce).collect(),
            best: view.best,
            finalised: view.finalised,
        })
    }

    /// A nonce that nobody is going to use, for which transactions in flight wait.
    pub(super) fn gap(&self) -> Option<u64> {
        gap(&self.best, &self.in_flight)
    }
}

/// The longest lifetime of a transaction, in blocks: the runtime doesn't remember older blocks.
const LONGEST_LIFE: u64 = 2_048;

/// Blocks for which a transaction is valid. They count from the finalised block, over which it is signed; when finality lags, as long as
/// is configured must remain after the best one.
fn lifetime(configured: u64, lag: BlockNumber) -> u32 {
    let blocks = configured.saturating_add(lag.into());
    let blocks = blocks.min(LONGEST_LIFE).next_power_of_two();
    u32::try_from(blocks).unwrap_or(u32::MAX)
}

/// Signs a call with the next free nonce. Nothing is stored or sent.
pub(super) async fn sign(
    shared: &Shared,
    call: &Call,
    purpose: Purpose,
) -> Result<StoredTransaction, ServiceError> {
    let nonces = Nonces::now(shared).await?;
    // What the node's pool knows matters only if the database doesn't know what is in it.
    let expected = match nonces.in_flight.is_empty() {
        true => shared.port.next_nonce().await?,
        false => 0,
    };
    let nonce = next_nonce(&nonces.best, &nonces.in_flight, expected);
    let lag = nonces.best.number.saturating_sub(nonces.finalised.number);
    let lifetime = lifetime(shared.config.chain.transaction_lifetime, lag);
    let signed = shared.port.sign(call, nonce, lifetime).await?;
    Ok(StoredTransaction {
        bytes: signed.bytes,
        hash: signed.hash.0,
        signer: signed.signer.0,
        nonce: signed.nonce,
        born: signed.born,
        dies: signed.dies,
        purpose,
        sent: 0,
        outcome: None,
        fee: None,
    })
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn leave_time_when_finality_lags() {
        assert_eq!(lifetime(32, 0), 32);
        assert_eq!(lifetime(32, 3), 64);
        assert_eq!(lifetime(32, 100), 256);
        assert_eq!(lifetime(32, u32::MAX), 2_048);
    }
}
