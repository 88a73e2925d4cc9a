// SPDX-License-Identifier: Apache-2.0
//! Why a proof or a key is refused.

/// A reason to reject. Which check failed is for logs and tests: every variant means that the proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A part of the proof does not have the length that the verifying key prescribes.
    #[error("a part of the proof does not have the prescribed length")]
    Length,
    /// The last round of a sumcheck disagrees with the evaluations that the prover claims.
    #[error("sumcheck: the final claim does not match the claimed evaluations")]
    Sumcheck,
    /// The fractions of the lookup argument do not sum to zero: a looked-up pair is not in its table, or a multiplicity
    /// is wrong.
    #[error("lookup: the fractional sum is not zero")]
    LookupSum,
    /// The common denominator of the lookup argument is zero, so its sum means nothing.
    #[error("lookup: a denominator is zero")]
    LookupDenominator,
}
