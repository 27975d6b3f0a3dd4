//! The rows of the audit log.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::Timestamp;

use super::{moment, setting};
use crate::{
    audit::{Act, AuditEntry, AuditHead, link, seal_of_head},
    error::Error,
    lock,
};

const HEAD_SETTING: &str = "audit_head";

/// Who did something, on which device; both empty for the service itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Actor<'a> {
    pub(crate) account: &'a str,
    pub(crate) device: &'a str,
}

fn last(tx: &Tx<'_>) -> Result<(i64, Vec<u8>)> {
    let sql = "SELECT entry, mac FROM audit ORDER BY entry DESC LIMIT 1";
    let read = |row: &Row<'_>| -> Result<_> { Ok((row.get(0)?, row.get(1)?)) };
    Ok(tx.query_opt(sql, params![], read)?.unwrap_or_default())
}

/// Appends an entry, in the transaction of what it tells about.
pub(crate) fn append(
    tx: &Tx<'_>,
    key: &[u8; 32],
    now: Timestamp,
    actor: Actor<'_>,
    act: Act,
    subject: &str,
) -> Result<()> {
    // Nobody else may take the same number.
    tx.lock(&[lock::audit()])?;
    let (number, before) = last(tx)?;
    let entry = AuditEntry {
        entry: number + 1,
        at: now,
        account: actor.account.to_owned(),
        device: actor.device.to_owned(),
        act: act.as_str().to_owned(),
        subject: subject.to_owned(),
    };
    let mac = link(key, &before, &entry);
    tx.execute(
        "INSERT INTO audit (entry, at, account, device, act, subject, mac)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            entry.entry,
            now.millis(),
            entry.account,
            entry.device,
            entry.act,
            entry.subject,
            mac
        ],
    )?;
    setting::set(tx, HEAD_SETTING, &seal_of_head(key, entry.entry, &mac))
}

fn read(row: &Row<'_>) -> Result<(AuditEntry, Vec<u8>)> {
    let entry = AuditEntry {
        entry: row.get(0)?,
        at: moment(row, 1)?,
        account: row.get(2)?,
        device: row.get(3)?,
        act: row.get(4)?,
        subject: row.get(5)?,
    };
    Ok((entry, row.get(6)?))
}

const PAGE: &str = "SELECT entry, at, account, device, act, subject, mac FROM audit
    WHERE entry > ?1 ORDER BY entry LIMIT ?2";
/// Entries looked at in one go when the whole log is walked.
const WALK: u32 = 1000;

/// Entries after number `after`, at most `limit`, oldest first.
pub(crate) fn page(tx: &Tx<'_>, after: i64, limit: u32) -> Result<Vec<AuditEntry>> {
    tx.query(PAGE, params![after, limit], |row| Ok(read(row)?.0))
}

pub(crate) fn head(tx: &Tx<'_>) -> Result<AuditHead> {
    let (entry, mac) = last(tx)?;
    Ok(AuditHead { entry, mac: hex::encode(mac) })
}

/// Walks the whole log and checks every link, and that an older head still lies on the chain.
pub(crate) fn verify(
    tx: &Tx<'_>,
    key: &[u8; 32],
    older: Option<&AuditHead>,
) -> std::result::Result<AuditHead, Error> {
    let (mut number, mut before) = (0, Vec::new());
    let mut seen_older = older.is_none_or(|head| head.entry == 0);
    loop {
        let entries = tx.query(PAGE, params![number, WALK], read)?;
        if entries.is_empty() {
            break;
        }
        for (entry, mac) in entries {
            if entry.entry != number + 1 || link(key, &before, &entry) != mac {
                return Err(Error::Tampered { entry: number + 1 });
            }
            (number, before) = (entry.entry, mac);
            if let Some(head) = older.filter(|head| head.entry == number) {
                seen_older = head.mac == hex::encode(&before);
            }
        }
    }
    let sealed = setting::get(tx, HEAD_SETTING)?;
    let expected = (number > 0).then(|| seal_of_head(key, number, &before));
    if sealed != expected || !seen_older {
        return Err(Error::Tampered { entry: number + 1 });
    }
    Ok(AuditHead { entry: number, mac: hex::encode(before) })
}
