//! What must hold of what is remembered, and which of it asks for nothing. Owns the rules; every
//! record keeps them, whatever it keeps its trees in.

use std::collections::BTreeSet;

use crate::plan::tree::{Aside, Base, Entry, NodeId, ROOT, Side};

/// Deletions are counted within a day: what is older than two before the newest is let go, so that
/// a clock put back by some hours loses none.
pub(crate) const DELETIONS_KEPT_MS: i64 = 2 * 24 * 3_600_000;

/// Whether all three trees say the same of a node that is not left aside: nothing is to be done.
pub(crate) fn settled(
    local: Option<&Entry>,
    remote: Option<&Entry>,
    base: Option<&Base>,
    aside: Option<Aside>,
) -> bool {
    let (Some(here), Some(there), Some(base), None) = (local, remote, base, aside) else {
        return false;
    };
    let same = match (here.content(), there.content(), &base.content) {
        (Some(here), Some(there), Some(agreed)) => {
            here.stat == Some(agreed.stat)
                && here.crc64.is_none_or(|crc64| crc64 == agreed.crc64)
                && there.cas == agreed.cas
                && there.size == agreed.size
                && there.crc64.is_none_or(|crc64| crc64 == agreed.crc64)
        }
        (None, None, None) => true,
        _ => false,
    };
    same && here.place == base.local && there.place == base.remote
}

/// Whether a node is a file in all trees that have it, or a directory in all.
pub(crate) fn of_one_kind(
    local: Option<&Entry>,
    remote: Option<&Entry>,
    base: Option<&Base>,
) -> bool {
    let mut kinds = [
        local.map(Entry::is_directory),
        remote.map(Entry::is_directory),
        base.map(|base| base.content.is_none()),
    ]
    .into_iter()
    .flatten();
    let first = kinds.next();
    kinds.all(|kind| Some(kind) == first)
}

/// Looks at what a record is about to hold.
pub(crate) trait Look {
    /// Why it cannot be looked at.
    type Error;

    /// A node, if it is there for certain.
    fn present(&self, side: Side, node: NodeId) -> Result<Option<Entry>, Self::Error>;

    /// Whether anything is in a node.
    fn holds(&self, side: Side, node: NodeId) -> Result<bool, Self::Error>;
}

/// Whether the trees are trees where something was changed: each of these nodes, if it is there, is
/// below the root by directories that are there, and has nothing in it unless it is one itself.
pub(crate) fn whole<L: Look>(trees: &L, touched: &[NodeId]) -> Result<bool, L::Error> {
    for side in [Side::Local, Side::Remote] {
        let mut rooted = BTreeSet::from([ROOT]);
        for node in touched {
            let entry = trees.present(side, *node)?;
            let may_hold = *node == ROOT || entry.as_ref().is_some_and(Entry::is_directory);
            let stands = match &entry {
                Some(entry) => climbs(trees, side, *node, entry, &mut rooted)?,
                None => true,
            };
            if !stands || (!may_hold && trees.holds(side, *node)?) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Whether the way up from a node ends at the root. `rooted`: directories of which that is known.
fn climbs<L: Look>(
    trees: &L,
    side: Side,
    node: NodeId,
    entry: &Entry,
    rooted: &mut BTreeSet<NodeId>,
) -> Result<bool, L::Error> {
    let mut way = Vec::new();
    let mut at = entry.place.parent;
    while !rooted.contains(&at) {
        if at == node || way.contains(&at) {
            return Ok(false);
        }
        match trees.present(side, at)? {
            Some(above) if above.is_directory() => {
                way.push(at);
                at = above.place.parent;
            }
            _ => return Ok(false),
        }
    }
    rooted.extend(way);
    Ok(true)
}
