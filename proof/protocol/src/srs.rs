// SPDX-License-Identifier: Apache-2.0
//! The structured reference string: Ethereum's KZG ceremony for EIP-4844, the setup with 4096 powers of `tau` in G1.
//!
//! **What is trusted.** That at least one of the ceremony's 141 416 contributors deleted its secret. The powers are those of the
//! `c-kzg` crate, kept in `ceremony/` (uncompressed, so that reading them takes no square roots; `scripts/ceremony-powers.py` writes them). A test
//! rebuilds from them, and from the Lagrange form that it computes, the text file `trusted_setup.txt` that the EIP-4844 libraries ship
//! and compares its SHA-256 digest with [`TRUSTED_SETUP_SHA256`]; another checks with pairings that they are consecutive powers of the
//! `tau` in [`TAU_G2`].
//!
//! **Length.** No party ever had more than 4096 powers in G1, so no commitment to a polynomial of degree 4096 or more exists (in the
//! algebraic group model, under the 4096-strong discrete logarithm assumption): a row has exactly [`ROW_LEN`] cells so that no degree check is
//! needed. The other setups of the ceremony (2^13 to 2^15 powers) have different secrets and must not be mixed with this one.
//!
//! Reference: EIP-4844; `consensus-specs`, `presets/mainnet/trusted_setups/trusted_setup_4096.json`.

use ark_bls12_381::{Fq2, G1Affine, G2Affine};
use ark_ff::MontFp;

/// Base-2 logarithm of the number of cells in a row: a parameter of the verifying key's version.
pub const ROW_LOG: usize = 12;

/// Cells in a row; powers of `tau` in G1.
pub const ROW_LEN: usize = 1 << ROW_LOG;

/// SHA-256 of `trusted_setup.txt`, the setup as the EIP-4844 libraries ship it (`ethereum/c-kzg-4844`, `src/trusted_setup.txt`). It derives
/// from the ceremony transcript with SHA-256 `8ed1c73857e77ae98ea23e36cdcf828ccbf32b423fddc7480de658f9d116c848`.
pub const TRUSTED_SETUP_SHA256: [u8; 32] = [
    0xd3, 0x9b, 0x9f, 0x2d, 0x04, 0x7c, 0xc9, 0xdc, 0xa2, 0xde, 0x58, 0xf2, 0x64, 0xb6, 0xa0, 0x94,
    0x48, 0xcc, 0xd3, 0x4d, 0xb9, 0x67, 0x88, 0x1a, 0x67, 0x13, 0xea, 0xca, 0xcf, 0x0f, 0x26, 0xb7,
];

/// `[1]_1`, the generator of G1.
pub const G1: G1Affine = G1Affine::new_unchecked(
    MontFp!("0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"),
    MontFp!("0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"),
);

/// `[1]_2`, the generator of G2.
pub const G2: G2Affine = G2Affine::new_unchecked(
    Fq2::new(
        MontFp!("0x024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"),
        MontFp!("0x13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"),
    ),
    Fq2::new(
        MontFp!("0x0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"),
        MontFp!("0x0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be"),
    ),
);

/// `[tau]_2`, the second power of the ceremony in G2.
pub const TAU_G2: G2Affine = G2Affine::new_unchecked(
    Fq2::new(
        MontFp!("0x185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2"),
        MontFp!("0x15bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72"),
    ),
    Fq2::new(
        MontFp!("0x014353bdb96b626dd7d5ee8599d1fca2131569490e28de18e82451a496a9c9794ce26d105941f383ee689bfbbb832a99"),
        MontFp!("0x1666c54b0a32529503432fcae0181b4bef79de09fc63671fda5ed1ba9bfa07899495346f3d7ac9cd23048ef30d0a154f"),
    ),
);

