//! Picks up uploads that an earlier run, or an earlier turn, left without an end. Owns asking the
//! cloud how far they came; nothing is sent again that is there.

use std::{collections::BTreeMap, sync::Arc};

use albumen_model::{
    ConfirmKey, ErrorCode,
    smh::{UploadParameters, UploadState},
};
use tokio::sync::Mutex;

use super::{
    Executor,
    content::{Large, blocking},
    parts::{Session, Signed},
};
use crate::{
    cloud::{Begin, CloudError, CloudErrorKind as Kind, CloudResult, CloudSpace},
    journal::{ActivityKind, Agreement, Intent, Journal, Node, PartRow},
    retry::Failure,
    trees::NodeId,
};

impl Executor {
    /// Finds out how an earlier upload of this file ended. `true`: the journal has learned
    /// something.
    pub(super) async fn settle_intent(&self, node: &Node) -> Result<bool, Failure> {
        let id = node.file.node;
        let Some((intent, _)) = self.journal.intent(id)? else { return Ok(false) };
        if let Some(crc64) = intent.crc64
            && let Some(remote) = self.equal_at(&intent.target, intent.stat.size, crc64).await?
        {
            // It arrived, unless another device brought the same content while ours still waited
            // for confirm. What is on disk may be newer by now, so it is read and compared again.
            if let Some(key) = &intent.confirm_key {
                self.give_up(key).await?;
            }
            let (stat, kind) = (intent.stat, Some(ActivityKind::Uploaded));
            let agreed = Agreement { node: id, stat, racy: true, crc64, remote, kind };
            self.journal.agree(self.mapping.row, agreed, self.clock.now_ms()).await?;
            return Ok(true);
        }
        let useful = intent.part_size.is_some()
            && intent.stat == node.file.stat
            && intent.stat.size > self.limits.simple_max
            && intent.confirm_key.is_some();
        if !useful {
            self.abandon(&intent).await?;
        }
        Ok(false)
    }

    /// Drops an upload that leads to nothing, once its session is ended.
    async fn abandon(&self, intent: &Intent) -> Result<(), Failure> {
        if let Some(key) = &intent.confirm_key {
            self.give_up(key).await?;
        }
        Ok(self.journal.drop_intent(intent.node).await?)
    }

    /// The same for whatever upload of a file is under way: the file needs none any more.
    pub(super) async fn needs_no_upload(&self, node: NodeId) -> Result<(), Failure> {
        match self.journal.intent(node)? {
            Some((intent, _)) => self.abandon(&intent).await,
            None => Ok(()),
        }
    }

    /// Goes on with an upload in parts: the same source, the same place, and only the parts that
    /// both the store and the disk still have as they were sent.
    pub(super) async fn resume(
        &self,
        node: &Node,
        large: &Large,
        begin: &Begin,
    ) -> Result<Option<Session>, Failure> {
        let id = node.file.node;
        let Some((intent, rows)) = self.journal.intent(id)? else { return Ok(None) };
        let (Some(key), Some(part_size)) = (intent.confirm_key.clone(), intent.part_size) else {
            return Ok(None);
        };
        let same = intent.stat == *large.source.stat()
            && intent.target == begin.path
            && intent.content_cas == begin.content_cas;
        let found = if same { self.session_of(&intent, key).await? } else { None };
        let Some((key, state)) = found.filter(|(_, state)| !state.confirmed) else {
            self.abandon(&intent).await?;
            return Ok(None);
        };
        let Some(taken) = self.still_true(large, part_size, rows, &state).await? else {
            self.abandon(&intent).await?;
            return Ok(None);
        };
        let first = (1..).find(|number| !taken.contains_key(number)).unwrap_or(1);
        let parameters: UploadParameters = self.cloud.renew(&key, first).await?;
        let since = self.clock.uptime_ms();
        let signed = Mutex::new(Signed { parameters: Arc::new(parameters), since });
        Ok(Some(Session { key, part_size, taken, signed }))
    }

    /// The session as it is now. One that was closed because this device was revoked, and signed in
    /// again since, goes on under another key.
    async fn session_of(
        &self,
        intent: &Intent,
        key: ConfirmKey,
    ) -> Result<Option<(ConfirmKey, UploadState)>, Failure> {
        match self.cloud.state(&key).await {
            Ok(state) => return Ok(Some((key, state))),
            Err(error) if is_fenced(&error) => {}
            Err(error) if error.kind == Kind::Missing => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let key = match self.cloud.adopt(&key, &intent.target).await {
            Ok(parameters) => parameters.confirm_key,
            Err(error) if may_not_have_heard(error.kind) => return Err(error.into()),
            Err(error) => {
                tracing::debug!(%error, "An upload of before cannot be gone on with");
                return Ok(None);
            }
        };
        self.journal.adopted(intent.node, key.clone()).await?;
        let state = self.cloud.state(&key).await?;
        Ok(Some((key, state)))
    }

    /// The noted parts that the store has in the same length, digested again from disk. `None`: the
    /// disk differs, so nothing of the session can be used.
    async fn still_true(
        &self,
        large: &Large,
        part_size: u64,
        rows: Vec<PartRow>,
        state: &UploadState,
    ) -> Result<Option<BTreeMap<u32, PartRow>>, Failure> {
        let there: BTreeMap<u32, u64> =
            state.parts.iter().flatten().map(|part| (part.part_number, part.size)).collect();
        let mut taken = BTreeMap::new();
        for row in rows {
            if there.get(&row.number) != Some(&row.len) {
                continue;
            }
            let source = Arc::clone(&large.source);
            let offset = u64::from(row.number.saturating_sub(1)) * part_size;
            let crc64 = blocking(move || source.digest(offset, row.len)).await?;
            if crc64 != row.crc64 {
                return Ok(None);
            }
            taken.insert(row.number, row);
        }
        Ok(Some(taken))
    }
}

/// Gives up the sessions of uploads whose file is gone or needs none any more.
pub(crate) async fn cancel_orphans(
    journal: &Journal,
    cloud: &dyn CloudSpace,
    mapping: i64,
) -> Result<(), Failure> {
    for orphan in journal.orphans(mapping)? {
        if let Some(key) = &orphan.confirm_key {
            end_session(cloud, key).await?;
        }
        journal.drop_intent(orphan.node).await?;
    }
    Ok(())
}

/// Tells the service that a session is no longer needed, so that it deletes what came of it.
///
/// # Errors
/// When it may not have heard. A session that is gone, became a file or is another's has no end to
/// be told of.
pub(crate) async fn end_session(cloud: &dyn CloudSpace, key: &ConfirmKey) -> CloudResult<()> {
    match cloud.cancel(key).await {
        Err(error) if may_not_have_heard(error.kind) => Err(error),
        Err(error) => {
            tracing::debug!(%error, "An upload session had no end to be told of");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Closed by a fence; or not known any more, as after an adoption whose answer was lost.
fn is_fenced(error: &CloudError) -> bool {
    matches!(error.code, Some(ErrorCode::UploadFenced | ErrorCode::ConfirmKeyNotFound))
}

fn may_not_have_heard(kind: Kind) -> bool {
    matches!(kind, Kind::Offline | Kind::Lost | Kind::Busy | Kind::Revoked | Kind::TokenInvalid)
}
