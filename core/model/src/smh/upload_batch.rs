//! Many uploads begun or confirmed in one call: `POST /albumen/v1/batch-begin/{library}/{space}`
//! and `batch-confirm/...`. Beyond the contract; the capabilities say whether a service has it.

use serde::{Deserialize, Serialize};

use super::upload::{BeginUploadRequest, ConfirmUploadRequest, ConfirmedFile, UploadParameters};
use crate::{ConfirmKey, ConflictStrategy, RemotePath};

/// Body of both calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "UploadBatchOf{T}"))]
pub struct UploadBatch<T> {
    /// 1 to 500.
    pub files: Vec<T>,
}

/// An upload to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BatchBegin {
    /// Where it goes.
    pub path: RemotePath,
    /// In parts.
    #[serde(default)]
    pub multipart: bool,
    /// `rename` when left out, as for a begin by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict_resolution_strategy: Option<ConflictStrategy>,
    /// With `overwrite`: the stamp of the content that may be replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_cas: Option<String>,
    /// What the body of a begin by itself says; `size` is what is declared.
    #[serde(flatten)]
    pub upload: BeginUploadRequest,
}

/// An upload to confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BatchConfirm {
    /// The session.
    pub confirm_key: ConfirmKey,
    /// As begin said when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict_resolution_strategy: Option<ConflictStrategy>,
    /// As begin said when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_cas: Option<String>,
    /// What the body of a confirm by itself says.
    #[serde(flatten)]
    pub upload: ConfirmUploadRequest,
}

/// What came of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BatchUpload {
    /// As the call by itself would have answered: 201 begun, 202 the hash of the whole is wanted,
    /// 200 the file is there, else a refusal.
    pub status: u16,
    /// With 201.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<UploadParameters>,
    /// With 200; always with inode and content stamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ConfirmedFile>,
    /// Of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Reply to both calls: 200 when no file was refused, else 207.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadBatchReply {
    /// In the order of the request.
    pub result: Vec<BatchUpload>,
}
