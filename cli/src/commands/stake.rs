// SPDX-License-Identifier: Apache-2.0
//! `assay stake`: back providers with stake.

use assay_client::{
    types::{Balance, DelegationStatus},
    units::parse_amount,
    AccountId, Call,
};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::provider::{amount, send};
use crate::{
    account::Account, connection::Connection, exit::Failure, output::Output, progress::Bars,
};

/// What to do with stake.
#[derive(Debug, Subcommand)]
pub(crate) enum Stake {
    /// Delegate to a provider, from the next era on.
    Delegate(Amount),
    /// Take from a delegation. What is active is paid out by `withdraw` after the unbonding period.
    Undelegate(Amount),
    /// Show delegations and what they have earned.
    Rewards(Rewards),
    /// Pay out the rewards of a delegation.
    Claim(Plain),
    /// Pay out what has left a delegation.
    Withdraw(Plain),
}

/// An amount of a delegation.
#[derive(Debug, Args)]
pub(crate) struct Amount {
    /// The provider's account.
    provider: AccountId,
    /// How much.
    #[arg(value_parser = parse_amount)]
    amount: Balance,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    connection: Connection,
}

/// A delegation.
#[derive(Debug, Args)]
pub(crate) struct Plain {
    /// The provider's account.
    provider: AccountId,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    connection: Connection,
}

/// Show delegations.
#[derive(Debug, Args)]
pub(crate) struct Rewards {
    /// Of this account. Otherwise of that of the key.
    #[arg(long, value_name = "ADDRESS")]
    delegator: Option<AccountId>,
    /// To this provider only.
    #[arg(long, value_name = "ADDRESS")]
    provider: Option<AccountId>,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    connection: Connection,
}

/// A delegation as `rewards` prints it.
#[derive(Debug, Serialize)]
struct Shown {
    provider: String,
    delegator: String,
    active: String,
    pending: String,
    rewards: String,
    unbonding: Vec<Unbonding>,
}

#[derive(Debug, Serialize)]
struct Unbonding {
    amount: String,
    /// The block from which it can be paid out.
    from: u32,
}

impl Stake {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Delegate(delegate) => {
                let call = |_| Call::Delegate {
                    provider: delegate.provider,
                    amount: delegate.amount,
                };
                let done = "delegated; it is active from the next era on";
                send(&delegate.account, &delegate.connection, output, done, call)
            }
            Self::Undelegate(delegate) => {
                let call = |_| Call::Undelegate {
                    provider: delegate.provider,
                    amount: delegate.amount,
                };
                let done =
                    "undelegated; `assay stake withdraw` pays it out after the unbonding period";
                send(&delegate.account, &delegate.connection, output, done, call)
            }
            Self::Claim(plain) => {
                let call = |_| Call::Claim {
                    provider: plain.provider,
                };
                send(
                    &plain.account,
                    &plain.connection,
                    output,
                    "rewards paid out",
                    call,
                )
            }
            Self::Withdraw(plain) => {
                let call = |_| Call::Withdraw {
                    provider: plain.provider,
                };
                let done = "what had matured is paid out";
                send(&plain.account, &plain.connection, output, done, call)
            }
            Self::Rewards(rewards) => rewards.run(output),
        }
    }
}

impl Rewards {
    /// The most delegations of one account that are shown.
    const LIMIT: usize = 1000;

    fn run(&self, output: &Output) -> Result<(), Failure> {
        let delegator = match self.delegator {
            Some(delegator) => delegator,
            None => self.account.acting(&self.account.signer()?),
        };
        let bars = Bars::new();
        let shown = self
            .connection
            .run(&bars, "nothing was sent", |chain| async move {
                let at = chain.best().await?;
                let providers = match self.provider {
                    Some(provider) => vec![provider],
                    None => at.delegations_of(&delegator, Self::LIMIT).await?,
                };
                let mut shown = Vec::new();
                for provider in providers {
                    if let Some(status) = at.delegation_status(&provider, &delegator).await? {
                        shown.push(Shown::new(&provider, &delegator, &status));
                    }
                }
                shown.sort_by(|a, b| a.provider.cmp(&b.provider));
                Ok(shown)
            })?;
        output.print(&shown, |shown| {
            if shown.is_empty() {
                return format!("{delegator} has no such delegation");
            }
            shown.iter().map(Shown::text).collect::<String>()
        })
    }
}

impl Shown {
    fn new(provider: &AccountId, delegator: &AccountId, status: &DelegationStatus) -> Self {
        Self {
            provider: provider.to_string(),
            delegator: delegator.to_string(),
            active: status.active.to_string(),
            pending: status.pending.to_string(),
            rewards: status.rewards.to_string(),
            unbonding: status
                .unbonding
                .iter()
                .map(|(amount, from)| Unbonding {
                    amount: amount.to_string(),
                    from: *from,
                })
                .collect(),
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "provider   {}\nactive     {}, {} from the next era on\nrewards    {}\n",
            self.provider,
            amount(&self.active),
            amount(&self.pending),
            amount(&self.rewards),
        );
        for chunk in &self.unbonding {
            let line = format!(
                "leaving    {} from block {}\n",
                amount(&chunk.amount),
                chunk.from
            );
            text.push_str(&line);
        }
        text
    }
}
