//! The rows of files: the local tree, the bucket each file is in, and when it is looked at next.
//! Owns reading and changing them.

use albumen_model::RemotePath;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{ActivityKind, Journal, activity, mappings::unreadable, problems};
use crate::{
    error::Result,
    local_path::LocalPath,
    trees::{LocalStat, NodeId},
};

/// The bucket a file is in. Every file of a mapping is in exactly one of the first four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileState {
    /// Waiting, or on its way.
    Pending,
    /// In the cloud, check values compared.
    Verified,
    /// Left out by a rule that has a name.
    Skipped,
    /// Cannot travel; a problem says why.
    Failed,
    /// No longer on disk; kept in the cloud. No file of the mapping any more.
    Archived,
}

impl FileState {
    pub(super) const ALL: [Self; 5] =
        [Self::Pending, Self::Verified, Self::Skipped, Self::Failed, Self::Archived];

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Verified => 1,
            Self::Skipped => 2,
            Self::Failed => 3,
            Self::Archived => 4,
        }
    }

    pub(super) fn read(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

/// A file as last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Its number.
    pub node: NodeId,
    /// Where it is.
    pub path: LocalPath,
    /// Its bucket.
    pub state: FileState,
    /// Which rule left it out, for skipped files.
    pub reason: Option<String>,
    /// Its state on disk.
    pub stat: LocalStat,
    /// Whether it may have changed since without any trace.
    pub racy: bool,
    /// Where it goes in the cloud.
    pub target: Option<RemotePath>,
    /// How often in a row it failed.
    pub tries: u32,
    /// When it is looked at next, ms since 1970.
    pub next_at: i64,
}

pub(super) const COLUMNS: &str = "file.id, file.path, file.state, file.reason, file.size,
  file.mtime, file.ctime, file.ino, file.btime, file.racy, file.target, file.tries, file.next_at";

/// How many columns a file takes in a row that has more.
pub(super) const WIDTH: usize = 13;

pub(super) fn file(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let target: Option<String> = row.get(10)?;
    Ok(FileRow {
        node: NodeId(row.get(0)?),
        path: LocalPath::from_bytes(row.get::<_, Vec<u8>>(1)?),
        state: FileState::read(row.get(2)?).ok_or_else(|| unreadable(2))?,
        reason: row.get(3)?,
        stat: stat(row, 4)?,
        racy: row.get(9)?,
        target: target.map(|text| place(&text, 10)).transpose()?,
        tries: row.get(11)?,
        next_at: row.get(12)?,
    })
}

/// Five columns from `first`: size, mtime, ctime, ino, btime.
pub(super) fn stat(row: &Row<'_>, first: usize) -> rusqlite::Result<LocalStat> {
    Ok(LocalStat {
        size: row.get::<_, i64>(first)?.cast_unsigned(),
        mtime_ns: row.get(first + 1)?,
        ctime_ns: row.get(first + 2)?,
        inode: row.get::<_, i64>(first + 3)?.cast_unsigned(),
        btime_ns: row.get(first + 4)?,
    })
}

pub(super) fn place(text: &str, column: usize) -> rusqlite::Result<RemotePath> {
    RemotePath::parse(text).map_err(|_| unreadable(column))
}

/// No wait is longer than this: 25 hours.
const WAIT_MAX_MS: i64 = 25 * 3600 * 1000;

/// Which queue a file waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Up to 16 MiB, sent whole.
    Small,
    /// Larger, sent in parts.
    Large,
}

/// What becomes of a file that could not travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retry {
    /// `true`: shown as failed, with a problem. `false`: it stays pending.
    pub(crate) shown: bool,
    /// A code of the text catalogue.
    pub(crate) code: &'static str,
    /// Values for the text.
    pub(crate) params: Vec<(&'static str, String)>,
    /// When to look again, ms since 1970.
    pub(crate) next_at: i64,
    /// Whether this counts as a try.
    pub(crate) counts: bool,
}

