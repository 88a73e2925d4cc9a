// SPDX-License-Identifier: Apache-2.0
//! What a proof is bound to besides the model, its inputs and outputs: a proof for one context verifies in no other.

use anyhow::{anyhow, Result};
use assay_proof::Context;
use clap::Args;

/// The context of a proof. The defaults stand for a proof outside any market.
#[derive(Debug, Args)]
pub(crate) struct ContextArguments {
    /// Genesis hash of the chain: 64 hexadecimal digits.
    #[arg(long, value_name = "HEX", value_parser = parse_32, default_value = ZERO)]
    chain_id: [u8; 32],
    /// A job that the proof settles, in hexadecimal; may be given several times, the order counts.
    #[arg(long = "job", value_name = "HEX", value_parser = parse_hex)]
    jobs: Vec<Bytes>,
    /// Account of the provider that is paid: 64 hexadecimal digits.
    #[arg(long, value_name = "HEX", value_parser = parse_32, default_value = ZERO)]
    provider: [u8; 32],
}

/// A parsed hexadecimal string of any length. clap would take a plain `Vec<u8>` for a list of arguments.
#[derive(Clone, Debug)]
struct Bytes(Vec<u8>);

const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl ContextArguments {
    /// The jobs as [`ContextArguments::context`] takes them.
    pub(crate) fn jobs(&self) -> Vec<&[u8]> {
        self.jobs.iter().map(|Bytes(bytes)| &bytes[..]).collect()
    }

    /// The context, with the jobs of [`ContextArguments::jobs`].
    pub(crate) fn context<'a>(&self, jobs: &'a [&'a [u8]]) -> Context<'a> {
        Context {
            chain_id: self.chain_id,
            jobs,
            provider: self.provider,
        }
    }
}

fn parse_hex(text: &str) -> Result<Bytes> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let all_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !all_digits {
        return Err(anyhow!("not an even number of hexadecimal digits"));
    }
    let byte = |index: usize| u8::from_str_radix(&digits[2 * index..2 * index + 2], 16);
    let bytes: Result<_, _> = (0..digits.len() / 2).map(byte).collect();
    Ok(Bytes(bytes?))
}

fn parse_32(text: &str) -> Result<[u8; 32]> {
    let Bytes(bytes) = parse_hex(text)?;
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| anyhow!("{length} bytes, 32 expected"))
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn parse_hexadecimal() {
        assert_eq!(parse_hex("0x00fF").unwrap().0, [0, 255]);
        assert_eq!(parse_hex("a1").unwrap().0, [0xa1]);
        for wrong in ["", "0x", "abc", "+1", "zz", "é1"] {
            assert!(parse_hex(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_32(ZERO).unwrap(), [0; 32]);
        assert!(parse_32("00").is_err());
    }
}
