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
    /// The statement isn't one of the circuit: another number of inputs or outputs, a wrong length, a code out of range.
    #[error("the inputs or outputs do not fit the circuit")]
    Statement,
    /// A scalar isn't the canonical encoding of a field element.
    #[error("a scalar is not canonically encoded")]
    Scalar,
    /// A point isn't the encoding of a point on the curve.
    #[error("a point is not on the curve")]
    Point,
    /// The public input does not have the evaluation that the layers lead to.
    #[error("the input does not have the claimed evaluation")]
    Input,
    /// The evaluations of the looked-up columns do not recombine to the claim of the fractional sum.
    #[error("lookup: the column evaluations do not match the claim on the leaves")]
    Lookup,
    /// A linear layer doesn't add up.
    #[error("a linear layer does not add up")]
    Linear,
    /// The plan contradicts itself. Not reachable through this crate's interface.
    #[error("the plan contradicts itself")]
    Plan,
    /// A claim names a tensor that its group does not have, or a point with another number of variables.
    #[error("commitment: a claim does not fit the layout")]
    Claim,
    /// A challenge is one for which the opening is undefined; an honest prover meets it with probability below 2^-240.
    #[error("commitment: degenerate challenge")]
    DegenerateChallenge,
    /// The pairing check fails: the committed polynomials do not have the claimed evaluations.
    #[error("commitment: the pairing check fails")]
    Opening,
}
