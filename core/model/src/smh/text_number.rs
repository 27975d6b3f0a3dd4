//! Sizes on the SMH wire: written as decimal strings, read from strings and numbers alike (SMH
//! section 1.7).

/// `#[serde(with = "decimal")]` for a `u64`.
pub mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }

    /// Writes the number as a string.
    ///
    /// # Errors
    /// Only what the serializer itself refuses.
    pub fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    /// Reads a string or a number.
    ///
    /// # Errors
    /// Whatever is neither, or negative.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        match Either::deserialize(deserializer)? {
            Either::Number(number) => Ok(number),
            Either::Text(text) => {
                text.parse().map_err(|_| de::Error::custom("not an unsigned decimal number"))
            }
        }
    }
}

/// `#[serde(with = "signed_decimal")]` for an `i64`: a moment in milliseconds.
pub(super) mod signed_decimal {
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
    }

    pub(in crate::smh) fn serialize<S: Serializer>(
        value: &i64,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(in crate::smh) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<i64, D::Error> {
        match Either::deserialize(deserializer)? {
            Either::Number(number) => Ok(number),
            Either::Text(text) => text.parse().map_err(|_| de::Error::custom("not a number")),
        }
    }
}

/// `#[serde(default, with = "maybe_decimal")]` for an `Option<u64>`.
pub mod maybe_decimal {
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Wrapped(#[serde(with = "super::decimal")] u64);

    /// Writes the number as a string, or null.
    ///
    /// # Errors
    /// Only what the serializer itself refuses.
    #[allow(clippy::ref_option, reason = "the signature serde asks for")]
    pub fn serialize<S: Serializer>(value: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(number) => serializer.collect_str(number),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a string, a number or null.
    ///
    /// # Errors
    /// Whatever is none of these.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<u64>, D::Error> {
        Ok(Option::<Wrapped>::deserialize(deserializer)?.map(|wrapped| wrapped.0))
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    /// Stands for a field with `decimal` where its schema is made; an `Option` of it for one with
    /// `maybe_decimal`.
    pub struct TextNumber;

    /// Stands for a field with `signed_decimal`.
    pub(in crate::smh) struct SignedTextNumber;

    fn schema(generator: &SchemaGenerator, pattern: &str) -> Schema {
        match generator.contract().is_serialize() {
            true => json_schema!({ "type": "string", "pattern": pattern }),
            false => json_schema!({ "type": ["string", "integer"], "pattern": pattern }),
        }
    }

    impl JsonSchema for TextNumber {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "TextNumber".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            schema(generator, "^[0-9]+$")
        }
    }

    impl JsonSchema for SignedTextNumber {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "SignedTextNumber".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            schema(generator, "^-?[0-9]+$")
        }
    }
}

#[cfg(feature = "schema")]
pub(super) use schema::SignedTextNumber;
#[cfg(feature = "schema")]
pub use schema::TextNumber;

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Sizes {
        #[serde(with = "super::decimal")]
        size: u64,
        #[serde(default, with = "super::maybe_decimal", skip_serializing_if = "Option::is_none")]
        capacity: Option<u64>,
    }

    #[test]
    fn strings_and_numbers_are_read_strings_are_written() {
        for (json, size, capacity) in [
            (r#"{"size":"7","capacity":8}"#, 7, Some(8)),
            (r#"{"size":7,"capacity":"8"}"#, 7, Some(8)),
            (r#"{"size":7,"capacity":null}"#, 7, None),
            (r#"{"size":"18446744073709551615"}"#, u64::MAX, None),
        ] {
            let sizes: Sizes = serde_json::from_str(json).unwrap();
            assert_eq!(sizes, Sizes { size, capacity }, "{json}");
        }
        let written = serde_json::to_string(&Sizes { size: 7, capacity: Some(8) }).unwrap();
        assert_eq!(written, r#"{"size":"7","capacity":"8"}"#);
        for json in [r#"{"size":-7}"#, r#"{"size":"-7"}"#, r#"{"size":"7.5"}"#] {
            assert!(serde_json::from_str::<Sizes>(json).is_err(), "{json}");
        }
    }
}