/// The powers `[tau^i]_1` for `i < ROW_LEN`, decoded on first use.
///
/// # Panics
/// If the embedded file is not a list of 4096 canonical points, which the tests exclude.
#[cfg(feature = "prover")]
pub fn powers() -> &'static [G1Affine] {
    use ark_serialize::CanonicalDeserialize;
    static POWERS: std::sync::OnceLock<Vec<G1Affine>> = std::sync::OnceLock::new();
    POWERS.get_or_init(|| {
        let file = include_bytes!("../ceremony/g1-monomial.bin");
        let powers: Vec<G1Affine> = file
            .chunks_exact(96)
            .map(G1Affine::deserialize_uncompressed_unchecked)
            .collect::<Result<_, _>>()
            .expect("the ceremony's points are canonical");
        assert_eq!(powers.len(), ROW_LEN, "the ceremony has 4096 powers");
        powers
    })
}

#[cfg(all(test, feature = "prover"))]
mod should {
    use super::*;
    use crate::msm::test_util::{fft, root_of_unity};
    use crate::testing::scalars;
    use ark_bls12_381::{Bls12_381, Fr, G1Projective};
    use ark_ec::pairing::Pairing;
    use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
    use ark_ff::{Field, One};
    use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
    use sha2::{Digest, Sha256};

    fn g2_powers() -> Vec<G2Affine> {
        include_bytes!("../ceremony/g2-monomial.bin")
            .chunks_exact(96)
            .map(|point| G2Affine::deserialize_compressed(point).unwrap())
            .collect()
    }

    #[test]
    fn have_the_standard_generators_and_the_ceremony_s_tau() {
        assert_eq!(G1, G1Affine::generator());
        assert_eq!(G2, G2Affine::generator());
        assert_eq!(powers()[0], G1);
        let g2 = g2_powers();
        assert_eq!(g2.len(), 65);
        assert_eq!((g2[0], g2[1]), (G2, TAU_G2));
        assert!(TAU_G2.is_on_curve() && TAU_G2.is_in_correct_subgroup_assuming_on_curve());
    }

    /// The digest covers all three lists of points; the Lagrange form is computed from the monomial one, so it is a check as well.
    #[test]
    fn have_the_published_digest() {
        // Lagrange form: the inverse DFT of the powers.
        let n_inverse = Fr::from(ROW_LEN as u64).inverse().unwrap();
        let mut lagrange: Vec<G1Projective> = powers().iter().map(|p| (*p).into()).collect();
        fft(&mut lagrange, root_of_unity().inverse().unwrap());
        let lagrange: Vec<G1Projective> = lagrange.iter().map(|p| *p * n_inverse).collect();

        let mut text = String::from("4096\n65\n");
        let mut line = |bytes: Vec<u8>| {
            bytes
                .iter()
                .for_each(|byte| text.push_str(&format!("{byte:02x}")));
            text.push('\n');
        };
        let g1 = |p: &G1Affine| {
            let mut bytes = Vec::new();
            p.serialize_compressed(&mut bytes).unwrap();
            bytes
        };
        G1Projective::normalize_batch(&lagrange)
            .iter()
            .for_each(|p| line(g1(p)));
        for p in g2_powers() {
            let mut bytes = Vec::new();
            p.serialize_compressed(&mut bytes).unwrap();
            line(bytes);
        }
        powers().iter().for_each(|p| line(g1(p)));
        assert_eq!(Sha256::digest(text.as_bytes())[..], TRUSTED_SETUP_SHA256);
    }

    #[test]
    fn be_consecutive_powers_in_the_prime_order_subgroup() {
        assert!(powers().iter().all(|p| p.is_on_curve()));
        assert!(powers()
            .iter()
            .all(|p| p.is_in_correct_subgroup_assuming_on_curve()));
        // sum_i c_i [tau^(i+1)]_1 paired with [1]_2 against sum_i c_i [tau^i]_1 paired with [tau]_2.
        let c = scalars(1, ROW_LEN - 1);
        let low = G1Projective::msm(&powers()[..ROW_LEN - 1], &c).unwrap();
        let high = G1Projective::msm(&powers()[1..], &c).unwrap();
        assert_eq!(
            Bls12_381::pairing(high, G2),
            Bls12_381::pairing(low, TAU_G2)
        );
        assert_ne!(
            Bls12_381::pairing(high, G2),
            Bls12_381::pairing(low + G1, TAU_G2)
        );
        assert!(!powers()[1..].contains(&G1) && Fr::one() != c[0]);
    }
}
