//! Pieces of a multipart upload: their numbers, the id of the upload, what is known about a stored
//! part.

use std::{fmt, str::FromStr};

use albumen_model::{Crc64, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{ETag, Error, ObjectKey};

/// Most parts of one upload, and the highest part number (S3 and COS).
pub const MAX_PARTS: u16 = 10_000;
/// Smallest part, in bytes, unless it is the last one (COS; SMH section 7.3).
pub const MIN_PART_BYTES: u64 = 1024 * 1024;

/// The number of a part, 1 to 10000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct PartNumber(u16);

impl PartNumber {
    /// The first part.
    pub const FIRST: Self = Self(1);

    /// The bare number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for PartNumber {
    type Error = Error;

    fn try_from(number: u16) -> Result<Self, Error> {
        let good = (1..=MAX_PARTS).contains(&number);
        if good { Ok(Self(number)) } else { Err(Error::BadPartNumber) }
    }
}

impl From<PartNumber> for u16 {
    fn from(number: PartNumber) -> Self {
        number.0
    }
}

impl fmt::Display for PartNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Longest multipart id of any store we talk to, in bytes.
const MAX_MULTIPART_ID_BYTES: usize = 1024;

/// The id of a multipart upload: opaque visible ASCII, given by a store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MultipartId(String);

impl MultipartId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MultipartId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let good = (1..=MAX_MULTIPART_ID_BYTES).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        if good { Ok(Self(text)) } else { Err(Error::BadMultipartId) }
    }
}

impl FromStr for MultipartId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl From<MultipartId> for String {
    fn from(id: MultipartId) -> Self {
        id.0
    }
}

impl fmt::Display for MultipartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stored part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartMeta {
    /// Its number.
    pub number: PartNumber,
    /// Its bytes.
    pub size: u64,
    /// MD5 of its bytes.
    pub etag: ETag,
    /// CRC-64 of its bytes; absent where a foreign store does not tell.
    pub crc64: Option<Crc64>,
    /// When it was stored.
    pub modified: Timestamp,
}

/// A multipart upload that was neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenUpload {
    /// The key it is for.
    pub key: ObjectKey,
    /// When it was opened.
    pub created: Timestamp,
    /// Its id.
    pub id: MultipartId,
}

/// A part as the caller lists it at completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPart {
    /// Its number.
    pub number: PartNumber,
    /// The ETag the caller was given when it sent the part.
    pub etag: ETag,
}

impl From<PartMeta> for ListedPart {
    fn from(part: PartMeta) -> Self {
        Self { number: part.number, etag: part.etag }
    }
}
