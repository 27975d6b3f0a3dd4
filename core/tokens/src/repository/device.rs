//! Enrolled devices.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::{
    AccountId, DeviceId, Timestamp,
    auth::{AccountRecord, AccountState, DeviceDescription, DeviceRecord, DeviceReport},
};

use super::{account, id, maybe_moment, moment, revocation};

const SELECT: &str = "SELECT d.device_id, d.client_id, d.account_id, a.name, d.name, d.os,
    d.app_version, d.enrolled_at, d.last_seen_at, d.revoked_at, a.role, d.public_key,
    d.last_address, d.mappings, d.pending, d.reported_at, r.kind, a.state, d.last_synced_at,
    d.mapped_at
    FROM device d JOIN account a USING (account_id)
    LEFT JOIN revocation r ON r.device_id = d.device_id";

/// From when on a device is silent, as [`crate::rules::revocation::silent_since`] has it.
const SINCE: &str = "CASE
    WHEN coalesce(mappings, 0) = 0 OR coalesce(last_synced_at, mapped_at) IS NULL
        THEN coalesce(last_seen_at, enrolled_at)
    WHEN coalesce(last_synced_at, 0) > coalesce(mapped_at, 0) THEN last_synced_at
    ELSE coalesce(mapped_at, last_synced_at) END";

/// A device with what a request of it is judged by.
#[derive(Clone, Debug)]
pub(crate) struct KnownDevice {
    pub(crate) record: DeviceRecord,
    pub(crate) account: AccountRecord,
    pub(crate) account_state: AccountState,
    pub(crate) public_key: String,
    /// Since when it has folders to keep.
    pub(crate) mapped_at: Option<Timestamp>,
}

fn read(row: &Row<'_>) -> Result<KnownDevice> {
    let record = DeviceRecord {
        device_id: id(row, 0)?,
        client_id: id(row, 1)?,
        account_id: id(row, 2)?,
        account_name: row.get(3)?,
        name: row.get(4)?,
        os: row.get(5)?,
        app_version: row.get(6)?,
        enrolled_at: moment(row, 7)?,
        last_seen_at: maybe_moment(row, 8)?,
        revoked_at: maybe_moment(row, 9)?,
        last_address: row.get(12)?,
        mappings: row.get(13)?,
        pending: row.get::<Option<i64>>(14)?.map(i64::unsigned_abs),
        reported_at: maybe_moment(row, 15)?,
        revocation: row
            .get::<Option<String>>(16)?
            .map(|word| revocation::kind(&word, 16))
            .transpose()?,
        last_synced_at: maybe_moment(row, 18)?,
        silent_since: None,
    };
    let account = AccountRecord {
        account_id: record.account_id.clone(),
        name: record.account_name.clone(),
        role: account::role(row, 10)?,
    };
    let account_state = account::state(row, 17)?;
    let (public_key, mapped_at) = (row.get(11)?, maybe_moment(row, 19)?);
    Ok(KnownDevice { record, account, account_state, public_key, mapped_at })
}

pub(crate) fn insert(tx: &Tx<'_>, record: &DeviceRecord, public_key: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO device (device_id, client_id, account_id, name, os, app_version, public_key,
             enrolled_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            record.device_id.as_str(),
            record.client_id.as_str(),
            record.account_id.as_str(),
            record.name,
            record.os,
            record.app_version,
            public_key,
            record.enrolled_at.millis()
        ],
    )?;
    Ok(())
}

/// What a device says of itself may change with every sign-in; its key and ids do not.
pub(crate) fn describe(tx: &Tx<'_>, device: &DeviceId, said: &DeviceDescription) -> Result<()> {
    tx.execute(
        "UPDATE device SET name = ?2, os = ?3, app_version = ?4 WHERE device_id = ?1",
        params![device.as_str(), said.name, said.os, said.app_version],
    )?;
    Ok(())
}

pub(crate) fn by_id(tx: &Tx<'_>, device: &DeviceId) -> Result<Option<KnownDevice>> {
    let sql = format!("{SELECT} WHERE d.device_id = ?1");
    tx.query_opt(&sql, params![device.as_str()], read)
}

pub(crate) fn by_key(tx: &Tx<'_>, public_key: &str) -> Result<Option<KnownDevice>> {
    let sql = format!("{SELECT} WHERE d.public_key = ?1");
    tx.query_opt(&sql, params![public_key], read)
}

/// Everybody's devices, or those of one account; newest enrolment first.
pub(crate) fn list(tx: &Tx<'_>, of: Option<&AccountId>) -> Result<Vec<KnownDevice>> {
    let sql = format!(
        "{SELECT} WHERE CAST(?1 AS TEXT) IS NULL OR d.account_id = ?1
         ORDER BY d.enrolled_at DESC, d.device_id"
    );
    tx.query(&sql, params![of.map(AccountId::as_str)], read)
}

