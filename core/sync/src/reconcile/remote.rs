//! Looks at the cloud: by its change feed, or by listing everything where that does not reach.
//! Owns what counts as seen there; events only say where to look, the look itself is the judge.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use albumen_model::{
    Inode, RemotePath,
    smh::{ChangeEvent, NodeItem, NodeType},
};

use super::{
    Reconciler,
    places::remote_name,
    record::{InCloud, Intent, Note},
};
use crate::{
    cloud::{CloudError, CloudErrorKind, Cursor},
    error::Result,
    observe::{OwnWork, to_look_at},
    plan::tree::{Base, Content, Entry, Gone, NodeId, Place, ROOT, Side, Sight, What},
};

/// Looks at one page of the feed at most: who moves faster than we look is looked at again.
const ROUNDS_MAX: usize = 50;

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

/// What is seen so far of the cloud, not yet written down.
struct Sighting {
    /// Whether all directories are listed, not only new ones.
    everything: bool,
    /// How nodes went of which nothing else is told.
    how: Gone,
    seen: BTreeMap<NodeId, Option<InCloud>>,
    /// The directory of each node by what the feed said of it last.
    parents: BTreeMap<Inode, Inode>,
    /// New nodes, by the cloud's number.
    new: BTreeMap<Inode, NodeId>,
    went: BTreeMap<NodeId, Gone>,
    /// Nodes that are not there, and how they went; what is below them may be elsewhere by now.
    leaving: Vec<(NodeId, Inode, Gone)>,
    /// Uploads of ours whose end nobody had heard of.
    landed: Vec<Note>,
    /// Directories by their paths, found during this look.
    directories: BTreeMap<RemotePath, NodeId>,
    /// Directories whose content is to be listed.
    unlisted: VecDeque<(NodeId, RemotePath)>,
}

impl Sighting {
    const fn new(everything: bool, how: Gone) -> Self {
        Self {
            everything,
            how,
            seen: BTreeMap::new(),
            parents: BTreeMap::new(),
            new: BTreeMap::new(),
            went: BTreeMap::new(),
            leaving: Vec::new(),
            landed: Vec::new(),
            directories: BTreeMap::new(),
            unlisted: VecDeque::new(),
        }
    }
}

impl Reconciler {
    /// Looks at what happened in the cloud since the last look; how many facts are new. What was
    /// seen is written down with the place in the feed.
    pub(super) async fn look_remote(&self) -> Result<usize> {
        let mut news = 0;
        for _ in 0..ROUNDS_MAX {
            let Some(since) = self.record.followed()? else {
                return Ok(news + self.list_all().await?);
            };
            let page = match self.cloud.changes(&since).await {
                Err(error) if error.kind == CloudErrorKind::CursorExpired => {
                    self.record.write(vec![Note::Followed(None)])?;
                    continue;
                }
                page => page?,
            };
            if page.events.is_empty() {
                return Ok(news);
            }
            let told = to_look_at(&page.events, &OwnWork::new());
            let mut sighting = Sighting::new(false, Gone::Deleted { in_bin: false });
            let parent =
                |event: &ChangeEvent| Some((event.inode.clone(), event.parent_inode.clone()?));
            sighting.parents = page.events.iter().filter_map(parent).collect();
            for inode in told.directories {
                if let Some((node, path)) = self.judge(&mut sighting, &inode, None).await? {
                    self.list_again(&mut sighting, node, &path).await?;
                }
            }
            for inode in told.nodes {
                let how = told.gone.get(&inode).copied();
                self.judge(&mut sighting, &inode, how).await?;
            }
            self.list_new(&mut sighting).await?;
            news += self.saw(sighting, page.next).await?;
            if !page.more {
                return Ok(news);
            }
        }
        Ok(news)
    }

