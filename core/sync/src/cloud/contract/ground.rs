//! What a row stands on: one empty space, a person elsewhere, and short words for both.

use std::sync::Arc;

use albumen_media::digest::Crc64Digest;
use albumen_model::{
    ConflictStrategy, Inode, RemotePath,
    smh::{ChangeEvent, NodeItem},
};
use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;

use crate::cloud::{Begin, Begun, CloudErrorKind, CloudResult, CloudTree, Cursor, NodeKind};

/// What the calls under test cannot do: a person at the web, the service itself, time.
#[async_trait]
pub trait Elsewhere: Send + Sync {
    /// The same space for the same device, with so many events in a page of its feed.
    fn with_events_at_once(&self, count: u32) -> Arc<dyn CloudTree>;
    /// Somebody takes an item out of the bin for good.
    async fn purge(&self, item: u64);
    /// Somebody deletes a file past the bin.
    async fn delete_for_good(&self, path: &RemotePath);
    /// Somebody moves a file onto another, which goes into the bin.
    async fn move_onto(&self, from: &RemotePath, to: &RemotePath);
    /// Somebody moves a file into another space.
    async fn move_away(&self, path: &RemotePath);
    /// A quota takes the content of all files; they stay where they are.
    async fn quota_takes_all(&self);
    /// Nobody asks anything for half a year.
    async fn half_a_year_passes(&self);
}

/// An empty space with a bin.
pub struct Ground {
    /// What is held against the contract.
    pub tree: Arc<dyn CloudTree>,
    /// Everybody else.
    pub elsewhere: Box<dyn Elsewhere>,
}

pub fn path(text: &str) -> RemotePath {
    RemotePath::parse(text).unwrap()
}

/// How a call failed.
pub fn kind<T>(outcome: CloudResult<T>) -> Option<CloudErrorKind> {
    outcome.err().map(|error| error.kind)
}

impl Ground {
    pub async fn make(&self, directory: &str) -> NodeItem {
        self.tree.create_directory(&path(directory)).await.unwrap();
        self.look(directory).await.unwrap()
    }

    /// Sends a file in one piece, from begin to confirm.
    pub async fn send(&self, begin: &Begin, bytes: &[u8]) -> CloudResult<()> {
        let session = match self.tree.begin(begin).await? {
            Begun::Session(session) => session,
            Begun::Done(file) => panic!("nobody had {file:?} before"),
        };
        let body = Bytes::copy_from_slice(bytes);
        self.tree.put_object(&session, body, Arc::new(|_| ())).await?;
        let crc64 = Crc64Digest::of(bytes);
        let file = self.tree.confirm(&session.confirm_key, crc64, begin).await?;
        assert_eq!((file.size, file.crc64), (bytes.len() as u64, crc64));
        Ok(())
    }

    /// A new file.
    pub async fn upload(&self, file: &str, bytes: &[u8]) -> NodeItem {
        self.send(&new_file(file, bytes), bytes).await.unwrap();
        self.look(file).await.unwrap()
    }

    /// Other content for a file that is there.
    pub async fn overwrite(&self, file: &str, bytes: &[u8]) -> NodeItem {
        let cas = self.look(file).await.unwrap().content_cas;
        self.send(&replacement(file, cas, bytes), bytes).await.unwrap();
        self.look(file).await.unwrap()
    }

    pub async fn look(&self, at: &str) -> Option<NodeItem> {
        self.tree.info(&path(at)).await.unwrap()
    }

    /// Everything in a directory, page by page, in the order of names.
    pub async fn list(&self, directory: &str) -> Vec<NodeItem> {
        let (mut rows, mut marker) = (Vec::new(), None);
        loop {
            let page = self.tree.list(&path(directory), marker).await.unwrap();
            rows.extend(page.contents);
            marker = page.next_marker;
            if marker.is_none() {
                rows.sort_by(|a: &NodeItem, b| a.name.cmp(&b.name));
                return rows;
            }
        }
    }

    pub async fn names(&self, directory: &str) -> Vec<String> {
        self.list(directory).await.iter().map(|row| row.name.as_str().to_owned()).collect()
    }

    pub async fn rename(&self, what: NodeKind, from: &str, to: &str) -> CloudResult<()> {
        self.tree.move_node(what, &path(from), &path(to), None).await
    }

    /// Into the bin; the item's number.
    pub async fn trash(&self, what: NodeKind, at: &str) -> u64 {
        self.tree.trash(what, &path(at), None).await.unwrap().expect("there is a bin")
    }

    /// Where a number is now.
    pub async fn place(&self, inode: &Inode) -> Option<String> {
        self.tree.node(inode).await.unwrap().map(|item| item.path.to_string())
    }

    /// A file's content from a byte on.
    pub async fn read(&self, file: &str, from: u64) -> CloudResult<Vec<u8>> {
        let content = self.tree.fetch(&path(file), from).await?;
        let pieces: Vec<Bytes> = content.pieces.try_collect().await?;
        Ok(pieces.concat())
    }

    pub async fn cursor(&self) -> Cursor {
        self.tree.cursor().await.unwrap()
    }

    /// What happened since, to the end of the feed.
    pub async fn since(&self, cursor: &Cursor) -> Vec<ChangeEvent> {
        let (mut events, mut at) = (Vec::new(), cursor.clone());
        loop {
            let page = self.tree.changes(&at).await.unwrap();
            events.extend(page.events);
            at = page.next;
            if !page.more {
                return events;
            }
        }
    }
}

/// The number of a node that was looked at.
pub fn number(item: &NodeItem) -> Inode {
    item.inode.clone().expect("every node is told with its number")
}

pub fn new_file(file: &str, bytes: &[u8]) -> Begin {
    Begin {
        path: path(file),
        strategy: ConflictStrategy::Ask,
        content_cas: None,
        size: bytes.len() as u64,
        multipart: false,
        local_modification_time: None,
    }
}

pub fn replacement(file: &str, content_cas: Option<String>, bytes: &[u8]) -> Begin {
    Begin { strategy: ConflictStrategy::Overwrite, content_cas, ..new_file(file, bytes) }
}
