//! Signing in: a password that fits enrols the device whose key signed the request.

use std::net::IpAddr;

use albumen_db::Tx;
use albumen_model::{
    ClientId, DeviceId, ErrorCode, Timestamp,
    auth::{AccountRecord, AuthEvent, DeviceDescription, DeviceRecord, SignInReply, SignInRequest},
};

use super::{Service, device::remark};
use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{
        account, attempt,
        audit::{self, Actor},
        device, revocation,
    },
    rules::{self, throttle},
    sealing::new_id,
};

/// One address may be wrong this many times as often as one pair of account and address.
const ADDRESS_SHARE: u32 = 10;

impl Service {
    /// Checks the password and enrols the device. The caller has checked that the device holds the
    /// key.
    pub(crate) async fn sign_in(
        &self,
        request: SignInRequest,
        address: IpAddr,
    ) -> Result<SignInReply, Error> {
        let folded = rules::name::folded(&request.account);
        let pair = self.sealer.attempt_name(&folded, &address.to_string());
        let alone = self.sealer.attempt_name("", &address.to_string());
        self.count_attempt(vec![(pair.clone(), 1), (alone.clone(), ADDRESS_SHARE)]).await?;
        let found = self.read(move |tx| Ok(account::by_name(tx, &folded)?)).await?;
        let hash = found.as_ref().map(|(_, hash)| hash.as_str());
        let long = request.password.len() > rules::password::BYTES_MAX;
        let fits = !long && self.passwords.fits(&request.password, hash).await?;
        let account = match found {
            Some((account, _)) if fits => account,
            known => {
                if let Some((account, _)) = known {
                    self.note_refusal(account).await?;
                }
                return Err(wrong());
            }
        };
        let said = described(request.device)?;
        let fresh = Fresh::make()?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let account_of = account.clone();
        let record = self
            .write(move |tx| {
                let attempts = [lock::attempt(&pair), lock::attempt(&alone)];
                tx.lock(&[&attempts[..], &[lock::account(&account_of.account_id)]].concat())?;
                attempt::succeeded(tx, &pair)?;
                attempt::succeeded(tx, &alone)?;
                let record = enrol(tx, &account_of, &said, fresh, now)?;
                let actor = Actor {
                    account: account_of.account_id.as_str(),
                    device: record.device_id.as_str(),
                };
                audit::append(tx, &key, now, actor, Act::SignedIn, record.device_id.as_str())?;
                Ok(record)
            })
            .await?;
        let audience = Audience::AccountAndManagers(account.account_id.clone());
        self.notices.tell(audience, AuthEvent::DevicesChanged);
        Ok(SignInReply {
            device_id: record.device_id,
            client_id: record.client_id,
            account,
            service_id: self.service_id.clone(),
            service_name: self.config.service_name.clone(),
        })
    }

    /// Counts a try as wrong before it is looked at, so that many at once cannot pass; a right one
    /// takes the count back. Each name may be wrong `share` times as often as usual.
    pub(crate) async fn count_attempt(&self, names: Vec<(Vec<u8>, u32)>) -> Result<(), Error> {
        let now = self.now();
        self.write(move |tx| {
            let counts: Vec<_> = names.iter().map(|(name, _)| lock::attempt(name)).collect();
            tx.lock(&counts)?;
            for (name, share) in &names {
                let (failures, last) = attempt::get(tx, name)?.unwrap_or_default();
                if let Some(left) = throttle::must_wait(failures / share, last, now.millis()) {
                    return Err(Error::Refused {
                        code: ErrorCode::RateLimitExceeded,
                        why: "Too many wrong tries",
                        retry_after: Some(left),
                    });
                }
            }
            for (name, _) in &names {
                attempt::failed(tx, name, now)?;
            }
            Ok(())
        })
        .await
    }

    /// Only for accounts that exist: made-up names must not fill the log.
    async fn note_refusal(&self, account: AccountRecord) -> Result<(), Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            let subject = account.account_id.as_str();
            let nobody = Actor::default();
            Ok(audit::append(tx, &key, now, nobody, Act::SignInRefused, subject)?)
        })
        .await
    }
}

/// The same for a wrong password and for an account that does not exist.
pub(super) const fn wrong() -> Error {
    Error::refused(ErrorCode::WrongCredentials, "The account or the password is wrong")
}

pub(super) fn described(said: DeviceDescription) -> Result<DeviceDescription, Error> {
    Ok(DeviceDescription {
        name: rules::name::checked(&said.name)?,
        os: remark(&said.os),
        app_version: remark(&said.app_version),
        public_key: said.public_key,
    })
}

/// Ids for a device that is not known yet.
pub(super) struct Fresh {
    device_id: DeviceId,
    client_id: ClientId,
}

impl Fresh {
    pub(super) fn make() -> Result<Self, Error> {
        let ours = "our own ids are valid";
        Ok(Self {
            device_id: DeviceId::parse(new_id("dev")?).expect(ours),
            client_id: ClientId::parse(new_id("cli")?).expect(ours),
        })
    }
}

/// A new device, or the same one again: a sign-in whose answer was lost may be repeated.
pub(super) fn enrol(
    tx: &Tx<'_>,
    account: &AccountRecord,
    said: &DeviceDescription,
    fresh: Fresh,
    now: Timestamp,
) -> Result<DeviceRecord, Error> {
    if let Some(known) = device::by_key(tx, &said.public_key)? {
        if known.record.revoked_at.is_some() {
            let why = "This device was revoked; it needs a new key";
            return Err(Error::refused(ErrorCode::DeviceRevoked, why));
        }
        if known.account.account_id != account.account_id {
            let why = "This key belongs to another account's device";
            return Err(Error::refused(ErrorCode::ParamInvalid, why));
        }
        device::describe(tx, &known.record.device_id, said)?;
        return Ok(known.record);
    }
    if revocation::blocks(tx, &account.account_id)? {
        let why = "A device of this account is blocked; an administrator has to allow new ones";
        return Err(Error::refused(ErrorCode::ApprovalNeeded, why));
    }
    let record = DeviceRecord {
        device_id: fresh.device_id,
        client_id: fresh.client_id,
        account_id: account.account_id.clone(),
        account_name: account.name.clone(),
        name: said.name.clone(),
        os: said.os.clone(),
        app_version: said.app_version.clone(),
        enrolled_at: now,
        last_seen_at: None,
        last_address: None,
        mappings: None,
        pending: None,
        reported_at: None,
        revoked_at: None,
        revocation: None,
        silent_since: None,
    };
    device::insert(tx, &record, &said.public_key)?;
    Ok(record)
}
