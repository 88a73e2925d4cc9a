// SPDX-License-Identifier: Apache-2.0
//! The form in which a job's inputs travel and are stored, as `assay-pallet-primitives` defines it.
//!
//! A code `c` of a model whose inputs range from `min` to `max` is written as the unsigned number `c - min`, little
//! endian, in 1 byte if `max - min < 2^8`, in 2 if `max - min < 2^16`, else in 4. The codes of one input follow each other
//! in the order of the circuit's input tensor (`[C, H, W]`, row-major), the inputs of a job follow each other.

use crate::types::{JobId, KeyFacts};

/// What the model says of its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputFormat {
    /// Codes in one input, at least one.
    pub elements: u32,
    /// Least code.
    pub min: i32,
    /// Largest code.
    pub max: i32,
}

/// Codes don't fit the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodesError {
    /// Not a whole number of inputs, or none.
    #[error("not a whole number of inputs of the model")]
    Shape,
    /// A code is out of the model's range.
    #[error("a code is out of the model's range")]
    Range,
}

impl From<&KeyFacts> for InputFormat {
    fn from(facts: &KeyFacts) -> Self {
        Self {
            elements: facts.input_elements,
            min: facts.input_min,
            max: facts.input_max,
        }
    }
}

impl InputFormat {
    /// The largest packed code.
    fn span(&self) -> u32 {
        // Two `i32` differ by less than 2^32; an empty range has no span.
        let span = i64::from(self.max) - i64::from(self.min);
        u32::try_from(span).unwrap_or(0)
    }

    /// Bytes of one packed code: 1, 2 or 4.
    pub fn code_bytes(&self) -> usize {
        match self.span() {
            0..=0xff => 1,
            0x100..=0xffff => 2,
            _ => 4,
        }
    }

    /// Bytes of one packed input. `None` if that is no number of this machine.
    pub fn input_bytes(&self) -> Option<usize> {
        usize::try_from(self.elements)
            .ok()?
            .checked_mul(self.code_bytes())
    }
}

/// Packs the codes of the inputs of one job.
///
/// # Errors
///
/// [`CodesError`].
pub fn pack(inputs: &[Vec<i32>], format: &InputFormat) -> Result<Vec<u8>, CodesError> {
    let bytes = format.code_bytes();
    let mut packed = Vec::new();
    for input in inputs {
        if u32::try_from(input.len()) != Ok(format.elements) {
            return Err(CodesError::Shape);
        }
        for code in input {
            if !(format.min..=format.max).contains(code) {
                return Err(CodesError::Range);
            }
            let number = code.wrapping_sub(format.min).to_le_bytes();
            packed.extend_from_slice(&number[..bytes]);
        }
    }
    if packed.is_empty() {
        return Err(CodesError::Shape);
    }
    Ok(packed)
}

/// The inverse of [`pack`].
///
/// # Errors
///
/// [`CodesError`].
pub fn unpack(packed: &[u8], format: &InputFormat) -> Result<Vec<Vec<i32>>, CodesError> {
    let input = format.input_bytes().filter(|bytes| *bytes > 0);
    let input = input.ok_or(CodesError::Shape)?;
    if packed.is_empty() || !packed.len().is_multiple_of(input) {
        return Err(CodesError::Shape);
    }
    let code = |bytes: &[u8]| {
        let number = bytes
            .iter()
            .rev()
            .fold(0u32, |number, byte| (number << 8) | u32::from(*byte));
        if number > format.span() {
            return Err(CodesError::Range);
        }
        // At most `max`: no overflow.
        Ok(format.min.wrapping_add_unsigned(number))
    };
    let codes = |input: &[u8]| input.chunks_exact(format.code_bytes()).map(code).collect();
    packed.chunks_exact(input).map(codes).collect()
}

/// A job's number as proofs are bound to it (`assay_proof::Context::jobs`).
pub fn job_bytes(job: JobId) -> [u8; 8] {
    job.to_le_bytes()
}

#[cfg(test)]
mod should {
    use super::*;

    fn format(elements: u32, min: i32, max: i32) -> InputFormat {
        InputFormat { elements, min, max }
    }

    /// The chain's tests pack the same values to the same bytes (`pallets/primitives/src/codes.rs`).
    #[test]
    fn pack_as_the_chain_does() {
        let cases: [(InputFormat, &[i32], &[u8]); 6] = [
            (format(3, 0, 255), &[0, 255, 7], &[0, 255, 7]),
            (format(3, -128, 127), &[-128, 127, 0], &[0, 255, 128]),
            (format(2, -128, 128), &[-128, 128], &[0, 0, 0, 1]),
            (format(2, -32768, 32767), &[-32768, 1], &[0, 0, 1, 128]),
            (
                format(2, -32768, 32768),
                &[32768, -32767],
                &[0, 0, 1, 0, 1, 0, 0, 0],
            ),
            (
                format(2, i32::MIN, i32::MAX),
                &[i32::MAX, 0],
                &[255, 255, 255, 255, 0, 0, 0, 128],
            ),
        ];
        for (format, codes, packed) in cases {
            assert_eq!(pack(&[codes.to_vec()], &format).unwrap(), packed);
            assert_eq!(unpack(packed, &format).unwrap(), [codes.to_vec()]);
            let twice = [packed, packed].concat();
            assert_eq!(unpack(&twice, &format).unwrap().len(), 2);
        }
    }

    #[test]
    fn refuse_a_part_of_an_input() {
        let format = format(3, 0, 255);
        for length in [0, 1, 2, 4, 5, 7] {
            assert_eq!(unpack(&vec![0; length], &format), Err(CodesError::Shape));
        }
        assert_eq!(pack(&[vec![0; 2]], &format), Err(CodesError::Shape));
        assert_eq!(pack(&[], &format), Err(CodesError::Shape));
        assert_eq!(unpack(&[0], &self::format(0, 0, 1)), Err(CodesError::Shape));
    }

    #[test]
    fn refuse_a_code_out_of_range() {
        let format = format(2, -4, 4);
        assert_eq!(unpack(&[0, 9], &format), Err(CodesError::Range));
        assert_eq!(pack(&[vec![5, 0]], &format), Err(CodesError::Range));
        assert_eq!(pack(&[vec![-5, 0]], &format), Err(CodesError::Range));
    }

    #[test]
    fn write_jobs_little_endian() {
        assert_eq!(job_bytes(0x0102), [2, 1, 0, 0, 0, 0, 0, 0]);
    }
}
