//! What a space holds: nodes by their numbers, the bin, earlier contents, upload sessions and the
//! feed. Owns the rules of SMH sections 6, 9, 12 and 17 as far as a mapping meets them.

use std::collections::BTreeMap;

use albumen_media::digest::Crc64Digest;
use albumen_model::{
    Crc64, Inode, NodeName, RemotePath, Timestamp, UserId,
    smh::{ChangeEvent, ChangeKind, NodeItem, NodeType, location},
};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::{super::Begin, refused};
use crate::cloud::{CloudErrorKind as Kind, CloudResult};

/// The root's number.
pub(super) const ROOT: u64 = 1;

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) bytes: Bytes,
    pub(super) crc64: Crc64,
    pub(super) cas: u64,
    pub(super) version: u64,
    pub(super) modified: Option<String>,
    /// A quota took it: the file stays and says so.
    pub(super) is_taken: bool,
}

/// A file or a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) parent: u64,
    pub(super) name: NodeName,
    /// `None`: a directory.
    pub(super) content: Option<Stored>,
}

/// Something in the bin: a node with all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binned {
    pub(super) inode: u64,
    pub(super) path: RemotePath,
    pub(super) nodes: BTreeMap<u64, Node>,
}

/// An upload.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) begin: Begin,
    pub(super) parts: BTreeMap<u32, Bytes>,
    pub(super) confirmed: bool,
}

/// Where a content lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Where {
    /// In the tree.
    Tree,
    /// In the bin.
    Bin,
    /// Replaced by another, and kept.
    History,
}

#[derive(Debug)]
pub(super) struct Store {
    pub(super) nodes: BTreeMap<u64, Node>,
    pub(super) bin: BTreeMap<u64, Binned>,
    pub(super) history: Vec<Bytes>,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) events: Vec<ChangeEvent>,
    /// Events before this one are forgotten.
    pub(super) oldest: usize,
    next: u64,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            nodes: BTreeMap::new(),
            bin: BTreeMap::new(),
            history: Vec::new(),
            sessions: BTreeMap::new(),
            events: Vec::new(),
            oldest: 0,
            next: ROOT,
        }
    }
}

impl Store {
    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(super) fn child(&self, parent: u64, name: &NodeName) -> Option<u64> {
        let is = |node: &Node| node.parent == parent && node.name == *name;
        self.nodes.iter().find(|(_, node)| is(node)).map(|(inode, _)| *inode)
    }

    pub(super) fn find(&self, path: &RemotePath) -> Option<u64> {
        path.names().iter().try_fold(ROOT, |at, name| self.child(at, name))
    }

    /// A node that is there, and is a directory or is not.
    pub(super) fn there(&self, path: &RemotePath, directory: bool) -> CloudResult<u64> {
        let found = self.find(path).filter(|inode| self.is_directory(*inode) == directory);
        found.ok_or_else(|| refused(Kind::Missing, path))
    }

    pub(super) fn is_directory(&self, inode: u64) -> bool {
        inode == ROOT || self.nodes.get(&inode).is_some_and(|node| node.content.is_none())
    }

