//! Upload sessions in the database, from begin to a week after.

use albumen_db::{Row, ToValue, Tx, params};
use albumen_model::{
    ClientId, ConfirmKey, ConflictStrategy, ErrorCode, LibraryId, NodeName, Timestamp, UserId,
    smh::{ConfirmedFile, NodeType},
};

use super::{
    column::{self, from_json, maybe_json, maybe_moment, moment, to_i64, to_json, to_u64},
    node::Annotations,
};
use crate::error::Error;

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Takes bytes.
    Open,
    /// Became a file.
    Confirmed,
    /// Given up by its owner, or for age.
    Cancelled,
    /// Closed because its device was revoked.
    Fenced,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::Fenced => "fenced",
        }
    }

    fn parse(word: &str) -> Result<Self, Error> {
        Ok(match word {
            "open" => Self::Open,
            "confirmed" => Self::Confirmed,
            "cancelled" => Self::Cancelled,
            "fenced" => Self::Fenced,
            _ => return Err(Error::Damaged("upload state")),
        })
    }
}

/// An upload session.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) confirm_key: ConfirmKey,
    pub(crate) library: LibraryId,
    pub(crate) space: i64,
    /// The directory, followed by id: a move in between moves the upload.
    pub(crate) parent: i64,
    /// As wished at begin.
    pub(crate) name: NodeName,
    pub(crate) kind: NodeType,
    pub(crate) strategy: ConflictStrategy,
    /// Empty: none asked for.
    pub(crate) content_cas: String,
    pub(crate) user_id: UserId,
    pub(crate) client_id: ClientId,
    pub(crate) object_key: String,
    pub(crate) multipart_id: Option<String>,
    pub(crate) content_type: String,
    /// As declared.
    pub(crate) size: Option<u64>,
    pub(crate) beginning_hash: Option<String>,
    pub(crate) full_hash: Option<String>,
    pub(crate) annotations: Annotations,
    pub(crate) state: State,
    pub(crate) begun: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    /// What a repeated confirm hears.
    pub(crate) reply: Option<ConfirmedFile>,
}

const SELECT: &str =
    "SELECT confirm_key, library, space, parent, name, kind, strategy, content_cas,
    user_id, client_id, object_key, multipart_id, content_type, size, beginning_hash, full_hash,
    meta, labels, category, local_created, local_modified, state, begun_ms, ended_ms, reply
    FROM uploads";

