// SPDX-License-Identifier: Apache-2.0
//! Weights over HTTP, from a server that isn't to be trusted.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use assay_worker::{
    config::{ByteSize, Models, Scheme},
    services::weights::{address, fetch, WeightsError},
};

/// Answers each connection with the next of `answers`, then is gone. Returns its address.
fn server(answers: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}/weights")
}

fn config() -> Models {
    Models {
        schemes: vec![Scheme::Http, Scheme::Https, Scheme::File],
        private_addresses: true,
        max_weights: ByteSize(1_000),
        fetch_timeout_seconds: 20,
        ..Models::default()
    }
}

async fn get(url: &str, config: &Models) -> Result<Vec<u8>, WeightsError> {
    fetch(address::parse(url.as_bytes(), config)?, config).await
}

fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}Connection: close\r\n\r\n{body}")
}

fn redirect(to: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

#[tokio::test]
async fn a_file_is_fetched_also_after_a_redirection() {
    let url = server(vec![ok("Content-Length: 4\r\n", "good")]);
    assert_eq!(get(&url, &config()).await.unwrap(), b"good");
    let target = server(vec![ok("Content-Length: 4\r\n", "good")]);
    let url = server(vec![redirect(&target)]);
    assert_eq!(get(&url, &config()).await.unwrap(), b"good");
}

#[tokio::test]
async fn a_file_that_is_too_long_is_refused_whether_it_says_so_or_not() {
    let long = "x".repeat(1_001);
    for headers in ["Content-Length: 1001\r\n", ""] {
        let url = server(vec![ok(headers, &long)]);
        let error = get(&url, &config()).await.unwrap_err();
        assert!(
            matches!(error, WeightsError::TooLong { limit: 1_000 }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_redirection_leads_neither_to_files_nor_round_in_circles() {
    let url = server(vec![redirect("file:///etc/passwd")]);
    assert!(matches!(
        get(&url, &config()).await,
        Err(WeightsError::Fetch(_))
    ));
    let url = server(vec![redirect("/again"); 20]);
    assert!(matches!(
        get(&url, &config()).await,
        Err(WeightsError::Fetch(_))
    ));
}

#[tokio::test]
async fn a_name_of_a_private_address_is_not_asked() {
    let url = server(vec![ok("", "secret")]).replace("127.0.0.1", "localhost");
    let mut public_only = config();
    public_only.private_addresses = false;
    let error = get(&url, &public_only).await.unwrap_err();
    assert!(error.to_string().contains("no public address"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_no_success_is_an_error() {
    let url = server(vec![
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into()
    ]);
    assert!(matches!(
        get(&url, &config()).await,
        Err(WeightsError::Fetch(_))
    ));
}

#[tokio::test]
async fn a_server_that_never_ends_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mut hasty = config();
    hasty.fetch_timeout_seconds = 1;
    let error = get(&url, &hasty).await.unwrap_err();
    assert!(error.to_string().contains("within 1 s"), "{error}");
}
