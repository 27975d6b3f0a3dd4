//! What a row of the index says (FORMAT.md, "The index"). Owns the encodings; does not know
//! transactions.

use albumen_model::{Crc64, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    Attributes, ETag, Error, ListedObject, MultipartId, ObjectAddress, ObjectMeta, PartMeta,
    PartNumber, assemble::StoredPart, digest::Digests, random::random_bytes,
};

/// 128 random bits that name a blob, a manifest or an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BlobId(pub(crate) [u8; 16]);

impl BlobId {
    pub(crate) fn random() -> Self {
        Self(random_bytes())
    }

    pub(crate) fn hex(self) -> String {
        hex::encode(self.0)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id).ok()?;
        Some(Self(id))
    }

    /// The upload that a client names, if it can be one of ours.
    pub(crate) fn of_upload(id: &MultipartId) -> Result<Self, Error> {
        Self::parse(id.as_str()).ok_or_else(|| Error::NoSuchUpload(id.clone()))
    }
}

impl Serialize for BlobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.hex())
    }
}

impl<'de> Deserialize<'de> for BlobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a blob id"))
    }
}

/// Where the bytes of an object are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Content {
    /// In one blob.
    Blob(BlobId),
    /// In the blobs that a manifest lists.
    Manifest(BlobId),
}

/// A row of `buckets`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BucketRow {
    pub(crate) created: Timestamp,
}

/// A row of `objects`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ObjectRow {
    pub(crate) size: u64,
    pub(crate) crc64: Crc64,
    pub(crate) etag: ETag,
    pub(crate) modified: Timestamp,
    pub(crate) content: Content,
    #[serde(default)]
    pub(crate) attributes: Attributes,
    #[serde(default)]
    pub(crate) draft: bool,
}

impl ObjectRow {
    pub(crate) fn meta(&self) -> ObjectMeta {
        ObjectMeta {
            size: self.size,
            crc64: Some(self.crc64),
            etag: self.etag.clone(),
            modified: self.modified,
            attributes: self.attributes.clone(),
        }
    }
}

/// The few fields of an object row that a listing shows.
#[derive(Debug, Deserialize)]
pub(crate) struct ListedRow {
    size: u64,
    crc64: Crc64,
    etag: ETag,
    modified: Timestamp,
}

impl ListedRow {
    pub(crate) fn listed(self, key: String) -> ListedObject {
        let Self { size, crc64, etag, modified } = self;
        ListedObject { key, size, etag, crc64: Some(crc64), modified }
    }
}

/// A row of `uploads`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UploadRow {
    pub(crate) at: ObjectAddress,
    #[serde(default)]
    pub(crate) attributes: Attributes,
    pub(crate) created: Timestamp,
    /// When the last part came.
    pub(crate) touched: Timestamp,
    /// Bytes of all stored parts.
    pub(crate) stored: u64,
}

/// A row of `parts`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PartRow {
    pub(crate) blob: BlobId,
    pub(crate) size: u64,
    pub(crate) crc64: Crc64,
    pub(crate) md5: String,
    pub(crate) modified: Timestamp,
}

impl PartRow {
    pub(crate) fn meta(&self, number: PartNumber) -> PartMeta {
        PartMeta {
            number,
            size: self.size,
            etag: ETag::new(&self.md5),
            crc64: Some(self.crc64),
            modified: self.modified,
        }
    }

    pub(crate) fn stored(&self, number: PartNumber) -> Result<StoredPart<BlobId>, Error> {
        let mut md5 = [0; 16];
        hex::decode_to_slice(&self.md5, &mut md5).map_err(|_| Error::Damaged("a part's MD5"))?;
        let digests = Digests { size: self.size, crc64: self.crc64, md5 };
        Ok(StoredPart { number, digests, bytes: self.blob })
    }
}

/// A row as bytes.
pub(crate) fn encode(row: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(row).expect("rows have string keys only")
}

/// A row from bytes.
pub(crate) fn decode<'de, R: Deserialize<'de>>(bytes: &'de [u8]) -> Result<R, Error> {
    serde_json::from_slice(bytes).map_err(|_| Error::Damaged("a row of the index"))
}

/// The key of an object in `objects`.
pub(crate) fn object_key(at: &ObjectAddress) -> Vec<u8> {
    [at.bucket.as_str().as_bytes(), &[0], at.key.as_str().as_bytes()].concat()
}

/// The key of a part in `parts`.
pub(crate) fn part_key(upload: BlobId, number: u16) -> [u8; 18] {
    let mut key = [0; 18];
    key[..16].copy_from_slice(&upload.0);
    key[16..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The number in a key of `parts`.
pub(crate) fn part_number(key: &[u8]) -> Result<PartNumber, Error> {
    let tail: [u8; 2] = key
        .get(16..18)
        .and_then(|tail| tail.try_into().ok())
        .ok_or(Error::Damaged("a key of the parts"))?;
    PartNumber::try_from(u16::from_be_bytes(tail))
}

/// Bytes of one entry of a manifest: id and length.
const MANIFEST_ENTRY: usize = 24;

/// A manifest as bytes.
pub(crate) fn encode_manifest(pieces: &[(BlobId, u64)]) -> Vec<u8> {
    pieces.iter().flat_map(|(id, size)| [&id.0[..], &size.to_be_bytes()].concat()).collect()
}

/// A manifest from bytes.
pub(crate) fn decode_manifest(bytes: &[u8]) -> Result<Vec<(BlobId, u64)>, Error> {
    if !bytes.len().is_multiple_of(MANIFEST_ENTRY) {
        return Err(Error::Damaged("a manifest"));
    }
    let entries = bytes.chunks_exact(MANIFEST_ENTRY).map(|entry| {
        let (id, size) = entry.split_at(16);
        let id = BlobId(id.try_into().expect("split at 16"));
        (id, u64::from_be_bytes(size.try_into().expect("8 are left")))
    });
    Ok(entries.collect())
}
