//! Sends a large file in parts. Owns part sizes, parts in flight, renewal and going on after any
//! interruption with the parts that the store has and the disk still agrees with.

use std::{collections::BTreeMap, sync::Arc};

use albumen_media::digest::Crc64Digest;
use albumen_model::{ConfirmKey, Crc64, smh::UploadParameters};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::Mutex;

use super::{
    Executor,
    content::{Large, blocking},
    resolve::{Closed, Opened},
};
use crate::{
    cloud::{Begin, CloudError, CloudErrorKind as Kind},
    engine::meter::Phase,
    env::CrashPoint,
    journal::{Intent, Node, PartRow},
    limits::MIB,
    retry::Failure,
    trees::RemoteVersion,
};

/// Sessions tried in one turn.
const SESSIONS: u32 = 3;
/// Sends tried of one part.
const SENDS: u32 = 5;
/// Parts aimed at, at most: the store allows 10,000.
const PARTS_AIM: u64 = 9_000;

/// An upload session in parts.
pub(super) struct Session {
    pub(super) key: ConfirmKey,
    pub(super) part_size: u64,
    /// The parts that the store has taken.
    pub(super) taken: BTreeMap<u32, PartRow>,
    pub(super) signed: Mutex<Signed>,
}

/// Signed parameters and when they were given, ms of uptime.
pub(super) struct Signed {
    pub(super) parameters: Arc<UploadParameters>,
    pub(super) since: u64,
}

impl Executor {
    /// Sends a file and returns what is in the cloud then; `None`: plan again.
    pub(super) async fn send_parts(
        &self,
        node: &Node,
        large: &Large,
        begin: &Begin,
    ) -> Result<Option<(RemoteVersion, Crc64)>, Failure> {
        let id = node.file.node;
        self.crash(CrashPoint::Hashed).await;
        self.meter.phase(id, &node.file.path, begin.size, Phase::Uploading);
        for _ in 0..SESSIONS {
            let resumed = self.resume(node, large, begin).await?;
            let session = match resumed {
                Some(session) => session,
                None => match self.new_session(node, begin, large.crc64).await? {
                    Ok(session) => session,
                    Err(Opened::There(remote)) => {
                        let Some(crc64) = remote.crc64 else { return Ok(None) };
                        return Ok(Some((remote, crc64)));
                    }
                    Err(_) => return Ok(None),
                },
            };
            let parts = match self.send_missing(node, large, &session).await {
                Err(Failure::Cloud(error)) if error.kind == Kind::Missing => {
                    self.give_up(&session.key).await?;
                    self.journal.drop_intent(id).await?;
                    continue;
                }
                Err(Failure::Local(error)) => {
                    self.give_up(&session.key).await?;
                    self.journal.drop_intent(id).await?;
                    return Err(error.into());
                }
                parts => parts?,
            };
            self.crash(CrashPoint::Sent).await;
            if let Err(outdated) = self.still_current(node, &large.source, &session.key).await {
                self.journal.drop_intent(id).await?;
                return Err(outdated);
            }
            let crc64 = combined(&parts);
            self.meter.phase(id, &node.file.path, begin.size, Phase::Confirming);
            self.journal.hashed(id, crc64).await?;
            match self.close(id, &session.key, begin, crc64).await? {
                Closed::There(remote) => return Ok(Some((remote, crc64))),
                Closed::Replan => return Ok(None),
                Closed::BeginAgain => self.journal.drop_intent(id).await?,
            }
        }
        Err(Failure::Checksum("an upload that was confirmed in vain"))
    }

    async fn new_session(
        &self,
        node: &Node,
        begin: &Begin,
        crc64: Option<Crc64>,
    ) -> Result<Result<Session, Opened>, Failure> {
        let id = node.file.node;
        let part_size = self.part_size(begin.size)?;
        self.journal
            .intend(Intent {
                node: id,
                mapping: self.mapping.row,
                target: begin.path.clone(),
                content_cas: begin.content_cas.clone(),
                stat: node.file.stat,
                crc64,
                confirm_key: None,
                part_size: Some(part_size),
            })
            .await?;
        self.crash(CrashPoint::IntentNoted).await;
        let opened = self.open(id, begin, crc64).await?;
        let Opened::Session(parameters) = opened else { return Ok(Err(opened)) };
        let key = parameters.confirm_key.clone();
        self.crash(CrashPoint::KeyUnsaved).await;
        self.journal.session(id, key.clone(), true).await?;
        let since = self.clock.uptime_ms();
        let signed = Mutex::new(Signed { parameters: Arc::new(*parameters), since });
        Ok(Ok(Session { key, part_size, taken: BTreeMap::new(), signed }))
    }

