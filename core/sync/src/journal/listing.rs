//! A listing of the cloud, page by page, compared with what was agreed on. Owns the comparison; it
//! is indifferent to the order in which the service lists, and concludes nothing before the listing
//! is whole.

use albumen_model::{Crc64, Inode, RemotePath};
use rusqlite::{Connection, Row, params};

use super::{Journal, files, mappings::unreadable, nodes};
use crate::{
    error::Result,
    trees::{NodeId, RemoteVersion},
};

/// A file as a listing shows it.
pub(crate) type ListedFile = RemoteVersion;

/// Where the cloud differs from what was agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) path: String,
    /// The check value and length agreed on, and those in the cloud; `None`: it is not there.
    pub(crate) agreed: (u64, Crc64),
    pub(crate) found: Option<(u64, Option<Crc64>)>,
}

/// Lives in the writer's own temporary database: no commit of it ever waits for the disk.
const TABLE: &str = "
CREATE TEMP TABLE IF NOT EXISTS listed(
  mapping INTEGER NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, crc INTEGER,
  inode TEXT, cas TEXT, PRIMARY KEY(mapping, path)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS temp.listed_inode ON listed(mapping, inode);";

impl Journal {
    /// Directories that hold, or are to hold, files of this mapping.
    pub(crate) fn remote_directories(&self, mapping: i64) -> Result<Vec<RemotePath>> {
        self.read(|conn| {
            let mut rows = conn.prepare_cached(
                "SELECT DISTINCT rtrim(target, replace(target, '/', '')) FROM file
                 WHERE mapping = ?1 AND target IS NOT NULL
                 UNION SELECT DISTINCT rtrim(s.path, replace(s.path, '/', ''))
                 FROM synced s JOIN file f ON f.id = s.file WHERE f.mapping = ?1",
            )?;
            let found = rows.query_map([mapping], |row| {
                let text: String = row.get(0)?;
                files::place(&text, 0)
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Begins a listing. Agreements made from here on are not judged by it.
    pub(crate) async fn listing_begin(&self, mapping: i64) -> Result<i64> {
        self.write(move |conn| {
            conn.execute_batch(TABLE)?;
            conn.execute("DELETE FROM listed WHERE mapping = ?1", [mapping])?;
            let mut next = conn.prepare_cached(
                "UPDATE mapping SET epoch = epoch + 1 WHERE id = ?1 RETURNING epoch",
            )?;
            Ok(next.query_row([mapping], |row| row.get(0))?)
        })
        .await
    }

    pub(crate) async fn listing_page(&self, mapping: i64, page: Vec<ListedFile>) -> Result<()> {
        self.write(move |conn| {
            let mut row = conn.prepare_cached(
                "INSERT OR REPLACE INTO listed(mapping, path, size, crc, inode, cas)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for file in page {
                row.execute(params![
                    mapping,
                    file.path.to_string(),
                    file.size.cast_signed(),
                    file.crc64.map(|crc64| crc64.get().cast_signed()),
                    file.inode.as_ref().map(Inode::as_str),
                    file.content_cas
                ])?;
            }
            Ok(())
        })
        .await
    }

    /// Ends a whole listing: the remote tree is what it showed. Files whose remote side differs
    /// from before become due. Returns how many.
    pub(crate) async fn listing_end(&self, mapping: i64, epoch: i64) -> Result<u64> {
        self.write(move |conn| {
            refresh_stamps(conn, mapping)?;
            let mut changed = 0;
            for (node, seen) in sights(conn, mapping, epoch)? {
                changed += u64::from(learn(conn, node, seen)?);
            }
            conn.execute("DELETE FROM listed WHERE mapping = ?1", [mapping])?;
            Ok(changed)
        })
        .await
    }

    /// Compares a whole listing with every verified file, changing nothing: how many are as agreed,
    /// and which are not, at most `limit`.
    pub(crate) async fn listing_verify(
        &self,
        mapping: i64,
        epoch: i64,
        limit: usize,
    ) -> Result<(u64, Vec<Difference>)> {
        self.write(move |conn| {
            let equal = "SELECT count(*) FROM synced s JOIN file f ON f.id = s.file
                 JOIN listed l ON l.mapping = f.mapping AND l.path = s.path
                 WHERE f.mapping = ?1 AND f.state = 1 AND s.epoch < ?2
                 AND l.size = s.size AND l.crc = s.crc";
            let equal: i64 = conn.query_row(equal, params![mapping, epoch], |row| row.get(0))?;
            let mut rows = conn.prepare_cached(
                "SELECT s.path, s.size, s.crc, l.size, l.crc FROM synced s
                 JOIN file f ON f.id = s.file
                 LEFT JOIN listed l ON l.mapping = f.mapping AND l.path = s.path
                 WHERE f.mapping = ?1 AND f.state = 1 AND s.epoch < ?2
                 AND (l.path IS NULL OR l.size <> s.size OR l.crc IS NOT s.crc) LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let differ = rows
                .query_map(params![mapping, epoch, limit], difference)?
                .collect::<rusqlite::Result<_>>()?;
            Ok((equal.cast_unsigned(), differ))
        })
        .await
    }
}

fn difference(row: &Row<'_>) -> rusqlite::Result<Difference> {
    let number = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
    let found = row.get::<_, Option<i64>>(3)?.map(|size| {
        let crc: Option<i64> = row.get(4).ok().flatten();
        (size.cast_unsigned(), crc.map(|crc| Crc64::new(crc.cast_unsigned())))
    });
    Ok(Difference { path: row.get(0)?, agreed: (number(1)?, Crc64::new(number(2)?)), found })
}

/// The same content may carry a new stamp; a later replacement must name the one that is valid.
fn refresh_stamps(conn: &Connection, mapping: i64) -> Result<()> {
    conn.execute(
        "UPDATE synced SET cas = l.cas, inode = coalesce(l.inode, synced.inode)
         FROM file f, listed l WHERE f.id = synced.file AND f.mapping = ?1
         AND l.mapping = ?1 AND l.path = synced.path AND l.size = synced.size
         AND l.crc = synced.crc AND l.cas IS NOT synced.cas",
        [mapping],
    )?;
    Ok(())
}

/// What the listing shows of each node whose remote side is not as agreed, or had not been before.
fn sights(
    conn: &Connection,
    mapping: i64,
    epoch: i64,
) -> Result<Vec<(NodeId, Option<RemoteVersion>)>> {
    // One row a node that differs: few, unless the whole space was changed.
    let mut rows = conn.prepare_cached(
        "SELECT f.id, coalesce(l.path, m.path), coalesce(l.size, m.size),
           CASE WHEN l.path IS NULL THEN m.crc ELSE l.crc END,
           coalesce(l.inode, m.inode), coalesce(l.cas, m.cas)
         FROM file f LEFT JOIN synced s ON s.file = f.id LEFT JOIN remote r ON r.file = f.id
         LEFT JOIN listed l ON l.mapping = ?1 AND l.path = coalesce(s.path, f.target)
         LEFT JOIN listed m ON l.path IS NULL AND m.mapping = ?1 AND m.inode = s.inode
         WHERE f.mapping = ?1 AND (s.epoch IS NULL OR s.epoch < ?2)
         AND (r.file IS NOT NULL OR (s.file IS NULL AND l.path IS NOT NULL)
           OR (s.file IS NOT NULL AND (l.path IS NULL OR l.size <> s.size OR l.crc IS NOT s.crc)))
         GROUP BY f.id",
    )?;
    let found =
        rows.query_map(params![mapping, epoch], |row| Ok((NodeId(row.get(0)?), listed(row)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Option<RemoteVersion>> {
    let Some(path) = row.get::<_, Option<String>>(1)? else { return Ok(None) };
    let inode: Option<String> = row.get(4)?;
    Ok(Some(RemoteVersion {
        path: files::place(&path, 1)?,
        size: row.get::<_, i64>(2)?.cast_unsigned(),
        crc64: row.get::<_, Option<i64>>(3)?.map(|crc| Crc64::new(crc.cast_unsigned())),
        inode: inode.map(|text| Inode::parse(text).map_err(|_| unreadable(4))).transpose()?,
        content_cas: row.get(5)?,
    }))
}

/// Writes one sight, if it is news, and makes the file due.
fn learn(conn: &Connection, node: NodeId, seen: Option<RemoteVersion>) -> Result<bool> {
    let synced: Option<(String, i64, i64)> = {
        let mut row = conn.prepare_cached("SELECT path, size, crc FROM synced WHERE file = ?1")?;
        let mut found = row.query([node.0])?;
        match found.next()? {
            Some(row) => Some((row.get(0)?, row.get(1)?, row.get(2)?)),
            None => None,
        }
    };
    let as_agreed = match (&synced, &seen) {
        (Some((path, size, crc)), Some(seen)) => {
            *path == seen.path.to_string()
                && *size == seen.size.cast_signed()
                && seen.crc64.is_some_and(|crc64| crc64.get().cast_signed() == *crc)
        }
        (None, None) => true,
        _ => false,
    };
    let before = delta(conn, node)?;
    if as_agreed {
        if before.is_none() {
            return Ok(false);
        }
        conn.prepare_cached("DELETE FROM remote WHERE file = ?1")?.execute([node.0])?;
    } else {
        let now = (seen.is_none(), seen.as_ref().map(|v| (v.path.to_string(), v.size, v.crc64)));
        if before == Some(now) {
            return Ok(false);
        }
        nodes::put_remote(conn, node, seen.as_ref())?;
    }
    let mut due = conn.prepare_cached(
        "UPDATE file SET state = 0, next_at = 0 WHERE id = ?1 AND state IN (0, 1, 2)
         AND (state <> 2 OR EXISTS(SELECT 1 FROM synced WHERE file = ?1))",
    )?;
    Ok(due.execute([node.0])? > 0)
}

type Delta = (bool, Option<(String, u64, Option<Crc64>)>);

fn delta(conn: &Connection, node: NodeId) -> Result<Option<Delta>> {
    let mut row =
        conn.prepare_cached("SELECT gone, path, size, crc FROM remote WHERE file = ?1")?;
    let mut found = row.query([node.0])?;
    let Some(row) = found.next()? else { return Ok(None) };
    let gone: bool = row.get(0)?;
    let place: Option<String> = row.get(1)?;
    let size = row.get::<_, Option<i64>>(2)?.unwrap_or_default().cast_unsigned();
    let crc = row.get::<_, Option<i64>>(3)?.map(|crc| Crc64::new(crc.cast_unsigned()));
    Ok(Some((gone, place.map(|place| (place, size, crc)))))
}
