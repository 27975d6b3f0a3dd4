//! Fenced sessions that another device of their user goes on with.

use albumen_db::{Tx, params};
use albumen_model::{ClientId, ConfirmKey, Timestamp};

use super::upload::{self, Upload};
use crate::error::Error;

/// The session that goes on with the one of this key, if there is one.
pub(crate) fn heir(tx: &Tx<'_>, key: &ConfirmKey) -> Result<Option<Upload>, Error> {
    let sql = "SELECT confirm_key FROM uploads WHERE adopted_from = ?1";
    let heir: Option<String> = tx.query_opt(sql, params![key.as_str()], |row| row.get(0))?;
    let Some(heir) = heir else { return Ok(None) };
    let heir = ConfirmKey::parse(heir).map_err(|_| Error::Damaged("confirm key"))?;
    upload::find(tx, &heir)
}

/// Makes a fenced session of which the store knows that it is fenced an open one of this device,
/// under another key; false when it is none any more: somebody was faster, or its day is over.
pub(crate) fn adopt(
    tx: &Tx<'_>,
    old: &ConfirmKey,
    new: &ConfirmKey,
    client: &ClientId,
    now: Timestamp,
) -> Result<bool, Error> {
    let changed = tx.execute(
        "UPDATE uploads SET confirm_key = ?2, client_id = ?3, adopted_from = ?1, state = 'open',
             begun_ms = ?4, ended_ms = NULL, settled = 0
         WHERE confirm_key = ?1 AND state = 'fenced' AND settled = 1",
        params![old.as_str(), new.as_str(), client.as_str(), now.millis()],
    )?;
    Ok(changed == 1)
}
