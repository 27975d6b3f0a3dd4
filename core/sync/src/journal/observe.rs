//! What a scan saw becomes rows. Owns those writes; which sights are worth writing is the scan's.

use rusqlite::{Connection, params};

use super::{
    FileState, Journal,
    albums::{self, PlaceFailure},
    files, problems,
};
use crate::{
    album::{Layout, PlaceError},
    error::Result,
    local_path::LocalPath,
    mapping::Mapping,
    trees::{LocalStat, NodeId},
};

/// A file to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) node: Option<NodeId>,
    pub(crate) path: LocalPath,
    pub(crate) stat: LocalStat,
    /// When it may be read, ms since 1970.
    pub(crate) next_at: i64,
}

/// Something a scan saw that the journal does not know yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Observation {
    /// New, or changed.
    Found(Found),
    /// Left out by a rule.
    Skipped { node: Option<NodeId>, path: LocalPath, stat: LocalStat, rule: &'static str },
    /// There, but it cannot even be looked at.
    Unreadable { node: Option<NodeId>, path: LocalPath },
    /// No longer there.
    Vanished(NodeId),
}

impl Journal {
    /// Writes a batch in one commit.
    pub(crate) fn observe(
        &self,
        mapping: &Mapping,
        batch: Vec<Observation>,
        now: i64,
    ) -> Result<()> {
        let mapping = mapping.clone();
        self.write_blocking(move |conn| {
            let layout = Layout::of(&mapping.bound);
            batch.into_iter().try_for_each(|seen| write(conn, &mapping, &layout, seen, now))
        })
    }
}

fn write(
    conn: &Connection,
    mapping: &Mapping,
    layout: &Layout,
    seen: Observation,
    now: i64,
) -> Result<()> {
    match seen {
        Observation::Vanished(node) => files::vanish(conn, node),
        Observation::Skipped { node, path, stat, rule } => {
            let node = upsert(conn, mapping, node, &path, &stat, FileState::Skipped, 0)?;
            let mut row = conn.prepare_cached("UPDATE file SET reason = ?2 WHERE id = ?1")?;
            row.execute(params![node.0, rule])?;
            Ok(())
        }
        Observation::Unreadable { node, path } => {
            let stat = LocalStat::default();
            let node = upsert(conn, mapping, node, &path, &stat, FileState::Failed, i64::MAX)?;
            problems::put(conn, mapping.row, node, "file_unreadable", &[], now)
        }
        Observation::Found(found) => {
            let Found { node, path, stat, next_at } = found;
            let pending = FileState::Pending;
            let node = upsert(conn, mapping, node, &path, &stat, pending, next_at)?;
            // What was known of its picture belongs to the content before.
            conn.prepare_cached("DELETE FROM photo WHERE file = ?1")?.execute([node.0])?;
            give_place(conn, mapping, layout, node, &path, now)
        }
    }
}

fn upsert(
    conn: &Connection,
    mapping: &Mapping,
    node: Option<NodeId>,
    path: &LocalPath,
    stat: &LocalStat,
    state: FileState,
    next_at: i64,
) -> Result<NodeId> {
    let (size, ino) = (stat.size.cast_signed(), stat.inode.cast_signed());
    let (mtime, ctime, btime) = (stat.mtime_ns, stat.ctime_ns, stat.btime_ns);
    if let Some(node) = node {
        let mut row = conn.prepare_cached(
            "UPDATE file SET state = ?2, next_at = ?3, size = ?4, mtime = ?5, ctime = ?6,
               ino = ?7, btime = ?8, racy = 0, reason = NULL,
               tries = CASE WHEN state = 0 THEN tries ELSE 0 END WHERE id = ?1",
        )?;
        row.execute(params![node.0, state.number(), next_at, size, mtime, ctime, ino, btime])?;
        problems::clear(conn, node)?;
        return Ok(node);
    }
    // A number that an upload under way still stands under belongs to no other file.
    let mut row = conn.prepare_cached(
        "INSERT INTO file(id, mapping, path, state, next_at, size, mtime, ctime, ino, btime)
         VALUES(1 + max(coalesce((SELECT max(id) FROM file), 0),
                        coalesce((SELECT max(file) FROM intent), 0)),
                ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT(mapping, path) DO UPDATE SET state = excluded.state,
           next_at = excluded.next_at, size = excluded.size, mtime = excluded.mtime,
           ctime = excluded.ctime, ino = excluded.ino, btime = excluded.btime, racy = 0, tries = 0,
           reason = NULL RETURNING id",
    )?;
    let bytes = path.as_bytes();
    let values =
        params![mapping.row, bytes, state.number(), next_at, size, mtime, ctime, ino, btime];
    Ok(NodeId(row.query_row(values, |row| row.get(0))?))
}

/// The place is chosen once, when the file is first seen.
fn give_place(
    conn: &Connection,
    mapping: &Mapping,
    layout: &Layout,
    node: NodeId,
    path: &LocalPath,
    now: i64,
) -> Result<()> {
    let mut has = conn.prepare_cached("SELECT 1 FROM file WHERE id = ?1 AND target IS NOT NULL")?;
    if has.exists([node.0])? {
        return Ok(());
    }
    match albums::place(conn, mapping, layout, path) {
        Ok(place) => {
            let mut row = conn.prepare_cached("UPDATE file SET target = ?2 WHERE id = ?1")?;
            row.execute(params![node.0, place.to_string()])?;
            Ok(())
        }
        Err(PlaceFailure::Journal(error)) => Err(error),
        Err(PlaceFailure::Place(error)) => refuse(conn, mapping, node, &error, now),
    }
}

fn refuse(
    conn: &Connection,
    mapping: &Mapping,
    node: NodeId,
    error: &PlaceError,
    now: i64,
) -> Result<()> {
    let mut row = conn.prepare_cached("UPDATE file SET state = 3, next_at = ?2 WHERE id = ?1")?;
    row.execute(params![node.0, i64::MAX])?;
    let params = [("reason", error.to_string())];
    problems::put(conn, mapping.row, node, "file_name_invalid", &params, now)
}

impl Journal {
    /// Gives a file another place, because a foreign content has its own: the first candidate that
    /// is free here.
    pub(crate) async fn move_target(
        &self,
        mapping: &Mapping,
        node: NodeId,
        candidates: Vec<albumen_model::RemotePath>,
    ) -> Result<()> {
        let mapping = mapping.clone();
        self.write(move |conn| {
            for place in candidates {
                if !albums::taken(conn, &mapping, &place)? {
                    conn.execute(
                        "UPDATE file SET target = ?2 WHERE id = ?1",
                        params![node.0, place.to_string()],
                    )?;
                    // What was agreed on stays in the cloud under its name; this is a new file.
                    conn.execute("DELETE FROM synced WHERE file = ?1", [node.0])?;
                    conn.execute("DELETE FROM remote WHERE file = ?1", [node.0])?;
                    return Ok(());
                }
            }
            Ok(())
        })
        .await
    }
}
