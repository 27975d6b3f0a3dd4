//! Uploads under way whose end may be unknown. Owns their rows and those of their parts; each row
//! is durable before the step it announces.

use albumen_model::{ConfirmKey, Crc64, RemotePath};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Journal, files, mappings::unreadable};
use crate::{
    error::Result,
    trees::{LocalStat, NodeId},
};

/// An upload under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) node: NodeId,
    pub(crate) mapping: i64,
    pub(crate) target: RemotePath,
    /// With a stamp: over exactly that content. Without: only if the name is free.
    pub(crate) content_cas: Option<String>,
    /// The source's state when it began.
    pub(crate) stat: LocalStat,
    /// Of the whole content; for uploads in parts known only before confirm.
    pub(crate) crc64: Option<Crc64>,
    /// The session, once begin was answered.
    pub(crate) confirm_key: Option<ConfirmKey>,
    /// Bytes of each part but the last; `None`: not in parts.
    pub(crate) part_size: Option<u64>,
}

/// A part that the store has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartRow {
    /// From 1.
    pub(crate) number: u32,
    pub(crate) len: u64,
    pub(crate) crc64: Crc64,
}

const COLUMNS: &str = "file, mapping, target, cas, size, mtime, ctime, ino, btime, crc,
  confirm_key, part_size";

impl Journal {
    /// Notes an upload before it begins. What an earlier one of the same file left is dropped.
    pub(crate) async fn intend(&self, intent: Intent) -> Result<()> {
        self.write(move |conn| {
            conn.prepare_cached("DELETE FROM part WHERE file = ?1")?.execute([intent.node.0])?;
            let mut row = conn.prepare_cached(&format!(
                "INSERT OR REPLACE INTO intent({COLUMNS})
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
            ))?;
            let stat = &intent.stat;
            row.execute(params![
                intent.node.0,
                intent.mapping,
                intent.target.to_string(),
                intent.content_cas,
                stat.size.cast_signed(),
                stat.mtime_ns,
                stat.ctime_ns,
                stat.inode.cast_signed(),
                stat.btime_ns,
                intent.crc64.map(|crc64| crc64.get().cast_signed()),
                intent.confirm_key.as_ref().map(ConfirmKey::as_str),
                intent.part_size.map(u64::cast_signed)
            ])?;
            Ok(())
        })
        .await
    }

    /// Notes the session that begin gave, before a byte is sent to it: however the program ends,
    /// its next start knows the session and ends it or goes on with it. With parts to lose the note
    /// outlives a power cut as well; without, the service forgets by itself what a power cut took.
    pub(crate) async fn session(&self, node: NodeId, key: ConfirmKey, parts: bool) -> Result<()> {
        let work = move |conn: &Connection| {
            conn.prepare_cached("DELETE FROM part WHERE file = ?1")?.execute([node.0])?;
            conn.prepare_cached("UPDATE intent SET confirm_key = ?2 WHERE file = ?1")?
                .execute(params![node.0, key.as_str()])?;
            Ok(())
        };
        if parts { self.write(work).await } else { self.note(work).await }
    }

    /// Notes that an upload in parts goes on under another key, with the parts it has.
    pub(crate) async fn adopted(&self, node: NodeId, key: ConfirmKey) -> Result<()> {
        self.write(move |conn| {
            conn.prepare_cached("UPDATE intent SET confirm_key = ?2 WHERE file = ?1")?
                .execute(params![node.0, key.as_str()])?;
            Ok(())
        })
        .await
    }

    /// Notes the check value of the whole before confirm is sent.
    pub(crate) async fn hashed(&self, node: NodeId, crc64: Crc64) -> Result<()> {
        self.write(move |conn| {
            conn.prepare_cached("UPDATE intent SET crc = ?2 WHERE file = ?1")?
                .execute(params![node.0, crc64.get().cast_signed()])?;
            Ok(())
        })
        .await
    }

    /// Notes a part that was taken. Nobody waits: a lost row costs sending the part again.
    pub(crate) async fn part(&self, node: NodeId, part: PartRow) -> Result<()> {
        self.post(move |conn| {
            conn.prepare_cached(
                "INSERT OR REPLACE INTO part(file, number, len, crc)
                 SELECT ?1, ?2, ?3, ?4 WHERE EXISTS(SELECT 1 FROM intent WHERE file = ?1)",
            )?
            .execute(params![
                node.0,
                part.number,
                part.len.cast_signed(),
                part.crc64.get().cast_signed()
            ])?;
            Ok(())
        })
        .await
    }

    /// The upload of a file that is under way, with the parts taken, lowest first.
    pub(crate) fn intent(&self, node: NodeId) -> Result<Option<(Intent, Vec<PartRow>)>> {
        self.read(|conn| {
            let sql = format!("SELECT {COLUMNS} FROM intent WHERE file = ?1");
            let found = conn.prepare_cached(&sql)?.query_row([node.0], intent).optional()?;
            let Some(intent) = found else { return Ok(None) };
            Ok(Some((intent, parts(conn, node)?)))
        })
    }

    /// Drops the upload of a file; its session was cancelled or is done.
    pub(crate) async fn drop_intent(&self, node: NodeId) -> Result<()> {
        self.write(move |conn| {
            conn.prepare_cached("DELETE FROM intent WHERE file = ?1")?.execute([node.0])?;
            Ok(())
        })
        .await
    }

    /// Every upload of a mapping that is under way.
    pub(crate) fn intents_of(&self, mapping: i64) -> Result<Vec<Intent>> {
        self.read(|conn| {
            let sql = format!("SELECT {COLUMNS} FROM intent WHERE mapping = ?1");
            let mut rows = conn.prepare_cached(&sql)?;
            Ok(rows.query_map([mapping], intent)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Uploads whose file is gone or needs no upload any more.
    pub(crate) fn orphans(&self, mapping: i64) -> Result<Vec<Intent>> {
        self.read(|conn| {
            let mut rows = conn.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM intent WHERE mapping = ?1 AND NOT EXISTS(
                   SELECT 1 FROM file WHERE file.id = intent.file AND file.state IN (0, 3))"
            ))?;
            Ok(rows.query_map([mapping], intent)?.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn parts(conn: &Connection, node: NodeId) -> Result<Vec<PartRow>> {
    let mut rows =
        conn.prepare_cached("SELECT number, len, crc FROM part WHERE file = ?1 ORDER BY number")?;
    let found = rows.query_map([node.0], |row| {
        Ok(PartRow {
            number: row.get(0)?,
            len: row.get::<_, i64>(1)?.cast_unsigned(),
            crc64: Crc64::new(row.get::<_, i64>(2)?.cast_unsigned()),
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn intent(row: &Row<'_>) -> rusqlite::Result<Intent> {
    let target: String = row.get(2)?;
    let key: Option<String> = row.get(10)?;
    Ok(Intent {
        node: NodeId(row.get(0)?),
        mapping: row.get(1)?,
        target: files::place(&target, 2)?,
        content_cas: row.get(3)?,
        stat: files::stat(row, 4)?,
        crc64: row.get::<_, Option<i64>>(9)?.map(|crc| Crc64::new(crc.cast_unsigned())),
        confirm_key: key
            .map(|key| ConfirmKey::parse(key).map_err(|_| unreadable(10)))
            .transpose()?,
        part_size: row.get::<_, Option<i64>>(11)?.map(i64::cast_unsigned),
    })
}
