//! What can go wrong in a store. Owns the one error type of the crate; how each is told on the S3
//! wire belongs to `wire`.

use std::{io, sync::Arc};

use albumen_model::Crc64;

use crate::{BucketName, MultipartId, ObjectAddress, PartNumber};

/// Any failure of a store, of signing or of serving.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A bucket name that breaks the rules of [`BucketName`].
    #[error("Not a bucket name: 3 to 63 of a-z, 0-9, dot and dash are needed")]
    BadBucketName,
    /// An object key that is empty or too long.
    #[error("Not an object key: 1 to 1024 bytes are needed")]
    BadKey,
    /// A part number outside 1 to 10000.
    #[error("Not a part number: 1 to 10000 is allowed")]
    BadPartNumber,
    /// A multipart id that no store could have given.
    #[error("Not a multipart id")]
    BadMultipartId,
    /// The bucket does not exist.
    #[error("No bucket {0}")]
    NoSuchBucket(BucketName),
    /// The bucket still holds objects or uploads.
    #[error("Bucket {0} is not empty")]
    BucketNotEmpty(BucketName),
    /// The object does not exist.
    #[error("No object {0}")]
    NotFound(ObjectAddress),
    /// The multipart upload does not exist (never did, was completed or aborted).
    #[error("No multipart upload {0}")]
    NoSuchUpload(MultipartId),
    /// The key is taken and may not be written again.
    #[error("Object {0} exists and is write-once")]
    PreconditionFailed(ObjectAddress),
    /// The disk has no room for this; nothing of it was kept.
    #[error("The store is full")]
    Full,
    /// The body ended early; nothing of it was kept.
    #[error("The body ended after {received} of {declared} bytes")]
    Incomplete {
        /// Bytes that were announced.
        declared: u64,
        /// Bytes that came.
        received: u64,
    },
    /// More bytes than announced or allowed; nothing was kept.
    #[error("More than the allowed {limit} bytes")]
    TooLarge {
        /// The announced length or the cap.
        limit: u64,
    },
    /// A part that is not the last one is smaller than 1 MiB.
    #[error("Part {number} has {size} bytes; all but the last need 1 MiB")]
    PartTooSmall {
        /// Which part.
        number: PartNumber,
        /// Its bytes.
        size: u64,
    },
    /// A part of the list is missing or has another ETag.
    #[error("Part {0} is missing or not the one that is stored")]
    InvalidPart(PartNumber),
    /// The list of parts does not rise.
    #[error("The list of parts is not in rising order")]
    InvalidPartOrder,
    /// There is a gap before this part, or there are no parts at all.
    #[error("Part {0} is missing")]
    MissingPart(PartNumber),
    /// The bytes are not those that were announced; nothing was kept.
    #[error("Announced CRC-64 {expected}, received {computed}")]
    BadCrc64 {
        /// What the caller announced.
        expected: Crc64,
        /// What the bytes gave.
        computed: Crc64,
    },
    /// The bytes do not match an announced digest other than CRC-64; nothing was kept.
    #[error("The body does not match the announced {0}")]
    BadDigest(&'static str),
    /// The range begins after the end of the object.
    #[error("The range lies outside the object's {size} bytes")]
    InvalidRange {
        /// Bytes of the object.
        size: u64,
    },
    /// The credential was revoked or fenced before the write was committed; nothing was kept.
    #[error("The upload is no longer allowed")]
    Revoked,
    /// The caller's body stream failed; nothing was kept.
    #[error("The body could not be read")]
    Body(#[source] io::Error),
    /// An operating system call failed.
    #[error("Could not {what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The index failed; one failure is told to every change of its batch.
    #[error("The index of the store failed")]
    Index(#[source] Arc<redb::Error>),
    /// A row of the index or a reply of a server makes no sense.
    #[error("Damaged or unexpected data: {0}")]
    Damaged(&'static str),
    /// The folder belongs to another program or a newer version.
    #[error("Not a store of this version: {0}")]
    WrongFormat(String),
    /// A foreign store refused with a code of its own.
    #[error("The remote store answered {status} {code}")]
    Remote {
        /// HTTP status.
        status: u16,
        /// Its error code, or empty.
        code: String,
    },
    /// A foreign store could not be reached.
    #[error("The remote store could not be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The back end has no such feature.
    #[error("The object store does not offer {0}")]
    NotOffered(&'static str),
    /// A URL, host or credential in the configuration cannot be used.
    #[error("Configuration: {0}")]
    Configuration(&'static str),
}

impl Error {
    /// An adapter for `map_err`: names what was tried and tells a full disk from other failures.
    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io { what, source },
        }
    }

    /// The same failure once more, for each change of a batch that failed as a whole.
    pub(crate) fn same(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::Index(source) => Self::Index(Arc::clone(source)),
            Self::Io { what, source } => Self::Io { what, source: source.kind().into() },
            Self::Damaged(what) => Self::Damaged(what),
            _ => Self::Damaged("the index could not be written"),
        }
    }

    /// Any failure of the index.
    pub(crate) fn index(source: impl Into<redb::Error>) -> Self {
        match source.into() {
            redb::Error::Io(source) => Self::io("write the index")(source),
            source => Self::Index(Arc::new(source)),
        }
    }
}

macro_rules! from_index {
    ($($source:ty),*) => {
        $(impl From<$source> for Error {
            fn from(source: $source) -> Self {
                Self::index(source)
            }
        })*
    };
}

from_index!(
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::DatabaseError
);