impl Journal {
    /// Rows of a mapping in path order, from behind `after` on, at most `limit`; only rows up to
    /// number `newest` and below `under`.
    pub(crate) fn page(
        &self,
        mapping: i64,
        under: &LocalPath,
        after: Option<&LocalPath>,
        newest: i64,
        limit: usize,
    ) -> Result<Vec<FileRow>> {
        self.read(|conn| {
            let sql = format!(
                "SELECT {COLUMNS} FROM file WHERE mapping = ?1 AND path > ?2 AND path < ?3
                 AND id <= ?4 ORDER BY path LIMIT ?5"
            );
            let mut rows = conn.prepare_cached(&sql)?;
            let (from, to) = range(under);
            let from = after.map_or(from, |path| path.as_bytes().to_vec());
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let found = rows.query_map(params![mapping, from, to, newest, limit], file)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The highest number given to any file so far.
    pub(crate) fn newest_file(&self) -> Result<i64> {
        self.read(|conn| {
            Ok(conn.query_row("SELECT coalesce(max(id), 0) FROM file", [], |row| row.get(0))?)
        })
    }

    /// The file at this place.
    pub(crate) fn file_at(&self, mapping: i64, path: &LocalPath) -> Result<Option<FileRow>> {
        self.read(|conn| {
            let sql = format!("SELECT {COLUMNS} FROM file WHERE mapping = ?1 AND path = ?2");
            let mut rows = conn.prepare_cached(&sql)?;
            Ok(rows.query_row(params![mapping, path.as_bytes()], file).optional()?)
        })
    }

    /// Files whose time has come, those that waited longest first.
    pub(crate) fn ready(
        &self,
        mapping: i64,
        lane: Lane,
        now: i64,
        limit: usize,
    ) -> Result<Vec<NodeId>> {
        self.read(|conn| {
            let mut rows = conn.prepare_cached(
                "SELECT id FROM file WHERE mapping = ?1 AND (size > 16777216) = ?2
                 AND next_at <= ?3 AND state IN (0, 3) ORDER BY next_at, id LIMIT ?4",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let large = lane == Lane::Large;
            let found =
                rows.query_map(params![mapping, large, now, limit], |row| Ok(NodeId(row.get(0)?)))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// When the next file of a mapping is due.
    pub(crate) fn next_due(&self, mapping: i64) -> Result<Option<i64>> {
        self.read(|conn| {
            let mut rows = conn.prepare_cached(
                "SELECT min(next_at) FROM file
                 WHERE mapping = ?1 AND (size > 16777216) = ?2 AND state IN (0, 3)",
            )?;
            let mut due = |large: bool| {
                rows.query_row(params![mapping, large], |row| row.get::<_, Option<i64>>(0))
            };
            let (small, large) = (due(false)?, due(true)?);
            Ok(small.into_iter().chain(large).min())
        })
    }

    /// Pending files in the order they will be looked at.
    pub(crate) fn queued(&self, mapping: i64, limit: usize) -> Result<Vec<FileRow>> {
        self.read(|conn| {
            let sql = format!(
                "SELECT {COLUMNS} FROM file WHERE mapping = ?1 AND state IN (0, 3) AND state = 0
                 ORDER BY next_at, id LIMIT ?2"
            );
            let mut rows = conn.prepare_cached(&sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let found = rows.query_map(params![mapping, limit], file)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A file that could not travel in this state. If a newer state was seen meanwhile, that one
    /// has its own turn.
    pub(crate) async fn put_off(
        &self,
        mapping: i64,
        (node, stat): (NodeId, LocalStat),
        retry: Retry,
        now: i64,
    ) -> Result<()> {
        self.write(move |conn| {
            let state = if retry.shown { FileState::Failed } else { FileState::Pending };
            let mut news = conn.prepare_cached(
                "SELECT path, size FROM file WHERE id = ?1 AND state = 0 AND mtime = ?2",
            )?;
            if retry.shown
                && let Some((path, size)) = news
                    .query_row(params![node.0, stat.mtime_ns], |row| {
                        Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?))
                    })
                    .optional()?
            {
                let (path, size) =
                    (LocalPath::from_bytes(path).to_string(), i64::cast_unsigned(size));
                let kind = ActivityKind::Failed;
                activity::add(conn, now, kind, Some(&path), Some(size), Some(retry.code))?;
            }
            let mut row = conn.prepare_cached(
                "UPDATE file SET state = ?2, next_at = ?3, tries = tries + ?4, reason = NULL
                 WHERE id = ?1 AND state IN (0, 3) AND size = ?5 AND mtime = ?6 AND ctime = ?7",
            )?;
            let known = row.execute(params![
                node.0,
                state.number(),
                retry.next_at,
                retry.counts,
                stat.size.cast_signed(),
                stat.mtime_ns,
                stat.ctime_ns
            ])?;
            if retry.shown && known > 0 {
                problems::put(conn, mapping, node, retry.code, &retry.params, now)?;
            }
            Ok(())
        })
        .await
    }

    /// Waits that lie too far ahead, as after the clock was put back, end now.
    pub(crate) async fn mend_waits(&self, mapping: i64, now: i64) -> Result<()> {
        let farthest = now.saturating_add(WAIT_MAX_MS);
        self.write(move |conn| {
            conn.execute(
                "UPDATE file SET next_at = ?3 WHERE mapping = ?1 AND state IN (0, 3)
                 AND next_at > ?2 AND target IS NOT NULL",
                params![mapping, farthest, now],
            )?;
            Ok(())
        })
        .await
    }

    /// Makes every file of a mapping that waits after a failure due now. Files that rest before
    /// their first reading go on resting.
    pub(crate) async fn hurry(&self, mapping: i64) -> Result<()> {
        self.write(move |conn| {
            conn.execute(
                "UPDATE file SET next_at = 0 WHERE mapping = ?1 AND state IN (0, 3)
                 AND (state = 3 OR tries > 0) AND target IS NOT NULL",
                [mapping],
            )?;
            Ok(())
        })
        .await
    }
}

/// The open interval of paths strictly below a folder: `folder/` up to `folder0`, as `0` follows
/// `/`.
pub(super) fn range(under: &LocalPath) -> (Vec<u8>, Vec<u8>) {
    if under.is_root() {
        // Above every path: the first name of one has at most 255 bytes, and `/` is less than 0xff.
        return (Vec::new(), vec![0xff; 256]);
    }
    let mut from = under.as_bytes().to_vec();
    let mut to = from.clone();
    from.push(b'/');
    to.push(b'0');
    (from, to)
}

/// Takes a file off the disk's side of the journal: kept as archived when it was ever agreed on.
pub(super) fn vanish(conn: &Connection, node: NodeId) -> Result<()> {
    let mut kept = conn.prepare_cached(
        "UPDATE file SET state = 4, reason = NULL
         WHERE id = ?1 AND EXISTS(SELECT 1 FROM synced WHERE file = ?1)",
    )?;
    if kept.execute([node.0])? == 0 {
        conn.prepare_cached("DELETE FROM file WHERE id = ?1")?.execute([node.0])?;
        return Ok(());
    }
    conn.prepare_cached("UPDATE synced SET aside = 2 WHERE file = ?1")?.execute([node.0])?;
    problems::clear(conn, node)
}
