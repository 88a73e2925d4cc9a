// SPDX-License-Identifier: Apache-2.0
//! What happens, in order. Every scene fails if what it shows did not happen.

mod crimes;
mod honest;

use std::path::Path;

use anyhow::{ensure, Result};
use assay_client::types::{Balance, BlockNumber, Dimension, Fault, JobId};

use crate::{market::Market, screen};

pub use crimes::Crime;
pub use honest::Answer;

/// What happened.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// The honestly answered jobs.
    pub answers: Vec<Answer>,
    /// Digits of these that the model recognised.
    pub right: usize,
    /// The others.
    pub crimes: Vec<Crime>,
}

/// Plays every scene.
pub(crate) async fn play(market: &Market, folder: &Path) -> Result<Story> {
    let (answers, right) = honest::play(market).await?;
    let crimes = crimes::play(market, &answers, folder).await?;
    Ok(Story {
        answers,
        right,
        crimes,
    })
}

/// A slash as the chain reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slash {
    /// The job.
    pub job: JobId,
    /// In which block.
    pub block: BlockNumber,
    /// What for.
    pub fault: Fault,
    /// What the provider lost.
    pub lost: Balance,
    /// What of it the requester received.
    pub compensation: Balance,
    /// What of it the next provider of the job receives.
    pub bounty: Balance,
}

/// Who does how much of what. Some work must have been counted.
pub(crate) async fn concentration(market: &Market) -> Result<()> {
    screen::title("6. How concentrated it is");
    let at = market.chain.finalised().await?;
    let current = at.current_era().await?;
    let mut worked = false;
    println!("  era  of      parties  largest share  Herfindahl-Hirschman  Nakamoto");
    for era in current.saturating_sub(2)..=current {
        for (name, dimension) in [
            ("work", Dimension::Work),
            ("stake", Dimension::Stake),
            ("blocks", Dimension::Blocks),
        ] {
            let Some(measured) = at.concentration(era, dimension).await? else {
                continue;
            };
            worked |= dimension == Dimension::Work && measured.parties > 0;
            let largest = at.largest(era, dimension).await?;
            let share = largest.first().map_or(0, |(_, share)| share.0);
            println!(
                "  {era:>3}  {name:<6}  {:>7}  {:>12.1}%  {:>20.3}  {:>8}",
                measured.parties,
                f64::from(share) / 1e7,
                f64::from(measured.hhi.0) / 1e9,
                measured
                    .nakamoto
                    .map_or_else(|| "-".into(), |parties| parties.to_string()),
            );
        }
    }
    ensure!(worked, "the chain has counted nobody's work");
    Ok(())
}
