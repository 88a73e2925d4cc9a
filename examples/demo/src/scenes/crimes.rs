// SPDX-License-Identifier: Apache-2.0
//! A liar, a silent provider and a thief, each of whom undercuts the honest one and loses by it. All three at once: most of it is
//! waiting for deadlines.

use std::{fs, path::Path};

use anyhow::{ensure, Context, Result};
use assay_client::{
    keys::Signer,
    types::{Balance, Event, JobId, Terms},
    units::{format_amount, ASY},
    AccountId, Call,
};

use super::{honest::Answer, Slash};
use crate::{
    market::{rejected, Market},
    screen, worker,
};

/// Something that a provider tried.
#[derive(Clone, Debug)]
pub struct Crime {
    /// Who it was.
    pub who: &'static str,
    /// The account.
    pub provider: AccountId,
    /// The job.
    pub job: JobId,
    /// Proofs of it that were rejected.
    pub rejected: usize,
    /// What it cost.
    pub slashes: Vec<Slash>,
    /// What the honest provider was paid for completing the job, the bounty included.
    pub completed_for: Balance,
    /// The bounty of that.
    pub bounty: Balance,
}

/// What the honest worker would not do it for at first.
const CHEAP: Balance = ASY / 10;

pub(super) async fn play(market: &Market, answers: &[Answer], folder: &Path) -> Result<Vec<Crime>> {
    screen::title("3. A lie, a silence and a theft");
    let terms = Terms {
        start_price: CHEAP,
        max_price: 2 * ASY,
        ramp: 30,
        auction: 100,
        proof_window: 8,
        min_collateral: 40 * ASY,
    };
    let cast = &market.cast;
    let from = market.chain.finalised().await?.number();
    // The first two accept by hand in the next block, before the liar's worker starts. The honest worker waits for a better price.
    let first = market.job(std::slice::from_ref(&market.digits[0]), terms)?;
    let jobs = market.post(vec![first.clone(), first.clone()]).await?;
    let [stolen, silenced] = jobs[..] else {
        anyhow::bail!("two jobs");
    };
    tokio::try_join!(
        accept(market, &cast.thief, stolen),
        accept(market, &cast.silent, silenced)
    )?;
    theft(market, answers, stolen, folder).await?;
    let _liar = worker::liar(market, &cast.liar, folder).await?;
    let lied = market.post(vec![first]).await?;
    let [lied] = lied[..] else {
        anyhow::bail!("one job");
    };

    let honest = cast.honest.account();
    let mut crimes: Vec<Crime> = [
        ("thief", &cast.thief, stolen),
        ("silent provider", &cast.silent, silenced),
        ("liar", &cast.liar, lied),
    ]
    .map(|(who, signer, job)| Crime {
        who,
        provider: signer.account(),
        job,
        rejected: 0,
        slashes: Vec::new(),
        completed_for: 0,
        bounty: 0,
    })
    .into();
    market
        .follow(from, |block, event| {
            observe(&mut crimes, &honest, block, event)?;
            Ok(crimes.iter().all(|crime| crime.completed_for > 0))
        })
        .await?;

    for crime in &crimes {
        let lost: Balance = crime.slashes.iter().map(|slash| slash.lost).sum();
        ensure!(lost > 0, "the {} lost nothing", crime.who);
        let silent = crime.who == "silent provider";
        ensure!(
            silent == (crime.rejected == 0),
            "the {} had {} proofs rejected",
            crime.who,
            crime.rejected
        );
    }
    screen::title("4. What it cost them");
    for crime in &crimes {
        let lost: Balance = crime.slashes.iter().map(|slash| slash.lost).sum();
        let compensation: Balance = crime.slashes.iter().map(|slash| slash.compensation).sum();
        screen::fact(
            crime.who,
            format!(
                "lost {}; the requester got {} of it, the honest provider completed the job for {} ({} of it bounty)",
                format_amount(lost),
                format_amount(compensation),
                format_amount(crime.completed_for),
                format_amount(crime.bounty),
            ),
        );
    }
    Ok(crimes)
}

