// SPDX-License-Identifier: Apache-2.0
//! Whether the balances add up: nothing is made, nothing is lost, everybody has what the events say, and who cheated has less.

use anyhow::{ensure, Context, Result};
use assay_client::{
    types::Balance,
    units::{format_amount, ASY},
};

use crate::{
    market::{total, Market, WORKER_KEY},
    scenes::{Crime, Story},
    screen,
};

/// More accounts than the demo's chain has.
const ACCOUNTS: usize = 1_000;
/// More than the treasury's part of all transaction fees, and less than any of the bounties: one that stays in a pot is noticed.
const FEES: Balance = 2 * ASY;

/// Prints who gained and lost, and checks it against the chain's total.
pub(crate) async fn close(market: &Market, story: &Story) -> Result<()> {
    screen::title("5. The books");
    let at = market.chain.finalised().await?;
    let mut changes: Vec<(&str, Balance, Balance)> = Vec::new();
    for ((role, signer), before) in market.cast.roles().into_iter().zip(&market.opening) {
        let after = total(&at, signer).await?;
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

    // What changed hands, by the events of the chain.
    let crimes = &story.crimes;
    let completions: Balance = crimes.iter().map(|crime| crime.completed_for).sum();
    let bounties: Balance = crimes.iter().map(|crime| crime.bounty).sum();
    let compensation: Balance = crimes.iter().map(Crime::compensation).sum();
    let slashed: Balance = crimes.iter().map(Crime::lost).sum();
    let answers: Balance = story.answers.iter().map(|answer| answer.price).sum();
    let paid = answers + completions;

    // All that was paid, less the protocol's fee, the owner's royalty and the transaction fees: more than four fifths.
    let (before, after) = of("honest provider");
    ensure!(
        after > before + paid / 5 * 4 && after < before + paid,
        "the honest provider was paid {} and has {} where it had {}",
        format_amount(paid),
        format_amount(after),
        format_amount(before),
    );
    // A royalty of a twentieth of what the protocol's fee leaves, and whatever fees it gets for making the blocks.
    let (before, after) = of("model owner");
    ensure!(
        after > before + paid / 25,
        "the model owner has no royalty of {}",
        format_amount(paid)
    );
    for crime in crimes {
        let (before, after) = of(crime.who);
        ensure!(
            before >= after + crime.lost(),
            "the {} has lost less than {}",
            crime.who,
            format_amount(crime.lost())
        );
    }
    let prices = paid - bounties;
    let (before, after) = of("requester");
    ensure!(
        before + compensation >= after + prices,
        "the requester has not paid {} less {}",
        format_amount(prices),
        format_amount(compensation)
    );
    // Nobody else takes part, and when every job has ended no pallet keeps anything: what is missing is the treasury's. It has 2% of what was
    // paid, what is left of the slashes, the posting fees and a part of the transaction fees.
    let before: Balance = changes.iter().map(|(_, before, _)| before).sum();
    let after: Balance = changes.iter().map(|(_, _, after)| after).sum();
    let treasury = before
        .checked_sub(after)
        .context("all of them together have gained")?;
    screen::fact("treasury", format!("+{}", format_amount(treasury)));
    let due = paid / 50 + slashed - compensation - bounties;
    ensure!(
        (due..due + FEES).contains(&treasury),
        "the treasury is due {} and some fees",
        format_amount(due)
    );

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
    ensure!(
        issuance == market.issuance,
        "{} was issued at the beginning",
        format_amount(market.issuance)
    );
    Ok(())
}
