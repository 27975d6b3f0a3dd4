//! Content on its way to the disk. Owns the order: fetched beside, checked, durable, and only then
//! given its name.

use futures::StreamExt;

use super::{
    Reconciler,
    act::Standing,
    failure::{Failure, done},
    places::local_path,
    record::{InCloud, Intent, Note, OnDisk},
};
use crate::{
    cloud::{CloudError, CloudErrorKind},
    effect::{Incoming, Version, Workplace, place_new, replace},
    plan::tree::{Content, Entry, LocalStat, What},
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
        let place = match &at.local {
            Some(seen) if replaces => seen.entry.place.clone(),
            None if !replaces => there.entry.place.clone(),
            _ => return Err(Failure::Changed),
        };
        // No other step comes between here and the end: paths and what is there belong together.
        let placed = if replaces {
            self.replace_with(at, op, &workplace, &fetched)
        } else {
            self.place_fetched(&workplace, &place)
        };
        let stat = match placed {
            Ok(stat) => stat,
            Err(failure) => {
                self.discard(&workplace);
                return Err(failure);
            }
        };
        let crc64 = fetched.crc64.ok_or(Failure::Changed)?;
        let content = Content { size: stat.size, crc64: Some(crc64), stat: Some(stat), cas: None };
        let spelling = at.local.as_ref().and_then(|seen| seen.spelling.clone());
        let seen = OnDisk {
            entry: Entry { place, what: What::File(content) },
            spelling,
            racy: is_racy(&stat, self.clock.now_ms()),
            identity: (stat.inode, stat.btime_ns),
        };
        let mut notes = self.join(at);
        notes.extend(self.carried(at, seen, there, crc64, replaces));
        Ok(self.record.write(notes)?)
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

    fn place_fetched(
        &self,
        workplace: &Workplace,
        place: &crate::plan::tree::Place,
    ) -> Result<LocalStat, Failure> {
        let target = self.on_disk_at(place)?;
        done(place_new(self.disk.as_ref(), workplace, &target)?)
    }

    fn replace_with(
        &self,
        at: &Standing,
        op: u64,
        workplace: &Workplace,
        fetched: &Version,
    ) -> Result<LocalStat, Failure> {
        let path = local_path(self.record.as_ref(), at.node).ok_or(Failure::Changed)?;
        let old = self.version(at)?;
        let fetched = *fetched;
        let intent = Intent::Replace { op, day: self.day(), path: path.clone(), old, fetched };
        self.record.write(vec![Note::Began(at.node, intent.clone())])?;
        let placed = replace(self.disk.as_ref(), workplace, &path, &old, &fetched)?;
        match done(placed) {
            Ok(stat) => Ok(stat),
            Err(failure) => {
                self.settle_replacing(at.node, &intent)?;
                Err(failure)
            }
        }
    }

    /// What was fetched and is not needed goes; what cannot go now goes at the next start.
    fn discard(&self, workplace: &Workplace) {
        let left = workplace.incoming();
        let replacing = self.record.intents().unwrap_or_default().into_iter().any(|(_, intent)| {
            matches!(intent, Intent::Replace { op, .. } if Workplace::new(op, "").incoming() == left)
        });
        if !replacing && matches!(self.disk.look(&left), Ok(Some(_))) {
            let _ = self.disk.discard(&left);
        }
    }
}
