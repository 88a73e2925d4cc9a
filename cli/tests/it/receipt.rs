// SPDX-License-Identifier: Apache-2.0
//! `assay receipt verify FILE`, which needs no node: evidence of a batch of two jobs, with a real key and a real proof, is
//! valid, and with any part of it changed it isn't.

use std::fs;

use assay_client::{
    blake2_256,
    codes::{job_bytes, pack, InputFormat},
    evidence::{Evidence, ProvenJob, FORMAT},
    types::{Position, Receipt},
    AccountId, Hash,
};
use assay_compiler::{samples, Bundle};
use assay_proof::{prove, Context, ProvingKey};
use serde_json::{json, Value};

use super::{assay, compile, json, models, text};

const CHAIN: [u8; 32] = [7; 32];
const PROVIDER: [u8; 32] = [1; 32];
const JOBS: [u64; 2] = [41, 300];

/// What a node would have given for the second job of a proof.
fn evidence() -> Evidence {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("model");
    json(&compile("mnist-mlp-tanh-sigmoid", &folder));
    let bundle = Bundle::read(&folder).unwrap();
    let inputs: Vec<Vec<i32>> = [2, 7]
        .iter()
        .map(|digit| {
            let file = models().join(format!("mnist-digits/digit-{digit}.png"));
            let samples = samples::read(&file, bundle.input.sample_shape()).unwrap();
            bundle.input.encode(&samples[0])
        })
        .collect();
    let key = ProvingKey::new(bundle.model.clone()).unwrap();
    let jobs = JOBS.map(job_bytes);
    let jobs: Vec<&[u8]> = jobs.iter().map(|job| &job[..]).collect();
    let context = Context {
        chain_id: CHAIN,
        jobs: &jobs,
        provider: PROVIDER,
    };
    let proven = prove(&key, &context, &inputs).unwrap();
    let input = bundle.model.circuit().input();
    let format = InputFormat {
        elements: input.cells() as u32,
        min: input.range.low,
        max: input.range.high,
    };
    let packed: Vec<Vec<u8>> = inputs
        .iter()
        .map(|input| pack(std::slice::from_ref(input), &format).unwrap())
        .collect();
    let place = |block| Position {
        block,
        index: Some(2),
    };
    Evidence {
        format: FORMAT,
        chain_id: Hash::from(CHAIN),
        job: JOBS[1],
        receipt: Receipt {
            requester: AccountId::from([2; 32]),
            provider: AccountId::from(PROVIDER),
            model: 5,
            key: Hash::from(*key.verifying_key().digest()),
            input_hash: blake2_256(&packed[1]),
            outputs: proven.outputs[1].clone(),
            price: 1_500_000_000_000,
            bounty: 0,
            registered: place(1),
            posted: place(2),
            settled: place(3),
            expires: 603,
            deposit: 1,
        },
        key: key.verifying_key().to_bytes(),
        jobs: JOBS
            .iter()
            .zip(packed)
            .map(|(job, inputs)| ProvenJob { job: *job, inputs })
            .collect(),
        outputs: proven.outputs.concat(),
        proof: proven.proof.to_bytes(),
    }
}

/// The exit code and the verdict.
fn verify(document: &Value) -> (Option<i32>, Value) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), document.to_string()).unwrap();
    // Nobody listens there, and nobody is asked.
    let result = assay(&[
        "receipt",
        "verify",
        text(file.path()),
        "--json",
        "--url",
        "ws://127.0.0.1:1",
    ]);
    let verdict = serde_json::from_slice(&result.stdout).unwrap_or(Value::Null);
    (result.status.code(), verdict)
}

/// The first hexadecimal digit behind 0x, changed.
fn flip(text: &Value) -> Value {
    let text = text.as_str().expect("text");
    let last = text.len() - 1;
    let digit = if text.ends_with('0') { "1" } else { "0" };
    json!(format!("{}{digit}", &text[..last]))
}

#[test]
fn evidence_is_checked_without_a_node() {
    let evidence = evidence();
    let document = serde_json::to_value(&evidence).unwrap();
    assert!(document["proof"].as_str().unwrap().starts_with("0x"));

    let (code, verdict) = verify(&document);
    assert_eq!(code, Some(0), "{verdict}");
    assert_eq!(verdict["valid"], true);
    assert_eq!(verdict["job"], 300);
    assert_eq!(verdict["jobs"], json!([41, 300]));
    assert_eq!(verdict["outputs"], json!([evidence.receipt.outputs]));
    assert_eq!(verdict["proof_bytes"], evidence.proof.len());
    assert_eq!(verdict["provider"], evidence.receipt.provider.to_string());
    assert!(verdict["verify_ms"].as_f64().unwrap() > 0.0);

    // Each part changed, and the word that the reason must have.
    let other = AccountId::from([3; 32]).to_string();
    let code_of = |value: &Value| json!(value.as_i64().unwrap() ^ 1);
    type Change<'a> = (&'a str, &'a str, Value);
    let changes: Vec<Change> = vec![
        ("/chain_id", "proof", flip(&document["chain_id"])),
        ("/job", "jobs", json!(42)),
        ("/job", "jobs", json!(41)),
        ("/receipt/provider", "proof", json!(other)),
        ("/receipt/key", "key", flip(&document["receipt"]["key"])),
        (
            "/receipt/input_hash",
            "jobs",
            flip(&document["receipt"]["input_hash"]),
        ),
        (
            "/receipt/outputs/0",
            "outputs",
            code_of(&document["receipt"]["outputs"][0]),
        ),
        ("/key", "key", flip(&document["key"])),
        ("/key", "key", json!("0x")),
        ("/jobs/0/job", "proof", json!(40)),
        ("/jobs/0/job", "jobs", json!(301)),
        ("/jobs/1/job", "jobs", json!(299)),
        (
            "/jobs/0/inputs",
            "proof",
            flip(&document["jobs"][0]["inputs"]),
        ),
        (
            "/jobs/1/inputs",
            "jobs",
            flip(&document["jobs"][1]["inputs"]),
        ),
        ("/jobs/0/inputs", "jobs", json!("0x00")),
        ("/outputs/0", "proof", code_of(&document["outputs"][0])),
        ("/proof", "proof", flip(&document["proof"])),
        ("/proof", "proof", json!("0x")),
    ];
    for (place, reason, value) in changes {
        let mut changed = document.clone();
        *changed.pointer_mut(place).expect(place) = value;
        assert_ne!(changed, document, "{place}");
        let (code, verdict) = verify(&changed);
        assert_eq!(code, Some(1), "{place}: {verdict}");
        assert_eq!(verdict["valid"], false, "{place}");
        let said = verdict["reason"].as_str().unwrap_or_default();
        assert!(said.starts_with(reason), "{place}: {said}");
    }
    // The jobs the other way round, with their inputs.
    let mut changed = document.clone();
    changed["jobs"].as_array_mut().unwrap().reverse();
    assert_eq!(verify(&changed).0, Some(1));
    // Too few outputs, and none.
    for outputs in [&evidence.outputs[1..], &[]] {
        let mut changed = document.clone();
        changed["outputs"] = json!(outputs);
        assert_eq!(verify(&changed).0, Some(1));
    }
}

#[test]
fn files_that_are_no_evidence_are_wrong_input() {
    for document in [
        json!({}),
        json!([]),
        json!("evidence"),
        json!({ "format": 1, "unknown": 2 }),
    ] {
        assert_eq!(verify(&document).0, Some(2), "{document}");
    }
    let missing = assay(&["receipt", "verify", "/nonexistent/evidence.json"]);
    assert_eq!(missing.status.code(), Some(2));
}
