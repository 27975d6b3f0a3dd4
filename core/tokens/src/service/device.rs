//! Devices as their people see them. Revoking is in [`crate::revocation`].

use albumen_model::{
    DeviceId, ErrorCode,
    auth::{AccountState, DeviceList, RevocationReceipt},
};

use super::{Caller, Service};
use crate::{
    Error,
    repository::{
        device::{self, KnownDevice},
        revocation,
    },
};

/// How old the note of a device's last request may be before it is written again.
const SEEN_COARSE_MS: i64 = 60_000;

impl Service {
    pub(crate) async fn devices(&self, caller: &Caller) -> Result<DeviceList, Error> {
        let of = (!caller.account.role.manages()).then(|| caller.account.account_id.clone());
        let devices = self.read(move |tx| Ok(device::list(tx, of.as_ref())?)).await?;
        Ok(DeviceList { devices })
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

    /// Notes that a device made a request, at most once a minute.
    pub(crate) async fn saw(&self, known: &KnownDevice) -> Result<(), Error> {
        let now = self.now();
        let recent = known.record.last_seen_at.is_some_and(|seen| {
            (0..SEEN_COARSE_MS).contains(&now.millis().saturating_sub(seen.millis()))
        });
        if recent {
            return Ok(());
        }
        let device_id = known.record.device_id.clone();
        self.write(move |tx| Ok(device::saw(tx, &device_id, now)?)).await
    }
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
        .ok_or_else(|| Error::refused(ErrorCode::DeviceNotFound, "There is no such device"))
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
