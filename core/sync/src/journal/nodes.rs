//! One node with what all three trees hold of it, and the writes of the synced tree. Owns the rule
//! that the synced tree changes only here, after the effect is durable on both sides.

use albumen_model::{Crc64, Inode, RemotePath};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    ActivityKind, FileRow, Journal, activity, files,
    mappings::{epoch, unreadable},
    problems,
};
use crate::{
    error::Result,
    trees::{Aside, LocalStat, NodeId, RemoteVersion, SyncedVersion},
};

/// A file with what each tree holds of it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) file: FileRow,
    pub(crate) remote: Option<RemoteVersion>,
    pub(crate) synced: Option<SyncedVersion>,
}

/// What both sides have just agreed on.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) node: NodeId,
    pub(crate) stat: LocalStat,
    pub(crate) racy: bool,
    pub(crate) crc64: Crc64,
    pub(crate) remote: RemoteVersion,
    /// What people are told, if it is worth telling.
    pub(crate) kind: Option<ActivityKind>,
}

impl Journal {
    pub(crate) fn node(&self, node: NodeId) -> Result<Option<Node>> {
        self.read(|conn| load(conn, node))
    }

    /// Writes the synced tree: the file is verified.
    pub(crate) async fn agree(&self, mapping: i64, agreed: Agreement, now: i64) -> Result<()> {
        self.write(move |conn| {
            let node = agreed.node.0;
            let remote = &agreed.remote;
            let (stat, place) = (&agreed.stat, remote.path.to_string());
            if !exists(conn, agreed.node)? {
                // It left the disk while it travelled: the cloud keeps it, nothing else does.
                conn.prepare_cached("DELETE FROM intent WHERE file = ?1")?.execute([node])?;
                return Ok(());
            }
            conn.prepare_cached(
                "INSERT OR REPLACE INTO synced
                 (file, size, mtime, ctime, ino, btime, crc, path, inode, cas, aside, epoch)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL, ?11)",
            )?
            .execute(params![
                node,
                stat.size.cast_signed(),
                stat.mtime_ns,
                stat.ctime_ns,
                stat.inode.cast_signed(),
                stat.btime_ns,
                agreed.crc64.get().cast_signed(),
                place,
                remote.inode.as_ref().map(Inode::as_str),
                remote.content_cas,
                epoch(conn, mapping)?
            ])?;
            for sql in [
                "DELETE FROM remote WHERE file = ?1",
                "DELETE FROM intent WHERE file = ?1",
                "DELETE FROM tomb WHERE file = ?1",
            ] {
                conn.prepare_cached(sql)?.execute([node])?;
            }
            // A scan may have seen a newer state meanwhile: then the file stays pending.
            let mut row = conn.prepare_cached(
                "UPDATE file SET state = 1, reason = NULL, tries = 0, next_at = 0, racy = ?6
                 WHERE id = ?1 AND size = ?2 AND mtime = ?3 AND ctime = ?4 AND ino = ?5
                 AND state IN (0, 3)",
            )?;
            let (size, ino) = (stat.size.cast_signed(), stat.inode.cast_signed());
            row.execute(params![node, size, stat.mtime_ns, stat.ctime_ns, ino, agreed.racy])?;
            problems::clear(conn, agreed.node)?;
            let Some(kind) = agreed.kind else { return Ok(()) };
            activity::add(conn, now, kind, Some(&place), Some(stat.size), None)
        })
        .await
    }

    /// Nothing had changed after all: back to verified, or left aside as before.
    pub(crate) async fn reaffirm(&self, node: NodeId, stat: LocalStat, racy: bool) -> Result<()> {
        self.write(move |conn| {
            let (size, ino) = (stat.size.cast_signed(), stat.inode.cast_signed());
            let (mtime, ctime) = (stat.mtime_ns, stat.ctime_ns);
            conn.prepare_cached(
                "UPDATE synced SET size = ?2, mtime = ?3, ctime = ?4, ino = ?5, btime = ?6
                 WHERE file = ?1",
            )?
            .execute(params![node.0, size, mtime, ctime, ino, stat.btime_ns])?;
            let mut row = conn.prepare_cached(
                "UPDATE file SET racy = ?6, tries = 0, next_at = 0,
                   state = CASE WHEN s.aside IS NULL THEN 1 ELSE 2 END,
                   reason = CASE s.aside WHEN 0 THEN 'deleted_in_cloud'
                     WHEN 1 THEN 'changed_in_cloud' END
                 FROM synced s WHERE s.file = file.id AND file.id = ?1
                 AND file.size = ?2 AND file.mtime = ?3 AND file.ctime = ?4 AND file.ino = ?5
                 AND file.state IN (0, 3)",
            )?;
            row.execute(params![node.0, size, mtime, ctime, ino, racy])?;
            problems::clear(conn, node)
        })
        .await
    }

    /// Leaves a file as it is and remembers why; a deletion in the cloud leaves a tombstone as
    /// well.
    pub(crate) async fn set_aside(
        &self,
        mapping: i64,
        node: NodeId,
        stat: LocalStat,
        why: Aside,
        now: i64,
    ) -> Result<()> {
        self.write(move |conn| {
            conn.prepare_cached("UPDATE synced SET aside = ?2 WHERE file = ?1")?
                .execute(params![node.0, aside_number(why)])?;
            let (state, reason) = match why {
                Aside::DeletedInCloud => (2, Some("deleted_in_cloud")),
                Aside::ChangedInCloud => (2, Some("changed_in_cloud")),
                Aside::Archived => (4, None),
            };
            let mut row = conn.prepare_cached(
                "UPDATE file SET state = ?6, reason = ?7, tries = 0, next_at = 0
                 WHERE id = ?1 AND size = ?2 AND mtime = ?3 AND ctime = ?4 AND ino = ?5
                 AND state IN (0, 3)",
            )?;
            let (size, ino) = (stat.size.cast_signed(), stat.inode.cast_signed());
            row.execute(params![node.0, size, stat.mtime_ns, stat.ctime_ns, ino, state, reason])?;
            problems::clear(conn, node)?;
            if why == Aside::DeletedInCloud {
                bury(conn, mapping, node, now)?;
            }
            Ok(())
        })
        .await
    }

    /// A renamed copy of a file that was deleted in the cloud: left out like the first one.
    pub(crate) async fn skip_buried(&self, node: NodeId) -> Result<()> {
        self.write(move |conn| {
            conn.execute(
                "UPDATE file SET state = 2, reason = 'deleted_in_cloud' WHERE id = ?1",
                [node.0],
            )?;
            problems::clear(conn, node)
        })
        .await
    }

    /// Whether this very file, under another name, was deleted in the cloud before. Without a check
    /// value: whether it may have been.
    pub(crate) fn is_buried(
        &self,
        mapping: i64,
        stat: &LocalStat,
        crc64: Option<Crc64>,
    ) -> Result<bool> {
        self.read(|conn| {
            let mut found = conn.prepare_cached(
                "SELECT 1 FROM tomb WHERE mapping = ?1 AND size = ?2 AND ino = ?3 AND btime = ?4
                 AND (?5 IS NULL OR crc = ?5)",
            )?;
            Ok(found.exists(params![
                mapping,
                stat.size.cast_signed(),
                stat.inode.cast_signed(),
                stat.btime_ns,
                crc64.map(|crc64| crc64.get().cast_signed())
            ])?)
        })
    }

    /// The user wants a file that was deleted in the cloud back there.
    pub(crate) async fn unbury(&self, node: NodeId) -> Result<()> {
        self.write(move |conn| {
            conn.execute("DELETE FROM tomb WHERE file = ?1", [node.0])?;
            conn.execute(
                "DELETE FROM tomb WHERE (size, crc, ino, btime) IN
                   (SELECT size, crc, ino, btime FROM synced WHERE file = ?1)",
                [node.0],
            )?;
            conn.execute("DELETE FROM synced WHERE file = ?1", [node.0])?;
            conn.execute("DELETE FROM remote WHERE file = ?1", [node.0])?;
            conn.execute(
                "UPDATE file SET state = 0, reason = NULL, tries = 0, next_at = 0
                 WHERE id = ?1 AND state IN (2, 3)",
                [node.0],
            )?;
            Ok(())
        })
        .await
    }

    /// Learns what the cloud holds in the place of a file; `None`: nothing.
    pub(crate) async fn saw_remote(&self, node: NodeId, seen: Option<RemoteVersion>) -> Result<()> {
        self.write(move |conn| put_remote(conn, node, seen.as_ref())).await
    }
}

