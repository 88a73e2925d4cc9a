// SPDX-License-Identifier: Apache-2.0
//! The border to Assay's proof system: reading keys, verifying, and what both weigh.

use alloc::vec::Vec;
use assay_circuit::limits::MAX_CIRCUIT_BYTES;
use assay_pallet_primitives::{
    KeyFacts, KeyRejected, ProofRejected, ProofVerifier, Statement, VerificationCost, Work,
};
use assay_proof::{
    key::{KEY_VERSION, ROW_BYTES},
    BatchSize, Context, Cost, KeyError, VerifyError, VerifyingKey,
};
use frame_support::weights::Weight;

/// Assay's proof system, see the crate `assay-proof`.
pub struct AssayVerifier;

/// What the parts of a verification take on the reference machine, in picoseconds of WebAssembly. Multi-scalar multiplication, pairing, field
/// operations and point decoding were measured and rounded up by about a quarter; the rest is bounded from above.
mod time {
    /// A point of the key: two field elements.
    pub(super) const KEY_POINT: u64 = 3_000_000;
    /// A compressed point of the proof: a square root.
    pub(super) const PROOF_POINT: u64 = 120_000_000;
    /// A multi-scalar multiplication of any length.
    pub(super) const MSM: u64 = 7_500_000_000;
    /// Each point of it. With [`MSM`] an upper bound from 1 to 4096 points, where Pippenger's method takes 53 to 140 microseconds each.
    pub(super) const MSM_POINT: u64 = 95_000_000;
    /// One pairing of a product.
    pub(super) const PAIRING: u64 = 2_600_000_000;
    /// A multiplication in the scalar field.
    pub(super) const MULTIPLICATION: u64 = 76_000;
    /// An inversion in the scalar field.
    pub(super) const INVERSION: u64 = 7_000_000;
    /// Reducing 64 bytes to a scalar.
    pub(super) const CHALLENGE: u64 = 2_000_000;
    /// A byte of the transcript.
    pub(super) const TRANSCRIPT_BYTE: u64 = 40_000;
    /// A product of a scalar and a small integer.
    pub(super) const SMALL_PRODUCT: u64 = 30_000;
    /// A byte of the circuit: decoding, validating and planning it.
    pub(super) const CIRCUIT_BYTE: u64 = 1_000_000;
    /// A point of a key that is checked: curve and subgroup.
    pub(super) const CHECKED_POINT: u64 = 200_000_000;
    /// Everything else, once.
    pub(super) const BASE: u64 = 500_000_000;
}

/// Batch sizes between which the time is affine: the smallest and the largest of each padded size.
const BATCHES: [BatchSize; 12] = [1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 64];

/// The weight of one verification, reading the key from storage included in the proof size.
pub(crate) fn weight_of(cost: &Cost) -> Weight {
    let circuit_bytes = cost
        .key_bytes
        .saturating_sub(cost.key_points.saturating_mul(ROW_BYTES as u64));
    let small_products = cost
        .input_evaluations
        .saturating_mul(cost.padded_input_elements)
        .saturating_add(cost.padded_output_elements);
    let terms = [
        (cost.key_points, time::KEY_POINT),
        (cost.proof_points, time::PROOF_POINT),
        (1, time::MSM),
        (cost.msm_length, time::MSM_POINT),
        (cost.pairings, time::PAIRING),
        (cost.field_multiplications, time::MULTIPLICATION),
        (cost.field_inversions, time::INVERSION),
        (cost.challenges, time::CHALLENGE),
        (cost.transcript_bytes, time::TRANSCRIPT_BYTE),
        (small_products, time::SMALL_PRODUCT),
        (circuit_bytes, time::CIRCUIT_BYTE),
        (1, time::BASE),
    ];
    let picoseconds = terms.iter().fold(0u64, |sum, (count, each)| {
        sum.saturating_add(count.saturating_mul(*each))
    });
    Weight::from_parts(picoseconds, cost.key_bytes)
}

