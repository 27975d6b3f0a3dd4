//! What is kept of a mapping beside its nodes: counts, the feed's position, deletions of a day, and
//! numbers for what is new. Owns these rows' SQL.

use rusqlite::{Connection, OptionalExtension, params};

use super::{table::Table, values};
use crate::{
    cloud::Cursor,
    error::{Error, Result},
    name::VolumeRules,
    plan::{
        guard::Tally,
        tree::{NodeId, Side},
    },
    reconcile::rules::DELETIONS_KEPT_MS,
};

pub(super) const UNSETTLED: &str =
    "SELECT id FROM node WHERE mapping = ?1 AND unsettled ORDER BY id";
pub(super) const UNKNOWN_HERE: &str =
    "SELECT id FROM node WHERE mapping = ?1 AND local < 0 ORDER BY id";
pub(super) const UNKNOWN_THERE: &str =
    "SELECT id FROM node WHERE mapping = ?1 AND remote < 0 ORDER BY id";
pub(super) const DELETIONS: &str =
    "SELECT count(*) FROM deletion WHERE mapping = ?1 AND side = ?2 AND at >= ?3";

/// Makes the mapping's row where there is none. On a volume of other rules than those the names on
/// disk were compared by, nobody can tell any more what is there.
pub(super) fn open(conn: &Connection, mapping: i64, rules: &VolumeRules) -> Result<()> {
    let rules = values::rules(rules);
    let sql = "SELECT rules FROM trees WHERE mapping = ?1";
    let before: Option<i64> = conn.query_row(sql, [mapping], |row| row.get(0)).optional()?;
    match before {
        None => {
            let sql = "INSERT INTO trees(mapping, rules) VALUES(?1, ?2)";
            conn.execute(sql, [mapping, rules])?;
        }
        Some(before) if before == rules => {}
        Some(_) => {
            conn.execute(
                "DELETE FROM sight WHERE side = 0 AND node IN(
                   SELECT id FROM node WHERE mapping = ?1)",
                [mapping],
            )?;
            conn.execute(
                "UPDATE node SET local = -1, l_parent = NULL, l_name = NULL, l_key = NULL,
                   unsettled = 1 WHERE mapping = ?1 AND local > 0",
                [mapping],
            )?;
            let sql = "UPDATE trees SET rules = ?2, local = 0 WHERE mapping = ?1";
            conn.execute(sql, [mapping, rules])?;
        }
    }
    Ok(())
}

/// Takes numbers that are nobody's; the highest of them.
pub(super) fn take_numbers(conn: &Connection, how_many: i64) -> Result<i64> {
    let sql = "UPDATE numbers SET newest = newest + ?1 RETURNING newest";
    Ok(conn.query_row(sql, [how_many], |row| row.get(0))?)
}

