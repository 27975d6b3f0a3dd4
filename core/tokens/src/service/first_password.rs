//! The first password of an account that came by an identity and has none: without one a person
//! could never unbind the identity, nor switch a second factor on. Who has a password changes it by
//! it (`account.rs`).
//!
//! A device that is signed in is not enough, for it may lie about unlocked, and so may the browser
//! on it. So the account's own person signs in at the provider anew, for this and nothing else.

use std::net::IpAddr;

use albumen_db::Tx;
use albumen_model::{
    AccountId, ErrorCode,
    auth::{BoundIdentity, FirstPassword, FirstPasswordBegin, IdentityState, OpenIdBegun},
};

use super::{
    Caller, Service,
    account::unknown,
    openid::{Holder, WITHOUT_PASSWORD, of},
};
use crate::{
    Error,
    audit::Act,
    lock,
    repository::{account, audit, identity},
    rules,
};

impl Service {
    /// Begins to give the caller's account one. The password is only looked at.
    pub(crate) async fn begin_first_password(
        &self,
        caller: Caller,
        request: FirstPasswordBegin,
        address: IpAddr,
    ) -> Result<OpenIdBegun, Error> {
        let issuer = self.provider()?.issuer().to_owned();
        rules::password::check(request.new.expose(), &caller.account.name)?;
        let account_id = caller.account.account_id.clone();
        self.read(move |tx| without_password(tx, &account_id, &issuer)).await?;
        self.begin_flow(Holder::Proving(caller.device_id), request.port, address, None).await
    }

    /// Gives the account its password, when the provider vouches for its own person.
    pub(crate) async fn set_first_password(
        &self,
        caller: Caller,
        request: FirstPassword,
    ) -> Result<IdentityState, Error> {
        rules::password::check(request.new.expose(), &caller.account.name)?;
        let holder = Holder::Proving(caller.device_id.clone());
        let vouched = match self.flow_vouched(&request.state, &request.code, &holder).await {
            Err(error) if error.code() == ErrorCode::IdentityNotFresh => {
                self.note_refused(&caller).await?;
                return Err(error);
            }
            outcome => outcome?,
        };
        let (issuer, account_id) =
            (self.provider()?.issuer().to_owned(), caller.account.account_id.clone());
        let bound = self.read(move |tx| without_password(tx, &account_id, &issuer)).await?;
        if bound.subject != vouched.subject {
            self.note_refused(&caller).await?;
            let why = "Somebody else than the account's person signed in at the provider";
            return Err(Error::refused(ErrorCode::IdentityOther, why));
        }
        let hash = self.passwords.hash(request.new.expose()).await?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let bound = self
            .write(move |tx| {
                let account_id = &caller.account.account_id;
                tx.lock(&[lock::account(account_id), of(&bound)])?;
                // Meanwhile another device may have set one, or somebody else have unbound it.
                let still = without_password(tx, account_id, &bound.issuer)?;
                if still != bound {
                    return Err(not_bound());
                }
                account::set_password(tx, account_id, &hash)?;
                let subject = account_id.as_str();
                audit::append(tx, &key, now, caller.actor(), Act::FirstPasswordSet, subject)?;
                Ok(bound)
            })
            .await?;
        Ok(self.identity_state(Some(bound), true))
    }

    /// Writes down that somebody tried who is not the account's person, or did not show it.
    async fn note_refused(&self, caller: &Caller) -> Result<(), Error> {
        let (now, key, caller) = (self.now(), self.sealer.audit_key(), caller.clone());
        self.write(move |tx| {
            let subject = caller.account.account_id.as_str();
            let act = Act::FirstPasswordRefused;
            Ok(audit::append(tx, &key, now, caller.actor(), act, subject)?)
        })
        .await
    }
}

/// The identity at this provider of an account without a password.
fn without_password(
    tx: &Tx<'_>,
    account_id: &AccountId,
    issuer: &str,
) -> Result<BoundIdentity, Error> {
    let known = account::by_id(tx, account_id)?.ok_or_else(unknown)?;
    if known.password != WITHOUT_PASSWORD {
        let why = "The account has a password already";
        return Err(Error::refused(ErrorCode::PasswordSet, why));
    }
    let bound = identity::of_account(tx, account_id)?;
    bound.filter(|bound| bound.issuer == issuer).ok_or_else(not_bound)
}

const fn not_bound() -> Error {
    let why = "No identity at the provider is bound to the account";
    Error::refused(ErrorCode::IdentityNotBound, why)
}
