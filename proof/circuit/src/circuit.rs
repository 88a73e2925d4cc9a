// SPDX-License-Identifier: Apache-2.0
//! The checked form of a circuit: whoever holds a [`Circuit`] holds a valid one.

use alloc::vec::Vec;

use blake2::{
    digest::{consts::U32, Digest},
    Blake2b,
};
use codec::{Decode, Encode, Input, Output};

use crate::{
    error::CircuitError,
    limits::MAX_CIRCUIT_BYTES,
    tensor::TensorInfo,
    types::{Definition, Node, Table, TensorId},
    validate::validate,
};

/// Version of the format and of the semantics that this crate implements.
pub const CIRCUIT_VERSION: u16 = 1;

/// Separates the hash of a circuit from other uses of the function.
const HASH_DOMAIN: &[u8] = b"assay/circuit/1";

/// A valid circuit, with what follows from its definition about each tensor.
///
/// Its SCALE encoding is that of the definition, canonical (one definition, one string of bytes),
/// at most [`MAX_CIRCUIT_BYTES`] long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circuit {
    definition: Definition,
    /// By [`TensorId`]: the input, then the output of each node.
    tensors: Vec<TensorInfo>,
}

impl Circuit {
    /// Checks a definition. Time and memory are linear in its encoding.
    pub fn new(definition: Definition) -> Result<Self, CircuitError> {
        let tensors = validate(&definition)?;
        let bytes = definition.encoded_size();
        if bytes > MAX_CIRCUIT_BYTES {
            return Err(CircuitError::TooLong { bytes });
        }
        Ok(Self {
            definition,
            tensors,
        })
    }

    /// Decodes and checks hostile bytes, all of which must belong to the circuit.
    ///
    /// What it allocates is bounded by [`limits`](crate::limits), whatever the bytes claim.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CircuitError> {
        if bytes.len() > MAX_CIRCUIT_BYTES {
            return Err(CircuitError::TooLong { bytes: bytes.len() });
        }
        let mut rest = bytes;
        let definition = Definition::decode(&mut rest).map_err(|_| CircuitError::Malformed {
            offset: bytes.len() - rest.len(),
        })?;
        if !rest.is_empty() {
            return Err(CircuitError::TrailingBytes { bytes: rest.len() });
        }
        Self::new(definition)
    }

    /// The canonical encoding, which [`Circuit::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.definition.encode()
    }

    /// The circuit's identity: BLAKE2b-256 of a domain prefix and the canonical encoding.
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = Blake2b::<U32>::new();
        hasher.update(HASH_DOMAIN);
        hasher.update(self.definition.encode());
        hasher.finalize().into()
    }

    /// The plain data.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The plain data, to change it and check it again.
    pub fn into_definition(self) -> Definition {
        self.definition
    }

    /// The nodes in topological order; node `i` makes tensor `i + 1`.
    pub fn nodes(&self) -> &[Node] {
        &self.definition.nodes
    }

    /// The tables.
    pub fn tables(&self) -> &[Table] {
        &self.definition.tables
    }

    /// Every tensor, by [`TensorId`].
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.tensors
    }

    /// The tensor `id`, `None` if the circuit has none of that number.
    pub fn tensor(&self, id: TensorId) -> Option<&TensorInfo> {
        self.tensors.get(usize::from(id))
    }

    /// The input tensor.
    pub fn input(&self) -> &TensorInfo {
        &self.tensors[0]
    }

    /// The output tensor: that of the last node.
    pub fn output(&self) -> &TensorInfo {
        &self.tensors[self.tensors.len() - 1]
    }

    /// Identifier of the output tensor.
    pub fn output_id(&self) -> TensorId {
        self.definition.output
    }
}

impl Encode for Circuit {
    fn size_hint(&self) -> usize {
        self.definition.size_hint()
    }

    fn encode_to<O: Output + ?Sized>(&self, dest: &mut O) {
        self.definition.encode_to(dest);
    }
}

impl codec::EncodeLike for Circuit {}

impl Decode for Circuit {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let definition = Definition::decode(input)?;
        Self::new(definition).map_err(|_| "not a valid circuit".into())
    }
}
