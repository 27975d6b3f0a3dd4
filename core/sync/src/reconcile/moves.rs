//! Steps that change names and folders: on disk, and moves in the cloud. Owns what the trees learn
//! after them.

use super::{
    Reconciler,
    act::Standing,
    failure::{Failure, done},
    places::{local_path, local_place, name_of},
    record::{InCloud, Intent, Note, OnDisk},
};
use crate::{
    cloud::NodeKind,
    disk::Kind,
    effect::{self, Workplace},
    local_path::LocalPath,
    plan::{
        Spot,
        tree::{Base, Content, Entry, LocalStat, Name, Place, Side, Sight, What},
    },
};

impl Reconciler {
    fn here<'a>(&self, at: &'a Standing) -> Result<(&'a OnDisk, LocalPath), Failure> {
        let seen = at.local.as_ref().ok_or(Failure::Changed)?;
        Ok((seen, local_path(self.record.as_ref(), at.node).ok_or(Failure::Changed)?))
    }

    pub(super) fn on_disk_at(&self, place: &Place) -> Result<LocalPath, Failure> {
        if let Err(unfit) = self.settings.volume.check(place.name.as_str()) {
            tracing::info!(%unfit, "The volume cannot hold a name");
            return Err(Failure::NoName);
        }
        local_place(self.record.as_ref(), place).ok_or(Failure::Changed)
    }

    /// A number for an effect, and its names in our own folder.
    pub(super) fn workplace(&self) -> Result<(u64, Workplace), Failure> {
        let op = self.record.fresh()?.0.cast_unsigned();
        Ok((op, Workplace::new(op, self.day())))
    }

    pub(super) fn make_folder(&self, at: &Standing) -> Result<(), Failure> {
        let remote = at.remote.as_ref().ok_or(Failure::Changed)?;
        let place = remote.entry.place.clone();
        let path = self.on_disk_at(&place)?;
        done(effect::make_folder(self.disk.as_ref(), &path)?)?;
        let found = self.disk.look(&path)?.filter(|found| found.kind == Kind::Folder);
        let stat = found.ok_or(Failure::Changed)?.stat;
        let seen = OnDisk {
            entry: Entry { place: place.clone(), what: What::Directory { lived_in: false } },
            spelling: None,
            racy: false,
            identity: stat.identity(),
        };
        let inode = Some(remote.inode.clone());
        let base = Base { local: place.clone(), remote: place, content: None, inode };
        Ok(self.record.write(vec![
            Note::OnDisk(at.node, Some(Sight::Present(seen))),
            Note::Agreed(at.node, base),
        ])?)
    }

    pub(super) fn remove_folder(&self, at: &Standing) -> Result<(), Failure> {
        let (_, path) = self.here(at)?;
        done(effect::remove_folder(self.disk.as_ref(), &path)?)?;
        Ok(self.record.write(vec![Note::OnDisk(at.node, None)])?)
    }

    pub(super) fn trash_local(&self, at: &Standing) -> Result<(), Failure> {
        let (_, path) = self.here(at)?;
        let (_, workplace) = self.workplace()?;
        done(effect::trash(self.disk.as_ref(), &workplace, &path, &self.version(at)?)?)?;
        Ok(self.record.write(vec![
            Note::OnDisk(at.node, None),
            Note::Deleted(at.node, Side::Local, self.clock.now_ms()),
        ])?)
    }

    pub(super) fn move_local(&self, at: &Standing, to: &Spot) -> Result<(), Failure> {
        let (seen, from) = self.here(at)?;
        let place = self.spot(at, Side::Local, to)?;
        let target = self.on_disk_at(&place)?;
        let now = self.shift(seen, &from, &target)?;
        let moved = renamed(seen, place.clone(), now);
        let mut notes = vec![Note::OnDisk(at.node, Some(Sight::Present(moved)))];
        notes.extend(self.moved_base(at, Side::Local, to, &place, now));
        Ok(self.record.write(notes)?)
    }

    fn shift(&self, seen: &OnDisk, from: &LocalPath, to: &LocalPath) -> Result<LocalStat, Failure> {
        let before = seen.entry.content().map(|content| content.stat.unwrap_or_default());
        done(effect::shift(self.disk.as_ref(), from, before.as_ref(), to)?)
    }

    pub(super) async fn move_remote(&self, at: &Standing, to: &Spot) -> Result<(), Failure> {
        let there = at.remote.as_ref().ok_or(Failure::Changed)?;
        let from = self.remote_path(at.node)?;
        let place = self.spot(at, Side::Remote, to)?;
        let target = self.remote_place(&place)?;
        let cas = there.entry.content().and_then(|content| content.cas.as_deref());
        let kind = match there.entry.is_directory() {
            true => NodeKind::Directory,
            false => NodeKind::File,
        };
        let intent = Intent::Move { to: place.clone(), passing: matches!(to, Spot::Passing(_)) };
        self.record.write(vec![Note::Began(at.node, intent)])?;
        // Whatever the answer: the look before the next plan tells what came of it.
        self.cloud.move_node(kind, &from, &target, cas).await?;
        let mut moved = there.clone();
        moved.entry.place = place.clone();
        let mut notes =
            vec![Note::Ended(at.node), Note::InCloud(at.node, Some(Sight::Present(moved)))];
        notes.extend(self.moved_base(at, Side::Remote, to, &place, LocalStat::default()));
        Ok(self.record.write(notes)?)
    }

    fn spot(&self, at: &Standing, side: Side, to: &Spot) -> Result<Place, Failure> {
        match to {
            Spot::Place(place) => Ok(place.clone()),
            Spot::Passing(parent) => Ok(Place { parent: *parent, name: Name::passing(at.node) }),
            Spot::ConflictName => self.conflict_place(at, side),
        }
    }

    /// What was agreed on follows a move that carries it out; a conflict name is a news of its own.
    fn moved_base(
        &self,
        at: &Standing,
        side: Side,
        to: &Spot,
        place: &Place,
        now: LocalStat,
    ) -> Option<Note> {
        let mut base = at.base.clone()?;
        match (to, side) {
            (Spot::ConflictName, _) => return None,
            (Spot::Passing(_), Side::Local) => base.local = place.clone(),
            (Spot::Passing(_), Side::Remote) => base.remote = place.clone(),
            (Spot::Place(_), _) => (base.local, base.remote) = (place.clone(), place.clone()),
        }
        if let Some(agreed) = &mut base.content
            && side == Side::Local
            && now.only_renamed(&agreed.stat)
        {
            agreed.stat = now;
        }
        Some(Note::Agreed(at.node, base))
    }

    /// The file on disk takes a conflict name and is a node of its own; the cloud's keeps node and
    /// name.
    pub(super) fn keep_both(&self, at: &Standing) -> Result<(), Failure> {
        let (seen, from) = self.here(at)?;
        let place = self.conflict_place(at, Side::Local)?;
        let target = self.on_disk_at(&place)?;
        self.record.write(vec![Note::Began(at.node, Intent::Detach { to: place.clone() })])?;
        let moved = self.shift(seen, &from, &target);
        let now = match moved {
            Ok(now) => now,
            Err(failure) => {
                self.record.write(vec![Note::Ended(at.node)])?;
                return Err(failure);
            }
        };
        let fresh = self.record.fresh()?;
        Ok(self.record.write(vec![
            Note::Ended(at.node),
            Note::Forgot(at.node),
            Note::OnDisk(at.node, None),
            Note::OnDisk(fresh, Some(Sight::Present(renamed(seen, place, now)))),
        ])?)
    }

    /// The file on disk becomes a node of its own where it is.
    pub(super) fn split(&self, at: &Standing) -> Result<(), Failure> {
        let (seen, _) = self.here(at)?;
        let fresh = self.record.fresh()?;
        Ok(self.record.write(vec![
            Note::OnDisk(at.node, None),
            Note::OnDisk(fresh, Some(Sight::Present(seen.clone()))),
        ])?)
    }

    /// What is in the cloud of a node, or in its place, becomes a node of its own.
    pub(super) fn cast_off(&self, at: &Standing) -> Result<Vec<Note>, Failure> {
        let own = self.record.entry(Side::Remote, at.node);
        let (Some(Sight::Present(entry)), Some(inode)) = (own, self.record.inode(at.node)) else {
            return Ok(Vec::new());
        };
        let fresh = self.record.fresh()?;
        Ok(vec![
            Note::InCloud(at.node, None),
            Note::InCloud(fresh, Some(Sight::Present(InCloud { entry, inode }))),
        ])
    }
}

/// A file or folder under its new name. What was read of it still holds if nobody wrote meanwhile.
fn renamed(seen: &OnDisk, place: Place, now: LocalStat) -> OnDisk {
    let what = match &seen.entry.what {
        What::File(content) => {
            let same = content.stat.is_some_and(|before| now.only_renamed(&before));
            let crc64 = content.crc64.filter(|_| same);
            What::File(Content { size: now.size, crc64, stat: Some(now), cas: None })
        }
        directory => directory.clone(),
    };
    let spelling = name_of(place.name.as_str().as_bytes()).and_then(|(_, spelling)| spelling);
    OnDisk { entry: Entry { place, what }, spelling, ..seen.clone() }
}