async fn accept(market: &Market, provider: &Signer, job: JobId) -> Result<()> {
    let accept = Call::Accept { job, min_price: 0 };
    market.execute(provider, accept).await.map(|_| ())
}

/// The thief takes the proof of an answered job of the same input from the chain and submits it as its own.
async fn theft(market: &Market, answers: &[Answer], job: JobId, folder: &Path) -> Result<()> {
    let answer = answers.first().context("an answered job")?;
    let file = folder.join("stolen.json");
    let output = tokio::process::Command::new(&market.programs.assay)
        .args(["receipt", "show", &answer.job.to_string(), "--url"])
        .arg(&market.url)
        .arg("--save")
        .arg(&file)
        .output()
        .await?;
    ensure!(
        output.status.success(),
        "assay receipt show: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let saved: serde_json::Value = serde_json::from_slice(&fs::read(&file)?)?;
    let proof = saved["proof"].as_str().context("the proof of a receipt")?;
    let proof = hex::decode(proof.trim_start_matches("0x"))?;
    let at = market.chain.finalised().await?;
    let quote = at.quote(market.model, 1).await?;
    let quote = quote.context("the model takes jobs")?;
    let stolen = Call::SubmitProof {
        jobs: vec![job],
        outputs: answer.outputs.concat(),
        proof,
        weight_limit: quote.verification_weight,
    };
    let inclusion = market.execute(&market.cast.thief, stolen).await?;
    ensure!(
        inclusion.events.iter().any(rejected),
        "a copied proof was accepted"
    );
    Ok(())
}

/// Notes an event that is about one of the crimes.
fn observe(crimes: &mut [Crime], honest: &AccountId, block: u32, event: &Event) -> Result<()> {
    let of = |crimes: &mut [Crime], job: JobId| crimes.iter().position(|crime| crime.job == job);
    match event {
        Event::Accepted {
            job,
            provider,
            price,
            ..
        } => {
            if let Some(index) = of(crimes, *job) {
                let who = match provider == honest {
                    true => "the honest provider",
                    false => crimes[index].who,
                };
                let price = format_amount(*price);
                screen::event(block, format!("job {job} accepted by {who} at {price}"));
            }
        }
        Event::ProofChecked { first, .. } if rejected(event) => {
            if let Some(index) = of(crimes, *first) {
                crimes[index].rejected += 1;
                let who = crimes[index].who;
                screen::event(
                    block,
                    format!("job {first}: the proof of the {who} is rejected"),
                );
            }
        }
        Event::Slashed {
            job,
            fault,
            outcome,
            ..
        } => {
            if let Some(index) = of(crimes, *job) {
                let lost = outcome.own + outcome.delegated;
                crimes[index].slashes.push(Slash {
                    job: *job,
                    block,
                    fault: *fault,
                    lost,
                    compensation: outcome.compensation,
                    bounty: outcome.bounty,
                });
                let who = crimes[index].who;
                let lost = format_amount(lost);
                screen::event(
                    block,
                    format!("job {job}: {who} slashed by {lost} ({fault:?})"),
                );
            }
        }
        Event::Reopened { job, bounty, .. } => {
            if of(crimes, *job).is_some() {
                let bounty = format_amount(*bounty);
                screen::event(
                    block,
                    format!("job {job} in auction again, with a bounty of {bounty}"),
                );
            }
        }
        Event::Settled {
            job,
            provider,
            price,
            bounty,
        } => {
            if let Some(index) = of(crimes, *job) {
                ensure!(provider == honest, "the {} was paid", crimes[index].who);
                crimes[index].completed_for = price + bounty;
                crimes[index].bounty = *bounty;
                screen::event(block, format!("job {job} settled by the honest provider"));
            }
        }
        _ => {}
    }
    Ok(())
}
