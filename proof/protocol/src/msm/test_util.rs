// SPDX-License-Identifier: Apache-2.0
//! What the tests of the reference string and of the commitments share: a discrete Fourier transform over field elements or
//! points, which takes EIP-4844's evaluation form to the monomial form.

use crate::srs::{ROW_LEN, ROW_LOG};
use ark_bls12_381::Fr;
use ark_ff::{FftField, Field};
use core::ops::{Add, Mul, Sub};

/// The primitive 4096-th root of unity of EIP-4844: `7^((r - 1) / 4096)`.
pub(crate) fn root_of_unity() -> Fr {
    let root = Fr::get_root_of_unity(ROW_LEN as u64).unwrap();
    assert_eq!(
        root,
        Fr::from(7).pow((-Fr::from(1) / Fr::from(ROW_LEN as u64)).into_exponent())
    );
    root
}

trait IntoExponent {
    fn into_exponent(self) -> ark_ff::BigInt<4>;
}

impl IntoExponent for Fr {
    /// `-1/4096 = (r - 1)/4096` as an integer, because 4096 divides `r - 1`.
    fn into_exponent(self) -> ark_ff::BigInt<4> {
        ark_ff::PrimeField::into_bigint(self)
    }
}

/// `out[i] = sum_j root^(i j) values[j]`, in place.
pub(crate) fn fft<T>(values: &mut [T], root: Fr)
where
    T: Copy + Add<Output = T> + Sub<Output = T> + Mul<Fr, Output = T>,
{
    let bits = values.len().trailing_zeros();
    for i in 0..values.len() {
        let j = bit_reverse(i, bits);
        if i < j {
            values.swap(i, j);
        }
    }
    for level in 0..bits {
        let half = 1usize << level;
        let step = root.pow([(values.len() / (2 * half)) as u64]);
        for block in values.chunks_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            let mut twiddle = Fr::from(1);
            for (a, b) in low.iter_mut().zip(high) {
                let product = *b * twiddle;
                (*a, *b) = (*a + product, *a - product);
                twiddle *= step;
            }
        }
    }
}

/// The integer with its low `bits` bits reversed.
pub(crate) fn bit_reverse(i: usize, bits: u32) -> usize {
    if bits == 0 {
        i
    } else {
        i.reverse_bits() >> (usize::BITS - bits)
    }
}

/// The monomial coefficients of an EIP-4844 blob: its cells are evaluations at the roots of unity in bit-reversed order.
pub(crate) fn blob_to_coefficients(blob: &[Fr]) -> Vec<Fr> {
    let order = |i| bit_reverse(i, ROW_LOG as u32);
    let mut values: Vec<Fr> = (0..blob.len()).map(|i| blob[order(i)]).collect();
    fft(&mut values, root_of_unity().inverse().unwrap());
    let n_inverse = Fr::from(ROW_LEN as u64).inverse().unwrap();
    values.iter().map(|v| *v * n_inverse).collect()
}
