// SPDX-License-Identifier: Apache-2.0
//! A proof and its encoding.
//!
//! Every length follows from the plan, so nothing in the bytes says how long anything is: a proof
//! of another length is refused before a byte of it is read. The order is: pad cells of the outputs
//! (4 bytes each, little endian), scalars (32 bytes, little endian, smaller than the group order),
//! points (48 bytes, compressed). Scalars come before points because checking them costs nothing,
//! so that random bytes are refused before a square root is taken. Each part has one encoding.
//!
//! Points are checked to lie on the curve, not in the subgroup: see [`crate::msm::backend`] for why
//! that suffices, and why a proof's bytes must not serve as an identifier.

use crate::commitment::batching::{num_rounds, BatchingProof};
use crate::commitment::opening::OpeningProof;
use crate::commitment::{ClaimsProof, Groups};
use crate::error::VerifyError;
use crate::layers::{linear, max_pool, requantise::LeafEvaluations, view};
use crate::lookup::fractional_sum::{self, FractionalSumProof};
use crate::plan::Plan;
use crate::srs::ROW_LOG;
use crate::sumcheck::{Shape, SumcheckProof};
use crate::transcript::{POINT_BYTES, SCALAR_BYTES};
use alloc::vec::Vec;
use ark_bls12_381::{Fr, G1Affine};
use ark_ff::{BigInt, PrimeField};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};

/// A batched sumcheck with the evaluations that end it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluated {
    /// The rounds.
    pub sumcheck: SumcheckProof,
    /// What the prover claims at its point.
    pub evaluations: Vec<Fr>,
}

/// The prover's messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The pad cells of the outputs, input by input, if the plan doesn't know them to be zero.
    pub output_pads: Vec<i32>,
    /// Commitments to the rows of group B.
    pub rows: Vec<G1Affine>,
    /// The lookup argument.
    pub fractional_sum: FractionalSumProof,
    /// The evaluations at the leaf point, see [`LeafEvaluations`].
    pub leaf: Vec<Fr>,
    /// The evaluations that come with the output claim, see [`linear::claims`].
    pub direct: Vec<Fr>,
    /// The zero checks of all max pools.
    pub pools: Evaluated,
    /// The products of all linear nodes.
    pub products: Evaluated,
    /// The views, level by level.
    pub views: Vec<Evaluated>,
    /// The opening of all commitments.
    pub opening: ClaimsProof,
}

/// The number of elements in each part of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofShape {
    output_pads: usize,
    rows: usize,
    fractional_sum: Option<fractional_sum::Lengths>,
    leaf: usize,
    direct: usize,
    pools: (Shape, usize),
    products: (Shape, usize),
    views: Vec<(Shape, usize)>,
    batching: usize,
}

impl ProofShape {
    /// Of the proofs that a plan describes.
    pub fn new(plan: &Plan) -> Self {
        let layouts = Groups {
            model: &plan.layouts.model,
            witness: &plan.layouts.witness,
        };
        let batch = |shapes: Vec<Shape>| Shape::of_batch(&shapes);
        Self {
            output_pads: plan.batch * plan.output_pad_cells(),
            rows: plan.layouts.witness.rows().len(),
            fractional_sum: plan.lookups.leaf_vars().map(fractional_sum::Lengths::new),
            leaf: LeafEvaluations::count(plan),
            direct: plan.direct_evaluations(),
            pools: (batch(max_pool::shapes(plan)), max_pool::evaluations(plan)),
            products: (batch(linear::shapes(plan)), 2 * plan.products.len()),
            views: plan
                .views
                .iter()
                .map(|level| (batch(view::shapes(level)), level.len()))
                .collect(),
            batching: num_rounds(&layouts),
        }
    }

    /// Field elements.
    pub fn scalars(&self) -> usize {
        let evaluated = |(shape, evaluations): &(Shape, usize)| shape.proof_len() + evaluations;
        self.fractional_sum.map_or(0, |lengths| lengths.total())
            + self.leaf
            + self.direct
            + evaluated(&self.pools)
            + evaluated(&self.products)
            + self.views.iter().map(evaluated).sum::<usize>()
            + 2 * self.batching
            + 2
            + ROW_LOG
    }

    /// Points of the curve.
    pub fn points(&self) -> usize {
        self.rows + (ROW_LOG - 1) + 2
    }

    /// Bytes.
    pub fn bytes(&self) -> usize {
        4 * self.output_pads + SCALAR_BYTES * self.scalars() + POINT_BYTES * self.points()
    }
}

