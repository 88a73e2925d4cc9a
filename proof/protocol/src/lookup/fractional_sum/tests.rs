// SPDX-License-Identifier: Apache-2.0
//! Completeness over shapes, and a verifier that meets liars.

use super::*;
use crate::poly::multilinear::evaluate;
use crate::testing::scalars;

/// Leaves that add up to zero: lookups of the rows of a table, then the table.
fn balanced(seed: u64, lookups: usize, table: usize) -> Leaves {
    let rows = scalars(seed, table);
    let mut leaves = Leaves::default();
    let mut multiplicities = alloc::vec![0i32; table];
    for i in 0..lookups {
        let row = (i * i + 3 * i) % table;
        multiplicities[row] += 1;
        leaves.numerators.push(1);
        leaves.denominators.push(rows[row]);
    }
    leaves.numerators.extend(multiplicities.iter().map(|m| -m));
    leaves.denominators.extend(rows);
    leaves
}

fn transcript() -> Transcript {
    Transcript::new(b"test")
}

fn is_true(num_vars: usize, leaves: &Leaves, claim: &LeafClaim) -> bool {
    let mut p: Vec<Fr> = leaves.numerators.iter().map(|p| Fr::from(*p)).collect();
    let mut q = leaves.denominators.clone();
    p.resize(1 << num_vars, Fr::zero());
    q.resize(1 << num_vars, Fr::one());
    claim.point.len() == num_vars
        && evaluate(&p, &claim.point) == claim.numerator
        && evaluate(&q, &claim.point) == claim.denominator
}

#[test]
fn accept_balanced_leaves_of_every_shape() {
    for (num_vars, lookups, table) in [
        (0, 0, 0),
        (0, 0, 1),
        (1, 0, 1),
        (1, 1, 1),
        (2, 1, 1),
        (2, 2, 1),
        (3, 5, 3),
        (4, 0, 0),
        (4, 3, 2),
        (4, 7, 2),
        (5, 15, 2),
        (6, 30, 34),
        (7, 80, 1),
        (10, 600, 64),
        (13, 5000, 300),
    ] {
        let leaves = balanced(num_vars as u64, lookups, table);
        let (proof, proved) = prove(num_vars, leaves.clone(), &mut transcript());
        let lengths = Lengths::new(num_vars);
        assert_eq!(
            proof.top.len() + proof.messages.len() + proof.claims.len(),
            lengths.total()
        );
        let verified = verify(num_vars, &proof, &mut transcript());
        assert_eq!(
            verified.as_ref(),
            Ok(&proved),
            "{num_vars} {lookups} {table}"
        );
        assert!(
            is_true(num_vars, &leaves, &proved),
            "{num_vars} {lookups} {table}"
        );
    }
}

#[test]
fn leave_prover_and_verifier_with_the_same_transcript() {
    let (mut a, mut b) = (transcript(), transcript());
    let (proof, _) = prove(5, balanced(1, 20, 8), &mut a);
    verify(5, &proof, &mut b).unwrap();
    assert_eq!(a.challenge(b"after"), b.challenge(b"after"));
}

#[test]
fn reject_a_sum_that_is_not_zero() {
    for (num_vars, change) in [(3, 0), (6, 0), (6, 7), (6, 50)] {
        let mut leaves = balanced(2, 5 << (num_vars - 3), 3 << (num_vars - 3));
        let i = change.min(leaves.numerators.len() - 1);
        leaves.numerators[i] += 1;
        let (proof, _) = prove(num_vars, leaves, &mut transcript());
        assert_eq!(
            verify(num_vars, &proof, &mut transcript()),
            Err(VerifyError::LookupSum)
        );
    }
}

#[test]
fn reject_a_zero_denominator() {
    for (num_vars, lookups, table) in [(0, 0, 1), (2, 2, 2), (6, 50, 10)] {
        let mut leaves = balanced(3, lookups, table);
        // 0/0 would go unnoticed if only the numerator of the root were checked.
        leaves.denominators[0] = Fr::zero();
        leaves.numerators[0] = 0;
        let (proof, _) = prove(num_vars, leaves, &mut transcript());
        let result = verify(num_vars, &proof, &mut transcript());
        assert_eq!(result, Err(VerifyError::LookupDenominator));
    }
}

#[test]
fn reject_every_changed_element() {
    for num_vars in [1, 3, 4, 6] {
        let leaves = balanced(4, 1 << (num_vars - 1), 1 << (num_vars - 1));
        let (proof, _) = prove(num_vars, leaves, &mut transcript());
        let parts: [fn(&mut FractionalSumProof) -> &mut Vec<Fr>; 3] =
            [|p| &mut p.top, |p| &mut p.messages, |p| &mut p.claims];
        for part in parts {
            for i in 0..part(&mut proof.clone()).len() {
                for delta in [Fr::one(), -Fr::one(), Fr::from(1u64 << 40)] {
                    let mut changed = proof.clone();
                    part(&mut changed)[i] += delta;
                    // A top denominator with numerator zero is free at the root, but the leaf claim then is about others.
                    if num_vars > TOP_LAYERS {
                        assert!(
                            verify(num_vars, &changed, &mut transcript()).is_err(),
                            "{i}"
                        );
                    } else {
                        let honest = verify(num_vars, &proof, &mut transcript());
                        assert_ne!(verify(num_vars, &changed, &mut transcript()), honest, "{i}");
                    }
                }
            }
        }
    }
}

#[test]
fn reject_another_tree_with_a_zero_sum() {
    // Fractions that cancel but are not the leaves': the root holds, the first layer doesn't.
    let leaves = balanced(5, 20, 8);
    let (mut proof, _) = prove(5, leaves, &mut transcript());
    for value in &mut proof.top[..8] {
        *value = Fr::zero();
    }
    assert_eq!(
        verify(5, &proof, &mut transcript()),
        Err(VerifyError::Sumcheck)
    );
    // In a tree that is all top, the liar is caught by the leaf claim.
    let leaves = balanced(6, 5, 3);
    let (mut proof, _) = prove(3, leaves.clone(), &mut transcript());
    for value in &mut proof.top[..8] {
        *value = Fr::zero();
    }
    let claim = verify(3, &proof, &mut transcript()).unwrap();
    assert!(!is_true(3, &leaves, &claim));
}

#[test]
fn reject_wrong_lengths() {
    for num_vars in [0, 3, 5] {
        let leaves = balanced(7, (1 << num_vars) / 2, 1);
        let (proof, _) = prove(num_vars, leaves, &mut transcript());
        let parts: [fn(&mut FractionalSumProof) -> &mut Vec<Fr>; 3] =
            [|p| &mut p.top, |p| &mut p.messages, |p| &mut p.claims];
        for part in parts {
            let mut long = proof.clone();
            part(&mut long).push(Fr::zero());
            let result = verify(num_vars, &long, &mut transcript());
            assert_eq!(result, Err(VerifyError::Length));
            let mut short = proof.clone();
            if part(&mut short).pop().is_some() {
                let result = verify(num_vars, &short, &mut transcript());
                assert_eq!(result, Err(VerifyError::Length));
            }
        }
        let empty = FractionalSumProof::default();
        assert_eq!(
            verify(num_vars, &empty, &mut transcript()),
            Err(VerifyError::Length)
        );
    }
}

#[test]
fn reject_another_transcript() {
    let (proof, _) = prove(6, balanced(8, 40, 20), &mut transcript());
    let result = verify(6, &proof, &mut Transcript::new(b"other"));
    assert_eq!(result, Err(VerifyError::Sumcheck));
}
