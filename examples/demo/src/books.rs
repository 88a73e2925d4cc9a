// SPDX-License-Identifier: Apache-2.0
//! Whether the balances add up: nothing is made, nothing is lost, and who cheated has less.

use anyhow::{ensure, Result};
use assay_client::{types::Balance, units::format_amount};

use crate::{
    market::{total, Market, WORKER_KEY},
    scenes::Story,
    screen,
};

/// More accounts than the demo's chain has.
const ACCOUNTS: usize = 1_000;

/// Prints who gained and lost, and checks it against the chain's total.
pub(crate) async fn close(market: &Market, story: &Story) -> Result<()> {
    screen::title("5. The books");
    let mut changes: Vec<(&str, Balance, Balance)> = Vec::new();
    for ((role, signer), before) in market.cast.roles().into_iter().zip(&market.opening) {
        let after = total(&market.chain, signer).await?;
        match changes.last_mut().filter(|_| role == WORKER_KEY) {
            // The provider paid for it, and it pays the provider's fees.
            Some((_, opening, closing)) => {
                *opening += before;
                *closing += after;
            }
            None => changes.push((role, *before, after)),
        }
    }
    for (role, before, after) in &changes {
        let change = match after.checked_sub(*before) {
            Some(gain) => format!("+{}", format_amount(gain)),
            None => format!("-{}", format_amount(before - after)),
        };
        screen::fact(role, change);
    }
    let of = |role: &str| {
        let found = changes.iter().find(|(name, _, _)| *name == role);
        found.map_or((0, 0), |(_, before, after)| (*before, *after))
    };

    // All that was paid, less the protocol's fee, the owner's royalty and the transaction fees: more than four fifths.
    let (before, after) = of("honest provider");
    let answers: Balance = story.answers.iter().map(|answer| answer.price).sum();
    let completions: Balance = story.crimes.iter().map(|crime| crime.completed_for).sum();
    let paid = answers + completions;
    ensure!(
        after > before + paid / 5 * 4 && after < before + paid,
        "the honest provider was paid {} and has {} where it had {}",
        format_amount(paid),
        format_amount(after),
        format_amount(before),
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
        format!(
            "{} in {} accounts; issued {}",
            format_amount(sum),
            accounts.len(),
            format_amount(issuance)
        ),
    );
    ensure!(
        sum == issuance,
        "the accounts don't add up to what is issued"
    );
    Ok(())
}
