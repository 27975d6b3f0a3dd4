//! Walking through one space in the order of ids, a bounded stretch at a time, and the searches
//! that older clients come back to.
//!
//! Names are compared in Rust and not in SQL: so the two databases agree on what lower case is, and
//! what a page costs is bounded whatever is asked.

use std::collections::HashMap;

use albumen_db::{Row, Tx, params};
use albumen_model::{Timestamp, smh::NodeType};

use super::column::{self, from_json, to_json, to_u64};
use crate::{
    error::Error,
    rules::search::{Candidate, Question},
};

/// Rows fetched at once.
const STRETCH: u32 = 1000;
/// Steps up before we call the tree damaged.
const CLIMB_MAX: usize = 256;

/// A node as a walk meets it.
pub(crate) struct Met {
    pub(crate) id: i64,
    parent: i64,
    pub(crate) name: String,
    pub(crate) kind: NodeType,
    pub(crate) size: Option<u64>,
    modified_ms: i64,
    labels: Vec<String>,
    pub(crate) category: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) user_id: String,
}

impl Met {
    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            name: &self.name,
            kind: self.kind,
            size: self.size,
            modified_ms: self.modified_ms,
            labels: &self.labels,
            category: self.category.as_deref(),
            user_id: &self.user_id,
        }
    }
}

fn read(row: &Row<'_>) -> Result<Met, Error> {
    let labels: Option<String> = row.get(6)?;
    Ok(Met {
        id: row.get(0)?,
        parent: row.get(1)?,
        name: row.get(2)?,
        kind: column::kind(&row.get::<String>(3)?)?,
        size: row.get::<Option<i64>>(4)?.map(to_u64),
        modified_ms: row.get(5)?,
        labels: labels.map_or(Ok(Vec::new()), |text| from_json(&text, "labels"))?,
        category: row.get(7)?,
        content_type: row.get(8)?,
        user_id: row.get(9)?,
    })
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Ids after this one.
    pub(crate) after: i64,
    /// Nodes looked at.
    pub(crate) looks: usize,
    /// Nodes found.
    pub(crate) finds: usize,
}

/// Hands every node to the closure that answers the question and is below a directory of the tree;
/// where to go on, or `None` when there is no more. What is in the bin is not found.
pub(crate) fn walk<F>(
    tx: &Tx<'_>,
    space: i64,
    scope: i64,
    question: &Question,
    bounds: Bounds,
    mut found: F,
) -> Result<Option<i64>, Error>
where
    F: FnMut(Met) -> Result<(), Error>,
{
    let sql = "SELECT id, parent, name, kind, size, modified_ms, labels, category, content_type,
             user_id
         FROM nodes WHERE space = ?1 AND id > ?2 AND parent IS NOT NULL ORDER BY id LIMIT ?3";
    let mut places = Places { scope, known: HashMap::new() };
    let (mut at, mut looks, mut finds) = (bounds.after, 0, 0);
    while looks < bounds.looks {
        let stretch = tx.query(sql, params![space, at, STRETCH], read)?;
        let is_last = stretch.len() < usize::try_from(STRETCH).unwrap_or(usize::MAX);
        for met in stretch {
            (at, looks) = (met.id, looks + 1);
            if !question.matches(&met.candidate()) || !places.is_below(tx, met.parent)? {
                continue;
            }
            found(met)?;
            finds += 1;
            if finds == bounds.finds {
                return Ok(Some(at));
            }
        }
        if is_last {
            return Ok(None);
        }
    }
    Ok(Some(at))
}

/// Which directories are below the one that is searched; each is looked up once.
struct Places {
    scope: i64,
    known: HashMap<i64, bool>,
}

impl Places {
    /// Whether a directory is the scope or below it.
    fn is_below(&mut self, tx: &Tx<'_>, directory: i64) -> Result<bool, Error> {
        let mut way = Vec::new();
        let mut at = Some(directory);
        let answer = loop {
            let Some(id) = at else { break false };
            if id == self.scope {
                break true;
            }
            if let Some(known) = self.known.get(&id) {
                break *known;
            }
            if way.len() == CLIMB_MAX {
                return Err(Error::Damaged("tree without an end"));
            }
            way.push(id);
            let sql = "SELECT parent FROM nodes WHERE id = ?1";
            let parent = tx.query_opt(sql, params![id], |row| {
                Ok::<Option<i64>, Error>(row.get::<Option<i64>>(0)?)
            })?;
            at = parent.flatten();
        };
        self.known.extend(way.into_iter().map(|id| (id, answer)));
        Ok(answer)
    }
}

/// Searches that one user may have open in a space; the oldest go.
const OPEN_MAX: u32 = 20;

/// Keeps a search for its next pages.
pub(crate) fn keep(
    tx: &Tx<'_>,
    id: &str,
    space: i64,
    user_id: &str,
    question: &Question,
    expires: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO searches (id, space, user_id, question, expires_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, space, user_id, to_json(question)?, expires.millis()],
    )?;
    tx.execute(
        "DELETE FROM searches WHERE space = ?1 AND user_id = ?2 AND id NOT IN
         (SELECT id FROM searches WHERE space = ?1 AND user_id = ?2
          ORDER BY expires_ms DESC, id LIMIT ?3)",
        params![space, user_id, OPEN_MAX],
    )?;
    Ok(())
}

/// The question of an open search of this user in this space.
pub(crate) fn kept(
    tx: &Tx<'_>,
    id: &str,
    space: i64,
    user_id: &str,
    now: Timestamp,
) -> Result<Option<Question>, Error> {
    let sql = "SELECT question FROM searches
         WHERE id = ?1 AND space = ?2 AND user_id = ?3 AND expires_ms > ?4";
    tx.query_opt(sql, params![id, space, user_id, now.millis()], |row| {
        from_json(&row.get::<String>(0)?, "search")
    })
}

/// Ends a search; whether it was open.
pub(crate) fn end(tx: &Tx<'_>, id: &str, space: i64, user_id: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM searches WHERE id = ?1 AND space = ?2 AND user_id = ?3";
    Ok(tx.execute(sql, params![id, space, user_id])? > 0)
}

/// Forgets searches that ended; at most `limit`.
pub(crate) fn forget_ended(tx: &Tx<'_>, now: Timestamp, limit: u32) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM searches WHERE id IN
         (SELECT id FROM searches WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2)",
        params![now.millis(), limit],
    )?;
    Ok(())
}

/// Forgets all of a space that is no more.
pub(crate) fn forget_space(tx: &Tx<'_>, space: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM searches WHERE space = ?1", params![space])?;
    Ok(())
}