/// The least affine cost that is above the true one for every batch size.
fn affine_cost(key: &VerifyingKey) -> Option<VerificationCost> {
    let mut costs = Vec::with_capacity(BATCHES.len());
    for batch in BATCHES {
        costs.push((batch, key.cost(batch).ok()?));
    }
    let (_, first) = costs.first()?;
    let fixed = weight_of(first);
    let (mut slope, mut bytes_slope) = (0u64, 0u64);
    let mut max_proof_bytes = first.proof_bytes;
    for (batch, cost) in costs.iter().skip(1) {
        let above = weight_of(cost).ref_time().saturating_sub(fixed.ref_time());
        let further = u64::from(*batch).saturating_sub(1).max(1);
        slope = slope.max(above.div_ceil(further));
        let more_bytes = cost.proof_bytes.saturating_sub(first.proof_bytes);
        bytes_slope = bytes_slope.max(more_bytes.div_ceil(further));
        max_proof_bytes = max_proof_bytes.max(cost.proof_bytes);
    }
    // The line goes through the cost of one input at 1; its value at 0 is one slope below.
    Some(VerificationCost {
        fixed: Weight::from_parts(fixed.ref_time().saturating_sub(slope), fixed.proof_size()),
        per_input: Weight::from_parts(slope, 0),
        single_proof_bytes: u32::try_from(first.proof_bytes).ok()?,
        proof_bytes_per_input: u32::try_from(bytes_slope).ok()?,
        max_proof_bytes: u32::try_from(max_proof_bytes).ok()?,
    })
}

impl ProofVerifier for AssayVerifier {
    fn check_key(key: &[u8]) -> Result<KeyFacts, KeyRejected> {
        let key = VerifyingKey::from_bytes(key).map_err(|error| match error {
            KeyError::Version(_) => KeyRejected::UnsupportedVersion,
            KeyError::Circuit(_) | KeyError::Plan(_) | KeyError::Rows(_) => {
                KeyRejected::InvalidCircuit
            }
            KeyError::Point(_) => KeyRejected::InvalidPoint,
            _ => KeyRejected::Malformed,
        })?;
        // Without a committed parameter, or with none but zeros, a prover may have nothing to say that depends on the context: such a
        // proof is the same for every provider, and anybody can make it.
        if key.rows().iter().all(|row| row.infinity) {
            return Err(KeyRejected::NothingCommitted);
        }
        let circuit = key.circuit();
        let (input, output) = (circuit.input(), circuit.output());
        let elements = |cells: u64| u32::try_from(cells).map_err(|_| KeyRejected::InvalidCircuit);
        let one = circuit.cost(1).ok_or(KeyRejected::InvalidCircuit)?;
        let largest = BATCHES.last().copied().unwrap_or(1);
        Ok(KeyFacts {
            digest: (*key.digest()).into(),
            verifier_version: KEY_VERSION,
            input_elements: elements(input.shape.cells())?,
            input_min: input.range.low,
            input_max: input.range.high,
            output_elements: elements(output.shape.cells())?,
            max_batch: largest,
            work: Work::from(one.multiply_accumulates).max(1),
            cost: affine_cost(&key).ok_or(KeyRejected::InvalidCircuit)?,
        })
    }

    fn verify(key: &[u8], statement: &Statement<'_>, proof: &[u8]) -> Result<(), ProofRejected> {
        let key = VerifyingKey::from_trusted_bytes(key).map_err(|_| ProofRejected::Key)?;
        let jobs: Vec<[u8; 8]> = statement.jobs.iter().map(|job| job.to_le_bytes()).collect();
        let jobs: Vec<&[u8]> = jobs.iter().map(|job| job.as_slice()).collect();
        let statement = assay_proof::Statement {
            context: Context {
                chain_id: statement.chain_id.0,
                jobs: &jobs,
                provider: statement.provider,
            },
            inputs: statement.inputs,
            outputs: statement.outputs,
        };
        assay_proof::verify(&key, &statement, proof).map_err(|error| match error {
            VerifyError::Statement => ProofRejected::Statement,
            VerifyError::Plan => ProofRejected::Key,
            VerifyError::Length | VerifyError::Scalar | VerifyError::Point => {
                ProofRejected::Malformed
            }
            _ => ProofRejected::Invalid,
        })
    }

    fn supports(version: u16) -> bool {
        version == KEY_VERSION
    }

    fn check_key_weight(bytes: u32) -> Weight {
        // A byte of the circuit, which is planned for every batch size, weighs more than a byte of a point: at worst as much as possible
        // is circuit and the rest is points.
        let circuit = u64::from(bytes).min(MAX_CIRCUIT_BYTES as u64);
        let points = u64::from(bytes)
            .saturating_sub(circuit)
            .div_ceil(ROW_BYTES as u64)
            .saturating_mul(time::CHECKED_POINT);
        let plans = (BATCHES.len() as u64).saturating_add(2);
        let planning = circuit
            .saturating_mul(time::CIRCUIT_BYTE)
            .saturating_mul(plans);
        Weight::from_parts(
            time::BASE.saturating_add(points).saturating_add(planning),
            0,
        )
    }
}