/// Reads fixed-size pieces; the total length has been checked.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], VerifyError> {
        let (head, tail) = self.0.split_first_chunk().ok_or(VerifyError::Length)?;
        self.0 = tail;
        Ok(*head)
    }

    fn scalar(&mut self) -> Result<Fr, VerifyError> {
        let bytes: [u8; SCALAR_BYTES] = self.take()?;
        let mut limbs = [0u64; 4];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
            *limb = u64::from_le_bytes(bytes.try_into().map_err(|_| VerifyError::Length)?);
        }
        Fr::from_bigint(BigInt(limbs)).ok_or(VerifyError::Scalar)
    }

    fn scalars(&mut self, count: usize) -> Result<Vec<Fr>, VerifyError> {
        (0..count).map(|_| self.scalar()).collect()
    }

    fn point(&mut self) -> Result<G1Affine, VerifyError> {
        let bytes: [u8; POINT_BYTES] = self.take()?;
        let point = G1Affine::deserialize_compressed_unchecked(&bytes[..])
            .map_err(|_| VerifyError::Point)?;
        // arkworks ignores the other bits of a point at infinity.
        if encode_point(&point) == bytes {
            Ok(point)
        } else {
            Err(VerifyError::Point)
        }
    }

    fn points<const N: usize>(&mut self) -> Result<[G1Affine; N], VerifyError> {
        let mut points = [G1Affine::identity(); N];
        for point in &mut points {
            *point = self.point()?;
        }
        Ok(points)
    }

    fn evaluated(
        &mut self,
        (shape, evaluations): (Shape, usize),
    ) -> Result<Evaluated, VerifyError> {
        let sumcheck = SumcheckProof {
            messages: self.scalars(shape.proof_len())?,
        };
        Ok(Evaluated {
            sumcheck,
            evaluations: self.scalars(evaluations)?,
        })
    }
}

fn encode_point(point: &G1Affine) -> [u8; POINT_BYTES] {
    let mut bytes = [0; POINT_BYTES];
    // The slice has exactly the size of a compressed point.
    let _ = point.serialize_compressed(&mut bytes[..]);
    bytes
}

impl Proof {
    /// Decodes the bytes of a proof for `plan`.
    ///
    /// # Errors
    /// [`VerifyError::Length`] before anything is read if the length is not that of the plan,
    /// [`VerifyError::Scalar`] or [`VerifyError::Point`] for an element that isn't one or isn't in
    /// canonical form.
    pub fn from_bytes(plan: &Plan, bytes: &[u8]) -> Result<Self, VerifyError> {
        let shape = ProofShape::new(plan);
        if bytes.len() != shape.bytes() {
            return Err(VerifyError::Length);
        }
        let mut reader = Reader(bytes);
        let pad = |_| reader.take().map(i32::from_le_bytes);
        let output_pads = (0..shape.output_pads).map(pad).collect::<Result<_, _>>()?;
        let fractional_sum = match shape.fractional_sum {
            None => FractionalSumProof::default(),
            Some(lengths) => FractionalSumProof {
                top: reader.scalars(lengths.top)?,
                messages: reader.scalars(lengths.messages)?,
                claims: reader.scalars(lengths.claims)?,
            },
        };
        let leaf = reader.scalars(shape.leaf)?;
        let direct = reader.scalars(shape.direct)?;
        let pools = reader.evaluated(shape.pools)?;
        let products = reader.evaluated(shape.products)?;
        let views = shape.views.iter().map(|view| reader.evaluated(*view));
        let views = views.collect::<Result<_, _>>()?;
        let round = |_| Ok([reader.scalar()?, reader.scalar()?]);
        let rounds = (0..shape.batching).map(round).collect::<Result<_, _>>()?;
        let values = Groups {
            model: reader.scalar()?,
            witness: reader.scalar()?,
        };
        let mut evaluations = [Fr::default(); ROW_LOG];
        for evaluation in &mut evaluations {
            *evaluation = reader.scalar()?;
        }
        let rows = (0..shape.rows)
            .map(|_| reader.point())
            .collect::<Result<_, _>>()?;
        let folds = reader.points()?;
        let [quotient, opening] = reader.points()?;
        Ok(Self {
            output_pads,
            rows,
            fractional_sum,
            leaf,
            direct,
            pools,
            products,
            views,
            opening: ClaimsProof {
                batching: BatchingProof { rounds, values },
                opening: OpeningProof {
                    folds,
                    evaluations,
                    quotient,
                    opening,
                },
            },
        })
    }

    /// The encoding that [`Proof::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.output_pads
            .iter()
            .for_each(|pad| bytes.extend(pad.to_le_bytes()));
        for scalar in self.scalars() {
            scalar
                .into_bigint()
                .0
                .iter()
                .for_each(|limb| bytes.extend(limb.to_le_bytes()));
        }
        let OpeningProof {
            folds,
            quotient,
            opening,
            ..
        } = &self.opening.opening;
        for point in self.rows.iter().chain(folds).chain([quotient, opening]) {
            bytes.extend(encode_point(point));
        }
        bytes
    }

    /// Every scalar in the order of the encoding.
    fn scalars(&self) -> impl Iterator<Item = &Fr> {
        fn evaluated(part: &Evaluated) -> impl Iterator<Item = &Fr> {
            part.sumcheck.messages.iter().chain(&part.evaluations)
        }
        let FractionalSumProof {
            top,
            messages,
            claims,
        } = &self.fractional_sum;
        let BatchingProof { rounds, values } = &self.opening.batching;
        top.iter()
            .chain(messages)
            .chain(claims)
            .chain(&self.leaf)
            .chain(&self.direct)
            .chain(evaluated(&self.pools))
            .chain(evaluated(&self.products))
            .chain(self.views.iter().flat_map(evaluated))
            .chain(rounds.iter().flatten())
            .chain([&values.model, &values.witness])
            .chain(&self.opening.opening.evaluations)
    }
}
