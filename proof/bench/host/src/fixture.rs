// SPDX-License-Identifier: Apache-2.0
//! Writes a proof with its statement to a file, for the benchmarks of the pallets, which can't prove inside wasm.
//!
//! The file is read by `pallet_verification::fixtures`, which says what it holds; both have to change together.

use std::path::Path;

use anyhow::{ensure, Context as _, Result};
use assay_circuit::Range;
use codec::Encode;

/// Chain of the fixtures.
pub const CHAIN_ID: [u8; 32] = [1; 32];
/// Provider of the fixtures.
pub const PROVIDER: [u8; 32] = [2; 32];

/// The jobs of a fixture: one for each input, from 0.
pub fn jobs(inputs: usize) -> Vec<[u8; 8]> {
    (0..inputs as u64).map(u64::to_le_bytes).collect()
}

/// Writes the key, the least input code, the inputs less that, the outputs and the proof.
pub fn write(
    path: &Path,
    key: Vec<u8>,
    range: Range,
    inputs: &[Vec<i32>],
    outputs: &[Vec<i32>],
    proof: &[u8],
) -> Result<()> {
    let span = i64::from(range.high) - i64::from(range.low);
    ensure!(span <= 0xff, "the fixtures' inputs have codes of one byte, these range over {span}");
    let above_low = |input: &Vec<i32>| -> Vec<u8> {
        input.iter().map(|code| code.wrapping_sub(range.low) as u8).collect()
    };
    let packed: Vec<Vec<u8>> = inputs.iter().map(above_low).collect();
    let bytes = (key, range.low, packed, outputs, proof).encode();
    std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
}
