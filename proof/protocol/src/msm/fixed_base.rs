// SPDX-License-Identifier: Apache-2.0
//! Prover: multi-scalar multiplication over fixed points, in one bucket pass.
//!
//! A scalar is written in signed digits of [`WINDOW`] bits, `s = sum_j d_j 2^(c j)`, and with the multiples `2^(c j) P_i` in a table every
//! digit is a small integer times a known point. All of them, of all windows, go into one set of buckets, one bucket for
//! each absolute value: a small integer costs one addition, a full-size scalar twenty.
//!
//! The buckets' weighted sum `sum_v v B_v` is the part that does not depend on the number of terms. With `v = 2^h a + b` it is
//! `2^h sum_a a (sum_b B_v) + sum_b b (sum_a B_v)`: two affine additions a bucket with shared inversions, and Jacobian running sums over
//! square-root many points only.
//!
//! Reference: Brickell, Gordon, McCurley, Wilson, *Fast exponentiation with precomputation*, Eurocrypt 1992; Bernstein, Doumen, Lange,
//! Oosterwijk, *Faster batch forgery identification*, Indocrypt 2012 (Pippenger's method).

use super::batch_affine::Scratch;
use crate::srs;
use ark_bls12_381::{Fr, G1Affine, G1Projective};
use ark_ff::{AdditiveGroup, PrimeField, Zero};
use rayon::prelude::*;
use std::sync::OnceLock;

/// Bits of a digit. Measured for 4096 full-size scalars, in ms of one core: 11 bits 40, 12 bits 36, 13 bits 34, 14 bits 34, 15 bits 34. With
/// 13, integers up to 2^12 of either sign are one digit.
pub const WINDOW: u32 = 13;

/// Terms that one task sums: enough to share an inversion, few enough to stay in the second-level cache.
const TASK_TERMS: usize = 1 << 13;

/// Points and their multiples by powers of `2^window`.
pub struct FixedBase {
    window: u32,
    /// Multiples of each point.
    windows: usize,
    /// Points.
    len: usize,
    /// `table[j * len + i] = 2^(window * j) P_i`.
    table: Vec<G1Affine>,
}

/// The powers of `tau` without multiples: for integers of one digit.
pub fn powers() -> &'static FixedBase {
    static BASE: OnceLock<FixedBase> = OnceLock::new();
    BASE.get_or_init(|| FixedBase::new(srs::powers(), WINDOW, 1))
}

/// The powers of `tau` with all multiples, 8 MB, built on first use (about 0.3 s of one core).
pub fn tables() -> &'static FixedBase {
    static BASE: OnceLock<FixedBase> = OnceLock::new();
    BASE.get_or_init(|| FixedBase::new(srs::powers(), WINDOW, FixedBase::full_size(WINDOW)))
}

/// `sum_i values[i] [tau^i]_1`.
///
/// # Panics
/// If there are more values than powers.
pub fn commit_small(values: &[i64]) -> G1Projective {
    let one_digit = 1u64 << (WINDOW - 1);
    let base = if values.iter().all(|v| v.unsigned_abs() <= one_digit) {
        powers()
    } else {
        tables()
    };
    base.msm_small(values)
}

/// `sum_i scalars[i] [tau^i]_1`.
///
/// # Panics
/// If there are more scalars than powers.
pub fn commit(scalars: &[Fr]) -> G1Projective {
    tables().msm(scalars)
}

impl FixedBase {
    /// The number of digits of a full-size scalar: one bit more than a scalar has, for the last carry.
    pub const fn full_size(window: u32) -> usize {
        (Fr::MODULUS_BIT_SIZE + 1).div_ceil(window) as usize
    }

    /// Builds the table of `windows >= 1` multiples for digits of `2 <= window <= 16` bits, on threads of its own: it fills a `OnceLock`
    /// that tasks of rayon's pool wait for, and one of the pool's threads that waited for the pool meanwhile could be given such
    /// a task, and wait for itself.
    ///
    /// # Panics
    /// If a parameter is out of range.
    pub fn new(points: &[G1Affine], window: u32, windows: usize) -> Self {
        assert!(
            (2..=16).contains(&window) && windows >= 1,
            "window parameters"
        );
        let len = points.len();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let multiples = move |chunk: &[G1Affine]| {
            let mut scratch = Scratch::default();
            let mut rows = vec![chunk.to_vec()];
            for _ in 1..windows {
                let mut row = rows[rows.len() - 1].clone();
                (0..window).for_each(|_| scratch.double_all(&mut row));
                rows.push(row);
            }
            rows
        };
        let chunks: Vec<_> = std::thread::scope(|scope| {
            let chunks = points.chunks(len.div_ceil(threads).max(1));
            let tasks: Vec<_> = chunks
                .map(|chunk| scope.spawn(move || multiples(chunk)))
                .collect();
            let joined = tasks.into_iter().map(|task| task.join());
            joined
                .map(|rows| rows.expect("doubling points does not panic"))
                .collect()
        });
        let rows = (0..windows).flat_map(|j| chunks.iter().flat_map(move |rows| &rows[j]));
        Self {
            window,
            windows,
            len,
            table: rows.copied().collect(),
        }
    }

