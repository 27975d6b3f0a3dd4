//! What is known about an object beside its bytes.

use std::{collections::BTreeMap, fmt};

use albumen_model::{Crc64, Timestamp};
use serde::{Deserialize, Serialize};

/// The validator of some content, without the quotes it wears on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ETag(String);

impl ETag {
    /// From wire or row: surrounding quotes are dropped.
    pub fn new(text: &str) -> Self {
        Self(text.trim_matches('"').to_owned())
    }

    /// The bare text: 32 hex digits, with `-N` after a multipart upload.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// With quotes, as headers and XML carry it.
    pub fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a caller says about an object when it puts it, given back when it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// MIME type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Other headers that are given back as they came, by lower-case name: `cache-control`,
    /// `content-disposition`, `content-encoding`, `content-language`, `expires`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// User metadata, by lower-case name without the `x-amz-meta-` prefix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub user: BTreeMap<String, String>,
}

impl Attributes {
    /// Nothing but a MIME type.
    pub fn of_type(content_type: impl Into<String>) -> Self {
        Self { content_type: Some(content_type.into()), ..Self::default() }
    }

    /// Bytes of all texts together; bounded on the wire.
    pub fn weight(&self) -> usize {
        let maps = self.headers.iter().chain(&self.user);
        maps.map(|(name, value)| name.len() + value.len()).sum::<usize>()
            + self.content_type.as_ref().map_or(0, String::len)
    }
}

/// What is known about a stored object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMeta {
    /// Bytes.
    pub size: u64,
    /// CRC-64 of the bytes as this store computed it; absent where a foreign store does not tell.
    pub crc64: Option<Crc64>,
    /// MD5 of the bytes, or of the parts' MD5s with `-N`.
    pub etag: ETag,
    /// When it was stored, on the store's clock.
    pub modified: Timestamp,
    /// What the caller said about it.
    pub attributes: Attributes,
}

impl ObjectMeta {
    /// The MIME type it was put with.
    pub fn content_type(&self) -> Option<&str> {
        self.attributes.content_type.as_deref()
    }
}
