// SPDX-License-Identifier: Apache-2.0
//! Batches of products of all kinds, and a verifier that meets liars.

use super::*;
use crate::poly::eq::{eq_table, suffix};
use crate::poly::Multilinear;
use crate::testing::scalars;
use ark_ff::Zero;

/// An instance together with what is needed to check it by brute force.
#[derive(Clone)]
struct Case {
    num_vars: usize,
    w: Vec<Fr>,
    products: Vec<Product>,
}

impl Case {
    fn random(seed: u64, num_vars: usize, eq_vars: usize, factors: &[usize]) -> Self {
        let mut seed = seed * 1000;
        let mut next = |count| {
            seed += 1;
            scalars(seed, count)
        };
        let w = next(eq_vars);
        let mut product = |count: &usize| Product {
            coefficient: next(1)[0],
            factors: (0..*count)
                .map(|_| Multilinear::new(next(1 << num_vars)))
                .collect(),
        };
        Self {
            num_vars,
            w,
            products: factors.iter().map(&mut product).collect(),
        }
    }

    fn instance(&self) -> ProductSum {
        ProductSum::with_eq(self.num_vars, &self.w, self.products.clone())
    }

    fn shape(&self) -> Shape {
        self.instance().shape()
    }

    fn sum(&self) -> Fr {
        let eq = eq_table(&self.w);
        let rest = self.num_vars - self.w.len();
        let term = |x: usize| {
            let value = |p: &Product| {
                p.factors.iter().map(|f| f.values()[x]).product::<Fr>() * p.coefficient
            };
            eq[x >> rest] * self.products.iter().map(value).sum::<Fr>()
        };
        (0..1 << self.num_vars).map(term).sum()
    }

    /// The value at a point of the batch, of which this instance looks at the suffix.
    fn evaluate(&self, point: &[Fr]) -> Fr {
        let point = suffix(point, self.num_vars);
        let value = |p: &Product| {
            p.factors.iter().map(|f| f.evaluate(point)).product::<Fr>() * p.coefficient
        };
        let eq = crate::poly::eq::eq(&self.w, &point[..self.w.len()]);
        eq * self.products.iter().map(value).sum::<Fr>()
    }
}

fn transcript() -> Transcript {
    Transcript::new(b"test")
}

fn prove_cases(cases: &[Case], claims: &[Fr]) -> (SumcheckProof, Reduced) {
    let mut instances: Vec<ProductSum> = cases.iter().map(Case::instance).collect();
    let mut references: Vec<&mut dyn Instance> = instances
        .iter_mut()
        .map(|instance| instance as &mut dyn Instance)
        .collect();
    let proved = prove(&mut references, claims, &mut transcript());
    for (case, instance) in cases.iter().zip(&instances) {
        let point = proved.1.point_of(case.num_vars);
        let factors = case.products.iter().flat_map(|product| &product.factors);
        let expected: Vec<Fr> = factors.map(|factor| factor.evaluate(point)).collect();
        assert_eq!(instance.evaluations(), expected);
        assert_eq!(instance.sum(), case.evaluate(&proved.1.point));
    }
    proved
}

/// The whole check, as a caller does it.
fn accepts(cases: &[Case], claims: &[Fr], proof: &SumcheckProof) -> Result<(), VerifyError> {
    let shapes: Vec<Shape> = cases.iter().map(Case::shape).collect();
    let reduced = verify(&shapes, claims, proof, &mut transcript())?;
    let evaluations: Vec<Fr> = cases
        .iter()
        .map(|case| case.evaluate(&reduced.point))
        .collect();
    reduced.check(&evaluations)
}

fn batches() -> Vec<Vec<Case>> {
    let case = Case::random;
    alloc::vec![
        alloc::vec![],
        alloc::vec![case(1, 0, 0, &[])],
        alloc::vec![case(2, 0, 0, &[2])],
        alloc::vec![case(3, 3, 0, &[])],
        alloc::vec![case(4, 3, 3, &[])],
        alloc::vec![case(5, 4, 0, &[1])],
        alloc::vec![case(6, 4, 0, &[2])],
        alloc::vec![case(7, 4, 0, &[3, 1])],
        alloc::vec![case(8, 4, 0, &[4, 4, 2, 0])],
        alloc::vec![case(9, 4, 4, &[1])],
        alloc::vec![case(10, 4, 4, &[2, 2])],
        alloc::vec![case(11, 4, 4, &[3])],
        alloc::vec![case(12, 4, 4, &[4, 1])],
        alloc::vec![case(13, 5, 2, &[2, 1])],
        alloc::vec![case(14, 12, 12, &[2]), case(15, 12, 1, &[2])],
        alloc::vec![
            case(16, 3, 2, &[4]),
            case(17, 5, 0, &[2]),
            case(18, 0, 0, &[1]),
            case(19, 5, 5, &[1, 1]),
            case(20, 1, 1, &[2]),
        ],
    ]
}

