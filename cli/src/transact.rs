// SPDX-License-Identifier: Apache-2.0
//! Signs and sends a call, and reports what became of it.

use assay_client::{units::format_amount, Call, Chain, Inclusion, Signer, Until};
use assay_compiler::Progress;
use serde::Serialize;

use crate::{account::Account, exit::Failure, progress::Bars};

/// What every transaction prints.
#[derive(Debug, Serialize)]
pub(crate) struct Transaction {
    /// Who acted.
    account: String,
    /// Hash of the transaction.
    transaction: String,
    /// The block that has it.
    block: u32,
    /// Hash of that block.
    block_hash: String,
    /// The fee, in the smallest unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<String>,
}

impl Transaction {
    /// One line for people.
    pub(crate) fn text(&self) -> String {
        let fee = self.fee.as_deref().and_then(|fee| fee.parse().ok());
        let fee = fee.map_or_else(String::new, |fee| format!(", fee {}", format_amount(fee)));
        format!("{} in block {}{fee}", self.transaction, self.block)
    }
}

/// Signs a call, sends it and waits until it is final.
pub(crate) async fn transact(
    chain: &Chain,
    account: &Account,
    signer: &Signer,
    call: &Call,
    bars: &Bars,
) -> Result<(Transaction, Inclusion), Failure> {
    let transaction = chain.sign(signer, call, &account.options()).await?;
    bars.stage("in a block", 0);
    let inclusion = chain.watch(&transaction, Until::Finalised).await?;
    bars.finish();
    if let Err(failure) = &inclusion.outcome {
        return Err(Failure::Negative(anyhow::anyhow!(
            "the call failed in block {}: {failure}",
            inclusion.block.number
        )));
    }
    let report = Transaction {
        account: account.acting(signer).to_string(),
        transaction: format!("{:?}", transaction.hash),
        block: inclusion.block.number,
        block_hash: format!("{:?}", inclusion.block.hash),
        fee: inclusion.fee.map(|fee| fee.to_string()),
    };
    Ok((report, inclusion))
}

/// What a command that only sends a transaction says to whoever interrupts it.
pub(crate) const MAY_BE_SENT: &str =
    "the transaction may have been sent; if it was, it takes effect or dies within 64 blocks";
