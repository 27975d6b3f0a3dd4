//! Codes that let a device in, and what became of each.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::{
    AccountId, DeviceId, PairingId, Timestamp,
    auth::{DeviceDescription, PairingState},
};

use super::{corrupt, id, moment};

const SELECT: &str = "SELECT pairing_id, code, account_id, issuer_id, state, wrong, expires_at,
    name, os, app_version, public_key, address, device_id FROM pairing";

/// A code as it is stored: its hash, never itself.
#[derive(Clone, Debug)]
pub(crate) struct KnownPairing {
    pub(crate) pairing_id: PairingId,
    pub(crate) code_hash: Vec<u8>,
    pub(crate) account_id: AccountId,
    pub(crate) issuer_id: DeviceId,
    pub(crate) state: PairingState,
    /// Wrong tries at it.
    pub(crate) wrong: u32,
    pub(crate) expires_at: Timestamp,
    pub(crate) claim: Option<Claim>,
}

/// The device that used it.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) said: DeviceDescription,
    pub(crate) address: String,
    /// Once it was let in.
    pub(crate) device_id: Option<DeviceId>,
}

fn read(row: &Row<'_>) -> Result<KnownPairing> {
    let state = PairingState::parse(&row.get::<String>(4)?).ok_or_else(|| corrupt(4))?;
    Ok(KnownPairing {
        pairing_id: id(row, 0)?,
        code_hash: row.get(1)?,
        account_id: id(row, 2)?,
        issuer_id: id(row, 3)?,
        state,
        wrong: row.get(5)?,
        expires_at: moment(row, 6)?,
        claim: claim(row)?,
    })
}

fn claim(row: &Row<'_>) -> Result<Option<Claim>> {
    let Some(public_key) = row.get::<Option<String>>(10)? else { return Ok(None) };
    let said = DeviceDescription {
        name: row.get(7)?,
        os: row.get(8)?,
        app_version: row.get(9)?,
        public_key,
    };
    let device_id = row.get::<Option<String>>(12)?;
    let device_id = device_id.map(DeviceId::try_from).transpose().map_err(|_| corrupt(12))?;
    Ok(Some(Claim { said, address: row.get(11)?, device_id }))
}

/// A code that was just made.
pub(crate) struct NewPairing<'a> {
    pub(crate) pairing_id: &'a PairingId,
    pub(crate) slot: u32,
    pub(crate) code_hash: &'a [u8],
    pub(crate) account_id: &'a AccountId,
    pub(crate) issuer_id: &'a DeviceId,
    pub(crate) expires_at: Timestamp,
}

pub(crate) fn insert(tx: &Tx<'_>, new: &NewPairing<'_>, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO pairing (pairing_id, slot, code, account_id, issuer_id, state, wrong,
             created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, 'open', 0, ?6, ?7)",
        params![
            new.pairing_id.as_str(),
            new.slot,
            new.code_hash,
            new.account_id.as_str(),
            new.issuer_id.as_str(),
            now.millis(),
            new.expires_at.millis()
        ],
    )?;
    Ok(())
}

/// Slots that are taken, in ascending order.
pub(crate) fn taken_slots(tx: &Tx<'_>) -> Result<Vec<u32>> {
    tx.query("SELECT slot FROM pairing WHERE state = 'open' ORDER BY slot", params![], |row| {
        row.get(0)
    })
}

pub(crate) fn by_id(tx: &Tx<'_>, pairing: &PairingId) -> Result<Option<KnownPairing>> {
    let sql = format!("{SELECT} WHERE pairing_id = ?1");
    tx.query_opt(&sql, params![pairing.as_str()], read)
}

/// The open code of a slot.
pub(crate) fn open_in(tx: &Tx<'_>, slot: u32) -> Result<Option<KnownPairing>> {
    let sql = format!("{SELECT} WHERE slot = ?1 AND state = 'open'");
    tx.query_opt(&sql, params![slot], read)
}

/// What the device with this key used last.
pub(crate) fn by_key(tx: &Tx<'_>, public_key: &str) -> Result<Option<KnownPairing>> {
    let sql = format!("{SELECT} WHERE public_key = ?1 ORDER BY created_at DESC LIMIT 1");
    tx.query_opt(&sql, params![public_key], read)
}

/// Ends what its time is over for.
pub(crate) fn expire(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    let sql = "UPDATE pairing SET state = 'expired'
        WHERE state IN ('open', 'pending') AND expires_at <= ?1";
    tx.execute(sql, params![now.millis()])?;
    Ok(())
}

/// Takes back what a device has made and nobody was let in by.
pub(crate) fn take_back(tx: &Tx<'_>, issuer: &DeviceId) -> Result<()> {
    let sql = "UPDATE pairing SET state = 'refused'
        WHERE issuer_id = ?1 AND state IN ('open', 'pending')";
    tx.execute(sql, params![issuer.as_str()])?;
    Ok(())
}

pub(crate) fn set_state(tx: &Tx<'_>, pairing: &PairingId, state: PairingState) -> Result<()> {
    let sql = "UPDATE pairing SET state = ?2 WHERE pairing_id = ?1";
    tx.execute(sql, params![pairing.as_str(), state.as_str()])?;
    Ok(())
}

/// Counts a wrong try.
pub(crate) fn was_wrong(tx: &Tx<'_>, pairing: &PairingId) -> Result<()> {
    let sql = "UPDATE pairing SET wrong = wrong + 1 WHERE pairing_id = ?1";
    tx.execute(sql, params![pairing.as_str()])?;
    Ok(())
}

/// Writes down which device used a code; from then on nobody else can.
pub(crate) fn claimed(
    tx: &Tx<'_>,
    pairing: &PairingId,
    said: &DeviceDescription,
    address: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE pairing SET state = 'pending', name = ?2, os = ?3, app_version = ?4,
             public_key = ?5, address = ?6 WHERE pairing_id = ?1 AND state = 'open'",
        params![pairing.as_str(), said.name, said.os, said.app_version, said.public_key, address],
    )?;
    Ok(())
}

pub(crate) fn approved(tx: &Tx<'_>, pairing: &PairingId, device: &DeviceId) -> Result<()> {
    let sql = "UPDATE pairing SET state = 'approved', device_id = ?2 WHERE pairing_id = ?1";
    tx.execute(sql, params![pairing.as_str(), device.as_str()])?;
    Ok(())
}

/// Forgets what ended before a moment: address and name of a device that was never let in too.
pub(crate) fn forget_before(tx: &Tx<'_>, moment: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM pairing WHERE expires_at < ?1", params![moment.millis()])?;
    Ok(())
}
