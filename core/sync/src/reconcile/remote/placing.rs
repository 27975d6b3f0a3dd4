//! Finds out where a node of the cloud is, while others move it. Owns the doubt: a path that was
//! told may lead elsewhere by the time it is followed.

use albumen_model::{
    Inode, RemotePath,
    smh::{NodeItem, NodeType},
};

use super::sighting::Sighting;
use crate::{
    cloud::{CloudError, CloudErrorKind},
    plan::tree::{Content, Entry, Gone, NodeId, Place, ROOT, Side, Sight, What},
    reconcile::{Reconciler, places::remote_name, record::InCloud},
};

/// Tries to find out where a node is while others move what is above it.
const TRIES_MAX: usize = 5;

/// Where a node is.
enum Spot {
    At(NodeId),
    /// Where this mapping does not look.
    Elsewhere,
    /// What is above it moved since its path was told.
    Moving,
}

impl Reconciler {
    /// Asks for one node and says what became of it; where it is, if this mapping looks there.
    pub(super) async fn judge(
        &self,
        sighting: &mut Sighting,
        inode: &Inode,
        how: Option<Gone>,
    ) -> Result<Option<(NodeId, RemotePath)>, CloudError> {
        for _ in 0..TRIES_MAX {
            let how = match self.cloud.node(inode).await? {
                // Its row is left, its content is not.
                Some(item) if item.removed_by_quota == Some(true) => Gone::Withdrawn,
                Some(item) => match self.place(sighting, &item).await? {
                    Spot::At(node) if self.is_certain(sighting, inode, node, &item).await? => {
                        return Ok(Some((node, item.path)));
                    }
                    Spot::At(_) | Spot::Moving => continue,
                    Spot::Elsewhere => Gone::Deleted { in_bin: false },
                },
                None => how.unwrap_or(sighting.how),
            };
            if let Some(node) = self.node_of(sighting, inode) {
                sighting.leaving.push((node, inode.clone(), how));
            }
            return Ok(None);
        }
        Err(CloudError::new(CloudErrorKind::Busy, "Directories move faster than they are found"))
    }

    /// Whether a node is in the directory that its path led to: the feed says so, or its path is
    /// still the same. Another may have taken the directory's name between the two questions.
    async fn is_certain(
        &self,
        sighting: &Sighting,
        inode: &Inode,
        node: NodeId,
        item: &NodeItem,
    ) -> Result<bool, CloudError> {
        let Some(Some(seen)) = sighting.seen.get(&node) else { return Ok(true) };
        let parent = seen.entry.place.parent;
        let found = match sighting.seen.get(&parent) {
            _ if parent == ROOT => self.memory().root.clone(),
            Some(Some(directory)) => Some(directory.inode.clone()),
            _ => self.record.inode(parent),
        };
        let told = sighting.parents.get(inode);
        if told.is_some() && told == found.as_ref() {
            return Ok(true);
        }
        let same = self.cloud.node(inode).await?.is_some_and(|now| now.path == item.path);
        if same && parent == ROOT {
            self.memory().root = told.cloned();
        }
        Ok(same)
    }

    pub(super) fn node_of(&self, sighting: &Sighting, inode: &Inode) -> Option<NodeId> {
        sighting.new.get(inode).copied().or_else(|| self.record.by_inode(inode))
    }

    /// Puts an item where it is.
    async fn place(&self, sighting: &mut Sighting, item: &NodeItem) -> Result<Spot, CloudError> {
        if item.path == self.settings.root {
            return Ok(Spot::At(ROOT));
        }
        if !item.path.starts_with(&self.settings.root) {
            return Ok(Spot::Elsewhere);
        }
        let Some(parent) = item.path.parent() else { return Ok(Spot::Elsewhere) };
        let Some(parent) = Box::pin(self.directory(sighting, &parent)).await? else {
            return Ok(Spot::Moving);
        };
        Ok(self.put(sighting, parent, item)?.map_or(Spot::Elsewhere, Spot::At))
    }

    /// The directory of a path, asked for: what is known of paths may be old.
    async fn directory(
        &self,
        sighting: &mut Sighting,
        path: &RemotePath,
    ) -> Result<Option<NodeId>, CloudError> {
        if *path == self.settings.root {
            return Ok(Some(ROOT));
        }
        if let Some(known) = sighting.directories.get(path) {
            return Ok(Some(*known));
        }
        let Some(item) = self.cloud.info(path).await?.filter(|item| item.node_type.is_dir()) else {
            return Ok(None);
        };
        let Spot::At(found) = self.place(sighting, &item).await? else { return Ok(None) };
        sighting.directories.insert(path.clone(), found);
        Ok(Some(found))
    }

    /// Puts an item into a directory.
    pub(super) fn put(
        &self,
        sighting: &mut Sighting,
        parent: NodeId,
        item: &NodeItem,
    ) -> Result<Option<NodeId>, CloudError> {
        let Some(inode) = item.inode.clone() else {
            return Err(CloudError::new(CloudErrorKind::Fault, "A node without a number"));
        };
        if item.removed_by_quota == Some(true) {
            let node = self.node_of(sighting, &inode);
            let gone = node.map(|node| (node, inode, Gone::Withdrawn));
            sighting.leaving.extend(gone);
            return Ok(None);
        }
        let what = match item.node_type {
            NodeType::Dir => What::Directory { lived_in: false },
            NodeType::Symlink | NodeType::Virtual => return Ok(None),
            _ => What::File(Content {
                size: item.size.unwrap_or_default(),
                crc64: item.crc64,
                stat: None,
                cas: item.content_cas.clone(),
            }),
        };
        let place = Place { parent, name: remote_name(&item.name, &self.settings.tag) };
        let entry = Entry { place, what };
        let node = self.whose(sighting, &inode, &entry)?;
        let absent = !matches!(self.record.entry(Side::Remote, node), Some(Sight::Present(_)));
        if entry.is_directory()
            && (absent || sighting.everything)
            && !sighting.seen.contains_key(&node)
        {
            sighting.unlisted.push_back((node, item.path.clone()));
        }
        sighting.went.remove(&node);
        sighting.seen.insert(node, Some(InCloud { entry, inode }));
        Ok(Some(node))
    }
}
