// SPDX-License-Identifier: Apache-2.0
//! Why the chain could not be asked, or its answer not be used.

use subxt::error::{ExtrinsicError, RuntimeApiError, StorageError};

/// Why a question to the chain has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Nobody answers at the address.
    #[error("no node answers at {url} ({reason}): start one (`assay-node --dev`) or give another address")]
    Unreachable {
        /// The address.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The connection was lost in the middle of a call. It is being made again.
    #[error("the connection to the node was lost and is being made again: try again ({0})")]
    Disconnected(String),
    /// The chain's runtime doesn't have what this program asks for.
    #[error("the chain's runtime doesn't fit this program ({0}): use the version of this program that was built for it, or check the address")]
    Incompatible(String),
    /// The node doesn't have the block.
    #[error(
        "the node doesn't have block {0}: it isn't made yet, or was pruned (ask an archive node)"
    )]
    NoBlock(String),
    /// The node refused, or failed.
    #[error("the node could not answer: {0}")]
    Node(String),
    /// The node's answer isn't what the runtime's metadata says.
    #[error("the node's answer can't be decoded: {0}")]
    Malformed(String),
}

impl ChainError {
    /// Whether trying again later may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Disconnected(_) | Self::NoBlock(_) | Self::Node(_) => {
                true
            }
            Self::Incompatible(_) | Self::Malformed(_) => false,
        }
    }

    /// From any of subxt's errors.
    pub(crate) fn from_subxt(error: impl Into<subxt::Error>) -> Self {
        use subxt::Error;
        let error = error.into();
        let text = error.to_string();
        if error.is_disconnected_will_reconnect() {
            return Self::Disconnected(text);
        }
        match error {
            Error::StorageError(
                StorageError::IncompatibleCodegen
                | StorageError::PalletNameNotFound(_)
                | StorageError::StorageEntryNotFound { .. },
            )
            | Error::RuntimeApiError(
                RuntimeApiError::IncompatibleCodegen
                | RuntimeApiError::TraitNotFound(_)
                | RuntimeApiError::MethodNotFound { .. },
            )
            | Error::ExtrinsicError(
                ExtrinsicError::IncompatibleCodegen
                | ExtrinsicError::PalletNameNotFound(_)
                | ExtrinsicError::CallNameNotFound { .. }
                | ExtrinsicError::UnsupportedVersion,
            ) => Self::Incompatible(text),
            Error::StorageKeyError(_)
            | Error::StorageValueError(_)
            | Error::ExtrinsicDecodeErrorAt(_)
            | Error::DispatchErrorDecodeError(_)
            | Error::RuntimeApiError(RuntimeApiError::CouldNotDecodeResponse(_)) => {
                Self::Malformed(text)
            }
            _ => Self::Node(text),
        }
    }

    /// From an error of the JSON-RPC client.
    pub(crate) fn from_rpc(error: subxt::rpcs::Error) -> Self {
        use subxt::rpcs::Error;
        match error {
            Error::DisconnectedWillReconnect(reason) => Self::Disconnected(reason),
            Error::Deserialization(_) | Error::Decode(_) => Self::Malformed(error.to_string()),
            _ => Self::Node(error.to_string()),
        }
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn tell_what_may_pass_from_what_will_not() {
        let lost = subxt::rpcs::Error::DisconnectedWillReconnect("reset".into());
        assert!(ChainError::from_rpc(lost).is_transient());
        let stale = ChainError::from_subxt(StorageError::IncompatibleCodegen);
        assert!(matches!(stale, ChainError::Incompatible(_)));
        assert!(!stale.is_transient());
    }
}
