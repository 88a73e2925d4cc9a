// SPDX-License-Identifier: Apache-2.0
//! Amounts of the native token: ASY, with 12 decimals. Exact in both directions.

use crate::types::Balance;

/// One token in the smallest unit.
pub const ASY: Balance = 1_000_000_000_000;
/// Digits after the point.
const DECIMALS: usize = 12;
/// The longest text that is read. The largest amount has 39 digits.
const MAX_TEXT: usize = 64;

/// Why a text is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a number.
    #[error(
        "{0:?} is not an amount: write 1.5, \"1.5 ASY\", or \"1500000 pASY\" in the smallest unit"
    )]
    Malformed(String),
    /// More digits after the point than the token has.
    #[error("{0:?} has more than 12 digits after the point")]
    TooFine(String),
    /// More than 128 bits.
    #[error("{0:?} is more than an amount can be")]
    TooLarge(String),
}

/// Reads an amount: tokens (`1.5`, `1.5 ASY`), or the smallest unit (`1500000 pASY`).
///
/// # Errors
///
/// [`AmountError`].
pub fn parse_amount(text: &str) -> Result<Balance, AmountError> {
    let shown: String = text.chars().take(MAX_TEXT).collect();
    let malformed = || AmountError::Malformed(shown.clone());
    let too_large = || AmountError::TooLarge(shown.clone());
    if text.len() > MAX_TEXT {
        return Err(malformed());
    }
    let text = text.trim();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(smallest) = text.strip_suffix("pASY") {
        let smallest = smallest.trim_end();
        if smallest.is_empty() || !digits(smallest) {
            return Err(malformed());
        }
        return smallest.parse().map_err(|_| too_large());
    }
    let text = text.strip_suffix("ASY").unwrap_or(text).trim_end();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !digits(whole) || !digits(part) || text.ends_with('.') {
        return Err(malformed());
    }
    if part.len() > DECIMALS {
        return Err(AmountError::TooFine(shown));
    }
    let whole: Balance = whole.parse().map_err(|_| too_large())?;
    let part: Balance = format!("{part:0<DECIMALS$}")
        .parse()
        .map_err(|_| malformed())?;
    whole
        .checked_mul(ASY)
        .and_then(|whole| whole.checked_add(part))
        .ok_or_else(too_large)
}

/// Writes an amount in tokens, such as `1.5 ASY`. [`parse_amount`] gives it back.
pub fn format_amount(amount: Balance) -> String {
    let (whole, part) = (amount / ASY, amount % ASY);
    if part == 0 {
        return format!("{whole} ASY");
    }
    let part = format!("{part:0>DECIMALS$}");
    format!("{whole}.{} ASY", part.trim_end_matches('0'))
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn come_back_from_text() {
        let amounts = [
            (0, "0 ASY"),
            (1, "0.000000000001 ASY"),
            (ASY, "1 ASY"),
            (ASY + ASY / 2, "1.5 ASY"),
            (1_000_000, "0.000001 ASY"),
            (1_234 * ASY + 1, "1234.000000000001 ASY"),
            (u128::MAX, "340282366920938463463374607.431768211455 ASY"),
        ];
        for (amount, text) in amounts {
            assert_eq!(format_amount(amount), text);
            assert_eq!(parse_amount(text), Ok(amount));
        }
    }

    #[test]
    fn be_read_with_and_without_unit() {
        for (text, amount) in [
            ("2", 2 * ASY),
            (" 2.50 ", 2 * ASY + ASY / 2),
            ("2.5ASY", 2 * ASY + ASY / 2),
            ("7 pASY", 7),
            ("1000000000000pASY", ASY),
        ] {
            assert_eq!(parse_amount(text), Ok(amount), "{text}");
        }
    }

    #[test]
    fn be_refused_when_they_are_no_amounts() {
        for text in [
            "", ".", "1.", ".5", "-1", "+1", "1e3", "0x10", "1,5", "1.5 pASY", "pASY", "ASY",
            "1 2", "٣",
        ] {
            let error = parse_amount(text).unwrap_err();
            assert!(
                matches!(error, AmountError::Malformed(_)),
                "{text}: {error}"
            );
        }
        assert!(matches!(
            parse_amount("0.0000000000001"),
            Err(AmountError::TooFine(_))
        ));
        for text in [
            "340282366920938463463374607.431768211456",
            "999999999999999999999999999999999999999 pASY",
            "999999999999999999999999999999999999999999",
        ] {
            assert!(
                matches!(parse_amount(text), Err(AmountError::TooLarge(_))),
                "{text}"
            );
        }
        assert!(parse_amount(&"1".repeat(1_000_000)).is_err());
    }
}
