//! A space of a real SMH, through the client. Owns nothing but the translation of calls and errors.

use std::sync::Arc;

use albumen_client::{
    Begun as ClientBegun, DataPlane, Error as ClientError, ErrorKind, HttpClient, Origin,
    SpaceClient, TokenSource, UploadBody, Uploads,
};
use albumen_model::{
    ConfirmKey, Crc64, ErrorCode, LibraryId, RemotePath, SpaceId,
    auth::TokenPurpose,
    smh::{
        BatchBegin, BatchConfirm, BeginUploadRequest, ConfirmUploadRequest, ConfirmedFile,
        DirectoryList, NodeItem, UploadParameters, UploadState,
    },
};
use async_trait::async_trait;
use bytes::Bytes;

use crate::cloud::{
    Begin, Begun, CloudError, CloudErrorKind as Kind, CloudFactory, CloudResult, CloudSpace,
    Progress, Taken,
};

/// Parts signed at once where each needs a signature of its own (SMH section 7.1).
const SIGNED_PARTS: u32 = 100;

/// A space of a real SMH.
#[derive(Debug)]
pub struct SpaceCloud {
    space: SpaceClient,
    uploads: Uploads,
    data: DataPlane,
}

impl SpaceCloud {
    /// The space, and the way to its object store. Must be called within a Tokio runtime.
    pub fn new(space: SpaceClient, data: DataPlane) -> Self {
        Self { uploads: Uploads::of(&space), space, data }
    }
}

/// Opens the spaces of one signed-in profile for backup.
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
}

impl CloudFactory for SpaceClouds {
    fn open(&self, library: &LibraryId, space: &SpaceId) -> CloudResult<Arc<dyn CloudSpace>> {
        let (http, tokens) = (self.http.clone(), Arc::clone(&self.tokens));
        let (library, space) = (library.clone(), space.clone());
        let space = SpaceClient::new(http, tokens, library, space, TokenPurpose::Backup);
        Ok(Arc::new(SpaceCloud::new(space, DataPlane::new(self.http.clone()))))
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

fn of_service(error: ClientError) -> CloudError {
    translated(&error, error.kind(), false)
}

fn of_store(error: ClientError) -> CloudError {
    translated(&error, error.kind(), true)
}

fn translated(error: &ClientError, kind: ErrorKind, store: bool) -> CloudError {
    let code = error.code();
    let busy = match error {
        ClientError::Refused(refusal) => {
            matches!(refusal.status, 429 | 503) && refusal.origin == Origin::Service
        }
        _ => false,
    };
    let kind = match (code, kind) {
        (Some(ErrorCode::ContentCasConflict), _) => Kind::Stale,
        (Some(ErrorCode::UploadComplete), _) => Kind::AlreadyConfirmed,
        (Some(ErrorCode::BadCrc64), _) => Kind::BadCrc,
        (Some(ErrorCode::SpaceNotFound | ErrorCode::LibraryNotFound), _) => Kind::SpaceMissing,
        (
            Some(
                ErrorCode::UploadIncomplete
                | ErrorCode::MultipartUploadIncomplete
                | ErrorCode::CosObjectNonexistent
                | ErrorCode::MultipartUploadPartTooSmall,
            ),
            _,
        ) => Kind::Incomplete,
        (Some(ErrorCode::ExtnameNotAllowed | ErrorCode::FileTypeNotMatched), _) => {
            Kind::TypeRefused
        }
        (_, ErrorKind::Transient) if busy => Kind::Busy,
        (_, ErrorKind::Transient) => Kind::Lost,
        (_, ErrorKind::Offline) if store => Kind::StoreOffline,
        (_, ErrorKind::Offline) => Kind::Offline,
        (_, ErrorKind::Auth) => Kind::TokenInvalid,
        (_, ErrorKind::Revoked) => Kind::Revoked,
        (_, ErrorKind::NoPermission) => Kind::NoPermission,
        (_, ErrorKind::Precondition) => Kind::Taken,
        (_, ErrorKind::Quota) => Kind::Quota,
        (_, ErrorKind::PermanentItem) => Kind::NameRefused,
        (_, ErrorKind::Expired) => Kind::Expired,
        (_, ErrorKind::NotFound) => Kind::Missing,
        (_, ErrorKind::Integrity) => Kind::Incomplete,
        (_, ErrorKind::StoreFull) => Kind::StoreFull,
        (_, ErrorKind::Protocol | ErrorKind::Source) => Kind::Fault,
    };
    CloudError { kind, code, detail: error.to_string(), retry_after: error.retry_after() }
}

#[cfg(test)]
mod tests {
    use albumen_client::Refusal;

    use super::*;

    fn refused(origin: Origin, status: u16, word: &str) -> Kind {
        let error = ClientError::Refused(Refusal {
            origin,
            status,
            word: word.to_owned(),
            request_id: String::new(),
            retry_after: None,
        });
        translated(&error, error.kind(), origin == Origin::Store).kind
    }

    #[test]
    fn refusals_keep_their_meaning() {
        use Origin::{Service, Store};
        for (origin, status, word, kind) in [
            (Service, 409, "SameNameDirectoryOrFileExists", Kind::Taken),
            (Service, 409, "ContentCasConflict", Kind::Stale),
            (Service, 409, "UploadComplete", Kind::AlreadyConfirmed),
            (Service, 400, "BadCrc64", Kind::BadCrc),
            (Service, 404, "UploadIncomplete", Kind::Incomplete),
            (Service, 404, "ConfirmKeyNotFound", Kind::Missing),
            (Service, 404, "DirectoryNotFound", Kind::Missing),
            (Service, 404, "SpaceNotFound", Kind::SpaceMissing),
            (Service, 400, "QuotaLimitReached", Kind::Quota),
            (Service, 400, "ExtnameNotAllowed", Kind::TypeRefused),
            (Service, 400, "IllegalFileName", Kind::NameRefused),
            (Service, 403, "DeviceRevoked", Kind::Revoked),
            (Service, 403, "NoPermission", Kind::NoPermission),
            (Service, 403, "InvalidAccessToken", Kind::TokenInvalid),
            (Service, 429, "RateLimitExceeded", Kind::Busy),
            (Service, 500, "InternalServerError", Kind::Lost),
            (Store, 403, "AccessDenied", Kind::Expired),
            (Store, 404, "NoSuchUpload", Kind::Missing),
            (Store, 507, "StoreFull", Kind::StoreFull),
            (Store, 503, "SlowDown", Kind::Lost),
        ] {
            assert_eq!(refused(origin, status, word), kind, "{status} {word}");
        }
    }
}
