//! Codes as the new device sees them: used once, then waited on. Owns that a wrong code, a burnt
//! one, one that is over and one that never was all look the same, and that every wrong try is
//! counted in the transaction that looked.

use std::{net::IpAddr, sync::Arc, time::Duration};

use albumen_db::Tx;
use albumen_model::{
    ErrorCode, PairingId, Timestamp,
    auth::{
        AccountRecord, AuthEvent, DeviceDescription, PairOutcome, PairReply, PairRequest,
        PairingState, SignInReply,
    },
};
use albumen_ops::network_of;
use subtle::ConstantTimeEq;
use tokio::{sync::broadcast, time::Instant};

use super::{Service, enrolment::described, pairing::no_such_pairing};
use crate::{
    Error,
    audit::Act,
    lock,
    notice::Notice,
    repository::{
        account, attempt,
        audit::{self, Actor},
        device,
        pairing::{self, KnownPairing},
    },
    rules::{
        pairing::{Bucket, WRONG_MAX, seconds_left, state_at},
        throttle,
    },
    sealing::Sealer,
};

/// How long a device that waits is kept on the line: below the patience of what stands between.
const WAIT: Duration = Duration::from_secs(20);
/// How often is looked meanwhile: another instance may have been told.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What came of a try.
enum Tried {
    Claimed { known: Box<KnownPairing>, account: AccountRecord },
    Wrong { burnt: Option<Box<KnownPairing>> },
}

/// A try with all that judges it.
struct Try {
    request: PairRequest,
    said: DeviceDescription,
    address: String,
    /// Names the address, or its network.
    alone: Vec<u8>,
    /// Names everybody.
    all: Vec<u8>,
    now: Timestamp,
    audit_key: [u8; 32],
    sealer: Arc<Sealer>,
}

impl Service {
    /// Takes a code: its device is pending from then on. The caller has checked that the device
    /// holds its key. A try whose answer was lost may be repeated with the same key.
    pub(crate) async fn pair(
        &self,
        request: PairRequest,
        address: IpAddr,
    ) -> Result<PairReply, Error> {
        let a_try = Try {
            said: described(request.device.clone())?,
            alone: self.sealer.attempt_name("pairing", &network_of(address).to_string()),
            all: self.sealer.attempt_name("pairing", "all"),
            address: address.to_string(),
            now: self.now(),
            audit_key: self.sealer.audit_key(),
            sealer: Arc::clone(&self.sealer),
            request,
        };
        let now = a_try.now;
        match self.write(move |tx| a_try.make(tx)).await? {
            Tried::Claimed { known, account } => {
                self.tell_of(&known);
                Ok(PairReply {
                    account_name: account.name,
                    service_id: self.service_id.clone(),
                    service_name: self.config.service_name.clone(),
                    expires_in: seconds_left(known.state, known.expires_at, now),
                    pairing_id: known.pairing_id,
                })
            }
            Tried::Wrong { burnt } => {
                if let Some(known) = burnt {
                    self.tell_of(&known);
                }
                Err(wrong())
            }
        }
    }

    /// The key that used a code: whoever waits signs with it.
    pub(crate) async fn pairing_key(&self, pairing_id: PairingId) -> Result<String, Error> {
        let known = self.read(move |tx| Ok(pairing::by_id(tx, &pairing_id)?)).await?;
        let claim = known.and_then(|known| known.claim).ok_or_else(no_such_pairing)?;
        Ok(claim.said.public_key)
    }

    /// How the code of a device that waits stands; while nothing is decided the answer takes its
    /// time.
    pub(crate) async fn wait_for_pairing(
        &self,
        pairing_id: PairingId,
    ) -> Result<PairOutcome, Error> {
        let until = Instant::now() + WAIT;
        // Who waits takes a place of those who listen; without one it is answered at once.
        let place = self.listeners.clone().try_acquire_owned();
        let mut notices = self.notices.listen();
        loop {
            let outcome = self.outcome_of(pairing_id.clone()).await?;
            let waits = outcome.state == PairingState::Pending && place.is_ok();
            if !waits || Instant::now() >= until || self.stopping.is_cancelled() {
                return Ok(outcome);
            }
            let told = told(&mut notices, &pairing_id);
            // Nothing is lost when it runs out: the next look is at the database.
            let _ = tokio::time::timeout(LOOK_EVERY, told).await;
        }
    }

    async fn outcome_of(&self, pairing_id: PairingId) -> Result<PairOutcome, Error> {
        let now = self.now();
        let (service_id, name) = (self.service_id.clone(), self.config.service_name.clone());
        self.read(move |tx| {
            let known = pairing::by_id(tx, &pairing_id)?.ok_or_else(no_such_pairing)?;
            let state = state_at(known.state, known.expires_at, now);
            let let_in = known.claim.and_then(|claim| claim.device_id);
            let device = let_in.map(|id| device::by_id(tx, &id)).transpose()?.flatten();
            Ok(PairOutcome {
                state,
                expires_in: seconds_left(state, known.expires_at, now),
                enrolled: device.map(|device| SignInReply {
                    device_id: device.record.device_id,
                    client_id: device.record.client_id,
                    account: device.account,
                    service_id,
                    service_name: name,
                }),
            })
        })
        .await
    }
}

