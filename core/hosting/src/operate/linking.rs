//! Making links (SMH section 9.5).

use albumen_db::Tx;
use albumen_model::{ConflictStrategy, ErrorCode, RemotePath, Timestamp, smh::NodeType};

use super::{
    order::Placed,
    room::{find_directory, free_name, settle},
};
use crate::{
    error::Error,
    repository::{
        node::{self, Annotations, NewNode, Node},
        usage::Part,
    },
    request::Caller,
    rules::{
        conflict::Settled,
        grant::Operation,
        link,
        name::{self, Last},
    },
    tree::{self, Origin},
};

/// Links one behind the other that are looked at: more than can be made.
const LOOKS_MAX: usize = 64;

/// Makes a link to a leaf of the same space.
///
/// # Errors
/// The codes of SMH section 9.5; `FileNotFound` when there is nothing to lead to.
pub(crate) fn link(
    tx: &Tx<'_>,
    caller: &Caller,
    path: &RemotePath,
    leads_to: &RemotePath,
    strategy: ConflictStrategy,
    now: Timestamp,
) -> Result<Placed, Error> {
    caller
        .require(Operation::CreateSymlink { overwrite: strategy == ConflictStrategy::Overwrite })?;
    let (space, mode) = (caller.space()?, caller.mode()?);
    name::check_length(path, Last::File, mode.name_max)?;
    let wished = path.name().ok_or(ErrorCode::EmptyFileName)?;
    let above = path.parent().ok_or(ErrorCode::EmptyFileName)?;
    mode.admit_leaf_at(above.depth())?;
    let target = node::resolve(tx, space.root, leads_to)?.ok_or(ErrorCode::FileNotFound)?;
    let chain = chain(tx, &target)?;
    let last = chain.last().unwrap_or(&target);
    link::admit(last.kind, chain.len())?;
    mode.admit_as(last.kind, wished)?;
    let parent = find_directory(tx, caller, &above)?.id;
    let taken_by = node::child(tx, parent, wished)?;
    let settled = settle(strategy, "", taken_by.as_ref(), true)?;
    let name = match settled {
        Settled::FindFreeName => free_name(tx, parent, wished, false, mode.name_max)?,
        Settled::Create | Settled::Replace => wished.clone(),
    };
    let new = NewNode {
        space: space.key,
        parent,
        name: &name,
        kind: NodeType::Symlink,
        annotations: &Annotations::default(),
        user_id: caller.user_id.as_str(),
        now,
        content: None,
        target: Some(target.id),
    };
    let node = match (settled, &taken_by) {
        (Settled::Replace, Some(old)) => {
            refuse_circle(tx, target.id, old.id)?;
            tree::replace(tx, old, &new, None, Part::Tree, Origin::Made)?
        }
        _ => tree::add(tx, &new, Part::Tree, Origin::Made)?,
    };
    let path = above.join(name).map_err(|_| ErrorCode::DirectoryLevelExceed)?;
    Ok(Placed { path, node, strategy })
}

/// The nodes that a link to this one leads over, this one first: links, and at last a leaf.
fn chain(tx: &Tx<'_>, first: &Node) -> Result<Vec<Node>, Error> {
    let mut chain = vec![first.clone()];
    while let Some(target) = chain.last().and_then(|node| node.target) {
        let Some(next) = node::find(tx, target)? else { break };
        if chain.len() > LOOKS_MAX {
            return Err(ErrorCode::SymlinkDepthLimitExceeded.into());
        }
        chain.push(next);
    }
    // A link that leads nowhere is nothing to lead to.
    match chain.last() {
        Some(last) if last.kind.is_symlink() => Err(ErrorCode::RootLinkFileNotFound.into()),
        _ => Ok(chain),
    }
}

/// Refuses a link that would lead to itself: in place of `link`, to `target`.
///
/// # Errors
/// `CircleSymlink`.
pub(super) fn refuse_circle(tx: &Tx<'_>, target: i64, link: i64) -> Result<(), Error> {
    let Some(first) = node::find(tx, target)? else { return Ok(()) };
    let mut at = first;
    for _ in 0..=LOOKS_MAX {
        if at.id == link {
            return Err(ErrorCode::CircleSymlink.into());
        }
        match at.target {
            Some(next) => match node::find(tx, next)? {
                Some(next) => at = next,
                None => return Ok(()),
            },
            None => return Ok(()),
        }
    }
    Err(ErrorCode::CircleSymlink.into())
}
