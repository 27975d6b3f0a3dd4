//! Nodes of the trees: looking up, walking, adding, moving.

use std::collections::BTreeMap;

use albumen_db::{Row, Tx, params};
use albumen_model::{Crc64, NodeName, RemotePath, Timestamp, UserId, smh::NodeType};

use super::column::{self, from_json, maybe_json, moment, to_i64, to_u64};
use crate::error::Error;

/// Steps from a node to its root before we call the tree damaged: more than the deepest path.
const CLIMB_MAX: usize = 256;

/// What a client said about a node; kept and given back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Annotations {
    pub(crate) meta: Option<BTreeMap<String, String>>,
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) category: Option<String>,
    pub(crate) local_created: Option<String>,
    pub(crate) local_modified: Option<String>,
}

/// The bytes of a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    /// Row of `objects`.
    pub(crate) object: i64,
    pub(crate) object_key: String,
    pub(crate) content_type: String,
    pub(crate) size: u64,
    pub(crate) crc64: Crc64,
    pub(crate) e_tag: String,
}

/// What a virtual file says of itself (SMH section 9.6); its size counts as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) content_type: String,
    pub(crate) size: u64,
}

/// A directory or a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Is the inode too.
    pub(crate) id: i64,
    pub(crate) parent: Option<i64>,
    /// Empty for a root.
    pub(crate) name: String,
    pub(crate) kind: NodeType,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) uploaded: Timestamp,
    pub(crate) revision: u64,
    pub(crate) annotations: Annotations,
    pub(crate) user_id: String,
    pub(crate) content: Option<Content>,
    /// Of a leaf without stored bytes.
    pub(crate) declared: Option<Declared>,
    /// Of a link: the leaf it leads to.
    pub(crate) target: Option<i64>,
    /// When a quota took its content.
    pub(crate) quota_removed: Option<Timestamp>,
    /// Of earlier content that was made the latest again: when, and as which version.
    pub(crate) latest_set: Option<(Timestamp, i64)>,
}

impl Node {
    /// Whether it holds other nodes.
    pub(crate) fn is_dir(&self) -> bool {
        self.kind.is_dir()
    }

    /// Bytes that count as stored; leaves only.
    pub(crate) fn size(&self) -> Option<u64> {
        let stored = self.content.as_ref().map(|content| content.size);
        stored.or(self.declared.as_ref().map(|declared| declared.size))
    }

    /// The tag of a directory's own list, or of a leaf's content, without quotes.
    pub(crate) fn e_tag(&self) -> String {
        match &self.content {
            Some(content) => content.e_tag.clone(),
            None => format!("{:x}-{:x}", self.id, self.revision),
        }
    }

    /// Its name as a value; a root has none.
    pub(crate) fn node_name(&self) -> Result<NodeName, Error> {
        NodeName::parse(self.name.as_str()).map_err(|_| Error::Damaged("node name"))
    }
}

/// Columns in the order of [`read`], with the object joined.
pub(crate) const SELECT: &str =
    "SELECT n.id, n.parent, n.name, n.kind, n.created_ms, n.modified_ms,
    n.uploaded_ms, n.revision, n.user_id, n.content_type, n.category, n.local_created,
    n.local_modified, n.meta, n.labels, o.id, o.key, o.size, o.crc64, o.etag, n.size, n.target,
    n.quota_removed_ms, n.latest_set_ms, n.latest_from
    FROM nodes n LEFT JOIN objects o ON o.id = n.object";

/// Reads a row of [`SELECT`].
pub(crate) fn read(row: &Row<'_>) -> Result<Node, Error> {
    let content = match row.get::<Option<i64>>(15)? {
        None => None,
        Some(object) => Some(Content {
            object,
            object_key: row.get(16)?,
            content_type: row.get::<Option<String>>(9)?.unwrap_or_default(),
            size: to_u64(row.get(17)?),
            crc64: column::to_crc64(row.get(18)?),
            e_tag: row.get(19)?,
        }),
    };
    let size: Option<i64> = row.get(20)?;
    let declared = match size.filter(|_| content.is_none()) {
        None => None,
        Some(size) => Some(Declared {
            content_type: row.get::<Option<String>>(9)?.unwrap_or_default(),
            size: to_u64(size),
        }),
    };
    let json = |index| row.get::<Option<String>>(index);
    Ok(Node {
        id: row.get(0)?,
        parent: row.get(1)?,
        name: row.get(2)?,
        kind: column::kind(&row.get::<String>(3)?)?,
        created: moment(row, 4)?,
        modified: moment(row, 5)?,
        uploaded: moment(row, 6)?,
        revision: to_u64(row.get(7)?),
        user_id: row.get(8)?,
        annotations: Annotations {
            meta: json(13)?.map(|text| from_json(&text, "metadata")).transpose()?,
            labels: json(14)?.map(|text| from_json(&text, "labels")).transpose()?,
            category: row.get(10)?,
            local_created: row.get(11)?,
            local_modified: row.get(12)?,
        },
        content,
        declared,
        target: row.get(21)?,
        quota_removed: column::maybe_moment(row, 22)?,
        latest_set: column::maybe_moment(row, 23)?.zip(row.get(24)?),
    })
}