#[test]
fn accept_batches_of_all_shapes() {
    for cases in batches() {
        let claims: Vec<Fr> = cases.iter().map(Case::sum).collect();
        for (case, claim) in cases.iter().zip(&claims) {
            assert_eq!(case.instance().sum(), *claim);
        }
        let shapes: Vec<Shape> = cases.iter().map(Case::shape).collect();
        let (proof, proved) = prove_cases(&cases, &claims);
        assert_eq!(proof.messages.len(), Shape::of_batch(&shapes).proof_len());
        let verified = verify(&shapes, &claims, &proof, &mut transcript());
        assert_eq!(verified, Ok(proved));
        assert_eq!(accepts(&cases, &claims, &proof), Ok(()));
    }
}

#[test]
fn accept_points_with_boolean_coordinates() {
    // The value at 1 can't be derived from the claim where a coordinate of w is 0, nor that at 0 where it is 1.
    let mut case = Case::random(21, 4, 4, &[3, 2]);
    for bits in 0..16u64 {
        case.w = (0..4).map(|i| Fr::from(bits >> i & 1)).collect();
        let cases = [case.clone()];
        let claims = [case.sum()];
        let (proof, _) = prove_cases(&cases, &claims);
        assert_eq!(accepts(&cases, &claims, &proof), Ok(()));
    }
}

#[test]
fn reject_every_changed_message() {
    for cases in batches() {
        let claims: Vec<Fr> = cases.iter().map(Case::sum).collect();
        let (proof, _) = prove_cases(&cases, &claims);
        for i in 0..proof.messages.len().min(40) {
            let mut changed = proof.clone();
            changed.messages[i] += Fr::one();
            assert_eq!(
                accepts(&cases, &claims, &changed),
                Err(VerifyError::Sumcheck),
                "{i}"
            );
        }
    }
}

#[test]
fn reject_every_false_claim() {
    for cases in batches() {
        let claims: Vec<Fr> = cases.iter().map(Case::sum).collect();
        for i in 0..claims.len() {
            let mut wrong = claims.clone();
            wrong[i] += Fr::one();
            // With the honest prover's messages, and with messages made for the false claim.
            let (honest, _) = prove_cases(&cases, &claims);
            assert_eq!(
                accepts(&cases, &wrong, &honest),
                Err(VerifyError::Sumcheck),
                "{i}"
            );
            let (lying, _) = prove_cases(&cases, &wrong);
            assert_eq!(
                accepts(&cases, &wrong, &lying),
                Err(VerifyError::Sumcheck),
                "{i}"
            );
        }
        if let [.., a, b] = &claims[..] {
            // False claims that cancel without the combining challenge.
            let mut wrong = claims.clone();
            let n = wrong.len();
            let (last, other) = (cases[n - 1].num_vars, cases[n - 2].num_vars);
            let scale = |vars: usize| Fr::from(1u64 << (12 - vars));
            (wrong[n - 1], wrong[n - 2]) = (*b + scale(other), *a - scale(last));
            let (lying, _) = prove_cases(&cases, &wrong);
            assert_eq!(accepts(&cases, &wrong, &lying), Err(VerifyError::Sumcheck));
        }
    }
}

#[test]
fn reject_wrong_lengths() {
    for cases in batches() {
        let claims: Vec<Fr> = cases.iter().map(Case::sum).collect();
        let (proof, _) = prove_cases(&cases, &claims);
        let mut long = proof.clone();
        long.messages.push(Fr::zero());
        assert_eq!(accepts(&cases, &claims, &long), Err(VerifyError::Length));
        let mut short = proof.clone();
        if short.messages.pop().is_some() {
            assert_eq!(accepts(&cases, &claims, &short), Err(VerifyError::Length));
        }
        let mut many = claims.clone();
        many.push(Fr::zero());
        assert_eq!(accepts(&cases, &many, &proof), Err(VerifyError::Length));
    }
}

#[test]
fn reject_the_wrong_number_of_evaluations() {
    let reduced = Reduced {
        point: Vec::new(),
        coefficients: [Fr::one()].into(),
        value: Fr::zero(),
    };
    assert_eq!(reduced.check(&[]), Err(VerifyError::Length));
    assert_eq!(reduced.check(&[Fr::zero()]), Ok(()));
    assert_eq!(
        reduced.check(&[Fr::zero(), Fr::zero()]),
        Err(VerifyError::Length)
    );
}

#[test]
#[should_panic(expected = "number of variables")]
fn refuse_factors_of_different_sizes() {
    ProductSum::inner_product(
        Multilinear::new(scalars(1, 2)),
        Multilinear::new(scalars(1, 4)),
    );
}