impl Try {
    fn make(&self, tx: &Tx<'_>) -> Result<Tried, Error> {
        let attempts = [lock::attempt(&self.alone), lock::attempt(&self.all)];
        tx.lock(&[&attempts[..], &[lock::pairings()]].concat())?;
        let bucket = self.within_bounds(tx)?;
        self.key_is_new(tx)?;
        pairing::expire(tx, self.now)?;
        if let Some(known) = self.made_before(tx)? {
            return self.claimed(tx, known);
        }
        let known = pairing::open_in(tx, self.request.code.slot())?;
        match known {
            Some(known) if self.fits(&known) && issuer_is_enrolled(tx, &known)? => {
                attempt::succeeded(tx, &self.alone)?;
                pairing::claimed(tx, &known.pairing_id, &self.said, &self.address)?;
                self.note(tx, Act::PairingClaimed, &known)?;
                self.claimed(tx, KnownPairing { state: PairingState::Pending, ..known })
            }
            missed => {
                attempt::failed(tx, &self.alone, self.now)?;
                let counted = bucket.plus_one();
                attempt::set(tx, &self.all, counted.level, counted.at_ms)?;
                let burnt = missed.map(|known| self.missed(tx, known)).transpose()?.flatten();
                Ok(Tried::Wrong { burnt: burnt.map(Box::new) })
            }
        }
    }

    /// Refuses a try before its code is looked at, when there were too many wrong ones.
    fn within_bounds(&self, tx: &Tx<'_>) -> Result<Bucket, Error> {
        let now_ms = self.now.millis();
        let (failures, last) = attempt::get(tx, &self.alone)?.unwrap_or_default();
        if let Some(left) = throttle::must_wait(failures, last, now_ms) {
            return Err(too_many(left));
        }
        let stored = attempt::get(tx, &self.all)?.map(|(level, at_ms)| Bucket { level, at_ms });
        let bucket = stored.unwrap_or(Bucket { level: 0, at_ms: now_ms }).at(now_ms);
        match bucket.must_wait() {
            Some(left) if !device::was_at(tx, &self.address)? => Err(too_many(left)),
            _ => Ok(bucket),
        }
    }

    /// A key is enrolled once. One that was revoked stays so: a device that comes back brings a new
    /// one.
    fn key_is_new(&self, tx: &Tx<'_>) -> Result<(), Error> {
        let Some(known) = device::by_key(tx, &self.said.public_key)? else { return Ok(()) };
        if known.record.revoked_at.is_some() {
            let why = "This device was revoked; it needs a new key";
            return Err(Error::refused(ErrorCode::DeviceRevoked, why));
        }
        // It was let in already; only the answer was lost.
        if self.made_before(tx)?.is_some() {
            return Ok(());
        }
        Err(Error::refused(ErrorCode::ParamInvalid, "This key is enrolled already"))
    }

    /// The code that this very device used before, if it is the same and still counts.
    fn made_before(&self, tx: &Tx<'_>) -> Result<Option<KnownPairing>, Error> {
        let known = pairing::by_key(tx, &self.said.public_key)?;
        Ok(known.filter(|known| {
            let state = state_at(known.state, known.expires_at, self.now);
            matches!(state, PairingState::Pending | PairingState::Approved) && self.fits(known)
        }))
    }

    fn fits(&self, known: &KnownPairing) -> bool {
        let hash = self.sealer.pairing_hash(&known.pairing_id, &self.request.code);
        hash[..].ct_eq(&known.code_hash).into()
    }

    fn claimed(&self, tx: &Tx<'_>, known: KnownPairing) -> Result<Tried, Error> {
        let account = account::by_id(tx, &known.account_id)?.ok_or_else(wrong)?;
        Ok(Tried::Claimed { known: Box::new(known), account: account.record })
    }

    /// Counts a wrong try at a code; the code when that burnt it.
    fn missed(&self, tx: &Tx<'_>, known: KnownPairing) -> Result<Option<KnownPairing>, Error> {
        pairing::was_wrong(tx, &known.pairing_id)?;
        if known.wrong + 1 < WRONG_MAX {
            return Ok(None);
        }
        pairing::set_state(tx, &known.pairing_id, PairingState::Burnt)?;
        self.note(tx, Act::PairingBurnt, &known)?;
        Ok(Some(KnownPairing { state: PairingState::Burnt, ..known }))
    }

    /// What strangers do to a code is noted once for each code at most, so that nobody can fill the
    /// log.
    fn note(&self, tx: &Tx<'_>, act: Act, known: &KnownPairing) -> Result<(), Error> {
        let (nobody, subject) = (Actor::default(), known.pairing_id.as_str());
        Ok(audit::append(tx, &self.audit_key, self.now, nobody, act, subject)?)
    }
}

/// A code is worth as much as the device that made it.
fn issuer_is_enrolled(tx: &Tx<'_>, known: &KnownPairing) -> Result<bool, Error> {
    let issuer = device::by_id(tx, &known.issuer_id)?;
    Ok(issuer.is_some_and(|issuer| issuer.record.revoked_at.is_none()))
}

/// Returns when this instance hears of a code.
async fn told(notices: &mut broadcast::Receiver<Notice>, pairing: &PairingId) {
    loop {
        match notices.recv().await {
            Ok((_, AuthEvent::PairingChanged { pairing_id })) if pairing_id == *pairing => return,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => return,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

const fn wrong() -> Error {
    let why = "The pairing code is wrong, used or over";
    Error::refused(ErrorCode::PairingCodeWrong, why)
}

fn too_many(left: Duration) -> Error {
    Error::Refused {
        code: ErrorCode::RateLimitExceeded,
        why: "Too many wrong tries",
        retry_after: Some(left),
    }
}
