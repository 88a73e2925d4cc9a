// SPDX-License-Identifier: Apache-2.0
//! Checks of what the chain says.

use std::time::Duration;

use assay_client::{
    chain::Proxy,
    types::{ModelStatus, ProviderStatus},
    units::format_amount,
    AccountId, At, Call, Chain, ChainError, ProxyFor, Signer, TransactionOptions,
};
use futures::StreamExt;

use super::report::Report;
use crate::{
    config::{redact, Config, Scheme},
    error::codes,
};

const CONNECTION: &str = "connection";
const BLOCKS: &str = "blocks";
const PROVIDER: &str = "provider";
const STAKE: &str = "stake";
const PROXY: &str = "proxy";
const FEES: &str = "fees";
const MODELS: &str = "models";

/// How long a new block may take: ten slots.
const BLOCK_PATIENCE: Duration = Duration::from_secs(60);
/// The most models that are listed.
const MAX_MODELS: usize = 4096;
/// Fewer transactions than this should be paid for soon.
const FEW_TRANSACTIONS: u128 = 200;

pub(super) async fn check(config: &Config, signer: Option<&Signer>, report: &mut Report) {
    let Some(chain) = connection(config, report).await else {
        let rest = [BLOCKS, PROVIDER, STAKE, PROXY, FEES, MODELS];
        return report.skipped(&rest, "no node answers");
    };
    blocks(&chain, report).await;
    let at = match chain.best().await {
        Ok(at) => at,
        Err(error) => {
            report.failed(PROVIDER, error.to_string(), codes::CM_001.remedy);
            return report.skipped(&[STAKE, PROXY, FEES, MODELS], "the node doesn't answer");
        }
    };
    match config.account.provider.trim().parse::<AccountId>() {
        Ok(provider) => {
            answered(PROVIDER, stake(&at, &provider, report).await, report);
            match signer {
                Some(signer) => {
                    answered(PROXY, proxy(&at, &provider, signer, report).await, report);
                    fees(&chain, &at, &provider, signer, report).await;
                }
                None => report.skipped(&[PROXY, FEES], "there is no key"),
            }
        }
        Err(_) => report.skipped(
            &[PROVIDER, STAKE, PROXY, FEES],
            "account.provider is no address",
        ),
    }
    answered(MODELS, models(config, &at, report).await, report);
}

/// Notes that the node failed in the middle of a check.
fn answered(check: &'static str, result: Result<(), ChainError>, report: &mut Report) {
    if let Err(error) = result {
        let remedy = "try again, or another node";
        report.failed(check, error.to_string(), remedy);
    }
}

/// Connects to each node. Gives the first that answers with the right chain.
async fn connection(config: &Config, report: &mut Report) -> Option<Chain> {
    let mut first: Option<Chain> = None;
    for url in &config.chain.urls {
        let shown = redact(url);
        let chain = match Chain::connect(url).await {
            Ok(chain) => chain,
            Err(error) => {
                // The error names the address, with whatever secret is in it.
                let message = error.to_string().replace(url.as_str(), &shown);
                let remedy = "start the node or correct chain.urls";
                // A spare node that is away is no reason not to run.
                if config.chain.urls.len() > 1 {
                    report.warning(CONNECTION, format!("{shown}: {message}"), remedy);
                } else {
                    report.failed(CONNECTION, format!("{shown}: {message}"), remedy);
                }
                continue;
            }
        };
        let id = chain.chain_id();
        let expected = config
            .chain
            .genesis
            .or_else(|| first.as_ref().map(Chain::chain_id));
        let text = format!("{shown}: chain 0x{}", hex::encode(id));
        if expected.is_some_and(|expected| expected != id) {
            let remedy = "it is another chain: correct chain.urls or chain.genesis";
            report.failed(CONNECTION, text, remedy);
        } else {
            report.ok(CONNECTION, text);
            first.get_or_insert(chain);
        }
    }
    if first.is_none() && config.chain.urls.len() > 1 {
        let remedy = "start one, or correct chain.urls";
        report.failed(CONNECTION, "no node answers", remedy);
    }
    first
}

