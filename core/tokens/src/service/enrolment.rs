//! What signing in, setting up and joining end with: a device that is enrolled, and the answer that
//! tells it so.

use std::net::IpAddr;

use albumen_db::Tx;
use albumen_model::{
    ClientId, DeviceId, ErrorCode, Timestamp,
    auth::{AccountRecord, AuthEvent, DeviceDescription, DeviceRecord, SignInReply},
};

use super::Service;
use crate::{
    Error,
    notice::Audience,
    repository::{device, familiar},
    rules::{self, throttle::FAMILIAR_MAX},
    sealing::new_id,
};

/// Characters of the operating system's and the program's name that are kept.
const REMARK_MAX: usize = 80;

/// A device that is about to be enrolled, and the place that will be known.
pub(crate) struct Enrolment {
    said: DeviceDescription,
    device_id: DeviceId,
    client_id: ClientId,
    place: Vec<u8>,
    now: Timestamp,
}

impl Service {
    /// Prepares the enrolment of a device at the account of that name.
    pub(crate) fn enrolment(
        &self,
        said: DeviceDescription,
        folded: &str,
        address: IpAddr,
    ) -> Result<Enrolment, Error> {
        let ours = "our own ids are valid";
        Ok(Enrolment {
            said: described(said)?,
            device_id: DeviceId::parse(new_id("dev")?).expect(ours),
            client_id: ClientId::parse(new_id("cli")?).expect(ours),
            place: self.place(folded, address),
            now: self.now(),
        })
    }

    /// What the device is told, after everybody whom it concerns.
    pub(crate) fn enrolled(&self, account: AccountRecord, record: DeviceRecord) -> SignInReply {
        let audience = Audience::AccountAndManagers(account.account_id.clone());
        self.notices.tell(audience, AuthEvent::DevicesChanged);
        SignInReply {
            device_id: record.device_id,
            client_id: record.client_id,
            account,
            service_id: self.service_id.clone(),
            service_name: self.config.service_name.clone(),
        }
    }
}

impl Enrolment {
    /// A new device, or the same one again: a sign-in whose answer was lost may be repeated. The
    /// caller holds the account's lock.
    pub(crate) fn execute(
        &self,
        tx: &Tx<'_>,
        account: &AccountRecord,
    ) -> Result<DeviceRecord, Error> {
        familiar::note(tx, &self.place, &account.account_id, self.now, FAMILIAR_MAX)?;
        if let Some(known) = device::by_key(tx, &self.said.public_key)? {
            if known.record.revoked_at.is_some() {
                let why = "This device was revoked; it needs a new key";
                return Err(Error::refused(ErrorCode::DeviceRevoked, why));
            }
            if known.account.account_id != account.account_id {
                let why = "This key belongs to another account's device";
                return Err(Error::refused(ErrorCode::ParamInvalid, why));
            }
            device::describe(tx, &known.record.device_id, &self.said)?;
            return Ok(known.record);
        }
        let record = DeviceRecord {
            device_id: self.device_id.clone(),
            client_id: self.client_id.clone(),
            account_id: account.account_id.clone(),
            account_name: account.name.clone(),
            name: self.said.name.clone(),
            os: self.said.os.clone(),
            app_version: self.said.app_version.clone(),
            enrolled_at: self.now,
            last_seen_at: None,
            revoked_at: None,
        };
        device::insert(tx, &record, &self.said.public_key)?;
        Ok(record)
    }
}

fn described(said: DeviceDescription) -> Result<DeviceDescription, Error> {
    let remark = |text: &str| -> String {
        text.chars().filter(|c| !c.is_control()).take(REMARK_MAX).collect()
    };
    Ok(DeviceDescription {
        name: rules::name::checked(&said.name)?,
        os: remark(&said.os),
        app_version: remark(&said.app_version),
        public_key: said.public_key,
    })
}
