//! Enrolled devices.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::{
    AccountId, DeviceId, Timestamp,
    auth::{AccountRecord, AccountState, DeviceDescription, DeviceRecord},
};

use super::{account, id, maybe_moment, moment};

const SELECT: &str = "SELECT d.device_id, d.client_id, d.account_id, a.name, d.name, d.os,
    d.app_version, d.enrolled_at, d.last_seen_at, d.revoked_at, a.role, d.public_key, a.state
    FROM device d JOIN account a USING (account_id)";

/// A device with what a request of it is judged by.
#[derive(Clone, Debug)]
pub(crate) struct KnownDevice {
    pub(crate) record: DeviceRecord,
    pub(crate) account: AccountRecord,
    pub(crate) account_state: AccountState,
    pub(crate) public_key: String,
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
    };
    let account = AccountRecord {
        account_id: record.account_id.clone(),
        name: record.account_name.clone(),
        role: account::role(row, 10)?,
    };
    let account_state = account::state(row, 12)?;
    Ok(KnownDevice { record, account, account_state, public_key: row.get(11)? })
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
pub(crate) fn list(tx: &Tx<'_>, of: Option<&AccountId>) -> Result<Vec<DeviceRecord>> {
    let sql = format!(
        "{SELECT} WHERE CAST(?1 AS TEXT) IS NULL OR d.account_id = ?1
         ORDER BY d.enrolled_at DESC, d.device_id"
    );
    tx.query(&sql, params![of.map(AccountId::as_str)], |row| Ok(read(row)?.record))
}

pub(crate) fn saw(tx: &Tx<'_>, device: &DeviceId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE device SET last_seen_at = ?2 WHERE device_id = ?1";
    tx.execute(sql, params![device.as_str(), now.millis()])?;
    Ok(())
}

pub(crate) fn set_revoked(tx: &Tx<'_>, device: &DeviceId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE device SET revoked_at = ?2 WHERE device_id = ?1 AND revoked_at IS NULL";
    tx.execute(sql, params![device.as_str(), now.millis()])?;
    Ok(())
}
