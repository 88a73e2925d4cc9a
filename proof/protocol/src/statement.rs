// SPDX-License-Identifier: Apache-2.0
//! What a proof is about, and the transcript that binds it to that and nothing else.
//!
//! Before any message of the prover the transcript absorbs, in this order and with labels and
//! lengths: the protocol's name and version, the digest of the verifying key (circuit and model
//! commitment), the chain, the jobs, the provider's account, the inputs, the outputs and the pad
//! cells of the outputs. A proof made for one of them verifies for no other: a copied proof pays
//! nobody else.

use crate::error::VerifyError;
use crate::plan::tensor::split_at;
use crate::plan::Plan;
use crate::poly::eq::eq_table;
use crate::poly::small;
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::Zero;
use assay_circuit::{Range, Shape, TensorId};

/// Name and version of the protocol: the transcript's first message.
pub const PROTOCOL: &[u8] = b"assay proof v1";

/// Who proves what for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context<'a> {
    /// The chain: its genesis hash.
    pub chain_id: [u8; 32],
    /// The jobs that the proof settles, each in an encoding of the chain's choice.
    pub jobs: &'a [&'a [u8]],
    /// The account that is paid: the staked identity, not a key that signs for it.
    pub provider: [u8; 32],
}

/// The claim that the model maps each input to its output, in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Who proves it for whom.
    pub context: Context<'a>,
    /// 1 to 64 inputs: codes in the logical shape `[C, H, W]`, row-major.
    pub inputs: &'a [Vec<i32>],
    /// As many outputs, in the logical shape of the circuit's output.
    pub outputs: &'a [Vec<i32>],
}

impl Statement<'_> {
    /// Checks lengths and the range of the input codes, before anything is computed.
    ///
    /// # Errors
    /// [`VerifyError::Statement`] if the numbers of inputs and outputs differ from the plan's
    /// batch, one has the wrong length or an input code is out of range.
    pub fn check(&self, plan: &Plan) -> Result<(), VerifyError> {
        let cells = |id: usize| plan.tensors.get(id).map(|tensor| tensor.shape.cells());
        let fits = |lists: &[Vec<i32>], id: usize| {
            lists.len() == plan.batch
                && lists
                    .iter()
                    .all(|list| u64::try_from(list.len()).ok() == cells(id))
        };
        let codes = self
            .inputs
            .iter()
            .flatten()
            .all(|code| plan.input_range.contains(*code));
        if fits(self.inputs, 0) && fits(self.outputs, plan.output.into()) && codes {
            Ok(())
        } else {
            Err(VerifyError::Statement)
        }
    }
}

/// The transcript of a proof, up to the prover's first message: `pads` are the pad cells of the
/// outputs, input by input.
pub(crate) fn transcript(
    plan: &Plan,
    key_digest: &[u8; 32],
    statement: &Statement<'_>,
    pads: &[i32],
) -> Transcript {
    let mut transcript = Transcript::new(PROTOCOL);
    transcript.absorb_bytes(b"verifying key", key_digest);
    transcript.absorb_bytes(b"chain", &statement.context.chain_id);
    transcript.absorb_u64(b"jobs", statement.context.jobs.len() as u64);
    for job in statement.context.jobs {
        transcript.absorb_bytes(b"job", job);
    }
    transcript.absorb_bytes(b"provider", &statement.context.provider);
    transcript.absorb_u64(b"batch", plan.batch as u64);
    for input in statement.inputs {
        transcript.absorb_bytes(b"input", &input_bytes(input, plan.input_range));
    }
    for output in statement.outputs {
        transcript.absorb_bytes(b"output", &bytes(output));
    }
    transcript.absorb_bytes(b"output padding", &bytes(pads));
    transcript
}

/// Codes as offsets from the range's low end, one byte each if the range has at most 8 bits, two
/// (little endian) otherwise.
fn input_bytes(codes: &[i32], range: Range) -> Vec<u8> {
    // A code in range differs by less than 2^16 from the low end.
    let offset = |code: &i32| code.wrapping_sub(range.low).to_le_bytes();
    if range.bits() <= 8 {
        codes.iter().map(|code| offset(code)[0]).collect()
    } else {
        codes
            .iter()
            .map(offset)
            .flat_map(|[low, high, ..]| [low, high])
            .collect()
    }
}

fn bytes(values: &[i32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// Writes logical cells into a padded tensor; the pad cells come from `pads` in index order, or are
/// zero where it ends.
fn pad(shape: Shape, logs: [usize; 3], cells: &[i32], pads: &[i32]) -> Vec<i32> {
    let [channels, height, width] = shape.dims().map(|dim| dim as usize);
    let (mut cells, mut pads) = (cells.iter(), pads.iter());
    let mut padded = Vec::with_capacity(1 << logs.iter().sum::<usize>());
    for c in 0..1 << logs[0] {
        for h in 0..1 << logs[1] {
            for w in 0..1 << logs[2] {
                let logical = c < channels && h < height && w < width;
                let cell = if logical { cells.next() } else { pads.next() };
                padded.push(cell.copied().unwrap_or_default());
            }
        }
    }
    padded
}

/// The pad cells of a padded tensor in index order.
#[cfg(feature = "prover")]
pub(crate) fn pads(shape: Shape, logs: [usize; 3], padded: &[i32]) -> Vec<i32> {
    let [channels, height, width] = shape.dims().map(|dim| dim as usize);
    let outside = |index: usize| {
        let (w, index) = (index & ((1 << logs[2]) - 1), index >> logs[2]);
        let (h, c) = (index & ((1 << logs[1]) - 1), index >> logs[1]);
        c >= channels || h >= height || w >= width
    };
    padded
        .iter()
        .enumerate()
        .filter(|(index, _)| outside(*index))
        .map(|(_, cell)| *cell)
        .collect()
}

/// The value at `point` of a public tensor: the logical cells of each input of the batch, entries
/// beyond being copies of the first, and as many pad cells an entry as `pads` has for each (none
/// means zeros). One entry at a time is padded.
pub(crate) fn evaluate_batch(
    plan: &Plan,
    id: TensorId,
    entries: &[Vec<i32>],
    pads: &[i32],
    point: &[Fr],
) -> Option<Fr> {
    let tensor = plan.tensors.get(usize::from(id))?;
    let (batch, cell) = split_at(point, plan.log_batch);
    let mut weights = eq_table(batch);
    let rest: Fr = weights.iter().skip(entries.len()).sum();
    if let Some(first) = weights.first_mut() {
        *first += rest;
    }
    let pads_each = pads.len().checked_div(entries.len()).unwrap_or_default();
    let mut sum = Fr::zero();
    for (index, (weight, cells)) in weights.iter().zip(entries).enumerate() {
        let pads = pads
            .get(index * pads_each..(index + 1) * pads_each)
            .unwrap_or_default();
        let padded = pad(tensor.shape, tensor.logs, cells, pads);
        sum += small::evaluate(&padded, cell) * weight;
    }
    Some(sum)
}
