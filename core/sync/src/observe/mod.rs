//! From what is seen to what changed: compares a folder as it is with what was known of it, finds
//! out which of the names that went and came are one file that moved, and reads what the cloud's
//! change feed asks to look at. Pure; who lists and who remembers are others.

mod feed;
#[cfg(test)]
mod feed_tests;
mod moves;
#[cfg(test)]
mod tests;

pub use feed::{OwnWork, ToLookAt, to_look_at};
pub use moves::{Moved, moves};

use std::{collections::BTreeMap, time::Duration};

use crate::{
    disk::Kind,
    trees::{LocalStat, NodeId},
};

/// A name in a folder as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The name's bytes.
    pub name: Vec<u8>,
    /// A file or a folder; others are not compared.
    pub kind: Kind,
    /// Its state.
    pub stat: LocalStat,
}

/// A name in a folder as it was known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Which node.
    pub node: NodeId,
    /// The name's bytes.
    pub name: Vec<u8>,
    /// A file or a folder.
    pub kind: Kind,
    /// Its state when it was last seen.
    pub stat: LocalStat,
    /// Whether that state can hide a later edit: it was seen within one step of the volume's time.
    pub racy: bool,
}

/// What became of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// The same file under the same name in another state, or in one that proves nothing: its
    /// content is not known any more.
    pub changed: Vec<(NodeId, LocalStat)>,
    /// No longer there.
    pub went: Vec<Known>,
    /// Not known before.
    pub came: Vec<Seen>,
}

/// Compares a folder that was listed completely. A name keeps its node whatever number the file
/// has now: an editor that writes beside and renames has edited it. A file where a folder was, or
/// the other way round, is another node.
pub fn compare(known: Vec<Known>, seen: Vec<Seen>) -> Compared {
    let mut now: BTreeMap<Vec<u8>, Seen> =
        seen.into_iter().map(|seen| (seen.name.clone(), seen)).collect();
    let mut compared = Compared::default();
    for known in known {
        match now.remove(&known.name) {
            Some(seen) if seen.kind == known.kind => {
                if known.kind == Kind::File && (seen.stat != known.stat || known.racy) {
                    compared.changed.push((known.node, seen.stat));
                }
            }
            Some(seen) => {
                compared.went.push(known);
                compared.came.push(seen);
            }
            None => compared.went.push(known),
        }
    }
    compared.came.extend(now.into_values());
    compared
}

/// How long a file has to be missing before anybody is told that it is gone: editors and importers
/// delete and make anew, and a stick is pulled while it is read.
pub const fn dwell(removable: bool) -> Duration {
    Duration::from_secs(if removable { 60 } else { 10 })
}

/// Whether a file that was missed twice is gone. The clock is one that never goes back.
pub fn is_gone(first_missed: Duration, now: Duration, removable: bool) -> bool {
    now.checked_sub(first_missed).is_some_and(|missed| missed >= dwell(removable))
}
