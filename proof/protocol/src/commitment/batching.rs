// SPDX-License-Identifier: Apache-2.0
//! Reduces all claims on both groups to the values of the two stacks at one point.
//!
//! **Statement.** For claims `j` on group `g_j`, tensor `t_j`, at `p_j`, with value `v_j`: the tensor's multilinear extension takes the
//! value `v_j` at `p_j`, that is, `P_{g_j}(q_j) = v_j` where `P_g` is the group's stack and `q_j = prefix || p_j`.
//!
//! **Protocol.** Let `n` be the number of variables of the larger stack, and extend the smaller one by zeros: `P_g(x)` is multiplied by
//! `prod (1 - x_i)` over the top variables that it lacks, and its `q_j` get zeros in front. The verifier draws `c` and both run the
//! sumcheck of
//!
//! ```text
//! sum_j c^j v_j = sum_x P_model(x) E_model(x) + P_witness(x) E_witness(x),    E_g(x) = sum_{j in g} c^j eq(q_j, x).
//! ```
//!
//! It ends at a point `z`; the prover sends the two stacks' values there (each without its factor `prod (1 - z_i)`), and the verifier
//! computes `E_model(z)` and `E_witness(z)` itself.
//!
//! **Order.** Here the *least* significant variable is bound first, unlike in the other sumchecks: then tensors don't mix until all
//! their own variables are bound, and for each claim the inner sum is linear in the round's variable,
//! `eq(q_i, X) P(q_{<i}, X, z_{>i})`.
//!
//! **Prover.** The twelve variables of a row come first. For a tensor of at least a row, the claim's other variables can be bound to `p_j`
//! beforehand: one pass over the tensor's small integers with lazy reduction leaves 4096 field elements, and claims that
//! agree in their last twelve coordinates share them. After twelve rounds, a second pass evaluates every row at the
//! challenges, and the rest is a sumcheck over row indices. Nothing larger than a row or the list of rows is ever held in
//! the field.
//!
//! **Soundness error**: `(#claims + 2 n) / |F|`, below `2^-240` for fewer than `2^14` claims.
//!
//! References: Thaler, *Proofs, Arguments, and Zero-Knowledge*, sections 4.1 and 4.5.2; Chen, Buenz, Boneh, Zhang, *HyperPlonk*, ePrint
//! 2022/1355 (batch opening by sumcheck).

use super::stack::{Slot, StackLayout};
use super::{Claim, Groups};
use crate::error::VerifyError;
use crate::poly::eq::{eq_zero, split_low};
use crate::poly::univariate::evaluate_compressed;
use crate::transcript::Transcript;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{Field, One, Zero};

/// The sumcheck's messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchingProof {
    /// Constant and quadratic coefficient of each round polynomial; one round for each variable of the larger stack.
    pub rounds: Vec<[Fr; 2]>,
    /// The value of each stack at the point that the rounds lead to, of which the smaller one takes the last coordinates.
    pub values: Groups<Fr>,
}

/// The number of rounds.
pub fn num_rounds(layouts: &Groups<&StackLayout>) -> usize {
    layouts.model.num_vars().max(layouts.witness.num_vars())
}

/// The slot of a claim's tensor.
fn slot<'a>(layouts: &Groups<&'a StackLayout>, claim: &Claim) -> Result<&'a Slot, VerifyError> {
    let slot = layouts
        .get(claim.group)
        .slots()
        .get(claim.tensor)
        .ok_or(VerifyError::Claim)?;
    if claim.point.len() != slot.log_cells {
        return Err(VerifyError::Claim);
    }
    Ok(slot)
}

/// The weights `1, c, c^2, ...` of the claims; absorbs the claimed values before drawing `c`.
fn draw_weights(transcript: &mut Transcript, claims: &[Claim]) -> Vec<Fr> {
    let values: Vec<Fr> = claims.iter().map(|claim| claim.value).collect();
    transcript.absorb_scalars(b"claimed values", &values);
    let c = transcript.challenge(b"claim batch");
    let mut next = Fr::one();
    let weight = |_| {
        let power = next;
        next *= c;
        power
    };
    claims.iter().map(weight).collect()
}