pub(super) fn put_remote(
    conn: &Connection,
    node: NodeId,
    seen: Option<&RemoteVersion>,
) -> Result<()> {
    if !exists(conn, node)? {
        return Ok(());
    }
    let mut put = conn.prepare_cached(
        "INSERT OR REPLACE INTO remote(file, gone, path, size, crc, inode, cas)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    put.execute(params![
        node.0,
        seen.is_none(),
        seen.map(|version| version.path.to_string()),
        seen.map(|version| version.size.cast_signed()),
        seen.and_then(|version| version.crc64).map(|crc64| crc64.get().cast_signed()),
        seen.and_then(|version| version.inode.as_ref()).map(Inode::as_str),
        seen.and_then(|version| version.content_cas.as_deref())
    ])?;
    Ok(())
}

/// A scan may take a file away while it has its turn.
fn exists(conn: &Connection, node: NodeId) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM file WHERE id = ?1")?.exists([node.0])?)
}

fn bury(conn: &Connection, mapping: i64, node: NodeId, now: i64) -> Result<()> {
    let buried = conn.execute(
        "INSERT INTO tomb(mapping, file, path, inode, size, crc, ino, btime, at)
         SELECT ?1, file, path, inode, size, crc, ino, btime, ?3 FROM synced WHERE file = ?2
         AND NOT EXISTS(SELECT 1 FROM tomb WHERE tomb.file = ?2)",
        params![mapping, node.0, now],
    )?;
    if buried > 0 {
        let path: String =
            conn.query_row("SELECT path FROM synced WHERE file = ?1", [node.0], |row| row.get(0))?;
        activity::add(conn, now, ActivityKind::DeletedInCloud, Some(&path), None, None)?;
    }
    Ok(())
}

