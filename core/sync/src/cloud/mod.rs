//! What the engine needs of a space in the cloud, and nothing more. Owns the trait and its errors;
//! the real one talks to an SMH through the client, the tests' one lives in memory and fails on
//! demand. `tree` is what mappings need that follow the cloud as well, `contract` what tests hold
//! every one against.

#[cfg(any(test, feature = "testing"))]
pub mod contract;
pub mod simulated;
mod tree;

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use albumen_model::{
    ConfirmKey, ConflictStrategy, Crc64, ErrorCode, LibraryId, RemotePath, SpaceId,
    smh::{ConfirmedFile, DirectoryList, NodeItem, UploadParameters, UploadState},
};
use async_trait::async_trait;
use bytes::Bytes;

pub use tree::{Binned, Changes, CloudTree, Content, Cursor, NodeKind};

/// What came of a question, as far as the engine acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloudErrorKind {
    /// Nothing reached the other side.
    Offline,
    /// A time-out, a cut connection or a 5xx: whether it was done is unknown.
    Lost,
    /// Asked to slow down; it was not done.
    Busy,
    /// The device was revoked.
    Revoked,
    /// The token is refused even after a fresh one was fetched.
    TokenInvalid,
    /// The token may not do this.
    NoPermission,
    /// Not there: a path, an upload session, an object.
    Missing,
    /// The space or library is not there.
    SpaceMissing,
    /// The name is taken (`ask`).
    Taken,
    /// The content to replace is not the one named.
    Stale,
    /// The upload session was confirmed before.
    AlreadyConfirmed,
    /// Not all bytes arrived.
    Incomplete,
    /// The check value of what arrived differs.
    BadCrc,
    /// The signed parameters are refused: expired, most likely.
    Expired,
    /// The change feed does not reach back so far.
    CursorExpired,
    /// The space is full.
    Quota,
    /// The object store is full.
    StoreFull,
    /// The object store cannot be reached; the services can.
    StoreOffline,
    /// The name is not allowed here.
    NameRefused,
    /// The kind of file is not allowed here.
    TypeRefused,
    /// A reply that cannot be understood, or a refusal that should not happen.
    Fault,
}

/// A question the cloud did not answer as hoped.
#[derive(Clone, Debug, thiserror::Error)]
pub struct CloudError {
    /// What to do about it.
    pub kind: CloudErrorKind,
    /// The service's own word, if it said one.
    pub code: Option<ErrorCode>,
    /// For people and logs; never holds a secret.
    pub detail: String,
    /// How long the other side asked to wait.
    pub retry_after: Option<Duration>,
}

impl CloudError {
    /// An error of this kind.
    pub fn new(kind: CloudErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, code: None, detail: detail.into(), retry_after: None }
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code}: {}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

/// Results of a space.
pub type CloudResult<T> = Result<T, CloudError>;

/// How an upload begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begin {
    /// Where it goes.
    pub path: RemotePath,
    /// What happens when the name is taken; never `rename`.
    pub strategy: ConflictStrategy,
    /// With `overwrite`: the stamp of the content that may be replaced.
    pub content_cas: Option<String>,
    /// Bytes.
    pub size: u64,
    /// In parts.
    pub multipart: bool,
    /// The file's own time, RFC 3339, kept by the service as it is.
    pub local_modification_time: Option<String>,
}

/// What a begin led to.
#[derive(Clone, Debug)]
pub enum Begun {
    /// Where and how to send the bytes.
    Session(Box<UploadParameters>),
    /// The content was known already: nothing is to be sent.
    Done(Box<ConfirmedFile>),
}

/// What the object store said of bytes it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Its own check value, if it says one.
    pub crc64: Option<Crc64>,
}

/// Told how many bytes were just handed to the connection. Must be quick.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// One space, as the engine sees it. Every call may be made again after any error.
#[async_trait]
pub trait CloudSpace: Send + Sync {
    /// One page of a directory with inodes, content stamps and check values, in any order.
    async fn list(
        &self,
        directory: &RemotePath,
        marker: Option<String>,
    ) -> CloudResult<DirectoryList>;
    /// A node; `None` when it is not there.
    async fn info(&self, path: &RemotePath) -> CloudResult<Option<NodeItem>>;
    /// Makes a directory with all above it; one that is there already is no error.
    async fn create_directory(&self, path: &RemotePath) -> CloudResult<()>;
    /// Begins an upload.
    async fn begin(&self, begin: &Begin) -> CloudResult<Begun>;
    /// The state of an upload session.
    async fn state(&self, key: &ConfirmKey) -> CloudResult<UploadState>;
    /// Fresh parameters for a session in parts, good at least for the parts from `part` on.
    async fn renew(&self, key: &ConfirmKey, part: u32) -> CloudResult<UploadParameters>;
    /// Goes on with a session in parts that was closed when its device was revoked: the same user,
    /// the same place, and a key of one's own from here on. [`CloudErrorKind::Missing`] where there
    /// is nothing to go on with.
    async fn adopt(&self, key: &ConfirmKey, path: &RemotePath) -> CloudResult<UploadParameters>;
    /// Makes the file appear; `begin` says again with which strategy and stamp.
    async fn confirm(
        &self,
        key: &ConfirmKey,
        crc64: Crc64,
        begin: &Begin,
    ) -> CloudResult<ConfirmedFile>;
    /// Gives a session up.
    async fn cancel(&self, key: &ConfirmKey) -> CloudResult<()>;
    /// Sends a whole object straight to the store.
    async fn put_object(
        &self,
        to: &UploadParameters,
        body: Bytes,
        progress: Progress,
    ) -> CloudResult<Taken>;
    /// Sends one part straight to the store; parts count from 1.
    async fn put_part(
        &self,
        to: &UploadParameters,
        part: u32,
        body: Bytes,
        progress: Progress,
    ) -> CloudResult<Taken>;
}

/// The pages of a directory, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// Markers used before.
    seen: BTreeSet<String>,
    marker: Option<String>,
    ended: bool,
}

impl Pages {
    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// As [`CloudSpace::list`]; [`CloudErrorKind::Fault`] when a page follows itself.
    pub(crate) async fn next<C: CloudSpace + ?Sized>(
        &mut self,
        cloud: &C,
        directory: &RemotePath,
    ) -> CloudResult<Option<Vec<NodeItem>>> {
        if self.ended {
            return Ok(None);
        }
        let page = cloud.list(directory, self.marker.take()).await?;
        self.ended = page.next_marker.is_none();
        if let Some(next) = &page.next_marker
            && !self.seen.insert(next.clone())
        {
            let what = "A page of the listing follows itself";
            return Err(CloudError::new(CloudErrorKind::Fault, what));
        }
        self.marker = page.next_marker;
        Ok(Some(page.contents))
    }
}

/// Opens spaces; one of these per signed-in profile.
pub trait CloudFactory: Send + Sync {
    /// A space, cheap to open and to hold.
    ///
    /// # Errors
    /// [`CloudError`] when the profile has no way to that library.
    fn open(&self, library: &LibraryId, space: &SpaceId) -> CloudResult<Arc<dyn CloudSpace>>;
}
