// SPDX-License-Identifier: Apache-2.0
//! A nonce and a signature for a call.

use std::collections::BTreeSet;

use assay_client::Call;

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
        })
    }

    /// A nonce that nobody is going to use, for which transactions in flight wait.
    pub(super) fn gap(&self) -> Option<u64> {
        gap(&self.best, &self.in_flight)
    }
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
    let lifetime = u32::try_from(shared.config.chain.transaction_lifetime).unwrap_or(u32::MAX);
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