const SYNCED: usize = files::WIDTH;
const REMOTE: usize = SYNCED + 10;

fn load(conn: &Connection, node: NodeId) -> Result<Option<Node>> {
    let sql = format!(
        "SELECT {}, s.size, s.mtime, s.ctime, s.ino, s.btime, s.crc, s.path, s.inode, s.cas,
           s.aside, r.gone, r.path, r.size, r.crc, r.inode, r.cas
         FROM file LEFT JOIN synced s ON s.file = file.id LEFT JOIN remote r ON r.file = file.id
         WHERE file.id = ?1",
        files::COLUMNS
    );
    Ok(conn.prepare_cached(&sql)?.query_row([node.0], joined).optional()?)
}

fn joined(row: &Row<'_>) -> rusqlite::Result<Node> {
    let file = files::file(row)?;
    let synced = synced(row, &file)?;
    let remote = match row.get::<_, Option<bool>>(REMOTE)? {
        None => synced.as_ref().map(|synced| synced.remote.clone()),
        Some(true) => None,
        Some(false) => Some(remote(row)?),
    };
    Ok(Node { file, remote, synced })
}

fn remote(row: &Row<'_>) -> rusqlite::Result<RemoteVersion> {
    let path: String = row.get(REMOTE + 1)?;
    let crc: Option<i64> = row.get(REMOTE + 3)?;
    Ok(RemoteVersion {
        path: files::place(&path, REMOTE + 1)?,
        size: row.get::<_, i64>(REMOTE + 2)?.cast_unsigned(),
        crc64: crc.map(|crc| Crc64::new(crc.cast_unsigned())),
        inode: inode(row, REMOTE + 4)?,
        content_cas: row.get(REMOTE + 5)?,
    })
}

fn synced(row: &Row<'_>, file: &FileRow) -> rusqlite::Result<Option<SyncedVersion>> {
    let Some(crc) = row.get::<_, Option<i64>>(SYNCED + 5)? else { return Ok(None) };
    let crc64 = Crc64::new(crc.cast_unsigned());
    let stat = files::stat(row, SYNCED)?;
    let path: String = row.get(SYNCED + 6)?;
    let path: RemotePath = files::place(&path, SYNCED + 6)?;
    let remote = RemoteVersion {
        path,
        size: stat.size,
        crc64: Some(crc64),
        inode: inode(row, SYNCED + 7)?,
        content_cas: row.get(SYNCED + 8)?,
    };
    let aside = row.get::<_, Option<i64>>(SYNCED + 9)?.and_then(aside);
    Ok(Some(SyncedVersion { local_path: file.path.clone(), stat, remote, crc64, aside }))
}

fn inode(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Inode>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| Inode::parse(text).map_err(|_| unreadable(column))).transpose()
}

fn aside_number(why: Aside) -> i64 {
    match why {
        Aside::DeletedInCloud => 0,
        Aside::ChangedInCloud => 1,
        Aside::Archived => 2,
    }
}

fn aside(number: i64) -> Option<Aside> {
    [Aside::DeletedInCloud, Aside::ChangedInCloud, Aside::Archived]
        .into_iter()
        .find(|why| aside_number(*why) == number)
}
