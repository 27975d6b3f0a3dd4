//! What an end left open, settled before anything else is done: uploads that may have landed, files
//! that may have changed places. Owns asking; nothing is ever guessed or thrown away unseen.

use std::collections::BTreeSet;

use albumen_model::smh::NodeItem;

use super::{
    Reconciler,
    down::placed,
    failure::Failure,
    local::is_absent,
    places::{local_path, local_place, remote_path, remote_place},
    record::{Intent, Note, Placing},
    remote::landed::{arrived, uploaded},
};
use crate::{
    disk::{DiskErrorKind, DiskResult, Kind},
    effect::{self, Version, Workplace},
    error::Result,
    local_path::LocalPath,
    plan::tree::{Base, LocalStat, NodeId, Place, Side, Sight},
};

impl Reconciler {
    /// Settles what an earlier run left open.
    pub(super) async fn recover(&self) -> Result<()> {
        let mut uploads = Vec::new();
        for (node, intent) in self.record.intents()? {
            match intent {
                Intent::Upload { to, base } => uploads.push((node, to, base)),
                Intent::RemoveDirectory { path } => {
                    self.settle_removing(node, &path).await.map_err(stuck)?;
                }
                Intent::Place(placing) => {
                    self.settle_placing(node, &placing).map_err(stuck)?;
                }
                // The looks at both sides tell.
                Intent::Move { .. } | Intent::MakeDirectory { .. } | Intent::Detach { .. } => {}
            }
        }
        self.tidy()?;
        for (node, to, base) in uploads {
            self.settle_upload(node, to, *base).await.map_err(stuck)?;
        }
        self.memory().recovered = true;
        Ok(())
    }

    /// What came of an upload whose end nobody heard of.
    pub(super) async fn settle_upload(
        &self,
        node: NodeId,
        to: Place,
        base: Base,
    ) -> Result<(), Failure> {
        let settings = &self.settings;
        let there = remote_path(self.record.as_ref(), settings, node)
            .or_else(|| remote_place(self.record.as_ref(), settings, &to));
        let item = match there {
            Some(path) => self.cloud.info(&path).await?,
            None => None,
        };
        let is_it = |item: &NodeItem| {
            let agreed = base.content.as_ref();
            agreed.is_some_and(|agreed| {
                item.crc64 == Some(agreed.crc64) && item.size == Some(agreed.size)
            })
        };
        let landed = item.filter(is_it);
        let known = landed
            .as_ref()
            .and_then(|item| item.inode.clone())
            .filter(|inode| self.record.by_inode(inode).is_none_or(|of| of == node));
        let place = match self.record.entry(Side::Remote, node) {
            Some(Sight::Present(entry)) => entry.place,
            _ => to,
        };
        let notes = landed.zip(known).and_then(|(item, inode)| {
            arrived(node, place, uploaded(base, item.content_cas, &inode))
        });
        Ok(self.record.write(notes.unwrap_or_else(|| vec![Note::Ended(node)]))?)
    }

    /// A fetched file was to get its name. If it has it, that is agreed on. What lies in our own
    /// folder is the fetched one, which is worth nothing, or the other, which goes to the bin, or
    /// back if somebody wrote it meanwhile.
    fn settle_placing(&self, node: NodeId, placing: &Placing) -> Result<(), Failure> {
        let workplace = Workplace::new(placing.op, placing.day.as_str());
        let (path, fetched) = (&placing.path, &placing.fetched);
        if let Some(found) = self.look_for(&workplace.incoming())? {
            let old = placing.old.filter(|old| is(old, &found));
            if is(fetched, &found) && found.only_renamed(&fetched.stat) {
                let binned = self.look_for(&workplace.binned(path))?.is_some();
                match self.look_for(path)? {
                    // The old one had to leave first, and this one was to follow.
                    None if binned => {
                        let _ = effect::place_new(self.disk.as_ref(), &workplace, path)?;
                    }
                    _ => self.disk.discard(&workplace.incoming())?,
                }
            } else if old.is_some_and(|old| found.only_renamed(&old.stat)) {
                effect::keep_in_bin(self.disk.as_ref(), &workplace, path)?;
            } else {
                effect::bring_back(self.disk.as_ref(), &workplace, path)?;
            }
        }
        let there = self.look_for(path)?;
        let there = there.filter(|at| is(fetched, at) && at.only_renamed(&fetched.stat));
        let ended = vec![Note::Ended(node)];
        let Some(stat) = there.filter(|_| self.may_be_placed(node, placing)) else {
            return Ok(self.record.write(ended)?);
        };
        self.disk.sync_folder(&path.parent())?;
        let spelling = match self.record.on_disk(node) {
            Some(Sight::Present(seen)) => seen.spelling,
            _ => None,
        };
        // Racy: somebody may have written since, within one tick of the volume's time.
        match self.record.write(placed(node, placing, stat, spelling, true)) {
            Err(crate::Error::Torn) => Ok(self.record.write(ended)?),
            written => Ok(written?),
        }
    }

    /// Whether the trees still say of the node what they said when it was fetched.
    fn may_be_placed(&self, node: NodeId, placing: &Placing) -> bool {
        let record = self.record.as_ref();
        let path = match record.at(Side::Local, &placing.to) {
            Some(at) if at == node => local_path(record, node),
            None => local_place(record, &placing.to),
            Some(_) => None,
        };
        path.as_ref() == Some(&placing.path)
    }

    fn look_for(&self, path: &LocalPath) -> DiskResult<Option<LocalStat>> {
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
                Intent::Place(placing) => {
                    Some(Workplace::new(placing.op, "").incoming().name().to_vec())
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

/// Whether it is the file itself, whatever was written into it.
fn is(version: &Version, found: &LocalStat) -> bool {
    found.identity() == version.stat.identity()
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
