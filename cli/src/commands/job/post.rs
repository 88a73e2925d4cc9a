// SPDX-License-Identifier: Apache-2.0
//! `assay job post`: what an answer costs, and the question.

use std::path::PathBuf;

use anyhow::anyhow;
use assay_client::{
    codes::{pack, InputFormat},
    types::{Balance, BlockNumber, Event, JobId, ModelId, Quote, Terms},
    units::{format_amount, parse_amount},
    At, Call, Chain, Signer,
};
use assay_compiler::Progress;
use assay_proof::VerifyingKey;
use clap::Args;
use serde::Serialize;

use crate::{
    account::Account,
    connection::Connection,
    exit::Failure,
    inputs,
    output::Output,
    progress::Bars,
    transact::{transact, Transaction, MAY_BE_SENT},
};

/// Blocks of an auction, if nothing else is said.
const AUCTION: BlockNumber = 100;

/// Ask a model.
#[derive(Debug, Args)]
pub(crate) struct Post {
    /// Number of the model.
    model: ModelId,
    /// Inputs: .npy, .npz, .png or .json ({"input_data": [[...]]}), which need --bundle; or {"input_codes": [[integers]]}.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    input: Vec<PathBuf>,
    /// Folder of the compiled model, for its `model.json` (scale and range of the inputs); the weights are not needed.
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// The most that an answer may cost, fees left out.
    #[arg(long, value_name = "AMOUNT", value_parser = parse_amount)]
    max_price: Balance,
    /// The price at which the auction begins. The chain's least price otherwise.
    #[arg(long, value_name = "AMOUNT", value_parser = parse_amount)]
    start_price: Option<Balance>,
    /// Blocks in which the job can be accepted.
    #[arg(long, value_name = "BLOCKS", default_value_t = AUCTION)]
    auction: BlockNumber,
    /// Blocks in which the price rises to its maximum; at most --auction. Half of the auction otherwise.
    #[arg(long, value_name = "BLOCKS")]
    ramp: Option<BlockNumber>,
    /// Blocks from acceptance to the deadline of the proof. The shortest that the chain allows otherwise.
    #[arg(long, value_name = "BLOCKS")]
    proof_window: Option<BlockNumber>,
    /// The least collateral that a provider puts behind the answer, if the chain's own rule asks for less.
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = parse_amount)]
    min_collateral: Balance,
    /// Only say what it would cost. Needs no key.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    connection: Connection,
}

/// What a job costs.
#[derive(Debug, Serialize)]
struct Cost {
    inputs: usize,
    /// Work of all inputs.
    work: u128,
    max_price: String,
    posting_fee: String,
    job_deposit: String,
    receipt_deposit: String,
    expiry_rewards: String,
    /// What the account must have, transaction fee left out.
    needed: String,
}

/// What `post` prints.
#[derive(Debug, Serialize)]
struct Posted {
    /// None of a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobId>,
    model: ModelId,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_hash: Option<String>,
    terms: Terms,
    cost: Cost,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    transaction: Option<Transaction>,
}

