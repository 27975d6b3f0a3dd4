//! Content on its way to the disk. Owns the order: fetched beside, checked, durable, and only then
//! given its name.

use futures::StreamExt;

use super::{
    Reconciler,
    act::Standing,
    failure::{Failure, done},
    places::local_path,
    record::{InCloud, Intent, Note, OnDisk, Placing},
};
use crate::{
    cloud::{CloudError, CloudErrorKind},
    effect::{Incoming, Version, Workplace, place_new, replace},
    plan::tree::{Agreed, Base, Content, Entry, LocalStat, NodeId, Sight, What},
    stable::is_racy,
};

impl Reconciler {
    pub(super) async fn download(&self, at: &Standing, replaces: bool) -> Result<(), Failure> {
        let fetched = self.bring_down(at, replaces).await;
        if fetched.is_err() {
            // Whatever is left of it is put in order before the next round.
            self.memory().recovered = false;
        }
        fetched
    }

    async fn bring_down(&self, at: &Standing, replaces: bool) -> Result<(), Failure> {
        let there = at.remote.clone().ok_or(Failure::Changed)?;
        let (op, workplace) = self.workplace()?;
        let fetched = self.fetch(at, &there, &workplace).await?;
        // No other step comes between here and the end: paths and what is there belong together.
        let placing = self.placing(at, op, &there, fetched, replaces)?;
        let intent = Intent::Place(Box::new(placing.clone()));
        self.record.write(vec![Note::Began(at.node, intent)])?;
        let stat = match placing.old {
            Some(old) => replace(self.disk.as_ref(), &workplace, &placing.path, &old, &fetched)?,
            None => place_new(self.disk.as_ref(), &workplace, &placing.path)?,
        };
        let stat = done(stat)?;
        let spelling = at.local.as_ref().and_then(|seen| seen.spelling.clone());
        let mut notes = self.join(at);
        notes.push(Note::InCloud(at.node, Some(Sight::Present(there))));
        let racy = is_racy(&stat, self.clock.now_ms());
        notes.extend(placed(at.node, &placing, stat, spelling, racy));
        Ok(self.record.write(notes)?)
    }

    fn placing(
        &self,
        at: &Standing,
        op: u64,
        there: &InCloud,
        fetched: Version,
        replaces: bool,
    ) -> Result<Placing, Failure> {
        let (to, path, old) = match &at.local {
            Some(seen) if replaces => {
                let path = local_path(self.record.as_ref(), at.node).ok_or(Failure::Changed)?;
                (seen.entry.place.clone(), path, Some(self.version(at)?))
            }
            None if !replaces => {
                let to = there.entry.place.clone();
                let path = self.on_disk_at(&to)?;
                (to, path, None)
            }
            _ => return Err(Failure::Changed),
        };
        let before = at.base.as_ref().filter(|_| replaces);
        let base = Base {
            local: before.map_or_else(|| to.clone(), |base| base.local.clone()),
            remote: before.map_or_else(|| there.entry.place.clone(), |base| base.remote.clone()),
            content: Some(Agreed {
                size: fetched.stat.size,
                crc64: fetched.crc64.ok_or(Failure::Changed)?,
                stat: fetched.stat,
                cas: there.entry.content().and_then(|content| content.cas.clone()),
            }),
            inode: Some(there.inode.clone()),
        };
        Ok(Placing { op, day: self.day(), to, path, old, fetched, base })
    }

    /// Fetches the content that was planned for, whole, checked and durable.
    async fn fetch(
        &self,
        at: &Standing,
        there: &InCloud,
        workplace: &Workplace,
    ) -> Result<Version, Failure> {
        let path = self.remote_path(at.twin.unwrap_or(at.node))?;
        let wanted = there.entry.content().ok_or(Failure::Changed)?;
        let mut content = self.cloud.fetch(&path, 0).await?;
        let crc64 = wanted.crc64.or(content.crc64);
        let another =
            content.size != wanted.size || content.crc64.is_some_and(|told| Some(told) != crc64);
        if another {
            return Err(Failure::Changed);
        }
        let Some(crc64) = crc64 else {
            let what = "Neither the service nor the store tells a check value";
            return Err(CloudError::new(CloudErrorKind::Fault, what).into());
        };
        let mut incoming = Incoming::begin(self.disk.as_ref(), workplace, wanted.size)?;
        while let Some(piece) = content.pieces.next().await {
            let taken = match piece {
                Ok(piece) => incoming.take(&piece).map_err(Failure::from),
                Err(error) => Err(error.into()),
            };
            if let Err(failure) = taken {
                drop(incoming);
                self.discard(workplace);
                return Err(failure);
            }
        }
        let stat = incoming.finish(crc64, content.modified_ns)?;
        Ok(Version { stat, crc64: Some(crc64) })
    }

    /// What was fetched and is not needed goes; what cannot go now goes before the next round.
    fn discard(&self, workplace: &Workplace) {
        let _ = self.disk.discard(&workplace.incoming());
    }
}

/// What is known of a fetched file that has its name and is durable.
pub(super) fn placed(
    node: NodeId,
    placing: &Placing,
    stat: LocalStat,
    spelling: Option<Vec<u8>>,
    racy: bool,
) -> Vec<Note> {
    let crc64 = placing.fetched.crc64;
    let content = Content { size: stat.size, crc64, stat: Some(stat), cas: None };
    let seen = OnDisk {
        entry: Entry { place: placing.to.clone(), what: What::File(content) },
        spelling,
        racy,
        identity: stat.identity(),
    };
    let mut base = placing.base.clone();
    if let Some(agreed) = &mut base.content {
        agreed.stat = stat;
    }
    vec![
        Note::OnDisk(node, Some(Sight::Present(seen))),
        Note::Agreed(node, base),
        Note::Ended(node),
    ]
}