/// Checks the messages; returns the point at which the stacks have the values `proof.values`.
///
/// # Errors
/// [`VerifyError::Claim`] if a claim does not fit its layout, [`VerifyError::Length`] for a wrong number of rounds, or
/// [`VerifyError::Sumcheck`].
pub fn verify(
    transcript: &mut Transcript,
    layouts: &Groups<&StackLayout>,
    claims: &[Claim],
    proof: &BatchingProof,
) -> Result<Vec<Fr>, VerifyError> {
    let rounds = num_rounds(layouts);
    if proof.rounds.len() != rounds {
        return Err(VerifyError::Length);
    }
    let slots = claims
        .iter()
        .map(|claim| slot(layouts, claim))
        .collect::<Result<Vec<_>, _>>()?;
    let weights = draw_weights(transcript, claims);
    let mut sum: Fr = claims
        .iter()
        .zip(&weights)
        .map(|(claim, c)| claim.value * c)
        .sum();
    let mut point = Vec::with_capacity(rounds);
    for message in &proof.rounds {
        transcript.absorb_scalars(b"batching round", message);
        let z = transcript.challenge(b"batching challenge");
        sum = evaluate_compressed(message, sum, z);
        point.push(z);
    }
    // The last variable was bound first.
    point.reverse();
    let values = [proof.values.model, proof.values.witness];
    transcript.absorb_scalars(b"stack values", &values);

    let mut expected = Fr::zero();
    for ((claim, slot), c) in claims.iter().zip(slots).zip(&weights) {
        let layout = layouts.get(claim.group);
        let (missing, z) = split_low(&point, layout.num_vars());
        let extension = eq_zero(missing).square();
        let weight = layout.claim_weight(slot, &claim.point, z);
        expected += *c * weight * extension * proof.values.get(claim.group);
    }
    if sum != expected {
        return Err(VerifyError::Sumcheck);
    }
    Ok(point)
}

#[cfg(feature = "prover")]
pub use prover::prove;

#[cfg(feature = "prover")]
mod prover {
    use super::super::rows::Stack;
    use super::super::Group;
    use super::*;
    use crate::poly::eq::{eq1, eq_table, eq_table_scaled};
    use crate::srs::{ROW_LEN, ROW_LOG};
    use ark_ff::batch_inversion;
    use rayon::prelude::*;
    use std::collections::BTreeMap;

    /// `sum_x eq(point, x) vector[x]` over a sub-cube of a vector, while the vector's variables are bound from the lowest on.
    struct Term {
        /// Factor of the sum: the claim's weight times `eq` of the coordinates bound so far.
        scale: Fr,
        /// The sum.
        value: Fr,
        /// The sub-cube's index bits above its own variables.
        prefix: usize,
        /// Own coordinates that are not bound, and their inverses (or zero).
        point: Vec<(Fr, Fr)>,
        /// The eq table of these coordinates without the last.
        eq: Vec<Fr>,
        /// The sum with the round's variable fixed to zero and to one instead.
        at: [Fr; 2],
    }

    impl Term {
        fn new(scale: Fr, value: Fr, prefix: usize, point: &[Fr]) -> Self {
            let mut inverses = point.to_vec();
            batch_inversion(&mut inverses);
            let eq = point
                .split_last()
                .map(|(_, high)| eq_table(high))
                .unwrap_or_default();
            let point = point.iter().copied().zip(inverses).collect();
            Self {
                scale,
                value,
                prefix,
                point,
                eq,
                at: Default::default(),
            }
        }

        /// The coordinate of the round's variable.
        fn coordinate(&self) -> Fr {
            self.point
                .last()
                .map_or(Fr::from(self.prefix as u64 & 1), |(u, _)| *u)
        }

        /// Constant and quadratic coefficient of `scale eq(u, X) (at_0 + (at_1 - at_0) X)`.
        fn message(&mut self, vector: &[Fr]) -> [Fr; 2] {
            let u = self.coordinate();
            self.at = if let Some((u, inverse)) = self.point.last() {
                let pairs = &vector[self.prefix << self.point.len()..][..2 * self.eq.len()];
                let dot = |k: usize| {
                    let cells = pairs.chunks_exact(2).map(|pair| pair[k]);
                    self.eq
                        .iter()
                        .zip(cells)
                        .map(|(eq, cell)| *eq * cell)
                        .sum::<Fr>()
                };
                // value = (1 - u) at_0 + u at_1.
                let zero = dot(0);
                let one = if inverse.is_zero() {
                    dot(1)
                } else {
                    (self.value - (Fr::one() - u) * zero) * inverse
                };
                [zero, one]
            } else {
                let pair = self.prefix & !1;
                [vector[pair], vector[pair + 1]]
            };
            let [zero, one] = self.at;
            [
                self.scale * (Fr::one() - u) * zero,
                self.scale * (u + u - Fr::one()) * (one - zero),
            ]
        }