    /// The directory of a path, and the name in it, which is free.
    pub(super) fn free(&self, path: &RemotePath) -> CloudResult<(u64, NodeName)> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else {
            return Err(refused(Kind::Taken, path));
        };
        let parent = self.there(&parent, true)?;
        match self.child(parent, name) {
            None => Ok((parent, name.clone())),
            Some(_) => Err(refused(Kind::Taken, path)),
        }
    }

    /// The stamp of a file's content must be this one.
    pub(super) fn same(&self, inode: u64, cas: Option<&str>, path: &RemotePath) -> CloudResult<()> {
        let Some(cas) = cas else { return Ok(()) };
        let now = self.nodes.get(&inode).and_then(|node| node.content.as_ref());
        match now {
            Some(content) if !content.is_taken && content.cas.to_string() == cas => Ok(()),
            _ => Err(refused(Kind::Stale, path)),
        }
    }

    pub(super) fn path(&self, inode: u64) -> Option<RemotePath> {
        if inode == ROOT {
            return Some(RemotePath::root());
        }
        let node = self.nodes.get(&inode)?;
        self.path(node.parent)?.join(node.name.clone()).ok()
    }

    /// A node and all below it.
    pub(super) fn below(&self, inode: u64) -> Vec<u64> {
        let mut all = vec![inode];
        let mut at = 0;
        while let Some(parent) = all.get(at).copied() {
            all.extend(self.nodes.iter().filter(|(_, n)| n.parent == parent).map(|(i, _)| *i));
            at += 1;
        }
        all
    }

    /// Puts content at a place: over what is there, or as a new node. The node and whether it is
    /// new.
    pub(super) fn put(
        &mut self,
        parent: u64,
        name: NodeName,
        bytes: Bytes,
        modified: Option<String>,
    ) -> u64 {
        let (crc64, cas) = (Crc64Digest::of(&bytes), self.number());
        let before = self.child(parent, &name);
        let inode = before.unwrap_or_else(|| self.number());
        let old = self.nodes.remove(&inode).and_then(|node| node.content);
        let version = old.as_ref().map_or(1, |old| old.version + 1);
        self.history.extend(old.map(|old| old.bytes));
        let content = Some(Stored { bytes, crc64, cas, version, modified, is_taken: false });
        self.nodes.insert(inode, Node { parent, name, content });
        self.tell(if before.is_some() { ChangeKind::Modify } else { ChangeKind::Create }, inode);
        inode
    }

    pub(super) fn make_directory(&mut self, parent: u64, name: NodeName) -> u64 {
        let inode = self.number();
        self.nodes.insert(inode, Node { parent, name, content: None });
        self.tell(ChangeKind::Create, inode);
        inode
    }

    pub(super) fn shift(&mut self, inode: u64, parent: u64, name: NodeName) {
        self.set_place(inode, parent, name);
        self.tell(ChangeKind::Move, inode);
    }

    fn set_place(&mut self, inode: u64, parent: u64, name: NodeName) {
        if let Some(node) = self.nodes.get_mut(&inode) {
            node.parent = parent;
            node.name = name;
        }
    }

    pub(super) fn trash(&mut self, inode: u64, kind: ChangeKind) -> u64 {
        self.tell(kind, inode);
        let path = self.path(inode).unwrap_or_else(RemotePath::root);
        let below = self.below(inode);
        let nodes =
            below.into_iter().filter_map(|at| Some((at, self.nodes.remove(&at)?))).collect();
        let item = self.number();
        self.bin.insert(item, Binned { inode, path, nodes });
        item
    }

    pub(super) fn restore(&mut self, item: u64) -> CloudResult<RemotePath> {
        let missing = || refused(Kind::Missing, &RemotePath::root());
        // The path counts, whichever directory has it now.
        let path = self.bin.get(&item).ok_or_else(missing)?.path.clone();
        let (parent, _) = self.free(&path)?;
        let Some(mut binned) = self.bin.remove(&item) else { return Err(missing()) };
        if let Some(top) = binned.nodes.get_mut(&binned.inode) {
            top.parent = parent;
        }
        self.nodes.extend(binned.nodes);
        self.tell(ChangeKind::Restore, binned.inode);
        Ok(path)
    }

    /// Takes an item out of the bin for good.
    pub(super) fn purge(&mut self, item: u64) {
        let Some(binned) = self.bin.remove(&item) else { return };
        let Some(top) = binned.nodes.get(&binned.inode) else { return };
        self.events.push(event(ChangeKind::RecycleDelete, binned.inode, top));
    }

    /// Takes a node out of the tree with all below it, past the bin, and says how.
    pub(super) fn remove(&mut self, inode: u64, told: ChangeEvent) {
        self.events.push(told);
        for at in self.below(inode) {
            self.nodes.remove(&at);
        }
    }

    /// What would be told of a node of the tree.
    pub(super) fn event(&self, kind: ChangeKind, inode: u64) -> Option<ChangeEvent> {
        self.nodes.get(&inode).map(|node| event(kind, inode, node))
    }

    /// Puts a node in the place of a file, which goes into the bin.
    pub(super) fn shift_onto(&mut self, inode: u64, old: u64) {
        let Some((parent, name)) = self.nodes.get(&old).map(|n| (n.parent, n.name.clone())) else {
            return;
        };
        self.trash(old, ChangeKind::Trash);
        self.set_place(inode, parent, name);
        let Some(mut told) = self.event(ChangeKind::MoveOverwrite, inode) else { return };
        told.extra_info.insert("owInode".to_owned(), Value::String(old.to_string()));
        self.events.push(told);
    }

    /// A quota takes the content of a file.
    pub(super) fn take_content(&mut self, inode: u64) {
        let content = self.nodes.get_mut(&inode).and_then(|node| node.content.as_mut());
        if let Some(content) = content {
            content.is_taken = true;
        }
        let told = self.event(ChangeKind::TaskDelete, inode);
        self.events.extend(told.map(|told| ChangeEvent { removed_by_quota: true, ..told }));
    }

    fn tell(&mut self, kind: ChangeKind, inode: u64) {
        let told = self.event(kind, inode);
        self.events.extend(told);
    }

    pub(super) fn item(&self, inode: u64) -> Option<NodeItem> {
        let node = self.nodes.get(&inode);
        let stored = node.and_then(|node| node.content.as_ref());
        let content = stored.filter(|content| !content.is_taken);
        // The root has no name, and something stands for it.
        let stand_in = || NodeName::parse("root").ok().filter(|_| inode == ROOT);
        Some(NodeItem {
            is_favorite: None,
            name: node.map(|node| node.name.clone()).or_else(stand_in)?,
            path: self.path(inode)?,
            inode: Some(number(inode)),
            version_id: stored.map(|content| content.version),
            node_type: node.map_or(NodeType::Dir, kind),
            creation_time: Timestamp::from_millis(0),
            modification_time: Timestamp::from_millis(0),
            content_type: None,
            size: content.map(|content| content.bytes.len() as u64),
            crc64: content.map(|content| content.crc64),
            e_tag: None,
            meta_data: None,
            file_type: None,
            preview_by_doc: None,
            preview_by_ci: None,
            preview_as_icon: None,
            labels: None,
            category: None,
            local_creation_time: None,
            local_modification_time: stored.and_then(|content| content.modified.clone()),
            content_cas: content.map(|content| content.cas.to_string()),
            removed_by_quota: stored.filter(|content| content.is_taken).map(|_| true),
            user_id: None,
            link_to: None,
        })
    }
}

