// SPDX-License-Identifier: Apache-2.0
//! The prover of the fractional sum.
//!
//! Memory: 36 bytes a leaf for the leaves, 64 for the tree above them while it is built; on the way down the layers are
//! consumed, and the sumcheck over the leaves takes 64 bytes a leaf when the tree is gone. Time: about 14 multiplications a
//! leaf, 350 ns of one core.

use super::{next_claim, FractionalSumProof, Halves, LeafClaim, Lengths, TOP_LAYERS};
use crate::parallel::MIN_LEN;
use crate::poly::arithmetic::{interpolate, mul, mul_add_mul, sub, Wide};
use crate::poly::eq::SplitEq;
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{batch_inversion, One, Zero};
use rayon::prelude::*;

/// The fractions to add up. Leaves beyond those given are 0/1.
#[derive(Clone, Debug, Default)]
pub struct Leaves {
    /// Small: 1 for a lookup, minus the multiplicity for a table row, 0 for a gap.
    pub numerators: Vec<i32>,
    /// As many; 1 for a gap.
    pub denominators: Vec<Fr>,
}

/// Proves that the fractions add up to zero. With another sum, or a zero among the denominators, the proof comes out as well;
/// it doesn't verify.
///
/// # Panics
/// If there are more leaves than `2^num_vars` or not as many numerators as denominators.
pub fn prove(
    num_vars: usize,
    leaves: Leaves,
    transcript: &mut Transcript,
) -> (FractionalSumProof, LeafClaim) {
    let Leaves {
        numerators,
        denominators,
    } = leaves;
    assert_eq!(
        numerators.len(),
        denominators.len(),
        "numerators and denominators"
    );
    assert!(denominators.len() <= 1 << num_vars, "too many leaves");

    // On a thread of the pool, where starting a parallel loop does not mean to wake another thread up and wait for it.
    rayon::scope(|_| prove_tree(num_vars, numerators, denominators, transcript))
}

fn prove_tree(
    num_vars: usize,
    numerators: Vec<i32>,
    denominators: Vec<Fr>,
    transcript: &mut Transcript,
) -> (FractionalSumProof, LeafClaim) {
    let lengths = Lengths::new(num_vars);
    let mut proof = FractionalSumProof {
        top: Vec::with_capacity(lengths.top),
        messages: Vec::with_capacity(lengths.messages),
        claims: Vec::with_capacity(lengths.claims),
    };
    let top = num_vars.min(TOP_LAYERS);
    let mut layers = Tree::new(num_vars, top, numerators, denominators);
    let layer = layers.next();
    proof.top.extend(
        layer
            .p
            .iter()
            .copied()
            .chain(layer.missing(top).map(|_| Fr::zero())),
    );
    proof.top.extend(
        layer
            .q
            .iter()
            .copied()
            .chain(layer.missing(top).map(|_| Fr::one())),
    );
    let mut claim = LeafClaim::at_top(&proof.top, top, transcript);
    for _ in top..num_vars {
        claim = prove_layer(layers.next(), claim, &mut proof, transcript);
    }
    (proof, claim)
}

/// The sumcheck from a claim on one layer to a claim on the next, `children`.
fn prove_layer(
    children: Layer,
    claim: LeafClaim,
    proof: &mut FractionalSumProof,
    transcript: &mut Transcript,
) -> LeafClaim {
    let w = claim.point;
    let mut inverses = w.clone();
    batch_inversion(&mut inverses);

    let l = transcript.challenge(b"fractional sum combination");
    let mut eq = SplitEq::new(&w, Fr::one());
    let mut columns = Columns::new(children, w.len(), l);
    let mut claim = claim.numerator + l * claim.denominator;
    let mut point = Vec::with_capacity(w.len() + 1);
    for (w, inverse) in w.iter().zip(&inverses) {
        let (g0, d) = columns.round(&eq, false);
        // (1 - w) g(0) + w g(1) = claim is w (g(1) - g(0)) = claim - g(0); only w = 0 makes g(1) a sum of its own.
        let e = if w.is_zero() {
            columns.round(&eq, true).0 - g0
        } else {
            (claim - g0) * inverse
        };
        transcript.absorb_scalars(b"fractional sum round", &[e, d]);
        let r = transcript.challenge(b"fractional sum challenge");
        claim = next_claim(claim, (e, d), *w, r);
        proof.messages.extend([e, d]);
        point.push(r);
        columns.bind(r);
        eq.bind(r);
    }
    let halves = columns.halves();
    proof
        .claims
        .extend([halves.p0, halves.p1, halves.q0, halves.q1]);
    LeafClaim::from_halves(halves, point, transcript)
}

