//! The end-to-end check value of content. Owns its text form; does not compute it (`media` does).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// CRC-64/XZ of some bytes (SMH section 7.7). Written as an unsigned decimal string on every wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Crc64(u64);

impl Crc64 {
    /// Wraps a computed value; any 64-bit value is possible. Zero is the value of no bytes.
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The bare number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Crc64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Crc64 {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for Crc64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Crc64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom("crc64 must be an unsigned decimal string"))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Crc64 {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Crc64".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9]{1,20}$",
            "description": "CRC-64/XZ of some bytes, an unsigned decimal text (SMH section 7.7)."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_as_a_decimal_string() {
        let crc = Crc64::new(u64::MAX);
        let json = serde_json::to_string(&crc).unwrap();
        assert_eq!(json, "\"18446744073709551615\"");
        assert_eq!(serde_json::from_str::<Crc64>(&json).unwrap(), crc);
    }

    #[test]
    fn refuses_what_is_not_an_unsigned_number() {
        for text in ["\"-1\"", "\"0x1\"", "\"\"", "17", "\"18446744073709551616\""] {
            assert!(serde_json::from_str::<Crc64>(text).is_err(), "{text}");
        }
    }
}
