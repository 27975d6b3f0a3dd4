//! Recently used files in the database: the last use of each sort, of each file, by each user.

use albumen_db::{Row, Tx, params};
use albumen_model::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{column::moment, favorite::Owner};
use crate::error::Error;

/// Uses that are kept of one user in one space.
const KEPT: u32 = 500;

/// How a file was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RecentAction")]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    /// Looked at.
    Preview,
    /// Its content replaced.
    Modify,
}

impl Action {
    const fn word(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Modify => "modify",
        }
    }
}

/// One use.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) id: i64,
    pub(crate) node: i64,
    pub(crate) action: Action,
    pub(crate) at: Timestamp,
}

fn read(row: &Row<'_>) -> Result<Use, Error> {
    let action = match row.get::<String>(2)?.as_str() {
        "preview" => Action::Preview,
        "modify" => Action::Modify,
        _ => return Err(Error::Damaged("use of a file")),
    };
    Ok(Use { id: row.get(0)?, node: row.get(1)?, action, at: moment(row, 3)? })
}

/// Notes a use, in place of an earlier one of its sort.
pub(crate) fn note(
    tx: &Tx<'_>,
    owner: Owner<'_>,
    node: i64,
    action: Action,
    now: Timestamp,
) -> Result<(), Error> {
    let Owner { space, user_id } = owner;
    tx.execute(
        "DELETE FROM recents WHERE space = ?1 AND user_id = ?2 AND node = ?3 AND action = ?4",
        params![space, user_id, node, action.word()],
    )?;
    // A new row, so that ids grow with time and break ties.
    tx.execute(
        "INSERT INTO recents (space, user_id, node, action, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![space, user_id, node, action.word(), now.millis()],
    )?;
    tx.execute(
        "DELETE FROM recents WHERE space = ?1 AND user_id = ?2 AND id NOT IN
         (SELECT id FROM recents WHERE space = ?1 AND user_id = ?2
          ORDER BY at_ms DESC, id DESC LIMIT ?3)",
        params![space, user_id, KEPT],
    )?;
    Ok(())
}

/// All uses of one user in one space, newest first; there are never many.
pub(crate) fn all(tx: &Tx<'_>, owner: Owner<'_>) -> Result<Vec<Use>, Error> {
    let sql = "SELECT id, node, action, at_ms FROM recents WHERE space = ?1 AND user_id = ?2
         ORDER BY at_ms DESC, id DESC";
    tx.query(sql, params![owner.space, owner.user_id], read)
}

/// Forgets all of a space that is no more.
pub(crate) fn forget_space(tx: &Tx<'_>, space: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM recents WHERE space = ?1", params![space])?;
    Ok(())
}
