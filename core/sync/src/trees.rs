//! What the three trees hold of one file: last seen on disk, last seen in the cloud, and last
//! agreed on by both. Owns the values; does not fetch, store or compare them.

use albumen_model::{Crc64, Inode, RemotePath};

use crate::local_path::LocalPath;

/// Joins the three trees: one number for one file, whatever its names. The journal gives them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub i64);

/// What tells one state of a local file from another without reading it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocalStat {
    /// Bytes.
    pub size: u64,
    /// Last change of the content, nanoseconds since 1970; importers and users set it at will.
    pub mtime_ns: i64,
    /// Last change of the inode, nanoseconds since 1970; only the system sets it. 0 where unknown.
    pub ctime_ns: i64,
    /// The file system's number for it, used again for others after a delete. 0 where unknown.
    pub inode: u64,
    /// Birth, nanoseconds since 1970. 0 where unknown.
    pub btime_ns: i64,
}

impl LocalStat {
    /// What tells a file or a folder from every other one of the volume: its number and its birth,
    /// 0 where unknown.
    pub const fn identity(&self) -> (u64, i64) {
        (self.inode, self.btime_ns)
    }

    /// Whether this is the same state but for what a rename, or another link, moves: no content.
    pub fn only_renamed(&self, before: &Self) -> bool {
        Self { ctime_ns: before.ctime_ns, ..*self } == *before
    }
}

/// A file on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalVersion {
    /// Where.
    pub path: LocalPath,
    /// Where it is to go in the cloud.
    pub target: RemotePath,
    /// Its state.
    pub stat: LocalStat,
    /// Of its content; `None` until it was read in this state.
    pub crc64: Option<Crc64>,
}

/// A file in the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteVersion {
    /// Where.
    pub path: RemotePath,
    /// Bytes.
    pub size: u64,
    /// Of its content.
    pub crc64: Option<Crc64>,
    /// The service's number for it.
    pub inode: Option<Inode>,
    /// Stamp of its content, for replacing exactly this one (SMH section 9.9).
    pub content_cas: Option<String>,
}

/// What a mapping has decided to leave as it is until something changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aside {
    /// Somebody deleted it in the cloud.
    DeletedInCloud,
    /// Somebody changed it in the cloud.
    ChangedInCloud,
    /// It left the disk; the cloud keeps it.
    Archived,
}

/// What both sides last agreed on. Only ever written after the effect is durable on both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncedVersion {
    /// Where it was on disk.
    pub local_path: LocalPath,
    /// The state on disk at agreement.
    pub stat: LocalStat,
    /// The state in the cloud at agreement.
    pub remote: RemoteVersion,
    /// Of the content agreed on.
    pub crc64: Crc64,
    /// Whether it is left as it is.
    pub aside: Option<Aside>,
}

/// One side's knowledge of one node. A node that is no key of a tree is absent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight<T> {
    /// It is there.
    Present(T),
    /// Nobody can tell: unreadable, an incomplete listing, a folder that is not mounted.
    Unknown,
}

impl<T> Sight<T> {
    /// The same certainty of something in it.
    pub fn map<U>(&self, of: impl FnOnce(&T) -> U) -> Sight<U> {
        match self {
            Self::Present(seen) => Sight::Present(of(seen)),
            Self::Unknown => Sight::Unknown,
        }
    }
}
