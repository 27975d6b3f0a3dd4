//! Where an object is: bucket and key. Owns their rules; does not know what is stored there.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// Longest object key, in bytes (S3 and COS).
pub const MAX_KEY_BYTES: usize = 1024;

/// Bucket names by the common rules of S3 and COS: 3 to 63 of `a-z 0-9 . -`, beginning and ending
/// with a letter or digit, no two dots in a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketName(String);

impl BucketName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BucketName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let bytes = text.as_bytes();
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let allowed = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(b);
        let good = (3..=63).contains(&bytes.len())
            && bytes.iter().all(allowed)
            && edge(bytes.first())
            && edge(bytes.last())
            && !text.contains("..");
        if good { Ok(Self(text)) } else { Err(Error::BadBucketName) }
    }
}

impl FromStr for BucketName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl From<BucketName> for String {
    fn from(name: BucketName) -> Self {
        name.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key: 1 to 1024 bytes of UTF-8, any characters. `/` means nothing to a store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ObjectKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let good = (1..=MAX_KEY_BYTES).contains(&text.len());
        if good { Ok(Self(text)) } else { Err(Error::BadKey) }
    }
}

impl FromStr for ObjectKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A bucket and a key in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectAddress {
    /// The bucket.
    pub bucket: BucketName,
    /// The key in it.
    pub key: ObjectKey,
}

impl ObjectAddress {
    /// Puts the two together.
    pub fn new(bucket: BucketName, key: ObjectKey) -> Self {
        Self { bucket, key }
    }

    /// The path-style URL path, decoded: `/<bucket>/<key>`. What the COS signature covers.
    pub fn decoded_path(&self) -> String {
        format!("/{}/{}", self.bucket, self.key)
    }
}

impl fmt::Display for ObjectAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_follow_the_common_rules() {
        for good in ["abc", "photos-1250000000", "a.b.c", "0x0", &"a".repeat(63)] {
            assert!(good.parse::<BucketName>().is_ok(), "{good}");
        }
        let long = "a".repeat(64);
        for bad in ["", "ab", "Abc", "a_b", "-abc", "abc-", "a..b", "a/b", ".abc", "bücket", &long]
        {
            assert!(bad.parse::<BucketName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_are_bounded_and_otherwise_free() {
        for good in ["a", "..", "a//b/", "照片/一.jpg", "\0", "a b+c%2F", &"k".repeat(1024)] {
            assert!(good.parse::<ObjectKey>().is_ok(), "{good}");
        }
        assert!("".parse::<ObjectKey>().is_err());
        assert!("照".repeat(342).parse::<ObjectKey>().is_err(), "1026 bytes");
    }
}
