// SPDX-License-Identifier: Apache-2.0
//! Whether the balances add up: nothing is made, nothing is lost, and who cheated has less.

use anyhow::{ensure, Result};
use assay_client::{
    types::Balance,
    units::{format_amount, ASY},
};

use crate::{
    market::{total, Market},
    scenes::Story,
    screen,
};

/// More accounts than the demo's chain has.
const ACCOUNTS: usize = 1_000;

/// Prints who gained and lost, and checks it against the chain's total.
pub(crate) async fn close(market: &Market, story: &Story) -> Result<()> {
    screen::title("5. The books");
    let mut changes = Vec::new();
    for ((role, signer), before) in market.cast.roles().into_iter().zip(&market.opening) {
        let after = total(&market.chain, signer).await?;
        let change = match after.checked_sub(*before) {
            Some(gain) => format!("+{}", format_amount(gain)),
            None => format!("-{}", format_amount(before - after)),
        };
        screen::fact(role, change);
        changes.push((role, *before, after));
    }
    let of = |role: &str| {
        let found = changes.iter().find(|(name, _, _)| *name == role);
        found.map_or((0, 0), |(_, before, after)| (*before, *after))
    };

    // The staked account of the honest provider gave its hot key 50 ASY and earned the rest.
    let (before, after) = of("honest provider");
    let paid: Balance = story.answers.iter().map(|answer| answer.price).sum();
    ensure!(
        after + 50 * ASY > before,
        "the honest provider lost although it was paid {}",
        format_amount(paid)
    );
    for role in ["liar", "silent provider", "thief"] {
        let (before, after) = of(role);
        ensure!(after < before, "the {role} did not lose");
    }
    let (before, after) = of("requester");
    ensure!(after < before, "the requester paid nothing");

    let at = market.chain.finalised().await?;
    let issuance = at.total_issuance().await?;
    let accounts = at.balances(ACCOUNTS).await?;
    let sum: Balance = accounts
        .iter()
        .map(|(_, balance)| balance.free + balance.reserved)
        .sum();
    screen::fact(
        "all accounts",
        format!("{} in {} accounts; issued {}", format_amount(sum), accounts.len(), format_amount(issuance)),
    );
    ensure!(sum == issuance, "the accounts don't add up to what is issued");
    Ok(())
}