impl Table<'_> {
    /// The nodes for which the planner may have something to do.
    pub(super) fn unsettled(&self) -> Result<Vec<NodeId>> {
        self.nodes(UNSETTLED)
    }

    /// The nodes of which nobody can tell whether they are on this side.
    pub(super) fn unknown(&self, side: Side) -> Result<Vec<NodeId>> {
        self.nodes(match side {
            Side::Local => UNKNOWN_HERE,
            Side::Remote => UNKNOWN_THERE,
        })
    }

    fn nodes(&self, sql: &str) -> Result<Vec<NodeId>> {
        let mut all = self.conn.prepare_cached(sql)?;
        let found = all.query_map([self.mapping], |row| row.get(0).map(NodeId))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// Adds to the counts: files agreed on, seen on disk, seen in the cloud.
    pub(super) fn count(&self, [agreed, local, remote]: [i64; 3]) -> Result<()> {
        let sql = "UPDATE trees SET agreed = agreed + ?2, local = local + ?3, remote = remote + ?4
          WHERE mapping = ?1";
        let values = [self.mapping, agreed, local, remote];
        self.conn.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// The counts, with the deletions since a moment.
    pub(super) fn tally(&self, day_ago: i64) -> Result<Tally> {
        let sql = "SELECT agreed, local, remote FROM trees WHERE mapping = ?1";
        let mut one = self.conn.prepare_cached(sql)?;
        let counts = |row: &rusqlite::Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?]);
        let [agreed, local, remote] =
            one.query_row([self.mapping], counts)?.map(i64::cast_unsigned);
        let [local_day, remote_day] =
            [self.deletions(Side::Local, day_ago)?, self.deletions(Side::Remote, day_ago)?];
        Ok(Tally { agreed, local, remote, local_day, remote_day })
    }

    fn deletions(&self, side: Side, since: i64) -> Result<u64> {
        let mut one = self.conn.prepare_cached(DELETIONS)?;
        let key = [self.mapping, values::side(side), since];
        Ok(one.query_row(key, |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// Notes a deletion, and lets go what is too old to be asked for.
    pub(super) fn deleted(&self, node: NodeId, side: Side, at: i64) -> Result<()> {
        let side = values::side(side);
        let sql = "INSERT OR REPLACE INTO deletion(mapping, side, node, at) VALUES(?1, ?2, ?3, ?4)";
        self.conn.prepare_cached(sql)?.execute([self.mapping, side, node.0, at])?;
        let sql = "DELETE FROM deletion WHERE mapping = ?1 AND side = ?2 AND at < ?3";
        let oldest = at.saturating_sub(DELETIONS_KEPT_MS);
        self.conn.prepare_cached(sql)?.execute([self.mapping, side, oldest])?;
        Ok(())
    }

    /// Notes how far the change feed was followed.
    pub(super) fn follow(&self, cursor: Option<&Cursor>) -> Result<()> {
        let sql = "UPDATE trees SET cursor = ?2 WHERE mapping = ?1";
        let values = params![self.mapping, cursor.map(Cursor::as_str)];
        match self.conn.prepare_cached(sql)?.execute(values)? {
            0 => Err(Error::NoRow(self.mapping)),
            _ => Ok(()),
        }
    }

    /// How far the change feed was followed.
    pub(super) fn followed(&self) -> Result<Option<Cursor>> {
        let sql = "SELECT cursor FROM trees WHERE mapping = ?1";
        let mut one = self.conn.prepare_cached(sql)?;
        let cursor: Option<String> = one.query_row([self.mapping], |row| row.get(0))?;
        Ok(cursor.map(Cursor::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{schema, trees::table};

    /// A question whose words are not those of its index would look at every row.
    #[test]
    fn what_is_asked_of_many_rows_has_an_index() {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn).unwrap();
        for (sql, index) in [
            (UNSETTLED, "node_unsettled (mapping=?)"),
            (UNKNOWN_HERE, "node_unknown_here (mapping=?)"),
            (UNKNOWN_THERE, "node_unknown_there (mapping=?)"),
            (DELETIONS, "deletion_at (mapping=? AND side=? AND at>?)"),
            (table::AT_HERE, "node_here (mapping=? AND <expr>=? AND <expr>=?)"),
            (table::AT_THERE, "node_there (mapping=? AND <expr>=? AND <expr>=?)"),
            (table::INSIDE_HERE, "node_here (mapping=? AND <expr>=?)"),
            (table::INSIDE_THERE, "node_there (mapping=? AND <expr>=?)"),
            (table::BY_INODE, "node_inode (mapping=? AND <expr>=?)"),
            (table::BY_AGREED_INODE, "node_agreed_inode (mapping=? AND inode=?)"),
        ] {
            let asked = format!("EXPLAIN QUERY PLAN {sql}");
            let mut steps = conn.prepare(&asked).unwrap();
            let steps = steps.raw_query().mapped(|row| row.get(3)).collect::<Result<Vec<_>, _>>();
            let steps: Vec<String> = steps.unwrap();
            assert!(steps.len() == 1 && steps[0].ends_with(index), "{sql}: {steps:?}");
        }
    }
}
