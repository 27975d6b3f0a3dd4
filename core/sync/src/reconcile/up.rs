//! Content on its way to the cloud. Owns the order: read and checked, written down as begun, sent,
//! confirmed, and only then agreed on; an outcome nobody heard of is asked for, never guessed.

use albumen_media::digest::Crc64Digest;
use albumen_model::{ConflictStrategy, Crc64, Inode, RemotePath, smh::UploadParameters};
use bytes::Bytes;

use super::{
    Reconciler,
    act::Standing,
    failure::Failure,
    places::local_path,
    record::{Intent, Note},
    remote::landed::{arrived, uploaded},
};
use crate::{
    cloud::{Begin, Begun, CloudError, CloudErrorKind as Kind},
    disk::{CHUNK, Kind as DiskKind, Source, each_piece},
    local_path::LocalPath,
    moment::own_time,
    plan::tree::{Agreed, Base, LocalStat, NodeId, Place, Side, Sight, What},
    stable::is_racy,
};

/// An upload about to be made.
struct Upload<'a> {
    node: NodeId,
    from: &'a LocalPath,
    stat: LocalStat,
    to: Place,
    /// What is agreed on once it is there.
    base: Base,
    begin: Begin,
}

impl Reconciler {
    /// Reads a file that nothing can be said of before.
    pub(super) fn look_at(&self, at: &Standing) -> Result<(), Failure> {
        let mut seen = at.local.clone().ok_or(Failure::Changed)?;
        let stat = seen.entry.content().and_then(|c| c.stat).ok_or(Failure::Changed)?;
        self.rested(&stat)?;
        let now = self.clock.now_ms();
        let crc64 = self.read(at.node, &stat).ok_or(Failure::Changed)?;
        seen.racy = is_racy(&stat, now);
        if let What::File(content) = &mut seen.entry.what {
            content.crc64 = Some(crc64);
        }
        Ok(self.record.write(vec![Note::OnDisk(at.node, Some(Sight::Present(seen)))])?)
    }

    fn rested(&self, stat: &LocalStat) -> Result<(), Failure> {
        let changed_ms = stat.mtime_ns.max(stat.ctime_ns) / 1_000_000;
        let left = changed_ms.saturating_add(self.settings.settle_ms) - self.clock.now_ms();
        match u64::try_from(left) {
            Ok(left) if left > 0 && left <= self.settings.settle_ms.cast_unsigned() => {
                Err(Failure::Unsettled(left))
            }
            _ => Ok(()),
        }
    }

    /// The check value of a file in this state; `None` when it is not, or cannot be read.
    pub(super) fn read(&self, node: NodeId, stat: &LocalStat) -> Option<Crc64> {
        let path = local_path(self.record.as_ref(), node)?;
        let mut digest = Crc64Digest::new();
        self.read_all(&path, stat, &mut |bytes| digest.update(bytes)).ok()?;
        Some(digest.finish())
    }

