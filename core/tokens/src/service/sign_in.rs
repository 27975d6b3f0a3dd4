//! Signing in: a password that fits, and a second factor where there is one, enrols the device
//! whose key signed the request.

use std::{net::IpAddr, sync::Arc};

use albumen_db::Tx;
use albumen_model::{
    AccountId, ErrorCode, Timestamp,
    auth::{AccountRecord, AccountState, SignInReply, SignInRequest},
};

use super::{Service, attempts::Counted, device::disabled, second_factor::Outcome};
use crate::{
    Error,
    audit::Act,
    lock,
    repository::{
        account::{self, KnownAccount},
        audit::{self, Actor},
        device, familiar,
    },
    rules::{
        self,
        throttle::{FAMILIAR_MS, Standing},
    },
};

impl Service {
    /// Checks password and second factor and enrols the device. The caller has checked that the
    /// device holds the key.
    pub(crate) async fn sign_in(
        &self,
        request: SignInRequest,
        address: IpAddr,
    ) -> Result<SignInReply, Error> {
        let folded = rules::name::folded(&request.account);
        let (found, standing) =
            self.looked_up(&folded, &request.device.public_key, address).await?;
        let counted = Counted::sign_in(&self.sealer, &folded, address, &standing);
        self.count(&counted).await?;
        let hash = found.as_ref().map(|known| known.password.as_str());
        let long = request.password.len() > rules::password::BYTES_MAX;
        let fits = !long && self.passwords.fits(&request.password, hash).await?;
        let known = match found {
            Some(known) if fits => known,
            known => {
                if let Some(known) = known {
                    self.note_refusal(known.record);
                }
                return Err(wrong());
            }
        };
        let enrolment = self.enrolment(request.device, &folded, address)?;
        let factor = request.second_factor;
        let (now, key, sealer) = (self.now(), self.sealer.audit_key(), Arc::clone(&self.sealer));
        let admitted = self
            .write(move |tx| {
                let account_id = &known.record.account_id;
                tx.lock(&[&counted.locks()[..], &[lock::account(account_id)]].concat())?;
                let account = match still_good(tx, &known)? {
                    Ok(account) => account,
                    Err(refusal) => {
                        counted.take_back(tx)?;
                        return Ok(Err(refusal));
                    }
                };
                let given = factor.as_ref().map(albumen_model::Password::expose);
                let outcome = sealer.second_factor(tx, account_id, given, now)?;
                note_outcome(tx, &key, now, account_id, outcome)?;
                match outcome {
                    Outcome::NotNeeded | Outcome::Code | Outcome::RecoveryCode => {}
                    Outcome::Missing => {
                        counted.take_back(tx)?;
                        return Ok(Err(needed()));
                    }
                    Outcome::Wrong => return Ok(Err(wrong_factor())),
                }
                counted.passed(tx)?;
                let record = enrolment.execute(tx, &account)?;
                let actor = Actor {
                    account: account.account_id.as_str(),
                    device: record.device_id.as_str(),
                };
                audit::append(tx, &key, now, actor, Act::SignedIn, record.device_id.as_str())?;
                Ok(Ok((account, record)))
            })
            .await?;
        let (account, record) = admitted?;
        Ok(self.enrolled(account, record))
    }

    /// The account of that name, and who it is that wants to sign in there. The same is looked up
    /// for an account that does not exist.
    async fn looked_up(
        &self,
        folded: &str,
        public_key: &str,
        address: IpAddr,
    ) -> Result<(Option<KnownAccount>, Standing), Error> {
        let (folded, key) = (folded.to_owned(), public_key.to_owned());
        let (place, since) = (self.place(&folded, address), self.now().plus_millis(-FAMILIAR_MS));
        self.read(move |tx| {
            let found = account::by_name(tx, &folded)?;
            let device = device::by_key(tx, &key)?;
            let is_known = familiar::is_known(tx, &place, since)?;
            let own = device.filter(|device| {
                let of = |known: &KnownAccount| known.record.account_id == device.record.account_id;
                device.record.revoked_at.is_none() && found.as_ref().is_some_and(of)
            });
            let standing = match own {
                Some(device) => Standing::Device(device.record.device_id.to_string()),
                None if is_known => Standing::Familiar,
                None => Standing::Stranger,
            };
            Ok((found, standing))
        })
        .await
    }

    /// Only for accounts that exist: made-up names must not fill the log. The answer does not wait
    /// for it, or it would tell by its time that there is such an account.
    fn note_refusal(&self, account: AccountRecord) {
        let (now, key, db) = (self.now(), self.sealer.audit_key(), self.db.clone());
        let note = move |tx: &Tx<'_>| -> Result<(), Error> {
            let (nobody, subject) = (Actor::default(), account.account_id.as_str());
            Ok(audit::append(tx, &key, now, nobody, Act::SignInRefused, subject)?)
        };
        tokio::spawn(async move {
            if let Err(error) = db.write(note).await {
                tracing::error!(%error, "A refused sign-in was not noted in the audit log");
            }
        });
    }
}

/// The account as it is now, under its lock: it may have been disabled, or have another password,
/// since the password was looked at.
fn still_good(tx: &Tx<'_>, before: &KnownAccount) -> Result<Result<AccountRecord, Error>, Error> {
    let now = account::by_id(tx, &before.record.account_id)?;
    Ok(match now {
        Some(now) if now.state == AccountState::Disabled => Err(disabled()),
        Some(now) if now.state == AccountState::Active && now.password == before.password => {
            Ok(now.record)
        }
        _ => Err(wrong()),
    })
}

/// What a second factor leaves in the audit log.
pub(crate) fn note_outcome(
    tx: &Tx<'_>,
    key: &[u8; 32],
    now: Timestamp,
    account_id: &AccountId,
    outcome: Outcome,
) -> Result<(), Error> {
    let act = match outcome {
        Outcome::RecoveryCode => Act::RecoveryCodeUsed,
        Outcome::Wrong => Act::SecondFactorRefused,
        Outcome::NotNeeded | Outcome::Code | Outcome::Missing => return Ok(()),
    };
    Ok(audit::append(tx, key, now, Actor::default(), act, account_id.as_str())?)
}

/// The same for a wrong password and for an account that does not exist.
pub(super) const fn wrong() -> Error {
    Error::refused(ErrorCode::WrongCredentials, "The account or the password is wrong")
}

const fn needed() -> Error {
    Error::refused(ErrorCode::SecondFactorRequired, "A code of the second factor is needed")
}

pub(super) const fn wrong_factor() -> Error {
    Error::refused(ErrorCode::SecondFactorWrong, "The code of the second factor is wrong")
}
