//! What our service offers beyond the SMH contract, under `/albumen/v1/`.

use serde::{Deserialize, Serialize};

use crate::{ClientId, LibraryId, LibrarySecret, RemotePath, SpaceId, Timestamp, UserId};

/// `GET /albumen/v1/capabilities`. Another SMH answers 404, which means: none of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Capabilities {
    /// The service's own version.
    pub version: String,
    /// `http` or `https`: how its object store is reached.
    pub data_scheme: String,
    /// `POST /albumen/v1/uploads/fence` is there.
    pub fence: bool,
    /// `POST /albumen/v1/quota-preview` is there.
    pub quota_preview: bool,
    /// `POST /albumen/v1/uploads/{confirmKey}/adopt` is there.
    pub adopt: bool,
    /// Files that one `POST /albumen/v1/batch-begin/...` or `batch-confirm/...` takes; 0: neither
    /// is there.
    pub upload_batch: u32,
}

/// Body of `POST /albumen/v1/uploads/fence`: ends every token and every open upload session of one
/// installation. Sent by the token service when a device is revoked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FenceRequest {
    /// The library.
    pub library_id: LibraryId,
    /// Its secret: only the token service may ask this.
    pub library_secret: LibrarySecret,
    /// Whose.
    pub user_id: UserId,
    /// Which installation of theirs.
    pub client_id: ClientId,
}

/// What was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FenceReceipt {
    /// Tokens deleted.
    pub tokens_deleted: u64,
    /// Upload sessions that take no more bytes and cannot be confirmed.
    pub uploads_fenced: u64,
    /// Until when bytes may still arrive by a signature already given; `None`: none at all.
    pub writable_until: Option<Timestamp>,
}

/// Body of `POST /albumen/v1/uploads/{confirmKey}/adopt`: a device goes on with an upload in parts
/// of a revoked device of the same user. The reply is that of a begin, with a key and a credential
/// of its own; the parts that arrived are still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AdoptUpload {
    /// The library.
    pub library_id: LibraryId,
    /// The space.
    pub space_id: SpaceId,
    /// Where the file was to be: the same place, or nothing is adopted.
    pub path: RemotePath,
}