    /// Bytes of a part: few enough parts, each within the buffers.
    fn part_size(&self, size: u64) -> Result<u64, Failure> {
        let needed = size.div_ceil(PARTS_AIM);
        let whole = if needed > self.limits.part_min { needed.next_multiple_of(MIB) } else { 0 };
        let part_size = whole.max(self.limits.part_min);
        if part_size > self.limits.buffer_bytes { Err(Failure::TooLarge) } else { Ok(part_size) }
    }

    async fn send_missing(
        &self,
        node: &Node,
        large: &Large,
        session: &Session,
    ) -> Result<BTreeMap<u32, PartRow>, Failure> {
        let id = node.file.node;
        let count = node.file.stat.size.div_ceil(session.part_size);
        let count = u32::try_from(count).map_err(|_| Failure::TooLarge)?;
        let had: u64 = session.taken.values().map(|part| part.len).sum();
        self.meter.resumed(id, had);
        let missing = (1..=count).filter(|number| !session.taken.contains_key(number));
        let sent: Vec<PartRow> = stream::iter(missing)
            .map(|number| self.send_part(node, large, session, number))
            .buffer_unordered(self.limits.parts_in_flight)
            .try_collect()
            .await?;
        let mut parts = session.taken.clone();
        parts.extend(sent.into_iter().map(|part| (part.number, part)));
        Ok(parts)
    }

    async fn send_part(
        &self,
        node: &Node,
        large: &Large,
        session: &Session,
        number: u32,
    ) -> Result<PartRow, Failure> {
        self.go_on()?;
        let offset = u64::from(number - 1) * session.part_size;
        let len = session.part_size.min(node.file.stat.size - offset);
        let room = self.room(len).await?;
        let mut lies = 0;
        for failed in 0..SENDS {
            self.go_on()?;
            let (source, pool) = (Arc::clone(&large.source), self.pool.clone());
            let (bytes, crc64) = blocking(move || source.read(offset, len, &pool)).await?;
            self.crash(CrashPoint::Sending).await;
            let signed = self.signed(session, number).await?;
            let progress = self.meter.progress(node.file.node);
            match self.cloud.put_part(&signed, number, bytes, progress).await {
                Ok(taken) if taken.crc64.is_none_or(|theirs| theirs == crc64) => {
                    self.crash(CrashPoint::PartUnsaved).await;
                    let part = PartRow { number, len, crc64 };
                    self.journal.part(node.file.node, part).await?;
                    drop(room);
                    return Ok(part);
                }
                Ok(_) if lies > 0 => return Err(Failure::Checksum("the store's answer")),
                // Read from disk once more: a flipped bit in memory looks the same.
                Ok(_) => lies += 1,
                Err(error) if error.kind == Kind::Expired => {
                    self.renew(session, &signed, number).await?;
                }
                Err(error) => self.wait_or_fail(error, failed.min(2)).await?,
            }
            self.meter.unsent(node.file.node, len);
        }
        Err(CloudError::new(Kind::Expired, "The store takes no part of this upload").into())
    }

    /// Parameters for a part, renewed when half of their time is over.
    async fn signed(
        &self,
        session: &Session,
        number: u32,
    ) -> Result<Arc<UploadParameters>, Failure> {
        let (parameters, age) = {
            let signed = session.signed.lock().await;
            let age = self.clock.uptime_ms().saturating_sub(signed.since);
            (Arc::clone(&signed.parameters), age)
        };
        if u128::from(age) < self.limits.renew_after.as_millis() {
            return Ok(parameters);
        }
        self.renew(session, &parameters, number).await
    }

    /// Renews parameters once, however many parts find them too old.
    async fn renew(
        &self,
        session: &Session,
        stale: &Arc<UploadParameters>,
        number: u32,
    ) -> Result<Arc<UploadParameters>, Failure> {
        let mut signed = session.signed.lock().await;
        if Arc::ptr_eq(&signed.parameters, stale) {
            let fresh = self.cloud.renew(&session.key, number).await?;
            *signed = Signed { parameters: Arc::new(fresh), since: self.clock.uptime_ms() };
        }
        Ok(Arc::clone(&signed.parameters))
    }
}

/// The check value of the whole from those of its parts, in their order.
pub(super) fn combined(parts: &BTreeMap<u32, PartRow>) -> Crc64 {
    parts
        .values()
        .fold(Crc64::new(0), |whole, part| Crc64Digest::combine(whole, part.crc64, part.len))
}
