//! Which of the names that went and came are one file that moved. Owns the evidence that is asked
//! for: a number alone identifies nothing, as file systems give it out again at once.

use std::collections::BTreeMap;

use super::{Known, Seen};
use crate::{disk::Kind, trees::LocalStat};

/// One that went and one that came are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    /// Its index among those that went.
    pub from: usize,
    /// Its index among those that came.
    pub to: usize,
    /// Whether its content may have changed as well.
    pub edited: bool,
}

/// What tells one file from all others of a volume: its number, and when it was made.
fn identity(kind: Kind, stat: &LocalStat) -> Option<(Kind, u64, i64)> {
    let (number, birth) = stat.identity();
    (number != 0 && birth != 0).then_some((kind, number, birth))
}

/// Pairs what went with what came within one complete look. Where two came with one identity, as
/// hard links do, nobody can say which of them moved: none did. On a volume that does not tell when
/// a file was made, nothing is paired; its content will be known by its hash.
pub fn moves(went: &[Known], came: &[Seen]) -> Vec<Moved> {
    let mut by_identity: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (to, seen) in came.iter().enumerate() {
        if let Some(identity) = identity(seen.kind, &seen.stat) {
            by_identity.entry(identity).or_default().push(to);
        }
    }
    let mut gone: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (from, known) in went.iter().enumerate() {
        if let Some(identity) = identity(known.kind, &known.stat) {
            gone.entry(identity).or_default().push(from);
        }
    }
    let mut moved = Vec::new();
    for (identity, from) in gone {
        let (&[from], Some(&[to])) = (&from[..], by_identity.get(&identity).map(|to| &to[..]))
        else {
            continue;
        };
        let (before, now) = (&went[from], &came[to].stat);
        let same = before.stat.size == now.size && before.stat.mtime_ns == now.mtime_ns;
        let edited = before.kind == Kind::File && (!same || before.racy);
        moved.push(Moved { from, to, edited });
    }
    moved.sort_unstable();
    moved
}
