//! What each tree holds of a node, directories included, and how the trees are asked. Owns the
//! values and the trait; does not compare them and does not know where they are kept.

use std::{fmt, sync::Arc};

use albumen_model::{Crc64, Inode};

pub use crate::trees::{LocalStat, NodeId, Sight};

/// The mapped folder and the place in the cloud it is mapped to: the node above all others. Never
/// planned for; its identity is guarded before a plan is asked for.
pub const ROOT: NodeId = NodeId(0);

/// How a name for the time between two steps begins; both sides can hold it.
pub const PASSING: &str = ".albumen-passing.";

/// A name both sides can tell each other: Unicode, composed, as the cloud writes it. How a volume
/// spells it, and which folder an album is, is translated before the trees are compared.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

impl Name {
    /// From a name that was checked where it came in.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// A name for the time between two steps, when two nodes change places. Each node has one of
    /// its own; nobody types such a name.
    pub fn passing(node: NodeId) -> Self {
        Self(format!("{PASSING}{}", node.0).into())
    }

    /// Whether it is one of those.
    pub fn is_passing(&self) -> bool {
        let number = self.0.strip_prefix(PASSING);
        number.is_some_and(|number| number.parse::<i64>().is_ok())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// Where a node is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// In which directory.
    pub parent: NodeId,
    /// By which name.
    pub name: Name,
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The disk.
    Local,
    /// The cloud.
    Remote,
}

impl Side {
    /// The one across.
    pub const fn other(self) -> Self {
        match self {
            Self::Local => Self::Remote,
            Self::Remote => Self::Local,
        }
    }
}

/// What a file is on one side, as far as it can be told from another state of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Bytes.
    pub size: u64,
    /// Check value; `None`: not read yet on disk, or not said by the cloud.
    pub crc64: Option<Crc64>,
    /// On disk: its state when it was looked at.
    pub stat: Option<LocalStat>,
    /// In the cloud: the stamp of the content (SMH section 9.9).
    pub cas: Option<String>,
}

/// A node on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub place: Place,
    /// A file or a directory. Never the same node once as the one and once as the other.
    pub what: What,
}

/// A file or a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A file.
    File(Content),
    /// A directory. `lived_in`: it holds something that is no node, ignored or not understood, so
    /// it must not go.
    Directory {
        /// Whether something that is no node keeps it.
        lived_in: bool,
    },
}

impl Entry {
    /// Its content, if it is a file.
    pub const fn content(&self) -> Option<&Content> {
        match &self.what {
            What::File(content) => Some(content),
            What::Directory { .. } => None,
        }
    }

    /// Whether it is a directory.
    pub const fn is_directory(&self) -> bool {
        matches!(self.what, What::Directory { .. })
    }
}

/// What both sides agreed on, written only after the effect was durable on both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Where it was on disk.
    pub local: Place,
    /// Where it was in the cloud.
    pub remote: Place,
    /// The content agreed on, with the state on disk and the stamp in the cloud it then had; `None`
    /// for a directory.
    pub content: Option<Agreed>,
    /// The cloud's number for it.
    pub inode: Option<Inode>,
}

/// The content both sides held at agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Bytes.
    pub size: u64,
    /// Check value.
    pub crc64: Crc64,
    /// The state on disk.
    pub stat: LocalStat,
    /// The stamp in the cloud.
    pub cas: Option<String>,
}

/// Why a node is left as it is until something changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aside {
    /// A person deleted it in the cloud, and the mapping only adds.
    DeletedInCloud,
    /// A person changed it in the cloud, and the mapping only adds.
    ChangedInCloud,
    /// It left the disk; the cloud keeps it.
    Archived,
    /// The service took it away by itself: a quota rule, a task, a virus scanner.
    Withdrawn,
    /// The volume cannot hold its name beside another's.
    NameClash,
}

/// How a node that the cloud had is gone from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gone {
    /// A person put it into the bin, or it was not said how it went.
    Deleted {
        /// Whether the bin still has it.
        in_bin: bool,
    },
    /// The service took it away by itself; such a deletion is never followed.
    Withdrawn,
}

/// The three trees, asked node by node. [`Sight`] as `None` is absence with evidence; whatever is
/// not certain is [`Sight::Unknown`].
///
/// What must hold: each present node's parent is present on that side and is a directory; nobody is
/// above itself; no two nodes of one side have one place; a node is of one kind in all trees.
pub trait Trees {
    /// A node on one side.
    fn entry(&self, side: Side, node: NodeId) -> Option<Sight<Entry>>;
    /// What was agreed on.
    fn base(&self, node: NodeId) -> Option<Base>;
    /// Why it is left as it is, if it was decided so before.
    fn aside(&self, node: NodeId) -> Option<Aside>;
    /// How a node that was agreed on went from the cloud.
    fn gone(&self, node: NodeId) -> Gone;
    /// Who has a place on one side, by that side's own rule for equal names.
    fn at(&self, side: Side, place: &Place) -> Option<NodeId>;
    /// The nodes in a directory on one side, in any order.
    fn children(&self, side: Side, directory: NodeId) -> Vec<NodeId>;
}

/// A directory and all above it on a side, up to below the root: as far as each is there, and each
/// once.
pub fn upwards<T: Trees + ?Sized>(trees: &T, side: Side, directory: NodeId) -> Vec<NodeId> {
    let mut way = Vec::new();
    let mut at = directory;
    while at != ROOT && !way.contains(&at) {
        way.push(at);
        match trees.entry(side, at) {
            Some(Sight::Present(entry)) => at = entry.place.parent,
            _ => break,
        }
    }
    way
}
