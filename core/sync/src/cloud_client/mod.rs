//! A space of a real SMH, through the client. Owns nothing but the translation of calls and errors;
//! `tree` has the calls by which a mapping follows it.

mod error;
mod tree;

use std::sync::Arc;

use albumen_client::{
    Begun as ClientBegun, DataPlane, EVENTS_AT_ONCE_MAX, HttpClient, SpaceClient, TokenSource,
    UploadBody, Uploads,
};
use albumen_model::{
    ConfirmKey, Crc64, LibraryId, RemotePath, SpaceId,
    auth::TokenPurpose,
    smh::{
        BatchBegin, BatchConfirm, BeginUploadRequest, ConfirmUploadRequest, ConfirmedFile,
        DirectoryList, NodeItem, UploadParameters, UploadState,
    },
};
use async_trait::async_trait;
use bytes::Bytes;

use self::error::{of_service, of_store};
use crate::cloud::{
    Begin, Begun, CloudError, CloudErrorKind as Kind, CloudFactory, CloudResult, CloudSpace,
    CloudTree, Progress, Taken,
};

/// Parts signed at once where each needs a signature of its own (SMH section 7.1).
const SIGNED_PARTS: u32 = 100;

/// A space of a real SMH.
#[derive(Debug)]
pub struct SpaceCloud {
    space: SpaceClient,
    uploads: Uploads,
    data: DataPlane,
    events_at_once: u32,
}

impl SpaceCloud {
    /// The space, and the way to its object store. Must be called within a Tokio runtime.
    pub fn new(space: SpaceClient, data: DataPlane) -> Self {
        Self { uploads: Uploads::of(&space), space, data, events_at_once: EVENTS_AT_ONCE_MAX }
    }

    /// The same with shorter pages of the change feed: so many events, 1 to
    /// [`EVENTS_AT_ONCE_MAX`].
    #[must_use]
    pub fn with_events_at_once(self, events_at_once: u32) -> Self {
        Self { events_at_once, ..self }
    }
}

/// Opens the spaces of one signed-in profile.
#[derive(Debug)]
pub struct SpaceClouds {
    http: HttpClient,
    tokens: Arc<TokenSource>,
}

impl SpaceClouds {
    /// All spaces share one HTTP client and one source of tokens.
    pub const fn new(http: HttpClient, tokens: Arc<TokenSource>) -> Self {
        Self { http, tokens }
    }

    /// A space for a mapping that follows it. `purpose`: [`TokenPurpose::Sync`] for one that
    /// changes the cloud as well, [`TokenPurpose::Browse`] for one that only takes: a viewer has no
    /// more. Must be called within a Tokio runtime.
    pub fn tree(
        &self,
        library: &LibraryId,
        space: &SpaceId,
        purpose: TokenPurpose,
    ) -> Arc<dyn CloudTree> {
        Arc::new(self.space(library, space, purpose))
    }

    fn space(&self, library: &LibraryId, space: &SpaceId, purpose: TokenPurpose) -> SpaceCloud {
        let (http, tokens) = (self.http.clone(), Arc::clone(&self.tokens));
        let (library, space) = (library.clone(), space.clone());
        let space = SpaceClient::new(http, tokens, library, space, purpose);
        SpaceCloud::new(space, DataPlane::new(self.http.clone()))
    }
}

/// For backup.
impl CloudFactory for SpaceClouds {
    fn open(&self, library: &LibraryId, space: &SpaceId) -> CloudResult<Arc<dyn CloudSpace>> {
        Ok(Arc::new(self.space(library, space, TokenPurpose::Backup)))
    }
}

#[async_trait]
impl CloudSpace for SpaceCloud {
    async fn list(
        &self,
        directory: &RemotePath,
        marker: Option<String>,
    ) -> CloudResult<DirectoryList> {
        self.space.list_page(directory, marker.as_deref()).await.map_err(of_service)
    }

    async fn info(&self, path: &RemotePath) -> CloudResult<Option<NodeItem>> {
        match self.space.info(path).await.map_err(of_service) {
            Ok(item) => Ok(Some(item)),
            Err(error) if error.kind == Kind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create_directory(&self, path: &RemotePath) -> CloudResult<()> {
        self.space.create_directory(path).await.map(|_| ()).map_err(of_service)
    }

    async fn begin(&self, begin: &Begin) -> CloudResult<Begun> {
        let upload = BatchBegin {
            path: begin.path.clone(),
            multipart: begin.multipart,
            conflict_resolution_strategy: Some(begin.strategy),
            content_cas: begin.content_cas.clone(),
            upload: BeginUploadRequest {
                size: Some(begin.size),
                local_modification_time: begin.local_modification_time.clone(),
                part_number_range: begin.multipart.then(|| format!("1-{SIGNED_PARTS}")),
                ..BeginUploadRequest::default()
            },
        };
        match self.uploads.begin(upload).await.map_err(of_service)? {
            ClientBegun::Upload(session) => Ok(Begun::Session(session)),
            ClientBegun::AlreadyThere(file) => Ok(Begun::Done(file)),
            ClientBegun::WantsFullHash => {
                Err(CloudError::new(Kind::Fault, "The service asks for a hash of nothing"))
            }
        }
    }

    async fn state(&self, key: &ConfirmKey) -> CloudResult<UploadState> {
        self.space.upload_state(key).await.map_err(of_service)
    }

    async fn renew(&self, key: &ConfirmKey, part: u32) -> CloudResult<UploadParameters> {
        let parts = format!("{part}-{}", part.saturating_add(SIGNED_PARTS - 1));
        self.space.renew(key, Some(&parts)).await.map_err(of_service)
    }

    async fn adopt(&self, key: &ConfirmKey, path: &RemotePath) -> CloudResult<UploadParameters> {
        self.space.adopt(key, path).await.map_err(of_service)
    }

    async fn confirm(
        &self,
        key: &ConfirmKey,
        crc64: Crc64,
        begin: &Begin,
    ) -> CloudResult<ConfirmedFile> {
        let upload = BatchConfirm {
            confirm_key: key.clone(),
            conflict_resolution_strategy: Some(begin.strategy),
            content_cas: begin.content_cas.clone(),
            upload: ConfirmUploadRequest {
                crc64: Some(crc64),
                local_modification_time: begin.local_modification_time.clone(),
                ..ConfirmUploadRequest::default()
            },
        };
        self.uploads.confirm(upload).await.map_err(of_service)
    }

    async fn cancel(&self, key: &ConfirmKey) -> CloudResult<()> {
        self.space.cancel(key).await.map_err(of_service)
    }

    async fn put_object(
        &self,
        to: &UploadParameters,
        body: Bytes,
        progress: Progress,
    ) -> CloudResult<Taken> {
        let access = self.space.access().await.map_err(of_service)?;
        let length = body.len() as u64;
        let body = UploadBody::from(body);
        let data = self.data.of(&access).map_err(of_store)?;
        let receipt = data
            .put_object(to, &access.data_scheme, body, length, Some(progress))
            .await
            .map_err(of_store)?;
        Ok(Taken { crc64: receipt.crc64 })
    }

    async fn put_part(
        &self,
        to: &UploadParameters,
        part: u32,
        body: Bytes,
        progress: Progress,
    ) -> CloudResult<Taken> {
        let access = self.space.access().await.map_err(of_service)?;
        let length = body.len() as u64;
        let body = UploadBody::from(body);
        let data = self.data.of(&access).map_err(of_store)?;
        let receipt = data
            .put_part(to, &access.data_scheme, part, body, length, Some(progress))
            .await
            .map_err(of_store)?;
        Ok(Taken { crc64: receipt.crc64 })
    }
}
