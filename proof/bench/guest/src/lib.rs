// SPDX-License-Identifier: Apache-2.0
//! The verifier behind two exported functions, compiled for `wasm32v1-none` as the runtime is, so that the host measures the
//! code that a collator runs.

#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use assay_proof::msm::backend::{Arkworks, Backend};
use assay_proof::srs::{G1, G2, TAU_G2};
use assay_proof::{verify, Context, Statement, VerifyingKey};
use codec::{Decode, Encode};

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// What the host sends, SCALE-encoded.
#[derive(Encode, Decode)]
struct Request {
    /// A verifying key whose points were checked when it was registered.
    key: Vec<u8>,
    chain_id: [u8; 32],
    jobs: Vec<Vec<u8>>,
    provider: [u8; 32],
    inputs: Vec<Vec<i32>>,
    outputs: Vec<Vec<i32>>,
    proof: Vec<u8>,
}

/// Memory for `length` bytes that the host fills and [`verify_request`] takes over.
#[no_mangle]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    Vec::leak(alloc::vec![0u8; length]).as_mut_ptr()
}

/// 1 if the proof is valid, 0 if it isn't, -1 if the request can't be decoded, -2 if the key can't.
///
/// # Safety
/// `pointer` and `length` are those of one [`allocate`] call, used once.
#[no_mangle]
pub unsafe extern "C" fn verify_request(pointer: *mut u8, length: usize) -> i32 {
    let bytes = unsafe { Vec::from_raw_parts(pointer, length, length) };
    let Ok(request) = Request::decode(&mut &bytes[..]) else {
        return -1;
    };
    let Ok(key) = VerifyingKey::from_trusted_bytes(&request.key) else {
        return -2;
    };
    let jobs: Vec<&[u8]> = request.jobs.iter().map(Vec::as_slice).collect();
    let context =
        Context { chain_id: request.chain_id, jobs: &jobs, provider: request.provider };
    let statement = Statement { context, inputs: &request.inputs, outputs: &request.outputs };
    i32::from(verify(&key, &statement, &request.proof).is_ok())
}

/// One check of two pairings, the unit in which figures of different machines compare.
#[no_mangle]
pub extern "C" fn pairing_check() -> i32 {
    i32::from(Arkworks::pairing_check((G1, G2), (G1, TAU_G2)))
}
