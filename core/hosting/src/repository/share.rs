//! Shares in the database: what is shared, how far it was used, and the tokens that open it.

use albumen_db::{Row, Tx, params};
use albumen_model::{LibraryId, Timestamp, UserId};

use super::{
    column::{from_json, maybe_moment, moment, to_i64, to_json, to_u64},
    node::{self, Node},
};
use crate::{error::Error, rules::share::Terms, secret::SecretHash};

/// How far a share was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) previews: u64,
    pub(crate) downloads: u64,
    pub(crate) users: u64,
}

/// One share.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// The row.
    pub(crate) id: i64,
    /// Names it to its owner.
    pub(crate) public_id: String,
    /// In the link.
    pub(crate) code: String,
    pub(crate) library: LibraryId,
    /// A key of `spaces`.
    pub(crate) space: i64,
    pub(crate) creator: UserId,
    pub(crate) name: String,
    /// The extraction code, encrypted.
    pub(crate) sealed: Option<Vec<u8>>,
    pub(crate) terms: Terms,
    pub(crate) used: Used,
    pub(crate) owner_enabled: bool,
    pub(crate) admin_enabled: bool,
    pub(crate) created: Timestamp,
    /// Grows with every update.
    pub(crate) revision: i64,
    /// Wrong codes since a moment.
    pub(crate) wrong: (u64, Timestamp),
}

/// Columns in the order of [`read`].
pub(super) const SELECT: &str =
    "SELECT n.id, n.public_id, n.code, n.library, n.space, n.creator, n.name,
    n.sealed, n.expires_ms, n.can_preview, n.can_download, n.can_save, n.login_needed,
    n.preview_limit, n.download_limit, n.user_limit, n.preview_used, n.download_used, n.to_users,
    n.owner_enabled, n.admin_enabled, n.created_ms, n.revision, n.wrong_codes, n.wrong_since_ms,
    (SELECT count(*) FROM share_users u WHERE u.share = n.id)
    FROM shares n";

/// Reads a row of [`SELECT`].
pub(super) fn read(row: &Row<'_>) -> Result<Share, Error> {
    let limit =
        |index| -> Result<Option<u64>, Error> { Ok(row.get::<Option<i64>>(index)?.map(to_u64)) };
    let count = |index| -> Result<u64, Error> { Ok(to_u64(row.get(index)?)) };
    let damaged = |_| Error::Damaged("share");
    Ok(Share {
        id: row.get(0)?,
        public_id: row.get(1)?,
        code: row.get(2)?,
        library: LibraryId::parse(row.get::<String>(3)?).map_err(damaged)?,
        space: row.get(4)?,
        creator: UserId::parse(row.get::<String>(5)?).map_err(damaged)?,
        name: row.get(6)?,
        sealed: row.get(7)?,
        terms: Terms {
            expires: maybe_moment(row, 8)?,
            can_preview: row.get(9)?,
            can_download: row.get(10)?,
            can_save: row.get(11)?,
            login_needed: row.get(12)?,
            preview_limit: limit(13)?,
            download_limit: limit(14)?,
            user_limit: limit(15)?,
            to_users: from_json(&row.get::<String>(18)?, "share")?,
        },
        used: Used { previews: count(16)?, downloads: count(17)?, users: count(25)? },
        owner_enabled: row.get(19)?,
        admin_enabled: row.get(20)?,
        created: moment(row, 21)?,
        revision: row.get(22)?,
        wrong: (count(23)?, moment(row, 24)?),
    })
}

/// The share that a link leads to.
pub(crate) fn by_code(tx: &Tx<'_>, code: &str) -> Result<Option<Share>, Error> {
    tx.query_opt(&format!("{SELECT} WHERE n.code = ?1"), params![code], read)
}

/// The share of a library with this public id.
pub(crate) fn by_id(
    tx: &Tx<'_>,
    library: &LibraryId,
    public_id: &str,
) -> Result<Option<Share>, Error> {
    let sql = format!("{SELECT} WHERE n.library = ?1 AND n.public_id = ?2");
    tx.query_opt(&sql, params![library.as_str(), public_id], read)
}

/// Adds a share of these nodes.
pub(crate) fn insert(tx: &Tx<'_>, share: &Share, folded: &str, nodes: &[i64]) -> Result<(), Error> {
    let id = tx.insert_id(
        "INSERT INTO shares (public_id, code, library, space, creator, name, folded, created_ms,
             can_preview, can_download, can_save, login_needed, to_users)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, 0, 0, '[]') RETURNING id",
        params![
            share.public_id,
            share.code,
            share.library.as_str(),
            share.space,
            share.creator.as_str(),
            share.name,
            folded,
            share.created.millis(),
        ],
    )?;
    write(tx, id, &share.name, folded, share.sealed.as_deref(), &share.terms)?;
    for node in nodes {
        let sql = "INSERT INTO share_items (share, node) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        tx.execute(sql, params![id, node])?;
    }
    Ok(())
}

fn write(
    tx: &Tx<'_>,
    id: i64,
    name: &str,
    folded: &str,
    sealed: Option<&[u8]>,
    terms: &Terms,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE shares SET name = ?2, folded = ?3, sealed = ?4, expires_ms = ?5, can_preview = ?6,
             can_download = ?7, can_save = ?8, login_needed = ?9, preview_limit = ?10,
             download_limit = ?11, user_limit = ?12, to_users = ?13
         WHERE id = ?1",
        params![
            id,
            name,
            folded,
            sealed,
            terms.expires.map(Timestamp::millis),
            terms.can_preview,
            terms.can_download,
            terms.can_save,
            terms.login_needed,
            terms.preview_limit.map(to_i64),
            terms.download_limit.map(to_i64),
            terms.user_limit.map(to_i64),
            to_json(&terms.to_users)?,
        ],
    )?;
    Ok(())
}

