//! What is to go where: the shared half of moving and copying (SMH sections 6.7, 6.8, 9.2, 9.3).

use albumen_db::Tx;
use albumen_model::{ConflictStrategy, ErrorCode, NodeName, RemotePath, SpaceId, Timestamp};
use serde::{Deserialize, Serialize};

use super::room::{find_directory, free_name, make_parents, settle, stamp};
use crate::{
    error::Error,
    repository::{
        node::{self, Node},
        space::Space,
        subtree,
    },
    request::Caller,
    rules::{
        conflict::{self, Settled},
        mode::Mode,
        name::{self, Last},
    },
};

/// A wish to move or copy something.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The space it is in; `None` for the one it goes to.
    pub(crate) from_space: Option<SpaceId>,
    pub(crate) from: RemotePath,
    pub(crate) to: RemotePath,
    /// `None`: directories ask, files take a free name (SMH section 1.10).
    pub(crate) strategy: Option<ConflictStrategy>,
    /// The stamp that the source must have; empty demands nothing (SMH section 9.9).
    pub(crate) source_stamp: String,
    /// The stamp of what may be overwritten.
    pub(crate) target_stamp: String,
    /// One of many: a move into a space with a history overwrites nothing then (SMH section 10).
    pub(crate) is_one_of_many: bool,
}

impl Order {
    /// The strategy for a directory or a leaf.
    pub(crate) fn strategy_for(&self, is_dir: bool) -> ConflictStrategy {
        let default = if is_dir { ConflictStrategy::Ask } else { ConflictStrategy::Rename };
        self.strategy.unwrap_or(default)
    }
}

/// What became of an order.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    /// Where it is now.
    pub(crate) path: RemotePath,
    pub(crate) node: Node,
    /// By which strategy.
    pub(crate) strategy: ConflictStrategy,
}

/// What is to be moved or copied.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) space: Space,
    pub(super) node: Node,
    /// Whether it is in another space than it goes to.
    pub(super) leaves_space: bool,
}

impl Source {
    /// Finds it.
    ///
    /// # Errors
    /// `None` in place of a node that is not there; the codes of the other space.
    pub(super) fn find(tx: &Tx<'_>, caller: &Caller, order: &Order) -> Result<Option<Self>, Error> {
        let to = caller.space()?;
        let space = match &order.from_space {
            Some(id) => caller.space_too(tx, id)?,
            None => to.clone(),
        };
        let leaves_space = space.key != to.key;
        let node = node::resolve(tx, space.root, &order.from)?;
        Ok(node.map(|node| Self { space, node, leaves_space }))
    }

    /// Finds a directory that is no root.
    ///
    /// # Errors
    /// `SourceDirectoryNotFound`, `InvalidSourceDirectory`, `RootDirectoryNotAllowed`.
    pub(super) fn directory(tx: &Tx<'_>, caller: &Caller, order: &Order) -> Result<Self, Error> {
        if order.from.is_root() {
            return Err(ErrorCode::RootDirectoryNotAllowed.into());
        }
        let source = Self::find(tx, caller, order)?.ok_or(ErrorCode::SourceDirectoryNotFound)?;
        if !source.node.is_dir() {
            return Err(ErrorCode::InvalidSourceDirectory.into());
        }
        Ok(source)
    }

    /// Finds a leaf with the wanted stamp.
    ///
    /// # Errors
    /// `SourceFileNotFound`, `InvalidSourceFile`, `ContentCasConflict`.
    pub(super) fn file(tx: &Tx<'_>, caller: &Caller, order: &Order) -> Result<Self, Error> {
        let source = Self::find(tx, caller, order)?.ok_or(ErrorCode::SourceFileNotFound)?;
        if source.node.is_dir() {
            return Err(ErrorCode::InvalidSourceFile.into());
        }
        if !order.source_stamp.is_empty() && order.source_stamp != stamp(&source.node) {
            return Err(ErrorCode::ContentCasConflict.into());
        }
        Ok(source)
    }
}

/// Whether a directory is at the source; `None` when nothing is.
pub(super) fn is_directory(
    tx: &Tx<'_>,
    caller: &Caller,
    order: &Order,
) -> Result<Option<bool>, Error> {
    Ok(Source::find(tx, caller, order)?.map(|source| source.node.is_dir()))
}

