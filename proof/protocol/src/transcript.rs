// SPDX-License-Identifier: Apache-2.0
//! The Fiat-Shamir transcript: [merlin](https://merlin.cool) (STROBE-128 over Keccak-f\[1600\])
//! with the encodings of field elements and points fixed in one place.
//!
//! **Statement.** Every challenge is a function of the protocol's name and of all labels, lengths
//! and messages absorbed before it, in order. merlin frames a message as `label || LE32(length) ||
//! message`, so that no two sequences of messages share an encoding; drawing a challenge changes
//! the state as well.
//!
//! **Soundness.** A challenge is 512 bits reduced modulo the 255-bit group order `r`: its
//! statistical distance from uniform is below `r / 2^512 < 2^-257`. STROBE's capacity gives 128
//! bits against collisions of states.

use alloc::vec::Vec;
use ark_bls12_381::{Fr, G1Affine};
use ark_ff::{MontFp, PrimeField};
use ark_serialize::CanonicalSerialize;

/// Bytes of a scalar in the transcript and in a proof: little endian, canonical.
pub const SCALAR_BYTES: usize = 32;

/// Bytes of a compressed point of G1.
pub const POINT_BYTES: usize = 48;

/// What prover and verifier have said so far. Both use the same type and must absorb the same
/// messages in the same order.
#[derive(Clone)]
pub struct Transcript(merlin::Transcript);

impl Transcript {
    /// An empty transcript of `protocol`, a name that includes the version.
    pub fn new(protocol: &'static [u8]) -> Self {
        Self(merlin::Transcript::new(protocol))
    }

    /// Absorbs bytes; their number is part of the message (less than 2^32).
    pub fn absorb_bytes(&mut self, label: &'static [u8], bytes: &[u8]) {
        self.append(label, bytes);
    }

    fn append(&mut self, label: &'static [u8], message: &[u8]) {
        #[cfg(test)]
        meter::count(label, message.len(), 0);
        self.0.append_message(label, message);
    }

    /// Absorbs an integer as eight little-endian bytes.
    pub fn absorb_u64(&mut self, label: &'static [u8], value: u64) {
        self.append(label, &value.to_le_bytes());
    }

    /// Absorbs one scalar.
    pub fn absorb_scalar(&mut self, label: &'static [u8], scalar: &Fr) {
        self.absorb_scalars(label, core::slice::from_ref(scalar));
    }

    /// Absorbs a list of scalars as one message; their number is part of it.
    pub fn absorb_scalars(&mut self, label: &'static [u8], scalars: &[Fr]) {
        let mut bytes = Vec::with_capacity(scalars.len() * SCALAR_BYTES);
        for scalar in scalars {
            for limb in scalar.into_bigint().0 {
                bytes.extend_from_slice(&limb.to_le_bytes());
            }
        }
        self.append(label, &bytes);
    }

    /// Absorbs one point in its compressed form.
    pub fn absorb_point(&mut self, label: &'static [u8], point: &G1Affine) {
        self.absorb_points(label, core::slice::from_ref(point));
    }

    /// Absorbs a list of points as one message of their compressed forms; their number is part of
    /// it.
    pub fn absorb_points(&mut self, label: &'static [u8], points: &[G1Affine]) {
        let mut bytes = Vec::with_capacity(points.len() * POINT_BYTES);
        for point in points {
            // Writing to a `Vec` cannot fail; were it to, the message would be shorter and its
            // length is absorbed.
            let _ = point.serialize_compressed(&mut bytes);
        }
        self.append(label, &bytes);
    }

    /// Draws a challenge, uniform over the scalar field up to a distance of 2^-257.
    pub fn challenge(&mut self, label: &'static [u8]) -> Fr {
        let mut bytes = [0u8; 64];
        #[cfg(test)]
        meter::count(label, bytes.len(), 1);
        self.0.challenge_bytes(label, &mut bytes);
        reduce(&bytes)
    }

    /// Draws `count` challenges, one after the other.
    pub fn challenges(&mut self, label: &'static [u8], count: usize) -> Vec<Fr> {
        (0..count).map(|_| self.challenge(label)).collect()
    }
}

/// The little-endian integer `bytes` modulo `r`. Equal to `Fr::from_le_bytes_mod_order`, which
/// spends a multiplication on each byte beyond the modulus' size; this one spends two in all.
fn reduce(bytes: &[u8; 64]) -> Fr {
    const TWO_248: Fr =
        MontFp!("452312848583266388373324160190187140051835877600158453279131187530910662656");
    let (low, rest) = bytes.split_at(31);
    let (middle, high) = rest.split_at(31);
    let [low, middle, high] = [low, middle, high].map(Fr::from_le_bytes_mod_order);
    (high * TWO_248 + middle) * TWO_248 + low
}

