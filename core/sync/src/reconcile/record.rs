//! What a mapping remembers from one end to the next: the three trees, the cloud's numbers, how
//! names are spelt on disk, and what is under way. Owns the trait and what is written at once; the
//! journal on disk and the one in memory keep it, one suite of tests holds for both.

use albumen_model::{Inode, RemotePath};

use crate::{
    cloud::Cursor,
    effect::Version,
    error::Result,
    local_path::LocalPath,
    plan::{
        guard::Tally,
        tree::{Aside, Base, Entry, Gone, NodeId, Place, Side, Sight, Trees},
    },
};

/// What is seen of a node on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDisk {
    /// Where it is and what it is.
    pub entry: Entry,
    /// Its name's bytes on disk, where they are not those of the entry's name.
    pub spelling: Option<Vec<u8>>,
    /// Whether its state can hide a later edit: it was seen within one step of the volume's time.
    pub racy: bool,
    /// What tells a directory from every other one of the volume: its number and its birth, 0 where
    /// unknown. A file's state says so itself.
    pub identity: (u64, i64),
}

/// What is seen of a node in the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InCloud {
    /// Where it is and what it is.
    pub entry: Entry,
    /// The cloud's number for it.
    pub inode: Inode,
}

/// Something under way whose end nobody may hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Content on its way to the cloud.
    Upload {
        /// Where to.
        to: Place,
        /// What is agreed on once it is there, but for what only the cloud can tell.
        base: Box<Base>,
    },
    /// The file on disk takes another name and becomes a node of its own.
    Detach {
        /// The new place.
        to: Place,
    },
    /// A directory is made in the cloud.
    MakeDirectory {
        /// Its place.
        to: Place,
    },
    /// A node moves in the cloud, to follow the disk.
    Move {
        /// Where to.
        to: Place,
        /// Whether only for a while: its place on disk is another then.
        passing: bool,
    },
    /// An empty directory goes from the cloud.
    RemoveDirectory {
        /// Its path there.
        path: RemotePath,
    },
    /// A fetched file gets its name, maybe that of one that is there.
    Place(Box<Placing>),
}

/// A fetched file that gets its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placing {
    /// The number of the effect, by which its names in our own folder are made.
    pub op: u64,
    /// The day by which the bin is sorted, for the same.
    pub day: String,
    /// Its place in the tree.
    pub to: Place,
    /// The same on disk.
    pub path: LocalPath,
    /// The file to be replaced, if there is one.
    pub old: Option<Version>,
    /// The fetched one.
    pub fetched: Version,
    /// What is agreed on once it is there.
    pub base: Base,
}

/// One fact to remember.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// What is seen of a node on disk; `None`: it is not there, with evidence.
    OnDisk(NodeId, Option<Sight<OnDisk>>),
    /// What is seen of a node in the cloud; `None`: it is not there, with evidence.
    InCloud(NodeId, Option<Sight<InCloud>>),
    /// How a node went from the cloud, and the bin's number of it, if it is known.
    Went(NodeId, Gone, Option<u64>),
    /// Both sides agree on this; nothing is left aside, and how it went before is forgotten.
    Agreed(NodeId, Base),
    /// What was agreed is forgotten, and why it was left aside.
    Forgot(NodeId),
    /// It is left as it is.
    SetAside(NodeId, Aside),
    /// Something begins for this node. One at a time; a new one takes the old one's place.
    Began(NodeId, Intent),
    /// What was under way for this node has ended.
    Ended(NodeId),
    /// A file of this node was deleted on this side, at this moment: milliseconds since 1970. Kept
    /// for two days, also when the node is forgotten.
    Deleted(NodeId, Side, i64),
    /// The change feed was followed up to here. `None`: nothing is known of the cloud any more, it
    /// is to be listed.
    Followed(Option<Cursor>),
}

impl Note {
    /// The node it is about, if it is about one and says more than that it was deleted.
    pub(crate) const fn node(&self) -> Option<NodeId> {
        match self {
            Self::OnDisk(node, _)
            | Self::InCloud(node, _)
            | Self::Went(node, ..)
            | Self::Agreed(node, _)
            | Self::Forgot(node)
            | Self::SetAside(node, _)
            | Self::Began(node, _)
            | Self::Ended(node) => Some(*node),
            Self::Deleted(..) | Self::Followed(_) => None,
        }
    }
}

/// What a mapping remembers. The answers of [`Trees`] are those of the last [`Self::write`].
pub trait Record: Trees {
    /// Remembers all of it or nothing, in this order; what is remembered outlives a power cut. A
    /// node of which no tree, intent or agreement is left is forgotten. Two nodes may change places
    /// within one call: what counts is how things are at its end.
    ///
    /// # Errors
    /// What the database says; [`crate::Error::Torn`] when the notes would leave something that is
    /// no tree: two nodes of one side in one place or with one number of the cloud's, one in what
    /// is no directory that is there, one above itself, a node that is a file in one tree and
    /// a directory in another. Nothing is remembered then.
    fn write(&self, notes: Vec<Note>) -> Result<()>;

    /// A number for a new node or effect, greater than every one before, also of earlier runs.
    ///
    /// # Errors
    /// What the database says.
    fn fresh(&self) -> Result<NodeId>;

    /// Whether every answer since the last question could be given. An answer that could not was
    /// "nobody can tell".
    ///
    /// # Errors
    /// What the database said.
    fn sound(&self) -> Result<()>;

    /// The nodes whose trees are not all equal, in their order: all others have nothing to do.
    ///
    /// # Errors
    /// What the database says.
    fn unsettled(&self) -> Result<Vec<NodeId>>;

    /// What is seen of a node on disk, with what the trees do not say of it.
    fn on_disk(&self, node: NodeId) -> Option<Sight<OnDisk>>;

    /// The cloud's number for a node, as last seen or, where it is not there, as agreed on.
    fn inode(&self, node: NodeId) -> Option<Inode>;

    /// The node that the cloud has a number for: one that is there, else one that was agreed on.
    fn by_inode(&self, inode: &Inode) -> Option<NodeId>;

    /// The bin's number for a node that went into it.
    fn binned(&self, node: NodeId) -> Option<u64>;

    /// The nodes of which nobody can tell whether they are on this side.
    ///
    /// # Errors
    /// What the database says.
    fn unknown(&self, side: Side) -> Result<Vec<NodeId>>;

    /// What is under way.
    ///
    /// # Errors
    /// What the database says.
    fn intents(&self) -> Result<Vec<(NodeId, Intent)>>;

    /// How far the change feed was followed.
    ///
    /// # Errors
    /// What the database says.
    fn followed(&self) -> Result<Option<Cursor>>;

    /// Files seen and agreed on, and those deleted since `day_ago`, milliseconds since 1970.
    ///
    /// # Errors
    /// What the database says.
    fn tally(&self, day_ago: i64) -> Result<Tally>;
}
