//! Earlier content that goes: by count, by age, or because somebody says so.

use albumen_db::Tx;
use albumen_model::smh::{ChangeKind, location};
use serde_json::json;

use super::{
    Hand,
    event::{self, Extra, record},
};
use crate::{
    error::Error,
    repository::{
        column::to_i64,
        node::{self, NewNode, Node},
        usage::{self, Holding, Part},
        version::{self, Earlier, Version},
    },
};

/// Drops the oldest versions of a leaf beyond a count.
pub(super) fn trim(
    tx: &Tx<'_>,
    space: i64,
    node: i64,
    count: u32,
    hand: Hand<'_>,
) -> Result<(), Error> {
    let beyond = version::beyond(tx, node, count)?;
    debug_assert!(beyond.iter().all(|version| version.space == space));
    drop_versions(tx, &beyond, hand)
}

/// Drops these versions; those that are gone already are left alone.
pub(crate) fn drop_versions(
    tx: &Tx<'_>,
    versions: &[Version],
    hand: Hand<'_>,
) -> Result<(), Error> {
    for one in versions {
        if !version::remove(tx, one, hand.now)? {
            continue;
        }
        usage::add(tx, one.space, Part::History, -Holding::file(one.size))?;
        if let Some(node) = node::find(tx, one.node)? {
            let number = json!(one.number.to_string());
            let extra = Extra::from_iter([("versionId".to_owned(), number)]);
            let kind = ChangeKind::HistoryDelete;
            record(tx, one.space, kind, &node, location::HISTORY, hand, extra)?;
        }
    }
    Ok(())
}

/// Whether an overwrite comes so soon after the last version that it makes no other one.
pub(super) fn merges(tx: &Tx<'_>, old: &Node, new: &NewNode<'_>) -> Result<bool, Error> {
    let seconds = version::merge_interval(tx, new.space)?;
    if seconds == 0 || old.content.is_none() {
        return Ok(false);
    }
    let since = version::last_kept(tx, old)?;
    Ok(new.now < since.plus_seconds(i64::from(seconds)))
}

/// Makes earlier content the latest; what was the latest becomes earlier content, so that nothing
/// is lost and nothing grows.
pub(crate) fn make_latest(
    tx: &Tx<'_>,
    space: i64,
    node: &Node,
    earlier: &Earlier,
    hand: Hand<'_>,
) -> Result<Node, Error> {
    let old = to_i64(node.size().unwrap_or(0));
    let new = to_i64(earlier.content.size);
    if node.content.is_some() {
        version::keep(tx, node, hand.now)?;
        usage::add(tx, space, Part::History, Holding::file(old))?;
    }
    version::make_latest(tx, earlier, hand.now)?;
    usage::add(tx, space, Part::History, -Holding::file(new))?;
    usage::add(tx, space, Part::Tree, Holding { bytes: new - old, files: 0, dirs: 0 })?;
    let latest = node::find(tx, node.id)?.ok_or(Error::Damaged("node just changed"))?;
    let (kind, place) = (ChangeKind::HistoryLatest, location::TREE);
    record(tx, space, kind, &latest, place, hand, event::overwritten(node))?;
    Ok(latest)
}