/// The node of this id, in a tree or in the bin.
pub(crate) fn find(tx: &Tx<'_>, id: i64) -> Result<Option<Node>, Error> {
    tx.query_opt(&format!("{SELECT} WHERE n.id = ?1"), params![id], read)
}

/// The child of this name.
pub(crate) fn child(tx: &Tx<'_>, parent: i64, name: &NodeName) -> Result<Option<Node>, Error> {
    let sql = format!("{SELECT} WHERE n.parent = ?1 AND n.name = ?2");
    tx.query_opt(&sql, params![parent, name.as_str()], read)
}

/// Whether anything has this name.
pub(crate) fn is_taken(tx: &Tx<'_>, parent: i64, name: &NodeName) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM nodes WHERE parent = ?1 AND name = ?2";
    Ok(tx.exists(sql, params![parent, name.as_str()])?)
}

/// Walks the names down from a root.
pub(crate) fn resolve(tx: &Tx<'_>, root: i64, path: &RemotePath) -> Result<Option<Node>, Error> {
    let Some((last, above)) = path.names().split_last() else { return find(tx, root) };
    let mut at = root;
    for name in above {
        let sql = "SELECT id FROM nodes WHERE parent = ?1 AND name = ?2";
        match tx.query_opt(sql, params![at, name.as_str()], |row| row.get(0))? {
            Some(id) => at = id,
            None => return Ok(None),
        }
    }
    child(tx, at, last)
}

/// The picture or film of a directory that was uploaded first.
pub(crate) fn first_media(tx: &Tx<'_>, directory: i64) -> Result<Option<Node>, Error> {
    let sql = format!(
        "{SELECT} WHERE n.parent = ?1 AND n.leaf = 1 AND n.kind IN ('image', 'video')
         ORDER BY n.uploaded_ms, n.id LIMIT 1"
    );
    tx.query_opt(&sql, params![directory], read)
}

/// Where a node is now; `None` when it is in the bin, or gone, or in another space.
pub(crate) fn path_of(tx: &Tx<'_>, root: i64, id: i64) -> Result<Option<RemotePath>, Error> {
    let mut names = Vec::new();
    let mut at = id;
    for _ in 0..CLIMB_MAX {
        if at == root {
            names.reverse();
            let path = RemotePath::from_names(names);
            return path.map(Some).map_err(|_| Error::Damaged("path"));
        }
        let sql = "SELECT parent, name FROM nodes WHERE id = ?1";
        let read = |row: &Row<'_>| -> Result<(Option<i64>, String), Error> {
            Ok((row.get(0)?, row.get(1)?))
        };
        let above = tx.query_opt(sql, params![at], read)?;
        let Some((Some(parent), name)) = above else { return Ok(None) };
        names.push(NodeName::parse(name).map_err(|_| Error::Damaged("node name"))?);
        at = parent;
    }
    Err(Error::Damaged("tree without an end"))
}

/// A node about to be added.
pub(crate) struct NewNode<'a> {
    pub(crate) space: i64,
    pub(crate) parent: i64,
    pub(crate) name: &'a NodeName,
    pub(crate) kind: NodeType,
    pub(crate) annotations: &'a Annotations,
    pub(crate) user_id: &'a str,
    pub(crate) now: Timestamp,
    /// Leaves only.
    pub(crate) content: Option<NewContent<'a>>,
    /// Links only: the leaf they lead to.
    pub(crate) target: Option<i64>,
}

/// Content of a leaf about to be written.
#[derive(Clone, Copy)]
pub(crate) struct NewContent<'a> {
    /// Row of `objects`; `None` for a virtual file.
    pub(crate) object: Option<i64>,
    pub(crate) size: u64,
    pub(crate) content_type: &'a str,
}

impl NewNode<'_> {
    /// Bytes that count as stored.
    pub(crate) fn size(&self) -> Option<u64> {
        self.content.map(|content| content.size)
    }
}

/// Adds a node and notes the change in its directory; the new id.
pub(crate) fn insert(tx: &Tx<'_>, new: &NewNode<'_>) -> Result<i64, Error> {
    let notes = new.annotations;
    let id = tx.insert_id(
        "INSERT INTO nodes (space, parent, name, leaf, kind, created_ms, modified_ms, uploaded_ms,
             user_id, object, size, content_type, meta, labels, category, local_created,
             local_modified, target)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
         RETURNING id",
        params![
            new.space,
            new.parent,
            new.name.as_str(),
            !new.kind.is_dir(),
            column::kind_word(new.kind),
            new.now.millis(),
            new.user_id,
            new.content.and_then(|content| content.object),
            new.size().map(to_i64),
            new.content.map(|content| content.content_type),
            maybe_json(notes.meta.as_ref())?,
            maybe_json(notes.labels.as_ref())?,
            notes.category,
            notes.local_created,
            notes.local_modified,
            new.target,
        ],
    )?;
    touch_list(tx, new.parent, new.now)?;
    Ok(id)
}

