//! What has happened, for people, newest first. Owns the rows and their pruning.

use rusqlite::{Connection, params};

use super::{Journal, mappings::unreadable};
use crate::error::Result;

/// Rows kept; older ones go.
const KEPT: i64 = 10_000;
/// Pruning looks once in so many rows.
const PRUNE_EVERY: i64 = 256;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// A file was sent and verified.
    Uploaded,
    /// A file was found in the cloud already.
    Adopted,
    /// A newer content took the place of our earlier one.
    Replaced,
    /// A file could not travel.
    Failed,
    /// A file was left out by a rule.
    Skipped,
    /// A folder was mapped.
    MappingAdded,
    /// A mapping was removed.
    MappingRemoved,
    /// Somebody deleted a file in the cloud.
    DeletedInCloud,
}

impl ActivityKind {
    const ALL: [Self; 8] = [
        Self::Uploaded,
        Self::Adopted,
        Self::Replaced,
        Self::Failed,
        Self::Skipped,
        Self::MappingAdded,
        Self::MappingRemoved,
        Self::DeletedInCloud,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::Adopted => "adopted",
            Self::Replaced => "replaced",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::MappingAdded => "mapping_added",
            Self::MappingRemoved => "mapping_removed",
            Self::DeletedInCloud => "deleted_in_cloud",
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Grows with time.
    pub id: i64,
    /// When, ms since 1970.
    pub at: i64,
    /// What.
    pub kind: ActivityKind,
    /// To which file in the cloud, or which folder.
    pub path: Option<String>,
    /// How large it is.
    pub bytes: Option<u64>,
    /// More, a code or a name.
    pub detail: Option<String>,
}

impl Journal {
    /// The newest rows before row `before`, at most `limit`.
    pub(crate) fn activity(&self, limit: usize, before: Option<i64>) -> Result<Vec<Activity>> {
        self.read(|conn| {
            let mut rows = conn.prepare_cached(
                "SELECT id, at, kind, path, bytes, detail FROM activity
                 WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let found = rows.query_map(params![before.unwrap_or(i64::MAX), limit], |row| {
                let word: String = row.get(2)?;
                let kind = ActivityKind::ALL.into_iter().find(|kind| kind.as_str() == word);
                Ok(Activity {
                    id: row.get(0)?,
                    at: row.get(1)?,
                    kind: kind.ok_or_else(|| unreadable(2))?,
                    path: row.get(3)?,
                    bytes: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
                    detail: row.get(5)?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}

pub(super) fn add(
    conn: &Connection,
    at: i64,
    kind: ActivityKind,
    path: Option<&str>,
    bytes: Option<u64>,
    detail: Option<&str>,
) -> Result<()> {
    let mut row = conn.prepare_cached(
        "INSERT INTO activity(at, kind, path, bytes, detail) VALUES(?1, ?2, ?3, ?4, ?5)",
    )?;
    row.execute(params![at, kind.as_str(), path, bytes.map(u64::cast_signed), detail])?;
    let id = conn.last_insert_rowid();
    if id % PRUNE_EVERY == 0 {
        conn.execute("DELETE FROM activity WHERE id <= ?1", [id - KEPT])?;
    }
    Ok(())
}
