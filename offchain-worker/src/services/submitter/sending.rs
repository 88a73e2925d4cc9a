// SPDX-License-Identifier: Apache-2.0
//! Sending what is stored, and sending it again. The bytes of a transaction never change, so sending them twice is harmless.

use assay_client::types::BlockNumber;

use crate::{
    chain::{PortError, View},
    error::{codes, ServiceError},
    job::{Fate, StoredTransaction},
    services::Shared,
};

/// Blocks after which a transaction that is in none is sent again: the node may have lost it.
const PATIENCE: BlockNumber = 3;

/// Sends a transaction that is stored. If that fails it is sent again later.
pub(super) async fn send(
    shared: &Shared,
    transaction: &StoredTransaction,
    best: BlockNumber,
) -> Result<(), ServiceError> {
    let call = transaction.purpose.name();
    match shared.port.submit(transaction).await {
        Ok(()) => {
            tracing::debug!(call, nonce = transaction.nonce, "sent");
            let hash = transaction.hash;
            shared
                .store
                .run(move |store| store.sent(hash, best))
                .await?;
        }
        Err(PortError::Refused(reason)) => {
            // Perhaps it is in a block already, perhaps the node is behind. The chain decides, not the node.
            tracing::warn!(code = codes::TX_001.id, call, nonce = transaction.nonce, %reason, "the node refuses a transaction; it is sent again until it dies");
            let hash = transaction.hash;
            shared
                .store
                .run(move |store| store.sent(hash, best))
                .await?;
        }
        Err(error) => {
            tracing::warn!(call, nonce = transaction.nonce, %error, "a transaction could not be sent; it is sent again");
        }
    }
    shared.reach("transaction sent");
    Ok(())
}

/// Whether a transaction should be sent again after block `best`.
fn is_due(transaction: &StoredTransaction, view: &View) -> bool {
    let best = view.best.number;
    let sent = transaction.sent;
    transaction.fate(&view.best, &view.finalised) == Fate::Pending
        && (sent == 0 || best < sent || best - sent >= PATIENCE)
}

/// Sends again what is due.
pub(super) async fn send_again(shared: &Shared, view: &View) -> Result<(), ServiceError> {
    let transactions = shared.store.run(|store| store.transactions()).await?;
    let mut due: Vec<&StoredTransaction> = transactions
        .values()
        .filter(|transaction| is_due(transaction, view))
        .collect();
    due.sort_by_key(|transaction| transaction.nonce);
    for transaction in due {
        if transaction.sent != 0 {
            let call = transaction.purpose.name();
            shared.metrics.transaction(call, "resubmitted");
        }
        send(shared, transaction, view.best.number).await?;
    }
    Ok(())
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::job::{
        transaction::testing::{head, transaction},
        Purpose,
    };

    #[test]
    fn send_again_what_is_in_no_block_after_a_while() {
        let view = |best: u32, nonce| View {
            best: head(best, nonce),
            finalised: head(best.saturating_sub(3), 5),
            ..View::default()
        };
        let mut sent = transaction(Purpose::Fill);
        assert!(is_due(&sent, &view(20, 5)), "never sent");
        sent.sent = 20;
        assert!(!is_due(&sent, &view(22, 5)), "a moment ago");
        assert!(is_due(&sent, &view(23, 5)), "a while ago");
        assert!(is_due(&sent, &view(19, 5)), "the chain went back");
        assert!(!is_due(&sent, &view(23, 6)), "in a block");
        assert!(!is_due(&sent, &view(60, 5)), "dead");
    }
}
