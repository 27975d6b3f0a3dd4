//! A person's second factor: begun, confirmed, asked for, switched off, taken by an administrator.

use std::sync::Arc;

use albumen_db::Tx;
use albumen_model::{
    AccountId, ErrorCode, OneTimeCode, OtpauthUri, Timestamp,
    auth::{
        Person, SecondFactorBegin, SecondFactorBegun, SecondFactorConfirm, SecondFactorEnd,
        SecondFactorOn, SecondFactorState,
    },
};
use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use super::{
    Caller, Service,
    account::unknown,
    attempts::Counted,
    people::must_change,
    sign_in::{note_outcome, wrong, wrong_factor},
};
use crate::{
    Error,
    audit::Act,
    lock,
    repository::{account, audit, second_factor},
    rules::{
        self,
        code::{self, RECOVERY_BYTES, RECOVERY_CODES},
        totp::{self, SECRET_BYTES},
    },
    sealing::{Sealer, random},
};

/// What recovery codes are hashed for.
const RECOVERY: &str = "recovery";

/// How a second factor fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The account has none.
    NotNeeded,
    /// A code by time was right, and is now used up.
    Code,
    /// A recovery code was right, and is now used up.
    RecoveryCode,
    /// There is one, and no code came.
    Missing,
    /// The code was wrong, or used before.
    Wrong,
}

/// Where a secret is sealed for.
fn place(account: &AccountId) -> String {
    format!("second-factor:{account}")
}

impl Sealer {
    /// Looks at what was given, and uses it up. The caller holds the account's lock.
    pub(crate) fn second_factor(
        &self,
        tx: &Tx<'_>,
        account: &AccountId,
        given: Option<&str>,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        let Some(kept) = second_factor::get(tx, account)?.filter(|kept| kept.is_on) else {
            return Ok(Outcome::NotNeeded);
        };
        let Some(given) = given else { return Ok(Outcome::Missing) };
        let secret = self.second_factor_secret(account, &kept)?;
        if let Some(step) = totp::accepted(&secret, given, now.millis(), kept.last_step) {
            second_factor::took(tx, account, step)?;
            return Ok(Outcome::Code);
        }
        let code = self.recovery_hash(account, given);
        let used = second_factor::use_recovery_code(tx, account, &code)?;
        Ok(if used { Outcome::RecoveryCode } else { Outcome::Wrong })
    }

    fn second_factor_secret(
        &self,
        account: &AccountId,
        kept: &second_factor::Kept,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let text = self.open(&place(account), &kept.sealed)?;
        let secret = BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| Error::Unsealable)?;
        Ok(Zeroizing::new(secret))
    }

    fn recovery_hash(&self, account: &AccountId, given: &str) -> Vec<u8> {
        self.code_hash(&format!("{RECOVERY} {account}"), &code::typed(given))
    }
}

impl Service {
    pub(crate) async fn second_factor_state(
        &self,
        caller: &Caller,
    ) -> Result<SecondFactorState, Error> {
        let account_id = caller.account.account_id.clone();
        self.read(move |tx| {
            let on = second_factor::get(tx, &account_id)?.is_some_and(|kept| kept.is_on);
            let recovery_codes_left = second_factor::recovery_codes_left(tx, &account_id)?;
            Ok(SecondFactorState { on, recovery_codes_left })
        })
        .await
    }

    /// Makes a secret and tells it once. It counts for nothing until a code of it was given.
    pub(crate) async fn begin_second_factor(
        &self,
        caller: Caller,
        request: SecondFactorBegin,
    ) -> Result<SecondFactorBegun, Error> {
        let counted = self.proven(&caller, request.password.expose()).await?;
        let account_id = caller.account.account_id.clone();
        let secret = Zeroizing::new(random::<SECRET_BYTES>()?);
        let text = Zeroizing::new(BASE32_NOPAD.encode(&secret[..]));
        let sealed = self.sealer.seal(&place(&account_id), text.as_bytes())?;
        self.write(move |tx| {
            tx.lock(&[&counted.locks()[..], &[lock::account(&account_id)]].concat())?;
            counted.passed(tx)?;
            if second_factor::get(tx, &account_id)?.is_some_and(|kept| kept.is_on) {
                return Err(Error::refused(ErrorCode::SecondFactorOn, "There is one already"));
            }
            Ok(second_factor::begin(tx, &account_id, &sealed)?)
        })
        .await?;
        let uri = totp::uri(&secret[..], &self.config.service_name, &caller.account.name);
        Ok(SecondFactorBegun { uri: OtpauthUri::new(uri) })
    }

