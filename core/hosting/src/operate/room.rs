//! Where something goes: the directory, the name in it, and what has that name already (SMH section
//! 1.10).

use albumen_db::Tx;
use albumen_model::{ConflictStrategy, ErrorCode, NodeName, RemotePath, Timestamp, smh::NodeType};

use crate::{
    error::{Error, refuse},
    repository::{
        node::{self, Annotations, NewNode, Node},
        usage::Part,
    },
    request::Caller,
    rules::{
        bin as bin_rule,
        conflict::{self, Occupant},
        name::{self, Last},
    },
    secret,
    tree::{self, Hand, Origin},
};

/// The directory at a path of the caller's space.
///
/// # Errors
/// `DirectoryNotFound`.
pub(crate) fn find_directory(
    tx: &Tx<'_>,
    caller: &Caller,
    path: &RemotePath,
) -> Result<Node, Error> {
    node::resolve(tx, caller.space()?.root, path)?
        .filter(Node::is_dir)
        .ok_or_else(|| ErrorCode::DirectoryNotFound.into())
}

/// Adds a directory under a free name; its id.
pub(crate) fn add_directory(
    tx: &Tx<'_>,
    caller: &Caller,
    parent: i64,
    name: &NodeName,
    notes: &Annotations,
    now: Timestamp,
) -> Result<i64, Error> {
    let new = NewNode {
        space: caller.space()?.key,
        parent,
        name,
        kind: NodeType::Dir,
        annotations: notes,
        user_id: caller.user_id.as_str(),
        now,
        content: None,
        target: None,
    };
    tree::add(tx, &new, Part::Tree, Origin::Made).map(|added| added.id)
}

/// Walks down from the root of the caller's space and makes what is missing: directory operations
/// do, file operations never (SMH section 26, trap 8). The id of the last one.
///
/// # Errors
/// `SameNameDirectoryOrFileExists` for a leaf in the way.
pub(crate) fn make_parents(
    tx: &Tx<'_>,
    caller: &Caller,
    names: &[NodeName],
    now: Timestamp,
) -> Result<i64, Error> {
    let mut parent = caller.space()?.root;
    for name in names {
        parent = match node::child(tx, parent, name)? {
            Some(found) if found.is_dir() => found.id,
            Some(_) => return Err(ErrorCode::SameNameDirectoryOrFileExists.into()),
            None => add_directory(tx, caller, parent, name, &Annotations::default(), now)?,
        };
    }
    Ok(parent)
}

/// The first free name after the wished one.
///
/// # Errors
/// `RenameTooManyTimes`, or the code of a name that became too long.
pub(crate) fn free_name(
    tx: &Tx<'_>,
    parent: i64,
    wished: &NodeName,
    is_dir: bool,
    name_max: usize,
) -> Result<NodeName, Error> {
    for n in 1..=conflict::RENAMES_MAX {
        let candidate = conflict::candidate(wished, is_dir, n);
        if !name::fits(&candidate, name_max) {
            let last = if is_dir { Last::Directory } else { Last::File };
            return Err(name::too_long(last, true).into());
        }
        if !node::is_taken(tx, parent, &candidate)? {
            return Ok(candidate);
        }
    }
    Err(ErrorCode::RenameTooManyTimes.into())
}

/// Removes a node: to the bin, with the number of the item there, or for good.
pub(crate) fn remove(
    tx: &Tx<'_>,
    caller: &Caller,
    node: &Node,
    path: &RemotePath,
    permanent: bool,
    now: Timestamp,
) -> Result<Option<u64>, Error> {
    let settings = &caller.library.settings;
    let space = caller.space()?.key;
    let hand = Hand::of(caller.user_id.as_str(), now);
    if bin_rule::is_final(settings, permanent) {
        tree::purge(tx, space, node, Part::Tree, hand)?;
        return Ok(None);
    }
    let purge = bin_rule::purge_time(settings, now);
    tree::recycle(tx, space, node, path, purge, hand).map(Some)
}

/// Takes a file out of the way of one that is moved onto it: into the bin, for a move destroys no
/// content. Without a bin it goes for good, unless the library promises to keep earlier content.
///
/// # Errors
/// `OverwriteFileNotAllowed`.
pub(super) fn make_way(
    tx: &Tx<'_>,
    caller: &Caller,
    old: &Node,
    path: &RemotePath,
    now: Timestamp,
) -> Result<(), Error> {
    let settings = &caller.library.settings;
    if !settings.use_recycle_bin && settings.enable_file_history {
        let message = "The library keeps earlier content: a move cannot replace a file";
        return Err(refuse(ErrorCode::OverwriteFileNotAllowed, message));
    }
    remove(tx, caller, old, path, false, now).map(drop)
}

/// The content stamp of a leaf; empty for what has no content.
pub(crate) fn stamp(node: &Node) -> String {
    let content = node.content.as_ref();
    content.map(|content| secret::content_cas(&content.object_key)).unwrap_or_default()
}

/// What a new leaf of this name would do, given what has the name now.
pub(crate) fn settle(
    strategy: ConflictStrategy,
    content_cas: &str,
    taken_by: Option<&Node>,
    is_link: bool,
) -> Result<conflict::Settled, ErrorCode> {
    let stamp = taken_by.map(stamp).unwrap_or_default();
    let occupant = taken_by.map(|node| match node.kind {
        NodeType::Dir => Occupant::Directory,
        NodeType::Symlink => Occupant::Link,
        _ => Occupant::File { content_cas: &stamp },
    });
    match is_link {
        true => conflict::settle_link(strategy, occupant),
        false => conflict::settle_file(strategy, content_cas, occupant),
    }
}
