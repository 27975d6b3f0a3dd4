//! Codes as their maker sees them: made, looked at, answered with yes or no. What the new device
//! sees is in [`super::pair`].

use albumen_model::{
    ErrorCode, PairingId,
    auth::{AuthEvent, PairingOffer, PairingRecord, PairingState, PendingDevice},
};

use super::{Caller, Service, device::must_be_enrolled, enrolment::Enrolment};
use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{
        account, audit, device,
        pairing::{self, KnownPairing, NewPairing},
    },
    rules::pairing::{KEPT_MS, LIFE_MS, chosen, seconds_left, state_at},
    sealing::{new_id, random},
};

impl Service {
    /// Makes a code for one new device of the caller's account. One that the caller made before and
    /// that let nobody in is taken back.
    pub(crate) async fn begin_pairing(&self, caller: Caller) -> Result<PairingOffer, Error> {
        let pairing_id = PairingId::parse(new_id("pair")?).expect("our own ids are valid");
        let numbers = [u64::from_be_bytes(random()?), u64::from_be_bytes(random()?)];
        let (now, key) = (self.now(), self.sealer.audit_key());
        let sealer = self.sealer.clone();
        self.write(move |tx| {
            tx.lock(&[lock::pairings(), lock::device(&caller.device_id)])?;
            let known = device::by_id(tx, &caller.device_id)?.ok_or_else(no_such_pairing)?;
            must_be_enrolled(&known)?;
            pairing::expire(tx, now)?;
            pairing::take_back(tx, &caller.device_id)?;
            let code = chosen(&pairing::taken_slots(tx)?, numbers).ok_or_else(|| {
                let why = "Too many pairing codes are open";
                Error::refused(ErrorCode::ServerOverloaded, why)
            })?;
            let new = NewPairing {
                pairing_id: &pairing_id,
                slot: code.slot(),
                code_hash: &sealer.pairing_hash(&pairing_id, &code),
                account_id: &caller.account.account_id,
                issuer_id: &caller.device_id,
                expires_at: now.plus_millis(LIFE_MS),
            };
            pairing::insert(tx, &new, now)?;
            let (act, subject) = (Act::PairingBegun, pairing_id.as_str());
            audit::append(tx, &key, now, caller.actor(), act, subject)?;
            let expires_in = seconds_left(PairingState::Open, new.expires_at, now);
            Ok(PairingOffer { pairing_id, code, expires_in })
        })
        .await
    }

    /// How a code of the caller stands.
    pub(crate) async fn pairing(
        &self,
        caller: Caller,
        pairing_id: PairingId,
    ) -> Result<PairingRecord, Error> {
        let now = self.now();
        self.read(move |tx| {
            let known = pairing::by_id(tx, &pairing_id)?;
            Ok(record(issued_by(&caller, known)?, now))
        })
        .await
    }

    /// Lets the device in that used a code. Saying so twice changes nothing.
    pub(crate) async fn approve_pairing(
        &self,
        caller: Caller,
        pairing_id: PairingId,
    ) -> Result<PairingRecord, Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        let asked = caller.clone();
        let known = self
            .write(move |tx| {
                let account_id = &asked.account.account_id;
                let locks = [lock::account(account_id), lock::device(&asked.device_id)];
                tx.lock(&[&locks[..], &[lock::pairings()]].concat())?;
                let known = issued_by(&asked, pairing::by_id(tx, &pairing_id)?)?;
                let state = state_at(known.state, known.expires_at, now);
                if state == PairingState::Approved {
                    return Ok(known);
                }
                let claim = known.claim.clone().filter(|_| state == PairingState::Pending);
                let claim = claim.ok_or_else(over)?;
                // Looked at again under its lock: a device that was revoked a moment ago lets
                // nobody in.
                must_be_enrolled(&device::by_id(tx, &asked.device_id)?.ok_or_else(over)?)?;
                let account = account::by_id(tx, account_id)?.ok_or_else(over)?;
                let device = Enrolment::new(claim.said, None, now)?.execute(tx, &account.record)?;
                pairing::approved(tx, &pairing_id, &device.device_id)?;
                let (act, subject) = (Act::DevicePaired, device.device_id.as_str());
                audit::append(tx, &key, now, asked.actor(), act, subject)?;
                Ok(KnownPairing { state: PairingState::Approved, ..known })
            })
            .await?;
        self.tell_of(&known);
        let audience = Audience::AccountAndManagers(known.account_id.clone());
        self.notices.tell(audience, AuthEvent::DevicesChanged);
        Ok(record(known, now))
    }

    /// Sends the device away that used a code, or takes an open code back.
    pub(crate) async fn refuse_pairing(
        &self,
        caller: Caller,
        pairing_id: PairingId,
    ) -> Result<PairingRecord, Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        let known = self
            .write(move |tx| {
                tx.lock(&[lock::pairings()])?;
                let known = issued_by(&caller, pairing::by_id(tx, &pairing_id)?)?;
                match state_at(known.state, known.expires_at, now) {
                    PairingState::Refused | PairingState::Expired | PairingState::Burnt => {
                        return Ok(known);
                    }
                    PairingState::Approved => return Err(over()),
                    PairingState::Open | PairingState::Pending => {}
                }
                pairing::set_state(tx, &pairing_id, PairingState::Refused)?;
                let (act, subject) = (Act::PairingRefused, pairing_id.as_str());
                audit::append(tx, &key, now, caller.actor(), act, subject)?;
                Ok(KnownPairing { state: PairingState::Refused, ..known })
            })
            .await?;
        self.tell_of(&known);
        Ok(record(known, now))
    }

    /// Tells its maker, and the device that waits, that something became of a code.
    pub(super) fn tell_of(&self, known: &KnownPairing) {
        let event = AuthEvent::PairingChanged { pairing_id: known.pairing_id.clone() };
        self.notices.tell(Audience::Device(known.issuer_id.clone()), event);
    }

    /// From when on nothing of a code is kept.
    pub(crate) fn pairings_kept_since(&self) -> albumen_model::Timestamp {
        self.now().plus_millis(-KEPT_MS)
    }
}

/// Only who made a code learns anything of it; to everybody else it is not there.
fn issued_by(caller: &Caller, known: Option<KnownPairing>) -> Result<KnownPairing, Error> {
    known.filter(|known| known.issuer_id == caller.device_id).ok_or_else(no_such_pairing)
}

fn record(known: KnownPairing, now: albumen_model::Timestamp) -> PairingRecord {
    let state = state_at(known.state, known.expires_at, now);
    PairingRecord {
        pairing_id: known.pairing_id,
        state,
        expires_in: seconds_left(state, known.expires_at, now),
        device: known.claim.map(|claim| PendingDevice {
            name: claim.said.name,
            os: claim.said.os,
            app_version: claim.said.app_version,
            public_key: claim.said.public_key,
            address: claim.address,
        }),
    }
}

pub(super) const fn no_such_pairing() -> Error {
    Error::refused(ErrorCode::PairingNotFound, "There is no such pairing code")
}

const fn over() -> Error {
    Error::refused(ErrorCode::PairingOver, "Nobody can be let in by this code any more")
}