    /// Lists everything, until nobody moves a directory meanwhile: a listing goes by paths.
    async fn list_all(&self) -> Result<usize> {
        for _ in 0..ROUNDS_MAX {
            let cursor = self.cloud.cursor().await?;
            let sighting = self.listed_once().await?;
            let since = self.cloud.changes(&cursor).await?;
            let moved = since.more || since.events.iter().any(|event| event.node_type.is_dir());
            if !moved {
                return self.saw(sighting, cursor).await;
            }
        }
        let what = "Directories move faster than they can be listed";
        Err(CloudError::new(CloudErrorKind::Busy, what).into())
    }

    /// What was known and is not found is asked for one by one; that it is gone
    /// is certain then, but not how it went: it counts as taken away by the service.
    async fn listed_once(&self) -> Result<Sighting> {
        let mut sighting = Sighting::new(true, Gone::Withdrawn);
        sighting.unlisted.push_back((ROOT, self.settings.root.clone()));
        let before = self.known_remote();
        self.list_new(&mut sighting).await?;
        for node in before {
            if !sighting.seen.contains_key(&node)
                && let Some(inode) = self.record.inode(node)
            {
                self.judge(&mut sighting, &inode, None).await?;
            }
        }
        self.list_new(&mut sighting).await?;
        Ok(sighting)
    }

    /// Every node that the cloud was seen to have.
    fn known_remote(&self) -> Vec<NodeId> {
        let mut all = Vec::new();
        let mut folders = vec![ROOT];
        while let Some(folder) = folders.pop() {
            for child in self.record.children(Side::Remote, folder) {
                all.push(child);
                folders.push(child);
            }
        }
        all
    }

