// SPDX-License-Identifier: Apache-2.0
//! Keys: what a verifier must know of a model, and what a prover must.
//!
//! A verifying key is the circuit and the model commitment, no weights. Its encoding:
//!
//! | bytes | content |
//! | --- | --- |
//! | 2 | [`KEY_VERSION`], little endian |
//! | 32 | the digest: BLAKE2b-256 of a domain prefix, the circuit's hash and the rows as below |
//! | 4 | length of the circuit, little endian |
//! | .. | the circuit, [`Circuit::to_bytes`] |
//! | 96 each | the committed rows of group A, uncompressed; their number follows from the circuit |
//!
//! The points are uncompressed so that a verification reads them without square roots, and checked
//! for curve and subgroup once, when a key is made; a chain stores checked keys and reads them with
//! [`VerifyingKey::from_trusted_bytes`].

use crate::commitment::stack::{StackLayout, TensorSize};
use crate::plan::parameter::ParameterPlan;
use crate::plan::{BatchSize, Plan, PlanError};
use alloc::vec::Vec;
use ark_bls12_381::G1Affine;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use assay_circuit::{Circuit, CircuitError};
use blake2::digest::{consts::U32, Digest};
use blake2::Blake2b;

/// Version of the key's encoding and of the protocol that it is for.
pub const KEY_VERSION: u16 = 1;

/// Most committed rows of a key: 192 KiB of points.
pub const MAX_ROWS: usize = 2048;

/// Bytes of a row's commitment in a key.
pub const ROW_BYTES: usize = 96;

/// Separates the digest of a key from other uses of the function.
const DIGEST_DOMAIN: &[u8] = b"assay/verifying-key/1";

/// Why bytes are no verifying key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Of a version that this crate does not know.
    #[error("key version {0} is not supported")]
    Version(u16),
    /// Too short or too long.
    #[error("the key does not have the length that its circuit prescribes")]
    Length,
    /// The circuit is invalid.
    #[error("circuit: {0}")]
    Circuit(#[from] CircuitError),
    /// The circuit has no plan.
    #[error("plan: {0}")]
    Plan(#[from] PlanError),
    /// More committed rows than [`MAX_ROWS`].
    #[error("{0} committed rows are more than {MAX_ROWS}")]
    Rows(usize),
    /// A row is not a point of the prime-order subgroup in canonical encoding.
    #[error("row {0} is not a point of the group")]
    Point(usize),
    /// The digest isn't that of the circuit and rows.
    #[error("the digest does not match")]
    Digest,
}

/// The circuit and the commitment to its parameters: all that verification needs besides the
/// statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    circuit: Circuit,
    rows: Vec<G1Affine>,
    digest: [u8; 32],
}

/// The layout of group A.
pub(crate) fn parameter_stack(parameters: &[ParameterPlan]) -> Result<StackLayout, KeyError> {
    let sizes: Vec<TensorSize> = parameters.iter().map(ParameterPlan::size).collect();
    let layout = StackLayout::new(&sizes).map_err(|_| KeyError::Rows(usize::MAX))?;
    match layout.rows().len() {
        rows if rows > MAX_ROWS => Err(KeyError::Rows(rows)),
        _ => Ok(layout),
    }
}

/// The layout of a circuit's group A.
fn circuit_stack(circuit: &Circuit) -> Result<StackLayout, KeyError> {
    let layout = circuit.parameter_layout();
    let plans = layout
        .iter()
        .map(|tensor| ParameterPlan::new(tensor.id, tensor.dims));
    parameter_stack(&plans.collect::<Vec<_>>())
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Result<&'b [u8], KeyError> {
    if length > bytes.len() {
        return Err(KeyError::Length);
    }
    let (head, tail) = bytes.split_at(length);
    *bytes = tail;
    Ok(head)
}

fn take_array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], KeyError> {
    take(bytes, N)?.try_into().map_err(|_| KeyError::Length)
}

/// The parts of an encoded key, lengths checked.
struct Parts<'b> {
    circuit: Circuit,
    digest: [u8; 32],
    rows: &'b [u8],
}