/// That new blocks arrive and become final.
async fn blocks(chain: &Chain, report: &mut Report) {
    let arrive = async {
        let mut blocks = chain.best_blocks().await?;
        // The first is the present one.
        let mut numbers = Vec::new();
        while numbers.len() < 2 {
            match blocks.next().await {
                Some(block) => numbers.push(block?.number),
                None => break,
            }
        }
        Ok::<_, ChainError>((numbers, chain.finalised().await?.number()))
    };
    match tokio::time::timeout(BLOCK_PATIENCE, arrive).await {
        Ok(Ok((numbers, finalised))) => {
            let best = numbers.last().copied().unwrap_or_default();
            let behind = best.saturating_sub(finalised);
            let found = format!("best {best}, finalised {finalised}");
            if behind > 100 {
                let remedy = format!("finality is {behind} blocks behind: is the relay chain well, does the node have peers?");
                report.warning(BLOCKS, found, remedy);
            } else {
                report.ok(BLOCKS, found);
            }
        }
        Ok(Err(error)) => report.failed(BLOCKS, error.to_string(), "try again, or another node"),
        Err(_) => report.failed(
            BLOCKS,
            format!("no new block in {} s", BLOCK_PATIENCE.as_secs()),
            "the node is still synchronising, or has no peers: see its log",
        ),
    }
}

/// That the provider is registered, free, and has stake for a job.
async fn stake(at: &At, provider: &AccountId, report: &mut Report) -> Result<(), ChainError> {
    let Some(status) = at.provider_status(provider).await? else {
        report.failed(
            PROVIDER,
            format!("{provider} is not a provider"),
            "register it with a bond: `assay provider register --bond AMOUNT`",
        );
        report.skipped(&[STAKE], "there is no provider");
        return Ok(());
    };
    judge_provider(&status, at.number(), report);
    // What the cheapest job locks: the chain's floor.
    let (least, own) = at.collateral(0, 0).await?;
    judge_stake(&status, least, own, report);
    Ok(())
}

fn judge_provider(status: &ProviderStatus, now: u32, report: &mut Report) {
    if status.retired {
        let remedy = "register another account: a retired provider does not come back";
        report.failed(PROVIDER, "it has retired", remedy);
    } else if let Some(until) = status.jailed_until {
        let remedy = if now < until {
            format!(
                "find out in the log why jobs were lost; after block {until}: `assay provider unjail`"
            )
        } else {
            "`assay provider unjail`; find out in the log why jobs were lost".to_string()
        };
        report.failed(PROVIDER, format!("in jail until block {until}"), remedy);
    } else {
        let found = format!(
            "registered, {} open jobs, {} recent faults",
            status.open_jobs, status.faults
        );
        report.ok(PROVIDER, found);
    }
}

/// `least` is the collateral of the cheapest job, `own` the provider's part of it.
fn judge_stake(status: &ProviderStatus, least: u128, own: u128, report: &mut Report) {
    let free_own = status.own_bond.saturating_sub(status.own_locked);
    let found = format!(
        "{} own bond free, {} can be put behind a job",
        format_amount(free_own),
        format_amount(status.free_collateral)
    );
    let busy = status.open_jobs > 0;
    if status.free_collateral >= least && free_own >= own {
        report.ok(STAKE, found);
    } else if busy {
        let remedy = "all stake is behind open jobs: bond more to have more at a time";
        report.warning(STAKE, found, remedy);
    } else {
        let remedy = format!(
            "the cheapest job locks {}, {} of it own bond: `assay provider bond`",
            format_amount(least),
            format_amount(own)
        );
        report.failed(STAKE, found, remedy);
    }
}

/// That the key may make the worker's calls for the provider.
async fn proxy(
    at: &At,
    provider: &AccountId,
    signer: &Signer,
    report: &mut Report,
) -> Result<(), ChainError> {
    let key = signer.account();
    if key == *provider {
        report.ok(PROXY, "not needed: the key is the provider's own");
        return Ok(());
    }
    let proxies = at.proxies(provider).await?;
    judge_proxy(&key, &proxies, report);
    Ok(())
}

