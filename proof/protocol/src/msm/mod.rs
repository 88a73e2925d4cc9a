// SPDX-License-Identifier: Apache-2.0
//! Multi-scalar multiplication in G1, each kind where it is cheapest:
//!
//! - [`batch_affine`]: sums of many points at six field multiplications an addition, the primitive of the others;
//! - [`fixed_base`] (prover): the powers of `tau` with small integers (one bucket pass) or with full-size scalars
//!   (precomputed window multiples, still one bucket pass);
//! - [`pippenger`] (verifier): points that are known only when a proof arrives;
//! - [`backend`] (verifier): that sum and the pairing check behind a trait, so that a chain with elliptic-curve host
//!   functions can use them.

pub mod backend;
pub mod batch_affine;
#[cfg(feature = "prover")]
pub mod fixed_base;
pub mod pippenger;
#[cfg(all(test, feature = "prover"))]
pub(crate) mod test_util;