/// Adds an open session.
pub(crate) fn insert(tx: &Tx<'_>, upload: &Upload) -> Result<(), Error> {
    let notes = &upload.annotations;
    tx.execute(
        "INSERT INTO uploads (confirm_key, library, space, parent, name, kind, strategy,
             content_cas, user_id, client_id, object_key, multipart_id, content_type, size,
             beginning_hash, full_hash, meta, labels, category, local_created, local_modified,
             state, begun_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
             ?19, ?20, ?21, 'open', ?22)",
        params![
            upload.confirm_key.as_str(),
            upload.library.as_str(),
            upload.space,
            upload.parent,
            upload.name.as_str(),
            column::kind_word(upload.kind),
            upload.strategy.as_str(),
            upload.content_cas,
            upload.user_id.as_str(),
            upload.client_id.as_str(),
            upload.object_key,
            upload.multipart_id,
            upload.content_type,
            upload.size.map(to_i64),
            upload.beginning_hash,
            upload.full_hash,
            maybe_json(notes.meta.as_ref())?,
            maybe_json(notes.labels.as_ref())?,
            notes.category,
            notes.local_created,
            notes.local_modified,
            upload.begun.millis(),
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Upload, Error> {
    let damaged = || Error::Damaged("upload session");
    let text = |index| row.get::<String>(index);
    let maybe = |index| row.get::<Option<String>>(index);
    Ok(Upload {
        confirm_key: ConfirmKey::parse(text(0)?).map_err(|_| damaged())?,
        library: LibraryId::parse(text(1)?).map_err(|_| damaged())?,
        space: row.get(2)?,
        parent: row.get(3)?,
        name: NodeName::parse(text(4)?).map_err(|_| damaged())?,
        kind: column::kind(&text(5)?)?,
        strategy: text(6)?.parse().map_err(|()| damaged())?,
        content_cas: text(7)?,
        user_id: UserId::parse(text(8)?).map_err(|_| damaged())?,
        client_id: ClientId::parse(text(9)?).map_err(|_| damaged())?,
        object_key: text(10)?,
        multipart_id: maybe(11)?,
        content_type: text(12)?,
        size: row.get::<Option<i64>>(13)?.map(to_u64),
        beginning_hash: maybe(14)?,
        full_hash: maybe(15)?,
        annotations: Annotations {
            meta: maybe(16)?.map(|text| from_json(&text, "metadata")).transpose()?,
            labels: maybe(17)?.map(|text| from_json(&text, "labels")).transpose()?,
            category: maybe(18)?,
            local_created: maybe(19)?,
            local_modified: maybe(20)?,
        },
        state: State::parse(&text(21)?)?,
        begun: moment(row, 22)?,
        ended: maybe_moment(row, 23)?,
        reply: maybe(24)?.map(|text| from_json(&text, "confirm reply")).transpose()?,
    })
}

/// The session of this key.
pub(crate) fn find(tx: &Tx<'_>, key: &ConfirmKey) -> Result<Option<Upload>, Error> {
    tx.query_opt(&format!("{SELECT} WHERE confirm_key = ?1"), params![key.as_str()], read)
}

/// Every begin asks this, so it must find its rows by the index of open sessions.
const GOES_ON: &str = "library = ?1 AND user_id = ?2 AND client_id = ?3 AND space = ?4
    AND parent = ?5 AND name = ?6 AND strategy = ?7 AND content_cas = ?8 AND size = ?9
    AND multipart_id IS NULL AND state = 'open' AND begun_ms <= ?10 LIMIT 2";

/// The open session that a repeated begin of the same upload goes on with: an older client that
/// begins again when its parameters have expired confirms by the key of before (SMH section 26,
/// trap 34). `None` also when there are several, as nobody could tell which is meant.
pub(crate) fn to_go_on_with(
    tx: &Tx<'_>,
    draft: &Upload,
    begun_before: Timestamp,
) -> Result<Option<Upload>, Error> {
    let mut found = many(
        tx,
        GOES_ON,
        params![
            draft.library.as_str(),
            draft.user_id.as_str(),
            draft.client_id.as_str(),
            draft.space,
            draft.parent,
            draft.name.as_str(),
            draft.strategy.as_str(),
            draft.content_cas,
            draft.size.map(to_i64),
            begun_before.millis(),
        ],
    )?;
    Ok(found.pop().filter(|_| found.is_empty()))
}

/// Lets an open session go on as this draft.
///
/// # Errors
/// `PathConflict` when it ended meanwhile.
pub(crate) fn go_on_with(tx: &Tx<'_>, draft: &Upload) -> Result<(), Error> {
    let sql = "DELETE FROM uploads WHERE confirm_key = ?1 AND state = 'open'";
    if tx.execute(sql, params![draft.confirm_key.as_str()])? == 0 {
        return Err(ErrorCode::PathConflict.into());
    }
    insert(tx, draft)
}

/// Marks an open session as confirmed with the reply that a repeat will hear; false when it is not
/// open. The store already knows.
pub(crate) fn set_confirmed(
    tx: &Tx<'_>,
    key: &ConfirmKey,
    now: Timestamp,
    reply: &ConfirmedFile,
) -> Result<bool, Error> {
    let changed = tx.execute(
        "UPDATE uploads SET state = 'confirmed', ended_ms = ?2, settled = 1, reply = ?3
         WHERE confirm_key = ?1 AND state = 'open'",
        params![key.as_str(), now.millis(), to_json(reply)?],
    )?;
    Ok(changed == 1)
}

/// Ends an open session; the store is still to be told.
pub(crate) fn end(
    tx: &Tx<'_>,
    key: &ConfirmKey,
    state: State,
    now: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE uploads SET state = ?2, ended_ms = ?3, settled = 0
         WHERE confirm_key = ?1 AND state IN ('open', 'fenced')",
        params![key.as_str(), state.word(), now.millis()],
    )?;
    Ok(())
}

/// Notes that the store was told.
pub(crate) fn set_settled(tx: &Tx<'_>, key: &ConfirmKey, state: State) -> Result<(), Error> {
    tx.execute(
        "UPDATE uploads SET settled = 1 WHERE confirm_key = ?1 AND state = ?2",
        params![key.as_str(), state.word()],
    )?;
    Ok(())
}

fn many(tx: &Tx<'_>, condition: &str, values: &[&dyn ToValue]) -> Result<Vec<Upload>, Error> {
    tx.query(&format!("{SELECT} WHERE {condition}"), values, read)
}

/// Sessions of one installation of one user that are open, or fenced and not known to the store as
/// such.
pub(crate) fn fenceable(
    tx: &Tx<'_>,
    library: &LibraryId,
    user: &UserId,
    client: &ClientId,
) -> Result<Vec<Upload>, Error> {
    many(
        tx,
        "library = ?1 AND user_id = ?2 AND client_id = ?3
         AND (state = 'open' OR (state = 'fenced' AND settled = 0))",
        params![library.as_str(), user.as_str(), client.as_str()],
    )
}

/// The session of this key, if it was cancelled and the store has not been told.
pub(crate) fn cut_short(tx: &Tx<'_>, key: &ConfirmKey) -> Result<Option<Upload>, Error> {
    let condition = "confirm_key = ?1 AND state = 'cancelled' AND settled = 0";
    Ok(many(tx, condition, params![key.as_str()])?.pop())
}

/// Cancelled and fenced sessions that the store has not been told of.
pub(crate) fn unsettled(tx: &Tx<'_>, limit: u32) -> Result<Vec<Upload>, Error> {
    many(tx, "settled = 0 AND state <> 'open' LIMIT ?1", params![limit])
}

/// Gives up the open sessions of a space that goes away.
pub(crate) fn cancel_in_space(tx: &Tx<'_>, space: i64, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE uploads SET state = 'cancelled', ended_ms = ?2, settled = 0
         WHERE space = ?1 AND state IN ('open', 'fenced')",
        params![space, now.millis()],
    )?;
    Ok(())
}

