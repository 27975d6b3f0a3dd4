//! The calls by which a mapping follows the cloud: numbers, the change feed, moves, the bin, and
//! content on its way down. Owns the trait.

use albumen_model::{
    Crc64, Inode, RemotePath,
    smh::{ChangeEvent, NodeItem},
};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use super::{CloudResult, CloudSpace};

/// A position in a space's change feed (SMH section 17). Opaque; kept in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(String);

impl Cursor {
    /// From the service's text, or the journal's.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One page of the change feed.
#[derive(Clone, Debug)]
pub struct Changes {
    /// In the order of their commits.
    pub events: Vec<ChangeEvent>,
    /// Where the next page begins.
    pub next: Cursor,
    /// Whether there is one already.
    pub more: bool,
}

/// A file or a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// Something in the bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binned {
    /// The bin's number of it.
    pub item: u64,
    /// Bytes of it and of everything below it.
    pub bytes: u64,
}

/// Content on its way from the store.
pub struct Content {
    /// Bytes of the whole content, however much of it comes.
    pub size: u64,
    /// Check value of the whole content, if it is told.
    pub crc64: Option<Crc64>,
    /// The file's own time, nanoseconds since 1970, if the service keeps one.
    pub modified_ns: Option<i64>,
    /// The bytes, piece by piece. An end before the last byte is an error.
    pub pieces: BoxStream<'static, CloudResult<Bytes>>,
}

/// One space, as a mapping sees it that follows the cloud. Every call may be made again after any
/// error.
#[async_trait]
pub trait CloudTree: CloudSpace {
    /// A node by its number, with the path it has now; `None` when it is in no directory: in the
    /// bin, or gone for good (SMH section 8.5).
    async fn node(&self, inode: &Inode) -> CloudResult<Option<NodeItem>>;

    /// The end of the change feed now.
    async fn cursor(&self) -> CloudResult<Cursor>;

    /// What happened since. [`CursorExpired`](super::CloudErrorKind::CursorExpired) when the
    /// feed does not reach back so far: everything is to be listed then.
    async fn changes(&self, since: &Cursor) -> CloudResult<Changes>;

    /// Moves or renames a node. [`CloudErrorKind::Taken`](super::CloudErrorKind::Taken) when the
    /// new name is not free, [`CloudErrorKind::Stale`](super::CloudErrorKind::Stale) when a file's
    /// content is not the one of this stamp any more; `Missing` when it is not there, or the
    /// directory it goes to is not.
    async fn move_node(
        &self,
        kind: NodeKind,
        from: &RemotePath,
        to: &RemotePath,
        content_cas: Option<&str>,
    ) -> CloudResult<()>;

    /// Puts a node into the bin, a directory with all below it; the bin's number of it, where there
    /// is a bin. `Stale` when a file's content is not the one of this stamp any more.
    async fn trash(
        &self,
        kind: NodeKind,
        path: &RemotePath,
        content_cas: Option<&str>,
    ) -> CloudResult<Option<u64>>;

    /// What went into the bin last from this path, if the bin has anything from there.
    async fn binned(&self, path: &RemotePath) -> CloudResult<Option<Binned>>;

    /// Takes a node out of the bin, back to where it was. `Taken` when its name is not free,
    /// `Missing` when the bin does not have it or its directory is gone. Its path.
    async fn restore(&self, item: u64) -> CloudResult<RemotePath>;

    /// A file's content from this byte on.
    async fn fetch(&self, path: &RemotePath, from: u64) -> CloudResult<Content>;
}
