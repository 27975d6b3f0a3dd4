//! Upload sessions at the library service: begin, look, renew, confirm, cancel (SMH section 7). The
//! bytes go elsewhere: see [`crate::DataPlane`].

use albumen_model::{
    ConfirmKey, ConflictStrategy, RemotePath,
    smh::{BeginUploadRequest, ConfirmUploadRequest, ConfirmedFile, UploadParameters, UploadState},
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Call, SpaceClient};
use crate::{Error, reply};

/// How the bytes will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginMode {
    /// In one piece; cannot be renewed or resumed.
    Simple,
    /// In parts.
    Multipart,
}

/// What begin answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Send the bytes there.
    Upload(Box<UploadParameters>),
    /// The beginning is known: begin again with the hash of the whole.
    WantsFullHash,
    /// The content was there: nothing to send. Compare size and crc64 before believing it.
    AlreadyThere(Box<ConfirmedFile>),
}

impl SpaceClient {
    /// Begins an upload of `size` bytes. Always names the conflict strategy: the service's default
    /// would rename.
    ///
    /// # Errors
    /// `Precondition` when `ask` finds the name taken or `content_cas` is stale; `NotFound` when
    /// the directory is missing; `Quota`; `PermanentItem` for a name, kind or extension that is not
    /// allowed.
    pub async fn begin_upload(
        &self,
        path: &RemotePath,
        mode: BeginMode,
        request: &BeginUploadRequest,
        strategy: ConflictStrategy,
        content_cas: Option<&str>,
        size: u64,
    ) -> Result<Begun, Error> {
        let doing = "beginning an upload";
        let call = match mode {
            BeginMode::Simple => Call::at(doing, Method::PUT, "file", path),
            BeginMode::Multipart => Call::at(doing, Method::POST, "file", path).flag("multipart"),
        };
        let call = call
            .with("conflict_resolution_strategy", strategy.as_str())
            .with("filesize", size.to_string())
            .maybe("content_cas", content_cas)
            .flag("with_content_cas")
            .json(request)?;
        let response = self.call(&call).await?;
        match response.status() {
            StatusCode::CREATED => Ok(Begun::Upload(reply::json(response, doing).await?)),
            StatusCode::ACCEPTED => Ok(Begun::WantsFullHash),
            // SMH section 26, trap 40: a 200 to a request without the full hash cannot be believed.
            StatusCode::OK if request.full_hash.is_some() => {
                Ok(Begun::AlreadyThere(reply::json(response, doing).await?))
            }
            other => Err(Error::protocol(doing, format!("status {}", other.as_u16()))),
        }
    }

    /// How far a session is: what to ask when an answer was lost.
    ///
    /// # Errors
    /// `NotFound` when the session is gone.
    pub async fn upload_state(&self, key: &ConfirmKey) -> Result<UploadState, Error> {
        let call = session("looking at an upload", Method::GET, key).flag("upload");
        reply::json(self.call(&call).await?, call.doing).await
    }

    /// New parameters for a multipart session. `parts` names the parts to sign, `1-100`, where each
    /// needs a signature of its own.
    ///
    /// # Errors
    /// `NotFound` when the session is gone; code `NotMultipartUpload` for a simple one: begin
    /// again.
    pub async fn renew(
        &self,
        key: &ConfirmKey,
        parts: Option<&str>,
    ) -> Result<UploadParameters, Error> {
        let mut call = session("renewing an upload", Method::POST, key).flag("renew");
        if let Some(parts) = parts {
            call = call.json(&json!({ "partNumberRange": parts }))?;
        }
        reply::json(self.call(&call).await?, call.doing).await
    }

    /// Completes an upload: only now the file is visible, and only now its name is settled. May be
    /// repeated with the same key.
    ///
    /// # Errors
    /// `Integrity` when the check value differs or bytes are missing; `Precondition`; `NotFound`.
    pub async fn confirm(
        &self,
        key: &ConfirmKey,
        request: &ConfirmUploadRequest,
        strategy: ConflictStrategy,
        content_cas: Option<&str>,
    ) -> Result<ConfirmedFile, Error> {
        let call = session("confirming an upload", Method::POST, key)
            .flag("confirm")
            .with("conflict_resolution_strategy", strategy.as_str())
            .flag("with_inode")
            .flag("with_content_cas")
            .maybe("content_cas", content_cas)
            .json(request)?;
        reply::json(self.call(&call).await?, call.doing).await
    }

    /// Gives a session up. One that is gone already is a success.
    ///
    /// # Errors
    /// Code `UploadComplete` when it was confirmed meanwhile.
    pub async fn cancel(&self, key: &ConfirmKey) -> Result<(), Error> {
        let call = session("cancelling an upload", Method::DELETE, key).flag("upload");
        match self.call(&call).await {
            Err(error) if error.kind() != crate::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn session(doing: &'static str, method: Method, key: &ConfirmKey) -> Call {
    Call::new(doing, method, "file", key.as_str().to_owned())
}