    /// Asks for one node and says what became of it; where it is, if this mapping looks there.
    async fn judge(
        &self,
        sighting: &mut Sighting,
        inode: &Inode,
        how: Option<Gone>,
    ) -> Result<Option<(NodeId, RemotePath)>, CloudError> {
        for _ in 0..TRIES_MAX {
            let how = match self.cloud.node(inode).await? {
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

    /// Those that are not there go, once all that moved was seen where it is now.
    fn all_leave(&self, sighting: &mut Sighting) {
        for (node, inode, how) in std::mem::take(&mut sighting.leaving) {
            // The node may be another one of the cloud's by now: one that we made in its place.
            let another = |seen: &InCloud| seen.inode != inode;
            if !sighting.seen.get(&node).and_then(Option::as_ref).is_some_and(another) {
                self.leaves(sighting, node, how);
            }
        }
    }

    /// A node goes, with all below it.
    fn leaves(&self, sighting: &mut Sighting, node: NodeId, how: Gone) {
        let mut all = vec![node];
        while let Some(at) = all.pop() {
            let is_here = |seen: &Option<InCloud>| {
                seen.as_ref().is_some_and(|seen| seen.entry.place.parent == at)
            };
            let seen_here = sighting.seen.iter().filter(|(_, seen)| is_here(seen));
            all.extend(seen_here.map(|(child, _)| *child));
            let known_here = self.record.children(Side::Remote, at).into_iter();
            all.extend(known_here.filter(|child| !sighting.seen.contains_key(child)));
            sighting.seen.insert(at, None);
            if self.record.base(at).is_some() {
                sighting.went.insert(at, how);
            }
        }
    }

    fn node_of(&self, sighting: &Sighting, inode: &Inode) -> Option<NodeId> {
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
    fn put(
        &self,
        sighting: &mut Sighting,
        parent: NodeId,
        item: &NodeItem,
    ) -> Result<Option<NodeId>, CloudError> {
        let Some(inode) = item.inode.clone() else {
            return Err(CloudError::new(CloudErrorKind::Fault, "A node without a number"));
        };
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

    /// Which node it is: one that has this number, the one of an upload whose end nobody had heard
    /// of, or a new one.
    fn whose(
        &self,
        sighting: &mut Sighting,
        inode: &Inode,
        entry: &Entry,
    ) -> Result<NodeId, CloudError> {
        let known = self.node_of(sighting, inode);
        if let Some(node) = self.landed(sighting, inode, known, entry) {
            sighting.new.insert(inode.clone(), node);
            return Ok(node);
        }
        if let Some(node) = known {
            return Ok(node);
        }
        let fault = |error: crate::Error| {
            CloudError::new(CloudErrorKind::Fault, format!("No number for a new node: {error}"))
        };
        let node = self.record.fresh().map_err(fault)?;
        sighting.new.insert(inode.clone(), node);
        Ok(node)
    }

    /// The node that something of ours happened to when an end came, or its answer was lost: an
    /// upload that landed, a move that was made. Both sides agree on it then.
    fn landed(
        &self,
        sighting: &mut Sighting,
        inode: &Inode,
        known: Option<NodeId>,
        entry: &Entry,
    ) -> Option<NodeId> {
        let content = entry.content();
        let is = |node: NodeId, intent: &Intent| match intent {
            Intent::Upload { to, base } => {
                let crc64 = base.content.as_ref().map(|agreed| agreed.crc64);
                *to == entry.place
                    && content.is_some_and(|content| content.crc64 == crc64)
                    && known.is_none_or(|known| known == node)
            }
            Intent::MakeDirectory { to } => {
                *to == entry.place
                    && entry.is_directory()
                    && known.is_none_or(|known| known == node)
            }
            Intent::Move { to, .. } => *to == entry.place && known == Some(node),
            _ => false,
        };
        let found = {
            let memory = self.memory();
            let mut open = memory.unsure.iter();
            open.find(|(node, intent)| is(**node, intent)).map(|(node, at)| (*node, at.clone()))
        };
        let (node, intent) = found?;
        let elsewhere = self.record.inode(node).is_some_and(|other| other != *inode)
            && matches!(self.record.entry(Side::Remote, node), Some(Sight::Present(_)));
        if elsewhere {
            return None;
        }
        let base = match intent {
            Intent::Upload { base, .. } => uploaded(*base, content?.cas.clone(), inode),
            Intent::MakeDirectory { to } => {
                let inode = Some(inode.clone());
                Base { local: to.clone(), remote: to, content: None, inode }
            }
            Intent::Move { to, passing } => {
                let before = self.record.base(node)?;
                let local = if passing { before.local } else { to.clone() };
                Base { local, remote: to, ..before }
            }
            _ => return None,
        };
        sighting.landed.push(Note::Agreed(node, base));
        sighting.landed.push(Note::Ended(node));
        self.memory().unsure.remove(&node);
        Some(node)
    }

    /// Moves and directories whose answer was lost and that were not seen: they were not made.
    pub(super) fn forget_unmade(&self) -> Result<()> {
        let not_made: Vec<NodeId> = {
            let memory = self.memory();
            let moves = memory.unsure.iter().filter(|(_, at)| !matches!(at, Intent::Upload { .. }));
            moves.map(|(node, _)| *node).collect()
        };
        for node in not_made {
            self.record.write(vec![Note::Ended(node)])?;
            self.memory().unsure.remove(&node);
        }
        Ok(())
    }

    /// Lists the directories that are new, and what is in them.
    async fn list_new(&self, sighting: &mut Sighting) -> Result<(), CloudError> {
        while let Some((node, path)) = sighting.unlisted.pop_front() {
            let items = self.listing(&path).await?;
            if !sighting.everything && !self.is_still_at(sighting, node, &path).await? {
                continue;
            }
            sighting.directories.insert(path.clone(), node);
            for item in items {
                self.put(sighting, node, &item)?;
            }
        }
        Ok(())
    }

    /// Whether a directory is where it was listed; if not, it is listed again, or goes.
    async fn is_still_at(
        &self,
        sighting: &mut Sighting,
        node: NodeId,
        path: &RemotePath,
    ) -> Result<bool, CloudError> {
        let Some(Some(seen)) = sighting.seen.get(&node) else { return Ok(false) };
        let inode = seen.inode.clone();
        if self.cloud.node(&inode).await?.is_some_and(|item| item.path == *path) {
            return Ok(true);
        }
        if let Some((node, path)) = self.judge(sighting, &inode, None).await? {
            sighting.unlisted.push_back((node, path));
        }
        Ok(false)
    }

    /// A directory in which many things happened: listed instead of asking for each; who is not
    /// found is asked for.
    async fn list_again(
        &self,
        sighting: &mut Sighting,
        node: NodeId,
        path: &RemotePath,
    ) -> Result<(), CloudError> {
        let mut found = BTreeSet::new();
        for item in self.listing(path).await? {
            found.extend(self.put(sighting, node, &item)?);
        }
        for child in self.record.children(Side::Remote, node) {
            if !found.contains(&child)
                && let Some(inode) = self.record.inode(child)
            {
                self.judge(sighting, &inode, None).await?;
            }
        }
        Ok(())
    }

    async fn listing(&self, path: &RemotePath) -> Result<Vec<NodeItem>, CloudError> {
        let mut all = Vec::new();
        let mut marker = None;
        let mut seen = BTreeSet::new();
        loop {
            let page = match self.cloud.list(path, marker).await {
                // Gone since it was heard of: whoever looks for it will see.
                Err(error)
                    if error.kind == CloudErrorKind::Missing && *path != self.settings.root =>
                {
                    return Ok(all);
                }
                page => page?,
            };
            all.extend(page.contents);
            match page.next_marker {
                None => return Ok(all),
                Some(next) if !seen.insert(next.clone()) => {
                    let what = "A page of the listing follows itself";
                    return Err(CloudError::new(CloudErrorKind::Fault, what));
                }
                Some(next) => marker = Some(next),
            }
        }
    }

    /// Asks for those whose places others were seen in, until everybody has one, and writes down
    /// what was seen.
    async fn saw(&self, mut sighting: Sighting, cursor: Cursor) -> Result<usize> {
        for _ in 0..ROUNDS_MAX {
            self.all_leave(&mut sighting);
            let displaced: Vec<Inode> = self.displaced(&sighting);
            if displaced.is_empty() {
                break;
            }
            for inode in displaced {
                self.judge(&mut sighting, &inode, None).await?;
            }
            self.list_new(&mut sighting).await?;
        }
        let mut notes = Vec::new();
        for (node, seen) in sighting.seen {
            let seen = seen.map(Sight::Present);
            if self.news(node, seen.as_ref()) {
                notes.push(Note::InCloud(node, seen));
            }
        }
        notes.extend(sighting.went.into_iter().map(|(node, how)| Note::Went(node, how, None)));
        notes.extend(sighting.landed);
        let news = notes.len();
        if std::env::var_os("DBG").is_some() && news > 0 {
            eprintln!("{} SAW {notes:?}", self.settings.tag);
        }
        notes.push(Note::Followed(Some(cursor)));
        self.record.write(notes)?;
        Ok(news)
    }

    fn news(&self, node: NodeId, seen: Option<&Sight<InCloud>>) -> bool {
        match (self.record.entry(Side::Remote, node), seen) {
            (Some(Sight::Present(before)), Some(Sight::Present(now))) => {
                before != now.entry || self.record.inode(node).as_ref() != Some(&now.inode)
            }
            (None, None) => false,
            _ => true,
        }
    }

    /// Nodes that are known in a place where another one was seen.
    fn displaced(&self, sighting: &Sighting) -> Vec<Inode> {
        let seen = sighting.seen.values().flatten();
        seen.filter_map(|now| {
            let there = self.record.at(Side::Remote, &now.entry.place)?;
            let moved = sighting.seen.contains_key(&there);
            if moved { None } else { self.record.inode(there) }
        })
        .collect()
    }
}

/// What is agreed on after an upload, with what the cloud told of it.
pub(super) fn uploaded(mut base: Base, cas: Option<String>, inode: &Inode) -> Base {
    if let Some(agreed) = &mut base.content {
        agreed.cas = cas;
    }
    base.inode = Some(inode.clone());
    base
}
