// SPDX-License-Identifier: Apache-2.0
//! `assay concentration`: in how few hands work, stake and block production are.

use anyhow::anyhow;
use assay_client::types::{Dimension, EraIndex};
use clap::Args;
use serde::Serialize;

use crate::{
    connection::Connection,
    exit::Failure,
    output::{columns, Output},
    progress::Bars,
};

/// How concentrated work, stake and block production are.
#[derive(Debug, Args)]
pub(crate) struct Concentration {
    /// Number of an era. The present one, as far as it has gone, otherwise.
    #[arg(long)]
    era: Option<EraIndex>,
    /// The most parties to list of each.
    #[arg(long, value_name = "N", default_value_t = 5)]
    largest: usize,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Serialize)]
struct Report {
    era: EraIndex,
    /// Whether the era is still going on.
    present: bool,
    dimensions: Vec<Measured>,
}

#[derive(Debug, Serialize)]
struct Measured {
    dimension: Dimension,
    /// Sum over all parties: units of circuit cost, the smallest unit of the token, or blocks.
    total: u128,
    parties: u32,
    /// Herfindahl-Hirschman index, 0 to 1.
    hhi: f64,
    /// Nakamoto coefficient.
    nakamoto: Option<u32>,
    largest: Vec<Party>,
}

#[derive(Debug, Serialize)]
struct Party {
    account: String,
    /// 0 to 1.
    share: f64,
}

impl Concentration {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let bars = Bars::new();
        let report = self.connection.run(&bars, "nothing was sent", |chain| async move {
            let at = chain.best().await?;
            let present = at.current_era().await?;
            let era = self.era.unwrap_or(present);
            let mut dimensions = Vec::new();
            for dimension in [Dimension::Work, Dimension::Stake, Dimension::Blocks] {
                let Some(numbers) = at.concentration(era, dimension).await? else {
                    continue;
                };
                let largest = at.largest(era, dimension).await?;
                let party = |(account, share): (assay_client::AccountId, assay_client::types::Perbill)| Party {
                    account: account.to_string(),
                    share: share.as_fraction(),
                };
                dimensions.push(Measured {
                    dimension,
                    total: numbers.total,
                    parties: numbers.parties,
                    hhi: numbers.hhi.as_fraction(),
                    nakamoto: numbers.nakamoto,
                    largest: largest.into_iter().take(self.largest).map(party).collect(),
                });
            }
            if dimensions.is_empty() {
                return Err(Failure::Negative(anyhow!(
                    "the chain has no numbers of era {era}: it hasn't begun, or is no longer kept (the present one is {present})"
                )));
            }
            Ok(Report {
                era,
                present: era == present,
                dimensions,
            })
        })?;
        output.print(&report, text)
    }
}

fn text(report: &Report) -> String {
    let mut rows = vec![["", "parties", "HHI", "Nakamoto", "largest share"]
        .map(String::from)
        .to_vec()];
    let percent = |share: f64| format!("{:.2}%", 100.0 * share);
    for measured in &report.dimensions {
        let largest = measured.largest.first();
        rows.push(vec![
            format!("{:?}", measured.dimension).to_lowercase(),
            measured.parties.to_string(),
            format!("{:.4}", measured.hhi),
            measured
                .nakamoto
                .map_or_else(|| "-".into(), |n| n.to_string()),
            largest.map_or_else(|| "-".into(), |party| percent(party.share)),
        ]);
    }
    let so_far = if report.present { ", so far" } else { "" };
    let mut text = format!("era {}{so_far}\n{}", report.era, columns(&rows));
    for measured in &report.dimensions {
        for party in &measured.largest {
            let dimension = format!("{:?}", measured.dimension).to_lowercase();
            text.push_str(&format!(
                "{dimension:<8} {:>7}  {}\n",
                percent(party.share),
                party.account
            ));
        }
    }
    text
}
