// SPDX-License-Identifier: Apache-2.0
//! How the fuzz targets use their input: its first part makes a valid case, the rest changes the
//! case's encoding.
//!
//! Random bytes rarely get past the first length of an encoding. A changed valid encoding gets to
//! every rule.

use assay_circuit::testing::{case, Case, Size};

/// A valid case, and what is left of the input. The first byte says how many bytes after it decide
/// the case.
pub fn split(data: &[u8]) -> (Case, &[u8]) {
    let (&count, data) = data.split_first().unwrap_or((&0, &[]));
    let (choices, rest) = data.split_at(data.len().min(count.into()));
    // A small case from few bytes: each byte decides one thing, spread so that multiples of small
    // numbers are reached.
    let choices: Vec<u32> =
        choices.iter().map(|&byte| u32::from(byte).wrapping_mul(0x0101_0101)).collect();
    (case(&choices, Size { table_width: 6, ..Size::default() }), rest)
}

/// Bytes for a decoder: those of `edits` as they are, or `valid` with some bytes changed, cut or
/// added.
///
/// The first byte of `edits` chooses. Each three bytes after it are a position and a value.
pub fn edit(valid: Vec<u8>, edits: &[u8]) -> Vec<u8> {
    let Some((&mode, edits)) = edits.split_first() else { return valid };
    if mode == 0 {
        return edits.to_vec();
    }
    let mut bytes = valid;
    for edit in edits.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([edit[0], edit[1]]));
        match bytes.get_mut(at) {
            Some(byte) => *byte = edit[2],
            None if edit[2] < 128 => bytes.push(edit[2]),
            None => bytes.truncate(at % (bytes.len() + 1)),
        }
    }
    bytes
}
