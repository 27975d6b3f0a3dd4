//! Sends a small file in one piece. Owns the sequence from intent to confirm.

use albumen_model::{Crc64, smh::UploadParameters};

use super::{
    Executor,
    content::Whole,
    resolve::{Closed, Opened},
};
use crate::{
    cloud::{Begin, CloudErrorKind as Kind},
    engine::meter::Phase,
    env::CrashPoint,
    journal::{Intent, Node},
    retry::Failure,
    trees::RemoteVersion,
};

/// Sessions tried in one turn.
const SESSIONS: u32 = 3;
/// Sends tried in one session.
const SENDS: u32 = 3;

impl Executor {
    /// Sends a file and returns what is in the cloud then; `None`: plan again.
    pub(super) async fn send_whole(
        &self,
        node: &Node,
        whole: &Whole,
        begin: &Begin,
    ) -> Result<Option<(RemoteVersion, Crc64)>, Failure> {
        let id = node.file.node;
        self.crash(CrashPoint::Hashed).await;
        self.journal
            .intend(Intent {
                node: id,
                mapping: self.mapping.row,
                target: begin.path.clone(),
                content_cas: begin.content_cas.clone(),
                stat: node.file.stat,
                crc64: Some(whole.crc64),
                confirm_key: None,
                part_size: None,
            })
            .await?;
        self.crash(CrashPoint::IntentNoted).await;
        self.meter.phase(id, &node.file.path, begin.size, Phase::Uploading);
        for _ in 0..SESSIONS {
            let session = match self.open(id, begin, Some(whole.crc64)).await? {
                Opened::Session(session) => session,
                Opened::There(remote) => return Ok(Some((remote, whole.crc64))),
                Opened::Replan => return Ok(None),
            };
            self.crash(CrashPoint::KeyUnsaved).await;
            self.journal.session(id, session.confirm_key.clone(), false).await?;
            if !self.put(node, whole, &session).await? {
                continue;
            }
            self.crash(CrashPoint::Sent).await;
            self.still_current(node, &whole.source, &session.confirm_key).await?;
            self.meter.phase(id, &node.file.path, begin.size, Phase::Confirming);
            match self.close(id, &session.confirm_key, begin, whole.crc64).await? {
                Closed::There(remote) => return Ok(Some((remote, whole.crc64))),
                Closed::Replan => return Ok(None),
                Closed::BeginAgain => {}
            }
        }
        Err(Failure::Checksum("an upload that was confirmed in vain"))
    }

    /// Puts the bytes; `false`: the session is of no use any more, and ended.
    async fn put(
        &self,
        node: &Node,
        whole: &Whole,
        session: &UploadParameters,
    ) -> Result<bool, Failure> {
        for failed in 0..SENDS {
            self.go_on()?;
            self.crash(CrashPoint::Sending).await;
            let progress = self.meter.progress(node.file.node);
            let sent = self.cloud.put_object(session, whole.bytes.clone(), progress).await;
            match sent {
                Ok(taken) if taken.crc64.is_some_and(|crc64| crc64 != whole.crc64) => {
                    tracing::warn!("The store took other bytes than were sent");
                    if failed > 0 {
                        self.give_up(&session.confirm_key).await?;
                        return Err(Failure::Checksum("the store's answer"));
                    }
                }
                Ok(_) => return Ok(true),
                Err(error) if matches!(error.kind, Kind::Expired | Kind::Missing) => {
                    // An earlier send may have arrived although its answer did not.
                    self.give_up(&session.confirm_key).await?;
                    return Ok(false);
                }
                Err(error) => self.wait_or_fail(error, failed).await?,
            }
            self.meter.rewind(node.file.node);
        }
        self.give_up(&session.confirm_key).await?;
        Err(Failure::Checksum("the store's answer"))
    }
}
