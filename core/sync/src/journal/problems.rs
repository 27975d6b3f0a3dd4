//! Why files do not travel, for people. Owns the rows; one a file, gone when the file travels.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::Journal;
use crate::{
    error::{Error, Result},
    local_path::LocalPath,
    mapping::MappingId,
    trees::NodeId,
};

/// A file that cannot travel, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub mapping: MappingId,
    /// Which file.
    pub node: NodeId,
    /// Where it is.
    pub path: LocalPath,
    /// A code of the text catalogue.
    pub code: String,
    /// Values for the text.
    pub params: BTreeMap<String, String>,
    /// When it began, ms since 1970.
    pub since: i64,
    /// When it is tried again, ms since 1970; `None`: when the file changes.
    pub next_at: Option<i64>,
}

impl Journal {
    /// Problems, oldest first, at most `limit`.
    pub(crate) fn problems(&self, mapping: Option<i64>, limit: usize) -> Result<Vec<Problem>> {
        self.read(|conn| {
            let mut rows = conn.prepare_cached(
                "SELECT p.id, m.uuid, p.file, f.path, p.code, p.params, p.since, f.next_at
                 FROM problem p JOIN file f ON f.id = p.file JOIN mapping m ON m.id = p.mapping
                 WHERE ?1 IS NULL OR p.mapping = ?1 ORDER BY p.id LIMIT ?2",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let found = rows.query_map(params![mapping, limit], |row| {
                let uuid: String = row.get(1)?;
                let params: String = row.get(5)?;
                let next_at: i64 = row.get(7)?;
                Ok(Problem {
                    id: row.get(0)?,
                    mapping: uuid.parse().map_err(|_| super::mappings::unreadable(1))?,
                    node: NodeId(row.get(2)?),
                    path: LocalPath::from_bytes(row.get::<_, Vec<u8>>(3)?),
                    code: row.get(4)?,
                    params: serde_json::from_str(&params).unwrap_or_default(),
                    since: row.get(6)?,
                    next_at: (next_at < i64::MAX).then_some(next_at),
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many problems there are.
    pub(crate) fn problem_count(&self, mapping: Option<i64>) -> Result<u64> {
        self.read(|conn| {
            let mut rows = conn
                .prepare_cached("SELECT count(*) FROM problem WHERE ?1 IS NULL OR mapping = ?1")?;
            Ok(rows.query_row([mapping], |row| row.get::<_, i64>(0))?.cast_unsigned())
        })
    }

    /// Makes the file of a problem due now.
    ///
    /// # Errors
    /// [`Error::NoRow`] when the problem is gone.
    pub(crate) async fn retry_problem(&self, id: i64) -> Result<()> {
        self.write(move |conn| {
            let node: Option<i64> = conn
                .query_row("SELECT file FROM problem WHERE id = ?1", [id], |row| row.get(0))
                .optional()?;
            let node = node.ok_or(Error::NoRow(id))?;
            conn.execute(
                "UPDATE file SET next_at = 0, tries = 0 WHERE id = ?1 AND target IS NOT NULL",
                [node],
            )?;
            Ok(())
        })
        .await
    }
}

pub(super) fn put(
    conn: &Connection,
    mapping: i64,
    node: NodeId,
    code: &str,
    values: &[(&'static str, String)],
    now: i64,
) -> Result<()> {
    let values: BTreeMap<&str, &str> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let text = serde_json::to_string(&values).unwrap_or_else(|_| "{}".to_owned());
    let mut row = conn.prepare_cached(
        "INSERT INTO problem(mapping, file, code, params, since) VALUES(?1, ?2, ?3, ?4, ?5)
         ON CONFLICT(file) DO UPDATE SET code = excluded.code, params = excluded.params",
    )?;
    row.execute(params![mapping, node.0, code, text, now])?;
    Ok(())
}

pub(super) fn clear(conn: &Connection, node: NodeId) -> Result<()> {
    conn.prepare_cached("DELETE FROM problem WHERE file = ?1")?.execute([node.0])?;
    Ok(())
}
