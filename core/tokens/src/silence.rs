//! Devices that are silent: told once to those who manage and to whose they are, and marked in
//! every list. The rule is in `rules::revocation`.

use albumen_model::{
    Timestamp,
    auth::{AuthEvent, DeviceRecord},
};

use crate::{
    Error,
    notice::Audience,
    repository::device::{self, KnownDevice},
    rules::revocation::{SILENT_AFTER_MS, Signs, silent_since},
    service::Service,
};

/// Devices told of in one round.
const ROUND: u32 = 100;

/// A device as lists show it, marked if it is silent.
pub(crate) fn marked(known: KnownDevice, now: Timestamp) -> DeviceRecord {
    let KnownDevice { mut record, mapped_at: mapped, .. } = known;
    if record.revoked_at.is_none() {
        let (mappings, synced) = (record.mappings, record.last_synced_at);
        let (seen, enrolled) = (record.last_seen_at, record.enrolled_at);
        record.silent_since =
            silent_since(&Signs { mappings, synced, mapped, seen, enrolled }, now);
    }
    record
}

impl Service {
    /// Tells of devices that became silent since the last look; of each once, whichever instance it
    /// is that looks.
    pub(crate) async fn tell_of_silence(&self) -> Result<(), Error> {
        let now = self.now();
        let before = now.plus_millis(-SILENT_AFTER_MS);
        for (device_id, account, since) in
            self.read(move |tx| Ok(device::silent(tx, before, ROUND)?)).await?
        {
            let id = device_id.clone();
            let first =
                self.write(move |tx| Ok(device::told_silence(tx, &id, since, now)?)).await?;
            if first {
                let audience = Audience::AccountAndManagers(account);
                self.notices.tell(audience, AuthEvent::DeviceSilent { device_id, since });
            }
        }
        Ok(())
    }
}
