// SPDX-License-Identifier: Apache-2.0
//! Two jobs that a provider answers with one proof, by its hot key and in a batch; and their receipts, checked from the
//! chain's blocks and from files.

use std::{fs, path::Path};

use assay_client::{
    codes::{job_bytes, unpack, InputFormat},
    types::JobId,
    AccountId, Call, Chain, ProxyFor, Signer, TransactionOptions, Until,
};
use assay_compiler::Bundle;
use assay_proof::{prove, Context, ProvingKey, VerifyingKey};
use serde_json::{json, Value};

use super::{node::Node, BOB};
use crate::{assay, models, text};

/// Ferdie, the hot key of Bob's worker.
const FERDIE: &str = "5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL";

pub(super) fn jobs_are_settled_and_verified(node: &Node, folder: &Path, temporary: &Path) {
    node.ask(&[
        "provider",
        "proxy",
        FERDIE,
        "--kind",
        "Worker",
        "--account",
        "//Bob",
    ]);
    let jobs = [2, 7].map(|digit| {
        let file = models().join(format!("mnist-digits/digit-{digit}.png"));
        let posted = node.ask(&[
            "job",
            "post",
            "0",
            "--input",
            text(&file),
            "--bundle",
            text(folder),
            "--max-price",
            "1.5",
            // The longest that the chain allows: this machine may be busy.
            "--proof-window",
            "40",
            "--account",
            "//Dave",
        ]);
        posted["job"].as_u64().unwrap()
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(answer(&node.url, folder, jobs));

    for (job, digit) in jobs.into_iter().zip([2, 7]) {
        let name = job.to_string();
        let watched = node.ask(&["job", "watch", &name]);
        assert_eq!(watched["stage"], "settled");
        assert_eq!(watched["provider"], BOB);

        let verdict = node.ask(&["receipt", "verify", &name]);
        assert_eq!(verdict["valid"], true, "{verdict}");
        assert_eq!(verdict["jobs"], json!(jobs));
        let outputs = codes(&verdict["outputs"][0]);
        let largest = (0..10).max_by_key(|class| outputs[*class]).unwrap();
        assert_eq!(largest, digit);

        let file = temporary.join(format!("receipt-{job}.json"));
        let shown = node.ask(&["receipt", "show", &name, "--save", text(&file)]);
        assert_eq!(shown["provider"], BOB);
        assert_eq!(codes(&shown["codes"]), outputs);
        assert_offline(&file, job);
    }
    let report = node.ask(&["concentration"]);
    // An era may have begun since.
    let era = report["era"].as_u64().unwrap();
    let report = match report["dimensions"][0]["parties"].as_u64() {
        Some(0) => node.ask(&["concentration", "--era", &(era - 1).to_string()]),
        _ => report,
    };
    let work = &report["dimensions"][0];
    assert_eq!(work["parties"], 1, "{work}");
    assert_eq!(work["hhi"], 1.0);
    assert_eq!(work["largest"][0]["account"], BOB);
}

/// The saved file proves the job without any node, and stops to when it is changed.
fn assert_offline(file: &Path, job: JobId) {
    let verify = || {
        assay(&[
            "receipt",
            "verify",
            text(file),
            "--json",
            "--url",
            "ws://127.0.0.1:1",
        ])
    };
    let verdict = crate::json(&verify());
    assert_eq!(verdict["valid"], true);
    assert_eq!(verdict["job"], job);

    let mut document: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let output = &mut document["receipt"]["outputs"][0];
    *output = json!(output.as_i64().unwrap() + 1);
    fs::write(file, document.to_string()).unwrap();
    assert_eq!(verify().status.code(), Some(1));
}

fn codes(list: &Value) -> Vec<i64> {
    let list = list.as_array().expect("a list");
    list.iter().map(|code| code.as_i64().unwrap()).collect()
}

/// Does what a worker does, with the crate that workers use.
async fn answer(url: &str, folder: &Path, jobs: [JobId; 2]) {
    let chain = Chain::connect(url).await.unwrap();
    let bob: AccountId = BOB.parse().unwrap();
    let ferdie = Signer::from_uri(&"//Ferdie".into()).unwrap();
    assert_eq!(ferdie.account().to_string(), FERDIE);
    let options = TransactionOptions {
        proxy: Some(ProxyFor {
            real: bob,
            kind: Some("Worker".into()),
        }),
        ..TransactionOptions::default()
    };
    let execute = |call: Call| {
        let (chain, ferdie, options) = (&chain, &ferdie, &options);
        async move {
            let done = chain
                .execute(ferdie, &call, options, Until::BestBlock)
                .await;
            done.unwrap_or_else(|error| panic!("{call:?}: {error}"))
        }
    };
    for job in jobs {
        let at = chain.best().await.unwrap();
        assert!(at.can_accept(&bob, job).await.unwrap());
        execute(Call::Accept { job, min_price: 0 }).await;
    }
    let at = chain.best().await.unwrap();
    let held = at.jobs_held_by(&bob, 10).await.unwrap();
    assert_eq!(held.iter().map(|(job, _)| *job).collect::<Vec<_>>(), jobs);

    // The inputs as the chain has them.
    let model = at.model(0).await.unwrap().unwrap();
    let mut inputs = Vec::new();
    for (_, job) in &held {
        let packed = at.inputs(job.input_hash).await.unwrap().unwrap();
        inputs.extend(unpack(&packed, &InputFormat::from(&model.key)).unwrap());
    }
    let key = VerifyingKey::from_bytes(&at.key(0).await.unwrap().unwrap()).unwrap();
    let bundle = Bundle::read(folder).unwrap();
    let key = ProvingKey::with_verifying_key(bundle.model, key).unwrap();
    let context = jobs.map(job_bytes);
    let context: Vec<&[u8]> = context.iter().map(|job| &job[..]).collect();
    let context = Context {
        chain_id: chain.chain_id(),
        jobs: &context,
        provider: bob.0,
    };
    let proven = prove(&key, &context, &inputs).unwrap();

    execute(Call::PublishEarlyResult {
        job: jobs[0],
        outputs: proven.outputs[0].clone(),
    })
    .await;
    let at = chain.best().await.unwrap();
    let early = at.early_result(jobs[0]).await.unwrap();
    assert_eq!(early.as_ref(), Some(&proven.outputs[0]));

    let quote = at.quote(0, 2).await.unwrap().unwrap();
    let submission = Call::SubmitProof {
        jobs: jobs.to_vec(),
        outputs: proven.outputs.concat(),
        proof: proven.proof.to_bytes(),
        weight_limit: quote.verification_weight,
    };
    let included = execute(Call::BatchAll(vec![submission])).await;
    let settled = included.events.iter().filter(|event| {
        matches!(event, assay_client::types::Event::Settled { provider, .. } if *provider == bob)
    });
    assert_eq!(settled.count(), 2, "{:?}", included.events);
}
