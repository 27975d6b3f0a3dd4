//! Nodes that come into a tree, and content that replaces other content.

use albumen_db::Tx;
use albumen_model::smh::{ChangeKind, location};
use serde_json::json;

use super::{
    Hand,
    event::{self, Extra, inode_text, record},
    history,
};
use crate::{
    error::Error,
    repository::{
        column::to_i64,
        favorite::Owner,
        node::{self, NewNode, Node},
        object,
        recent::{self, Action},
        usage::{self, Holding, Part},
        version,
    },
};

/// Where something new comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Made, or sent by a client.
    Made,
    /// Known already by its hash, so that nothing was sent (SMH section 7.2).
    Known,
    /// A copy of this node.
    CopyOf(i64),
}

impl Origin {
    fn extra(self, mut extra: Extra, is_leaf: bool) -> Extra {
        match self {
            Self::CopyOf(source) => {
                extra.insert("sourceInode".to_owned(), inode_text(source));
            }
            Self::Made | Self::Known if is_leaf => {
                extra.insert("isRapidUpload".to_owned(), json!(self == Self::Known));
            }
            Self::Made | Self::Known => {}
        }
        extra
    }
}

/// Adds a node under a name that is free. `part`: where its directory is; one in the bin still
/// takes what was begun before it went there.
pub(crate) fn add(
    tx: &Tx<'_>,
    new: &NewNode<'_>,
    part: Part,
    origin: Origin,
) -> Result<Node, Error> {
    let id = node::insert(tx, new)?;
    let holding = match new.kind.is_dir() {
        true => Holding::DIRECTORY,
        false => Holding::file(to_i64(new.size().unwrap_or(0))),
    };
    usage::add(tx, new.space, part, holding)?;
    let added = node::find(tx, id)?.ok_or(Error::Damaged("node just written"))?;
    let kind = match origin {
        Origin::CopyOf(_) => ChangeKind::Copy,
        Origin::Made | Origin::Known => ChangeKind::Create,
    };
    let extra = origin.extra(Extra::new(), !added.is_dir());
    let hand = Hand::of(new.user_id, new.now);
    let place = if part == Part::Bin { location::BIN } else { location::TREE };
    record(tx, new.space, kind, &added, place, hand, extra)?;
    Ok(added)
}

/// Puts other content into a leaf; id, place and creation time stay. `keep`: how many versions of
/// earlier content are kept, the replaced one among them; `None` without a history. `part`: as for
/// [`add`].
pub(crate) fn replace(
    tx: &Tx<'_>,
    old: &Node,
    new: &NewNode<'_>,
    keep: Option<u32>,
    part: Part,
    origin: Origin,
) -> Result<Node, Error> {
    let hand = Hand::of(new.user_id, new.now);
    let old_size = to_i64(old.size().unwrap_or(0));
    let keep = match keep {
        Some(_) if history::merges(tx, old, new)? => None,
        keep => keep,
    };
    if keep.is_some() && old.content.is_some() {
        version::keep(tx, old, new.now)?;
        usage::add(tx, new.space, Part::History, Holding::file(old_size))?;
        let extra = Extra::from_iter([("versionId".to_owned(), json!(old.revision.to_string()))]);
        record(tx, new.space, ChangeKind::HistoryCreate, old, location::HISTORY, hand, extra)?;
    }
    node::replace_content(tx, old.id, new)?;
    match keep {
        Some(count) => history::trim(tx, new.space, old.id, count, hand)?,
        None => old
            .content
            .as_ref()
            .map_or(Ok(()), |content| object::release(tx, content.object, new.now))?,
    }
    let new_size = to_i64(new.size().unwrap_or(0));
    let change = Holding { bytes: new_size - old_size, files: 0, dirs: 0 };
    usage::add(tx, new.space, part, change)?;
    let replaced = node::find(tx, old.id)?.ok_or(Error::Damaged("node just written"))?;
    let (kind, extra) = match origin {
        Origin::CopyOf(_) => (ChangeKind::CopyOverwrite, event::overwritten(old)),
        Origin::Made | Origin::Known => {
            let facts = [
                ("oldSize", json!(old_size.to_string())),
                ("newSize", json!(new_size.to_string())),
                ("oldEtag", json!(old.e_tag())),
            ];
            let named = facts.into_iter().map(|(name, value)| (name.to_owned(), value));
            (ChangeKind::Modify, named.collect())
        }
    };
    let extra = origin.extra(extra, true);
    let place = if part == Part::Bin { location::BIN } else { location::TREE };
    record(tx, new.space, kind, &replaced, place, hand, extra)?;
    if origin == Origin::Made || origin == Origin::Known {
        let owner = Owner { space: new.space, user_id: new.user_id };
        recent::note(tx, owner, old.id, Action::Modify, new.now)?;
    }
    Ok(replaced)
}