/// Puts other content into a leaf: creation time and id stay, the version grows (SMH section 7.5).
pub(crate) fn replace_content(tx: &Tx<'_>, id: i64, new: &NewNode<'_>) -> Result<(), Error> {
    let notes = new.annotations;
    tx.execute(
        "UPDATE nodes SET kind = ?2, modified_ms = ?3, uploaded_ms = ?3, revision = revision + 1,
             user_id = ?4, object = ?5, size = ?6, content_type = ?7, meta = ?8, labels = ?9,
             category = ?10, local_created = ?11, local_modified = ?12, target = ?13,
             quota_removed_ms = NULL, latest_set_ms = NULL, latest_from = NULL
         WHERE id = ?1",
        params![
            id,
            column::kind_word(new.kind),
            new.now.millis(),
            new.user_id,
            new.content.and_then(|content| content.object),
            new.size().map(to_i64),
            new.content.map(|content| content.content_type),
            maybe_json(notes.meta.as_ref())?,
            maybe_json(notes.labels.as_ref())?,
            notes.category,
            notes.local_created,
            notes.local_modified,
            new.target,
        ],
    )?;
    touch_list(tx, new.parent, new.now)
}

/// Takes the content of a leaf away for a quota; the leaf itself stays.
pub(crate) fn take_content(tx: &Tx<'_>, node: &Node, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE nodes SET object = NULL, size = NULL, revision = revision + 1,
             quota_removed_ms = ?2, latest_set_ms = NULL, latest_from = NULL WHERE id = ?1",
        params![node.id, now.millis()],
    )?;
    node.parent.map_or(Ok(()), |parent| touch_list(tx, parent, now))
}

/// Takes a node out of its directory; the subtree stays below it.
pub(crate) fn detach(tx: &Tx<'_>, node: &Node, now: Timestamp) -> Result<(), Error> {
    tx.execute("UPDATE nodes SET parent = NULL WHERE id = ?1", params![node.id])?;
    node.parent.map_or(Ok(()), |parent| touch_list(tx, parent, now))
}

/// Puts a node into a directory under a name that must be free.
pub(crate) fn attach(
    tx: &Tx<'_>,
    id: i64,
    parent: i64,
    name: &NodeName,
    now: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE nodes SET parent = ?2, name = ?3 WHERE id = ?1",
        params![id, parent, name.as_str()],
    )?;
    touch_list(tx, parent, now)
}

/// Notes that a directory's own list changed: its eTag and its modification time.
pub(crate) fn touch_list(tx: &Tx<'_>, directory: i64, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE nodes SET revision = revision + 1, modified_ms = ?2 WHERE id = ?1",
        params![directory, now.millis()],
    )?;
    Ok(())
}

/// What a client may say anew about a node.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) annotations: Annotations,
    /// `None`: as it was.
    pub(crate) content_type: Option<String>,
    /// Of a virtual file; `None`: as it was.
    pub(crate) size: Option<u64>,
}

/// Writes what a client says about a node.
pub(crate) fn annotate(tx: &Tx<'_>, id: i64, said: &Said) -> Result<(), Error> {
    let notes = &said.annotations;
    tx.execute(
        "UPDATE nodes SET meta = ?2, labels = ?3, category = ?4, local_created = ?5,
             local_modified = ?6, content_type = coalesce(CAST(?7 AS TEXT), content_type),
             size = coalesce(CAST(?8 AS BIGINT), size)
         WHERE id = ?1",
        params![
            id,
            maybe_json(notes.meta.as_ref())?,
            maybe_json(notes.labels.as_ref())?,
            notes.category,
            notes.local_created,
            notes.local_modified,
            said.content_type,
            said.size.map(to_i64),
        ],
    )?;
    Ok(())
}

/// Gives a directory's list another eTag, though nothing was added or taken.
pub(crate) fn renew_tag(tx: &Tx<'_>, directory: i64) -> Result<(), Error> {
    tx.execute("UPDATE nodes SET revision = revision + 1 WHERE id = ?1", params![directory])?;
    Ok(())
}

/// Notes that a node and all below it are in another space.
pub(crate) fn change_space(tx: &Tx<'_>, id: i64, space: i64) -> Result<(), Error> {
    tx.execute(
        "UPDATE nodes SET space = ?2 WHERE id IN (WITH RECURSIVE tree (id) AS (
             SELECT CAST(?1 AS BIGINT)
             UNION ALL SELECT n.id FROM nodes n JOIN tree t ON n.parent = t.id)
         SELECT id FROM tree)",
        params![id, space],
    )?;
    Ok(())
}

/// A user id as it is stored.
pub(crate) fn user(text: &str) -> Result<UserId, Error> {
    UserId::parse(text).map_err(|_| Error::Damaged("user id"))
}
