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

/// Content on its way, straight from the store.
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
/// error; one that was done although its answer was lost then says that nothing is there any more.
/// `contract` holds every implementation against this.
///
/// Of numbers: a file keeps its own when it is moved, renamed, restored, or gets other content by
/// an upload, a copy onto it, or from its history; a directory too, and all below it. A file that
/// another is moved onto loses its place; the other keeps its own number. None is given twice.
///
/// Of kinds: a file is no directory. Something of the other kind in the place counts as nothing
/// there.
#[async_trait]
pub trait CloudTree: CloudSpace {
    /// A node by its number, with the path it has now; `None` when it is in no directory: in the
    /// bin, itself or with a directory above it, in another space, or gone for good (SMH section
    /// 8.5). The root has the empty path, and a name that means nothing; `info` tells its number.
    async fn node(&self, inode: &Inode) -> CloudResult<Option<NodeItem>>;

    /// The end of the change feed now.
    async fn cursor(&self) -> CloudResult<Cursor>;

    /// What happened since, our own changes included. The same cursor says the same again, and more
    /// behind it. [`CursorExpired`](super::CloudErrorKind::CursorExpired) when the feed does not
    /// reach back so far, or the text was never one of its cursors: everything is to be listed
    /// then.
    ///
    /// * A directory that is moved, put into the bin, restored or purged is one event, of itself:
    ///   what is below it went along and is told of nowhere. One that came back is to be listed.
    /// * An upload that replaces content is `Modify` with the same number and the next version;
    ///   `HistoryCreate` may stand before it, of the content that was kept. Whatever happens to the
    ///   file after it names that version too.
    /// * A file that makes room for one that is moved onto it is put into the bin, `Trash`; then
    ///   comes `MoveOverwrite`, of the one that was moved, with the other's number as `owInode`.
    /// * `parent_inode` is the directory after the change: of a move the one it went to, of what is
    ///   in the bin or gone the one it was in. What went into another space is a `Move` to location
    ///   gone, and names a directory of that space.
    /// * Content that a quota took is `TaskDelete` with `removed_by_quota`; the file stays in its
    ///   place, and a look says `removed_by_quota`.
    async fn changes(&self, since: &Cursor) -> CloudResult<Changes>;

    /// Moves or renames a node; number, stamp and version stay.
    /// [`CloudErrorKind::Taken`](super::CloudErrorKind::Taken) when the new name is not free,
    /// [`CloudErrorKind::Stale`](super::CloudErrorKind::Stale) when a file's content is not the one
    /// of this stamp any more; `Missing` when it is not there, or the directory it goes to is not;
    /// `NameRefused` for a directory into itself. To where it is already it moves with success and
    /// without an event.
    async fn move_node(
        &self,
        kind: NodeKind,
        from: &RemotePath,
        to: &RemotePath,
        content_cas: Option<&str>,
    ) -> CloudResult<()>;

    /// Puts a node into the bin, a directory with all below it as one item; the bin's number of it.
    /// `None` without a bin: it is gone for good. `Stale` when a file's content is not the one of
    /// this stamp any more; a directory has none. `Missing` when it is not there.
    async fn trash(
        &self,
        kind: NodeKind,
        path: &RemotePath,
        content_cas: Option<&str>,
    ) -> CloudResult<Option<u64>>;

    /// What went into the bin last from this path, if the bin has anything from there: a file, or a
    /// directory with all below it. Where the bin is full, this may take many calls.
    async fn binned(&self, path: &RemotePath) -> CloudResult<Option<Binned>>;

    /// Takes a node out of the bin, back to the path it had; its path. It is the path that counts,
    /// whichever directory has it now. `Taken` when its name is not free, and it stays in the bin;
    /// `Missing` when the bin does not have it or no directory has that path. All in it has the
    /// numbers and stamps that it had.
    async fn restore(&self, item: u64) -> CloudResult<RemotePath>;

    /// A file's content from this byte on, as it is at this moment: whoever goes on with what came
    /// before compares size and check value. From the end on, or from behind it, nothing comes.
    /// `Missing` when there is no such file, or a quota took its content.
    async fn fetch(&self, path: &RemotePath, from: u64) -> CloudResult<Content>;
}
