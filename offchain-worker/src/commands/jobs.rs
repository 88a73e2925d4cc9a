// SPDX-License-Identifier: Apache-2.0
//! `assay-worker jobs`: jobs and what they earned. A running worker has its database locked, so it is asked over HTTP; else the
//! database is read.

use std::{net::SocketAddr, time::Duration};

use assay_client::units::format_amount;
use clap::Args;

use super::{
    block_on,
    exit::Failure,
    output::{printable, table, Output},
};
use crate::{
    config::Config,
    data_dir,
    error::{codes, ServiceError},
    store::Store,
    telemetry::{JobHistory, JobQuery, JobRow, JobStatus, JobsReport, MAX_ROWS},
};

/// The longest answer of a worker, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(20);

/// Which jobs.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// At most so many, the newest first
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=MAX_ROWS as i64))]
    limit: u16,
    /// Only jobs of this model
    #[arg(long, value_name = "NUMBER")]
    model: Option<u64>,
    /// Only jobs in this state
    #[arg(long, value_enum)]
    status: Option<Status>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Status {
    Open,
    Settled,
    Lost,
}

impl Arguments {
    fn query(&self) -> JobQuery {
        JobQuery {
            limit: self.limit.into(),
            model: self.model,
            status: self.status.map(|status| match status {
                Status::Open => JobStatus::Open,
                Status::Settled => JobStatus::Settled,
                Status::Lost => JobStatus::Lost,
            }),
        }
    }
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<(), Failure> {
    let query = arguments.query();
    let data_dir = &config.storage.data_dir;
    let report = if data_dir::in_use(data_dir) {
        if !config.telemetry.enabled {
            let message = "the worker runs without its HTTP address (telemetry.enabled = false)";
            let error = ServiceError::fatal(codes::CM_002, message);
            return Err(Failure::Failed(error));
        }
        block_on(ask(config.telemetry.address, &query))?.map_err(Failure::Failed)?
    } else {
        Store::open_read_only(data_dir)
            .map_err(Failure::failed)?
            .jobs(&query)
            .map_err(Failure::Failed)?
    };
    output.print(&report, text)
}

/// Asks the worker that listens on `address`.
async fn ask(address: SocketAddr, query: &JobQuery) -> Result<JobsReport, ServiceError> {
    let url = format!("http://{}/jobs?{}", reachable(address), query.to_url());
    let fail =
        |reason: String| ServiceError::recoverable(codes::CM_002, format!("{url}: {reason}"));
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .no_proxy()
        .build()
        .map_err(|error| fail(error.to_string()))?;
    let mut answer = client
        .get(&url)
        .send()
        .await
        .map_err(|error| fail(error.to_string()))?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| fail(e.to_string()))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(fail(format!("more than {MAX_ANSWER} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    if !status.is_success() {
        let text = String::from_utf8_lossy(&body);
        return Err(fail(format!("{status}: {}", printable(text.trim()))));
    }
    serde_json::from_slice(&body).map_err(|error| fail(format!("not a list of jobs: {error}")))
}

/// Where to connect to what listens on `address`: on all addresses includes this machine's own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn text(report: &JobsReport) -> String {
    let totals = &report.totals;
    let mut lines = vec![format!(
        "{} open, {} settled, {} lost; earned {}, fees {}",
        totals.open,
        totals.settled,
        totals.lost,
        amount(&totals.earned),
        amount(&totals.fees)
    )];
    if !report.jobs.is_empty() {
        let mut table = table(&[
            "job", "model", "stage", "price", "earned", "accepted", "deadline", "ended", "reason",
        ]);
        for row in &report.jobs {
            table.add_row(cells(row));
        }
        lines.push(table.to_string());
    }
    lines.join("\n")
}

fn cells(row: &JobRow) -> [String; 9] {
    let block = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
    [
        row.job.to_string(),
        row.model.to_string(),
        printable(&row.stage),
        amount(&row.price),
        amount(&row.earned),
        block(row.accepted),
        block(row.deadline),
        block(row.ended),
        printable(row.reason.as_deref().unwrap_or_default()),
    ]
}

/// An amount of the smallest unit as people write it; what is no number stays what it is.
fn amount(text: &str) -> String {
    text.parse().map_or_else(|_| printable(text), format_amount)
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn reach_a_worker_that_listens_everywhere() {
        let reach = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(reach("0.0.0.0:9"), "127.0.0.1:9");
        assert_eq!(reach("[::]:9"), "[::1]:9");
        assert_eq!(reach("10.1.2.3:9"), "10.1.2.3:9");
    }

    #[test]
    fn show_amounts_as_people_write_them() {
        let report = JobsReport {
            totals: crate::telemetry::Totals {
                open: 1,
                settled: 2,
                lost: 3,
                earned: "1500000000000".into(),
                fees: "0".into(),
            },
            jobs: vec![JobRow {
                job: 7,
                model: 1,
                status: JobStatus::Lost,
                stage: "lost".into(),
                price: "2000000000000".into(),
                earned: String::new(),
                accepted: Some(10),
                deadline: Some(50),
                ended: Some(51),
                reason: Some("deadline\u{1b}[2J".into()),
            }],
        };
        let text = text(&report);
        assert!(text.starts_with("1 open, 2 settled, 3 lost; earned 1.5 ASY, fees 0 ASY"));
        assert!(text.contains("2 ASY"));
        assert!(!text.contains('\u{1b}'));
    }
}
