// SPDX-License-Identifier: Apache-2.0
//! A liar, a silent provider and a thief, each of whom undercuts the honest one and loses by it. All three at once: most of it is
//! waiting for deadlines.

use std::{fs, path::Path};

use anyhow::{ensure, Context, Result};
use assay_client::{
    keys::Signer,
    types::{Balance, BlockNumber, Event, Fault, JobId, Terms},
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
    /// The last block in which a proof of it counts, once it is accepted.
    pub deadline: Option<BlockNumber>,
    /// Proofs of it that were rejected.
    pub rejected: usize,
    /// What it cost.
    pub slashes: Vec<Slash>,
    /// What the honest provider was paid for completing the job, the bounty included.
    pub completed_for: Balance,
    /// The bounty of that.
    pub bounty: Balance,
}

impl Crime {
    /// What the slashes took together.
    pub fn lost(&self) -> Balance {
        self.slashes.iter().map(|slash| slash.lost).sum()
    }

    /// What of it the requester received.
    pub fn compensation(&self) -> Balance {
        self.slashes.iter().map(|slash| slash.compensation).sum()
    }

    /// Checks that each rejected proof cost something, and the missing one the rest, after the deadline and not before, and that the bounty
    /// which that put up is what was paid.
    fn check(&self) -> Result<()> {
        let who = self.who;
        let (last, earlier) = self
            .slashes
            .split_last()
            .with_context(|| format!("the {who} was not slashed"))?;
        ensure!(
            last.fault == Fault::Missed && self.deadline.is_some_and(|end| last.block > end),
            "the {who} lost its job in block {} by {:?}, the deadline being {:?}",
            last.block,
            last.fault,
            self.deadline,
        );
        ensure!(
            earlier.len() == self.rejected
                && earlier
                    .iter()
                    .all(|slash| slash.fault == Fault::InvalidProof),
            "the {who} had {} proofs rejected and was slashed for {earlier:?}",
            self.rejected,
        );
        ensure!(
            (who == "silent provider") == (self.rejected == 0),
            "the {who} had {} proofs rejected",
            self.rejected
        );
        ensure!(self.lost() > 0, "the {who} lost nothing");
        ensure!(
            self.bounty == last.bounty,
            "a bounty of {} was put up, and {} paid",
            format_amount(last.bounty),
            format_amount(self.bounty)
        );
        Ok(())
    }
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
        deadline: None,
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

    crimes.iter().try_for_each(Crime::check)?;
    screen::title("4. What it cost them");
    for crime in &crimes {
        screen::fact(
            crime.who,
            format!(
                "lost {}; the requester got {} of it, the honest provider completed the job for {} ({} of it bounty)",
                format_amount(crime.lost()),
                format_amount(crime.compensation()),
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
        .kill_on_drop(true)
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

/// Notes an event that is about one of the crimes. Nobody but its author may be punished for it, and nobody but the honest provider paid.
fn observe(crimes: &mut [Crime], honest: &AccountId, block: u32, event: &Event) -> Result<()> {
    let job = match event {
        Event::ProofChecked { first, .. } => Some(*first),
        _ => event.job(),
    };
    let Some(crime) = crimes.iter_mut().find(|crime| Some(crime.job) == job) else {
        return Ok(());
    };
    let (who, job) = (crime.who, crime.job);
    match event {
        Event::Accepted {
            provider,
            price,
            last,
            ..
        } => {
            let name = if provider == honest {
                "the honest provider"
            } else {
                ensure!(
                    *provider == crime.provider,
                    "job {job} was accepted by {provider}"
                );
                crime.deadline = Some(*last);
                who
            };
            let price = format_amount(*price);
            screen::event(block, format!("job {job} accepted by {name} at {price}"));
        }
        Event::ProofChecked { provider, .. } if rejected(event) => {
            ensure!(
                *provider == crime.provider,
                "a proof of {provider} for job {job} was rejected"
            );
            crime.rejected += 1;
            screen::event(
                block,
                format!("job {job}: the proof of the {who} is rejected"),
            );
        }
        Event::Slashed {
            provider,
            fault,
            outcome,
            ..
        } => {
            ensure!(
                *provider == crime.provider,
                "{provider} was slashed for job {job} ({fault:?})"
            );
            let lost = outcome.own + outcome.delegated;
            crime.slashes.push(Slash {
                job,
                block,
                fault: *fault,
                lost,
                compensation: outcome.compensation,
                bounty: outcome.bounty,
            });
            let lost = format_amount(lost);
            screen::event(
                block,
                format!("job {job}: {who} slashed by {lost} ({fault:?})"),
            );
        }
        Event::Reopened { bounty, .. } => {
            let bounty = format_amount(*bounty);
            screen::event(
                block,
                format!("job {job} in auction again, with a bounty of {bounty}"),
            );
        }
        Event::Settled {
            provider,
            price,
            bounty,
            ..
        } => {
            ensure!(provider == honest, "the {who} was paid");
            crime.completed_for = price + bounty;
            crime.bounty = *bounty;
            screen::event(block, format!("job {job} settled by the honest provider"));
        }
        _ => {}
    }
    Ok(())
}