/// Writes name and terms; what was used is zero again, and earlier tokens are of an older revision.
pub(crate) fn update(
    tx: &Tx<'_>,
    share: &Share,
    folded: &str,
    sealed: Option<&[u8]>,
) -> Result<(), Error> {
    write(tx, share.id, &share.name, folded, sealed, &share.terms)?;
    tx.execute(
        "UPDATE shares SET preview_used = 0, download_used = 0, revision = revision + 1,
             wrong_codes = 0
         WHERE id = ?1",
        params![share.id],
    )?;
    tx.execute("DELETE FROM share_users WHERE share = ?1", params![share.id])?;
    Ok(())
}

/// Switches it.
pub(crate) fn set_enabled(tx: &Tx<'_>, id: i64, owner: bool, admin: bool) -> Result<(), Error> {
    tx.execute(
        "UPDATE shares SET owner_enabled = ?2, admin_enabled = ?3 WHERE id = ?1",
        params![id, owner, admin],
    )?;
    Ok(())
}

const PARTS: [&str; 3] = ["share_tokens", "share_users", "share_items"];

/// Deletes it with its tokens.
pub(crate) fn delete(tx: &Tx<'_>, id: i64) -> Result<(), Error> {
    for table in PARTS {
        tx.execute(&format!("DELETE FROM {table} WHERE share = ?1"), params![id])?;
    }
    tx.execute("DELETE FROM shares WHERE id = ?1", params![id])?;
    Ok(())
}

/// Deletes all shares of a space that is no more.
pub(crate) fn forget_space(tx: &Tx<'_>, space: i64) -> Result<(), Error> {
    for table in PARTS {
        let sql =
            format!("DELETE FROM {table} WHERE share IN (SELECT id FROM shares WHERE space = ?1)");
        tx.execute(&sql, params![space])?;
    }
    tx.execute("DELETE FROM shares WHERE space = ?1", params![space])?;
    Ok(())
}

/// What is shared: nodes, some of which may be gone.
pub(crate) fn items(tx: &Tx<'_>, id: i64) -> Result<Vec<i64>, Error> {
    let sql = "SELECT node FROM share_items WHERE share = ?1 ORDER BY node";
    Ok(tx.query(sql, params![id], |row| row.get(0))?)
}

/// Whether a node itself is shared.
pub(crate) fn has_item(tx: &Tx<'_>, id: i64, node: i64) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM share_items WHERE share = ?1 AND node = ?2";
    Ok(tx.exists(sql, params![id, node])?)
}

/// What is directly in a shared directory, at most `most`; links left out, as they could lead out
/// of the share.
pub(crate) fn below(tx: &Tx<'_>, directory: i64, most: usize) -> Result<Vec<Node>, Error> {
    let sql = format!("{} WHERE n.parent = ?1 AND n.kind <> 'symlink' LIMIT ?2", node::SELECT);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    tx.query(&sql, params![directory, most], node::read)
}

/// What counts against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Preview,
    Download,
}

/// Counts one use, unless that is over the limit; whether it was counted.
pub(crate) fn count(tx: &Tx<'_>, id: i64, what: Counted) -> Result<bool, Error> {
    let sql = match what {
        Counted::Preview => {
            "UPDATE shares SET preview_used = preview_used + 1
             WHERE id = ?1 AND (preview_limit IS NULL OR preview_used < preview_limit)"
        }
        Counted::Download => {
            "UPDATE shares SET download_used = download_used + 1
             WHERE id = ?1 AND (download_limit IS NULL OR download_used < download_limit)"
        }
    };
    Ok(tx.execute(sql, params![id])? > 0)
}

/// Whether this user has opened it before.
pub(crate) fn has_user(tx: &Tx<'_>, id: i64, user_id: &str) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM share_users WHERE share = ?1 AND user_id = ?2";
    Ok(tx.exists(sql, params![id, user_id])?)
}

/// Notes that this user has opened it.
pub(crate) fn add_user(tx: &Tx<'_>, id: i64, user_id: &str) -> Result<(), Error> {
    let sql = "INSERT INTO share_users (share, user_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    tx.execute(sql, params![id, user_id])?;
    Ok(())
}

/// Writes down how many wrong codes came since when.
pub(crate) fn set_wrong(tx: &Tx<'_>, id: i64, count: u64, since: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE shares SET wrong_codes = ?2, wrong_since_ms = ?3 WHERE id = ?1",
        params![id, to_i64(count), since.millis()],
    )?;
    Ok(())
}

/// Adds a token that opens a share in its present revision.
pub(crate) fn add_token(
    tx: &Tx<'_>,
    share: &Share,
    hash: SecretHash,
    expires: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO share_tokens (hash, share, revision, expires_ms) VALUES (?1, ?2, ?3, ?4)",
        params![hash.0, share.id, share.revision, expires.millis()],
    )?;
    Ok(())
}

/// The revision of the share that a living token was made for.
pub(crate) fn token_revision(
    tx: &Tx<'_>,
    id: i64,
    hash: SecretHash,
    now: Timestamp,
) -> Result<Option<i64>, Error> {
    let sql = "SELECT revision FROM share_tokens
         WHERE hash = ?1 AND share = ?2 AND expires_ms > ?3";
    tx.query_opt(sql, params![hash.0, id, now.millis()], |row| Ok(row.get(0)?))
}

/// Forgets tokens that ended; at most `limit`.
pub(crate) fn forget_tokens(tx: &Tx<'_>, now: Timestamp, limit: u32) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM share_tokens WHERE hash IN
         (SELECT hash FROM share_tokens WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2)",
        params![now.millis(), limit],
    )?;
    Ok(())
}
