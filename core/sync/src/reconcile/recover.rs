//! What an end left open, settled before anything else is done: uploads that may have landed, files
//! that may have changed places. Owns asking; nothing is ever guessed or thrown away unseen.

use std::collections::BTreeSet;

use super::{
    Reconciler,
    act::only_renamed,
    failure::Failure,
    local::is_absent,
    places::{remote_path, remote_place},
    record::{Intent, Note},
};
use crate::{
    disk::{DiskErrorKind, DiskResult, Kind},
    effect::{self, Version, Workplace},
    error::Result,
    local_path::LocalPath,
    plan::tree::{NodeId, Side, Sight},
};

impl Reconciler {
    /// Settles what an earlier run left open.
    pub(super) async fn recover(&self) -> Result<()> {
        let mut uploads = Vec::new();
        for (node, intent) in self.record.intents()? {
            match &intent {
                Intent::Upload { .. } => {
                    self.memory().unsure.insert(node, intent);
                    uploads.push(node);
                }
                Intent::Move { .. } => {
                    self.memory().unsure.insert(node, intent);
                }
                Intent::Detach { to } => {
                    self.memory().detaching.insert(node, to.clone());
                }
                Intent::RemoveDirectory { path } => {
                    self.settle_removing(node, path).await.map_err(stuck)?;
                }
                Intent::Replace { .. } => {
                    self.settle_replacing(node, &intent).map_err(stuck)?;
                }
            }
        }
        self.tidy()?;
        for node in uploads {
            self.settle_upload(node).await.map_err(stuck)?;
        }
        self.memory().recovered = true;
        Ok(())
    }

    /// What came of an upload whose end nobody heard of.
    pub(super) async fn settle_upload(&self, node: NodeId) -> Result<(), Failure> {
        let Some(Intent::Upload { to, stat, crc64 }) = self.memory().unsure.get(&node).cloned()
        else {
            return Ok(());
        };
        let root = &self.settings.root;
        let there = match remote_path(self.record.as_ref(), root, node) {
            Some(path) => Some(path),
            None => remote_place(self.record.as_ref(), root, &to),
        };
        let item = match there {
            Some(path) => self.cloud.info(&path).await?,
            None => None,
        };
        let landed = item.filter(|item| item.crc64 == Some(crc64) && item.size == Some(stat.size));
        let known = landed
            .as_ref()
            .and_then(|item| item.inode.clone())
            .filter(|inode| self.record.by_inode(inode).is_none_or(|of| of == node));
        let (Some(item), Some(inode)) = (landed, known) else {
            self.memory().unsure.remove(&node);
            return Ok(self.record.write(vec![Note::Ended(node)])?);
        };
        let place = match self.record.entry(Side::Remote, node) {
            Some(Sight::Present(entry)) => entry.place,
            _ => to,
        };
        let content = crate::plan::tree::Content {
            size: stat.size,
            crc64: Some(crc64),
            stat: None,
            cas: item.content_cas.clone(),
        };
        let entry = crate::plan::tree::Entry {
            place: place.clone(),
            what: crate::plan::tree::What::File(content),
        };
        let base = self.uploaded(node, place, stat, crc64, item.content_cas, &inode);
        let seen = super::record::InCloud { entry, inode };
        self.memory().unsure.remove(&node);
        Ok(self.record.write(vec![
            Note::InCloud(node, Some(Sight::Present(seen))),
            Note::Agreed(node, base),
            Note::Ended(node),
        ])?)
    }

    /// A fetched file was to take another's place. What lies in our own folder is the fetched one,
    /// which is worth nothing, or the other, which goes to the bin, or back if somebody wrote it
    /// meanwhile.
    pub(super) fn settle_replacing(&self, node: NodeId, intent: &Intent) -> Result<(), Failure> {
        let Intent::Replace { op, day, path, old, fetched } = intent else { return Ok(()) };
        let workplace = Workplace::new(*op, day.as_str());
        let ours = workplace.incoming();
        let found = self.look_for(&ours)?;
        if let Some(found) = found {
            let is = |version: &Version| {
                (found.inode, found.btime_ns) == (version.stat.inode, version.stat.btime_ns)
            };
            if is(fetched) && only_renamed(&fetched.stat, &found) {
                match self.look_for(path)? {
                    // The old one had to leave first, and this one was to follow.
                    None if self.look_for(&workplace.binned(path))?.is_some() => {
                        let _ = effect::place_new(self.disk.as_ref(), &workplace, path)?;
                    }
                    _ => self.disk.discard(&ours)?,
                }
            } else if is(old) && only_renamed(&old.stat, &found) {
                effect::keep_in_bin(self.disk.as_ref(), &workplace, path)?;
            } else {
                effect::bring_back(self.disk.as_ref(), &workplace, path)?;
            }
        }
        Ok(self.record.write(vec![Note::Ended(node)])?)
    }

    fn look_for(&self, path: &LocalPath) -> DiskResult<Option<crate::trees::LocalStat>> {
        match self.disk.look(path) {
            Ok(found) => Ok(found.filter(|found| found.kind == Kind::File).map(|found| found.stat)),
            Err(error) if is_absent(error.kind) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Throws away what was being fetched and belongs to nothing under way.
    fn tidy(&self) -> Result<()> {
        let needed: BTreeSet<Vec<u8>> = self
            .record
            .intents()?
            .into_iter()
            .filter_map(|(_, intent)| match intent {
                Intent::Replace { op, .. } => {
                    Some(Workplace::new(op, "").incoming().name().to_vec())
                }
                _ => None,
            })
            .collect();
        let listed = match self.disk.list(&effect::tmp()) {
            Ok(listed) => listed,
            Err(error) if is_absent(error.kind) => return Ok(()),
            Err(error) => return Err(stuck(error.into())),
        };
        for listed in listed {
            if listed.kind == Kind::File && !needed.contains(&listed.name) {
                let gone = self.disk.discard(&effect::tmp().join(&listed.name));
                if let Err(error) = gone
                    && error.kind != DiskErrorKind::Missing
                {
                    return Err(stuck(error.into()));
                }
            }
        }
        Ok(())
    }
}

/// The folder does not let itself be put in order: nothing is done before it does.
fn stuck(failure: Failure) -> crate::Error {
    match failure {
        Failure::Journal(error) => error,
        Failure::Cloud(error) => error.into(),
        Failure::Disk(error) => error.into(),
        _ => crate::Error::Stopped,
    }
}