/// Gives up sessions in this state that began, or were fenced, before a moment; at most `limit`.
pub(crate) fn cancel_older(
    tx: &Tx<'_>,
    state: State,
    before: Timestamp,
    now: Timestamp,
    limit: u32,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE uploads SET state = 'cancelled', ended_ms = ?3, settled = 0
         WHERE state = ?1 AND confirm_key IN (SELECT confirm_key FROM uploads WHERE state = ?1
         AND coalesce(ended_ms, begun_ms) < ?2 LIMIT ?4)",
        params![state.word(), before.millis(), now.millis(), limit],
    )?;
    Ok(())
}

/// Forgets what ended and was settled before a moment; at most `limit`.
pub(crate) fn forget_ended(tx: &Tx<'_>, before: Timestamp, limit: u32) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM uploads WHERE confirm_key IN (SELECT confirm_key FROM uploads
         WHERE state IN ('confirmed', 'cancelled') AND settled = 1 AND ended_ms < ?1 LIMIT ?2)",
        params![before.millis(), limit],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use albumen_db::{Database, Options};

    use super::*;
    use crate::repository::SCHEMA;

    #[tokio::test]
    async fn a_begin_does_not_walk_what_its_device_sent_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.db");
        let db = Database::open(&path, SCHEMA, Options::default()).unwrap();
        let plan = db.read(|tx| -> Result<Vec<String>, Error> {
            let sql = format!("EXPLAIN QUERY PLAN {SELECT} WHERE {GOES_ON}");
            let values = params!["", "", "", 1i64, 1i64, "", "", "", 1i64, 1i64];
            tx.query(&sql, values, |row| Ok(row.get(3)?))
        });
        let plan = plan.await.unwrap();
        let by = "USING INDEX uploads_open (space=? AND parent=? AND name=? AND begun_ms<?)";
        assert!(matches!(plan.as_slice(), [only] if only.contains(by)), "{plan:?}");
        db.close().await;
    }
}
