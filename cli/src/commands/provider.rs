// SPDX-License-Identifier: Apache-2.0
//! `assay provider`: look at providers; be one.

use anyhow::anyhow;
use assay_client::{
    types::{Balance, BondExtra, Metadata, Perbill, Provider as Record, ProviderStatus},
    units::{format_amount, parse_amount},
    AccountId, Call,
};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::model_chain::parse_percent;
use crate::{
    account::Account,
    connection::Connection,
    exit::Failure,
    output::{columns, Output},
    progress::Bars,
    transact::{transact, Transaction, MAY_BE_SENT},
};

/// What to do with providers.
#[derive(Debug, Subcommand)]
pub(crate) enum Provider {
    /// List providers.
    List(List),
    /// Show a provider.
    Show(Show),
    /// Become a provider, with a bond of one's own.
    Register(Register),
    /// Add to one's own bond.
    Bond(Amount),
    /// Take from one's own bond. It is paid out by `withdraw` after the unbonding period.
    Unbond(Amount),
    /// Pay out what has left one's own bond.
    Withdraw(Plain),
    /// Leave jail, once its time is over.
    Unjail(Plain),
    /// Take no more jobs and delegations, and begin to take out the bond.
    Retire(Plain),
    /// Let another key act for the provider: `--kind Worker` for the hot key of a worker, which can't move funds.
    Proxy(Proxy),
}

/// List providers.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The most providers to list.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    #[command(flatten)]
    connection: Connection,
}

/// Show a provider.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The provider's account.
    provider: AccountId,
    #[command(flatten)]
    connection: Connection,
}

/// Become a provider.
#[derive(Debug, Args)]
pub(crate) struct Register {
    /// One's own stake. It pays first when something goes wrong.
    #[arg(long, value_name = "AMOUNT", value_parser = parse_amount)]
    bond: Balance,
    /// Part of the delegators' earnings that the provider keeps, in percent.
    #[arg(long, value_name = "PERCENT", default_value = "10", value_parser = parse_percent)]
    commission: Perbill,
    /// What to say of oneself: a name, a URL.
    #[arg(long, default_value = "")]
    metadata: String,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    connection: Connection,
}

/// An amount of one's own bond.
#[derive(Debug, Args)]
pub(crate) struct Amount {
    /// How much.
    #[arg(value_parser = parse_amount)]
    amount: Balance,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    connection: Connection,
}

/// Nothing but who acts.
#[derive(Debug, Args)]
pub(crate) struct Plain {
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    connection: Connection,
}

/// Let another key act.
#[derive(Debug, Args)]
pub(crate) struct Proxy {
    /// The account of the other key.
    delegate: AccountId,
    /// What it may do.
    #[arg(long, default_value = "Worker")]
    kind: String,
    /// End it.
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    connection: Connection,
}

/// A provider as `list` and `show` print it.
#[derive(Debug, Serialize)]
struct Shown {
    provider: String,
    metadata: String,
    own_bond: String,
    own_locked: String,
    delegated: String,
    delegated_locked: String,
    pending: String,
    free_collateral: String,
    delegations: u32,
    open_jobs: u32,
    commission_percent: f64,
    faults: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    jailed_until: Option<u32>,
    retired: bool,
}

impl Shown {
    fn new(account: &AccountId, record: &Record, status: &ProviderStatus) -> Self {
        Self {
            provider: account.to_string(),
            metadata: Metadata::text(&record.metadata),
            own_bond: status.own_bond.to_string(),
            own_locked: status.own_locked.to_string(),
            delegated: status.delegated.to_string(),
            delegated_locked: status.delegated_locked.to_string(),
            pending: status.pending.to_string(),
            free_collateral: status.free_collateral.to_string(),
            delegations: record.delegations,
            open_jobs: status.open_jobs,
            commission_percent: 100.0 * status.commission.as_fraction(),
            faults: status.faults,
            jailed_until: status.jailed_until,
            retired: status.retired,
        }
    }

    fn state(&self) -> &'static str {
        match (self.retired, self.jailed_until) {
            (true, _) => "retired",
            (false, Some(_)) => "jailed",
            (false, None) => "active",
        }
    }

    fn text(&self) -> String {
        let jail = match self.jailed_until {
            Some(block) => format!(", in jail until block {block}"),
            None => String::new(),
        };
        format!(
            "provider    {} {:?}, {}{jail}\nown bond    {}, {} behind jobs\ndelegated   {} in {} delegations, {} behind jobs, {} from \
             the next era on\ncollateral  {} free\ncommission  {:.2}%\njobs        {} in progress, {} faults counted\n",
            self.provider,
            self.metadata,
            self.state(),
            amount(&self.own_bond),
            amount(&self.own_locked),
            amount(&self.delegated),
            self.delegations,
            amount(&self.delegated_locked),
            amount(&self.pending),
            amount(&self.free_collateral),
            self.commission_percent,
            self.open_jobs,
            self.faults,
        )
    }
}

