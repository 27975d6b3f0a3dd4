//! Whole subtrees in the database: how far they reach, what is in them, and copies of single rows.

use albumen_db::{Row, Tx, params};
use albumen_model::{NodeName, Timestamp, smh::NodeType};

use super::column;
use crate::error::Error;

/// A node and all below it.
pub(super) const TREE: &str = "tree (id) AS (
    SELECT CAST(?1 AS BIGINT) UNION ALL SELECT n.id FROM nodes n JOIN tree t ON n.parent = t.id)";

/// How far a subtree reaches below its top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Levels below the top; 0 when nothing is.
    pub(crate) levels: i64,
    /// Bytes of the longest path below the top, a slash before each name.
    pub(crate) bytes: i64,
}

/// Measures a subtree.
pub(crate) fn extent(tx: &Tx<'_>, top: i64) -> Result<Extent, Error> {
    let sql = "WITH RECURSIVE tree (id, levels, bytes) AS (
             SELECT CAST(?1 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT)
             UNION ALL SELECT n.id, t.levels + 1, t.bytes + octet_length(n.name) + 1
             FROM nodes n JOIN tree t ON n.parent = t.id)
         SELECT max(levels), max(bytes) FROM tree";
    tx.query_one(sql, params![top], |row| Ok(Extent { levels: row.get(0)?, bytes: row.get(1)? }))
}

/// Names and kinds of all leaves below a node.
pub(crate) fn leaves(tx: &Tx<'_>, top: i64) -> Result<Vec<(NodeName, NodeType)>, Error> {
    let sql = format!(
        "WITH RECURSIVE {TREE} SELECT n.name, n.kind FROM nodes n JOIN tree t ON n.id = t.id
         WHERE n.leaf = 1"
    );
    tx.query(&sql, params![top], |row| Ok((name(row, 0)?, column::kind(&row.get::<String>(1)?)?)))
}

/// Whether a node hangs in the tree of its space, and not in the bin or nowhere.
pub(crate) fn is_in_tree(tx: &Tx<'_>, node: i64) -> Result<bool, Error> {
    let sql = "WITH RECURSIVE above (id, parent) AS (
             SELECT id, parent FROM nodes WHERE id = ?1
             UNION ALL SELECT n.id, n.parent FROM nodes n JOIN above a ON n.id = a.parent)
         SELECT 1 FROM above a JOIN spaces s ON s.root = a.id";
    Ok(tx.exists(sql, params![node])?)
}

/// The topmost node above a node, which may be itself.
pub(crate) fn top_of(tx: &Tx<'_>, node: i64) -> Result<Option<i64>, Error> {
    let sql = "WITH RECURSIVE above (id, parent) AS (
             SELECT id, parent FROM nodes WHERE id = ?1
             UNION ALL SELECT n.id, n.parent FROM nodes n JOIN above a ON n.id = a.parent)
         SELECT id FROM above WHERE parent IS NULL";
    tx.query_opt(sql, params![node], |row| Ok(row.get(0)?))
}

/// A child on its way to being copied.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) id: i64,
    pub(crate) name: NodeName,
    /// Of a link: where it leads.
    pub(crate) target: Option<i64>,
}

fn name(row: &Row<'_>, index: usize) -> Result<NodeName, Error> {
    NodeName::parse(row.get::<String>(index)?).map_err(|_| Error::Damaged("node name"))
}

/// Leaves or directories of a directory by name, after a name.
pub(crate) fn children(
    tx: &Tx<'_>,
    parent: i64,
    are_leaves: bool,
    after: &str,
    limit: usize,
) -> Result<Vec<Child>, Error> {
    let sql = "SELECT id, name, target FROM nodes WHERE parent = ?1 AND leaf = ?2 AND name > ?3
         ORDER BY name LIMIT ?4";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.query(sql, params![parent, are_leaves, after, limit], |row| {
        Ok(Child { id: row.get(0)?, name: name(row, 1)?, target: row.get(2)? })
    })
}

/// Where a copy of a row goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Copied<'a> {
    /// A key of `spaces`.
    pub(crate) space: i64,
    /// `None`: hangs nowhere yet.
    pub(crate) parent: Option<i64>,
    pub(crate) name: &'a NodeName,
    pub(crate) user_id: &'a str,
    pub(crate) now: Timestamp,
}

/// Adds a node that says of itself what another one says, and has the same content; its id.
pub(crate) fn copy_row(tx: &Tx<'_>, source: i64, to: Copied<'_>) -> Result<i64, Error> {
    let sql = "INSERT INTO nodes (space, parent, name, leaf, kind, created_ms, modified_ms,
             uploaded_ms, user_id, object, size, content_type, meta, labels, category,
             local_created, local_modified, target)
         SELECT CAST(?2 AS BIGINT), CAST(?3 AS BIGINT), CAST(?4 AS TEXT), leaf, kind,
             CAST(?5 AS BIGINT), CAST(?5 AS BIGINT), CAST(?5 AS BIGINT), CAST(?6 AS TEXT), object,
             size, content_type, meta, labels, category, local_created, local_modified, target
         FROM nodes WHERE id = ?1 RETURNING id";
    let now = to.now.millis();
    let values = params![source, to.space, to.parent, to.name.as_str(), now, to.user_id];
    Ok(tx.insert_id(sql, values)?)
}