    /// Switches it on by a first code, and tells recovery codes once.
    pub(crate) async fn confirm_second_factor(
        &self,
        caller: Caller,
        request: SecondFactorConfirm,
    ) -> Result<SecondFactorOn, Error> {
        let counted = self.count_proof(&caller).await?;
        let account_id = caller.account.account_id.clone();
        let mut recovery_codes = Vec::with_capacity(RECOVERY_CODES);
        for _ in 0..RECOVERY_CODES {
            recovery_codes.push(OneTimeCode::new(code::written(&random::<RECOVERY_BYTES>()?)));
        }
        let hash = |code: &OneTimeCode| self.sealer.recovery_hash(&account_id, code.expose());
        let hashes: Vec<_> = recovery_codes.iter().map(hash).collect();
        let (now, key, sealer) = (self.now(), self.sealer.audit_key(), Arc::clone(&self.sealer));
        self.write(move |tx| {
            tx.lock(&[&counted.locks()[..], &[lock::account(&account_id)]].concat())?;
            let kept = second_factor::get(tx, &account_id)?.filter(|kept| !kept.is_on);
            let kept = kept.ok_or_else(|| {
                Error::refused(ErrorCode::SecondFactorOff, "No second factor was begun")
            })?;
            let secret = sealer.second_factor_secret(&account_id, &kept)?;
            let given = request.code.expose();
            let step = totp::accepted(&secret, given, now.millis(), kept.last_step);
            second_factor::switch_on(tx, &account_id, step.ok_or_else(wrong_factor)?)?;
            for hash in &hashes {
                second_factor::add_recovery_code(tx, &account_id, hash)?;
            }
            counted.passed(tx)?;
            let subject = account_id.as_str();
            Ok(audit::append(tx, &key, now, caller.actor(), Act::SecondFactorOn, subject)?)
        })
        .await?;
        Ok(SecondFactorOn { recovery_codes })
    }

    /// Switches it off, by password and code.
    pub(crate) async fn end_second_factor(
        &self,
        caller: Caller,
        request: SecondFactorEnd,
    ) -> Result<SecondFactorState, Error> {
        let counted = self.proven(&caller, request.password.expose()).await?;
        let account_id = caller.account.account_id.clone();
        let (now, key, sealer) = (self.now(), self.sealer.audit_key(), Arc::clone(&self.sealer));
        let ended = self
            .write(move |tx| {
                tx.lock(&[&counted.locks()[..], &[lock::account(&account_id)]].concat())?;
                let given = Some(request.code.expose());
                let outcome = sealer.second_factor(tx, &account_id, given, now)?;
                note_outcome(tx, &key, now, &account_id, outcome)?;
                match outcome {
                    Outcome::Code | Outcome::RecoveryCode => {}
                    Outcome::NotNeeded => {
                        return Err(Error::refused(ErrorCode::SecondFactorOff, "There is none"));
                    }
                    Outcome::Missing | Outcome::Wrong => return Ok(Err(wrong_factor())),
                }
                second_factor::remove(tx, &account_id)?;
                counted.passed(tx)?;
                let subject = account_id.as_str();
                audit::append(tx, &key, now, caller.actor(), Act::SecondFactorOff, subject)?;
                Ok(Ok(()))
            })
            .await?;
        ended?;
        Ok(SecondFactorState { on: false, recovery_codes_left: 0 })
    }

    /// Takes somebody's second factor, whose authenticator is lost.
    pub(crate) async fn reset_second_factor(
        &self,
        caller: Caller,
        account_id: AccountId,
    ) -> Result<Person, Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            tx.lock(&[lock::account(&account_id)])?;
            must_change(tx, &caller, &account_id)?;
            if !second_factor::remove(tx, &account_id)? {
                return Err(Error::refused(ErrorCode::SecondFactorOff, "There is none"));
            }
            let subject = account_id.as_str();
            audit::append(tx, &key, now, caller.actor(), Act::SecondFactorReset, subject)?;
            account::person(tx, &account_id)?.ok_or_else(unknown)
        })
        .await
    }

    /// Counts a try of the caller's device to prove who uses it.
    pub(crate) async fn count_proof(&self, caller: &Caller) -> Result<Counted, Error> {
        let account_id = &caller.account.account_id;
        let counted = Counted::proof(&self.sealer, account_id, &caller.device_id);
        self.count(&counted).await?;
        Ok(counted)
    }

    /// Has the caller prove that it is their password. The count is for the caller to clear once
    /// everything else is right too.
    pub(crate) async fn proven(&self, caller: &Caller, password: &str) -> Result<Counted, Error> {
        let counted = self.count_proof(caller).await?;
        let of = caller.account.account_id.clone();
        let known = self.read(move |tx| Ok(account::by_id(tx, &of)?)).await?;
        let hash = known.as_ref().map(|known| known.password.as_str());
        let long = password.len() > rules::password::BYTES_MAX;
        if long || !self.passwords.fits(password, hash).await? {
            return Err(wrong());
        }
        Ok(counted)
    }
}