        fn bind(&mut self, z: Fr) {
            self.scale *= eq1(self.coordinate(), z);
            self.value = self.at[0] + (self.at[1] - self.at[0]) * z;
            if self.point.pop().is_none() {
                self.prefix >>= 1;
            }
            self.eq = self
                .eq
                .chunks_exact(2)
                .map(|pair| pair[0] + pair[1])
                .collect();
        }
    }

    /// A vector and the terms over it.
    struct Instance {
        vector: Vec<Fr>,
        terms: Vec<Term>,
    }

    impl Instance {
        fn message(&mut self) -> [Fr; 2] {
            let Self { vector, terms } = self;
            terms
                .iter_mut()
                .map(|term| term.message(vector))
                .fold([Fr::zero(); 2], add)
        }

        fn bind(&mut self, z: Fr) {
            self.terms.iter_mut().for_each(|term| term.bind(z));
            for i in 0..self.vector.len() / 2 {
                let (zero, one) = (self.vector[2 * i], self.vector[2 * i + 1]);
                self.vector[i] = zero + (one - zero) * z;
            }
            self.vector.truncate(self.vector.len().div_ceil(2));
        }
    }

    fn add(a: [Fr; 2], b: [Fr; 2]) -> [Fr; 2] {
        [a[0] + b[0], a[1] + b[1]]
    }

