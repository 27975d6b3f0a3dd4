//! What a quota that is over its limit would take, in which order, and what it took (SMH section
//! 14).

use albumen_db::{Row, Tx, params};
use albumen_model::Timestamp;

use super::{
    column::{to_i64, to_u64},
    retention,
};
use crate::error::Error;

/// What nobody looks at goes before what everybody sees: our choice, as the contract only says that
/// the oldest files go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Items of bins, what was deleted first.
    Bin,
    /// Earlier content, what was replaced first.
    History,
    /// Content of files: the oldest, or the newest, by their last upload.
    Files {
        /// The newest first.
        newest: bool,
    },
}

/// Something that would go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// A key of `spaces`.
    pub(crate) space: i64,
    /// Number of the bin's item, of the version, or of the node.
    pub(crate) id: i64,
    /// The node that it is, or is earlier content of.
    pub(crate) node: i64,
    /// Bytes; of an item of the bin, without its earlier content.
    pub(crate) size: u64,
    at: i64,
}

fn read(row: &Row<'_>) -> Result<Candidate, Error> {
    Ok(Candidate {
        space: row.get(0)?,
        id: row.get(1)?,
        node: row.get(2)?,
        size: to_u64(row.get(3)?),
        at: row.get(4)?,
    })
}

/// Candidates of a stage after another one, in the order in which they would go. Nodes may lie in
/// the bin.
pub(crate) fn candidates(
    tx: &Tx<'_>,
    quota: i64,
    stage: Stage,
    after: Option<Candidate>,
    limit: u32,
) -> Result<Vec<Candidate>, Error> {
    let (what, at, id) = match stage {
        Stage::Bin => (
            format!(
                "r.node, r.size, r.removed_ms FROM recycled r JOIN spaces s ON s.key = r.space
                 JOIN quota_spaces m ON m.space = r.space WHERE {}",
                retention::VISIBLE
            ),
            "r.removed_ms",
            "r.id",
        ),
        Stage::History => (
            "n.id, o.size, v.replaced_ms FROM versions v JOIN nodes n ON n.id = v.node
             JOIN objects o ON o.id = v.object JOIN quota_spaces m ON m.space = n.space
             WHERE 1 = 1"
                .to_owned(),
            "v.replaced_ms",
            "v.id",
        ),
        Stage::Files { .. } => (
            "n.id, o.size, n.uploaded_ms FROM nodes n JOIN objects o ON o.id = n.object
             JOIN quota_spaces m ON m.space = n.space WHERE o.size > 0"
                .to_owned(),
            "n.uploaded_ms",
            "n.id",
        ),
    };
    let (sign, direction, start) = match stage {
        Stage::Files { newest: true } => ('<', "DESC", i64::MAX),
        _ => ('>', "ASC", i64::MIN),
    };
    let sql = format!(
        "SELECT m.space, {id}, {what} AND m.quota = ?1 AND ({at}, {id}) {sign} (?2, ?3)
         ORDER BY {at} {direction}, {id} {direction} LIMIT ?4"
    );
    let (from, from_id) = after.map_or((start, start), |after| (after.at, after.id));
    tx.query(&sql, params![quota, from, from_id, limit], read)
}

/// Notes that a quota took the content of a node.
pub(crate) fn record(tx: &Tx<'_>, space: i64, node: i64, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO quota_removals (node, space, removed_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (node) DO UPDATE SET removed_ms = excluded.removed_ms",
        params![node, space, now.millis()],
    )?;
    Ok(())
}

/// Forgets what was taken before a moment; at most `limit`.
pub(crate) fn forget(tx: &Tx<'_>, before: Timestamp, limit: u32) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM quota_removals WHERE node IN (SELECT node FROM quota_removals
         WHERE removed_ms < ?1 ORDER BY removed_ms LIMIT ?2)",
        params![before.millis(), limit],
    )?;
    Ok(())
}

/// When a quota took the content of a node of a space, as long as that is remembered.
pub(crate) fn taken_at(tx: &Tx<'_>, space: i64, node: u64) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT removed_ms FROM quota_removals WHERE space = ?1 AND node = ?2";
    let found: Option<i64> = tx.query_opt(sql, params![space, to_i64(node)], |row| row.get(0))?;
    Ok(found.map(Timestamp::from_millis))
}
