//! Upload sessions at the library service: begin, look, renew, confirm, cancel (SMH section 7). The
//! bytes go elsewhere: see [`crate::DataPlane`].

use albumen_model::{
    ConfirmKey, ConflictStrategy, RemotePath,
    smh::{
        AdoptUpload, BatchBegin, BatchConfirm, BatchUpload, BeginUploadRequest,
        ConfirmUploadRequest, ConfirmedFile, UploadBatch, UploadBatchReply, UploadParameters,
        UploadState,
    },
};
use reqwest::{Method, StatusCode};
use serde::Serialize;
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

    /// Goes on with an upload in parts of a revoked device of the same user, for services that say
    /// they can ([`albumen_model::smh::Capabilities::adopt`]): a key and a credential of one's own,
    /// while the parts that arrived are still there. May be repeated.
    ///
    /// # Errors
    /// `NotFound` when there is nothing to go on with: it is older than a day, or another device
    /// was faster.
    pub async fn adopt(
        &self,
        key: &ConfirmKey,
        path: &RemotePath,
    ) -> Result<UploadParameters, Error> {
        let doing = "going on with an upload of another device";
        let body = AdoptUpload {
            library_id: self.library.clone(),
            space_id: self.space.clone(),
            path: path.clone(),
        };
        let call = Call::new(doing, Method::POST, "uploads", format!("{key}/adopt"));
        let call = Call { bare: true, ..call.of_ours() }.json(&body)?;
        reply::json(self.call(&call).await?, doing).await
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

    /// Begins many uploads in one call, for services that say they take so many
    /// ([`albumen_model::smh::Capabilities::upload_batch`]); one answer for each, in their order.
    ///
    /// # Errors
    /// Of all of them; those of one are in its answer, as [`Self::begin_upload`] tells them.
    pub async fn begin_uploads(
        &self,
        files: Vec<BatchBegin>,
    ) -> Result<Vec<Result<Begun, Error>>, Error> {
        let doing = "beginning uploads";
        let knew_whole: Vec<bool> =
            files.iter().map(|file| file.upload.full_hash.is_some()).collect();
        let answers = self.batch("batch-begin", doing, files).await?;
        let read = |(answer, knew_whole): (BatchUpload, bool)| match answer {
            BatchUpload { status: 201, parameters: Some(parameters), .. } => {
                Ok(Begun::Upload(Box::new(parameters)))
            }
            BatchUpload { status: 202, .. } => Ok(Begun::WantsFullHash),
            BatchUpload { status: 200, file: Some(file), .. } if knew_whole => {
                Ok(Begun::AlreadyThere(Box::new(file)))
            }
            other => Err(refused(doing, other)),
        };
        Ok(answers.into_iter().zip(knew_whole).map(read).collect())
    }

    /// Completes many uploads in one call; one answer for each, in their order.
    ///
    /// # Errors
    /// Of all of them; those of one are in its answer, as [`Self::confirm`] tells them.
    pub async fn confirm_uploads(
        &self,
        files: Vec<BatchConfirm>,
    ) -> Result<Vec<Result<ConfirmedFile, Error>>, Error> {
        let doing = "confirming uploads";
        let answers = self.batch("batch-confirm", doing, files).await?;
        let read = |answer: BatchUpload| match answer {
            BatchUpload { status: 200, file: Some(file), .. } => Ok(file),
            other => Err(refused(doing, other)),
        };
        Ok(answers.into_iter().map(read).collect())
    }

    async fn batch<T: Serialize>(
        &self,
        kind: &'static str,
        doing: &'static str,
        files: Vec<T>,
    ) -> Result<Vec<BatchUpload>, Error> {
        let count = files.len();
        let call = Call::new(doing, Method::POST, kind, String::new()).of_ours();
        let call = call.json(&UploadBatch { files })?;
        let reply: UploadBatchReply = reply::json(self.call(&call).await?, doing).await?;
        if reply.result.len() != count {
            return Err(Error::protocol(doing, "not as many answers as questions"));
        }
        Ok(reply.result)
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

/// What one file of a batch hears instead of what was hoped for.
fn refused(doing: &'static str, answer: BatchUpload) -> Error {
    match answer.code {
        Some(code) => reply::refusal_of_one(answer.status, &code),
        None => Error::protocol(doing, format!("status {}", answer.status)),
    }
}

fn session(doing: &'static str, method: Method, key: &ConfirmKey) -> Call {
    Call::new(doing, method, "file", key.as_str().to_owned())
}