pub(crate) fn saw(tx: &Tx<'_>, device: &DeviceId, address: &str, now: Timestamp) -> Result<()> {
    let sql = "UPDATE device SET last_seen_at = ?2, last_address = ?3 WHERE device_id = ?1";
    tx.execute(sql, params![device.as_str(), now.millis(), address])?;
    Ok(())
}

/// Whether an enrolled device was last seen at an address.
pub(crate) fn was_at(tx: &Tx<'_>, address: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM device WHERE last_address = ?1 AND revoked_at IS NULL LIMIT 1";
    tx.exists(sql, params![address])
}

pub(crate) fn rename(tx: &Tx<'_>, device: &DeviceId, name: &str) -> Result<()> {
    let sql = "UPDATE device SET name = ?2 WHERE device_id = ?1";
    tx.execute(sql, params![device.as_str(), name])?;
    Ok(())
}

/// What a device reports of itself, with what follows from it.
pub(crate) fn reported(
    tx: &Tx<'_>,
    device: &DeviceId,
    report: &DeviceReport,
    (synced, mapped): (Option<Timestamp>, Option<Timestamp>),
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE device SET os = ?2, app_version = ?3, mappings = ?4, pending = ?5,
             reported_at = ?6, last_synced_at = ?7, mapped_at = ?8 WHERE device_id = ?1",
        params![
            device.as_str(),
            report.os,
            report.app_version,
            report.mappings,
            i64::try_from(report.pending).unwrap_or(i64::MAX),
            now.millis(),
            synced.map(Timestamp::millis),
            mapped.map(Timestamp::millis)
        ],
    )?;
    Ok(())
}

pub(crate) fn set_revoked(tx: &Tx<'_>, device: &DeviceId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE device SET revoked_at = ?2 WHERE device_id = ?1 AND revoked_at IS NULL";
    tx.execute(sql, params![device.as_str(), now.millis()])?;
    Ok(())
}

/// The devices of an account that are not revoked, newest enrolment first.
pub(crate) fn active_of(tx: &Tx<'_>, account: &AccountId) -> Result<Vec<DeviceId>> {
    tx.query(
        "SELECT device_id FROM device WHERE account_id = ?1 AND revoked_at IS NULL
         ORDER BY enrolled_at DESC, device_id",
        params![account.as_str()],
        |row| id(row, 0),
    )
}

/// Those of these devices that may not go on, with their accounts; and whether it is the device
/// itself that was revoked, or its account that is not to be used.
pub(crate) fn ended_among(
    tx: &Tx<'_>,
    devices: &[DeviceId],
) -> Result<Vec<(DeviceId, AccountId, bool)>> {
    let marks: Vec<String> = (1..=devices.len()).map(|n| format!("?{n}")).collect();
    let sql = format!(
        "SELECT d.device_id, d.account_id, d.revoked_at FROM device d JOIN account a
         USING (account_id) WHERE d.device_id IN ({}) AND (d.revoked_at IS NOT NULL
         OR a.state <> '{}')",
        marks.join(", "),
        account::state_word(AccountState::Active)
    );
    let names: Vec<&str> = devices.iter().map(DeviceId::as_str).collect();
    let values: Vec<&dyn albumen_db::ToValue> =
        names.iter().map(|name| name as &dyn albumen_db::ToValue).collect();
    tx.query(&sql, &values, |row| {
        Ok((id(row, 0)?, id(row, 1)?, row.get::<Option<i64>>(2)?.is_some()))
    })
}

/// Devices that are silent since a moment or longer and of which nobody was told since then, with
/// since when; at most `limit`.
pub(crate) fn silent(
    tx: &Tx<'_>,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<(DeviceId, AccountId, Timestamp)>> {
    let sql = format!(
        "SELECT device_id, account_id, {SINCE} FROM device
         WHERE revoked_at IS NULL AND {SINCE} <= ?1
         AND coalesce(silence_told_at, 0) <= {SINCE}
         ORDER BY device_id LIMIT ?2"
    );
    tx.query(&sql, params![before.millis(), limit], |row| {
        Ok((id(row, 0)?, id(row, 1)?, moment(row, 2)?))
    })
}

/// Notes that the silence of a device was told; whether it was this call that did.
pub(crate) fn told_silence(
    tx: &Tx<'_>,
    device: &DeviceId,
    since: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let sql = format!(
        "UPDATE device SET silence_told_at = ?3 WHERE device_id = ?1
         AND {SINCE} = ?2 AND coalesce(silence_told_at, 0) <= ?2"
    );
    let changed = tx.execute(&sql, params![device.as_str(), since.millis(), now.millis()])?;
    Ok(changed == 1)
}
