// SPDX-License-Identifier: Apache-2.0
//! The HTTP server over real sockets.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use assay_worker::{
    error::{codes, ServiceError},
    telemetry::{
        Health, JobHistory, JobQuery, JobRow, JobStatus, JobsReport, Metrics, Server, Totals,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Jobs from memory.
pub(super) struct Jobs(pub(super) Vec<JobRow>);

impl JobHistory for Jobs {
    fn jobs(&self, query: &JobQuery) -> Result<JobsReport, ServiceError> {
        if query.model == Some(404) {
            return Err(ServiceError::recoverable(codes::CM_002, "no disk"));
        }
        let fits = |row: &&JobRow| query.status.is_none_or(|status| row.status == status);
        Ok(JobsReport {
            totals: Totals {
                settled: self.0.len() as u64,
                earned: "1500000000000".into(),
                fees: "0".into(),
                ..Totals::default()
            },
            jobs: self
                .0
                .iter()
                .filter(fits)
                .take(query.limit)
                .cloned()
                .collect(),
        })
    }
}

pub(super) fn row(job: u64, status: JobStatus) -> JobRow {
    JobRow {
        job,
        model: 1,
        status,
        stage: "settled".into(),
        price: "2000000000000".into(),
        earned: "1500000000000".into(),
        accepted: Some(5),
        deadline: Some(50),
        ended: Some(20),
        reason: None,
    }
}

struct Bench {
    server: Server,
    health: Health,
    metrics: Metrics,
}

async fn bench() -> Bench {
    let (health, metrics) = (Health::default(), Metrics::new());
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Server::start(any, health.clone(), metrics.clone())
        .await
        .unwrap();
    Bench {
        server,
        health,
        metrics,
    }
}

/// Status and body.
async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let client = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    let url = format!("http://{address}{path}");
    let answer = client.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

mod should {
    use super::*;

    #[tokio::test]
    async fn serve_metrics() {
        let bench = bench().await;
        bench.metrics.best_block(77);
        let (status, text) = get(bench.server.address(), "/metrics").await;
        assert_eq!(status, 200);
        assert!(text.contains("\nassay_worker_best_block 77\n"), "{text}");
    }

    #[tokio::test]
    async fn say_what_is_wrong_in_health() {
        let bench = bench().await;
        let address = bench.server.address();
        let part = bench.health.reporter("watcher");
        let (status, text) = get(address, "/health").await;
        assert_eq!(status, 503);
        assert_eq!(json(&text)["components"]["watcher"]["state"], "starting");
        part.ok();
        let (status, text) = get(address, "/health").await;
        assert_eq!(
            (status, json(&text)["healthy"].as_bool()),
            (200, Some(true))
        );
        part.degraded(codes::TL_001, "no \"node\"\n answers");
        let (status, text) = get(address, "/health").await;
        assert_eq!(status, 503);
        let component = &json(&text)["components"]["watcher"];
        assert_eq!(component["code"], "A-TL-001");
        assert_eq!(component["reason"], "no \"node\"\n answers");
    }

    #[tokio::test]
    async fn serve_jobs_once_there_are_any() {
        let bench = bench().await;
        let address = bench.server.address();
        assert_eq!(get(address, "/jobs").await.0, 503);
        bench.server.set_jobs(Arc::new(Jobs(vec![
            row(3, JobStatus::Lost),
            row(2, JobStatus::Settled),
            row(1, JobStatus::Settled),
        ])));
        let (status, text) = get(address, "/jobs?status=settled&limit=1").await;
        assert_eq!(status, 200);
        let report: JobsReport = serde_json::from_str(&text).unwrap();
        assert_eq!(report.jobs, [row(2, JobStatus::Settled)]);
        assert_eq!(report.totals.settled, 3);
        let (status, text) = get(address, "/jobs?model=404").await;
        assert_eq!(status, 500);
        assert_eq!(json(&text)["error"], "no disk");
    }

    #[tokio::test]
    async fn refuse_what_they_do_not_know() {
        let bench = bench().await;
        let address = bench.server.address();
        bench.server.set_jobs(Arc::new(Jobs(Vec::new())));
        assert_eq!(get(address, "/jobs?limit=1001").await.0, 400);
        assert_eq!(get(address, "/jobs?drop=table").await.0, 400);
        assert_eq!(get(address, "/").await.0, 404);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let post = client.post(format!("http://{address}/jobs")).send().await;
        assert_eq!(post.unwrap().status().as_u16(), 405);
    }

    #[tokio::test]
    async fn survive_garbage() {
        let bench = bench().await;
        let address = bench.server.address();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&[0xff; 4096]).await.unwrap();
        // It answers 400 or hangs up, and goes on.
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert_eq!(get(address, "/metrics").await.0, 200);
    }

    #[tokio::test]
    async fn let_nobody_in_beyond_the_limit_until_a_place_is_free() {
        let bench = bench().await;
        let address = bench.server.address();
        let mut idle = Vec::new();
        for _ in 0..32 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            // Answered, so it has a place, and is kept alive.
            let request = format!("GET /health HTTP/1.1\r\nHost: {address}\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut first = [0; 8];
            stream.read_exact(&mut first).await.unwrap();
            idle.push(stream);
        }
        let mut late = tokio::spawn(get(address, "/metrics"));
        // It never answers while all places are taken, however long one waits.
        let early = tokio::time::timeout(Duration::from_millis(200), &mut late).await;
        assert!(early.is_err());
        idle.pop();
        assert_eq!(late.await.unwrap().0, 200);
    }

    #[tokio::test]
    async fn not_start_on_an_address_that_is_taken() {
        let bench = bench().await;
        let address = bench.server.address();
        let error = Server::start(address, Health::default(), Metrics::new())
            .await
            .map(|_| ())
            .unwrap_err();
        assert!(error.to_string().contains(&address.to_string()));
    }
}