    /// `sum_i scalars[i] P_i`.
    ///
    /// # Panics
    /// If there are more scalars than points, or the table was built for smaller ones.
    pub fn msm(&self, scalars: &[Fr]) -> G1Projective {
        assert!(scalars.len() <= self.len && self.windows >= Self::full_size(self.window));
        let mut terms = Terms::with_capacity(scalars.len() * self.windows);
        for (i, scalar) in scalars.iter().enumerate() {
            let limbs = scalar.into_bigint().0;
            self.push_digits(&mut terms, i, false, |j| {
                window_bits(&limbs, j, self.window)
            });
        }
        terms.sum(&self.table)
    }

    /// `sum_i values[i] P_i`.
    ///
    /// # Panics
    /// If there are more values than points, or one has more digits than the table has multiples.
    pub fn msm_small(&self, values: &[i64]) -> G1Projective {
        assert!(values.len() <= self.len);
        let one_digit = 1u64 << (self.window - 1);
        let mut terms = Terms::with_capacity(values.len());
        for (i, value) in values.iter().enumerate() {
            let magnitude = value.unsigned_abs();
            if magnitude <= one_digit {
                terms.push(magnitude as u32, i, *value < 0);
            } else {
                let bits = |j: usize| magnitude.checked_shr(j as u32 * self.window).unwrap_or(0);
                let mask = (1 << self.window) - 1;
                assert_eq!(
                    bits(self.windows),
                    0,
                    "an integer has more digits than the table"
                );
                self.push_digits(&mut terms, i, *value < 0, |j| (bits(j) & mask) as u32);
            }
        }
        terms.sum(&self.table)
    }

    /// Adds the terms of one scalar, whose unsigned digits `digit` yields.
    fn push_digits(
        &self,
        terms: &mut Terms,
        i: usize,
        negative: bool,
        digit: impl Fn(usize) -> u32,
    ) {
        let half = 1u32 << (self.window - 1);
        let mut carry = 0;
        for j in 0..self.windows {
            let digit = digit(j) + carry;
            carry = u32::from(digit > half);
            let magnitude = if digit > half {
                2 * half - digit
            } else {
                digit
            };
            terms.push(magnitude, j * self.len + i, negative != (digit > half));
        }
        assert_eq!(carry, 0, "an integer has more digits than the table");
    }
}

/// Bits `window * j ..` of an integer; at most 16 of them.
fn window_bits(limbs: &[u64; 4], j: usize, window: u32) -> u32 {
    let start = j * window as usize;
    let (limb, shift) = (start / 64, start % 64);
    let limb_at = |k: usize| u128::from(limbs.get(k).copied().unwrap_or(0));
    let wide = limb_at(limb) | limb_at(limb + 1) << 64;
    ((wide >> shift) as u32) & ((1 << window) - 1)
}

/// Terms `+- v P` with small positive `v`.
struct Terms {
    /// `v` of each term.
    buckets: Vec<u32>,
    /// Index of `P`, doubled, plus one for a negative term.
    points: Vec<u32>,
}

impl Terms {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            buckets: Vec::with_capacity(capacity),
            points: Vec::with_capacity(capacity),
        }
    }

    fn push(&mut self, bucket: u32, point: usize, negative: bool) {
        if bucket != 0 {
            self.buckets.push(bucket);
            self.points.push(point as u32 * 2 + u32::from(negative));
        }
    }

    /// The sum of all terms.
    fn sum(&self, table: &[G1Affine]) -> G1Projective {
        let Some(max) = self.buckets.iter().copied().max() else {
            return G1Projective::zero();
        };
        // Counting sort by bucket: bucket v holds order[starts[v]..starts[v + 1]].
        let mut starts = vec![0u32; max as usize + 2];
        self.buckets
            .iter()
            .for_each(|bucket| starts[*bucket as usize + 1] += 1);
        for v in 1..starts.len() {
            starts[v] += starts[v - 1];
        }
        let mut order = vec![0u32; self.points.len()];
        let mut next = starts.clone();
        for (bucket, point) in self.buckets.iter().zip(&self.points) {
            let next = &mut next[*bucket as usize];
            order[*next as usize] = *point;
            *next += 1;
        }
        // Ranges of buckets with enough terms for a task.
        let mut tasks = vec![];
        let mut first = 1;
        for v in 1..=max as usize {
            let terms = starts[v + 1] - starts[first];
            if terms as usize >= TASK_TERMS || v == max as usize {
                tasks.push(first..v + 1);
                first = v + 1;
            }
        }
        let sum_buckets = |buckets: &std::ops::Range<usize>| {
            let terms = starts[buckets.start] as usize..starts[buckets.end] as usize;
            let terms = &order[terms];
            // Copy first: a branch on the sign, which is random, would keep the loads from the table apart.
            let mut sums: Vec<G1Affine> = terms
                .iter()
                .map(|index| table[*index as usize / 2])
                .collect();
            for (point, index) in sums.iter_mut().zip(terms) {
                if index % 2 == 1 {
                    point.y = -point.y;
                }
            }
            let mut counts: Vec<u32> = buckets.clone().map(|v| starts[v + 1] - starts[v]).collect();
            Scratch::default().sum_groups(&mut sums, &mut counts);
            let filled = buckets
                .clone()
                .zip(&counts)
                .filter(|(_, count)| **count == 1);
            filled.map(|(v, _)| v).zip(sums).collect::<Vec<_>>()
        };
        let sums: Vec<Vec<(usize, G1Affine)>> = if tasks.len() > 1 {
            tasks.par_iter().map(sum_buckets).collect()
        } else {
            tasks.iter().map(sum_buckets).collect()
        };
        weighted_sum(&sums.concat(), max)
    }
}

