//! Objects: the [`ObjectStore`] trait, its back ends, the S3 wire they are served over, and the
//! signing that lets clients send bytes to them directly.
//!
//! Knows buckets, keys, bytes and signatures. Deliberately does not know libraries, spaces, users
//! or tokens: hosting talks to [`data_plane`], everything else is storage.

mod address;
mod assemble;
mod body;
mod clock;
pub mod data_plane;
mod digest;
mod disk;
mod error;
mod listing;
mod memory;
mod meta;
mod object_store;
mod part;
mod random;
mod range;
pub mod s3;
mod secret_key;
pub mod sign;
pub mod tls;
mod upload_keys;
pub mod wire;

pub use address::{BucketName, MAX_KEY_BYTES, ObjectAddress, ObjectKey};
pub use assemble::all_parts;
pub use body::{Body, ByteStream};
pub use clock::{Clock, ManualClock, SystemClock};
pub use disk::DiskStore;
pub use error::Error;
pub use listing::{ListPage, ListQuery, ListedObject, MAX_PAGE};
pub use memory::MemoryStore;
pub use meta::{Attributes, ETag, ObjectMeta};
pub use object_store::{
    Bucket, CommitGate, Expected, ObjectContent, ObjectStore, PartOptions, PutOptions, WriteMode,
};
pub use part::{
    ListedPart, MAX_PARTS, MIN_PART_BYTES, MultipartId, OpenUpload, PartMeta, PartNumber,
};
pub use range::ByteRange;
pub use secret_key::{Credential, SecretKey};
pub use upload_keys::{UploadCredential, UploadKeys, UploadScope};
