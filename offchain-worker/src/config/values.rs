// SPDX-License-Identifier: Apache-2.0
//! Values as they are written in the file: amounts, sizes, choices, and texts that may be empty.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};

/// Reads and writes a type as text.
macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                text::serialize(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text::deserialize(deserializer)
            }
        }
    };
}

/// An amount of the native token: `"1.5 ASY"` in the file, its smallest unit (10^-12 ASY) here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub u128);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&assay_client::units::format_amount(self.0))
    }
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        assay_client::units::parse_amount(text)
            .map(Self)
            .map_err(|error| {
                format!("`{text}` is not an amount, write for example \"1.5 ASY\": {error}")
            })
    }
}
as_text!(Amount);

/// A number of bytes: `"512 MiB"` in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

const SIZES: [(&str, u64); 5] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = SIZES
            .iter()
            .find(|(_, size)| self.0 >= *size && self.0 % size == 0);
        let (unit, size) = exact.unwrap_or(&("B", 1));
        write!(f, "{} {unit}", self.0 / size)
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fail = || {
            format!("`{text}` is not a size: write a whole number and a unit, for example \"512 MiB\" (B, KiB, MiB, GiB, TiB)")
        };
        let trimmed = text.trim();
        // "B" is the last: every other unit ends in it.
        let (number, size) = SIZES
            .iter()
            .find_map(|(unit, size)| trimmed.strip_suffix(unit).map(|number| (number, *size)))
            .ok_or_else(fail)?;
        let number = number.trim_end();
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(fail());
        }
        let number: u64 = number.parse().map_err(|_| fail())?;
        number.checked_mul(size).map(Self).ok_or_else(fail)
    }
}
as_text!(ByteSize);

/// When something on the chain is regarded as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finality {
    /// When it is in the best block: earlier, and it may have to be done again.
    Best,
    /// When it is in a finalised block.
    #[default]
    Finalised,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// An object of JSON a line.
    Json,
}

/// From where weights may be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// A file of this machine, below one of `models.file_roots`.
    File,
    /// HTTP. The content hash on the chain protects what is fetched, not who sees that it is.
    Http,
    /// HTTP over TLS.
    Https,
}

/// A value of another module that has a text.
pub(super) mod text {
    use super::*;

    pub(in crate::config) fn serialize<T: fmt::Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(in crate::config) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: fmt::Display>,
        D: Deserializer<'de>,
    {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A value that may be absent: the empty text in the file.
pub(super) mod optional {
    use super::*;

    pub(in crate::config) trait Text: Sized {
        fn read(text: &str) -> Result<Self, String>;
        fn write(&self) -> String;
    }

    impl Text for String {
        fn read(text: &str) -> Result<Self, String> {
            Ok(text.to_string())
        }
        fn write(&self) -> String {
            self.clone()
        }
    }

    impl Text for PathBuf {
        fn read(text: &str) -> Result<Self, String> {
            Ok(text.into())
        }
        fn write(&self) -> String {
            self.display().to_string()
        }
    }

    impl Text for [u8; 32] {
        fn read(text: &str) -> Result<Self, String> {
            let mut bytes = [0; 32];
            hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)
                .map_err(|_| format!("`{text}` is not a hash: 64 hexadecimal digits after 0x"))?;
            Ok(bytes)
        }
        fn write(&self) -> String {
            format!("0x{}", hex::encode(self))
        }
    }

    pub(in crate::config) fn serialize<T: Text, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.as_ref().map(Text::write).unwrap_or_default())
    }

    pub(in crate::config) fn deserialize<'de, T: Text, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(None);
        }
        T::read(&text).map(Some).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn read_and_write_amounts() {
        for (text, amount, again) in [
            ("0", 0, "0 ASY"),
            ("1", 1_000_000_000_000, "1 ASY"),
            ("1.50 ASY", 1_500_000_000_000, "1.5 ASY"),
            ("0.000000000001 ASY", 1, "0.000000000001 ASY"),
        ] {
            assert_eq!(text.parse(), Ok(Amount(amount)));
            assert_eq!(Amount(amount).to_string(), again);
            assert_eq!(again.parse(), Ok(Amount(amount)));
        }
        for text in ["", "ASY", "-1", "1e3", "1.0000000000001", "1,5", "1 DOT"] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }

    #[test]
    fn read_and_write_sizes() {
        for (text, size, again) in [
            ("0 B", 0, "0 B"),
            ("1024 B", 1024, "1 KiB"),
            ("1536KiB", 1536 << 10, "1536 KiB"),
            ("2 GiB", 2 << 30, "2 GiB"),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(size)));
            assert_eq!(ByteSize(size).to_string(), again);
            assert_eq!(again.parse(), Ok(ByteSize(size)));
        }
        for text in ["", "5", "B", "1.5 GiB", "-1 B", "1 GB", "99999999999 TiB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }
}
