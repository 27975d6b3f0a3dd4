//! Looks at the cloud: by its change feed, or by listing everything where that does not reach.
//! Owns what counts as seen there; events only say where to look, the look itself is the judge.
//! `sighting` is what is seen before it is written down, `placing` finds out where a node is,
//! `landed` knows our own work whose answer was lost.

pub(super) mod landed;
mod placing;
mod sighting;

use std::collections::BTreeSet;

use albumen_model::{
    Inode, RemotePath,
    smh::{ChangeEvent, NodeItem},
};

use sighting::Sighting;

use super::{
    Reconciler,
    record::{InCloud, Note},
};
use crate::{
    cloud::{CloudError, CloudErrorKind, Cursor, Pages},
    error::Result,
    observe::{OwnWork, to_look_at},
    plan::tree::{Gone, NodeId, ROOT, Side, Sight},
};

/// Looks at one page of the feed at most: who moves faster than we look is looked at again.
const ROUNDS_MAX: usize = 50;

impl Reconciler {
    /// Looks at what happened in the cloud since the last look; how many facts are new. What was
    /// seen is written down with the place in the feed.
    pub(in crate::reconcile) async fn look_remote(&self) -> Result<usize> {
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
            let mut sighting =
                Sighting::new(false, Gone::Deleted { in_bin: false }, self.record.intents()?);
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

    /// What was known and is not found is asked for one by one; that it is gone is certain then,
    /// but not how it went: it counts as taken away by the service.
    async fn listed_once(&self) -> Result<Sighting> {
        let mut sighting = Sighting::new(true, Gone::Withdrawn, self.record.intents()?);
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
        let (mut all, mut pages) = (Vec::new(), Pages::default());
        loop {
            match pages.next(self.cloud.as_ref(), path).await {
                // Gone since it was heard of: whoever looks for it will see.
                Err(error)
                    if error.kind == CloudErrorKind::Missing && *path != self.settings.root =>
                {
                    return Ok(all);
                }
                page => match page? {
                    Some(page) => all.extend(page),
                    None => return Ok(all),
                },
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
        for (node, base) in sighting.landed {
            notes.extend([Note::Agreed(node, base), Note::Ended(node)]);
        }
        let news = notes.len();
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
}
