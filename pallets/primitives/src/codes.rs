// SPDX-License-Identifier: Apache-2.0
//! The form in which input codes travel and are stored.
//!
//! A code `c` of a model whose inputs range from `min` to `max` is written as the unsigned number `c - min`, little endian, in 1 byte
//! if `max - min < 2^8`, in 2 if `max - min < 2^16`, else in 4. The codes of one input follow each other in the order of the circuit's
//! input tensor (`[C, H, W]`, row-major), the inputs of a job follow each other. Nothing else is written: the model says how many
//! codes an input has.

use alloc::vec::Vec;

use crate::KeyFacts;

/// Packed codes don't fit the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodesRejected {
    /// Not a whole number of inputs, or none.
    Shape,
    /// A code is out of the model's range.
    Range,
}

impl KeyFacts {
    /// Bytes of one packed input code: 1, 2 or 4.
    pub fn code_bytes(&self) -> u32 {
        match self.span() {
            0..=0xff => 1,
            0x100..=0xffff => 2,
            _ => 4,
        }
    }

    /// Bytes of one packed input. Saturates.
    pub fn packed_input_bytes(&self) -> u32 {
        self.input_elements.saturating_mul(self.code_bytes())
    }

    /// The largest packed code.
    fn span(&self) -> u32 {
        let span = i64::from(self.input_max).saturating_sub(i64::from(self.input_min));
        // Two `i32` differ by less than 2^32; an empty range has no span.
        u32::try_from(span).unwrap_or(0)
    }
}

/// One packed code of 1, 2 or 4 bytes.
fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// The packed inputs, each as long as the model's input.
fn split<'b>(
    packed: &'b [u8],
    facts: &KeyFacts,
) -> Result<core::slice::ChunksExact<'b, u8>, CodesRejected> {
    let bytes = facts.packed_input_bytes() as usize;
    if bytes == 0 || packed.is_empty() || packed.len() % bytes != 0 {
        return Err(CodesRejected::Shape);
    }
    Ok(packed.chunks_exact(bytes))
}

/// Checks shape and range of packed codes and returns how many inputs they are. Allocates nothing.
///
/// # Errors
///
/// [`CodesRejected`].
pub fn check_packed(packed: &[u8], facts: &KeyFacts) -> Result<u32, CodesRejected> {
    let inputs = split(packed, facts)?.len();
    let span = facts.span();
    let mut codes = packed.chunks_exact(facts.code_bytes() as usize);
    if codes.any(|code| number(code) > span) {
        return Err(CodesRejected::Range);
    }
    u32::try_from(inputs).map_err(|_| CodesRejected::Shape)
}

/// The codes of each input.
///
/// # Errors
///
/// [`CodesRejected`].
pub fn unpack(packed: &[u8], facts: &KeyFacts) -> Result<Vec<Vec<i32>>, CodesRejected> {
    let (min, span) = (facts.input_min, facts.span());
    let code = |bytes: &[u8]| match number(bytes) {
        // At most `max`: no overflow.
        number if number <= span => Ok(min.wrapping_add_unsigned(number)),
        _ => Err(CodesRejected::Range),
    };
    split(packed, facts)?
        .map(|input| {
            input
                .chunks_exact(facts.code_bytes() as usize)
                .map(code)
                .collect()
        })
        .collect()
}

/// The inverse of [`unpack`].
///
/// # Errors
///
/// [`CodesRejected`].
pub fn pack(inputs: &[Vec<i32>], facts: &KeyFacts) -> Result<Vec<u8>, CodesRejected> {
    let bytes = facts.code_bytes() as usize;
    let mut packed = Vec::with_capacity(inputs.len() * facts.packed_input_bytes() as usize);
    for input in inputs {
        if input.len() != facts.input_elements as usize {
            return Err(CodesRejected::Shape);
        }
        for code in input {
            if !(facts.input_min..=facts.input_max).contains(code) {
                return Err(CodesRejected::Range);
            }
            let number = code.wrapping_sub(facts.input_min).to_le_bytes();
            packed.extend_from_slice(&number[..bytes]);
        }
    }
    if packed.is_empty() {
        return Err(CodesRejected::Shape);
    }
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VerificationCost;

    fn facts(input_elements: u32, input_min: i32, input_max: i32) -> KeyFacts {
        KeyFacts {
            digest: Default::default(),
            verifier_version: 1,
            input_elements,
            input_min,
            input_max,
            output_elements: 1,
            max_batch: 1,
            work: 1,
            cost: VerificationCost::default(),
        }
    }

    #[test]
    fn codes_come_back_at_every_width() {
        for (min, max, bytes) in [
            (0, 255, 1),
            (-128, 127, 1),
            (-128, 128, 2),
            (-32768, 32767, 2),
            (-32768, 32768, 4),
            (i32::MIN, i32::MAX, 4),
        ] {
            let facts = facts(3, min, max);
            let inputs = vec![vec![min, max, 0], vec![1, min, max]];
            let packed = pack(&inputs, &facts).unwrap();
            assert_eq!(packed.len(), 6 * bytes);
            assert_eq!(check_packed(&packed, &facts), Ok(2));
            assert_eq!(unpack(&packed, &facts), Ok(inputs));
        }
    }

    #[test]
    fn a_part_of_an_input_is_refused() {
        let facts = facts(3, 0, 255);
        for length in [0, 1, 2, 4, 5, 7] {
            assert_eq!(
                check_packed(&vec![0; length], &facts),
                Err(CodesRejected::Shape)
            );
            assert_eq!(unpack(&vec![0; length], &facts), Err(CodesRejected::Shape));
        }
        assert_eq!(pack(&[vec![0; 2]], &facts), Err(CodesRejected::Shape));
        assert_eq!(pack(&[], &facts), Err(CodesRejected::Shape));
    }

    #[test]
    fn a_code_out_of_range_is_refused() {
        let facts = facts(2, -4, 4);
        assert_eq!(check_packed(&[0, 8], &facts), Ok(1));
        assert_eq!(check_packed(&[0, 9], &facts), Err(CodesRejected::Range));
        assert_eq!(unpack(&[9, 0], &facts), Err(CodesRejected::Range));
        assert_eq!(pack(&[vec![5, 0]], &facts), Err(CodesRejected::Range));
        assert_eq!(pack(&[vec![-5, 0]], &facts), Err(CodesRejected::Range));
    }
}