/// What the transcripts of this thread have worked, to compare with announced costs.
#[cfg(test)]
pub(crate) mod meter {
    use core::cell::Cell;

    std::thread_local! {
        static COUNTS: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    }

    /// A message or challenge: STROBE absorbs the label, the length and two bytes for each of three
    /// operations.
    pub(super) fn count(label: &[u8], length: usize, challenges: u64) {
        let bytes = (label.len() + length + 4 + 6) as u64;
        COUNTS.set((COUNTS.get().0 + bytes, COUNTS.get().1 + challenges));
    }

    /// Bytes and challenges since the last call.
    pub(crate) fn take() -> (u64, u64) {
        COUNTS.take()
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use ark_ec::AffineRepr;

    fn scalars(values: &[u64]) -> Vec<Fr> {
        values.iter().map(|&v| Fr::from(v)).collect()
    }

    #[test]
    fn reduce_like_arkworks() {
        for seed in 0u8..20 {
            let bytes: [u8; 64] = core::array::from_fn(|i| {
                (i as u8)
                    .wrapping_mul(37)
                    .wrapping_add(seed.wrapping_mul(91))
            });
            assert_eq!(reduce(&bytes), Fr::from_le_bytes_mod_order(&bytes));
        }
        assert_eq!(reduce(&[255; 64]), Fr::from_le_bytes_mod_order(&[255; 64]));
        assert_eq!(reduce(&[0; 64]), Fr::from(0));
    }

    #[test]
    fn bind_every_label_value_order_and_boundary() {
        let draw = |f: &dyn Fn(&mut Transcript)| {
            let mut transcript = Transcript::new(b"test");
            f(&mut transcript);
            transcript.challenge(b"c")
        };
        let challenges = [
            draw(&|_| ()),
            draw(&|t| t.absorb_bytes(b"a", b"")),
            draw(&|t| t.absorb_bytes(b"a", b"xy")),
            draw(&|t| t.absorb_bytes(b"b", b"xy")),
            draw(&|t| t.absorb_bytes(b"ax", b"y")),
            draw(&|t| {
                t.absorb_bytes(b"a", b"x");
                t.absorb_bytes(b"a", b"y");
            }),
            draw(&|t| {
                t.absorb_bytes(b"a", b"y");
                t.absorb_bytes(b"a", b"x");
            }),
            draw(&|t| t.absorb_scalars(b"s", &[])),
            draw(&|t| t.absorb_scalars(b"s", &scalars(&[1, 2]))),
            draw(&|t| t.absorb_scalars(b"s", &scalars(&[2, 1]))),
            draw(&|t| t.absorb_scalars(b"s", &scalars(&[1, 2, 0]))),
            draw(&|t| {
                t.absorb_scalars(b"s", &scalars(&[1]));
                t.absorb_scalars(b"s", &scalars(&[2]));
            }),
            draw(&|t| t.absorb_u64(b"s", 1)),
            draw(&|t| t.absorb_point(b"s", &G1Affine::generator())),
            draw(&|t| t.absorb_point(b"s", &-G1Affine::generator())),
            draw(&|t| t.absorb_point(b"s", &G1Affine::zero())),
            draw(&|t| {
                t.challenge(b"c");
            }),
            draw(&|t| {
                t.challenge(b"d");
            }),
            Transcript::new(b"test2").challenge(b"c"),
            Transcript::new(b"test").challenge(b"d"),
        ];
        for (i, a) in challenges.iter().enumerate() {
            for b in &challenges[..i] {
                assert_ne!(a, b, "challenge {i}");
            }
        }
    }

    /// The expected values come from an independent implementation of merlin, which agrees with
    /// merlin's own test vector.
    #[test]
    fn draw_known_challenges() {
        let mut transcript = Transcript::new(b"assay test v1");
        transcript.absorb_bytes(b"bytes", &[0, 1, 2]);
        transcript.absorb_u64(b"integer", 5);
        transcript.absorb_scalars(b"scalars", &[Fr::from(7), -Fr::from(1)]);
        transcript.absorb_point(b"point", &G1Affine::generator());
        const FIRST: Fr = MontFp!(
            "35379384413933562279803145521272923523490260447888897673875770934892034453188"
        );
        const SECOND: Fr = MontFp!(
            "33262586418617936804299089777239950274991884681050130602311532812736921561429"
        );
        assert_eq!(transcript.challenge(b"first"), FIRST);
        assert_eq!(transcript.challenge(b"second"), SECOND);
    }

    #[test]
    fn absorb_one_scalar_as_a_list_of_one() {
        let mut a = Transcript::new(b"test");
        let mut b = a.clone();
        a.absorb_scalar(b"s", &Fr::from(7));
        b.absorb_scalars(b"s", &scalars(&[7]));
        assert_eq!(a.challenge(b"c"), b.challenge(b"c"));
    }
}