fn judge_proxy(key: &AccountId, proxies: &[Proxy], report: &mut Report) {
    let appoint = "appoint it with the provider's key: `assay provider proxy ADDRESS`";
    let mine = || proxies.iter().filter(|proxy| proxy.delegate == *key);
    let fits = |kind: &str| matches!(kind, "Worker" | "NonTransfer" | "Any");
    let Some(Proxy { kind, .. }) = mine().find(|proxy| fits(&proxy.kind) && proxy.delay == 0)
    else {
        let found = match mine().next() {
            Some(Proxy { kind, delay, .. }) => {
                format!("{key} is a proxy of kind {kind} with a delay of {delay} blocks")
            }
            None => format!("{key} is no proxy of the provider"),
        };
        return report.failed(PROXY, found, appoint);
    };
    let found = format!("{key} is a proxy of kind {kind}");
    if kind == "Worker" {
        report.ok(PROXY, found);
    } else {
        let remedy = "kind Worker suffices, and can do less harm when the key is stolen";
        report.warning(PROXY, found, remedy);
    }
}

/// That the signing account can pay for transactions.
async fn fees(chain: &Chain, at: &At, provider: &AccountId, signer: &Signer, report: &mut Report) {
    let key = signer.account();
    let options = TransactionOptions {
        proxy: (key != *provider).then(|| ProxyFor {
            real: provider.clone(),
            kind: None,
        }),
        ..TransactionOptions::default()
    };
    let ask = async {
        let balance = at.balance(&key).await.map_err(|e| e.to_string())?;
        // Signed for its size, not sent.
        let call = Call::Accept {
            job: u64::MAX,
            min_price: 0,
        };
        let transaction = chain.sign(signer, &call, &options).await;
        let transaction = transaction.map_err(|error| error.to_string())?;
        let fee = chain.fee(&transaction).await.map_err(|e| e.to_string())?;
        Ok::<_, String>((balance.free.saturating_sub(balance.frozen), fee))
    };
    match ask.await {
        Ok((free, fee)) => judge_fees(&key, free, fee, report),
        Err(error) => report.failed(FEES, error, "try again, or another node"),
    }
}

fn judge_fees(key: &AccountId, free: u128, fee: u128, report: &mut Report) {
    let count = free / fee.max(1);
    let found = format!(
        "{key} has {}: about {count} acceptances of {}",
        format_amount(free),
        format_amount(fee)
    );
    let remedy = "transfer ASY to it: this account pays the fees of the worker's transactions";
    match count {
        0 => report.failed(FEES, found, remedy),
        1..FEW_TRANSACTIONS => report.warning(FEES, found, remedy),
        _ => report.ok(FEES, found),
    }
}

/// Which models would be served.
async fn models(config: &Config, at: &At, report: &mut Report) -> Result<(), ChainError> {
    let models = at.models(MAX_MODELS).await?;
    let wanted = &config.models.serve;
    let (mut served, mut elsewhere) = (0u32, Vec::new());
    for (id, model) in &models {
        let asked_for = wanted.is_empty() || wanted.contains(id);
        if !asked_for || model.status != ModelStatus::Active {
            continue;
        }
        let uri = String::from_utf8_lossy(&model.metadata.weights_uri);
        if allowed(&uri, config) {
            served += 1;
        } else {
            elsewhere.push(id.to_string());
        }
    }
    let gone: Vec<String> = wanted
        .iter()
        .filter(|id| {
            !models
                .iter()
                .any(|(other, model)| other == *id && model.status == ModelStatus::Active)
        })
        .map(ToString::to_string)
        .collect();
    if !gone.is_empty() {
        let found = format!("not active on the chain: {}", gone.join(", "));
        report.warning(MODELS, found, "take them out of models.serve");
    }
    let mut found = format!("{served} to serve, {} on the chain", models.len());
    if !elsewhere.is_empty() {
        elsewhere.truncate(20);
        found.push_str("; weights are where models.schemes doesn't allow: ");
        found.push_str(&elsewhere.join(", "));
    }
    if served == 0 {
        let remedy = "none can be served now: see models.serve and models.schemes, or wait for one";
        report.warning(MODELS, found, remedy);
    } else {
        report.ok(MODELS, found);
    }
    Ok(())
}