/// What is told of a node as it is.
fn event(event_type: ChangeKind, inode: u64, node: &Node) -> ChangeEvent {
    use ChangeKind::{Delete, RecycleDelete, TaskDelete, TaskTrash, Trash};
    let content = node.content.as_ref();
    ChangeEvent {
        event_type,
        event_time: 0,
        inode: number(inode),
        parent_inode: Some(number(node.parent)),
        name: node.name.clone(),
        node_type: kind(node),
        size: content.map(|content| content.bytes.len() as u64),
        e_tag: None,
        crc64: content.map(|content| content.crc64),
        content_type: None,
        category: None,
        file_type: None,
        creation_time: Timestamp::from_millis(0),
        modification_time: Timestamp::from_millis(0),
        local_creation_time: None,
        local_modification_time: None,
        user_id: UserId::parse("").unwrap_or_else(|_| unreachable!("nobody")),
        version_id: content.map(|content| content.version),
        location: match event_type {
            Trash | TaskTrash => location::BIN,
            Delete | RecycleDelete | TaskDelete => location::GONE,
            _ => location::TREE,
        },
        removed_by_quota: false,
        link_to: None,
        extra_info: Map::new(),
    }
}

/// A number as the wire has it.
pub(super) fn number(inode: u64) -> Inode {
    // Digits are always a number the wire can carry.
    Inode::parse(inode.to_string()).unwrap_or_else(|_| unreachable!("digits"))
}

const fn kind(node: &Node) -> NodeType {
    match node.content {
        Some(_) => NodeType::File,
        None => NodeType::Dir,
    }
}