/// Fractions of a layer; those beyond are 0/1.
#[derive(Debug, Default)]
struct Layer {
    p: Vec<Fr>,
    q: Vec<Fr>,
}

impl Layer {
    /// The fractions that are not stored.
    fn missing(&self, num_vars: usize) -> core::ops::Range<usize> {
        self.q.len()..1 << num_vars
    }

    /// The layer above, of `2^num_vars` nodes.
    fn parent(&self, num_vars: usize) -> Self {
        let numerator = |p0: &Fr, q0: &Fr, p1: &Fr, q1: &Fr| mul_add_mul(p0, q1, p1, q0);
        add_halves(num_vars, &self.p, &self.q, numerator, |p| *p)
    }
}

/// Adds the second half of a layer to the first, to `2^num_vars` nodes. Where there is no second half, 0/1 is added.
fn add_halves<P: Sync>(
    num_vars: usize,
    p: &[P],
    q: &[Fr],
    numerator: impl Fn(&P, &Fr, &P, &Fr) -> Fr + Sync,
    alone: impl Fn(&P) -> Fr + Sync,
) -> Layer {
    let half = q.len().min(1 << num_vars);
    let ((p0, p1), (q0, q1)) = (p.split_at(half), q.split_at(half));
    let both = q1.len();
    let min = MIN_LEN / 2;
    let mut sum = Layer {
        p: Vec::with_capacity(half),
        q: Vec::with_capacity(half),
    };
    // Where both exist.
    let fractions = p0[..both]
        .par_iter()
        .zip(&q0[..both])
        .zip(p1)
        .zip(q1)
        .with_min_len(min);
    sum.p
        .par_extend(fractions.map(|(((p0, q0), p1), q1)| numerator(p0, q0, p1, q1)));
    sum.q.par_extend(
        q0[..both]
            .par_iter()
            .zip(q1)
            .with_min_len(min)
            .map(|(q0, q1)| mul(q0, q1)),
    );
    sum.p.extend(p0[both..].iter().map(alone));
    sum.q.extend_from_slice(&q0[both..]);
    sum
}

/// The layers, given out from the top down.
struct Tree {
    /// Without the leaves, the lowest first.
    inner: Vec<Layer>,
    numerators: Vec<i32>,
    denominators: Vec<Fr>,
}

impl Tree {
    /// All layers from `top` to `num_vars`.
    fn new(num_vars: usize, top: usize, numerators: Vec<i32>, denominators: Vec<Fr>) -> Self {
        let mut inner: Vec<Layer> = Vec::with_capacity(num_vars - top);
        for k in (top..num_vars).rev() {
            let layer = match inner.last() {
                Some(children) => children.parent(k),
                None => {
                    let numerator =
                        |p0: &i32, q0: &Fr, p1: &i32, q1: &Fr| times(*p0, q1) + times(*p1, q0);
                    add_halves(k, &numerators, &denominators, numerator, |p| Fr::from(*p))
                }
            };
            inner.push(layer);
        }
        Self {
            inner,
            numerators,
            denominators,
        }
    }

    /// The next layer: the top first, the leaves last, then nothing.
    fn next(&mut self) -> Layer {
        self.inner.pop().unwrap_or_else(|| {
            let numerators = core::mem::take(&mut self.numerators);
            Layer {
                p: numerators
                    .par_iter()
                    .with_min_len(MIN_LEN)
                    .map(|p| times(*p, &Fr::one()))
                    .collect(),
                q: core::mem::take(&mut self.denominators),
            }
        })
    }
}

/// `p q`; most numerators are 1.
fn times(p: i32, q: &Fr) -> Fr {
    match p {
        0 => Fr::zero(),
        1 => *q,
        -1 => -*q,
        _ => *q * Fr::from(p),
    }
}

/// Values of a multilinear polynomial, of which the missing ones are all the same.
struct Column {
    values: Vec<Fr>,
    tail: Fr,
}

impl Column {
    #[inline(always)]
    fn get(&self, i: usize) -> &Fr {
        self.values.get(i).unwrap_or(&self.tail)
    }

