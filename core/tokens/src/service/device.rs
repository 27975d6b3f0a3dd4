//! Devices as their people see them. Revoking is in [`crate::revocation`].

use std::net::IpAddr;

use albumen_model::{
    DeviceId, ErrorCode, Timestamp,
    auth::{
        AccountState, AuthEvent, DeviceList, DeviceRecord, DeviceReport, Rename, RevocationReceipt,
    },
};

use super::{Caller, Service};
use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{
        audit,
        device::{self, KnownDevice},
        revocation,
    },
    rules,
    silence::marked,
};

/// How old the note of a device's last request or report may be before it is written again.
const COARSE_MS: i64 = 60_000;
/// Characters of the operating system's and the program's name that are kept.
const REMARK_MAX: usize = 80;

impl Service {
    pub(crate) async fn devices(&self, caller: &Caller) -> Result<DeviceList, Error> {
        let of = (!caller.account.role.manages()).then(|| caller.account.account_id.clone());
        let devices = self.read(move |tx| Ok(device::list(tx, of.as_ref())?)).await?;
        let now = self.now();
        Ok(DeviceList { devices: devices.into_iter().map(|one| marked(one, now)).collect() })
    }

    pub(crate) async fn receipt(
        &self,
        caller: &Caller,
        device_id: DeviceId,
    ) -> Result<RevocationReceipt, Error> {
        let caller = caller.clone();
        self.read(move |tx| {
            let known = device::by_id(tx, &device_id)?;
            may_concern(&caller, known.as_ref())?;
            revocation::receipt(tx, &device_id)?.ok_or_else(|| {
                Error::refused(ErrorCode::DeviceNotFound, "This device is not revoked")
            })
        })
        .await
    }

    /// The device of that id, whatever its state.
    pub(crate) async fn device(&self, device_id: DeviceId) -> Result<Option<KnownDevice>, Error> {
        self.read(move |tx| Ok(device::by_id(tx, &device_id)?)).await
    }

    /// Notes that a device made a request and from where, at most once a minute.
    pub(crate) async fn saw(
        &self,
        known: &KnownDevice,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        let now = self.now();
        if is_recent(known.record.last_seen_at, now) {
            return Ok(());
        }
        let device_id = known.record.device_id.clone();
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        self.write(move |tx| Ok(device::saw(tx, &device_id, &address, now)?)).await
    }

    /// Takes what a device reports of itself, at most once a minute: what comes faster is dropped,
    /// so that a device cannot keep the database busy.
    pub(crate) async fn report(
        &self,
        caller: Caller,
        report: DeviceReport,
    ) -> Result<DeviceRecord, Error> {
        let report = DeviceReport {
            os: remark(&report.os),
            app_version: remark(&report.app_version),
            ..report
        };
        let (id, now) = (caller.device_id, self.now());
        let known = self.device(id.clone()).await?.ok_or_else(unknown)?;
        if is_recent(known.record.reported_at, now) {
            return Ok(known.record);
        }
        self.write(move |tx| {
            tx.lock(&[lock::device(&id)])?;
            let known = device::by_id(tx, &id)?.ok_or_else(unknown)?;
            let before = (known.record.mappings, known.record.last_synced_at, known.mapped_at);
            let after = rules::revocation::after_report(before, &report, now);
            device::reported(tx, &id, &report, after, now)?;
            Ok(device::by_id(tx, &id)?.ok_or_else(unknown)?.record)
        })
        .await
    }

    /// Gives a device another name: one's own, or anybody's for who manages.
    pub(crate) async fn rename_device(
        &self,
        caller: Caller,
        device_id: DeviceId,
        rename: Rename,
    ) -> Result<DeviceRecord, Error> {
        let name = rules::name::checked(&rename.name)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let record = self
            .write(move |tx| {
                tx.lock(&[lock::device(&device_id)])?;
                let known = device::by_id(tx, &device_id)?;
                let known = may_concern(&caller, known.as_ref())?;
                if known.record.name != name {
                    device::rename(tx, &device_id, &name)?;
                    let (act, subject) = (Act::DeviceRenamed, device_id.as_str());
                    audit::append(tx, &key, now, caller.actor(), act, subject)?;
                }
                Ok(DeviceRecord { name, ..known.record.clone() })
            })
            .await?;
        let audience = Audience::AccountAndManagers(record.account_id.clone());
        self.notices.tell(audience, AuthEvent::DevicesChanged);
        Ok(record)
    }
}

/// Whether a note of that moment is still as good as a new one.
fn is_recent(noted: Option<Timestamp>, now: Timestamp) -> bool {
    noted.is_some_and(|noted| (0..COARSE_MS).contains(&now.millis().saturating_sub(noted.millis())))
}

/// What a device says of its system or program, cut to what a list can show.
pub(crate) fn remark(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(REMARK_MAX).collect()
}

const fn unknown() -> Error {
    Error::refused(ErrorCode::DeviceNotFound, "There is no such device")
}

/// One's own devices concern everybody, all devices those who manage. Somebody else's looks as if
/// it were not there.
pub(crate) fn may_concern<'a>(
    caller: &Caller,
    known: Option<&'a KnownDevice>,
) -> Result<&'a KnownDevice, Error> {
    known
        .filter(|known| {
            caller.account.role.manages() || known.account.account_id == caller.account.account_id
        })
        .ok_or_else(unknown)
}

/// Refuses a device that was revoked, and one whose account is not to be used.
pub(crate) fn must_be_enrolled(known: &KnownDevice) -> Result<(), Error> {
    if known.record.revoked_at.is_some() {
        return Err(Error::refused(ErrorCode::DeviceRevoked, "This device was revoked"));
    }
    match known.account_state {
        AccountState::Active => Ok(()),
        AccountState::Disabled | AccountState::Removed => Err(disabled()),
    }
}

pub(crate) const fn disabled() -> Error {
    Error::refused(ErrorCode::AccountDisabled, "The account is disabled")
}
