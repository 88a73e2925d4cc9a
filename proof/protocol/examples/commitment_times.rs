// SPDX-License-Identifier: Apache-2.0
//! Times of the commitment's parts on this machine, the best and the mean of several runs:
//! `cargo run --release -p assay-proof --features prover --example commitment_times`.

use ark_bls12_381::{Fr, G1Affine};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::UniformRand;
use assay_proof::commitment::rows::{Cells, Stack};
use assay_proof::commitment::stack::{StackLayout, TensorSize};
use assay_proof::commitment::{
    batching, opening, prove_claims, verify_claims, Claim, CommittedStack, Group, Groups,
};
use assay_proof::msm::backend::{Arkworks, Backend};
use assay_proof::msm::fixed_base::{self, FixedBase};
use assay_proof::poly::small;
use assay_proof::srs::{self, G1, G2, ROW_LEN, ROW_LOG, TAU_G2};
use assay_proof::Transcript;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::hint::black_box;
use std::time::Instant;

/// Prints the shortest and the mean of several runs.
fn time<T>(what: &str, mut run: impl FnMut() -> T) -> T {
    let mut best = f64::INFINITY;
    let (mut total, mut runs) = (0.0, 0u32);
    loop {
        let start = Instant::now();
        let result = black_box(run());
        let elapsed = start.elapsed().as_secs_f64() * 1e3;
        best = best.min(elapsed);
        total += elapsed;
        runs += 1;
        if total > 1000.0 {
            println!("{what:<66} {best:>9.3} ms, mean {:.3}", total / runs as f64);
            return result;
        }
    }
}

fn main() {
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    println!("threads: {}", rayon::current_num_threads());
    let start = Instant::now();
    srs::powers();
    println!(
        "{:<66} {:>9.3} ms",
        "read the powers, once",
        start.elapsed().as_secs_f64() * 1e3
    );
    let start = Instant::now();
    fixed_base::tables();
    println!(
        "{:<66} {:>9.3} ms",
        "build the tables, once",
        start.elapsed().as_secs_f64() * 1e3
    );

    for (what, bits, signed) in [
        ("row of 8-bit activations, a half of them zero", 8, true),
        ("row of 8-bit integers", 8, false),
        ("row of 12-bit weights", 12, true),
        ("row of 12-bit limbs", 12, false),
        ("row of 22-bit multiplicities", 22, false),
    ] {
        let sparse = what.contains("zero");
        let row: Vec<i64> = (0..ROW_LEN)
            .map(|_| {
                let value = i64::from(rng.next_u32() >> (32 - bits));
                match (sparse, signed) {
                    (true, _) => value * i64::from(rng.next_u32() & 1),
                    (_, true) => value - (1 << (bits - 1)),
                    _ => value,
                }
            })
            .collect();
        let _ = time(&format!("commit a {what}"), || {
            fixed_base::commit_small(&row)
        });
    }
    let scalars: Vec<Fr> = (0..ROW_LEN).map(|_| Fr::rand(&mut rng)).collect();
    let _ = time("commit 4096 full-size scalars", || {
        fixed_base::commit(&scalars)
    });
    if std::env::args().any(|a| a == "windows") {
        for window in 11..=15 {
            let base = FixedBase::new(srs::powers(), window, FixedBase::full_size(window));
            let _ = time(&format!("  with windows of {window} bits"), || {
                base.msm(&scalars)
            });
        }
    }

    let point: Vec<Fr> = scalars[..ROW_LOG].to_vec();
    let proof = time("open a row", || {
        opening::prove(&mut Transcript::new(b"bench"), scalars.clone(), &point).unwrap()
    });
    black_box(proof);

    for n in [16, 32, 64, 128, 256, 1024] {
        let points: Vec<G1Affine> = (0..n)
            .map(|_| (G1 * Fr::rand(&mut rng)).into_affine())
            .collect();
        let _ = time(&format!("verifier MSM, {n} points, arkworks"), || {
            ark_bls12_381::G1Projective::msm(&points, &scalars[..n]).unwrap()
        });
        let _ = time(&format!("verifier MSM, {n} points"), || {
            Arkworks::msm(&points, &scalars[..n])
        });
    }
    time("pairing check, 2 pairs", || {
        Arkworks::pairing_check((G1, TAU_G2), (-G1, G2))
    });

    // A model of 2^21 12-bit weights in four tensors, a witness of 2^18 8-bit activations in sixteen.
    let tensors =
        |log_cells: usize, count: usize, mask: u32, rng: &mut rand_chacha::ChaCha20Rng| {
            let cells = |rng: &mut rand_chacha::ChaCha20Rng| -> Vec<i16> {
                (0..1 << log_cells)
                    .map(|_| (rng.next_u32() & mask) as i16)
                    .collect()
            };
            (0..count).map(|_| cells(rng)).collect::<Vec<_>>()
        };
    let model = tensors(19, 4, 0xfff, &mut rng);
    let witness = tensors(14, 16, 0xff, &mut rng);
    let layout = |tensors: &[Vec<i16>]| {
        let size = |cells: &Vec<i16>| TensorSize {
            log_cells: cells.len().trailing_zeros() as usize,
            used: cells.len(),
        };
        StackLayout::new(&tensors.iter().map(size).collect::<Vec<_>>()).unwrap()
    };
    let layouts = Groups {
        model: layout(&model),
        witness: layout(&witness),
    };
    let cells = |tensors: &'static [Vec<i16>]| -> &'static [Cells<'static>] {
        tensors
            .iter()
            .map(|c| Cells::I16(c))
            .collect::<Vec<_>>()
            .leak()
    };
    let (model, witness): (&'static [Vec<i16>], &'static [Vec<i16>]) =
        (model.leak(), witness.leak());
    let stacks = Groups {
        model: Stack::new(&layouts.model, cells(model)).unwrap(),
        witness: Stack::new(&layouts.witness, cells(witness)).unwrap(),
    };
    let rows = Groups {
        model: time("commit 512 rows of 12-bit weights", || {
            stacks.model.commit()
        }),
        witness: time("commit 64 rows of 8-bit activations", || {
            stacks.witness.commit()
        }),
    };
    let mut claims = Vec::new();
    for (group, tensors, count) in [(Group::Model, model, 1), (Group::Witness, witness, 2)] {
        for (tensor, cells) in tensors.iter().enumerate() {
            for _ in 0..count {
                let vars = cells.len().trailing_zeros();
                let point: Vec<Fr> = (0..vars).map(|_| Fr::rand(&mut rng)).collect();
                let value = small::evaluate(cells, &point);
                claims.push(Claim {
                    group,
                    tensor,
                    point,
                    value,
                });
            }
        }
    }
    time("batching sumcheck, 36 claims on 2^21 + 2^18 cells", || {
        batching::prove(&mut Transcript::new(b"bench"), &stacks, &claims).unwrap()
    });
    let proof = time("prove the claims: batching and opening", || {
        prove_claims(&mut Transcript::new(b"bench"), &stacks, &claims).unwrap()
    });
    let committed = Groups {
        model: CommittedStack {
            layout: &layouts.model,
            rows: &rows.model,
        },
        witness: CommittedStack {
            layout: &layouts.witness,
            rows: &rows.witness,
        },
    };
    time("verify the claims: 576 rows", || {
        verify_claims::<Arkworks>(&mut Transcript::new(b"bench"), &committed, &claims, &proof)
            .unwrap()
    });
}