    /// Binds the top variable of a column with `2 half` values.
    fn bind(&mut self, half: usize, r: Fr) {
        let tail = self.tail;
        let kept = half.min(self.values.len());
        let (low, high) = self.values.split_at_mut(kept);
        let (both, alone) = low.split_at_mut(high.len());
        let pairs = both
            .par_iter_mut()
            .zip(high.par_iter())
            .with_min_len(MIN_LEN);
        pairs.for_each(|(low, high)| {
            if low != high {
                *low = interpolate(low, high, &r);
            }
        });
        alone
            .par_iter_mut()
            .with_min_len(MIN_LEN)
            .for_each(|low| *low = interpolate(low, &tail, &r));
        self.values.truncate(kept);
    }
}

/// The factors of a layer's sumcheck: `a q1 + p1 q0` with `a = p0 + l q0`, which saves a multiplication.
struct Columns {
    l: Fr,
    free: usize,
    a: Column,
    p1: Column,
    q0: Column,
    q1: Column,
}

impl Columns {
    fn new(Layer { mut p, mut q }: Layer, num_vars: usize, l: Fr) -> Self {
        let half = q.len().min(1 << num_vars);
        let p1 = p.split_off(half);
        let q1 = q.split_off(half);
        let pairs = p.par_iter_mut().zip(&q).with_min_len(MIN_LEN);
        pairs.for_each(|(p, q)| *p += l * q);
        Self {
            l,
            free: num_vars,
            a: Column { values: p, tail: l },
            p1: Column {
                values: p1,
                tail: Fr::zero(),
            },
            q0: Column {
                values: q,
                tail: Fr::one(),
            },
            q1: Column {
                values: q1,
                tail: Fr::one(),
            },
        }
    }

    /// `g(0)` (or `g(1)` if `at_one`) and the leading coefficient of the round's `g`.
    fn round(&self, eq: &SplitEq, at_one: bool) -> (Fr, Fr) {
        let half = 1usize << (self.free - 1);
        let (high, low) = eq.tables();
        // In rows where every value is missing the sum's term is l, for every X. Taking l off every term leaves nothing of
        // these rows; it is added at the end, as the weights add up to 1.
        let rows = half.min(self.q0.values.len());
        let (zero, one) = if at_one { (half, 0) } else { (0, half) };
        let block = |h: usize| {
            let start = h * low.len();
            let range = start..rows.min(start + low.len()).max(start);
            let mut values = Wide::default();
            let mut leadings = Wide::default();
            for (i, weight) in range.zip(low) {
                let (a0, a1) = (self.a.get(i + zero), self.a.get(i + one));
                let (x0, x1) = (self.q1.get(i + zero), self.q1.get(i + one));
                let (p0, p1) = (self.p1.get(i + zero), self.p1.get(i + one));
                let (y0, y1) = (self.q0.get(i + zero), self.q0.get(i + one));
                let value = sub(&mul_add_mul(a0, x0, p0, y0), &self.l);
                let (a, x, p, y) = (sub(a1, a0), sub(x1, x0), sub(p1, p0), sub(y1, y0));
                let leading = if p.is_zero() {
                    mul(&a, &x)
                } else {
                    mul_add_mul(&a, &x, &p, &y)
                };
                values.add_product(&value, weight);
                leadings.add_product(&leading, weight);
            }
            (values.reduce() * high[h], leadings.reduce() * high[h])
        };
        let sum = |a: (Fr, Fr), b: (Fr, Fr)| (a.0 + b.0, a.1 + b.1);
        let zero = || (Fr::zero(), Fr::zero());
        let min = (MIN_LEN / 4).div_ceil(low.len());
        let blocks = (0..high.len()).into_par_iter().with_min_len(min).map(block);
        let (value, leading) = blocks.reduce(zero, sum);
        (value + self.l, leading)
    }

    fn bind(&mut self, r: Fr) {
        self.free -= 1;
        let half = 1usize << self.free;
        [&mut self.a, &mut self.p1, &mut self.q0, &mut self.q1]
            .into_par_iter()
            .for_each(|column| column.bind(half, r));
    }

    /// The four values when no variable is free.
    fn halves(&self) -> Halves {
        let [a, p1, q0, q1] = [&self.a, &self.p1, &self.q0, &self.q1].map(|column| *column.get(0));
        Halves {
            p0: a - self.l * q0,
            p1,
            q0,
            q1,
        }
    }
}