    /// A claim with its place and its weight.
    struct Placed<'a> {
        claim: &'a Claim,
        slot: &'a Slot,
        weight: Fr,
    }

    /// Runs the sumcheck for claims that hold; returns its messages and the point that they lead to.
    ///
    /// # Errors
    /// [`VerifyError::Claim`] if a claim does not fit its layout.
    pub fn prove(
        transcript: &mut Transcript,
        stacks: &Groups<Stack<'_>>,
        claims: &[Claim],
    ) -> Result<(BatchingProof, Vec<Fr>), VerifyError> {
        let layouts = Groups {
            model: stacks.model.layout(),
            witness: stacks.witness.layout(),
        };
        let slots: Vec<&Slot> = claims
            .iter()
            .map(|claim| slot(&layouts, claim))
            .collect::<Result<_, _>>()?;
        let weights = draw_weights(transcript, claims);
        let placed = claims.iter().zip(slots).zip(weights);
        let placed: Vec<Placed<'_>> = placed
            .map(|((claim, slot), weight)| Placed {
                claim,
                slot,
                weight,
            })
            .collect();

        let mut rounds = Vec::new();
        // The challenges in the order of the point: the next one goes to the front.
        let mut point: Vec<Fr> = Vec::new();
        let mut round = |instances: &mut [Instance]| {
            let message = instances
                .par_iter_mut()
                .map(Instance::message)
                .reduce(Default::default, add);
            transcript.absorb_scalars(b"batching round", &message);
            let z = transcript.challenge(b"batching challenge");
            instances
                .par_iter_mut()
                .for_each(|instance| instance.bind(z));
            rounds.push(message);
            z
        };

        let mut instances = large_instances(stacks, &placed);
        instances.extend(small_instances(stacks, &placed));
        for _ in 0..ROW_LOG {
            point.insert(0, round(&mut instances));
        }

        let total = num_rounds(&layouts);
        let eq_low = eq_table(&point);
        let mut instances = [Group::Model, Group::Witness].map(|group| {
            row_instance(
                group,
                stacks.get(group),
                &placed,
                &point,
                &eq_low,
                total - ROW_LOG,
            )
        });
        let mut values: Groups<Fr> = Groups::default();
        for bound in ROW_LOG..=total {
            // A stack with all its variables bound is the first cell; zeros extend it.
            if layouts.model.num_vars() == bound {
                values.model = instances[0].vector[0];
            }
            if layouts.witness.num_vars() == bound {
                values.witness = instances[1].vector[0];
            }
            if bound < total {
                point.insert(0, round(&mut instances));
            }
        }
        transcript.absorb_scalars(b"stack values", &[values.model, values.witness]);
        Ok((BatchingProof { rounds, values }, point))
    }

    /// Claims on tensors of at least a row, with their variables above the row bound; claims whose coordinates within
    /// the row agree are summed.
    fn large_instances(stacks: &Groups<Stack<'_>>, placed: &[Placed<'_>]) -> Vec<Instance> {
        /// For the claims with the same low coordinates: the weighted sum of their values and, by tensor, the weights of its rows.
        #[derive(Default)]
        struct Shared {
            value: Fr,
            row_weights: BTreeMap<(Group, usize), Vec<Fr>>,
        }
        let mut by_point: BTreeMap<&[Fr], Shared> = BTreeMap::new();
        for Placed { claim, weight, .. } in placed.iter().filter(|p| p.slot.log_cells >= ROW_LOG) {
            let (high, low) = split_low(&claim.point, ROW_LOG);
            let shared = by_point.entry(low).or_default();
            shared.value += *weight * claim.value;
            let weights = eq_table_scaled(high, *weight);
            shared
                .row_weights
                .entry((claim.group, claim.tensor))
                .and_modify(|sum| sum.iter_mut().zip(&weights).for_each(|(sum, w)| *sum += w))
                .or_insert(weights);
        }
        let shared: Vec<_> = by_point.into_iter().collect();
        let instance = |(point, shared): (&[Fr], Shared)| {
            let tensors: Vec<_> = shared.row_weights.into_iter().collect();
            let vector = tensors
                .par_iter()
                .map(|((group, t), weights)| stacks.get(*group).cells(*t).combine_rows(weights))
                .reduce(
                    || vec![Fr::zero(); ROW_LEN],
                    |mut a, b| {
                        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                        a
                    },
                );
            let terms = vec![Term::new(Fr::one(), shared.value, 0, point)];
            Instance { vector, terms }
        };
        shared.into_par_iter().map(instance).collect()
    }

    /// Claims on tensors smaller than a row, by the row that they lie in.
    fn small_instances(stacks: &Groups<Stack<'_>>, placed: &[Placed<'_>]) -> Vec<Instance> {
        let mut by_row: BTreeMap<(Group, usize), Vec<Term>> = BTreeMap::new();
        for Placed {
            claim,
            slot,
            weight,
        } in placed.iter().filter(|p| p.slot.log_cells < ROW_LOG)
        {
            let prefix = (slot.offset % ROW_LEN) >> slot.log_cells;
            let term = Term::new(*weight, claim.value, prefix, &claim.point);
            by_row
                .entry((claim.group, slot.offset / ROW_LEN))
                .or_default()
                .push(term);
        }
        by_row
            .into_iter()
            .map(|((group, row), terms)| {
                let cells = stacks.get(group).row(row);
                Instance {
                    vector: cells.into_iter().map(Fr::from).collect(),
                    terms,
                }
            })
            .collect()
    }

    /// A group's claims once the variables within a row are bound to `low`: on the vector of the rows' values, extended by zeros
    /// to `2^row_vars`.
    fn row_instance(
        group: Group,
        stack: &Stack<'_>,
        placed: &[Placed<'_>],
        low: &[Fr],
        eq_low: &[Fr],
        row_vars: usize,
    ) -> Instance {
        let mut vector = stack.evaluate_rows(eq_low);
        vector.resize(1 << row_vars, Fr::zero());
        let term = |Placed {
                        claim,
                        slot,
                        weight,
                    }: &Placed<'_>| {
            let row = slot.offset / ROW_LEN;
            if slot.log_cells < ROW_LOG {
                // The prefix within the row is bound as well.
                let bits = (slot.offset % ROW_LEN) >> slot.log_cells;
                let (prefix, own) = split_low(low, slot.log_cells);
                let eq = crate::poly::eq::eq_bits(prefix, bits as u64)
                    * crate::poly::eq::eq(&claim.point, own);
                return Term::new(*weight * eq, vector[row], row, &[]);
            }
            let (high, own) = split_low(&claim.point, ROW_LOG);
            let rows = &vector[row..row + (1 << high.len())];
            let value = eq_table(high)
                .iter()
                .zip(rows)
                .map(|(eq, cell)| *eq * cell)
                .sum();
            let scale = *weight * crate::poly::eq::eq(own, low);
            Term::new(scale, value, row >> high.len(), high)
        };
        let terms = placed
            .par_iter()
            .filter(|p| p.claim.group == group)
            .map(term)
            .collect();
        Instance { vector, terms }
    }
}

#[cfg(all(test, feature = "prover"))]
mod should;
