// SPDX-License-Identifier: Apache-2.0
//! Tests of the batching sumcheck, most of them together with the opening.

use super::super::rows::{Cells, Stack};
use super::super::stack::TensorSize;
use super::super::{prove_claims, verify_claims, ClaimsProof, CommittedStack, Group};
use super::*;
use crate::msm::backend::Arkworks;
use crate::poly::eq::suffix;
use crate::poly::multilinear;
use crate::srs::{G1, ROW_LOG};
use crate::testing::scalars;
use ark_bls12_381::G1Affine;

/// Tensors of two groups with claims on them.
struct Fixture {
    cells: Groups<Vec<(Vec<i16>, TensorSize)>>,
    layouts: Groups<StackLayout>,
    claims: Vec<Claim>,
}

fn tensor(seed: usize, log_cells: usize, used: usize) -> (Vec<i16>, TensorSize) {
    let hash = |i: usize| ((i << 8 | seed) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
    let cells = (0..used).map(|i| hash(i) as i16 - 2048);
    (cells.collect(), TensorSize { log_cells, used })
}

fn fixture(model: &[(usize, usize)], witness: &[(usize, usize)]) -> Fixture {
    let tensors = |seed: usize, sizes: &[(usize, usize)]| -> Vec<_> {
        sizes
            .iter()
            .enumerate()
            .map(|(i, (k, used))| tensor(seed + i, *k, *used))
            .collect()
    };
    let cells = Groups {
        model: tensors(1, model),
        witness: tensors(50, witness),
    };
    let layout = |tensors: &[(Vec<i16>, TensorSize)]| {
        StackLayout::new(&tensors.iter().map(|t| t.1).collect::<Vec<_>>()).unwrap()
    };
    let layouts = Groups {
        model: layout(&cells.model),
        witness: layout(&cells.witness),
    };
    Fixture {
        cells,
        layouts,
        claims: Vec::new(),
    }
}

impl Fixture {
    fn claim(&mut self, group: Group, tensor: usize, point: Vec<Fr>) {
        let (cells, size) = &self.cells.get(group)[tensor];
        let values: Vec<Fr> = cells.iter().map(|c| Fr::from(*c)).collect();
        let point = suffix(&point, size.log_cells).to_vec();
        let value = multilinear::evaluate(&values, &point);
        self.claims.push(Claim {
            group,
            tensor,
            point,
            value,
        });
    }

    fn with_stacks<T>(&self, run: impl FnOnce(&Groups<Stack<'_>>) -> T) -> T {
        let cells = |tensors: &'_ [(Vec<i16>, TensorSize)]| -> Vec<Vec<i16>> {
            tensors.iter().map(|t| t.0.clone()).collect()
        };
        let (model, witness) = (cells(&self.cells.model), cells(&self.cells.witness));
        let model: Vec<Cells<'_>> = model.iter().map(|c| Cells::I16(c)).collect();
        let witness: Vec<Cells<'_>> = witness.iter().map(|c| Cells::I16(c)).collect();
        run(&Groups {
            model: Stack::new(&self.layouts.model, &model).unwrap(),
            witness: Stack::new(&self.layouts.witness, &witness).unwrap(),
        })
    }

    fn prove(&self) -> (ClaimsProof, Groups<Vec<G1Affine>>) {
        self.with_stacks(|stacks| {
            let proof = prove_claims(&mut Transcript::new(b"test"), stacks, &self.claims).unwrap();
            let rows = Groups {
                model: stacks.model.commit(),
                witness: stacks.witness.commit(),
            };
            (proof, rows)
        })
    }

    fn verify(
        &self,
        claims: &[Claim],
        rows: &Groups<Vec<G1Affine>>,
        proof: &ClaimsProof,
    ) -> Result<(), VerifyError> {
        let stacks = Groups {
            model: CommittedStack {
                layout: &self.layouts.model,
                rows: &rows.model,
            },
            witness: CommittedStack {
                layout: &self.layouts.witness,
                rows: &rows.witness,
            },
        };
        verify_claims::<Arkworks>(&mut Transcript::new(b"test"), &stacks, claims, proof)
    }

    fn assert_complete(&self) {
        let (proof, rows) = self.prove();
        assert_eq!(self.verify(&self.claims, &rows, &proof), Ok(()));
    }
}

/// Large, small and single-cell tensors, omitted rows, shared points, several claims on a tensor, one tensor without a claim.
fn mixed() -> Fixture {
    let mut f = fixture(
        &[(14, 3 * 4096), (3, 8), (13, 5000), (0, 1)],
        &[
            (12, 4096),
            (11, 2048),
            (15, 17000),
            (11, 9),
            (1, 2),
            (9, 512),
        ],
    );
    let shared = scalars(1, 20);
    for t in 0..4 {
        f.claim(Group::Model, t, scalars(10 + t as u64, 20));
    }
    for t in [0, 1, 2, 3, 5] {
        f.claim(Group::Witness, t, shared.clone());
    }
    f.claim(Group::Witness, 2, scalars(30, 20));
    f.claim(Group::Witness, 2, shared);
    f.claim(Group::Witness, 3, scalars(31, 20));
    f
}

#[test]
fn accept_true_claims() {
    mixed().assert_complete();
}

#[test]
fn accept_groups_of_any_size() {
    let claim_all = |mut f: Fixture| {
        for group in [Group::Model, Group::Witness] {
            for t in 0..f.cells.get(group).len() {
                f.claim(group, t, scalars(5 + t as u64, 20));
            }
        }
        f
    };
    // No claim, no tensor, one cell, one row, and one group much larger than the other, either way round.
    fixture(&[(3, 8)], &[(13, 8192)]).assert_complete();
    claim_all(fixture(&[], &[])).assert_complete();
    claim_all(fixture(&[], &[(0, 1)])).assert_complete();
    claim_all(fixture(&[(0, 1)], &[(0, 1), (0, 0)])).assert_complete();
    claim_all(fixture(&[(12, 4096)], &[(12, 1)])).assert_complete();
    claim_all(fixture(&[(15, 20000), (2, 3)], &[(2, 4)])).assert_complete();
    claim_all(fixture(&[(2, 4)], &[(14, 9000), (14, 4096), (7, 128)])).assert_complete();
}

#[test]
fn accept_boolean_points() {
    let mut f = fixture(&[(13, 8192)], &[(5, 32), (12, 4096)]);
    for bit in 0..2u64 {
        f.claim(Group::Model, 0, vec![Fr::from(bit); 13]);
        f.claim(Group::Witness, 0, vec![Fr::from(bit); 5]);
        let alternating = (0..12).map(|i| Fr::from((i + bit) % 2)).collect();
        f.claim(Group::Witness, 1, alternating);
    }
    f.assert_complete();
}

#[test]
fn lead_to_the_values_of_the_stacks() {
    let f = mixed();
    f.with_stacks(|stacks| {
        let (proof, point) = prove(&mut Transcript::new(b"test"), stacks, &f.claims).unwrap();
        let layouts = Groups {
            model: &f.layouts.model,
            witness: &f.layouts.witness,
        };
        let verified = verify(&mut Transcript::new(b"test"), &layouts, &f.claims, &proof);
        assert_eq!(verified, Ok(point.clone()));
        for group in [Group::Model, Group::Witness] {
            let n = layouts.get(group).num_vars();
            let flat: Vec<Fr> = (0..1 << (n - ROW_LOG))
                .flat_map(|row| stacks.get(group).row(row))
                .map(Fr::from)
                .collect();
            let value = multilinear::evaluate(&flat, suffix(&point, n));
            assert_eq!(*proof.values.get(group), value);
        }
    });
}

#[test]
fn reject_a_wrong_value_or_point_in_any_claim() {
    let f = mixed();
    let (proof, rows) = f.prove();
    for j in 0..f.claims.len() {
        let mut claims = f.claims.clone();
        claims[j].value += Fr::one();
        assert!(f.verify(&claims, &rows, &proof).is_err());
        // The prover can't prove it either.
        let lying = Fixture {
            claims: claims.clone(),
            ..mixed()
        };
        let (lie, _) = lying.prove();
        assert!(f.verify(&claims, &rows, &lie).is_err());
        if let Some(u) = f.claims[j].point.first() {
            let mut claims = f.claims.clone();
            claims[j].point[0] = *u + Fr::one();
            assert!(f.verify(&claims, &rows, &proof).is_err());
        }
    }
    let mut fewer = f.claims.clone();
    fewer.pop();
    assert!(f.verify(&fewer, &rows, &proof).is_err());
}

#[test]
fn reject_swapped_tensors_and_other_rows() {
    let f = mixed();
    let (proof, rows) = f.prove();
    // Witness tensors 1 and 3 have the same size.
    let mut claims = f.claims.clone();
    claims
        .iter_mut()
        .filter(|c| c.group == Group::Witness)
        .for_each(|c| {
            c.tensor = match c.tensor {
                1 => 3,
                3 => 1,
                t => t,
            }
        });
    assert!(f.verify(&claims, &rows, &proof).is_err());
    for i in 0..rows.model.len() {
        let mut other = rows.clone();
        other.model[i] = G1;
        assert_eq!(
            f.verify(&f.claims, &other, &proof),
            Err(VerifyError::Opening)
        );
    }
    for i in 0..rows.witness.len() {
        let mut other = rows.clone();
        other.witness[i] = G1;
        assert_eq!(
            f.verify(&f.claims, &other, &proof),
            Err(VerifyError::Opening)
        );
    }
    let mut swapped = rows.clone();
    swapped.model.swap(0, 1);
    assert_eq!(
        f.verify(&f.claims, &swapped, &proof),
        Err(VerifyError::Opening)
    );
}

#[test]
fn reject_every_changed_message() {
    let f = mixed();
    let (proof, rows) = f.prove();
    for round in 0..proof.batching.rounds.len() {
        for i in 0..2 {
            let mut other = proof.clone();
            other.batching.rounds[round][i] += Fr::one();
            assert_eq!(
                f.verify(&f.claims, &rows, &other),
                Err(VerifyError::Sumcheck)
            );
        }
    }
    let mut other = proof.clone();
    other.batching.values.model += Fr::one();
    assert_eq!(
        f.verify(&f.claims, &rows, &other),
        Err(VerifyError::Sumcheck)
    );
    let mut other = proof.clone();
    other.batching.values.witness += Fr::one();
    assert_eq!(
        f.verify(&f.claims, &rows, &other),
        Err(VerifyError::Sumcheck)
    );
    let mut other = proof.clone();
    other.opening.evaluations[3] += Fr::one();
    assert_eq!(
        f.verify(&f.claims, &rows, &other),
        Err(VerifyError::Opening)
    );
    // Without claims nothing but the opening binds the values.
    let unclaimed = fixture(&[(13, 8192)], &[(3, 8)]);
    let (mut other, rows) = unclaimed.prove();
    other.batching.values.model += Fr::one();
    assert_eq!(
        unclaimed.verify(&[], &rows, &other),
        Err(VerifyError::Opening)
    );
}

#[test]
fn refuse_wrong_lengths_and_claims_that_do_not_fit() {
    let f = mixed();
    let (proof, rows) = f.prove();
    let mut other = proof.clone();
    other.batching.rounds.pop();
    assert_eq!(f.verify(&f.claims, &rows, &other), Err(VerifyError::Length));
    let mut other = proof.clone();
    other.batching.rounds.push([Fr::zero(); 2]);
    assert_eq!(f.verify(&f.claims, &rows, &other), Err(VerifyError::Length));
    let mut other = rows.clone();
    other.model.pop();
    assert_eq!(
        f.verify(&f.claims, &other, &proof),
        Err(VerifyError::Length)
    );
    let mut other = rows.clone();
    other.witness.push(G1);
    assert_eq!(
        f.verify(&f.claims, &other, &proof),
        Err(VerifyError::Length)
    );
    let mut claims = f.claims.clone();
    claims[0].tensor = 99;
    assert_eq!(f.verify(&claims, &rows, &proof), Err(VerifyError::Claim));
    let mut claims = f.claims.clone();
    claims[0].point.push(Fr::one());
    assert_eq!(f.verify(&claims, &rows, &proof), Err(VerifyError::Claim));
    f.with_stacks(|stacks| {
        let proof = prove_claims(&mut Transcript::new(b"test"), stacks, &claims);
        assert_eq!(proof, Err(VerifyError::Claim));
    });
}
