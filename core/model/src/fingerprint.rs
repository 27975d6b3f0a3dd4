//! The fingerprint of a certificate: what two people can compare. Owns its text form; does not
//! compute it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes of a SHA-256.
const LENGTH: usize = 32;

/// SHA-256 of a certificate's DER form. Written as 64 lower-case hex digits; read in either case,
/// with or without the colons or blanks that other programs put between pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; LENGTH]);

/// A text that is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A fingerprint is a SHA-256 of 64 hex digits")]
pub struct FingerprintError;

impl Fingerprint {
    /// Wraps a computed digest.
    pub const fn new(digest: [u8; LENGTH]) -> Self {
        Self(digest)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digest = [0; LENGTH];
        let mut count = 0;
        for c in text.chars().filter(|c| *c != ':' && *c != ' ') {
            let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let byte = digest.get_mut(count / 2).ok_or(FingerprintError)?;
            *byte = (*byte << 4) | digit.ok_or(FingerprintError)?;
            count += 1;
        }
        if count == 2 * LENGTH { Ok(Self(digest)) } else { Err(FingerprintError) }
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_other_programs_write_it() {
        let plain = "0123456789abcdef".repeat(4);
        let pairs: Vec<String> =
            plain.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into()).collect();
        let fingerprint: Fingerprint = plain.parse().unwrap();
        for text in [plain.to_uppercase(), pairs.join(":").to_uppercase(), pairs.join(" ")] {
            assert_eq!(text.parse(), Ok(fingerprint), "{text}");
        }
        assert_eq!(fingerprint.to_string(), plain);
        let json = serde_json::to_string(&fingerprint).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), fingerprint);
    }

    #[test]
    fn what_is_none_is_refused() {
        let plain = "0123456789abcdef".repeat(4);
        for text in ["", &plain[1..], &format!("{plain}0"), &plain.replace('f', "g"), "::"] {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "{text}");
        }
    }
}