impl Post {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let signer = match self.dry_run {
            true => None,
            false => Some(self.account.signer()?),
        };
        let bars = Bars::new();
        let posted = self
            .connection
            .run(&bars, MAY_BE_SENT, |chain| async move {
                self.post(&chain, signer.as_ref(), output).await
            })?;
        output.print(&posted, |posted| match (posted.job, &posted.transaction) {
            (Some(job), Some(transaction)) => {
                format!("job {job} posted\n{}", transaction.text())
            }
            _ => cost_text(&posted.cost),
        })
    }

    async fn post(
        &self,
        chain: &Chain,
        signer: Option<&Signer>,
        output: &Output,
    ) -> Result<Posted, Failure> {
        let bars = Bars::new();
        bars.stage("asking for the cost", 0);
        let at = chain.best().await?;
        let (packed, count) = self.packed_inputs(&at).await?;
        let inputs = u32::try_from(count).unwrap_or(u32::MAX);
        let quote = at.quote(self.model, inputs).await?.ok_or_else(|| {
            Failure::Negative(anyhow!(
                "model {} takes no jobs, or none with {count} inputs: `assay model show {}` says why",
                self.model,
                self.model
            ))
        })?;
        let terms = terms(self, &quote).map_err(|what| Failure::Input(anyhow!(what)))?;
        let needed = needed(terms.max_price, &quote);
        let cost = Cost {
            inputs: count,
            work: quote.work,
            max_price: terms.max_price.to_string(),
            posting_fee: quote.posting_fee.to_string(),
            job_deposit: quote.job_deposit.to_string(),
            receipt_deposit: quote.receipt_deposit.to_string(),
            expiry_rewards: quote.expiry_rewards.to_string(),
            needed: needed.to_string(),
        };
        let mut posted = Posted {
            job: None,
            model: self.model,
            input_hash: None,
            terms,
            cost,
            transaction: None,
        };
        bars.finish();
        let Some(signer) = signer else {
            return Ok(posted);
        };
        // What it costs is said before anything is sent.
        output.note(cost_text(&posted.cost).trim_end());
        let who = self.account.acting(signer);
        let balance = at.balance(&who).await?;
        let spendable = balance.free.saturating_sub(balance.frozen);
        if spendable < needed {
            return Err(Failure::Input(anyhow!(
                "{who} has {} to spend, the job needs {}",
                format_amount(spendable),
                format_amount(needed)
            )));
        }
        let call = Call::Post {
            model: self.model,
            inputs: packed,
            terms,
        };
        let (transaction, inclusion) = transact(chain, &self.account, signer, &call, &bars).await?;
        let event = inclusion.events.iter().find_map(|event| match event {
            Event::Posted {
                job, input_hash, ..
            } => Some((*job, *input_hash)),
            _ => None,
        });
        let (job, input_hash) = event.ok_or_else(|| {
            Failure::Machine(anyhow!("the transaction succeeded and posted no job"))
        })?;
        posted.job = Some(job);
        posted.input_hash = Some(format!("{input_hash:?}"));
        posted.transaction = Some(transaction);
        Ok(posted)
    }

    /// The inputs as the chain takes them, and their number.
    async fn packed_inputs(&self, at: &At) -> Result<(Vec<u8>, usize), Failure> {
        let unknown = || Failure::Negative(anyhow!("model {} is not registered", self.model));
        let model = at.model(self.model).await?.ok_or_else(unknown)?;
        let key = at.key(self.model).await?.ok_or_else(unknown)?;
        let owner = format!("model {} of the chain", self.model);
        // The chain has checked the points of the key; only its circuit is used here.
        let key = VerifyingKey::from_trusted_bytes(&key)
            .map_err(|error| Failure::Input(anyhow!("{owner}: its key can't be read: {error}")))?;
        let manifest = match &self.bundle {
            Some(folder) => folder.join("model.json"),
            // Named in the message if it turns out to be needed.
            None => PathBuf::from("model.json (give --bundle)"),
        };
        let codes = inputs::codes(&self.input, &manifest, key.circuit(), &owner)?;
        let packed = pack(&codes, &InputFormat::from(&model.key)).map_err(|error| {
            Failure::Input(anyhow!(
                "{error}: {} codes an input, from {} to {}",
                model.key.input_elements,
                model.key.input_min,
                model.key.input_max
            ))
        })?;
        let most = at.market_limits().await?.max_input_bytes;
        if packed.len() > most as usize {
            return Err(Failure::Input(anyhow!(
                "{} bytes of inputs, a job has at most {most}: post several jobs",
                packed.len()
            )));
        }
        Ok((packed, codes.len()))
    }
}

/// The conditions, filled up with what the chain suggests.
fn terms(post: &Post, quote: &Quote) -> Result<Terms, String> {
    let start_price = post.start_price.unwrap_or(quote.min_price);
    let terms = Terms {
        start_price,
        max_price: post.max_price,
        ramp: post.ramp.unwrap_or(post.auction / 2),
        auction: post.auction,
        proof_window: post.proof_window.unwrap_or(quote.shortest_window),
        min_collateral: post.min_collateral,
    };
    let amount = format_amount;
    if terms.start_price < quote.min_price {
        return Err(format!(
            "--start-price: {} is below the chain's least price, {}",
            amount(terms.start_price),
            amount(quote.min_price)
        ));
    }
    if terms.max_price < terms.start_price {
        return Err(format!(
            "--max-price: {} is below the price at which the auction begins, {}",
            amount(terms.max_price),
            amount(terms.start_price)
        ));
    }
    if terms.ramp > terms.auction {
        return Err(format!(
            "--ramp: {} blocks are more than the auction has, {}",
            terms.ramp, terms.auction
        ));
    }
    if terms.proof_window < quote.shortest_window {
        return Err(format!(
            "--proof-window: {} blocks are fewer than the chain allows, {}",
            terms.proof_window, quote.shortest_window
        ));
    }
    Ok(terms)
}

/// What an account must have to post a job, transaction fee left out.
fn needed(max_price: Balance, quote: &Quote) -> Balance {
    [
        quote.posting_fee,
        quote.job_deposit,
        quote.receipt_deposit,
        quote.expiry_rewards,
    ]
    .into_iter()
    .fold(max_price, Balance::saturating_add)
}

fn cost_text(cost: &Cost) -> String {
    let amount = |text: &String| text.parse().map_or_else(|_| text.clone(), format_amount);
    format!(
        "{} inputs, work {}\nprice            at most {}\nposting fee      {}\ndeposits         {} until the job ends, {} until its \
         receipt is pruned\nheld for expiry  {}\nneeded           {}, and the transaction fee\n",
        cost.inputs,
        cost.work,
        amount(&cost.max_price),
        amount(&cost.posting_fee),
        amount(&cost.job_deposit),
        amount(&cost.receipt_deposit),
        amount(&cost.expiry_rewards),
        amount(&cost.needed),
    )
}
