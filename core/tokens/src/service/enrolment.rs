//! What signing in, setting up and joining end with: a device that is enrolled, and the answer that
//! tells it so.

use std::net::IpAddr;

use albumen_db::Tx;
use albumen_model::{
    ClientId, DeviceId, ErrorCode, Timestamp,
    auth::{AccountRecord, AuthEvent, DeviceDescription, DeviceRecord, SignInReply},
};

use super::{Service, device::remark};
use crate::{
    Error,
    notice::Audience,
    repository::{device, familiar, revocation},
    rules::{self, throttle::FAMILIAR_MAX},
    sealing::new_id,
};

/// A device that is about to be enrolled.
pub(crate) struct Enrolment {
    said: DeviceDescription,
    device_id: DeviceId,
    client_id: ClientId,
    /// Will be known as a place of the account's person; absent where nobody showed a password.
    place: Option<Vec<u8>>,
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
        let place = Some(self.place(folded, address));
        Enrolment::new(described(said)?, place, self.now())
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
    /// Of a device that described itself so ([`described`]).
    pub(super) fn new(
        said: DeviceDescription,
        place: Option<Vec<u8>>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let ours = "our own ids are valid";
        Ok(Self {
            said,
            device_id: DeviceId::parse(new_id("dev")?).expect(ours),
            client_id: ClientId::parse(new_id("cli")?).expect(ours),
            place,
            now,
        })
    }

    /// A new device, or the same one again: a sign-in whose answer was lost may be repeated. The
    /// caller holds the account's lock.
    pub(crate) fn execute(
        &self,
        tx: &Tx<'_>,
        account: &AccountRecord,
    ) -> Result<DeviceRecord, Error> {
        if let Some(place) = &self.place {
            familiar::note(tx, place, &account.account_id, self.now, FAMILIAR_MAX)?;
        }
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
        if revocation::blocks(tx, &account.account_id)? {
            let why = "A device of this account is blocked; an administrator has to allow new ones";
            return Err(Error::refused(ErrorCode::ApprovalNeeded, why));
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
            last_address: None,
            mappings: None,
            pending: None,
            reported_at: None,
            revoked_at: None,
            revocation: None,
            last_synced_at: None,
            silent_since: None,
        };
        device::insert(tx, &record, &self.said.public_key)?;
        Ok(record)
    }
}

/// What a device says of itself, with what is not fit to be shown taken out.
pub(super) fn described(said: DeviceDescription) -> Result<DeviceDescription, Error> {
    Ok(DeviceDescription {
        name: rules::name::checked(&said.name)?,
        os: remark(&said.os),
        app_version: remark(&said.app_version),
        public_key: said.public_key,
    })
}
