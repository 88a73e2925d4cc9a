// SPDX-License-Identifier: Apache-2.0
//! Proofs from hostile bytes: none but the honest one verifies, and none panics.
#![no_main]

use assay_proof::{prove, verify, Context, ProvingKey, Statement};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

const CONTEXT: Context<'static> = Context {
    chain_id: [1; 32],
    jobs: &[b"job"],
    provider: [2; 32],
};

/// Cases whose shapes differ: the first byte of the input chooses among them.
const CASES: [&[u8]; 4] = [
    &[],
    &[3, 1, 2, 2, 1, 0, 5, 9],
    &[5, 2, 2, 2, 1, 3, 7, 1, 4, 2, 9, 8],
    &[2, 9, 1, 3, 3, 7, 7, 2, 5],
];

struct Prepared {
    key: ProvingKey,
    inputs: Vec<Vec<i32>>,
    outputs: Vec<Vec<i32>>,
    proof: Vec<u8>,
}

fn prepared(index: usize) -> &'static Prepared {
    static PREPARED: [OnceLock<Prepared>; CASES.len()] = [const { OnceLock::new() }; CASES.len()];
    PREPARED[index].get_or_init(|| {
        let choices = CASES[index];
        let data: Vec<u8> = [&[choices.len() as u8], choices].concat();
        let (case, _) = assay_fuzz::split(&data);
        let key = ProvingKey::new(case.model).expect("a key");
        let proven = prove(&key, &CONTEXT, &case.inputs).expect("a proof");
        let proof = proven.proof.to_bytes();
        Prepared {
            key,
            inputs: case.inputs,
            outputs: proven.outputs,
            proof,
        }
    })
}

fuzz_target!(|data: &[u8]| {
    let (&index, data) = data.split_first().unwrap_or((&0, &[]));
    let prepared = prepared(usize::from(index) % CASES.len());
    let proof = assay_fuzz::edit(prepared.proof.clone(), data);
    let statement = Statement {
        context: CONTEXT,
        inputs: &prepared.inputs,
        outputs: &prepared.outputs,
    };
    let verdict = verify(prepared.key.verifying_key(), &statement, &proof);
    assert_eq!(verdict.is_ok(), proof == prepared.proof);
});
