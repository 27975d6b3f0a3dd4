//! Picks up uploads that an earlier run, or an earlier turn, left without an end. Owns asking the
//! cloud how far they came; nothing is sent again that is there.

use std::{collections::BTreeMap, sync::Arc};

use albumen_model::smh::{UploadParameters, UploadState};
use tokio::sync::Mutex;

use super::{
    Executor,
    content::{Large, blocking},
    parts::{Session, Signed},
};
use crate::{
    cloud::{Begin, CloudErrorKind as Kind, CloudSpace},
    journal::{ActivityKind, Agreement, Intent, Journal, Node, PartRow},
    retry::Failure,
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
            // It arrived. What is on disk may be newer by now, so it is read again and compared.
            let (stat, kind) = (intent.stat, Some(ActivityKind::Uploaded));
            let agreed = Agreement { node: id, stat, racy: true, crc64, remote, kind };
            self.journal.agree(self.mapping.row, agreed, self.clock.now_ms()).await?;
            return Ok(true);
        }
        let useful = intent.part_size.is_some()
            && intent.stat == node.file.stat
            && intent.confirm_key.is_some();
        if !useful {
            if let Some(key) = &intent.confirm_key {
                self.give_up(key).await;
            }
            self.journal.drop_intent(id).await?;
        }
        Ok(false)
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
        let state = if same { self.session_state(&intent).await? } else { None };
        let Some(state) = state.filter(|state| !state.confirmed) else {
            self.give_up(&key).await;
            self.journal.drop_intent(id).await?;
            return Ok(None);
        };
        let Some(taken) = self.still_true(large, part_size, rows, &state).await? else {
            self.give_up(&key).await;
            self.journal.drop_intent(id).await?;
            return Ok(None);
        };
        let first = (1..).find(|number| !taken.contains_key(number)).unwrap_or(1);
        let parameters: UploadParameters = self.cloud.renew(&key, first).await?;
        let since = self.clock.uptime_ms();
        let signed = Mutex::new(Signed { parameters: Arc::new(parameters), since });
        Ok(Some(Session { key, part_size, taken, signed }))
    }

    async fn session_state(&self, intent: &Intent) -> Result<Option<UploadState>, Failure> {
        let Some(key) = &intent.confirm_key else { return Ok(None) };
        match self.cloud.state(key).await {
            Ok(state) => Ok(Some(state)),
            Err(error) if error.kind == Kind::Missing => Ok(None),
            Err(error) => Err(error.into()),
        }
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
            match cloud.cancel(key).await {
                Err(error) if matches!(error.kind, Kind::Missing | Kind::AlreadyConfirmed) => {}
                outcome => outcome?,
            }
        }
        journal.drop_intent(orphan.node).await?;
    }
    Ok(())
}