impl<'b> Parts<'b> {
    fn read(mut bytes: &'b [u8]) -> Result<Self, KeyError> {
        let version = u16::from_le_bytes(take_array(&mut bytes)?);
        if version != KEY_VERSION {
            return Err(KeyError::Version(version));
        }
        let digest = take_array(&mut bytes)?;
        let length = u32::from_le_bytes(take_array(&mut bytes)?);
        let length = usize::try_from(length).map_err(|_| KeyError::Length)?;
        let circuit = Circuit::from_bytes(take(&mut bytes, length)?)?;
        let rows = circuit_stack(&circuit)?.rows().len();
        if bytes.len() != rows * ROW_BYTES {
            return Err(KeyError::Length);
        }
        Ok(Self {
            circuit,
            digest,
            rows: bytes,
        })
    }

    fn points(&self) -> Result<Vec<G1Affine>, KeyError> {
        let point = |(index, bytes): (usize, &[u8])| {
            G1Affine::deserialize_uncompressed_unchecked(bytes).map_err(|_| KeyError::Point(index))
        };
        self.rows
            .chunks_exact(ROW_BYTES)
            .enumerate()
            .map(point)
            .collect()
    }
}

impl VerifyingKey {
    /// A key of a circuit and its rows, which the caller has computed.
    ///
    /// # Errors
    /// [`KeyError::Length`] if there are not as many rows as the circuit prescribes,
    /// [`KeyError::Plan`] or [`KeyError::Rows`] if no proof for the circuit exists.
    pub fn new(circuit: Circuit, rows: Vec<G1Affine>) -> Result<Self, KeyError> {
        // The largest batch exists if any does.
        Plan::new(&circuit, 1)?;
        if circuit_stack(&circuit)?.rows().len() != rows.len() {
            return Err(KeyError::Length);
        }
        let digest = digest(&circuit, &encode_rows(&rows));
        Ok(Self {
            circuit,
            rows,
            digest,
        })
    }

    /// Decodes and checks hostile bytes: version, circuit, digest, and for each row that it is a
    /// point of the prime-order subgroup in canonical encoding. Costs a subgroup check a row.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let parts = Parts::read(bytes)?;
        Plan::new(&parts.circuit, 1)?;
        let rows = parts.points()?;
        for (index, (row, bytes)) in rows
            .iter()
            .zip(parts.rows.chunks_exact(ROW_BYTES))
            .enumerate()
        {
            let canonical = encode_rows(core::slice::from_ref(row)) == bytes;
            if !canonical || !row.is_on_curve() || !row.is_in_correct_subgroup_assuming_on_curve() {
                return Err(KeyError::Point(index));
            }
        }
        if digest(&parts.circuit, parts.rows) != parts.digest {
            return Err(KeyError::Digest);
        }
        Ok(Self {
            circuit: parts.circuit,
            rows,
            digest: parts.digest,
        })
    }

    /// Decodes bytes that [`VerifyingKey::from_bytes`] has accepted and that nobody has changed
    /// since, such as a chain's own storage. Rows are taken for points of the group and the digest
    /// for theirs: with other bytes a verification means nothing, though it doesn't panic.
    ///
    /// # Errors
    /// [`KeyError`] on what breaks the format.
    pub fn from_trusted_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let parts = Parts::read(bytes)?;
        let rows = parts.points()?;
        Ok(Self {
            circuit: parts.circuit,
            rows,
            digest: parts.digest,
        })
    }

    /// The encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let circuit = self.circuit.to_bytes();
        // A circuit has at most 64 KiB.
        let length = u32::try_from(circuit.len()).unwrap_or(u32::MAX);
        let rows = encode_rows(&self.rows);
        [
            &KEY_VERSION.to_le_bytes()[..],
            &self.digest,
            &length.to_le_bytes(),
            &circuit,
            &rows,
        ]
        .concat()
    }

    /// The circuit.
    pub fn circuit(&self) -> &Circuit {
        &self.circuit
    }

    /// The committed rows of group A.
    pub fn rows(&self) -> &[G1Affine] {
        &self.rows
    }

    /// The model's identity: a digest of circuit and commitment.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The plan for a batch.
    ///
    /// # Errors
    /// [`PlanError::Batch`] if `batch` isn't in `1..=64`.
    pub fn plan(&self, batch: BatchSize) -> Result<Plan, PlanError> {
        Plan::new(&self.circuit, batch)
    }
}

