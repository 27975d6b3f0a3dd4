//! The rows of the audit log.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::{
    Timestamp,
    auth::{AuditEntry, AuditFilter},
};

use super::{moment, setting};
use crate::{
    audit::{Act, AuditHead, link, seal_of_head},
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
    match tx.query_opt(sql, params![], read)? {
        Some(last) => Ok(last),
        // Everything may have been cut.
        None => Ok(checkpoint(tx)?.map(|cut| (cut.entry, cut.mac)).unwrap_or_default()),
    }
}

/// The last entry that was exported and cut.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoint {
    pub(crate) entry: i64,
    pub(crate) mac: Vec<u8>,
    /// The signed end of the export that has it, as JSON.
    pub(crate) head: String,
}

pub(crate) fn checkpoint(tx: &Tx<'_>) -> Result<Option<Checkpoint>> {
    tx.query_opt(
        "SELECT entry, mac, head FROM audit_checkpoint ORDER BY entry DESC LIMIT 1",
        params![],
        |row| Ok(Checkpoint { entry: row.get(0)?, mac: row.get(1)?, head: row.get(2)? }),
    )
}

/// Cuts everything up to an entry that the checkpoint stands for.
pub(crate) fn cut(tx: &Tx<'_>, through: &Checkpoint) -> Result<()> {
    tx.execute(
        "INSERT INTO audit_checkpoint (entry, mac, head) VALUES (?1, ?2, ?3)",
        params![through.entry, through.mac, through.head],
    )?;
    tx.execute("DELETE FROM audit WHERE entry <= ?1", params![through.entry])?;
    Ok(())
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

/// Entries that the filter wants, at most `limit`, oldest first.
pub(crate) fn page(tx: &Tx<'_>, wanted: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>> {
    let millis = |at: Option<Timestamp>| at.map(Timestamp::millis);
    tx.query(
        "SELECT entry, at, account, device, act, subject, mac FROM audit WHERE entry > ?1
         AND (CAST(?3 AS TEXT) IS NULL OR account = ?3) AND (CAST(?4 AS TEXT) IS NULL OR act = ?4)
         AND (CAST(?5 AS BIGINT) IS NULL OR at >= ?5) AND (CAST(?6 AS BIGINT) IS NULL OR at < ?6)
         ORDER BY entry LIMIT ?2",
        params![
            wanted.after,
            limit,
            wanted.account.as_deref(),
            wanted.act.as_deref(),
            millis(wanted.from),
            millis(wanted.until)
        ],
        |row| Ok(read(row)?.0),
    )
}

pub(crate) fn head(tx: &Tx<'_>) -> Result<AuditHead> {
    let (entry, mac) = last(tx)?;
    Ok(AuditHead { entry, mac: hex::encode(mac) })
}

/// Walks the log from where it begins and checks every link; each entry is shown to `seen` with its
/// check value. Gives the end.
pub(crate) fn walk(
    tx: &Tx<'_>,
    key: &[u8; 32],
    mut seen: impl FnMut(&AuditEntry, &[u8]),
) -> std::result::Result<AuditHead, Error> {
    let begin = checkpoint(tx)?.map(|cut| (cut.entry, cut.mac));
    let (mut number, mut before) = begin.unwrap_or_default();
    loop {
        let entries = tx.query(PAGE, params![number, WALK], read)?;
        if entries.is_empty() {
            break;
        }
        for (entry, mac) in entries {
            if entry.entry != number + 1 || link(key, &before, &entry) != mac {
                return Err(Error::Tampered { entry: number + 1 });
            }
            seen(&entry, &mac);
            (number, before) = (entry.entry, mac);
        }
    }
    let sealed = setting::get(tx, HEAD_SETTING)?;
    let expected = (number > 0).then(|| seal_of_head(key, number, &before));
    // Nobody has an account whose making was not written down.
    let emptied = number == 0 && super::account::owner(tx)?.is_some();
    if sealed != expected || emptied {
        return Err(Error::Tampered { entry: number + 1 });
    }
    Ok(AuditHead { entry: number, mac: hex::encode(before) })
}

/// Walks the whole log and checks every link, and that an older head still lies on the chain.
pub(crate) fn verify(
    tx: &Tx<'_>,
    key: &[u8; 32],
    older: Option<&AuditHead>,
) -> std::result::Result<AuditHead, Error> {
    let cut = checkpoint(tx)?;
    let is_older = |entry: i64, mac: &[u8]| {
        older.is_none_or(|head| head.entry == entry && head.mac == hex::encode(mac))
    };
    // What was cut lies in an export; only its own head can be compared here.
    let mut seen_older = older.is_none_or(|head| {
        head.entry == 0 || cut.as_ref().is_some_and(|cut| head.entry < cut.entry)
    }) || cut.as_ref().is_some_and(|cut| is_older(cut.entry, &cut.mac));
    let head = walk(tx, key, |entry, mac| seen_older |= is_older(entry.entry, mac))?;
    if seen_older { Ok(head) } else { Err(Error::Tampered { entry: head.entry + 1 }) }
}
