// SPDX-License-Identifier: Apache-2.0
//! Deterministic inputs for unit tests.

use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::UniformRand;
use rand_chacha::rand_core::SeedableRng;

/// `count` scalars that follow from the seed.
pub(crate) fn scalars(seed: u64, count: usize) -> Vec<Fr> {
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
    (0..count).map(|_| Fr::rand(&mut rng)).collect()
}
