// SPDX-License-Identifier: Apache-2.0
//! Multilinear polynomials over the scalar field, given by their values on the Boolean hypercube.
//!
//! **Order of variables.** A point is `r = (r_0, ..., r_{n-1})`; `r_0` belongs to the *most significant* bit of the index
//! of a value. Sumchecks bind `r_0` first, over halves of the vector; the low variables of a larger polynomial are the
//! *suffix* of its point.

#[cfg(feature = "prover")]
pub(crate) mod arithmetic;
pub mod eq;
pub mod multilinear;
pub mod small;
pub mod univariate;

pub use multilinear::Multilinear;