fn encode_rows(rows: &[G1Affine]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * ROW_BYTES);
    for row in rows {
        // Writing to a `Vec` cannot fail.
        let _ = row.serialize_uncompressed(&mut bytes);
    }
    bytes
}

fn digest(circuit: &Circuit, rows: &[u8]) -> [u8; 32] {
    let mut hasher = Blake2b::<U32>::new();
    hasher.update(DIGEST_DOMAIN);
    hasher.update(circuit.hash());
    hasher.update(rows);
    hasher.finalize().into()
}

#[cfg(feature = "prover")]
mod proving {
    use super::*;
    use crate::commitment::rows::{Cells, Stack};
    use assay_circuit::{Model, ParameterId};
    use rayon::prelude::*;

    /// The cells of a parameter tensor as they lie in the stack.
    #[derive(Clone, Debug)]
    enum Stored {
        Weights(Vec<i16>),
        Integers(Vec<i32>),
    }

    /// A model with its verifying key and its parameters as they are committed. It holds the
    /// parameters twice.
    #[derive(Clone, Debug)]
    pub struct ProvingKey {
        model: Model,
        verifying_key: VerifyingKey,
        layout: StackLayout,
        stored: Vec<Stored>,
    }

    impl ProvingKey {
        /// Commits to the parameters of a model: one curve addition or two for each parameter.
        ///
        /// # Errors
        /// [`KeyError::Rows`] or [`KeyError::Plan`] if the model is too large.
        pub fn new(model: Model) -> Result<Self, KeyError> {
            let layout = circuit_stack(model.circuit())?;
            let stored = store(&model);
            let rows = {
                let cells = cells(&stored);
                let stack = Stack::new(&layout, &cells).map_err(|_| KeyError::Length)?;
                stack.commit()
            };
            let verifying_key = VerifyingKey::new(model.circuit().clone(), rows)?;
            Ok(Self {
                model,
                verifying_key,
                layout,
                stored,
            })
        }

        /// A model with the key that [`ProvingKey::new`] made for it before, without computing the
        /// commitment again. With the key of other parameters no proof verifies.
        ///
        /// # Errors
        /// [`KeyError::Length`] if the key is for another circuit.
        pub fn with_verifying_key(
            model: Model,
            verifying_key: VerifyingKey,
        ) -> Result<Self, KeyError> {
            if model.circuit() != verifying_key.circuit() {
                return Err(KeyError::Length);
            }
            let layout = circuit_stack(model.circuit())?;
            let stored = store(&model);
            Ok(Self {
                model,
                verifying_key,
                layout,
                stored,
            })
        }

        /// The model.
        pub fn model(&self) -> &Model {
            &self.model
        }

        /// The verifying key.
        pub fn verifying_key(&self) -> &VerifyingKey {
            &self.verifying_key
        }

        /// The layout of group A.
        pub(crate) fn layout(&self) -> &StackLayout {
            &self.layout
        }

        /// The cells of group A.
        pub(crate) fn cells(&self) -> Vec<Cells<'_>> {
            cells(&self.stored)
        }
    }

    fn cells(stored: &[Stored]) -> Vec<Cells<'_>> {
        let cells = stored.iter().map(|stored| match stored {
            Stored::Weights(cells) => Cells::I16(cells),
            Stored::Integers(cells) => Cells::I32(cells),
        });
        cells.collect()
    }

    fn store(model: &Model) -> Vec<Stored> {
        fn spread<T: Copy + Default>(plan: &ParameterPlan, values: &[T]) -> Vec<T> {
            let mut cells = alloc::vec![T::default(); plan.size().used];
            plan.store(values, |cell, value| cells[cell] = value);
            cells
        }
        let parameters = model.parameters();
        let store = |tensor: &assay_circuit::ParameterTensor| {
            let plan = ParameterPlan::new(tensor.id, tensor.dims);
            match tensor.id {
                ParameterId::Weights { .. } => {
                    Stored::Weights(spread(&plan, &parameters.weights[tensor.position]))
                }
                ParameterId::Bias { .. } => {
                    Stored::Integers(spread(&plan, &parameters.biases[tensor.position]))
                }
                ParameterId::Table { .. } => {
                    Stored::Integers(spread(&plan, &parameters.tables[tensor.position]))
                }
            }
        };
        model.layout().par_iter().map(store).collect()
    }
}
#[cfg(feature = "prover")]
pub use proving::ProvingKey;
