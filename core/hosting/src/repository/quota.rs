//! Quotas in the database: limits, the spaces under them, and what they removed (SMH section 14).

use albumen_db::{Row, Tx, params};
use albumen_model::{LibraryId, SpaceId, Timestamp};

use super::column::{maybe_moment, to_i64, to_u64};
use crate::{error::Error, rules::quota::Removal};

/// One limit over one or several spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) id: i64,
    /// Bytes.
    pub(crate) capacity: u64,
    pub(crate) removal: Removal,
    /// When it was first seen over its limit.
    pub(crate) over_since: Option<Timestamp>,
}

const SELECT: &str = "SELECT q.id, q.capacity, q.remove_when_exceed, q.remove_after_days,
    q.remove_newest, q.over_since_ms FROM quotas q";

fn read(row: &Row<'_>) -> Result<Quota, Error> {
    Ok(Quota {
        id: row.get(0)?,
        capacity: to_u64(row.get(1)?),
        removal: Removal {
            when_exceed: row.get::<i64>(2)? == 1,
            after_days: u32::try_from(row.get::<i64>(3)?).map_err(|_| Error::Damaged("quota"))?,
            newest: row.get::<i64>(4)? == 1,
        },
        over_since: maybe_moment(row, 5)?,
    })
}

/// The quota of a space.
pub(crate) fn of_space(tx: &Tx<'_>, space: i64) -> Result<Option<Quota>, Error> {
    let sql = format!("{SELECT} JOIN quota_spaces m ON m.quota = q.id WHERE m.space = ?1");
    tx.query_opt(&sql, params![space], read)
}

/// The quota of this number in a library.
pub(crate) fn find(tx: &Tx<'_>, library: &LibraryId, id: u64) -> Result<Option<Quota>, Error> {
    let sql = format!("{SELECT} WHERE q.library = ?1 AND q.id = ?2");
    tx.query_opt(&sql, params![library.as_str(), to_i64(id)], read)
}

/// The quota of this number.
pub(crate) fn by_id(tx: &Tx<'_>, id: i64) -> Result<Option<Quota>, Error> {
    tx.query_opt(&format!("{SELECT} WHERE q.id = ?1"), params![id], read)
}

/// Every quota that may remove something, with its library.
pub(crate) fn removing(tx: &Tx<'_>) -> Result<Vec<(LibraryId, i64)>, Error> {
    let sql = "SELECT library, id FROM quotas WHERE remove_when_exceed = 1 ORDER BY id";
    tx.query(sql, params![], |row| {
        let library = LibraryId::parse(row.get::<String>(0)?);
        Ok((library.map_err(|_| Error::Damaged("library id"))?, row.get(1)?))
    })
}

/// Keys and ids of the spaces under a quota, by id.
pub(crate) fn spaces(tx: &Tx<'_>, quota: i64) -> Result<Vec<(i64, SpaceId)>, Error> {
    let sql = "SELECT s.key, s.id FROM quota_spaces m JOIN spaces s ON s.key = m.space
         WHERE m.quota = ?1 ORDER BY s.id";
    tx.query(sql, params![quota], |row| {
        let id = SpaceId::parse(row.get::<String>(1)?).map_err(|_| Error::Damaged("space"))?;
        Ok((row.get(0)?, id))
    })
}

/// Whether a quota is over more than one space.
pub(crate) fn is_shared(tx: &Tx<'_>, quota: i64) -> Result<bool, Error> {
    let sql = "SELECT count(*) FROM quota_spaces WHERE quota = ?1";
    Ok(tx.query_one::<i64, Error, _>(sql, params![quota], |row| Ok(row.get(0)?))? > 1)
}

/// Everything stored in a space counts: bin and history as well, see `usage::Usage::bytes`.
const USED: &str = "SELECT CAST(coalesce(sum(u.bytes + u.bin_bytes + u.history_bytes), 0)
    AS BIGINT) FROM usages u";

/// Bytes that the spaces under a quota hold.
pub(crate) fn used(tx: &Tx<'_>, quota: i64) -> Result<u64, Error> {
    let sql = format!("{USED} JOIN quota_spaces m ON m.space = u.space WHERE m.quota = ?1");
    Ok(to_u64(tx.query_one(&sql, params![quota], |row| row.get(0))?))
}

/// Bytes that all spaces of a library hold.
pub(crate) fn used_in_library(tx: &Tx<'_>, library: &LibraryId) -> Result<u64, Error> {
    let sql =
        format!("{USED} JOIN spaces s ON s.key = u.space WHERE s.library = ?1 AND s.doomed = 0");
    Ok(to_u64(tx.query_one(&sql, params![library.as_str()], |row| row.get(0))?))
}

/// Bytes that the quotas of a library allow together.
pub(crate) fn allocated(tx: &Tx<'_>, library: &LibraryId) -> Result<u64, Error> {
    let sql = "SELECT CAST(coalesce(sum(capacity), 0) AS BIGINT) FROM quotas WHERE library = ?1";
    Ok(to_u64(tx.query_one(sql, params![library.as_str()], |row| row.get(0))?))
}

/// Adds a quota without spaces; its number.
pub(crate) fn insert(
    tx: &Tx<'_>,
    library: &LibraryId,
    capacity: u64,
    removal: Removal,
) -> Result<i64, Error> {
    Ok(tx.insert_id(
        "INSERT INTO quotas (library, capacity, remove_when_exceed, remove_after_days,
             remove_newest) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        params![
            library.as_str(),
            to_i64(capacity),
            removal.when_exceed,
            removal.after_days,
            removal.newest,
        ],
    )?)
}

/// Writes limit, removal and since when it is over.
pub(crate) fn update(tx: &Tx<'_>, quota: &Quota) -> Result<(), Error> {
    let Quota { id, capacity, removal, over_since } = quota;
    tx.execute(
        "UPDATE quotas SET capacity = ?2, remove_when_exceed = ?3, remove_after_days = ?4,
             remove_newest = ?5, over_since_ms = ?6 WHERE id = ?1",
        params![
            *id,
            to_i64(*capacity),
            removal.when_exceed,
            removal.after_days,
            removal.newest,
            over_since.map(Timestamp::millis),
        ],
    )?;
    Ok(())
}

/// Puts just these spaces under a quota; none of them may be under another one.
pub(crate) fn set_spaces(tx: &Tx<'_>, quota: i64, spaces: &[i64]) -> Result<(), Error> {
    tx.execute("DELETE FROM quota_spaces WHERE quota = ?1", params![quota])?;
    for space in spaces {
        let sql = "INSERT INTO quota_spaces (space, quota) VALUES (?1, ?2)";
        tx.execute(sql, params![*space, quota])?;
    }
    Ok(())
}

/// Takes a space that goes away from under its quota; one that is over no space any more goes too.
pub(crate) fn forget_space(tx: &Tx<'_>, space: i64) -> Result<(), Error> {
    let quota = of_space(tx, space)?;
    tx.execute("DELETE FROM quota_spaces WHERE space = ?1", params![space])?;
    if let Some(quota) = quota {
        tx.execute(
            "DELETE FROM quotas WHERE id = ?1
             AND NOT EXISTS (SELECT 1 FROM quota_spaces WHERE quota = ?1)",
            params![quota.id],
        )?;
    }
    Ok(())
}
