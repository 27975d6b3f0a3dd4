//! Freeing large subtrees bit by bit: a part of the nodes at a time, from the leaves up, so that no
//! transaction is long and every one leaves a tree.

use albumen_db::{Tx, params};
use albumen_model::Timestamp;

use super::{
    object,
    usage::{self, Subtree},
};
use crate::error::Error;

/// What one step freed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Freed {
    /// To be taken from the counters.
    pub(crate) held: Subtree,
    /// How many nodes.
    pub(crate) nodes: i64,
}

/// Frees about `limit` nodes at and below one that hangs in no tree: the nodes, their versions and
/// bin rows, and lets go of their objects.
pub(crate) fn some(tx: &Tx<'_>, top: i64, limit: i64, now: Timestamp) -> Result<Freed, Error> {
    object::begin_doom(tx)?;
    let mut way = vec![top];
    let mut room = limit;
    while let Some(at) = way.last().copied()
        && room > 0
    {
        if let Some(below) = directory_in(tx, at)? {
            way.push(below);
            continue;
        }
        room -= doom_leaves(tx, at, room)?;
        if room > 0 {
            tx.execute("INSERT INTO doomed (id) VALUES (?1)", params![at])?;
            room -= 1;
            way.pop();
        }
    }
    room -= doom_what_is_below(tx)?;
    let held = usage::of_doomed(tx)?;
    object::end_doom(tx, now)?;
    Ok(Freed { held, nodes: limit - room })
}

fn directory_in(tx: &Tx<'_>, parent: i64) -> Result<Option<i64>, Error> {
    let sql = "SELECT id FROM nodes WHERE parent = ?1 AND leaf = 0
         AND id NOT IN (SELECT id FROM doomed) LIMIT 1";
    tx.query_opt(sql, params![parent], |row| Ok(row.get(0)?))
}

fn doom_leaves(tx: &Tx<'_>, parent: i64, limit: i64) -> Result<i64, Error> {
    let sql = "INSERT INTO doomed (id) SELECT id FROM nodes WHERE parent = ?1 AND leaf = 1
         AND id NOT IN (SELECT id FROM doomed) LIMIT ?2";
    Ok(i64::try_from(tx.execute(sql, params![parent, limit])?).unwrap_or(i64::MAX))
}

/// Leaves have nodes below them, too: links that went to the bin with what they lead to.
fn doom_what_is_below(tx: &Tx<'_>) -> Result<i64, Error> {
    // A join would be read from the wrong side: all nodes, and whether their parents are doomed.
    let sql = "INSERT INTO doomed (id) SELECT id FROM nodes
         WHERE parent IN (SELECT id FROM doomed) AND id NOT IN (SELECT id FROM doomed)";
    let mut all = 0;
    loop {
        let more = i64::try_from(tx.execute(sql, params![])?).unwrap_or(i64::MAX);
        if more == 0 {
            return Ok(all);
        }
        all += more;
    }
}
