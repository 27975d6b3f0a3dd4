//! Links in the database: what leads where, and where links were that went away with their target.

use albumen_db::{Tx, params};
use albumen_model::NodeName;

use super::subtree::TREE;
use crate::error::Error;

/// Links outside of a subtree that lead into it, straight or over other links.
pub(crate) fn leading_into(tx: &Tx<'_>, top: i64) -> Result<Vec<i64>, Error> {
    let sql = format!(
        "WITH RECURSIVE {TREE}, led (id) AS (
             SELECT n.id FROM nodes n JOIN tree t ON n.target = t.id
             UNION SELECT n.id FROM nodes n JOIN led l ON n.target = l.id)
         SELECT id FROM led WHERE id NOT IN (SELECT id FROM tree) ORDER BY id"
    );
    tx.query(&sql, params![top], |row| Ok(row.get(0)?))
}

/// Whether a subtree has a link that leads out of it, or nowhere.
pub(crate) fn lead_out(tx: &Tx<'_>, top: i64) -> Result<bool, Error> {
    let sql = format!(
        "WITH RECURSIVE {TREE} SELECT 1 FROM nodes n JOIN tree t ON n.id = t.id
         WHERE n.kind = 'symlink'
         AND (n.target IS NULL OR n.target NOT IN (SELECT id FROM tree)) LIMIT 1"
    );
    Ok(tx.exists(&sql, params![top])?)
}

/// A link that is away.
#[derive(Clone, Debug)]
pub(crate) struct Away {
    pub(crate) link: i64,
    /// The directory it was in; may be gone.
    pub(crate) home: i64,
    pub(crate) name: NodeName,
}

/// Hangs a link below its target and notes where it was.
pub(crate) fn take_away(tx: &Tx<'_>, link: i64) -> Result<(), Error> {
    // The name is one that no two links of one target share.
    tx.execute(
        "UPDATE nodes SET home = parent, home_name = name, parent = target,
             name = 'link ' || CAST(id AS TEXT) WHERE id = ?1",
        params![link],
    )?;
    Ok(())
}

/// Links at or below a node that are away.
pub(crate) fn away(tx: &Tx<'_>, top: i64) -> Result<Vec<Away>, Error> {
    let sql = format!(
        "WITH RECURSIVE {TREE} SELECT n.id, n.home, n.home_name FROM nodes n
         JOIN tree t ON n.id = t.id WHERE n.home IS NOT NULL ORDER BY n.id"
    );
    tx.query(&sql, params![top], |row| {
        let name = NodeName::parse(row.get::<String>(2)?);
        let name = name.map_err(|_| Error::Damaged("node name"))?;
        Ok(Away { link: row.get(0)?, home: row.get(1)?, name })
    })
}

/// Notes that a link is back.
pub(crate) fn is_back(tx: &Tx<'_>, link: i64) -> Result<(), Error> {
    tx.execute("UPDATE nodes SET home = NULL, home_name = NULL WHERE id = ?1", params![link])?;
    Ok(())
}