/// A place that was found for something.
pub(super) struct Landing {
    pub(super) parent: i64,
    pub(super) name: NodeName,
    pub(super) path: RemotePath,
    /// The leaf that has the name and is to be replaced.
    pub(super) replaces: Option<Node>,
    pub(super) strategy: ConflictStrategy,
}

/// Whether a directory may go there at all, with all that is in it.
///
/// # Errors
/// The codes of the target's layout, `SourceDirectoryIsParentOfDestination`,
/// `DirectoryLevelExceed`, and for another space those of its leaves.
pub(super) fn check_directory(
    tx: &Tx<'_>,
    caller: &Caller,
    source: &Source,
    order: &Order,
) -> Result<(), Error> {
    let mode = caller.mode()?;
    mode.admit_directory(&order.to)?;
    name::check_length(&order.to, Last::Directory, mode.name_max)?;
    let is_below = order.to != order.from && order.to.starts_with(&order.from);
    if !source.leaves_space && is_below {
        return Err(ErrorCode::SourceDirectoryIsParentOfDestination.into());
    }
    let extent = subtree::extent(tx, source.node.id)?;
    let size = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    if !order.to.has_room_for(size(extent.levels), size(extent.bytes)) {
        return Err(ErrorCode::DirectoryLevelExceed.into());
    }
    let from_mode = Mode::of(&caller.library.settings, &source.space.extension);
    if from_mode != mode {
        for (name, kind) in subtree::leaves(tx, source.node.id)? {
            mode.admit_as(kind, &name)?;
        }
    }
    Ok(())
}

/// Finds the place for a directory, and makes what is missing above it.
pub(super) fn land_directory(
    tx: &Tx<'_>,
    caller: &Caller,
    order: &Order,
    now: Timestamp,
) -> Result<Landing, Error> {
    let strategy = order.strategy_for(true);
    let (wished, above) =
        order.to.names().split_last().ok_or(ErrorCode::RootDirectoryNotAllowed)?;
    let parent = make_parents(tx, caller, above, now)?;
    let taken = node::is_taken(tx, parent, wished)?;
    let name = match conflict::settle_directory(strategy, taken)? {
        Settled::FindFreeName => free_name(tx, parent, wished, true, caller.mode()?.name_max)?,
        Settled::Create | Settled::Replace => wished.clone(),
    };
    let path = path_of(above, &name)?;
    Ok(Landing { parent, name, path, replaces: None, strategy })
}

/// Finds the place for a leaf that is like this one.
///
/// # Errors
/// `DirectoryNotFound` without a directory for it, the codes of the target's layout and of section
/// 1.10, `FileTypeNotMatched`, `ExtnameNotAllowed`.
pub(super) fn land_file(
    tx: &Tx<'_>,
    caller: &Caller,
    like: &Node,
    order: &Order,
) -> Result<Landing, Error> {
    let (mode, strategy) = (caller.mode()?, order.strategy_for(false));
    name::check_length(&order.to, Last::File, mode.name_max)?;
    let (wished, above) = order.to.names().split_last().ok_or(ErrorCode::InvalidDestinationPath)?;
    mode.admit_leaf_at(above.len())?;
    mode.admit_as(like.kind, wished)?;
    let directory = order.to.parent().ok_or(ErrorCode::InvalidDestinationPath)?;
    let parent = find_directory(tx, caller, &directory)?.id;
    let taken_by = node::child(tx, parent, wished)?;
    let is_link = like.kind.is_symlink();
    let settled = settle(strategy, &order.target_stamp, taken_by.as_ref(), is_link)?;
    let name = match settled {
        Settled::FindFreeName => free_name(tx, parent, wished, false, mode.name_max)?,
        Settled::Create | Settled::Replace => wished.clone(),
    };
    let path = path_of(above, &name)?;
    let replaces = taken_by.filter(|_| settled == Settled::Replace);
    Ok(Landing { parent, name, path, replaces, strategy })
}

fn path_of(above: &[NodeName], name: &NodeName) -> Result<RemotePath, Error> {
    let path = RemotePath::from_names(above.to_vec()).and_then(|path| path.join(name.clone()));
    path.map_err(|_| ErrorCode::DirectoryLevelExceed.into())
}