/// `sum v B_v` over the non-empty buckets `(v, B_v)`, in increasing order of `1 <= v <= max`.
fn weighted_sum(buckets: &[(usize, G1Affine)], max: u32) -> G1Projective {
    let low_bits = (u32::BITS - max.leading_zeros()) / 2;
    let low_mask = (1usize << low_bits) - 1;
    let by_high = || grouped_sums(buckets, (max as usize >> low_bits) + 1, |v| v >> low_bits);
    let by_low = || grouped_sums(buckets, low_mask + 1, |v| v & low_mask);
    let (mut high, low) = if buckets.len() >= TASK_TERMS / 8 {
        rayon::join(by_high, by_low)
    } else {
        (by_high(), by_low())
    };
    for _ in 0..low_bits {
        high.double_in_place();
    }
    high + low
}

/// `sum_g g S_g`, where `S_g` is the sum of the points whose index is in group `g < groups`.
fn grouped_sums(
    buckets: &[(usize, G1Affine)],
    groups: usize,
    group: impl Fn(usize) -> usize,
) -> G1Projective {
    let mut counts = vec![0u32; groups];
    buckets.iter().for_each(|(v, _)| counts[group(*v)] += 1);
    let mut next: Vec<usize> = counts
        .iter()
        .scan(0, |start, count| {
            Some(std::mem::replace(start, *start + *count as usize))
        })
        .collect();
    let mut points = vec![G1Affine::identity(); buckets.len()];
    for (v, point) in buckets {
        points[next[group(*v)]] = *point;
        next[group(*v)] += 1;
    }
    Scratch::default().sum_groups(&mut points, &mut counts);
    let (mut running, mut total) = (G1Projective::zero(), G1Projective::zero());
    let mut points = points.iter().rev();
    for count in counts.iter().skip(1).rev() {
        if *count == 1 {
            if let Some(point) = points.next() {
                running += point;
            }
        }
        total += running;
    }
    total
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::msm::test_util::{blob_to_coefficients, root_of_unity};
    use crate::srs::ROW_LEN;
    use crate::testing::scalars;
    use ark_ec::{CurveGroup, VariableBaseMSM};
    use ark_ff::{Field, One};
    use ark_serialize::CanonicalSerialize;

    fn naive(scalars: &[Fr]) -> G1Projective {
        G1Projective::msm(&srs::powers()[..scalars.len()], scalars).unwrap()
    }

    #[test]
    fn multiply_full_size_scalars() {
        for len in [0, 1, 2, 33, 500] {
            let s = scalars(len as u64, len);
            assert_eq!(commit(&s), naive(&s), "{len}");
        }
        let extreme = [
            -Fr::one(),
            Fr::one(),
            Fr::zero(),
            Fr::from(2).inverse().unwrap(),
        ];
        assert_eq!(commit(&extreme), naive(&extreme));
        // Other widths of the window, with few points.
        let s = scalars(9, 20);
        for window in [2, 3, 8, 12, 14, 16] {
            let base = FixedBase::new(&srs::powers()[..20], window, FixedBase::full_size(window));
            assert_eq!(base.msm(&s), naive(&s), "{window}");
        }
    }

    #[test]
    fn multiply_small_integers_of_every_size() {
        let sign = |i: i64| if i % 3 == 0 { -1 } else { 1 };
        for max in [
            1i64,
            2,
            127,
            255,
            4095,
            4096,
            4097,
            1 << 20,
            1 << 32,
            i64::MAX,
        ] {
            let values: Vec<i64> = (0..600i64)
                .map(|i| {
                    sign(i) * (i.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64) & i64::MAX) % max
                })
                .chain([max, -max, 0, i64::MIN + 1])
                .take(if max == i64::MAX { 604 } else { 603 })
                .collect();
            let s: Vec<Fr> = values.iter().map(|v| Fr::from(*v)).collect();
            assert_eq!(commit_small(&values), naive(&s), "{max}");
        }
        assert_eq!(commit_small(&[]), G1Projective::zero());
        assert_eq!(commit_small(&[0; 10]), G1Projective::zero());
    }

    #[test]
    fn multiply_repeated_and_opposite_points() {
        let p = srs::powers()[1];
        let points = [p, p, -p, G1Affine::identity(), p];
        let base = FixedBase::new(&points, 4, FixedBase::full_size(4));
        let s = scalars(3, 5);
        assert_eq!(base.msm(&s), G1Projective::msm(&points, &s).unwrap());
        assert_eq!(base.msm(&[Fr::one(); 3]), p);
        assert_eq!(base.msm_small(&[5, -5, 0, 3, 0]), G1Projective::zero());
    }

    #[test]
    #[should_panic(expected = "more digits")]
    fn refuse_integers_beyond_the_table() {
        let _ = powers().msm_small(&[1 << 20]);
    }

    fn hex(point: G1Projective) -> String {
        let mut bytes = Vec::new();
        point
            .into_affine()
            .serialize_compressed(&mut bytes)
            .unwrap();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Valid cases 1 to 6 of `blob_to_kzg_commitment` in the official test vectors of EIP-4844; those blobs follow simple
    /// formulas (`consensus-specs`, `tests/generators/kzg_4844`).
    #[test]
    fn commit_like_the_eip_4844_vectors() {
        let powers_of = |base: u64| {
            let start = Fr::from(base).pow([256]);
            (0..ROW_LEN as u64)
                .map(|i| start * Fr::from(base).pow([i]))
                .collect::<Vec<_>>()
        };
        let mut one_cell = vec![Fr::zero(); ROW_LEN];
        one_cell[3211] = Fr::one();
        let vectors = [
            (vec![Fr::from(2); ROW_LEN], "a572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e"),
            (powers_of(2), "a421e229565952cfff4ef3517100a97da1d4fe57956fa50a442f92af03b1bf37adacc8ad4ed209b31287ea5bb94d9d06"),
            (powers_of(3), "b49d88afcd7f6c61a8ea69eff5f609d2432b47e7e4cd50b02cdddb4e0c1460517e8df02e4e64dc55e3d8ca192d57193a"),
            (powers_of(5), "8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7"),
            (vec![-Fr::one(); ROW_LEN], "b7f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"),
            (one_cell, "93efc82d2017e9c57834a1246463e64774e56183bb247c8fc9dd98c56817e878d97b05f5c8d900acf1fbbbca6f146556"),
        ];
        for (blob, commitment) in vectors {
            assert_eq!(hex(commit(&blob_to_coefficients(&blob))), commitment);
        }
    }

    /// The tables are first needed by tasks of the pool, and none of these may come to wait for itself. It is the first use only in
    /// a process of its own, as each test has under nextest.
    #[test]
    fn fill_the_tables_from_within_the_pool() {
        let row = [1i64 << 40; 8];
        let sums: Vec<G1Projective> = (0..64)
            .into_par_iter()
            .map(|_| commit_small(&row))
            .collect();
        assert!(sums.iter().all(|sum| *sum == sums[0]));
    }

    /// A row of small integers is the blob of its evaluations at the roots of unity: the same commitment from `c-kzg`.
    #[test]
    fn commit_rows_like_c_kzg() {
        use c_kzg::{ethereum_kzg_settings, Blob, Bytes32};
        let row: Vec<i64> = (0..ROW_LEN as i64).map(|i| i * i % 511 - 255).collect();
        let mut evaluations: Vec<Fr> = row.iter().map(|v| Fr::from(*v)).collect();
        crate::msm::test_util::fft(&mut evaluations, root_of_unity());
        let order = |i| crate::msm::test_util::bit_reverse(i, srs::ROW_LOG as u32);
        let mut bytes = Vec::new();
        for i in 0..ROW_LEN {
            let mut cell = [0; 32];
            evaluations[order(i)]
                .serialize_compressed(&mut cell[..])
                .unwrap();
            cell.reverse();
            bytes.extend_from_slice(&Bytes32::new(cell)[..]);
        }
        let blob = Blob::from_bytes(&bytes).unwrap();
        let expected = ethereum_kzg_settings(0)
            .blob_to_kzg_commitment(&blob)
            .unwrap();
        let ours = hex(commit_small(&row));
        let theirs: String = expected
            .to_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(ours, theirs);
    }
}