/// An amount in the smallest unit, for people.
pub(crate) fn amount(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), format_amount)
}

impl Provider {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(output),
            Self::Show(show) => show.run(output),
            Self::Register(register) => {
                let call = |_| Call::RegisterProvider {
                    metadata: register.metadata.clone().into_bytes(),
                    commission: register.commission,
                    bond: register.bond,
                };
                send(
                    &register.account,
                    &register.connection,
                    output,
                    "registered as a provider",
                    call,
                )
            }
            Self::Bond(bond) => {
                let call = |provider| Call::BondExtra {
                    provider,
                    extra: BondExtra::FreeBalance(bond.amount),
                };
                send(
                    &bond.account,
                    &bond.connection,
                    output,
                    "bond increased",
                    call,
                )
            }
            Self::Unbond(bond) => {
                let call = |_| Call::Unbond {
                    amount: bond.amount,
                };
                let done = "bond decreased; `assay provider withdraw` pays it out after the unbonding period";
                send(&bond.account, &bond.connection, output, done, call)
            }
            Self::Withdraw(plain) => {
                let call = |provider| Call::Withdraw { provider };
                send(
                    &plain.account,
                    &plain.connection,
                    output,
                    "what had matured is paid out",
                    call,
                )
            }
            Self::Unjail(plain) => send(
                &plain.account,
                &plain.connection,
                output,
                "out of jail",
                |_| Call::Unjail,
            ),
            Self::Retire(plain) => {
                let call = |_| Call::RetireProvider;
                send(&plain.account, &plain.connection, output, "retired", call)
            }
            Self::Proxy(proxy) => {
                let (delegate, kind) = (proxy.delegate, proxy.kind.clone());
                let call = |_| match proxy.remove {
                    true => Call::RemoveProxy { delegate, kind },
                    false => Call::AddProxy { delegate, kind },
                };
                send(
                    &proxy.account,
                    &proxy.connection,
                    output,
                    "proxy changed",
                    call,
                )
            }
        }
    }
}

impl List {
    fn run(&self, output: &Output) -> Result<(), Failure> {
        let bars = Bars::new();
        let providers = self
            .connection
            .run(&bars, "nothing was sent", |chain| async move {
                let at = chain.best().await?;
                let mut shown = Vec::new();
                for (account, record) in at.providers(self.limit).await? {
                    if let Some(status) = at.provider_status(&account).await? {
                        shown.push((
                            status.free_collateral,
                            Shown::new(&account, &record, &status),
                        ));
                    }
                }
                // The largest first; equal ones by address, so that the order is always the same.
                shown.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.provider.cmp(&y.provider)));
                Ok(shown
                    .into_iter()
                    .map(|(_, shown)| shown)
                    .collect::<Vec<_>>())
            })?;
        output.print(&providers, |providers| {
            let heads = [
                "provider",
                "state",
                "own bond",
                "delegated",
                "free",
                "commission",
                "jobs",
                "faults",
            ];
            let mut rows = vec![heads.map(String::from).to_vec()];
            rows.extend(providers.iter().map(|provider| {
                vec![
                    provider.provider.clone(),
                    provider.state().to_owned(),
                    amount(&provider.own_bond),
                    amount(&provider.delegated),
                    amount(&provider.free_collateral),
                    format!("{:.2}%", provider.commission_percent),
                    provider.open_jobs.to_string(),
                    provider.faults.to_string(),
                ]
            }));
            columns(&rows)
        })
    }
}

impl Show {
    fn run(&self, output: &Output) -> Result<(), Failure> {
        let bars = Bars::new();
        let who = self.provider;
        let shown = self
            .connection
            .run(&bars, "nothing was sent", |chain| async move {
                let at = chain.best().await?;
                match (at.provider(&who).await?, at.provider_status(&who).await?) {
                    (Some(record), Some(status)) => Ok(Shown::new(&who, &record, &status)),
                    _ => Err(Failure::Negative(anyhow!("{who} is not a provider"))),
                }
            })?;
        output.print(&shown, Shown::text)
    }
}

/// Sends a call of the acting account, and prints the transaction.
pub(crate) fn send(
    account: &Account,
    connection: &Connection,
    output: &Output,
    done: &str,
    call: impl FnOnce(AccountId) -> Call,
) -> Result<(), Failure> {
    let signer = account.signer()?;
    let call = call(account.acting(&signer));
    let bars = Bars::new();
    let transaction: Transaction = connection.run(&bars, MAY_BE_SENT, |chain| async move {
        let bars = Bars::new();
        let (transaction, _) = transact(&chain, account, &signer, &call, &bars).await?;
        Ok(transaction)
    })?;
    output.print(&transaction, |transaction| {
        format!("{done}\n{}", transaction.text())
    })
}
