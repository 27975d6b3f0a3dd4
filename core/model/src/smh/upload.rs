//! Uploads from begin to confirm (SMH section 7).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use super::text_number::TextNumber;
use super::{
    node::NodeType,
    text_number::{decimal, maybe_decimal},
};
use crate::{ConfirmKey, ConflictStrategy, Crc64, Inode, NodeName, RemotePath, Timestamp};

/// Body of begin (SMH section 7.1). Everything may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct BeginUploadRequest {
    /// Hash of the first MiB, lower-case hex (SMH section 7.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beginning_hash: Option<String>,
    /// Chained hash of the whole, lower-case hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_hash: Option<String>,
    /// Bytes of the whole.
    #[serde(with = "maybe_decimal", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<TextNumber>"))]
    pub size: Option<u64>,
    /// Free labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// A free word of at most 16 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Kept and given back as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_creation_time: Option<String>,
    /// Kept and given back as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_modification_time: Option<String>,
    /// Which parts to sign, `1-100`, where every part needs a signature of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_number_range: Option<String>,
}

/// Where and how to send the bytes: the 201 of begin, the 200 of renew (SMH sections 7.1, 7.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UploadParameters {
    /// Host and port of the object store; the scheme comes with the token.
    pub domain: String,
    /// Path of the object on that host, with a leading slash.
    pub path: String,
    /// Multipart only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_id: Option<String>,
    /// Headers to send with the object or with every part.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Where parts are signed one by one: part number to its parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<BTreeMap<String, SignedPart>>,
    /// Form uploads only: the fields to send before the file, instead of headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, String>,
    /// `http` or `https`, where this library's content is reached by another scheme than the
    /// service's own store. Beyond the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_scheme: Option<String>,
    /// Names the session in every later call.
    pub confirm_key: ConfirmKey,
    /// Until when the parameters can be used.
    pub expiration: Timestamp,
    /// How many domains may be tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_domain_num: Option<u64>,
}

/// How to send one part that is signed by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedPart {
    /// Headers to send with the part.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Query to add to the path, already encoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}

/// A part that the store holds. Field names are those of the object store (SMH section 26, trap
/// 19).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub struct UploadedPart {
    /// From 1.
    pub part_number: u32,
    /// When it came.
    pub last_modified: Timestamp,
    /// With its quotes.
    #[serde(rename = "ETag")]
    pub e_tag: String,
    /// Bytes, a number here.
    pub size: u64,
}

/// Parameters inside a state reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UploadPartInfo {
    /// See [`UploadParameters::domain`].
    pub domain: String,
    /// See [`UploadParameters::path`].
    pub path: String,
    /// The multipart upload.
    pub upload_id: String,
    /// See [`UploadParameters::headers`].
    pub headers: BTreeMap<String, String>,
    /// See [`UploadParameters::parts`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<BTreeMap<String, SignedPart>>,
    /// See [`UploadParameters::expiration`].
    pub expiration: Timestamp,
}

/// `GET ...{confirmKey}?upload=1` (SMH section 7.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UploadState {
    /// The session itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_key: Option<ConfirmKey>,
    /// How many domains may be tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_domain_num: Option<u64>,
    /// Whether the file is there.
    pub confirmed: bool,
    /// Where it goes; `null` when its directory is gone.
    pub path: Option<RemotePath>,
    /// What it will be.
    #[serde(rename = "type")]
    pub node_type: NodeType,
    /// When it began.
    pub creation_time: Timestamp,
    /// As given at begin.
    pub conflict_resolution_strategy: ConflictStrategy,
    /// The older form of the strategy: overwrite.
    pub force: bool,
    /// Multipart only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_id: Option<String>,
    /// Multipart only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<UploadedPart>>,
    /// Multipart only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_part_info: Option<UploadPartInfo>,
}

/// Body of confirm (SMH section 7.5). Everything may be left out; we always send `crc64`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ConfirmUploadRequest {
    /// Of all bytes sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc64: Option<Crc64>,
    /// Replaces what begin said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// Replaces what begin said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Replaces what begin said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_creation_time: Option<String>,
    /// Replaces what begin said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_modification_time: Option<String>,
}

/// The reply to confirm, and to a begin that found the content already there (SMH section 7.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConfirmedFile {
    /// Its place; `null` when the directory vanished meanwhile.
    pub path: Option<RemotePath>,
    /// Its final name.
    pub name: NodeName,
    /// What it is.
    #[serde(rename = "type")]
    pub node_type: NodeType,
    /// With `with_inode=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<Inode>,
    /// First upload.
    pub creation_time: Timestamp,
    /// This upload.
    pub modification_time: Timestamp,
    /// As stored.
    pub content_type: String,
    /// Bytes.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "TextNumber"))]
    pub size: u64,
    /// Of the content.
    #[serde(rename = "eTag")]
    pub e_tag: String,
    /// Of the content, as the store computed it.
    pub crc64: Crc64,
    /// Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta_data: Option<BTreeMap<String, String>>,
    /// Always 0 here: nothing scans.
    #[serde(default)]
    pub virus_audit_status: u8,
    /// Whether it replaced a file.
    #[serde(default)]
    pub is_overwritten: bool,
    /// Office preview is there.
    #[serde(default)]
    pub preview_by_doc: bool,
    /// Image processing is there.
    #[serde(default, rename = "previewByCI")]
    pub preview_by_ci: bool,
    /// Usable as an icon.
    #[serde(default)]
    pub preview_as_icon: bool,
    /// Word for the kind.
    #[serde(default)]
    pub file_type: String,
    /// With `with_content_cas=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_cas: Option<String>,
    /// Grows with each overwrite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<u64>,
}