    fn read_all(
        &self,
        path: &LocalPath,
        stat: &LocalStat,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Failure> {
        let mut source = self.disk.open(path)?;
        if source.stat()? != *stat {
            return Err(Failure::Changed);
        }
        let at_once = CHUNK.min(usize::try_from(stat.size).unwrap_or(CHUNK).max(1));
        let mut got = 0_u64;
        each_piece(source.as_mut(), at_once, &mut |bytes| {
            got += bytes.len() as u64;
            take(bytes);
        })?;
        if got != stat.size || source.stat()? != *stat {
            return Err(Failure::Changed);
        }
        Ok(())
    }

    /// Waits until a file and its name are durable: what is agreed on must not be lost on this side
    /// by a power cut, or it would be taken for a person's deletion.
    pub(super) fn make_durable(&self, path: &LocalPath) -> Result<(), Failure> {
        self.disk.open(path)?.settle()?;
        let mut folder = path.clone();
        while !folder.is_root() {
            folder = folder.parent();
            self.disk.sync_folder(&folder)?;
        }
        Ok(())
    }

    pub(super) async fn upload(&self, at: &Standing, replaces: bool) -> Result<(), Failure> {
        let (to, strategy, cas) = match &at.remote {
            Some(there) if replaces => {
                let cas = there.entry.content().and_then(|content| content.cas.clone());
                (there.entry.place.clone(), ConflictStrategy::Overwrite, cas)
            }
            None if !replaces => {
                let place = at.local.as_ref().ok_or(Failure::Changed)?.entry.place.clone();
                (place, ConflictStrategy::Ask, None)
            }
            _ => return Err(Failure::Changed),
        };
        let path = match replaces {
            true => self.remote_path(at.twin.unwrap_or(at.node))?,
            false => self.remote_place(&to)?,
        };
        let notes = self.join(at);
        self.send(at, to, path, (strategy, cas), notes, replaces).await
    }

    /// Sends the file under a name beside another's.
    pub(super) async fn upload_beside(&self, at: &Standing) -> Result<(), Failure> {
        let beside = Standing { remote: None, twin: None, ..at.clone() };
        let place = self.conflict_place(&beside, Side::Local)?;
        let path = self.remote_place(&place)?;
        let notes = self.cast_off(at)?;
        self.send(&beside, place, path, (ConflictStrategy::Ask, None), notes, false).await
    }

    async fn send(
        &self,
        at: &Standing,
        to: Place,
        path: RemotePath,
        (strategy, content_cas): (ConflictStrategy, Option<String>),
        mut notes: Vec<Note>,
        replaces: bool,
    ) -> Result<(), Failure> {
        let mut seen = at.local.clone().ok_or(Failure::Changed)?;
        let stat = seen.entry.content().and_then(|c| c.stat).ok_or(Failure::Changed)?;
        self.rested(&stat)?;
        self.settle_unsure(at.node).await?;
        let from = local_path(self.record.as_ref(), at.node).ok_or(Failure::Changed)?;
        self.make_durable(&from)?;
        let begin = Begin {
            path,
            strategy,
            content_cas,
            size: stat.size,
            multipart: stat.size > self.settings.whole_max,
            local_modification_time: own_time(stat.mtime_ns),
        };
        let read_at = self.clock.now_ms();
        let before = at.base.as_ref().filter(|_| replaces);
        let base = Base {
            local: before.map_or_else(|| seen.entry.place.clone(), |base| base.local.clone()),
            remote: before.map_or_else(|| to.clone(), |base| base.remote.clone()),
            content: None,
            inode: None,
        };
        let mut upload = Upload { node: at.node, from: &from, stat, to: to.clone(), base, begin };
        let base = self.carry_up(&mut upload).await?;
        if let What::File(content) = &mut seen.entry.what {
            content.crc64 = base.content.as_ref().map(|agreed| agreed.crc64);
        }
        seen.racy = is_racy(&stat, read_at);
        notes.push(Note::OnDisk(at.node, Some(Sight::Present(seen))));
        notes.extend(arrived(at.node, to, base).ok_or(Failure::Changed)?);
        Ok(self.record.write(notes)?)
    }

    async fn carry_up(&self, upload: &mut Upload<'_>) -> Result<Base, Failure> {
        let mut digest = Crc64Digest::new();
        let mut whole = Vec::new();
        let keep = !upload.begin.multipart;
        self.read_all(upload.from, &upload.stat, &mut |bytes| {
            digest.update(bytes);
            if keep {
                whole.extend_from_slice(bytes);
            }
        })?;
        let crc64 = digest.finish();
        let Upload { stat, to, .. } = upload;
        upload.base.content = Some(Agreed { size: stat.size, crc64, stat: *stat, cas: None });
        let intent = Intent::Upload { to: to.clone(), base: Box::new(upload.base.clone()) };
        self.record.write(vec![Note::Began(upload.node, intent)])?;
        let session = match self.cloud.begin(&upload.begin).await {
            Ok(Begun::Session(session)) => session,
            Ok(Begun::Done(file)) => {
                return self.sent(upload, file.inode, file.content_cas, crc64).await;
            }
            Err(error) => return self.not_sent(upload, error),
        };
        let bytes = Bytes::from(whole);
        if let Err(failure) = self.put_bytes(upload, &session, bytes, crc64).await {
            // Nobody waits for what came of it; where the service does not hear this it forgets
            // the session by itself.
            let _ = self.cloud.cancel(&session.confirm_key).await;
            self.record.write(vec![Note::Ended(upload.node)])?;
            return Err(failure);
        }
        match self.cloud.confirm(&session.confirm_key, crc64, &upload.begin).await {
            Ok(file) if file.path.as_ref() == Some(&upload.begin.path) => {
                self.sent(upload, file.inode, file.content_cas, crc64).await
            }
            Ok(_) => Err(Failure::Changed),
            Err(error) if may_be_done(error.kind) => Err(error.into()),
            Err(error) => {
                let _ = self.cloud.cancel(&session.confirm_key).await;
                self.not_sent(upload, error)
            }
        }
    }

    fn not_sent(&self, upload: &Upload<'_>, error: CloudError) -> Result<Base, Failure> {
        self.record.write(vec![Note::Ended(upload.node)])?;
        Err(match error.kind {
            Kind::Taken | Kind::Stale | Kind::Missing => Failure::Changed,
            _ => error.into(),
        })
    }

    /// What is agreed on, with what the service may have left out of its answer.
    async fn sent(
        &self,
        upload: &Upload<'_>,
        inode: Option<Inode>,
        cas: Option<String>,
        crc64: Crc64,
    ) -> Result<Base, Failure> {
        if let (Some(inode), Some(_)) = (&inode, &cas) {
            return Ok(uploaded(upload.base.clone(), cas, inode));
        }
        let item = self.cloud.info(&upload.begin.path).await?;
        let item = item.filter(|item| item.crc64 == Some(crc64)).ok_or(Failure::Changed)?;
        let inode = item.inode.ok_or(Failure::Changed)?;
        Ok(uploaded(upload.base.clone(), item.content_cas, &inode))
    }

    async fn put_bytes(
        &self,
        upload: &Upload<'_>,
        session: &UploadParameters,
        whole: Bytes,
        crc64: Crc64,
    ) -> Result<(), Failure> {
        let progress: crate::cloud::Progress = std::sync::Arc::new(|_| {});
        if upload.begin.multipart {
            self.put_parts(upload, session, progress).await?;
        } else {
            let taken = self.cloud.put_object(session, whole, progress).await?;
            check(taken.crc64, crc64)?;
        }
        // Whoever wrote meanwhile is sent for anew; what was sent would be half of each.
        match self.disk.look(upload.from)? {
            Some(found) if found.kind == DiskKind::File && found.stat == upload.stat => Ok(()),
            _ => Err(Failure::Changed),
        }
    }

    async fn put_parts(
        &self,
        upload: &Upload<'_>,
        session: &UploadParameters,
        progress: crate::cloud::Progress,
    ) -> Result<(), Failure> {
        let mut source = self.disk.open(upload.from)?;
        if source.stat()? != upload.stat {
            return Err(Failure::Changed);
        }
        let part_size = usize::try_from(self.settings.whole_max).unwrap_or(CHUNK).max(1);
        for number in 1_u32.. {
            let part = next_part(source.as_mut(), part_size)?;
            if part.is_empty() && number > 1 {
                break;
            }
            let crc64 = Crc64Digest::of(&part);
            let last = part.len() < part_size;
            let sent = self.cloud.put_part(session, number, Bytes::from(part), progress.clone());
            check(sent.await?.crc64, crc64)?;
            if last {
                break;
            }
        }
        Ok(())
    }

    /// Asks what came of an upload of this node whose end nobody heard of.
    async fn settle_unsure(&self, node: NodeId) -> Result<(), Failure> {
        let open = self.record.intents()?.into_iter().find(|(of, _)| *of == node);
        let Some((_, Intent::Upload { to, base })) = open else { return Ok(()) };
        self.settle_upload(node, to, *base).await?;
        // What is in the cloud may be this node's now: to be planned for anew.
        Err(Failure::Changed)
    }
}

fn next_part(source: &mut dyn Source, size: usize) -> Result<Vec<u8>, Failure> {
    let mut part = vec![0; size];
    let mut filled = 0;
    while filled < size {
        match source.read(&mut part[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    part.truncate(filled);
    Ok(part)
}

fn check(told: Option<Crc64>, crc64: Crc64) -> Result<(), Failure> {
    match told {
        Some(told) if told != crc64 => {
            Err(CloudError::new(Kind::BadCrc, "The store took other bytes than were sent").into())
        }
        _ => Ok(()),
    }
}

/// Whether a confirm that failed like this may have been done.
const fn may_be_done(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Taken
            | Kind::Stale
            | Kind::Missing
            | Kind::BadCrc
            | Kind::Incomplete
            | Kind::Quota
            | Kind::NoPermission
            | Kind::NameRefused
            | Kind::TypeRefused
    )
}