/// Whether weights may be fetched from an address, as far as its scheme goes.
fn allowed(uri: &str, config: &Config) -> bool {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    config.models.schemes.iter().any(|allowed| {
        let name = match allowed {
            Scheme::File if config.models.file_roots.is_empty() => return false,
            Scheme::File => "file",
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        scheme.eq_ignore_ascii_case(name)
    })
}

#[cfg(test)]
mod should {
    use assay_client::types::Perbill;

    use super::{super::report::Tick, *};

    fn status() -> ProviderStatus {
        ProviderStatus {
            own_bond: 100,
            own_locked: 0,
            delegated: 0,
            delegated_locked: 0,
            pending: 0,
            open_jobs: 0,
            free_collateral: 400,
            commission: Perbill(0),
            next_commission: None,
            faults: 0,
            jailed_until: None,
            retired: false,
        }
    }

    fn tick(judge: impl FnOnce(&mut Report)) -> Tick {
        let mut report = Report::default();
        judge(&mut report);
        assert_eq!(report.checks.len(), 1);
        report.checks[0].result
    }

    #[test]
    fn judge_providers() {
        let judge = |change: fn(&mut ProviderStatus)| {
            let mut status = status();
            change(&mut status);
            tick(|report| judge_provider(&status, 10, report))
        };
        assert_eq!(judge(|_| {}), Tick::Ok);
        assert_eq!(judge(|s| s.retired = true), Tick::Failed);
        assert_eq!(judge(|s| s.jailed_until = Some(5)), Tick::Failed);
        assert_eq!(judge(|s| s.jailed_until = Some(50)), Tick::Failed);
    }

    #[test]
    fn judge_stakes() {
        let judge = |change: fn(&mut ProviderStatus)| {
            let mut status = status();
            change(&mut status);
            tick(|report| judge_stake(&status, 300, 60, report))
        };
        assert_eq!(judge(|_| {}), Tick::Ok);
        assert_eq!(judge(|s| s.free_collateral = 299), Tick::Failed);
        assert_eq!(judge(|s| s.own_locked = 41), Tick::Failed);
        let busy = |s: &mut ProviderStatus| (s.own_locked, s.open_jobs) = (100, 3);
        assert_eq!(judge(busy), Tick::Warning);
    }

    #[test]
    fn judge_proxies() {
        let (key, other) = (AccountId::from([1; 32]), AccountId::from([2; 32]));
        let judge = |delegate: &AccountId, kind: &str, delay| {
            let proxies = [Proxy {
                delegate: *delegate,
                kind: kind.to_string(),
                delay,
            }];
            tick(|report| judge_proxy(&key, &proxies, report))
        };
        assert_eq!(judge(&key, "Worker", 0), Tick::Ok);
        assert_eq!(judge(&key, "Any", 0), Tick::Warning);
        assert_eq!(judge(&key, "Worker", 1), Tick::Failed);
        assert_eq!(judge(&key, "Governance", 0), Tick::Failed);
        assert_eq!(judge(&other, "Worker", 0), Tick::Failed);
        assert_eq!(tick(|report| judge_proxy(&key, &[], report)), Tick::Failed);
    }

    #[test]
    fn judge_balances() {
        let key = AccountId::from([1; 32]);
        let judge = |free| tick(|report| judge_fees(&key, free, 10, report));
        assert_eq!(judge(9), Tick::Failed);
        assert_eq!(judge(10), Tick::Warning);
        assert_eq!(judge(10 * FEW_TRANSACTIONS), Tick::Ok);
    }

    #[test]
    fn know_the_schemes_of_addresses() {
        let mut config = Config::default();
        config.models.schemes = vec![Scheme::Https, Scheme::File];
        assert!(allowed("HTTPS://example.org/w", &config));
        assert!(!allowed("http://example.org/w", &config));
        assert!(!allowed("example.org", &config));
        assert!(!allowed("file:///srv/w", &config));
        config.models.file_roots = vec!["/srv".into()];
        assert!(allowed("file:///srv/w", &config));
    }
}
